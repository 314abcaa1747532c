#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "host/server_state.h"

#define CODE_GOING_AWAY 1001
#define LINGER_READS_MAX 64

static void mark_dirty(atr_conn *conn)
{
    atr_server *server = conn->server;

    if (!conn->dirty) {
        conn->dirty = true;
        server->dirty.ids[server->dirty.count++] = conn->id;
    }
    atr_loop_touch(server->loop);
}

static void report(atr_conn *conn, atr_ws_why why)
{
    atr_server *server = conn->server;

    if (conn->reported) {
        return;
    }
    conn->reported = true;
    server->counts.ws_open--;
    server->counts.slow_total += why == ATR_WS_SLOW;
    server->counts.idle_total += why == ATR_WS_IDLE;
    server->counts.protocol_total += why == ATR_WS_PROTOCOL;
    server->handler.ws_close(server->handler.context, conn->id, why);
}

void atr_conn_cut(atr_conn *conn)
{
    atr_server *server = conn->server;

    (void)event_del(&conn->readable);
    (void)event_del(&conn->writable);
    atr_ws_close(&conn->ws);
    server->conns[conn->id] = NULL;
    server->free_ids[server->free_count++] = conn->id;
    evhttp_connection_free(conn->connection);
    free(conn);
}

/* From the flush only, so that no caller holds `conn`. */
static void release(atr_conn *conn, atr_ws_why why)
{
    report(conn, conn->closing ? conn->why : why);
    conn->dirty = false;
    atr_conn_cut(conn);
}

/* The streams are over, for the reason `why`; what is to be sent still is,
 * within the time for closing. */
static void begin_closing(atr_conn *conn, atr_ws_why why)
{
    if (!conn->closing) {
        conn->closing = true;
        conn->why = why;
        conn->ws.mute = true;
        conn->close_at = atr_loop_now(conn->server->loop) +
                         conn->server->options.close_ms;
        (void)event_del(&conn->readable);
        (void)event_add(&conn->readable, conn->server->close.shared);
    }
}

/* What OpenSSL holds back does not make the descriptor readable. A number is
 * twice in the list when its connection is gone and the next one is as busy. */
static void mark_again(atr_conn *conn)
{
    atr_server *server = conn->server;

    if (!conn->again && server->again.count < 2 * server->conn_cap) {
        conn->again = true;
        server->again.ids[server->again.count++] = conn->id;
        (void)event_add(server->again_timer, &(struct timeval){0, 0});
    }
}

static void take_state(atr_conn *conn, atr_ws_state state)
{
    if (state == ATR_WS_LOST) {
        if (conn->ws.unsent_len > conn->limits.unsent_max) {
            begin_closing(conn, ATR_WS_SLOW);
        }
        conn->lost = true;
    } else if (state == ATR_WS_OVER) {
        begin_closing(conn,
                      conn->ws.failed ? ATR_WS_PROTOCOL : ATR_WS_GONE);
    } else if (state == ATR_WS_MORE) {
        mark_again(conn);
    }
}

/* A connection closed while bytes are unread is reset, and the reset may
 * overtake our close frame: so read until the other side has closed. */
static void linger(atr_conn *conn)
{
    uint8_t nothing[4096];

    for (int i = 0; i < LINGER_READS_MAX; i++) {
        ssize_t got = recv(SSL_get_fd(conn->ws.ssl), nothing, sizeof nothing,
                           MSG_DONTWAIT);

        if (got <= 0) {
            conn->lost |= got == 0 || (errno != EAGAIN && errno != EINTR);
            return;
        }
    }
}

static void on_timeout(atr_conn *conn)
{
    if (conn->closing) {
        conn->lost = true;
    } else if (conn->pinged) {
        begin_closing(conn, ATR_WS_IDLE);
        conn->lost = true;
    } else {
        conn->pinged = true;
        atr_ws_ping(&conn->ws);
    }
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    atr_conn *conn = context;

    (void)fd;
    if (what & EV_TIMEOUT) {
        on_timeout(conn);
    } else if (conn->closing &&
               atr_loop_now(conn->server->loop) >= conn->close_at) {
        conn->lost = true; /* it still sends, but its time is over */
    } else if (conn->lingering) {
        linger(conn);
    } else {
        conn->pinged = false;
        take_state(conn, atr_ws_read(&conn->ws));
    }
    mark_dirty(conn);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    atr_conn *conn = context;

    (void)fd;
    (void)what;
    conn->blocked = false;
    mark_dirty(conn);
}

