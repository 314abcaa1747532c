/* peer.h - a server of host/server.h in a child process, and a plain blocking
 * TLS client to treat it well and badly.
 *
 * The server broadcasts: what one WebSocket sends goes to all of them, itself
 * included. Over HTTP it answers
 *     /echo    method, path, query and body
 *     /late    after 50 ms
 *     /never   never
 *     /who     the pin of the certificate that was shown, or "nobody"
 *     /large   20,000 bytes
 *     /counts  open WebSockets, and the ends by reason: "ws gone protocol slow
 *              idle hungup drained"
 *     /kick    hangs up the first WebSocket with 4001
 *     /reload  takes the second certificate, and asks for none any more
 *     /limits?CONNS,WAIT,MESSAGE,PING  other limits, the rest as before; WAIT
 *              is for a handshake, a request and its answer
 * A WebSocket is accepted on every path but /no.
 */
#ifndef PEER_H
#define PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/https.h"
#include "host/metrics.h"
#include "host/server.h"
#include "kit/kit.h"

/* Not every test uses all of it. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define PEER_CONNS 12000

typedef struct {
    pid_t pid;
    uint16_t port;
    uint16_t admin_port;
    uint8_t pin[ATR_PIN_BYTES];
    uint8_t second_pin[ATR_PIN_BYTES];
    char folder[64];
    bool ending; /* SIGTERM has been sent */
} peer;

/* --- the child ------------------------------------------------------------ */

typedef struct {
    uint8_t *data;
    size_t len;
    size_t cap;
    bool open;
} peer_out;

static atr_server *peer_server;
static atr_server_options peer_options;
static atr_loop *peer_loop;
static atr_timer *peer_timer;
static uint64_t peer_late;
static atr_tls *peer_second;
static peer_out peer_outs[PEER_CONNS];
static uint32_t peer_top;
static uint64_t peer_ends[6];
static uint64_t peer_open;

static bool peer_ws_open(void *context, uint32_t conn, const char *path)
{
    (void)context;
    if (strcmp(path, "/no") == 0 || conn >= PEER_CONNS) {
        return false;
    }
    if (peer_outs[conn].open) {
        abort(); /* a number given twice */
    }
    peer_outs[conn].open = true;
    peer_open++;
    if (conn >= peer_top) {
        peer_top = conn + 1;
    }
    return true;
}

static void peer_ws_data(void *context, uint32_t from, atr_bytes data)
{
    (void)context;
    if (!peer_outs[from].open || data.len == 0) {
        abort();
    }
    for (uint32_t i = 0; i < peer_top; i++) {
        peer_out *out = &peer_outs[i];

        if (!out->open) {
            continue;
        }
        if (out->len + data.len > out->cap) {
            out->cap = (out->len + data.len) * 2;
            out->data = realloc(out->data, out->cap);
            if (out->data == NULL) {
                abort();
            }
        }
        memcpy(out->data + out->len, data.data, data.len);
        out->len += data.len;
        atr_server_ready(peer_server, i);
    }
}

static void peer_ws_close(void *context, uint32_t conn, atr_ws_why why)
{
    (void)context;
    if (!peer_outs[conn].open) {
        abort(); /* closed twice */
    }
    free(peer_outs[conn].data);
    peer_outs[conn] = (peer_out){NULL, 0, 0, false};
    peer_ends[why]++;
    peer_open--;
}

static atr_bytes peer_outgoing(void *context, uint32_t conn)
{
    (void)context;
    if (!peer_outs[conn].open) {
        abort();
    }
    return (atr_bytes){peer_outs[conn].data, peer_outs[conn].len};
}

static void peer_sent(void *context, uint32_t conn, size_t len)
{
    peer_out *out = &peer_outs[conn];

    (void)context;
    if (!out->open || len > out->len) {
        abort();
    }
    out->len -= len;
    memmove(out->data, out->data + len, out->len);
    if (out->len == 0) {
        free(out->data);
        out->data = NULL;
        out->cap = 0;
    }
}

static void peer_answer(uint64_t ticket, const char *text)
{
    atr_http_reply reply = {200, "text/plain",
                            {(const uint8_t *)text, strlen(text)}, NULL, NULL};

    atr_server_reply(peer_server, ticket, &reply);
}

static void peer_fire(void *context)
{
    (void)context;
    peer_answer(peer_late, "late");
}

static void peer_limit(const atr_http_request *r)
{
    atr_server_options *o = &peer_options;
    bool good = sscanf(r->query, "%u,%u,%zu,%u", &o->conns_max,
                       &o->handshake_ms, &o->message_max, &o->ping_ms) == 4;

    o->request_ms = o->answer_ms = o->handshake_ms;
    good = good && atr_server_set_limits(peer_server, o) == ATR_OK;
    peer_answer(r->ticket, good ? "limited" : "not limited");
}

