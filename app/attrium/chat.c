/* chat: entering a room and talking. */
#include "app/attrium/chat.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/attrium/commands.h"
#include "app/attrium/handle.h"
#include "app/attrium/visit.h"
#include "host/clock.h"
#include "host/entropy.h"

#define MEMBER_BYTES_MAX ((size_t)256 << 20)
#define GIVE_UP_S 60  /* by default, without a terminal */
#define LEAVE_MS 6000 /* for the good-bye */

/* ---- output ---- */

void atr_chat_put_line(atr_chat *chat, const char *text)
{
    if (chat->mode == ATR_CHAT_SCREEN) {
        atr_screen_print(&chat->screen, text);
    } else if (printf("%s\n", text) < 0 || fflush(stdout) != 0) {
        atr_chat_fail(chat, ATR_EXIT_FAILED);
        atr_chat_quit(chat);
    }
}

void atr_chat_print(atr_chat *chat, const char *format, ...)
{
    va_list args;

    if (chat->mode == ATR_CHAT_JSON) {
        return;
    }
    va_start(args, format);
    vsnprintf(chat->line, ATR_HANDLE_LINE_BYTES_MAX, format, args);
    va_end(args);
    atr_chat_put_line(chat, chat->line);
}

void atr_chat_emit(atr_chat *chat, json_t *object)
{
    char *text = chat->mode == ATR_CHAT_JSON
                     ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII)
                     : NULL;

    json_decref(object);
    if (text != NULL) {
        atr_chat_put_line(chat, text);
        free(text);
    }
}

void atr_chat_complain(atr_chat *chat, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    atr_chat_print(chat, "!! %s", text);
    atr_chat_emit(chat,
                  json_pack("{s:s,s:s}", "event", "error", "message", text));
}

/* ---- the end ---- */

void atr_chat_fail(atr_chat *chat, int code)
{
    if (chat->code == ATR_EXIT_DONE) {
        chat->code = code;
    }
}

void atr_chat_end(atr_chat *chat)
{
    chat->ended = true;
    atr_loop_stop(chat->loop);
}

static void leave(atr_chat *chat)
{
    if (!chat->leaving) {
        chat->leaving = true;
        atr_member_leave(chat->member, atr_loop_now(chat->loop));
        atr_conn_pump(chat->conn);
    }
}

/* A text that is not acknowledged is not sent. */
void atr_chat_count_unsent(atr_chat *chat)
{
    size_t unsent = atr_member_waiting(chat->member);

    if (unsent > 0) {
        atr_chat_complain(chat, "%zu text%s not acknowledged", unsent,
                          unsent == 1 ? " was" : "s were");
        atr_chat_fail(chat, ATR_EXIT_NETWORK);
    }
}

/* Leaves as soon as nothing waits. Without a terminal, also not before it is
 * known whether the room lets us in: the exit code is to tell. */
void atr_chat_try_to_leave(atr_chat *chat)
{
    bool may_wait = chat->mode != ATR_CHAT_SCREEN && chat->interrupts == 0;

    if (chat->quitting && !chat->leaving &&
        atr_member_waiting(chat->member) == 0 && (chat->is_in || !may_wait)) {
        leave(chat);
    }
}

static void on_patience(void *context)
{
    atr_chat *chat = context;

    if (chat->leaving) {
        atr_chat_end(chat);
        return;
    }
    atr_chat_count_unsent(chat);
    if (!chat->is_in) {
        atr_chat_complain(chat, "there was no key in time");
        atr_chat_fail(chat, ATR_EXIT_NETWORK);
    }
    leave(chat);
    atr_timer_set(chat->patience, atr_loop_now(chat->loop) + LEAVE_MS);
}

void atr_chat_quit(atr_chat *chat)
{
    size_t waiting = atr_member_waiting(chat->member);

    if (!chat->quitting) {
        chat->quitting = true;
        if (waiting > 0) {
            atr_chat_print(chat,
                           "-- %zu text%s on the way; Ctrl+C leaves "
                           "without",
                           waiting, waiting == 1 ? " is" : "s are");
        }
        if (chat->is_in || chat->mode == ATR_CHAT_SCREEN) {
            atr_timer_set(chat->patience,
                          atr_loop_now(chat->loop) + ATR_CHAT_PATIENCE_MS);
        } else if (chat->give_up_ms != 0) {
            atr_timer_set(chat->patience,
                          atr_loop_now(chat->loop) + chat->give_up_ms);
        }
    }
    atr_chat_try_to_leave(chat);
}

