#include "app/attrium/conn.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/clock.h"
#include "host/entropy.h"

#define RETRY_MS_MIN 200
#define RETRY_MS_MAX 10000
#define LIES_MAX 5 /* in a row, until the hall is believed to be false */

struct atr_conn {
    atr_loop *loop;
    atr_member *member;
    atr_conn_options options;
    atr_conn_handler handler;
    atr_client *client;
    atr_timer *retry;
    atr_timer *deadline;
    atr_rng rng;
    atr_time lost_at; /* since when there is no connection */
    uint32_t pause_ms;
    unsigned lies;
    bool is_open;
    bool babbled;  /* what comes on this connection is of no use any more, */
    bool broke_it; /* for its hall broke the protocol */
    bool ending;
    bool over;
};

static void tell(atr_conn *conn, atr_conn_state state, uint32_t retry_ms,
                 atr_err err, const char *text)
{
    atr_conn_change change = {state, retry_ms, err, text};

    conn->handler.changed(conn->handler.context, &change);
}

static void be_over(atr_conn *conn, atr_err err, const char *text)
{
    if (!conn->over) {
        conn->over = true;
        atr_timer_set(conn->retry, ATR_NEVER);
        atr_timer_set(conn->deadline, ATR_NEVER);
        tell(conn, ATR_CONN_OVER, 0, err, text);
    }
}

static void try_later(atr_conn *conn, atr_err err, const char *text)
{
    atr_time now = atr_loop_now(conn->loop);
    uint32_t pause = conn->pause_ms;

    if (conn->ending) {
        be_over(conn, ATR_OK, text);
        return;
    }
    if (err == ATR_ERR_AUTH || conn->lies >= LIES_MAX) {
        be_over(conn, ATR_ERR_AUTH, text);
        return;
    }
    if (conn->options.give_up_ms != 0 &&
        now - conn->lost_at >= conn->options.give_up_ms) {
        be_over(conn, ATR_ERR_IO, text);
        return;
    }
    pause += (uint32_t)atr_rng_below_vartime(&conn->rng, pause / 2 + 1);
    conn->pause_ms =
        conn->pause_ms * 2 < RETRY_MS_MAX ? conn->pause_ms * 2 : RETRY_MS_MAX;
    atr_timer_set(conn->retry, now + pause);
    tell(conn, ATR_CONN_LOST, pause, err, text);
}

void atr_conn_pump(atr_conn *conn)
{
    if (conn->over) {
        return;
    }
    atr_member_set_clock(conn->member, atr_clock_wall_ms(),
                         atr_loop_now(conn->loop));
    conn->handler.moved(conn->handler.context);
    if (conn->is_open && atr_member_outgoing(conn->member).len > 0) {
        atr_client_ready(conn->client);
    }
    atr_timer_set(conn->deadline, atr_member_deadline(conn->member));
}

static void on_deadline(void *context)
{
    atr_conn *conn = context;

    atr_member_tick(conn->member, atr_loop_now(conn->loop));
    atr_conn_pump(conn);
}

static void on_open(void *context)
{
    atr_conn *conn = context;

    conn->is_open = true;
    conn->babbled = false;
    conn->broke_it = false;
    atr_member_opened(conn->member, atr_loop_now(conn->loop));
    tell(conn, ATR_CONN_OPEN, 0, ATR_OK, "");
    atr_conn_pump(conn);
}

static void on_data(void *context, atr_bytes data)
{
    atr_conn *conn = context;
    atr_err err;

    if (conn->babbled) {
        return;
    }
    err = atr_member_recv(conn->member, data, atr_loop_now(conn->loop));
    if (err != ATR_OK) {
        conn->babbled = true;
        conn->broke_it = err == ATR_ERR_AUTH || err == ATR_ERR_INPUT;
        conn->lies += conn->broke_it;
    } else if (atr_member_is_keyed(conn->member)) {
        conn->pause_ms = RETRY_MS_MIN; /* all is well: the next loss is new */
    }
    atr_conn_pump(conn);
    if (err != ATR_OK && !conn->over) {
        atr_client_hang_up(conn->client, 1002);
    }
}

