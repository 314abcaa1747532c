/* chat.h - one person in one room, between a keyboard or a program and the
 * hall: what its files share.
 *
 *     conn.c     connection, lost and found
 *     handle.c   events into lines or objects
 *     command.c  "/word" into actions
 *     chat_json.c  NDJSON commands into actions
 *     chat_crowd.c how many could be here
 *     chat_input.c lines of standard input or of the terminal
 *     chat_room.c  what the room tells
 *     chat_renew.c keys for the periods that come
 *     chat.c     the rest: start, end, exit code
 */
#ifndef ATR_CHAT_H
#define ATR_CHAT_H

#include "app/attrium/args.h"
#include "app/attrium/conn.h"
#include "app/attrium/crowd.h"
#include "app/attrium/screen.h"

#define ATR_CHAT_INPUT_BYTES_MAX 65536 /* of one line */
#define ATR_CHAT_PATIENCE_MS 30000 /* for the last texts to be acknowledged */

typedef enum {
    ATR_CHAT_SCREEN, /* a terminal, with line editing */
    ATR_CHAT_PLAIN,  /* lines */
    ATR_CHAT_JSON    /* NDJSON */
} atr_chat_mode;

typedef struct atr_chat_renewal atr_chat_renewal;

typedef struct {
    const atr_cli *cli;
    atr_chat_mode mode;
    bool colour;
    atr_link link;
    atr_holder *holder;
    atr_chat_renewal *renewal;
    atr_crowd_ask *crowd; /* NULL: not being asked */
    bool told_period;
    atr_loop *loop;
    atr_mem mem;
    atr_member *member;
    void *member_memory;
    atr_conn *conn;
    atr_watch *keyboard;
    atr_timer *patience; /* for what is to be acknowledged before the end */
    uint64_t give_up_ms;
    atr_screen screen;
    bool has_room;
    atr_room_descriptor room;
    bool is_in;    /* had a key once */
    bool quitting; /* leave once all is acknowledged */
    bool leaving;  /* said good-bye */
    bool ended;
    bool throttled; /* the keyboard is not read: too much waits */
    unsigned interrupts;
    int code;       /* exit code so far */
    char *line;     /* output of handle.c */
    uint8_t *input; /* a line of input that is not whole */
    size_t input_len;
    bool input_over; /* it was too long and is dropped */
} atr_chat;

/* ---- output (chat.c) ---- */

/* atr_chat_print shows a line that is safe; not in JSON mode. */
void atr_chat_print(atr_chat *chat, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* atr_chat_emit writes an object as one line, in JSON mode alone. */
void atr_chat_emit(atr_chat *chat, json_t *object);

/* atr_chat_complain tells of a mistake in what was typed, in both. */
void atr_chat_complain(atr_chat *chat, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* atr_chat_put_line shows a line as it is. */
void atr_chat_put_line(atr_chat *chat, const char *text);

/* ---- the room (chat_room.c), an atr_conn_handler ---- */

void atr_chat_moved(void *context);
void atr_chat_changed(void *context, const atr_conn_change *change);

/* ---- periods (chat_renew.c) ---- */

ATR_MUST_USE atr_err atr_chat_renewal_open(atr_chat *chat);
void atr_chat_renewal_close(atr_chat *chat);

/* atr_chat_renew gets the member the key of `period`, or tells it that there
 * is none. atr_chat_in_period looks ahead, whenever the room's period may have
 * become another. */
void atr_chat_renew(atr_chat *chat, atr_period period);
void atr_chat_in_period(atr_chat *chat);

/* ---- the crowd (chat_crowd.c) ---- */

/* atr_chat_ask_crowd asks the nodes, tells it, and the member too. */
void atr_chat_ask_crowd(atr_chat *chat);

/* ---- the end (chat.c) ---- */

/* atr_chat_try_to_leave leaves if that is asked for and nothing waits;
 * atr_chat_count_unsent makes texts not acknowledged a failure; atr_chat_end
 * ends the program. */
void atr_chat_try_to_leave(atr_chat *chat);
void atr_chat_count_unsent(atr_chat *chat);
void atr_chat_end(atr_chat *chat);

/* ---- actions (chat.c) ---- */

/* atr_chat_say and atr_chat_nick return what the member says; the complaint
 * has been made. `id` is a JSON client's own name for the text, or NULL. */
bool atr_chat_say(atr_chat *chat, atr_bytes text, const json_t *id);
bool atr_chat_nick(atr_chat *chat, atr_bytes nick);

/* atr_chat_quit leaves once all is acknowledged; atr_chat_fail gives the exit
 * code, unless there is one. */
void atr_chat_quit(atr_chat *chat);
void atr_chat_fail(atr_chat *chat, int code);

/* atr_chat_interrupt is Ctrl+C and SIGINT. */
void atr_chat_interrupt(atr_chat *chat);

/* atr_chat_lacks is what the key misses for the room; empty for nothing. */
void atr_chat_lacks(atr_attrs *out, const atr_chat *chat);

/* ---- input ---- */

/* atr_chat_line takes a line as typed (command.c); atr_chat_object one of
 * NDJSON (chat_json.c). `text` ends with a zero. */
void atr_chat_line(atr_chat *chat, const char *text, size_t len);
void atr_chat_object(atr_chat *chat, const char *text, size_t len);

/* atr_chat_listen watches standard input (chat_input.c). */
ATR_MUST_USE atr_err atr_chat_listen(atr_chat *chat);
void atr_chat_throttle(atr_chat *chat);

#endif