void atr_chat_interrupt(atr_chat *chat)
{
    chat->interrupts++;
    if (chat->mode == ATR_CHAT_SCREEN && chat->interrupts == 1 &&
        !chat->quitting) {
        atr_edit_clear(&chat->screen.edit);
        atr_chat_print(chat, "-- Ctrl+C again, or /quit, leaves the room");
        return;
    }
    if (chat->mode != ATR_CHAT_SCREEN || chat->interrupts > 2) {
        atr_chat_fail(chat, ATR_EXIT_INTERRUPTED);
    }
    if (chat->leaving || chat->interrupts > 2) {
        atr_chat_count_unsent(chat);
        atr_chat_end(chat);
        return;
    }
    chat->quitting = true;
    atr_chat_count_unsent(chat);
    atr_timer_set(chat->patience, atr_loop_now(chat->loop) + 3000);
    leave(chat);
}

/* ---- actions ---- */

bool atr_chat_say(atr_chat *chat, atr_bytes text, const json_t *id)
{
    uint64_t number = 0;
    atr_err err =
        atr_member_say(chat->member, text, &number, atr_loop_now(chat->loop));
    json_t *out;

    chat->interrupts = 0;
    if (err != ATR_OK) {
        atr_chat_complain(
            chat, err == ATR_ERR_INPUT   ? "not sent: this is not text"
                  : err == ATR_ERR_LIMIT ? "not sent: the text is too long, or "
                                           "too many wait"
                                         : "not sent: the room is left");
        atr_chat_fail(chat, ATR_EXIT_FAILED);
        return false;
    }
    out =
        json_pack("{s:s,s:I}", "event", "queued", "number", (json_int_t)number);
    if (id != NULL) {
        json_object_set_new(out, "id", json_deep_copy(id));
    }
    atr_chat_emit(chat, out);
    atr_conn_pump(chat->conn);
    return true;
}

bool atr_chat_nick(atr_chat *chat, atr_bytes nick)
{
    if (atr_member_nick(chat->member, nick, atr_loop_now(chat->loop)) !=
        ATR_OK) {
        atr_chat_complain(chat,
                          "a nickname is printable text of at most %d "
                          "bytes",
                          ATR_NICK_BYTES_MAX);
        return false;
    }
    atr_conn_pump(chat->conn);
    return true;
}

void atr_chat_lacks(atr_attrs *out, const atr_chat *chat)
{
    atr_policy_lacks(out, &chat->room.policy, &chat->holder->file.key.attrs);
}

static void on_signal(void *context, int signal_number)
{
    atr_chat *chat = context;

    if (signal_number == SIGINT) {
        atr_chat_interrupt(chat);
    } else if (signal_number == SIGTERM || signal_number == SIGHUP) {
        atr_chat_quit(chat);
        leave(chat);
    }
}

/* ---- the beginning ---- */

static int choose_mode(atr_chat *chat)
{
    bool screen = atr_screen_is_possible();

    chat->mode = chat->cli->json                              ? ATR_CHAT_JSON
                 : atr_cli_has(chat->cli, "plain") || !screen ? ATR_CHAT_PLAIN
                                                              : ATR_CHAT_SCREEN;
    /* Lines have colours only when asked for; JSON never. */
    return atr_cli_colour(&chat->colour, chat->cli,
                          chat->mode == ATR_CHAT_SCREEN);
}

static int make_member(atr_chat *chat)
{
    const char *nick = atr_cli_value(chat->cli, "nick");
    atr_member_config config = {
        .kem = &chat->holder->kem,
        .secret = &chat->holder->file.key,
        .nick = {(const uint8_t *)nick, nick != NULL ? strlen(nick) : 0},
        .unix_ms = atr_clock_wall_ms(),
        .force = atr_cli_has(chat->cli, "force"),
    };
    uint8_t seed[ATR_SEED_BYTES];

    memcpy(config.room, chat->link.room, sizeof config.room);
    chat->mem = atr_heap(MEMBER_BYTES_MAX);
    chat->member_memory = calloc(1, atr_member_size());
    if (chat->member_memory == NULL) {
        return atr_cli_fail(chat->cli, ATR_EXIT_FAILED, "no memory");
    }
    atr_entropy_seed(seed);
    chat->member = atr_member_init(chat->member_memory, &config, &chat->mem,
                                   seed, atr_loop_now(chat->loop));
    atr_wipe(seed, sizeof seed);
    if (nick != NULL && atr_member_nick(chat->member, config.nick,
                                        atr_loop_now(chat->loop)) != ATR_OK) {
        return atr_cli_usage(chat->cli,
                             "a nickname is printable text of at most %d bytes",
                             ATR_NICK_BYTES_MAX);
    }
    return ATR_EXIT_DONE;
}

