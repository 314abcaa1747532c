#include "host/lookup.h"

#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct atr_lookup {
    atomic_int holders; /* the thread and the caller */
    int ends[2];        /* of a pipe: a byte says that it is done */
    char *host;
    uint16_t port;
    int failed;
    struct addrinfo *found;
};

int atr_lookup_now(struct addrinfo **out, const char *host, uint16_t port,
                   bool numbers)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM,
                            .ai_flags =
                                numbers ? AI_NUMERICHOST : AI_ADDRCONFIG};
    char text[8];
    int failed;

    *out = NULL;
    (void)snprintf(text, sizeof text, "%u", port);
    failed = getaddrinfo(host, text, &want, out);
    if (!numbers && (failed == EAI_NONAME || failed == EAI_ADDRFAMILY)) {
        want.ai_flags = 0; /* loopback alone does not count as configured */
        failed = getaddrinfo(host, text, &want, out);
    }
    if (failed != 0) {
        *out = NULL;
    }
    return failed;
}

void atr_lookup_close(atr_lookup *lookup)
{
    if (lookup == NULL || atomic_fetch_sub(&lookup->holders, 1) > 1) {
        return;
    }
    if (lookup->found != NULL) {
        freeaddrinfo(lookup->found);
    }
    (void)close(lookup->ends[0]);
    (void)close(lookup->ends[1]);
    free(lookup->host);
    free(lookup);
}

static void *look(void *context)
{
    atr_lookup *lookup = context;

    lookup->failed =
        atr_lookup_now(&lookup->found, lookup->host, lookup->port, false);
    (void)!write(lookup->ends[1], "", 1);
    atr_lookup_close(lookup);
    return NULL;
}

/* Signals are for the thread that runs the loop. */
static bool start(atr_lookup *lookup)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    bool started;

    if (pthread_attr_init(&attr) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, &attr, look, lookup) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
    return started;
}

atr_lookup *atr_lookup_open(const char *host, uint16_t port)
{
    atr_lookup *lookup = calloc(1, sizeof *lookup);

    if (lookup == NULL || pipe2(lookup->ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(lookup);
        return NULL;
    }
    lookup->port = port;
    lookup->host = strdup(host);
    atomic_init(&lookup->holders, 2);
    if (lookup->host == NULL || !start(lookup)) {
        atomic_store(&lookup->holders, 1);
        atr_lookup_close(lookup);
        return NULL;
    }
    return lookup;
}

int atr_lookup_fd(const atr_lookup *lookup)
{
    return lookup->ends[0];
}

int atr_lookup_take(struct addrinfo **out, atr_lookup *lookup)
{
    *out = lookup->found;
    lookup->found = NULL;
    return lookup->failed;
}
