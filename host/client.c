#include "host/client.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/head.h"
#include "host/ws.h"

typedef enum {
    CONNECTING, /* TCP */
    GREETING,   /* TLS handshake */
    ASKING,     /* the upgrade is being sent */
    WAITING,    /* for the answer */
    OPEN,
    ENDED
} client_state;

struct atr_client {
    atr_loop *loop;
    atr_client_options options;
    atr_client_handler handler;
    atr_ws_limits limits;
    atr_tls *tls;
    char *host;
    char *path;
    struct addrinfo *addresses;
    const struct addrinfo *next; /* to be tried */
    client_state state;
    int fd;
    SSL *ssl;
    struct event readable;
    struct event writable;
    atr_timer *timer;
    char accept[ATR_WS_ACCEPT_BYTES];
    uint8_t *head; /* the request, then the answer as it comes */
    size_t head_len;
    size_t head_sent;
    atr_ws ws;
    bool dirty;
    bool again;
    bool pinged;
    bool closing;
    bool told; /* `closed` has been called */
    atr_err err;
    uint16_t code;
    char text[256];
};

static void step(atr_client *client);
static void flush(void *context);

static void end(atr_client *client, atr_err err, const char *text)
{
    if (client->state != ENDED) {
        client->state = ENDED;
        client->err = err;
        (void)snprintf(client->text, sizeof client->text, "%s", text);
        if (client->fd >= 0) {
            (void)event_del(&client->readable);
            (void)event_del(&client->writable);
        }
        atr_timer_set(client->timer, ATR_NEVER);
        atr_loop_touch(client->loop);
    }
}

static atr_time from_now(const atr_client *client, uint32_t ms)
{
    return atr_loop_now(client->loop) + ms;
}

/* Over: orderly when the other side said goodbye. */
static void end_stream(atr_client *client)
{
    client->code = client->ws.peer_code;
    if (client->ws.failed) {
        end(client, ATR_ERR_INPUT, "the server broke the rules of WebSocket");
    } else if (client->ws.peer_code != 0) {
        end(client, ATR_OK, "closed");
    } else {
        end(client, client->closing ? ATR_OK : ATR_ERR_IO,
            "the connection was lost");
    }
}

static void drop_fd(atr_client *client)
{
    if (client->fd >= 0) {
        (void)event_del(&client->readable);
        (void)event_del(&client->writable);
    }
    SSL_free(client->ssl);
    client->ssl = NULL;
    if (client->fd >= 0) {
        (void)close(client->fd);
        client->fd = -1;
    }
}

static void on_event(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    step(context);
}

static bool dial(atr_client *client, const struct addrinfo *to)
{
    struct event_base *base = atr_loop_base(client->loop);
    int on = 1;

    client->fd = socket(to->ai_family,
                        SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0) {
        return false;
    }
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)event_assign(&client->readable, base, client->fd,
                       EV_READ | EV_PERSIST, on_event, client);
    (void)event_assign(&client->writable, base, client->fd, EV_WRITE, on_event,
                       client);
    if (connect(client->fd, to->ai_addr, to->ai_addrlen) != 0 &&
        errno != EINPROGRESS) {
        drop_fd(client);
        return false;
    }
    (void)event_add(&client->writable, NULL);
    return true;
}

static void dial_next(atr_client *client)
{
    char text[160];

    drop_fd(client);
    while (client->next != NULL) {
        const struct addrinfo *to = client->next;

        client->next = to->ai_next;
        if (dial(client, to)) {
            return;
        }
    }
    (void)snprintf(text, sizeof text, "%.60s port %u: %s", client->host,
                   client->options.port, strerror(errno));
    end(client, ATR_ERR_IO, text);
}

static void step_greet(atr_client *client);

static void step_connect(atr_client *client)
{
    int number = 0;
    socklen_t len = sizeof number;

    if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &number, &len) != 0 ||
        number != 0) {
        errno = number;
        dial_next(client);
        return;
    }
    client->ssl = atr_tls_client_ssl(client->tls, client->host);
    if (client->ssl == NULL || SSL_set_fd(client->ssl, client->fd) != 1) {
        end(client, ATR_ERR_IO, "TLS: out of memory");
        return;
    }
    client->state = GREETING;
    (void)event_add(&client->readable, NULL);
    step_greet(client);
}

