#include "host/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/server_state.h"

#define BACKLOG 1024
#define SEND_BUFFER_BYTES (256 * 1024) /* of the kernel, a connection */
#define RESUME_MS 200

static int gate_index = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atr_server *servers; /* open ones, to be found by their evhttp */

static struct timeval tv_of(uint32_t ms)
{
    return (struct timeval){ms / 1000, (suseconds_t)(ms % 1000) * 1000};
}

static struct evconnlistener *listener_of(const atr_door *door)
{
    return evhttp_bound_socket_get_listener(door->bound);
}

static void pause_accepting(atr_server *server)
{
    atr_door *door = &server->doors[0];

    if (!server->paused && door->bound != NULL) {
        server->paused = true;
        (void)evconnlistener_disable(listener_of(door));
    }
}

static void resume_accepting(evutil_socket_t fd, short what, void *context)
{
    atr_server *server = context;
    atr_door *door = &server->doors[0];

    (void)fd;
    (void)what;
    if (server->paused && door->bound != NULL &&
        server->gates < server->options.conns_max) {
        server->paused = false;
        (void)evconnlistener_enable(listener_of(door));
    }
}

/* accept() fails when descriptors run out; trying again at once would keep
 * the processor busy for nothing. The context of a listener that evhttp has is
 * evhttp's own. */
static void accept_failed(struct evconnlistener *listener, void *context)
{
    atr_server *server = servers;
    struct timeval tv = tv_of(RESUME_MS);

    (void)listener;
    while (server != NULL && server->doors[0].http != context) {
        server = server->next;
    }
    if (server != NULL) {
        pause_accepting(server);
        (void)event_add(server->resume, &tv);
    }
}

static void free_server(atr_server *server)
{
    SSL_CTX_free(server->tls);
    free(server->conns);
    free(server->free_ids);
    free(server->dirty.ids);
    free(server->again.ids);
    free(server->pending);
    free(server);
}

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
            free_server(server);
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
    struct timeval tv = tv_of(ms);

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
static struct bufferevent *new_bev(struct event_base *base, void *context)
{
    atr_server *server = context;
    SSL *ssl = SSL_new(server->tls);
    atr_gate *gate = calloc(1, sizeof *gate);
    struct bufferevent *bev = NULL;

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
        pause_accepting(server);
    }
    return bev;
}

static bool is_loopback(const struct sockaddr *address)
{
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;

    return address->sa_family == AF_INET
               ? (ntohl(v4->sin_addr.s_addr) >> 24) == 127
               : address->sa_family == AF_INET6 &&
                     IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* TCP_NODELAY and the send buffer are inherited by accepted connections. */
static int bind_to(const struct addrinfo *info)
{
    int on = 1;
    int off = 0;
    int bytes = SEND_BUFFER_BYTES;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    0);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (info->ai_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int number = errno;

        (void)close(fd);
        errno = number;
        return -1;
    }
    return fd;
}

static atr_err listen_on(int *fd, const char *address, uint16_t port,
                         bool must_be_loopback, atr_fault *fault)
{
    struct addrinfo want = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
                            .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const char *shown = address != NULL ? address : "::";
    char text[8];

    *fd = -1;
    (void)snprintf(text, sizeof text, "%u", port);
    if (getaddrinfo(shown, text, &want, &found) != 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "\"%.60s\" is not an IP address", shown);
    }
    if (must_be_loopback && !is_loopback(found->ai_addr)) {
        freeaddrinfo(found);
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "the admin address must be loopback, not %.60s",
                             shown);
    }
    *fd = bind_to(found);
    freeaddrinfo(found);
    if (*fd < 0 && address == NULL && errno == EAFNOSUPPORT) {
        return listen_on(fd, "0.0.0.0", port, false, fault);
    }
    if (*fd < 0) {
        return atr_fault_os(fault, "listening on %.60s port %u", shown, port);
    }
    return ATR_OK;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        return 0;
    }
    return ntohs(address.ss_family == AF_INET6
                     ? ((struct sockaddr_in6 *)&address)->sin6_port
                     : ((struct sockaddr_in *)&address)->sin_port);
}

static struct evhttp *new_http(atr_server *server, atr_door *door)
{
    struct evhttp *http = evhttp_new(server->base);
    struct timeval idle = tv_of(server->options.request_ms >
                                        server->options.answer_ms
                                    ? server->options.request_ms
                                    : server->options.answer_ms);

