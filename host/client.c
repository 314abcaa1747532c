#include "host/client.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/dial.h"
#include "host/head.h"
#include "host/ws.h"

typedef enum {
    DIALLING,
    ASKING,  /* the upgrade is being sent */
    WAITING, /* for the answer */
    OPEN,
    ENDED
} client_state;

struct atr_client {
    atr_loop *loop;
    atr_client_options options;
    atr_client_handler handler;
    atr_ws_limits limits;
    atr_dial dial;
    char *path;
    client_state state;
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

static void step(void *context);
static void flush(void *context);

static void end(atr_client *client, atr_err err, const char *text)
{
    if (client->state != ENDED) {
        client->state = ENDED;
        client->err = err;
        (void)snprintf(client->text, sizeof client->text, "%s", text);
        atr_dial_rest(&client->dial);
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

static void build_request(atr_client *client)
{
    uint8_t raw[16];
    char key[ATR_WS_KEY_BYTES + 1];
    const char *host = client->dial.host;
    bool v6 = strchr(host, ':') != NULL;
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
                   client->path, v6 ? "[" : "", host, v6 ? "]" : "",
                   client->options.port, key);
    client->head_len = (size_t)len;
    client->head_sent = 0;
    client->state = ASKING;
}

static void step_dial(atr_client *client)
{
    atr_fault fault = {""};
    atr_err err = atr_dial_step(&client->dial, &fault);

    if (err == ATR_OK) {
        build_request(client);
        step(client);
    } else if (err != ATR_ERR_STATE) {
        end(client, err, fault.text);
    }
}

static void step_ask(atr_client *client)
{
    int got;

    ERR_clear_error();
    got = SSL_write(client->dial.ssl, client->head + client->head_sent,
                    (int)(client->head_len - client->head_sent));
    if (got > 0) {
        client->head_sent += (size_t)got;
        if (client->head_sent == client->head_len) {
            client->head_len = 0;
            client->state = WAITING;
        }
        step(client);
    } else if (!atr_dial_again(&client->dial, got)) {
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

    if (atr_ws_open(&client->ws, client->dial.ssl, &client->limits, &streams) !=
        ATR_OK) {
        end(client, ATR_ERR_IO, "out of memory");
        return;
    }
    client->state = OPEN;
    SSL_set_read_ahead(client->dial.ssl, 1);
    atr_timer_set(client->timer, from_now(client, client->options.ping_ms));
    client->handler.open(client->handler.context);
    if (client->state == OPEN && early.len > 0) {
        take_state(client, atr_ws_feed(&client->ws, early));
    }
    /* What OpenSSL holds of that record does not make the descriptor
     * readable. */
    client->again |= SSL_has_pending(client->dial.ssl) != 0;
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
        got = SSL_read(client->dial.ssl, client->head + client->head_len,
                       (int)(ATR_HEAD_BYTES_MAX - client->head_len));
        if (got <= 0) {
            if (!atr_dial_again(&client->dial, got)) {
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

static void step(void *context)
{
    static void (*const steps[])(atr_client *) = {[DIALLING] = step_dial,
                                                  [ASKING] = step_ask,
                                                  [WAITING] = step_wait,
                                                  [OPEN] = step_open,
                                                  [ENDED] = NULL};
    atr_client *client = context;

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
            (void)event_add(&client->dial.writable, NULL);
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

static void set_defaults(atr_client_options *o)
{
    o->connect_ms = o->connect_ms ? o->connect_ms : 10000;
    o->ping_ms = o->ping_ms ? o->ping_ms : 30000;
    o->close_ms = o->close_ms ? o->close_ms : 3000;
    o->message_max = o->message_max ? o->message_max : 16u << 20;
    o->fragments_max = o->fragments_max ? o->fragments_max : 1024;
}

static atr_err prepare(atr_client *client, atr_fault *fault)
{
    const atr_client_options *o = &client->options;
    atr_err err = atr_dial_init(&client->dial, client->loop, o->host, o->port,
                                o->pin, fault);

    if (err != ATR_OK) {
        return err;
    }
    if (!atr_dial_is_plain(o->path) || o->path[0] != '/' ||
        strlen(o->path) > 2048) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "bad path");
    }
    client->dial.moved = step;
    client->dial.context = client;
    client->path = strdup(o->path);
    client->head = malloc(ATR_HEAD_BYTES_MAX);
    if (client->path == NULL || client->head == NULL ||
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
    atr_fault why = {""};
    atr_err err;

    *out = NULL;
    if (client == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "client: out of memory");
    }
    client->dial.fd = -1;
    client->loop = loop;
    client->options = *options;
    client->handler = *handler;
    set_defaults(&client->options);
    client->limits = (atr_ws_limits){client->options.message_max,
                                     client->options.fragments_max, 1u << 20,
                                     true, false};
    if ((err = prepare(client, fault)) != ATR_OK ||
        (err = atr_dial_resolve(&client->dial, fault)) != ATR_OK) {
        atr_client_close(client);
        return err;
    }
    *out = client;
    atr_timer_set(client->timer, from_now(client, client->options.connect_ms));
    err = atr_dial_start(&client->dial, &why);
    if (err != ATR_ERR_STATE) {
        end(client, err, why.text);
    }
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
    atr_dial_drop(&client->dial);
    atr_ws_close(&client->ws);
    atr_timer_close(client->timer);
    atr_dial_wipe(&client->dial);
    free(client->path);
    free(client->head);
    free(client);
}