/* What to do after a call of OpenSSL gave `got`: false when it has to be
 * called again later. */
static bool want_more(atr_client *client, int got)
{
    int why = SSL_get_error(client->ssl, got);

    if (why == SSL_ERROR_WANT_WRITE) {
        (void)event_add(&client->writable, NULL);
    }
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static void build_request(atr_client *client)
{
    uint8_t raw[16];
    char key[ATR_WS_KEY_BYTES + 1];
    bool v6 = strchr(client->host, ':') != NULL;
    int len;

    if (RAND_bytes(raw, sizeof raw) != 1 ||
        EVP_EncodeBlock((unsigned char *)key, raw, sizeof raw) !=
            ATR_WS_KEY_BYTES ||
        atr_ws_accept(client->accept, key) != ATR_OK) {
        end(client, ATR_ERR_IO, "no randomness");
        return;
    }
    len = snprintf((char *)client->head, ATR_HEAD_BYTES_MAX,
                   "GET %s HTTP/1.1\r\nHost: %s%s%s:%u\r\n"
                   "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n"
                   "\r\n",
                   client->path, v6 ? "[" : "", client->host, v6 ? "]" : "",
                   client->options.port, key);
    client->head_len = (size_t)len;
    client->head_sent = 0;
    client->state = ASKING;
}

static void step_greet(atr_client *client)
{
    int got;
    char text[200];

    ERR_clear_error();
    got = SSL_connect(client->ssl);
    if (got == 1) {
        build_request(client);
        step(client);
        return;
    }
    if (want_more(client, got)) {
        return;
    }
    if (SSL_get_verify_result(client->ssl) != X509_V_OK) {
        end(client, ATR_ERR_AUTH,
            client->options.pin != NULL
                ? "the server's key is not the one that was pinned"
                : X509_verify_cert_error_string(
                      SSL_get_verify_result(client->ssl)));
        return;
    }
    {
        const char *why = ERR_reason_error_string(ERR_peek_error());

        (void)snprintf(text, sizeof text, "TLS handshake: %.150s",
                       why != NULL ? why : "the server hung up");
    }
    end(client, ATR_ERR_IO, text);
}

static void step_ask(atr_client *client)
{
    int got;

    ERR_clear_error();
    got = SSL_write(client->ssl, client->head + client->head_sent,
                    (int)(client->head_len - client->head_sent));
    if (got > 0) {
        client->head_sent += (size_t)got;
        if (client->head_sent == client->head_len) {
            client->head_len = 0;
            client->state = WAITING;
        }
        step(client);
    } else if (!want_more(client, got)) {
        end(client, ATR_ERR_IO, "the server hung up");
    }
}

static bool is_agreed(const atr_client *client, const atr_head *head)
{
    unsigned count;
    unsigned extras;

    if (head->status != 101 ||
        !atr_head_is(atr_head_value(&count, head, "Upgrade"), "websocket") ||
        !atr_head_is(atr_head_value(&count, head, "Connection"), "upgrade")) {
        return false;
    }
    (void)atr_head_value(&extras, head, "Sec-WebSocket-Extensions");
    if (extras != 0) {
        return false;
    }
    (void)atr_head_value(&extras, head, "Sec-WebSocket-Protocol");
    return extras == 0 &&
           atr_bytes_equal(
               atr_head_value(&count, head, "Sec-WebSocket-Accept"),
               (atr_bytes){(const uint8_t *)client->accept,
                           ATR_WS_ACCEPT_BYTES - 1}) &&
           count == 1;
}

static void give_data(void *context, atr_bytes data)
{
    atr_client *client = context;

    client->handler.data(client->handler.context, data);
}

static atr_bytes take_outgoing(void *context)
{
    atr_client *client = context;

    return client->handler.outgoing(client->handler.context);
}

static void tell_sent(void *context, size_t len)
{
    atr_client *client = context;

    client->handler.sent(client->handler.context, len);
}

static void take_state(atr_client *client, atr_ws_state state)
{
    if (state == ATR_WS_LOST) {
        end_stream(client);
    } else if (state == ATR_WS_OVER && !client->closing) {
        client->closing = true;
        atr_timer_set(client->timer,
                      from_now(client, client->options.close_ms));
    }
    client->again = state == ATR_WS_MORE;
    client->dirty = true;
    atr_loop_touch(client->loop);
}

static void begin_streams(atr_client *client, atr_bytes early)
{
    atr_ws_streams streams = {client, give_data, take_outgoing, tell_sent};

    if (atr_ws_open(&client->ws, client->ssl, &client->limits, &streams) !=
        ATR_OK) {
        end(client, ATR_ERR_IO, "out of memory");
        return;
    }
    client->state = OPEN;
    SSL_set_read_ahead(client->ssl, 1);
    atr_timer_set(client->timer, from_now(client, client->options.ping_ms));
    client->handler.open(client->handler.context);
    if (client->state == OPEN && early.len > 0) {
        take_state(client, atr_ws_feed(&client->ws, early));
    }
    /* What OpenSSL holds of that record does not make the descriptor
     * readable. */
    client->again |= SSL_has_pending(client->ssl) != 0;
    client->dirty = true;
    free(client->head);
    client->head = NULL;
}

static void read_answer(atr_client *client)
{
    atr_head head;
    size_t used;
    atr_err err = atr_head_parse(
        &head, &used, (atr_bytes){client->head, client->head_len});
    char text[80];

    if (err == ATR_ERR_STATE) {
        return;
    }
    if (err != ATR_OK) {
        end(client, ATR_ERR_INPUT, "the server does not speak HTTP");
    } else if (!is_agreed(client, &head)) {
        (void)snprintf(text, sizeof text,
                       "the server refused the WebSocket (HTTP status %d)",
                       head.status);
        end(client, ATR_ERR_INPUT, text);
    } else {
        begin_streams(client, (atr_bytes){client->head + used,
                                          client->head_len - used});
    }
}

static void step_wait(atr_client *client)
{
    int got;

    while (client->state == WAITING) {
        ERR_clear_error();
        got = SSL_read(client->ssl, client->head + client->head_len,
                       (int)(ATR_HEAD_BYTES_MAX - client->head_len));
        if (got <= 0) {
            if (!want_more(client, got)) {
                end(client, ATR_ERR_IO, "the server hung up");
            }
            return;
        }
        client->head_len += (size_t)got;
        read_answer(client);
    }
}

static void step_open(atr_client *client)
{
    client->pinged = false;
    if (!client->closing) {
        atr_timer_set(client->timer,
                      from_now(client, client->options.ping_ms));
    }
    take_state(client, atr_ws_read(&client->ws));
}

static void step(atr_client *client)
{
    static void (*const steps[])(atr_client *) = {
        [CONNECTING] = step_connect, [GREETING] = step_greet,
        [ASKING] = step_ask,         [WAITING] = step_wait,
        [OPEN] = step_open,          [ENDED] = NULL};

    atr_loop_touch(client->loop);
    if (steps[client->state] != NULL) {
        steps[client->state](client);
    }
}

static void on_timer(void *context)
{
    atr_client *client = context;

    if (client->again && client->state == OPEN) {
        client->again = false;
        step_open(client);
        if (client->closing) {
            atr_timer_set(client->timer,
                          from_now(client, client->options.close_ms));
        }
    } else if (client->state < OPEN) {
        end(client, ATR_ERR_IO, "connecting took too long");
    } else if (client->closing) {
        end_stream(client);
    } else if (client->pinged) {
        end(client, ATR_ERR_IO, "the server does not answer");
    } else {
        client->pinged = true;
        atr_ws_ping(&client->ws);
        client->dirty = true;
        atr_timer_set(client->timer,
                      from_now(client, client->options.ping_ms));
    }
}

/* At the end of a turn: send, and tell the end. */
static void flush(void *context)
{
    atr_client *client = context;

    if (client->state == OPEN && client->dirty) {
        atr_ws_state state;

        client->dirty = false;
        state = atr_ws_flush(&client->ws);
        if (state == ATR_WS_BLOCKED) {
            (void)event_add(&client->writable, NULL);
        } else if (state == ATR_WS_LOST ||
                   (client->ws.peer_code != 0 || client->ws.failed)) {
            end_stream(client);
        }
        if (client->again) {
            atr_timer_set(client->timer, 0);
        }
    }
    if (client->state == ENDED && !client->told) {
        client->told = true;
        client->handler.closed(client->handler.context, client->err,
                               client->code, client->text);
    }
}

static atr_err resolve(atr_client *client, atr_fault *fault)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM,
                            .ai_flags = AI_ADDRCONFIG};
    char port[8];
    int failed;

    (void)snprintf(port, sizeof port, "%u", client->options.port);
    failed = getaddrinfo(client->host, port, &want, &client->addresses);
    if (failed == EAI_NONAME || failed == EAI_ADDRFAMILY) {
        want.ai_flags = 0; /* loopback alone does not count as configured */
        failed = getaddrinfo(client->host, port, &want, &client->addresses);
    }
    if (failed != 0) {
        client->addresses = NULL;
        return atr_fault_set(fault, ATR_ERR_IO, "%.60s: %s", client->host,
                             gai_strerror(failed));
    }
    client->next = client->addresses;
    return ATR_OK;
}