    if (http == NULL) {
        return NULL;
    }
    evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST |
                                         EVHTTP_REQ_PUT | EVHTTP_REQ_HEAD |
                                         EVHTTP_REQ_DELETE);
    evhttp_set_max_headers_size(http, (ev_ssize_t)server->options.head_max);
    evhttp_set_max_body_size(http, (ev_ssize_t)server->options.body_max);
    evhttp_set_default_content_type(http, NULL);
    evhttp_set_timeout_tv(http, &idle);
    evhttp_set_gencb(http, atr_http_came, door);
    if (!door->is_admin) {
        evhttp_set_bevcb(http, new_bev, server);
    }
    return http;
}

static atr_err open_door(atr_server *server, atr_door *door,
                         const char *address, uint16_t port, atr_fault *fault)
{
    struct evconnlistener *listener;
    int fd;
    atr_err err = listen_on(&fd, address, port, door->is_admin, fault);

    if (err != ATR_OK) {
        return err;
    }
    door->server = server;
    door->port = port_of(fd);
    door->http = new_http(server, door);
    listener = evconnlistener_new(server->base, NULL, NULL,
                                  LEV_OPT_CLOSE_ON_FREE |
                                      LEV_OPT_CLOSE_ON_EXEC,
                                  0, fd);
    if (door->http == NULL || listener == NULL ||
        (door->bound = evhttp_bind_listener(door->http, listener)) == NULL) {
        if (listener != NULL) {
            evconnlistener_free(listener);
        } else {
            (void)close(fd);
        }
        return atr_fault_set(fault, ATR_ERR_IO, "listening: out of memory");
    }
    return ATR_OK;
}

static void set_defaults(atr_server_options *o)
{
    o->conns_max = o->conns_max ? o->conns_max : 20000;
    o->unsent_max = o->unsent_max ? o->unsent_max : 1u << 20;
    o->message_max = o->message_max ? o->message_max : 1u << 20;
    o->fragments_max = o->fragments_max ? o->fragments_max : 64;
    o->head_max = o->head_max ? o->head_max : 8192;
    o->body_max = o->body_max ? o->body_max : 65536;
    o->handshake_ms = o->handshake_ms ? o->handshake_ms : 10000;
    o->request_ms = o->request_ms ? o->request_ms : 15000;
    o->answer_ms = o->answer_ms ? o->answer_ms : 60000;
    o->ping_ms = o->ping_ms ? o->ping_ms : 30000;
    o->close_ms = o->close_ms ? o->close_ms : 3000;
}

