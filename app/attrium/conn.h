/* conn.h - a member's connection to its hall: lost, found again, and given up.
 *
 * Between losses the pause grows from 0.2 to 10 seconds, with some chance in
 * it, so that a hall that comes back is not met by everybody at once.
 */
#ifndef ATR_CONN_H
#define ATR_CONN_H

#include "host/client.h"
#include "proto/member.h"

typedef struct atr_conn atr_conn;

typedef enum {
    ATR_CONN_CONNECTING,
    ATR_CONN_OPEN,
    ATR_CONN_LOST, /* tried again after `retry_ms` */
    ATR_CONN_OVER  /* not tried again: `err` says why */
} atr_conn_state;

/* ATR_ERR_AUTH: the certificate is not the one of the link, or the hall lies;
 * ATR_ERR_IO: the network, for too long. */
typedef struct {
    atr_conn_state state;
    uint32_t retry_ms;
    atr_err err;
    const char *text; /* for people; borrowed */
} atr_conn_change;

typedef struct {
    void *context;
    void (*changed)(void *context, const atr_conn_change *change);
    /* The member has moved: take its events. */
    void (*moved)(void *context);
} atr_conn_handler;

typedef struct {
    const atr_link *link; /* lent */
    uint64_t give_up_ms;  /* without connection for so long; 0: never */
} atr_conn_options;

/* atr_conn_open begins to connect `member` (lent). Nothing is called before
 * the loop runs. */
ATR_MUST_USE atr_err atr_conn_open(atr_conn **out, atr_loop *loop,
                                   atr_member *member,
                                   const atr_conn_options *options,
                                   const atr_conn_handler *handler);

/* atr_conn_pump sends what the member has to say and asks for its events;
 * call it after any function of member.h. */
void atr_conn_pump(atr_conn *conn);

/* atr_conn_end sends the last bytes, and reports ATR_CONN_OVER with ATR_OK. */
void atr_conn_end(atr_conn *conn);

/* atr_conn_retry hangs up, and connects again after a while. */
void atr_conn_retry(atr_conn *conn);

bool atr_conn_is_open(const atr_conn *conn);
void atr_conn_close(atr_conn *conn);

#endif