static void set_defaults(atr_client_options *o)
{
    o->connect_ms = o->connect_ms ? o->connect_ms : 10000;
    o->ping_ms = o->ping_ms ? o->ping_ms : 30000;
    o->close_ms = o->close_ms ? o->close_ms : 3000;
    o->message_max = o->message_max ? o->message_max : 16u << 20;
    o->fragments_max = o->fragments_max ? o->fragments_max : 1024;
}

/* What is put into the request must not end a line of it. */
static bool is_plain(const char *text)
{
    for (; *text != 0; text++) {
        if (*text <= ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

static atr_err prepare(atr_client *client, atr_fault *fault)
{
    const atr_client_options *o = &client->options;

    if (!is_plain(o->host) || !is_plain(o->path) || o->path[0] != '/' ||
        strlen(o->host) > 255 || strlen(o->path) > 2048) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "bad host name or path");
    }
    client->host = strdup(o->host);
    client->path = strdup(o->path);
    client->head = malloc(ATR_HEAD_BYTES_MAX);
    if (client->host == NULL || client->path == NULL || client->head == NULL ||
        atr_timer_open(&client->timer, client->loop, on_timer, client) !=
            ATR_OK ||
        atr_loop_hook(client->loop, ATR_TURN_FLUSH, flush, client) !=
            ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_IO, "client: out of memory");
    }
    return ATR_OK;
}

