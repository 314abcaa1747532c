#include "host/https.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/head.h"

#define REQUEST_HEAD_BYTES_MAX 8192

typedef struct {
    const atr_https_request *request;
    atr_fault *fault;
    atr_time until;
    size_t body_max;
    int fd;
    SSL *ssl;
    uint8_t *in; /* head and body as they come */
    size_t in_len;
    size_t in_cap;
} call;

static atr_err fail(const call *c, atr_err err, const char *text)
{
    return atr_fault_set(c->fault, err, "https://%.100s:%u: %s",
                         c->request->host, c->request->port, text);
}

static atr_err wait_for(const call *c, short events)
{
    struct pollfd p = {c->fd, events, 0};

    for (;;) {
        atr_time now = atr_clock_now();
        int got;

        if (now >= c->until) {
            return fail(c, ATR_ERR_IO, "took too long");
        }
        got = poll(&p, 1, (int)(c->until - now));
        if (got > 0) {
            return ATR_OK;
        }
        if (got < 0 && errno != EINTR) {
            return fail(c, ATR_ERR_IO, strerror(errno));
        }
    }
}

/* After a call of OpenSSL that gave `got`: waits for what it wants. */
static atr_err wait_tls(const call *c, int got, const char *text)
{
    int why = SSL_get_error(c->ssl, got);

    if (why == SSL_ERROR_WANT_READ) {
        return wait_for(c, POLLIN);
    }
    if (why == SSL_ERROR_WANT_WRITE) {
        return wait_for(c, POLLOUT);
    }
    return fail(c, ATR_ERR_IO, text);
}

static atr_err dial(call *c, const struct addrinfo *to)
{
    int on = 1;
    int number = 0;
    socklen_t len = sizeof number;
    atr_err err;

    c->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   0);
    if (c->fd < 0) {
        return fail(c, ATR_ERR_IO, strerror(errno));
    }
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, to->ai_addr, to->ai_addrlen) == 0) {
        return ATR_OK;
    }
    if (errno != EINPROGRESS) {
        return fail(c, ATR_ERR_IO, strerror(errno));
    }
    if ((err = wait_for(c, POLLOUT)) != ATR_OK) {
        return err;
    }
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &number, &len) != 0 ||
        number != 0) {
        return fail(c, ATR_ERR_IO, strerror(number));
    }
    return ATR_OK;
}

static atr_err dial_any(call *c)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    int failed;
    atr_err err = ATR_ERR_IO;

    (void)snprintf(port, sizeof port, "%u", c->request->port);
    failed = getaddrinfo(c->request->host, port, &want, &found);
    if (failed != 0) {
        return fail(c, ATR_ERR_IO, gai_strerror(failed));
    }
    for (const struct addrinfo *to = found; to != NULL; to = to->ai_next) {
        if ((err = dial(c, to)) == ATR_OK) {
            break;
        }
        if (c->fd >= 0) {
            (void)close(c->fd);
            c->fd = -1;
        }
    }
    freeaddrinfo(found);
    return err;
}

static atr_err greet(call *c, const atr_tls *tls)
{
    atr_err err = ATR_OK;

    c->ssl = atr_tls_client_ssl(tls, c->request->host);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1) {
        return fail(c, ATR_ERR_IO, "TLS: out of memory");
    }
    while (err == ATR_OK) {
        int got;

        ERR_clear_error();
        got = SSL_connect(c->ssl);
        if (got == 1) {
            return ATR_OK;
        }
        if (SSL_get_verify_result(c->ssl) != X509_V_OK) {
            return fail(c, ATR_ERR_AUTH,
                        c->request->pin != NULL
                            ? "the server's key is not the one that was pinned"
                            : X509_verify_cert_error_string(
                                  SSL_get_verify_result(c->ssl)));
        }
        err = wait_tls(c, got, "TLS handshake failed");
    }
    return err;
}

static atr_err write_all(call *c, atr_bytes bytes)
{
    atr_err err = ATR_OK;

    while (bytes.len > 0 && err == ATR_OK) {
        int got;

        ERR_clear_error();
        got = SSL_write(c->ssl, bytes.data,
                        (int)(bytes.len < 16384 ? bytes.len : 16384));
        if (got > 0) {
            bytes.data += got;
            bytes.len -= (size_t)got;
        } else {
            err = wait_tls(c, got, "the server hung up");
        }
    }
    return err;
}

