/* chat_crowd.c - how many could be in the room, asked as soon as it is known.
 */
#include "app/attrium/chat.h"

static void report(atr_chat *chat, const atr_crowd *crowd)
{
    const uint32_t wanted = chat->room.min_crowd;
    char text[ATR_CROWD_TEXT_MAX];
    char wants[64] = "";
    json_t *object = json_pack("{s:s}", "event", "crowd");

    atr_crowd_text(text, crowd);
    if (wanted != 0) {
        snprintf(wants, sizeof wants, "; this room wants %lu",
                 (unsigned long)wanted);
    }
    atr_chat_print(chat, "-- crowd: %s%s", text, wants);
    json_object_set_new(object, "people",
                        crowd->is_known ? json_integer(crowd->people)
                                        : json_null());
    json_object_set_new(object, "wanted", json_integer(wanted));
    json_object_set_new(object, "answered",
                        json_integer((json_int_t)crowd->answered));
    json_object_set_new(object, "asked",
                        json_integer((json_int_t)crowd->asked));
    atr_chat_emit(chat, object);
}

static void on_crowd(void *context, const atr_crowd *crowd)
{
    atr_chat *chat = context;

    atr_crowd_ask_close(chat->crowd);
    chat->crowd = NULL;
    report(chat, crowd);
    atr_member_crowd(chat->member, crowd->people, atr_loop_now(chat->loop));
    atr_conn_pump(chat->conn);
}

void atr_chat_ask_crowd(atr_chat *chat)
{
    const atr_holder *holder = chat->holder;
    atr_crowd_nodes nodes;

    atr_crowd_nodes_of(&nodes, atr_cli_value(chat->cli, "dir"),
                       &holder->file.authority, holder->kem.hm);
    if (atr_crowd_ask_open(&chat->crowd, chat->loop, &nodes, &chat->room.policy,
                           on_crowd, chat) != ATR_OK) {
        atr_member_crowd(chat->member, 0, atr_loop_now(chat->loop));
    }
}
