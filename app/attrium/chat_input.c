/* chat_input.c - from the keyboard, or from a pipe, line by line. */
#include <errno.h>
#include <unistd.h>

#include "app/attrium/chat.h"

#define WAITING_MAX 512 /* texts not acknowledged, until reading rests */

/* A whole line of a pipe. */
static void take_line(atr_chat *chat)
{
    size_t len = chat->input_len;

    chat->input_len = 0;
    if (chat->input_over) {
        chat->input_over = false;
        atr_chat_complain(chat, "a line of more than %d bytes was dropped",
                          ATR_CHAT_INPUT_BYTES_MAX);
        atr_chat_fail(chat, ATR_EXIT_FAILED);
        return;
    }
    if (len > 0 && chat->input[len - 1] == '\r') {
        len--;
    }
    chat->input[len] = 0;
    if (chat->mode == ATR_CHAT_JSON) {
        atr_chat_object(chat, (const char *)chat->input, len);
    } else {
        atr_chat_line(chat, (const char *)chat->input, len);
    }
}

static void take_piped(atr_chat *chat, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            take_line(chat);
        } else if (chat->input_len < ATR_CHAT_INPUT_BYTES_MAX) {
            chat->input[chat->input_len++] = bytes[i];
        } else {
            chat->input_over = true;
        }
    }
}

static void take_key(atr_chat *chat, uint8_t byte)
{
    atr_edit *edit = &chat->screen.edit;

    switch (atr_edit_byte(edit, byte)) {
    case ATR_EDIT_LINE:
        atr_screen_draw(&chat->screen);
        atr_chat_line(chat, (const char *)edit->done, edit->done_len);
        break;
    case ATR_EDIT_END:
        atr_chat_quit(chat);
        break;
    case ATR_EDIT_INTERRUPT:
        atr_chat_interrupt(chat);
        break;
    case ATR_EDIT_SUSPEND:
        atr_screen_suspend(&chat->screen);
        break;
    case ATR_EDIT_CHANGED:
    case ATR_EDIT_REDRAW:
    case ATR_EDIT_NONE:
        break;
    }
}

static void take_keys(atr_chat *chat, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len && !chat->ended; i++) {
        take_key(chat, bytes[i]);
    }
    if (!chat->ended) {
        atr_screen_draw(&chat->screen);
    }
}

void atr_chat_throttle(atr_chat *chat)
{
    bool much = atr_member_waiting(chat->member) > WAITING_MAX;

    if (chat->keyboard != NULL && much != chat->throttled) {
        chat->throttled = much;
        atr_watch_pause(chat->keyboard, much);
    }
}

static void on_readable(void *context)
{
    atr_chat *chat = context;
    uint8_t bytes[4096];
    ssize_t len = read(STDIN_FILENO, bytes, sizeof bytes);

    if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (len <= 0) {
        if (chat->input_len > 0 || chat->input_over) {
            take_line(chat);
        }
        atr_watch_close(chat->keyboard);
        chat->keyboard = NULL;
        atr_chat_quit(chat);
        return;
    }
    if (chat->mode == ATR_CHAT_SCREEN) {
        take_keys(chat, bytes, (size_t)len);
    } else {
        take_piped(chat, bytes, (size_t)len);
    }
    atr_wipe(bytes, sizeof bytes);
    atr_chat_throttle(chat);
}

atr_err atr_chat_listen(atr_chat *chat)
{
    return atr_watch_open(&chat->keyboard, chat->loop, STDIN_FILENO,
                          on_readable, chat);
}