static bool is_plain(const char *text)
{
    for (; text != NULL && *text != 0; text++) {
        if (*text <= ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

static atr_err send_request(call *c)
{
    const atr_https_request *r = c->request;
    char head[REQUEST_HEAD_BYTES_MAX];
    char length[48] = "";
    bool v6 = strchr(r->host, ':') != NULL;
    bool has_body = r->body.len > 0 || strcmp(r->method, "POST") == 0 ||
                    strcmp(r->method, "PUT") == 0;
    const char *type =
        r->content_type != NULL ? r->content_type : "application/json";
    atr_err err;
    int len;

    if (!is_plain(r->host) || !is_plain(r->path) || !is_plain(r->method) ||
        !is_plain(r->bearer) || strpbrk(type, "\r\n") != NULL) {
        return fail(c, ATR_ERR_INPUT, "bad character in the request");
    }
    if (has_body) {
        (void)snprintf(length, sizeof length, "Content-Length: %zu\r\n",
                       r->body.len);
    }
    len = snprintf(head, sizeof head,
                   "%s %s HTTP/1.1\r\nHost: %s%s%s:%u\r\n"
                   "Connection: close\r\n%s%s%s%s%s%s%s\r\n",
                   r->method, r->path, v6 ? "[" : "", r->host, v6 ? "]" : "",
                   r->port, has_body ? "Content-Type: " : "",
                   has_body ? type : "", has_body ? "\r\n" : "", length,
                   r->bearer != NULL ? "Authorization: Bearer " : "",
                   r->bearer != NULL ? r->bearer : "",
                   r->bearer != NULL ? "\r\n" : "");
    if (len < 0 || (size_t)len >= sizeof head) {
        return fail(c, ATR_ERR_LIMIT, "the request is too long");
    }
    err = write_all(c, (atr_bytes){(const uint8_t *)head, (size_t)len});
    atr_wipe(head, sizeof head);
    return err == ATR_OK ? write_all(c, r->body) : err;
}

static atr_err make_room(call *c)
{
    size_t most = ATR_HEAD_BYTES_MAX + c->body_max;
    size_t cap = c->in_cap == 0 ? 8192 : c->in_cap * 2;
    uint8_t *more;

    if (c->in_len < c->in_cap) {
        return ATR_OK;
    }
    if (c->in_cap >= most) {
        return fail(c, ATR_ERR_LIMIT, "the answer is too large");
    }
    cap = cap < most ? cap : most;
    more = malloc(cap + 1); /* not realloc: what moves may be a secret */
    if (more == NULL) {
        return fail(c, ATR_ERR_LIMIT, "out of memory");
    }
    if (c->in != NULL) {
        memcpy(more, c->in, c->in_len);
        atr_wipe(c->in, c->in_len);
        free(c->in);
    }
    c->in = more;
    c->in_cap = cap;
    return ATR_OK;
}

/* Reads what there is; `*ended` when the server has closed in order. */
static atr_err read_some(call *c, bool *ended)
{
    atr_err err = make_room(c);
    int got;

    *ended = false;
    if (err != ATR_OK) {
        return err;
    }
    if (atr_clock_now() >= c->until) { /* bytes may come without a wait */
        return fail(c, ATR_ERR_IO, "took too long");
    }
    ERR_clear_error();
    got = SSL_read(c->ssl, c->in + c->in_len, (int)(c->in_cap - c->in_len));
    if (got > 0) {
        c->in_len += (size_t)got;
        return ATR_OK;
    }
    if (SSL_get_error(c->ssl, got) == SSL_ERROR_ZERO_RETURN) {
        *ended = true;
        return ATR_OK;
    }
    return wait_tls(c, got, "the server hung up");
}

/* Skips the 1xx heads that may come before the answer. */
static atr_err read_head(call *c, atr_head *head, size_t *used)
{
    for (;;) {
        atr_err err =
            atr_head_parse(head, used, (atr_bytes){c->in, c->in_len});
        bool ended = false;

        if (err == ATR_OK && c->in != NULL && head->status < 200 &&
            head->status != 101) {
            c->in_len -= *used;
            memmove(c->in, c->in + *used, c->in_len);
            continue;
        }
        if (err == ATR_OK) {
            return ATR_OK;
        }
        if (err != ATR_ERR_STATE) {
            return fail(c, ATR_ERR_INPUT, "the answer is not HTTP");
        }
        if ((err = read_some(c, &ended)) != ATR_OK) {
            return err;
        }
        if (ended) {
            return fail(c, ATR_ERR_IO, "the server hung up");
        }
    }
}

static atr_err read_body(call *c, size_t used, uint64_t want)
{
    bool ended = false;

    if (want != UINT64_MAX && want > c->body_max) {
        return fail(c, ATR_ERR_LIMIT, "the answer is too large");
    }
    while (c->in_len - used < want) {
        atr_err err = read_some(c, &ended);

        if (err != ATR_OK) {
            return err;
        }
        if (c->in_len - used > c->body_max) {
            return fail(c, ATR_ERR_LIMIT, "the answer is too large");
        }
        if (ended) {
            return want == UINT64_MAX
                       ? ATR_OK
                       : fail(c, ATR_ERR_IO, "the answer was cut short");
        }
    }
    return ATR_OK;
}

static atr_err read_reply(atr_https_reply *out, call *c)
{
    atr_head head;
    size_t used = 0;
    uint64_t want = 0;
    unsigned coded = 0;
    atr_err err = read_head(c, &head, &used);
    int status = head.status;

    if (err != ATR_OK) {
        return err;
    }
    (void)atr_head_value(&coded, &head, "Transfer-Encoding");
    err = atr_head_length(&want, &head);
    if (coded != 0 || err == ATR_ERR_INPUT) {
        return fail(c, ATR_ERR_INPUT, "the answer's length is unclear");
    }
    if (err == ATR_ERR_STATE) {
        want = UINT64_MAX; /* to the end of the connection */
    }
    if (status == 204 || status == 304 ||
        strcmp(c->request->method, "HEAD") == 0) {
        want = 0;
    }
    if ((err = read_body(c, used, want)) != ATR_OK) {
        return err;
    }
    out->status = status;
    out->body_len = c->in_len - used < want ? c->in_len - used : (size_t)want;
    out->body = malloc(out->body_len + 1);
    if (out->body == NULL || c->in == NULL) {
        return fail(c, ATR_ERR_LIMIT, "out of memory");
    }
    memcpy(out->body, c->in + used, out->body_len);
    out->body[out->body_len] = 0;
    return ATR_OK;
}

atr_err atr_https_call(atr_https_reply *out, const atr_https_request *request,
                       atr_fault *fault)
{
    uint32_t limit = request->limit_ms ? request->limit_ms : 15000;
    call c = {request,
              fault,
              atr_clock_now() + limit,
              request->reply_max ? request->reply_max : 1u << 20,
              -1,
              NULL,
              NULL,
              0,
              0};
    atr_tls *tls = NULL;
    atr_err err;

    *out = (atr_https_reply){0, NULL, 0};
    (void)signal(SIGPIPE, SIG_IGN);
    if ((err = atr_tls_client_open(&tls, request->pin, fault)) != ATR_OK ||
        (request->own != NULL &&
         (err = atr_tls_show(tls, request->own, fault)) != ATR_OK) ||
        (err = dial_any(&c)) != ATR_OK || (err = greet(&c, tls)) != ATR_OK ||
        (err = send_request(&c)) != ATR_OK) {
        goto out;
    }
    err = read_reply(out, &c);
out:
    if (err != ATR_OK) {
        atr_https_reply_wipe(out);
    }
    if (c.in != NULL) {
        atr_wipe(c.in, c.in_len);
        free(c.in);
    }
    SSL_free(c.ssl);
    if (c.fd >= 0) {
        (void)close(c.fd);
    }
    atr_tls_close(tls);
    return err;
}

void atr_https_reply_wipe(atr_https_reply *reply)
{
    if (reply != NULL && reply->body != NULL) {
        atr_wipe(reply->body, reply->body_len);
        free(reply->body);
    }
    if (reply != NULL) {
        *reply = (atr_https_reply){0, NULL, 0};
    }
}
