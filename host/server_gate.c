#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "host/server_state.h"

static int gate_index = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* OpenSSL frees the connection object: the gate goes with it. */
static void gate_freed(void *parent, void *value, CRYPTO_EX_DATA *data,
                       int index, long number, void *context)
{
    atr_gate *gate = value;
    atr_server *server;

    (void)parent;
    (void)data;
    (void)index;
    (void)number;
    (void)context;
    if (gate == NULL) {
        return;
    }
    server = gate->server;
    (void)event_del(&gate->deadline);
    free(gate);
    server->gates--;
    if (server->closed) {
        if (server->gates == 0) {
            atr_server_free(server);
        }
    } else if (server->paused && !event_pending(server->resume, EV_TIMEOUT,
                                                NULL)) {
        struct timeval tv = {0, 0};

        (void)event_add(server->resume, &tv);
    }
}

static void make_index(void)
{
    gate_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, gate_freed);
}

atr_gate *atr_gate_of(const SSL *ssl)
{
    return SSL_get_ex_data(ssl, gate_index);
}

/* evhttp's own time-out counts from the last byte, so a client that drips
 * bytes would keep a connection for ever. Shutting the descriptor down lets
 * evhttp find out by itself, except while a request is being answered, when
 * it does not look. */
static void gate_late(evutil_socket_t fd, short what, void *context)
{
    atr_gate *gate = context;

    (void)fd;
    (void)what;
    gate->server->counts.timed_out_total++;
    if (gate->pending != NULL) {
        atr_pending_late(gate->pending);
        return;
    }
    (void)shutdown(SSL_get_fd(gate->ssl), SHUT_RDWR);
}

void atr_gate_limit(atr_gate *gate, uint32_t ms)
{
    struct timeval tv = atr_tv_of(ms);

    if (ms == 0) {
        (void)event_del(&gate->deadline);
    } else {
        (void)event_add(&gate->deadline, &tv);
    }
}

void atr_gate_next_head(atr_gate *gate)
{
    gate->head_done = false;
    memset(gate->last, 0, sizeof gate->last);
}

/* In an HTTP head every LF has a CR before it, and no line begins with a
 * blank (RFC 9112 sections 2.2 and 5.2). */
static void watch_head(atr_gate *gate, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len && !gate->head_done; i++) {
        uint8_t c = bytes[i];
        uint8_t *last = gate->last;

        gate->head_bad |= c == '\n' && last[0] != '\r';
        gate->head_bad |= last[0] == '\n' && (c == ' ' || c == '\t');
        gate->head_done =
            c == '\n' && last[0] == '\r' && last[1] == '\n' && last[2] == '\r';
        last[2] = last[1];
        last[1] = last[0];
        last[0] = c;
    }
}

static void input_grew(struct evbuffer *input,
                       const struct evbuffer_cb_info *info, void *context)
{
    atr_gate *gate = context;
    uint8_t chunk[512];
    size_t left = info->n_added;
    struct evbuffer_ptr at;

    if (left == 0 || gate->head_done ||
        evbuffer_ptr_set(input, &at, evbuffer_get_length(input) - left,
                         EVBUFFER_PTR_SET) != 0) {
        return;
    }
    while (left > 0) {
        ev_ssize_t got = evbuffer_copyout_from(
            input, &at, chunk, left < sizeof chunk ? left : sizeof chunk);

        if (got <= 0) {
            return;
        }
        watch_head(gate, chunk, (size_t)got);
        left -= (size_t)got;
        if (left > 0 && evbuffer_ptr_set(input, &at, (size_t)got,
                                         EVBUFFER_PTR_ADD) != 0) {
            return;
        }
    }
}

/* Without a bufferevent from here evhttp would serve plain text: better to
 * end than that. */
struct bufferevent *atr_gate_open(struct event_base *base, void *context)
{
    atr_server *server = context;
    SSL *ssl = SSL_new(server->tls);
    atr_gate *gate = calloc(1, sizeof *gate);
    struct bufferevent *bev = NULL;

    (void)pthread_once(&once, make_index);
    if (ssl == NULL || gate == NULL) {
        abort();
    }
    gate->server = server;
    gate->ssl = ssl;
    (void)evtimer_assign(&gate->deadline, base, gate_late, gate);
    if (SSL_set_ex_data(ssl, gate_index, gate) != 1) {
        abort();
    }
    bev = bufferevent_openssl_socket_new(base, -1, ssl,
                                         BUFFEREVENT_SSL_ACCEPTING,
                                         BEV_OPT_CLOSE_ON_FREE);
    if (bev == NULL || evbuffer_add_cb(bufferevent_get_input(bev), input_grew,
                                       gate) == NULL) {
        abort();
    }
    atr_gate_limit(gate, server->options.handshake_ms);
    server->counts.conns_total++;
    if (++server->gates >= server->options.conns_max) {
        atr_doors_pause(server);
    }
    return bev;
}