atr_err atr_client_open(atr_client **out, atr_loop *loop,
                        const atr_client_options *options,
                        const atr_client_handler *handler, atr_fault *fault)
{
    atr_client *client = calloc(1, sizeof *client);
    atr_err err;

    *out = NULL;
    if (client == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "client: out of memory");
    }
    client->fd = -1;
    client->loop = loop;
    client->options = *options;
    client->handler = *handler;
    set_defaults(&client->options);
    client->limits = (atr_ws_limits){client->options.message_max,
                                     client->options.fragments_max, 1u << 20,
                                     true, false};
    if ((err = prepare(client, fault)) != ATR_OK ||
        (err = atr_tls_client_open(&client->tls, options->pin, fault)) !=
            ATR_OK ||
        (err = resolve(client, fault)) != ATR_OK) {
        atr_client_close(client);
        return err;
    }
    *out = client;
    atr_timer_set(client->timer, from_now(client, client->options.connect_ms));
    dial_next(client);
    return ATR_OK;
}

void atr_client_ready(atr_client *client)
{
    client->dirty = true;
    atr_loop_touch(client->loop);
}

void atr_client_hang_up(atr_client *client, uint16_t code)
{
    if (client->state < OPEN) {
        end(client, ATR_OK, "closed");
    } else if (client->state == OPEN && !client->closing) {
        client->closing = true;
        client->ws.hang_up = code;
        client->ws.mute = true;
        client->dirty = true;
        atr_timer_set(client->timer,
                      from_now(client, client->options.close_ms));
        atr_loop_touch(client->loop);
    }
}

void atr_client_close(atr_client *client)
{
    if (client == NULL) {
        return;
    }
    atr_loop_unhook(client->loop, ATR_TURN_FLUSH, flush, client);
    drop_fd(client);
    atr_ws_close(&client->ws);
    atr_timer_close(client->timer);
    atr_tls_close(client->tls);
    if (client->addresses != NULL) {
        freeaddrinfo(client->addresses);
    }
    free(client->host);
    free(client->path);
    free(client->head);
    free(client);
}
