/* actor.h - a bad server: a blocking child that takes one connection, reads
 * one request and says what it is told to. */
#ifndef ACTOR_H
#define ACTOR_H

#include "kit/peer.h"

typedef struct {
    pid_t pid;
    uint16_t port;
    uint8_t pin[ATR_PIN_BYTES];
} actor;

typedef void actor_fn(SSL *ssl, const char *request, const char *script);

static void actor_recite(SSL *ssl, const char *request, const char *script)
{
    (void)request;
    (void)SSL_write(ssl, script, (int)strlen(script));
}

static void actor_serve(SSL_CTX *context, int listener, actor_fn *speak,
                        const char *script, bool hold)
{
    int fd = accept(listener, NULL, NULL);
    SSL *ssl = SSL_new(context);
    char request[4096] = "";
    struct timespec pause = {60, 0}; /* until it is dismissed */

    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 &&
        SSL_read(ssl, request, sizeof request - 1) > 0) {
        speak(ssl, request, script);
        if (hold) {
            nanosleep(&pause, NULL);
        }
        SSL_shutdown(ssl);
    }
    _exit(0);
}

/* With `hold` it keeps the connection open after what it says. */
static void hire_to(actor *a, actor_fn *speak, const char *script, bool hold)
{
    peer p = {.pid = 0};
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t at_len = sizeof at;
    atr_tls *tls;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    strcpy(p.folder, "/tmp/atr-actor-XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    peer_cert(&p, "x", &tls);
    rmdir(p.folder);
    atr_tls_pin(a->pin, tls);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &at_len), 0);
    a->port = ntohs(at.sin_port);
    a->pid = fork();
    if (a->pid == 0) {
        actor_serve(atr_tls_context(tls), fd, speak, script, hold);
    }
    close(fd);
    atr_tls_close(tls);
}

static void hire(actor *a, const char *script, bool hold)
{
    hire_to(a, actor_recite, script, hold);
}

static void dismiss(const actor *a)
{
    kill(a->pid, SIGKILL);
    waitpid(a->pid, NULL, 0);
}

#endif
