/* server_state.h - what the files of the server share; for them only.
 *
 * server.c       opening, draining, closing
 * server_door.c  listeners, and when not to listen
 * server_gate.c  limits on what is not, or not yet, a WebSocket
 * server_http.c  requests, tickets, replies
 * server_ws.c    connections taken over from evhttp
 */
#ifndef ATR_SERVER_STATE_H
#define ATR_SERVER_STATE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/http.h>
#include <openssl/ssl.h>

#include "host/server.h"
#include "host/ws.h"

/* A listener with its evhttp: the main one with TLS, the admin one without, or
 * with it too. */
typedef struct {
    atr_server *server;
    struct evhttp *http;
    struct evhttp_bound_socket *bound;
    uint16_t port;
    bool is_admin;
} atr_door;

/* What hangs on every TLS connection until OpenSSL frees it: its place in the
 * count, its deadline, and a watch on the bytes of HTTP heads, because evhttp
 * accepts folded lines and lines that end without CR. */
typedef struct {
    atr_server *server;
    SSL *ssl;
    struct event deadline;
    struct atr_pending *pending; /* the request being answered, or NULL */
    uint8_t last[3]; /* of the head, newest first */
    bool head_done;
    bool head_bad;
} atr_gate;

/* A request not yet answered. */
typedef struct atr_pending {
    atr_server *server;
    struct evhttp_request *request;
    struct evhttp_connection *connection;
    atr_gate *gate; /* NULL without TLS */
    uint32_t slot;
    uint32_t turn; /* tells tickets of the same slot apart */
} atr_pending;

/* A WebSocket. */
typedef struct {
    atr_server *server;
    uint32_t id;
    struct evhttp_connection *connection;
    atr_ws ws;
    atr_ws_limits limits; /* those when it came */
    struct event readable;
    struct event writable;
    atr_ws_why why;  /* of the end, once `closing` */
    atr_time close_at; /* the latest end, once `closing` */
    bool closing;    /* the streams are over; a time limit runs */
    bool reported;   /* ws_close has been called */
    bool lost;       /* to be released at the next flush */
    bool lingering;  /* what comes is thrown away until the other side ends */
    bool blocked;
    bool pinged;
    bool dirty;      /* in the list for the end of the turn */
    bool again;      /* in the list for the next turn */
} atr_conn;

/* A time limit that many events share. */
typedef struct {
    struct timeval own;
    const struct timeval *shared; /* libevent's queue, or `own` */
} atr_limit_tv;

/* A list of connection numbers. */
typedef struct {
    uint32_t *ids;
    size_t count;
} atr_conn_list;

struct atr_server {
    struct atr_server *next;
    atr_loop *loop;
    struct event_base *base;
    SSL_CTX *tls;
    atr_server_options options;
    atr_server_handler handler;
    atr_ws_limits limits;
    atr_server_counts counts;
    atr_door doors[2]; /* main, admin */
    uint32_t gates;    /* alive; they keep this struct alive */
    bool closed;       /* freed with the last gate */
    bool paused;       /* not accepting: too many, or no descriptors */
    struct event *resume;
    atr_limit_tv ping;
    atr_limit_tv close;
    /* Arrays of conn_cap, the largest conns_max there was, the lists of twice
     * that, so that nothing can fail later. */
    uint32_t conn_cap;
    atr_conn **conns;
    uint32_t *free_ids;
    uint32_t free_count;
    atr_conn_list dirty;
    atr_conn_list again;
    struct event *again_timer;
    atr_pending **pending;
    uint32_t pending_cap;
    uint32_t pending_count;
    uint32_t ticket_turn;
    bool draining;
    atr_timer *drain_timer;
    atr_loop_fn *drained;
    void *drained_context;
};

/* server.c; the struct goes when the server is closed and the last of its
 * gates has gone. */
void atr_server_free(atr_server *server);
struct timeval atr_tv_of(uint32_t ms);

/* server_door.c; a watched server is one whose accept() may fail. */
ATR_MUST_USE atr_err atr_door_open(atr_server *server, atr_door *door,
                                   const char *address, uint16_t port,
                                   atr_fault *fault);
bool atr_door_has_tls(const atr_door *door);
void atr_doors_pause(atr_server *server);
void atr_doors_resume(evutil_socket_t fd, short what, void *server);
void atr_doors_watch(atr_server *server);
void atr_doors_forget(const atr_server *server);

/* How long what comes may take and how large it may be, anew. */
void atr_doors_limit(const atr_server *server);

/* server_gate.c; the first is what evhttp calls for each connection. */
struct bufferevent *atr_gate_open(struct event_base *base, void *server);
atr_gate *atr_gate_of(const SSL *ssl);
void atr_gate_limit(atr_gate *gate, uint32_t ms); /* 0: none */
void atr_gate_next_head(atr_gate *gate);

/* server_http.c: the answer of a handler that took too long, and the evhttp
 * callback, with its atr_door as context. */
void atr_pending_late(atr_pending *pending);
void atr_http_came(struct evhttp_request *request, void *door);

/* server_ws.c */
bool atr_conn_upgrade(atr_server *server, struct evhttp_request *request,
                      const char *path, const char *accept);
void atr_conns_flush(void *server);
void atr_conns_again(evutil_socket_t fd, short what, void *server);
void atr_conn_cut(atr_conn *conn); /* frees, without callbacks */

#endif