static void peer_http(void *context, const atr_http_request *r)
{
    char text[4096];

    (void)context;
    if (strcmp(r->path, "/late") == 0) {
        peer_late = r->ticket;
        atr_timer_set(peer_timer, atr_loop_now(peer_loop) + 50);
    } else if (strcmp(r->path, "/counts") == 0) {
        atr_server_counts c = atr_server_counts_now(peer_server);

        snprintf(text, sizeof text,
                 "%llu %llu %llu %llu %llu %llu %llu conns %llu late %llu "
                 "memory %llu cpu %llu",
                 (unsigned long long)peer_open,
                 (unsigned long long)peer_ends[ATR_WS_GONE],
                 (unsigned long long)peer_ends[ATR_WS_PROTOCOL],
                 (unsigned long long)peer_ends[ATR_WS_SLOW],
                 (unsigned long long)peer_ends[ATR_WS_IDLE],
                 (unsigned long long)peer_ends[ATR_WS_HUNG_UP],
                 (unsigned long long)peer_ends[ATR_WS_DRAINED],
                 (unsigned long long)c.conns_open,
                 (unsigned long long)c.timed_out_total,
                 (unsigned long long)atr_metrics_memory(),
                 (unsigned long long)atr_metrics_cpu_ms());
        peer_answer(r->ticket, text);
    } else if (strcmp(r->path, "/kick") == 0) {
        for (uint32_t i = 0; i < peer_top; i++) {
            if (peer_outs[i].open) {
                atr_server_hang_up(peer_server, i, 4001);
                break;
            }
        }
        peer_answer(r->ticket, "kicked");
    } else if (strcmp(r->path, "/reload") == 0) {
        atr_server_set_tls(peer_server, peer_second);
        peer_answer(r->ticket, "reloaded");
    } else if (strcmp(r->path, "/limits") == 0) {
        peer_limit(r);
    } else if (strcmp(r->path, "/who") == 0) {
        strcpy(text, "nobody");
        for (size_t i = 0; r->client_pin != NULL && i < ATR_PIN_BYTES; i++) {
            snprintf(text + 2 * i, 3, "%02x", r->client_pin[i]);
        }
        peer_answer(r->ticket, text);
    } else if (strcmp(r->path, "/large") == 0) {
        char large[20001];

        memset(large, 'x', sizeof large - 1);
        large[sizeof large - 1] = 0;
        peer_answer(r->ticket, large);
    } else if (strcmp(r->path, "/never") != 0) {
        snprintf(text, sizeof text, "%s %s ?%s %.*s%s", r->method, r->path,
                 r->query, (int)r->body.len, (const char *)r->body.data,
                 r->is_admin ? " admin" : "");
        peer_answer(r->ticket, text);
    }
}

static void peer_drained(void *context)
{
    (void)context;
    atr_loop_stop(peer_loop);
}

static void peer_signal(void *context, int number)
{
    (void)context;
    if (number == SIGTERM) {
        atr_server_drain(peer_server, 2000, peer_drained, NULL);
    }
}

/* Ends with exit status 0 after SIGTERM, when nothing was lost. */
static int peer_serve(const atr_server_options *options, int tell)
{
    atr_server_handler handler = {NULL,          peer_http,     peer_ws_open,
                                  peer_ws_data,  peer_ws_close, peer_outgoing,
                                  peer_sent};
    uint16_t ports[2];
    atr_err err;

    peer_options = *options;
    if (atr_loop_open(&peer_loop) != ATR_OK ||
        atr_server_open(&peer_server, peer_loop, options, &handler, NULL) !=
            ATR_OK ||
        atr_timer_open(&peer_timer, peer_loop, peer_fire, NULL) != ATR_OK ||
        atr_loop_signals(peer_loop, peer_signal, NULL) != ATR_OK) {
        return 3;
    }
    ports[0] = atr_server_port(peer_server);
    ports[1] = atr_server_admin_port(peer_server);
    if (write(tell, ports, sizeof ports) != sizeof ports) {
        return 4;
    }
    err = atr_loop_run(peer_loop);
    atr_timer_close(peer_timer);
    atr_server_close(peer_server);
    atr_loop_close(peer_loop);
    for (uint32_t i = 0; i < PEER_CONNS; i++) {
        free(peer_outs[i].data);
    }
    return err == ATR_OK ? 0 : 5;
}

/* --- the parent ----------------------------------------------------------- */

