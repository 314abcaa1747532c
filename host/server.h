/* server.h - HTTPS and WebSocket on one port.
 *
 * libevent's evhttp serves the requests; a request to upgrade to WebSocket is
 * taken over, and from then on the connection is a pair of byte streams: the
 * payload of the binary messages that arrive is given to `ws_data` in order
 * (message borders mean nothing), and the bytes that `outgoing` shows are sent
 * as binary messages.
 *
 * Connections have small numbers, used again after `ws_close`, so that they
 * can index an array. Sending is by asking: call atr_server_ready when a
 * connection has bytes to send; at the end of the loop's turn
 * (ATR_TURN_FLUSH) the server takes them with `outgoing` and `sent`, all of
 * a turn in one message of one TLS record where they fit. While the network
 * takes no more, the rest stays with the handler, and when that rest passes
 * `unsent_max` bytes the connection is cut (ATR_WS_SLOW) and the others never
 * notice.
 *
 * Callbacks may call any function of this file for any connection. None is
 * called from within atr_server_ready, atr_server_reply, atr_server_hang_up.
 */
#ifndef ATR_SERVER_H
#define ATR_SERVER_H

#include "host/fault.h"
#include "host/loop.h"
#include "host/tls.h"

typedef struct atr_server atr_server;

/* A request, borrowed until the `http` callback returns. Answer it now or
 * later by its ticket. */
typedef struct {
    uint64_t ticket;
    const char *method;        /* "GET", "POST", "PUT", "DELETE", "HEAD" */
    const char *path;          /* decoded, begins with "/" */
    const char *query;         /* as sent, after "?"; "" when absent */
    const char *content_type;  /* "" when absent, as the ones below */
    const char *authorization;
    const char *host;
    atr_bytes body;
    bool is_admin;             /* came over the admin listener */
    const uint8_t *client_pin; /* ATR_PIN_BYTES bytes of whoever has shown a
                                  certificate (atr_tls_ask), or NULL */
} atr_http_request;

typedef struct {
    int status;                /* 200, 404, ... */
    const char *content_type;  /* NULL when there is no body */
    atr_bytes body;            /* copied */
    const char *retry_after;   /* seconds as text, or NULL */
    const char *policy;        /* Content-Security-Policy, or NULL */
} atr_http_reply;

/* Why a WebSocket connection ended. */
typedef enum {
    ATR_WS_GONE,     /* the other side closed, or the network did */
    ATR_WS_PROTOCOL, /* it broke the rules of WebSocket or a limit */
    ATR_WS_SLOW,     /* it did not read what was sent */
    ATR_WS_IDLE,     /* it did not answer a ping */
    ATR_WS_HUNG_UP,  /* atr_server_hang_up */
    ATR_WS_DRAINED   /* the server is stopping */
} atr_ws_why;

typedef struct {
    void *context;
    /* NULL: every request is answered 404. */
    void (*http)(void *context, const atr_http_request *request);
    /* Whether to accept a WebSocket on `path`; false answers 404. NULL: never,
     * and the functions below are not called either. */
    bool (*ws_open)(void *context, uint32_t conn, const char *path);
    void (*ws_data)(void *context, uint32_t conn, atr_bytes data);
    /* The last call for this connection; its number may now be used again. */
    void (*ws_close)(void *context, uint32_t conn, atr_ws_why why);
    /* The bytes waiting for `conn`, borrowed until the next call on the
     * handler; `sent` drops the first `len` of them. */
    atr_bytes (*outgoing)(void *context, uint32_t conn);
    void (*sent)(void *context, uint32_t conn, size_t len);
} atr_server_handler;

