#include "host/tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"

#define BACKLOG 16

static int open_socket(const struct addrinfo *info)
{
    int on = 1;
    int fd =
        socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}

static void close_quietly(int fd)
{
    int number = errno;

    (void)close(fd);
    errno = number;
}

uint16_t atr_tcp_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.v6 = {0}};
    socklen_t len = sizeof address;

    if (getsockname(fd, &address.any, &len) != 0) {
        return 0;
    }
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
                                                   : address.v4.sin_port);
}

static int bind_to(const struct addrinfo *info)
{
    int fd = open_socket(info);
    int on = 1;
    int off = 0;

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (info->ai_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 ||
        listen(fd, BACKLOG) != 0) {
        close_quietly(fd);
        return -1;
    }
    return fd;
}

atr_err atr_tcp_listen(int *fd, const char *address, uint16_t *port,
                       atr_fault *fault)
{
    struct addrinfo want = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
                            .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const char *shown = address[0] != 0 ? address : "::";
    char text[8];

    *fd = -1;
    (void)snprintf(text, sizeof text, "%u", *port);
    if (getaddrinfo(shown, text, &want, &found) != 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "\"%.60s\" is not an IP address", shown);
    }
    *fd = bind_to(found);
    freeaddrinfo(found);
    if (*fd < 0 && address[0] == 0 && errno == EAFNOSUPPORT) {
        return atr_tcp_listen(fd, "0.0.0.0", port, fault);
    }
    if (*fd < 0) {
        return atr_fault_os(fault, "listening on %.60s port %u", shown, *port);
    }
    *port = atr_tcp_port(*fd);
    return ATR_OK;
}

atr_err atr_tcp_accept(int *fd, int listener, atr_fault *fault)
{
    int on = 1;

    *fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (*fd >= 0) {
        (void)setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return ATR_OK;
    }
    return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED
               ? ATR_ERR_STATE
               : atr_fault_os(fault, "accepting a connection");
}

/* Waits until a connection is there, or is refused; errno says why. */
static bool is_connected(int fd, atr_time end)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    atr_time now = atr_clock_now();
    socklen_t len = sizeof errno;
    int number = 0;
    int got = 0;

    while (now < end && (got = poll(&wait, 1, (int)(end - now))) < 0 &&
           errno == EINTR) {
        now = atr_clock_now();
    }
    if (got == 0) {
        errno = ETIMEDOUT;
        return false;
    }
    if (got < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &len) != 0) {
        return false;
    }
    errno = number;
    return number == 0;
}

static int dial(const struct addrinfo *to, atr_time end)
{
    int fd = open_socket(to);

    if (fd < 0) {
        return -1;
    }
    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0 ||
        (errno == EINPROGRESS && is_connected(fd, end))) {
        return fd;
    }
    close_quietly(fd);
    return -1;
}

atr_err atr_tcp_connect(int *fd, const char *host, uint16_t port,
                        uint32_t limit_ms, atr_fault *fault)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const atr_time end = atr_clock_now() + limit_ms;
    char text[8];
    int failed;

    *fd = -1;
    (void)snprintf(text, sizeof text, "%u", port);
    if ((failed = getaddrinfo(host, text, &want, &found)) != 0) {
        return atr_fault_set(fault, ATR_ERR_IO, "%.60s: %s", host,
                             gai_strerror(failed));
    }
    for (const struct addrinfo *to = found; to != NULL && *fd < 0;
         to = to->ai_next) {
        *fd = dial(to, end);
    }
    freeaddrinfo(found);
    return *fd >= 0
               ? ATR_OK
               : atr_fault_os(fault, "connecting to %.60s port %u", host, port);
}

/* What a call that moved `got` bytes or none comes to. */
static atr_err moved(size_t *len, ssize_t got)
{
    *len = got > 0 ? (size_t)got : 0;
    if (got >= 0) {
        return ATR_OK;
    }
    return errno == EAGAIN || errno == EINTR ? ATR_ERR_STATE : ATR_ERR_IO;
}

atr_err atr_tcp_read(uint8_t *out, size_t *len, size_t cap, int fd)
{
    return moved(len, recv(fd, out, cap, 0));
}

atr_err atr_tcp_write(size_t *len, int fd, atr_bytes bytes)
{
    return moved(len, send(fd, bytes.data, bytes.len, MSG_NOSIGNAL));
}

void atr_tcp_end(int fd)
{
    (void)shutdown(fd, SHUT_WR);
}
