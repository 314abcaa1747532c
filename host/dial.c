#include "host/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

bool atr_dial_is_plain(const char *text)
{
    for (; *text != 0; text++) {
        if (*text <= ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

atr_err atr_dial_init(atr_dial *dial, atr_loop *loop, const char *host,
                      uint16_t port, const uint8_t *pin, atr_fault *fault)
{
    memset(dial, 0, sizeof *dial);
    dial->fd = -1;
    dial->loop = loop;
    dial->port = port;
    dial->is_pinned = pin != NULL;
    if (!atr_dial_is_plain(host) || strlen(host) > ATR_DIAL_HOST_BYTES_MAX) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "bad host name");
    }
    strcpy(dial->host, host);
    return atr_tls_client_open(&dial->tls, pin, fault);
}

void atr_dial_wipe(atr_dial *dial)
{
    atr_dial_drop(dial);
    atr_tls_close(dial->tls);
    if (dial->addresses != NULL) {
        freeaddrinfo(dial->addresses);
    }
    dial->tls = NULL;
    dial->addresses = NULL;
}

/* What a lookup has brought. */
static atr_err take_addresses(atr_dial *dial, int failed,
                              struct addrinfo *found, atr_fault *fault)
{
    if (dial->addresses != NULL) {
        freeaddrinfo(dial->addresses);
    }
    dial->addresses = found;
    return failed == 0 ? ATR_OK
                       : atr_fault_set(fault, ATR_ERR_IO, "%.60s: %s",
                                       dial->host, gai_strerror(failed));
}

atr_err atr_dial_resolve(atr_dial *dial, atr_fault *fault)
{
    struct addrinfo *found;
    int failed = atr_lookup_now(&found, dial->host, dial->port, false);

    return take_addresses(dial, failed, found, fault);
}

void atr_dial_rest(atr_dial *dial)
{
    if (dial->fd >= 0) {
        (void)event_del(&dial->readable);
        (void)event_del(&dial->writable);
    }
}

static void drop_lookup(atr_dial *dial)
{
    if (dial->lookup != NULL) {
        (void)event_del(&dial->looked_up);
        atr_lookup_close(dial->lookup);
        dial->lookup = NULL;
    }
}

void atr_dial_drop(atr_dial *dial)
{
    drop_lookup(dial);
    atr_dial_rest(dial);
    SSL_free(dial->ssl);
    dial->ssl = NULL;
    if (dial->fd >= 0) {
        (void)close(dial->fd);
        dial->fd = -1;
    }
}

static void on_event(evutil_socket_t fd, short what, void *context)
{
    atr_dial *dial = context;

    (void)fd;
    (void)what;
    dial->moved(dial->context);
}

static bool dial_to(atr_dial *dial, const struct addrinfo *to)
{
    struct event_base *base = atr_loop_base(dial->loop);
    int on = 1;

    dial->fd = socket(to->ai_family,
                      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (dial->fd < 0) {
        return false;
    }
    (void)setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)event_assign(&dial->readable, base, dial->fd, EV_READ | EV_PERSIST,
                       on_event, dial);
    (void)event_assign(&dial->writable, base, dial->fd, EV_WRITE, on_event,
                       dial);
    if (connect(dial->fd, to->ai_addr, to->ai_addrlen) != 0 &&
        errno != EINPROGRESS) {
        atr_dial_drop(dial);
        return false;
    }
    (void)event_add(&dial->writable, NULL);
    return true;
}

static atr_err dial_next(atr_dial *dial, atr_fault *fault)
{
    atr_dial_drop(dial);
    while (dial->next != NULL) {
        const struct addrinfo *to = dial->next;

        dial->next = to->ai_next;
        if (dial_to(dial, to)) {
            return ATR_ERR_STATE;
        }
    }
    return atr_fault_set(fault, ATR_ERR_IO, "%.60s port %u: %s", dial->host,
                         dial->port, strerror(errno));
}

atr_err atr_dial_start(atr_dial *dial, atr_fault *fault)
{
    dial->next = dial->addresses;
    return dial_next(dial, fault);
}

atr_err atr_dial_begin(atr_dial *dial, atr_fault *fault)
{
    struct addrinfo *found;

    atr_dial_drop(dial);
    if (atr_lookup_now(&found, dial->host, dial->port, true) == 0) {
        (void)!take_addresses(dial, 0, found, fault);
        return atr_dial_start(dial, fault);
    }
    dial->lookup = atr_lookup_open(dial->host, dial->port);
    if (dial->lookup == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "%.60s: no memory to look up",
                             dial->host);
    }
    (void)event_assign(&dial->looked_up, atr_loop_base(dial->loop),
                       atr_lookup_fd(dial->lookup), EV_READ, on_event, dial);
    (void)event_add(&dial->looked_up, NULL);
    return ATR_ERR_STATE;
}

static atr_err end_lookup(atr_dial *dial, atr_fault *fault)
{
    struct addrinfo *found;
    int failed = atr_lookup_take(&found, dial->lookup);
    atr_err err = take_addresses(dial, failed, found, fault);

    drop_lookup(dial);
    return err == ATR_OK ? atr_dial_start(dial, fault) : err;
}

bool atr_dial_again(atr_dial *dial, int got)
{
    int why = SSL_get_error(dial->ssl, got);

    if (why == SSL_ERROR_WANT_WRITE) {
        (void)event_add(&dial->writable, NULL);
    }
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static atr_err greet(atr_dial *dial, atr_fault *fault)
{
    const char *why;
    long verdict;
    int got;

    ERR_clear_error();
    got = SSL_connect(dial->ssl);
    if (got == 1) {
        return ATR_OK;
    }
    if (atr_dial_again(dial, got)) {
        return ATR_ERR_STATE;
    }
    verdict = SSL_get_verify_result(dial->ssl);
    if (verdict != X509_V_OK) {
        return atr_fault_set(
            fault, ATR_ERR_AUTH, "%s",
            dial->is_pinned ? "the server's key is not the one that was pinned"
                            : X509_verify_cert_error_string(verdict));
    }
    why = ERR_reason_error_string(ERR_peek_error());
    return atr_fault_set(fault, ATR_ERR_IO, "TLS handshake: %.150s",
                         why != NULL ? why : "the server hung up");
}

atr_err atr_dial_step(atr_dial *dial, atr_fault *fault)
{
    int number = 0;
    socklen_t len = sizeof number;

    if (dial->lookup != NULL) {
        return end_lookup(dial, fault);
    }
    if (dial->ssl != NULL) {
        return greet(dial, fault);
    }
    if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &number, &len) != 0 ||
        number != 0) {
        errno = number;
        return dial_next(dial, fault);
    }
    dial->ssl = atr_tls_client_ssl(dial->tls, dial->host);
    if (dial->ssl == NULL || SSL_set_fd(dial->ssl, dial->fd) != 1) {
        return atr_fault_set(fault, ATR_ERR_IO, "TLS: out of memory");
    }
    (void)event_add(&dial->readable, NULL);
    return greet(dial, fault);
}
