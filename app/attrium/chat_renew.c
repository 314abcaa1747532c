/* chat_renew.c - keys for the periods that come while one talks. */
#include "app/attrium/chat.h"

/* The key that lies in the file by now, if it is of `period`; it serves from
 * here on, and the one before the last is not needed any more. */
static bool take_from_file(atr_chat *chat, atr_period period)
{
    atr_holder *found = NULL;
    atr_fault fault;
    atr_period own;

    if (chat->holder->was_locked || /* nobody is asked in a conversation */
        atr_holder_open(&found, atr_cli_value(chat->cli, "dir"),
                        chat->holder->path, NULL, &fault) != ATR_OK) {
        return false;
    }
    if (!atr_attrs_period(&own, &found->file.key.attrs) ||
        atr_period_compare(own, period) != 0) {
        atr_holder_close(found);
        return false;
    }
    atr_holder_close(chat->renewed[1]);
    chat->renewed[1] = chat->renewed[0];
    chat->renewed[0] = found;
    return true;
}

void atr_chat_renew(atr_chat *chat, atr_period period)
{
    bool found = take_from_file(chat, period);

    atr_member_rekey(chat->member, found ? &chat->renewed[0]->file.key : NULL,
                     atr_loop_now(chat->loop));
}