/* Zero in any number means the default written beside it. */
typedef struct {
    const atr_tls *tls;        /* of atr_tls_server_open; required */
    const char *address;       /* "127.0.0.1", "::", ...; NULL: all */
    uint16_t port;             /* 0: the system chooses */
    const char *admin_address; /* plain HTTP; must be loopback; NULL: none */
    uint16_t admin_port;
    bool admin_tls;            /* no plain HTTP there, and any address: for
                                  handlers that look at the client_pin */
    uint32_t conns_max;        /* 20,000 connections of any kind */
    size_t unsent_max;         /* 1 MiB a connection */
    size_t message_max;        /* 1 MiB a WebSocket message */
    uint32_t fragments_max;    /* 64 frames a message */
    size_t head_max;           /* 8 KiB of HTTP head */
    size_t body_max;           /* 64 KiB of HTTP body */
    uint32_t handshake_ms;     /* 10 s from accept to a whole first request */
    uint32_t request_ms;       /* 15 s for each further request, and idle */
    uint32_t answer_ms;        /* 60 s for the handler to answer */
    uint32_t ping_ms;          /* 30 s without a byte until a ping; as long
                                  again until the connection is cut */
    uint32_t close_ms;         /* 3 s for the other side to close */
    bool echo;                 /* for tests of conformance: send each message,
                                  text too, back as it came; no ws_data */
} atr_server_options;

/* Counts since the start, for metrics. */
typedef struct {
    uint64_t conns_total;
    uint64_t conns_open;       /* of any kind, now */
    uint64_t ws_total;
    uint64_t ws_open;          /* now */
    uint64_t http_total;
    uint64_t timed_out_total;  /* handshakes and requests that took too long */
    uint64_t slow_total;       /* cut because they did not read */
    uint64_t idle_total;
    uint64_t protocol_total;
    uint64_t bytes_in_total;   /* WebSocket payload */
    uint64_t bytes_out_total;
} atr_server_counts;


/* atr_server_open listens, and serves from the next turn of `loop` on.
 * `options->tls` stays the caller's and may be closed afterwards. Returns
 * ATR_ERR_IO when the address cannot be had, ATR_ERR_INPUT when the admin
 * address is not loopback and has no TLS. */
ATR_MUST_USE atr_err atr_server_open(atr_server **out, atr_loop *loop,
                                     const atr_server_options *options,
                                     const atr_server_handler *handler,
                                     atr_fault *fault);

/* atr_server_set_tls uses another certificate for connections from now on;
 * the present ones stay. */
void atr_server_set_tls(atr_server *server, const atr_tls *tls);

/* atr_server_set_limits takes the numbers of `options`, but the ports, for what
 * comes from now on; zero means the default again. What is there stays: when
 * there are more connections than conns_max, none is taken until there are
 * fewer, and present WebSockets keep their ping and their limits of bytes.
 * ATR_ERR_LIMIT without memory for conns_max; nothing has changed then. */
ATR_MUST_USE atr_err atr_server_set_limits(atr_server *server,
                                           const atr_server_options *options);

/* atr_server_close cuts everything at once, without callbacks; not to be
 * called from one, except from `done` of a drain. NULL is accepted. */
void atr_server_close(atr_server *server);

/* atr_server_port tells the port, where the system chose it. */
uint16_t atr_server_port(const atr_server *server);
uint16_t atr_server_admin_port(const atr_server *server);

/* atr_server_ready says that `conn` has outgoing bytes. Cheap, and repeated
 * calls in a turn are one. */
void atr_server_ready(atr_server *server, uint32_t conn);

/* atr_server_reply answers a request. A ticket whose connection is gone is
 * ignored, so late answers are harmless. */
void atr_server_reply(atr_server *server, uint64_t ticket,
                      const atr_http_reply *reply);

/* atr_server_hang_up sends what is outgoing, then a close frame with `code`
 * (RFC 6455 section 7.4; 1008 policy, 1011 internal, 4000-4999 own), and lets
 * go of the connection when the other side has closed too or `close_ms` have
 * passed; `ws_close` is called then. No `ws_data` comes any more. */
void atr_server_hang_up(atr_server *server, uint32_t conn, uint16_t code);

/* atr_server_drain stops listening, hangs up every WebSocket with 1001, lets
 * requests being answered finish, and calls `done` when all are gone or after
 * `limit_ms`; then close the server. */
void atr_server_drain(atr_server *server, uint32_t limit_ms, atr_loop_fn *done,
                      void *context);

/* atr_server_counts_now gives the counts. */
atr_server_counts atr_server_counts_now(const atr_server *server);

#endif
