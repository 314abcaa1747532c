#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/server_state.h"
#include "host/tcp.h"

#define BACKLOG 1024
#define SEND_BUFFER_BYTES (256 * 1024) /* of the kernel, a connection */
#define RESUME_MS 200

static atr_server *servers; /* open ones, to be found by their evhttp */

static struct evconnlistener *listener_of(const atr_door *door)
{
    return evhttp_bound_socket_get_listener(door->bound);
}

bool atr_door_has_tls(const atr_door *door)
{
    return !door->is_admin || door->server->options.admin_tls;
}

void atr_doors_pause(atr_server *server)
{
    for (int i = 0; i < 2; i++) {
        atr_door *door = &server->doors[i];

        if (door->bound != NULL && atr_door_has_tls(door)) {
            (void)evconnlistener_disable(listener_of(door));
            server->paused = true;
        }
    }
}

void atr_doors_resume(evutil_socket_t fd, short what, void *context)
{
    atr_server *server = context;
    const bool full = server->gates >= server->options.conns_max;

    (void)fd;
    (void)what;
    for (int i = 0; i < 2; i++) {
        atr_door *door = &server->doors[i];

        if (door->bound != NULL && !(full && atr_door_has_tls(door))) {
            (void)evconnlistener_enable(listener_of(door));
        }
    }
    server->paused = full;
}

/* accept() fails when descriptors run out; trying again at once would keep
 * the processor busy for nothing. The context of a listener that evhttp has is
 * evhttp's own. */
static void accept_failed(struct evconnlistener *listener, void *context)
{
    atr_server *server = servers;
    struct timeval tv = atr_tv_of(RESUME_MS);

    while (server != NULL && server->doors[0].http != context &&
           server->doors[1].http != context) {
        server = server->next;
    }
    if (server != NULL) {
        server->paused = true;
        (void)evconnlistener_disable(listener);
        (void)event_add(server->resume, &tv);
    }
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
    int number;

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
    number = errno;
    freeaddrinfo(found);
    errno = number;
    if (*fd < 0 && address == NULL && errno == EAFNOSUPPORT) {
        return listen_on(fd, "0.0.0.0", port, false, fault);
    }
    if (*fd < 0) {
        return atr_fault_os(fault, "listening on %.60s port %u", shown, port);
    }
    return ATR_OK;
}

/* evhttp takes them for the connections it accepts from now on. */
static void limit_http(struct evhttp *http, const atr_server_options *options)
{
    struct timeval idle = atr_tv_of(options->request_ms > options->answer_ms
                                        ? options->request_ms
                                        : options->answer_ms);

    evhttp_set_max_headers_size(http, (ev_ssize_t)options->head_max);
    evhttp_set_max_body_size(http, (ev_ssize_t)options->body_max);
    evhttp_set_timeout_tv(http, &idle);
}

void atr_doors_limit(const atr_server *server)
{
    for (int i = 0; i < 2; i++) {
        if (server->doors[i].http != NULL) {
            limit_http(server->doors[i].http, &server->options);
        }
    }
}

static struct evhttp *new_http(atr_server *server, atr_door *door)
{
    struct evhttp *http = evhttp_new(server->base);

    if (http == NULL) {
        return NULL;
    }
    evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST |
                                         EVHTTP_REQ_PUT | EVHTTP_REQ_HEAD |
                                         EVHTTP_REQ_DELETE);
    limit_http(http, &server->options);
    evhttp_set_default_content_type(http, NULL);
    evhttp_set_gencb(http, atr_http_came, door);
    if (atr_door_has_tls(door)) {
        evhttp_set_bevcb(http, atr_gate_open, server);
    }
    return http;
}

atr_err atr_door_open(atr_server *server, atr_door *door, const char *address,
                      uint16_t port, atr_fault *fault)
{
    struct evconnlistener *listener;
    int fd;
    atr_err err;

    door->server = server;
    err = listen_on(&fd, address, port, !atr_door_has_tls(door), fault);
    if (err != ATR_OK) {
        return err;
    }
    door->port = atr_tcp_port(fd);
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

void atr_doors_watch(atr_server *server)
{
    server->next = servers;
    servers = server;
    for (int i = 0; i < 2; i++) {
        if (server->doors[i].bound != NULL) {
            evconnlistener_set_error_cb(listener_of(&server->doors[i]),
                                        accept_failed);
        }
    }
}

void atr_doors_forget(const atr_server *server)
{
    for (atr_server **at = &servers; *at != NULL; at = &(*at)->next) {
        if (*at == server) {
            *at = server->next;
            return;
        }
    }
}