void atr_conns_again(evutil_socket_t fd, short what, void *context)
{
    atr_server *server = context;
    size_t count = server->again.count;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = server->again.ids[i];
        atr_conn *conn = server->conns[id];

        if (conn != NULL && conn->again && !conn->lingering) {
            conn->again = false;
            take_state(conn, atr_ws_read(&conn->ws));
            mark_dirty(conn);
        }
    }
    server->again.count -= count;
    memmove(server->again.ids, server->again.ids + count,
            server->again.count * sizeof server->again.ids[0]);
}

/* Our goodbye is sent. */
static void finish(atr_conn *conn)
{
    if (conn->lingering) {
        return;
    }
    if (conn->ws.peer_code != 0) {
        (void)SSL_shutdown(conn->ws.ssl);
        conn->lost = true;
        return;
    }
    if (conn->ws.failed) {
        (void)SSL_shutdown(conn->ws.ssl);
        (void)shutdown(SSL_get_fd(conn->ws.ssl), SHUT_WR);
        conn->lingering = true;
    }
}

static bool is_too_slow(const atr_conn *conn)
{
    const atr_server *server = conn->server;
    size_t waiting = conn->ws.unsent_len;

    if (!conn->reported) {
        waiting += server->handler
                       .outgoing(server->handler.context, conn->id)
                       .len;
    }
    return waiting > conn->limits.unsent_max;
}

static void flush_one(atr_conn *conn)
{
    atr_ws_state state = ATR_WS_BLOCKED;

    conn->dirty = false;
    if (!conn->lost && !conn->blocked && !conn->lingering) {
        state = atr_ws_flush(&conn->ws);
        if (state == ATR_WS_BLOCKED) {
            conn->blocked = true;
            (void)event_add(&conn->writable, NULL);
        }
        conn->lost |= state == ATR_WS_LOST;
    }
    if (!conn->lost && conn->blocked && is_too_slow(conn)) {
        begin_closing(conn, ATR_WS_SLOW);
        conn->lost = true;
    }
    if (conn->closing && atr_ws_said_goodbye(&conn->ws)) {
        finish(conn);
    }
    if (conn->lost) {
        release(conn, ATR_WS_GONE);
    } else if (conn->closing && conn->ws.hang_up == 0) {
        report(conn, conn->why); /* they ended it: no need to wait */
    }
}

static bool none_left(const atr_server *server)
{
    return server->counts.ws_open == 0 && server->pending_count == 0;
}

void atr_conns_flush(void *context)
{
    atr_server *server = context;

    /* A connection is in the list once, and only here it leaves it; those
     * that callbacks of this flush add come in the next turn's. */
    size_t count = server->dirty.count;

    for (size_t i = 0; i < count; i++) {
        atr_conn *conn = server->conns[server->dirty.ids[i]];

        if (conn != NULL && conn->dirty) {
            flush_one(conn);
        }
    }
    server->dirty.count -= count;
    memmove(server->dirty.ids, server->dirty.ids + count,
            server->dirty.count * sizeof server->dirty.ids[0]);
    if (server->draining && server->drained != NULL && none_left(server)) {
        atr_timer_set(server->drain_timer, 0);
    }
}

void atr_server_ready(atr_server *server, uint32_t id)
{
    atr_conn *conn =
        id < server->conn_cap ? server->conns[id] : NULL;

    if (conn != NULL && !conn->reported) {
        mark_dirty(conn);
    }
}

void atr_server_hang_up(atr_server *server, uint32_t id, uint16_t code)
{
    atr_conn *conn =
        id < server->conn_cap ? server->conns[id] : NULL;

    if (conn != NULL && !conn->closing) {
        conn->ws.hang_up = code;
        begin_closing(conn, code == CODE_GOING_AWAY && server->draining
                                ? ATR_WS_DRAINED
                                : ATR_WS_HUNG_UP);
        mark_dirty(conn);
    }
}

static void give_data(void *context, atr_bytes data)
{
    atr_conn *conn = context;
    atr_server *server = conn->server;

    server->counts.bytes_in_total += data.len;
    server->handler.ws_data(server->handler.context, conn->id, data);
}