static int connect_member(atr_chat *chat)
{
    uint64_t give_up = chat->mode == ATR_CHAT_SCREEN ? 0 : GIVE_UP_S;
    atr_conn_options options = {.link = &chat->link};
    atr_conn_handler handler = {chat, atr_chat_changed, atr_chat_moved};

    if (!atr_cli_number(&give_up, chat->cli, "give-up", 0, 1000000)) {
        return ATR_EXIT_USAGE;
    }
    chat->give_up_ms = give_up * 1000;
    options.give_up_ms = chat->give_up_ms;
    if (atr_conn_open(&chat->conn, chat->loop, chat->member, &options,
                      &handler) != ATR_OK ||
        atr_timer_open(&chat->patience, chat->loop, on_patience, chat) !=
            ATR_OK ||
        atr_chat_renewal_open(chat) != ATR_OK ||
        atr_loop_signals(chat->loop, on_signal, chat) != ATR_OK ||
        atr_chat_listen(chat) != ATR_OK) {
        return atr_cli_fail(chat->cli, ATR_EXIT_FAILED, "cannot begin");
    }
    return ATR_EXIT_DONE;
}

static void run(atr_chat *chat)
{
    if (chat->mode == ATR_CHAT_SCREEN) {
        atr_screen_open(&chat->screen, "> ");
    }
    atr_chat_emit(chat,
                  json_pack("{s:i,s:s,s:o}", "schema", 1, "event", "start",
                            "room", atr_args_hex(chat->link.room, 32)));
    if (atr_loop_run(chat->loop) != ATR_OK) {
        atr_chat_fail(chat, ATR_EXIT_FAILED);
    }
    atr_chat_emit(chat,
                  json_pack("{s:s,s:i}", "event", "end", "exit", chat->code));
    if (chat->mode == ATR_CHAT_SCREEN) {
        atr_screen_close(&chat->screen);
    }
}

static int chat_in(atr_chat *chat)
{
    const atr_cli *cli = chat->cli;
    int code;

    if ((code = choose_mode(chat)) != ATR_EXIT_DONE ||
        (code = atr_visit_link(&chat->link, cli, cli->operands[0], true)) !=
            ATR_EXIT_DONE ||
        (code = atr_args_holder(&chat->holder, cli)) != ATR_EXIT_DONE) {
        return code;
    }
    chat->line = malloc(ATR_HANDLE_LINE_BYTES_MAX);
    chat->input = malloc(ATR_CHAT_INPUT_BYTES_MAX + 1);
    if (chat->line == NULL || chat->input == NULL ||
        atr_loop_open(&chat->loop) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    atr_cli_detail(cli, "the hall at %s:%u, %s", chat->link.host,
                   (unsigned)chat->link.port,
                   chat->link.has_pin ? "by its pin" : "by the system's trust");
    if ((code = make_member(chat)) == ATR_EXIT_DONE &&
        (code = connect_member(chat)) == ATR_EXIT_DONE) {
        run(chat);
        code = chat->code;
    }
    return code;
}

static void drop(atr_chat *chat)
{
    atr_watch_close(chat->keyboard);
    atr_timer_close(chat->patience);
    atr_crowd_ask_close(chat->crowd);
    atr_conn_close(chat->conn);
    atr_member_wipe(chat->member);
    atr_chat_renewal_close(chat);
    atr_loop_close(chat->loop);
    atr_holder_close(chat->holder);
    free(chat->member_memory);
    free(chat->line);
    if (chat->input != NULL) {
        atr_wipe(chat->input, ATR_CHAT_INPUT_BYTES_MAX);
    }
    free(chat->input);
    free(chat);
}

int atr_chat_run(const atr_cli *cli)
{
    atr_chat *chat = calloc(1, sizeof *chat);
    int code;

    if (chat == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    chat->cli = cli;
    code = chat_in(chat);
    drop(chat);
    return code;
}