static void peer_cert(const peer *p, const char *name, atr_tls **tls)
{
    char cert[96];
    char key[96];
    atr_fault fault;

    snprintf(cert, sizeof cert, "%s/%s.crt", p->folder, name);
    snprintf(key, sizeof key, "%s/%s.key", p->folder, name);
    assert_int_equal(atr_tls_make_cert(cert, key, "127.0.0.1", &fault),
                     ATR_OK);
    assert_int_equal(atr_tls_server_open(tls, cert, key, &fault), ATR_OK);
    unlink(cert);
    unlink(key);
}

/* peer_start serves in a child process; `options` needs no tls. */
static void peer_start(peer *p, const atr_server_options *options)
{
    atr_server_options o = *options;
    atr_tls *first;
    uint16_t ports[2] = {0, 0};
    int pipes[2];

    signal(SIGPIPE, SIG_IGN);
    strcpy(p->folder, "/tmp/atr-peer-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    peer_cert(p, "first", &first);
    peer_cert(p, "second", &peer_second);
    rmdir(p->folder);
    atr_tls_ask(first);
    atr_tls_pin(p->pin, first);
    atr_tls_pin(p->second_pin, peer_second);
    o.tls = first;
    if (o.address == NULL) {
        o.address = "127.0.0.1";
    }
    assert_int_equal(pipe(pipes), 0);
    fflush(NULL);
    p->pid = fork();
    if (p->pid == 0) {
        int status = peer_serve(&o, pipes[1]);

        atr_tls_close(first);
        atr_tls_close(peer_second);
        exit(status);
    }
    close(pipes[1]);
    atr_tls_close(first);
    atr_tls_close(peer_second);
    assert_int_equal(read(pipes[0], ports, sizeof ports), sizeof ports);
    close(pipes[0]);
    p->port = ports[0];
    p->admin_port = ports[1];
}

static void peer_pause(unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

/* peer_stop asks for a drain and waits; the exit status must be 0. */
static void peer_stop(peer *p)
{
    int status = -1;

    if (!p->ending) {
        kill(p->pid, SIGTERM);
    }
    for (int i = 0; i < 6000; i++) {
        if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
            assert_int_equal(status, 0);
            p->pid = 0;
            return;
        }
        peer_pause(10);
    }
    kill(p->pid, SIGKILL);
    waitpid(p->pid, &status, 0);
    p->pid = 0;
    fail_msg("the server did not end");
}

typedef struct {
    int fd;
    SSL *ssl;
} wire;

static int wire_tcp(const peer *p)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct timeval limit = {60, 0};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_port = htons(p->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static wire wire_open(const peer *p)
{
    static SSL_CTX *context;
    wire w = {wire_tcp(p), NULL};

    if (context == NULL) {
        context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    }
    w.ssl = SSL_new(context);
    SSL_set_fd(w.ssl, w.fd);
    assert_int_equal(SSL_connect(w.ssl), 1);
    return w;
}

static void wire_close(wire *w)
{
    SSL_free(w->ssl);
    if (w->fd >= 0) {
        close(w->fd);
    }
    *w = (wire){-1, NULL};
}

/* Returns false when the connection is gone. */
static bool wire_send(wire *w, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    while (len > 0) {
        int put;

        ERR_clear_error();
        put = SSL_write(w->ssl, at, (int)(len < 16384 ? len : 16384));
        if (put <= 0) {
            return false;
        }
        at += put;
        len -= (size_t)put;
    }
    return true;
}

static bool wire_read(wire *w, void *out, size_t len)
{
    uint8_t *at = out;

    while (len > 0) {
        int got;

        ERR_clear_error();
        got = SSL_read(w->ssl, at, (int)len);
        if (got <= 0) {
            return false;
        }
        at += got;
        len -= (size_t)got;
    }
    return true;
}

/* Reads up to the end of a head; returns the status, 0 when there is none. */
static int wire_head(wire *w, char *out, size_t cap)
{
    size_t len = 0;

    out[0] = 0;
    while (len + 1 < cap && wire_read(w, out + len, 1)) {
        out[++len] = 0;
        if (len >= 4 && strcmp(out + len - 4, "\r\n\r\n") == 0) {
            return strncmp(out, "HTTP/1.1 ", 9) == 0 ? atoi(out + 9) : 0;
        }
    }
    return 0;
}

#define WIRE_UPGRADE                                                           \
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"            \
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"   \
    "Sec-WebSocket-Version: 13\r\n\r\n"

static wire wire_websocket(const peer *p)
{
    wire w = wire_open(p);
    char head[1024];

    assert_true(wire_send(&w, WIRE_UPGRADE, strlen(WIRE_UPGRADE)));
    assert_int_equal(wire_head(&w, head, sizeof head), 101);
    return w;
}

/* Writes the head of a masked frame with mask 01 02 03 04. */
static size_t frame_head(uint8_t out[14], uint8_t first, uint64_t len)
{
    size_t at = 0;

    out[at++] = first;
    if (len < 126) {
        out[at++] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        out[at++] = 0x80 | 126;
        out[at++] = (uint8_t)(len >> 8);
        out[at++] = (uint8_t)len;
    } else {
        out[at++] = 0x80 | 127;
        for (int i = 56; i >= 0; i -= 8) {
            out[at++] = (uint8_t)(len >> i);
        }
    }
    for (uint8_t i = 1; i <= 4; i++) {
        out[at++] = i;
    }
    return at;
}

static void frame_mask(uint8_t *bytes, size_t len, size_t from)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= (uint8_t)((from + i) % 4 + 1);
    }
}