static void on_closed(void *context, atr_err err, uint16_t code,
                      const char *text)
{
    atr_conn *conn = context;
    atr_time now = atr_loop_now(conn->loop);
    bool was_open = conn->is_open;
    char copy[ATR_FAULT_BYTES_MAX];

    (void)code;
    snprintf(copy, sizeof copy, "%s",
             conn->broke_it  ? "the hall breaks the protocol"
             : conn->babbled ? "to come in again"
             : text != NULL  ? text
                             : "");
    conn->is_open = false;
    atr_client_close(conn->client);
    conn->client = NULL;
    if (was_open) {
        atr_member_closed(conn->member, now);
        conn->lost_at = now;
        if (!conn->babbled) {
            conn->lies = 0;
        }
        atr_conn_pump(conn);
    }
    if (!conn->over) {
        try_later(conn, err, copy);
    }
}

static atr_bytes on_outgoing(void *context)
{
    atr_conn *conn = context;

    return atr_member_outgoing(conn->member);
}

static void on_sent(void *context, size_t len)
{
    atr_conn *conn = context;

    atr_member_sent(conn->member, len);
    atr_conn_pump(conn);
}

static void on_retry(void *context)
{
    atr_conn *conn = context;
    atr_client_options options = {
        .host = conn->options.link->host,
        .port = conn->options.link->port,
        .path = "/v1/room",
        .pin = conn->options.link->has_pin ? conn->options.link->pin : NULL,
    };
    atr_client_handler handler = {conn,      on_open,     on_data,
                                  on_closed, on_outgoing, on_sent};
    atr_fault fault = {{0}};
    atr_err err;

    tell(conn, ATR_CONN_CONNECTING, 0, ATR_OK, "");
    err =
        atr_client_open(&conn->client, conn->loop, &options, &handler, &fault);
    if (err != ATR_OK) {
        conn->client = NULL;
        try_later(conn, err, fault.text);
    }
}

atr_err atr_conn_open(atr_conn **out, atr_loop *loop, atr_member *member,
                      const atr_conn_options *options,
                      const atr_conn_handler *handler)
{
    atr_conn *conn = calloc(1, sizeof *conn);
    atr_err err;

    *out = NULL;
    if (conn == NULL) {
        return ATR_ERR_LIMIT;
    }
    conn->loop = loop;
    conn->member = member;
    conn->options = *options;
    conn->handler = *handler;
    conn->pause_ms = RETRY_MS_MIN;
    conn->lost_at = atr_loop_now(loop);
    atr_entropy_rng(&conn->rng);
    if ((err = atr_timer_open(&conn->retry, loop, on_retry, conn)) != ATR_OK ||
        (err = atr_timer_open(&conn->deadline, loop, on_deadline, conn)) !=
            ATR_OK) {
        atr_conn_close(conn);
        return err;
    }
    atr_timer_set(conn->retry, atr_loop_now(loop));
    *out = conn;
    return ATR_OK;
}

void atr_conn_end(atr_conn *conn)
{
    if (conn->over || conn->ending) {
        return;
    }
    conn->ending = true;
    if (conn->is_open) {
        atr_client_hang_up(conn->client, 1000);
    } else {
        be_over(conn, ATR_OK, "");
    }
}

void atr_conn_retry(atr_conn *conn)
{
    if (conn->is_open && !conn->babbled && !conn->over) {
        atr_client_hang_up(conn->client, 1000);
    }
}

bool atr_conn_is_open(const atr_conn *conn)
{
    return conn->is_open;
}

void atr_conn_close(atr_conn *conn)
{
    if (conn != NULL) {
        atr_client_close(conn->client);
        atr_timer_close(conn->retry);
        atr_timer_close(conn->deadline);
        atr_rng_wipe(&conn->rng);
        free(conn);
    }
}
