/* chat_json.c - commands of programs: one object a line.
 *
 *     {"cmd":"say","text":"hello","id":7}   answered by "queued", "sent"
 *     {"cmd":"nick","nick":"bot"}
 *     {"cmd":"who"} {"cmd":"epoch"} {"cmd":"policy"} {"cmd":"explain"}
 *     {"cmd":"quit"}
 */
#include <stdlib.h>

#include "app/attrium/chat.h"
#include "app/attrium/handle.h"

static void say(atr_chat *chat, const json_t *in)
{
    const json_t *text = json_object_get(in, "text");

    if (!json_is_string(text)) {
        atr_chat_complain(chat, "\"say\" needs a \"text\"");
        return;
    }
    (void)atr_chat_say(chat,
                       (atr_bytes){(const uint8_t *)json_string_value(text),
                                   json_string_length(text)},
                       json_object_get(in, "id"));
}

static void nick(atr_chat *chat, const json_t *in)
{
    const json_t *name = json_object_get(in, "nick");

    if (!json_is_string(name)) {
        atr_chat_complain(chat, "\"nick\" needs a \"nick\"");
        return;
    }
    (void)atr_chat_nick(chat,
                        (atr_bytes){(const uint8_t *)json_string_value(name),
                                    json_string_length(name)});
}

static void who(atr_chat *chat, const json_t *in)
{
    json_t *out = json_pack("{s:s}", "event", "who");
    json_t *members = json_array();

    (void)in;
    for (size_t i = 0; i < atr_member_count(chat->member); i++) {
        json_t *one = json_object();
        atr_member_info info;

        atr_member_at(chat->member, i, &info);
        json_object_set_new(one, "member", json_integer(info.member));
        json_object_set_new(one, "nick", atr_args_text(info.nick));
        json_object_set_new(one, "pseudonym", atr_args_hex(info.vk, 32));
        json_object_set_new(one, "mine", json_boolean(info.mine));
        json_array_append_new(members, one);
    }
    json_object_set_new(out, "members", members);
    atr_chat_emit(chat, out);
}

static void epoch(atr_chat *chat, const json_t *in)
{
    json_t *out = json_pack("{s:s}", "event", "epoch");
    char mark[65];

    (void)in;
    atr_handle_mark(mark, chat->member);
    json_object_set_new(
        out, "epoch", json_integer((json_int_t)atr_member_epoch(chat->member)));
    json_object_set_new(out, "keyed",
                        json_boolean(atr_member_is_keyed(chat->member)));
    json_object_set_new(
        out, "members",
        json_integer((json_int_t)atr_member_count(chat->member)));
    json_object_set_new(
        out, "waiting",
        json_integer((json_int_t)atr_member_waiting(chat->member)));
    json_object_set_new(
        out, "seq",
        json_integer((json_int_t)atr_member_last_seq(chat->member)));
    json_object_set_new(out, "mark", json_string(mark));
    atr_chat_emit(chat, out);
}

static void policy(atr_chat *chat, const json_t *in)
{
    json_t *out = json_pack("{s:s}", "event", "policy");
    char *text = NULL;

    (void)in;
    if (chat->has_room &&
        atr_args_policy_text(&text, chat->cli, &chat->room.policy) ==
            ATR_EXIT_DONE) {
        json_object_set_new(out, "policy", json_string(text));
    }
    free(text);
    atr_chat_emit(chat, out);
}

static void explain(atr_chat *chat, const json_t *in)
{
    json_t *out = json_pack("{s:s}", "event", "explain");
    atr_attrs missing;

    (void)in;
    if (chat->has_room) {
        atr_chat_lacks(&missing, chat);
        json_object_set_new(out, "satisfied", json_boolean(missing.count == 0));
        json_object_set_new(out, "missing", atr_args_attrs_json(&missing));
    }
    atr_chat_emit(chat, out);
}

static void quit(atr_chat *chat, const json_t *in)
{
    (void)in;
    atr_chat_quit(chat);
}

static const struct {
    const char *word;
    void (*run)(atr_chat *chat, const json_t *in);
} commands[] = {
    {"say", say},       {"nick", nick},       {"who", who},   {"epoch", epoch},
    {"policy", policy}, {"explain", explain}, {"quit", quit},
};

void atr_chat_object(atr_chat *chat, const char *text, size_t len)
{
    json_t *in = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const char *word = json_string_value(json_object_get(in, "cmd"));

    if (len == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (word != NULL && strcmp(word, commands[i].word) == 0) {
            commands[i].run(chat, in);
            json_decref(in);
            return;
        }
    }
    json_decref(in);
    atr_chat_complain(chat, word != NULL ? "there is no such command"
                                         : "a line is not an object with a "
                                           "\"cmd\"");
}