static bool wire_frame(wire *w, uint8_t first, const void *payload, size_t len)
{
    uint8_t *frame = malloc(len + 14);
    size_t head = frame_head(frame, first, len);
    bool good;

    memcpy(frame + head, payload, len);
    frame_mask(frame + head, len, 0);
    good = wire_send(w, frame, head + len);
    free(frame);
    return good;
}

/* Reads one frame; *payload is to be freed. Returns the first byte, or -1. */
static int wire_take_frame(wire *w, uint8_t **payload, size_t *len)
{
    uint8_t head[10];
    uint64_t n;
    size_t more;

    *payload = NULL;
    *len = 0;
    if (!wire_read(w, head, 2)) {
        return -1;
    }
    n = head[1];
    assert_true(n < 128); /* a server does not mask */
    more = n == 126 ? 2 : n == 127 ? 8 : 0;
    if (!wire_read(w, head + 2, more)) {
        return -1;
    }
    if (more > 0) {
        n = 0;
        for (size_t i = 0; i < more; i++) {
            n = n << 8 | head[2 + i];
        }
    }
    *payload = malloc(n + 1);
    *len = n;
    if (!wire_read(w, *payload, n)) {
        free(*payload);
        *payload = NULL;
        return -1;
    }
    (*payload)[n] = 0;
    return head[0];
}

/* Reads to a close frame or the end; returns the code, 0 for none. */
static int wire_close_code(wire *w)
{
    for (;;) {
        uint8_t *payload;
        size_t len;
        int first = wire_take_frame(w, &payload, &len);
        int code = first == 0x88 && len >= 2 ? payload[0] << 8 | payload[1]
                                             : first == 0x88 ? 1005 : 0;

        free(payload);
        if (first < 0 || first == 0x88) {
            return code;
        }
    }
}

/* Waits for bytes or the end, at most `ms`. */
static bool wire_readable(const wire *w, int ms)
{
    struct pollfd p = {w->fd, POLLIN, 0};

    return SSL_has_pending(w->ssl) || poll(&p, 1, ms) > 0;
}

static int peer_call(const peer *p, const char *method, const char *path,
                     const char *body, char *out, size_t cap)
{
    atr_https_request request = {.host = "127.0.0.1",
                                 .port = p->port,
                                 .method = method,
                                 .path = path,
                                 .pin = p->pin,
                                 .body = {(const uint8_t *)body,
                                          strlen(body)},
                                 .limit_ms = 60000};
    atr_https_reply reply;
    atr_fault fault;
    int status;

    if (atr_https_call(&reply, &request, &fault) != ATR_OK) {
        print_error("%s\n", fault.text);
        return -1;
    }
    snprintf(out, cap, "%s", (char *)reply.body);
    status = reply.status;
    atr_https_reply_wipe(&reply);
    return status;
}

/* The numbers of /counts. */
typedef struct {
    unsigned long long open, gone, protocol, slow, idle, hung_up, drained;
    unsigned long long conns, late, memory, cpu;
} peer_counts;

static peer_counts peer_count(const peer *p)
{
    peer_counts c = {0};
    char text[512];

    assert_int_equal(peer_call(p, "GET", "/counts", "", text, sizeof text),
                     200);
    assert_int_equal(sscanf(text,
                            "%llu %llu %llu %llu %llu %llu %llu conns %llu "
                            "late %llu memory %llu cpu %llu",
                            &c.open, &c.gone, &c.protocol, &c.slow, &c.idle,
                            &c.hung_up, &c.drained, &c.conns, &c.late,
                            &c.memory, &c.cpu),
                     11);
    return c;
}

#endif