/* A descriptor a connection: take all that the system allows. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool take_memory(atr_server *server)
{
    uint32_t max = server->options.conns_max;
    struct timeval ping = tv_of(server->options.ping_ms);
    struct timeval closing = tv_of(server->options.close_ms);

    server->conns = calloc(max, sizeof(atr_conn *));
    server->free_ids = calloc(max, sizeof(uint32_t));
    server->dirty.ids = calloc(max, 2 * sizeof(uint32_t));
    server->again.ids = calloc(max, 2 * sizeof(uint32_t));
    server->ping_tv = event_base_init_common_timeout(server->base, &ping);
    server->close_tv = event_base_init_common_timeout(server->base, &closing);
    server->again_timer =
        evtimer_new(server->base, atr_conns_again, server);
    server->resume = evtimer_new(server->base, resume_accepting, server);
    if (server->conns == NULL || server->free_ids == NULL ||
        server->dirty.ids == NULL || server->again.ids == NULL ||
        server->ping_tv == NULL || server->close_tv == NULL ||
        server->again_timer == NULL || server->resume == NULL) {
        return false;
    }
    while (server->free_count < max) {
        server->free_ids[server->free_count] = max - 1 - server->free_count;
        server->free_count++;
    }
    return true;
}

static void drain_over(void *context)
{
    atr_server *server = context;
    atr_loop_fn *done = server->drained;

    server->drained = NULL;
    if (done != NULL) {
        done(server->drained_context);
    }
}

static atr_err prepare(atr_server *server, atr_loop *loop, atr_fault *fault)
{
    server->loop = loop;
    server->base = atr_loop_base(loop);
    set_defaults(&server->options);
    server->limits = (atr_ws_limits){server->options.message_max,
                                     server->options.fragments_max,
                                     server->options.unsent_max, false,
                                     server->options.echo};
    server->doors[1].is_admin = true;
    (void)pthread_once(&once, make_index);
    raise_descriptors();
    if (!take_memory(server) ||
        atr_timer_open(&server->drain_timer, loop, drain_over, server) !=
            ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_IO, "server: out of memory");
    }
    return ATR_OK;
}

atr_err atr_server_open(atr_server **out, atr_loop *loop,
                        const atr_server_options *options,
                        const atr_server_handler *handler, atr_fault *fault)
{
    atr_server *server = calloc(1, sizeof *server);
    atr_err err;

    *out = NULL;
    if (server == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "server: out of memory");
    }
    server->options = *options;
    server->handler = *handler;
    atr_server_set_tls(server, options->tls);
    if ((err = prepare(server, loop, fault)) != ATR_OK ||
        (err = open_door(server, &server->doors[0], server->options.address,
                         server->options.port, fault)) != ATR_OK) {
        goto out;
    }
    evconnlistener_set_error_cb(listener_of(&server->doors[0]),
                                accept_failed);
    if (options->admin_address != NULL) {
        err = open_door(server, &server->doors[1], options->admin_address,
                        options->admin_port, fault);
    }
    if (err == ATR_OK) {
        err = atr_loop_hook(loop, ATR_TURN_FLUSH, atr_conns_flush, server);
    }
out:
    if (err != ATR_OK) {
        atr_server_close(server);
        return err;
    }
    server->next = servers;
    servers = server;
    *out = server;
    return ATR_OK;
}

void atr_server_set_tls(atr_server *server, const atr_tls *tls)
{
    SSL_CTX *context = atr_tls_context(tls);

    (void)SSL_CTX_up_ref(context);
    SSL_CTX_free(server->tls);
    server->tls = context;
}

static void close_events(atr_server *server)
{
    if (server->again_timer != NULL) {
        event_free(server->again_timer);
    }
    if (server->resume != NULL) {
        event_free(server->resume);
    }
    atr_timer_close(server->drain_timer);
}

static void forget_server(const atr_server *server)
{
    for (atr_server **at = &servers; *at != NULL; at = &(*at)->next) {
        if (*at == server) {
            *at = server->next;
            return;
        }
    }
}

void atr_server_close(atr_server *server)
{
    if (server == NULL) {
        return;
    }
    forget_server(server);
    if (server->loop != NULL) {
        atr_loop_unhook(server->loop, ATR_TURN_FLUSH, atr_conns_flush, server);
    }
    for (uint32_t i = 0; server->conns && i < server->options.conns_max; i++) {
        if (server->conns[i] != NULL) {
            atr_conn_cut(server->conns[i]);
        }
    }
    server->closed = true;
    for (int i = 0; i < 2; i++) {
        server->doors[i].bound = NULL;
        if (server->doors[i].http != NULL) {
            evhttp_free(server->doors[i].http);
        }
    }
    close_events(server);
    if (server->gates == 0) {
        free_server(server);
    } /* else bufferevents are freed by a later turn or atr_loop_close */
}

uint16_t atr_server_port(const atr_server *server)
{
    return server->doors[0].port;
}

uint16_t atr_server_admin_port(const atr_server *server)
{
    return server->doors[1].port;
}

void atr_server_drain(atr_server *server, uint32_t limit_ms, atr_loop_fn *done,
                      void *context)
{
    atr_door *door = &server->doors[0];

    server->draining = true;
    server->drained = done;
    server->drained_context = context;
    if (door->bound != NULL) {
        evhttp_del_accept_socket(door->http, door->bound);
        door->bound = NULL;
    }
    for (uint32_t i = 0; i < server->options.conns_max; i++) {
        if (server->conns[i] != NULL) {
            atr_server_hang_up(server, i, 1001);
        }
    }
    atr_timer_set(server->drain_timer,
                  atr_loop_now(server->loop) + limit_ms);
    atr_loop_touch(server->loop);
}

atr_server_counts atr_server_counts_now(const atr_server *server)
{
    atr_server_counts counts = server->counts;

    counts.conns_open = server->gates;
    return counts;
}