static atr_bytes take_outgoing(void *context)
{
    atr_conn *conn = context;
    atr_server *server = conn->server;

    if (conn->reported) {
        return (atr_bytes){NULL, 0};
    }
    return server->handler.outgoing(server->handler.context, conn->id);
}

static void tell_sent(void *context, size_t len)
{
    atr_conn *conn = context;
    atr_server *server = conn->server;

    server->counts.bytes_out_total += len;
    server->handler.sent(server->handler.context, conn->id, len);
}

/* From here on the bufferevent rests and OpenSSL is driven directly. */
static void take_over(atr_conn *conn, struct bufferevent *bev)
{
    atr_server *server = conn->server;
    int fd = (int)bufferevent_getfd(bev);

    bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
    (void)bufferevent_disable(bev, EV_READ | EV_WRITE);
    (void)bufferevent_set_timeouts(bev, NULL, NULL);
    SSL_set_read_ahead(conn->ws.ssl, 1);
    (void)event_assign(&conn->readable, server->base, fd, EV_READ | EV_PERSIST,
                       on_readable, conn);
    (void)event_assign(&conn->writable, server->base, fd, EV_WRITE,
                       on_writable, conn);
    (void)event_add(&conn->readable, server->ping.shared);
}

static void feed_early_frames(atr_conn *conn, struct bufferevent *bev)
{
    struct evbuffer *input = bufferevent_get_input(bev);
    size_t len = evbuffer_get_length(input);

    if (len > 0) {
        atr_bytes in = {evbuffer_pullup(input, -1), len};

        take_state(conn, in.data != NULL ? atr_ws_feed(&conn->ws, in)
                                         : ATR_WS_LOST);
        (void)evbuffer_drain(input, len);
    }
    if (SSL_has_pending(conn->ws.ssl)) {
        event_active(&conn->readable, EV_READ, 0);
    }
}

static atr_conn *open_conn(atr_server *server, SSL *ssl)
{
    atr_conn *conn = calloc(1, sizeof *conn);
    atr_ws_streams streams = {conn, give_data, take_outgoing, tell_sent};

    if (conn == NULL || server->free_count == 0) {
        free(conn);
        return NULL;
    }
    conn->limits = server->limits;
    if (atr_ws_open(&conn->ws, ssl, &conn->limits, &streams) != ATR_OK) {
        free(conn);
        return NULL;
    }
    conn->server = server;
    conn->id = server->free_ids[--server->free_count];
    server->conns[conn->id] = conn;
    return conn;
}

static void close_conn(atr_conn *conn)
{
    conn->server->conns[conn->id] = NULL;
    conn->server->free_ids[conn->server->free_count++] = conn->id;
    atr_ws_close(&conn->ws);
    free(conn);
}

static bool queue_answer(atr_conn *conn, const char *accept)
{
    char head[256];
    int len = snprintf(head, sizeof head,
                       "HTTP/1.1 101 Switching Protocols\r\n"
                       "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: %s\r\n\r\n",
                       accept);

    return len > 0 && (size_t)len < sizeof head &&
           atr_ws_queue(&conn->ws, (atr_bytes){(const uint8_t *)head,
                                               (size_t)len}) == ATR_OK;
}

/* Returns false when the connection is still evhttp's, to answer 404. */
bool atr_conn_upgrade(atr_server *server, struct evhttp_request *request,
                      const char *path, const char *accept)
{
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);
    struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);
    atr_conn *conn = server->handler.ws_open == NULL
                         ? NULL
                         : open_conn(server, bufferevent_openssl_get_ssl(bev));

    if (conn == NULL) {
        return false;
    }
    conn->connection = connection;
    if (!queue_answer(conn, accept) ||
        !server->handler.ws_open(server->handler.context, conn->id, path)) {
        close_conn(conn);
        return false;
    }
    server->counts.ws_total++;
    server->counts.ws_open++;
    atr_gate_limit(atr_gate_of(conn->ws.ssl), 0);
    take_over(conn, bev);
    evhttp_clear_headers(evhttp_request_get_input_headers(request));
    feed_early_frames(conn, bev);
    mark_dirty(conn);
    return true;
}
