#include "host/loop.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/clock.h"
#include "host/secret.h"

#define SIGNAL_COUNT 4

typedef struct {
    atr_loop_fn *fn;
    void *context;
} hook;

struct atr_loop {
    struct event_base *base;
    struct event *turn_end;
    atr_time now;
    bool touched;                /* turn_end is already in the queue */
    hook *hooks[ATR_TURN_COUNT]; /* those taken out are zero */
    size_t hook_counts[ATR_TURN_COUNT];
    struct event *signals[SIGNAL_COUNT];
    atr_signal_fn *seen;
    void *seen_context;
};

struct atr_timer {
    atr_loop *loop;
    struct event *event;
    atr_time at;
    atr_loop_fn *fire;
    void *context;
};

struct atr_watch {
    atr_loop *loop;
    struct event *event;
    bool always; /* a plain file, which epoll does not take */
    atr_loop_fn *ready;
    void *context;
};

static void silent(int severity, const char *text)
{
    (void)severity;
    (void)text;
}

static void run_hooks(evutil_socket_t fd, short what, void *context)
{
    atr_loop *loop = context;

    (void)fd;
    (void)what;
    loop->touched = false;
    loop->now = atr_clock_now();
    for (int phase = 0; phase < ATR_TURN_COUNT; phase++) {
        for (size_t i = 0; i < loop->hook_counts[phase]; i++) {
            hook h = loop->hooks[phase][i];

            if (h.fn != NULL) {
                h.fn(h.context);
            }
        }
    }
}

void atr_loop_wipes(void)
{
    event_set_mem_functions(malloc, atr_secret_realloc, atr_secret_free);
}

atr_err atr_loop_open(atr_loop **out)
{
    struct event_config *config = event_config_new();
    atr_loop *loop = calloc(1, sizeof *loop);

    *out = NULL;
    (void)signal(SIGPIPE, SIG_IGN);
    event_set_log_callback(silent);
    if (loop != NULL && config != NULL) {
        (void)event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
        loop->base = event_base_new_with_config(config);
    }
    if (config != NULL) {
        event_config_free(config);
    }
    if (loop == NULL || loop->base == NULL ||
        (loop->turn_end = event_new(loop->base, -1, 0, run_hooks, loop)) ==
            NULL) {
        atr_loop_close(loop);
        return ATR_ERR_IO;
    }
    loop->now = atr_clock_now();
    *out = loop;
    return ATR_OK;
}

void atr_loop_close(atr_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (loop->signals[i] != NULL) {
            event_free(loop->signals[i]);
        }
    }
    if (loop->turn_end != NULL) {
        event_free(loop->turn_end);
    }
    if (loop->base != NULL) {
        /* Lets what libevent frees only later (bufferevents) be freed. */
        (void)event_base_loop(loop->base, EVLOOP_NONBLOCK);
        event_base_free(loop->base);
    }
    for (int phase = 0; phase < ATR_TURN_COUNT; phase++) {
        free(loop->hooks[phase]);
    }
    free(loop);
}

atr_err atr_loop_run(atr_loop *loop)
{
    return event_base_loop(loop->base, 0) < 0 ? ATR_ERR_IO : ATR_OK;
}

void atr_loop_stop(atr_loop *loop)
{
    (void)event_base_loopexit(loop->base, NULL);
}

atr_time atr_loop_now(const atr_loop *loop)
{
    return loop->touched ? loop->now : atr_clock_now();
}

static hook *find_hook(atr_loop *loop, atr_turn phase, hook wanted)
{
    for (size_t i = 0; i < loop->hook_counts[phase]; i++) {
        hook *h = &loop->hooks[phase][i];

        if (h->fn == wanted.fn && h->context == wanted.context) {
            return h;
        }
    }
    return NULL;
}

atr_err atr_loop_hook(atr_loop *loop, atr_turn phase, atr_loop_fn *fn,
                      void *context)
{
    hook *h = find_hook(loop, phase, (hook){NULL, NULL});
    size_t count = loop->hook_counts[phase];

    if (h == NULL) {
        hook *more = realloc(loop->hooks[phase], (count + 8) * sizeof *more);

        if (more == NULL) {
            return ATR_ERR_IO;
        }
        memset(more + count, 0, 8 * sizeof *more);
        loop->hooks[phase] = more;
        loop->hook_counts[phase] = count + 8;
        h = more + count;
    }
    *h = (hook){fn, context};
    return ATR_OK;
}

void atr_loop_unhook(atr_loop *loop, atr_turn phase, atr_loop_fn *fn,
                     void *context)
{
    hook *h = find_hook(loop, phase, (hook){fn, context});

    if (h != NULL) {
        *h = (hook){NULL, NULL};
    }
}

/* An event made active is put at the end of the queue of this turn. */
void atr_loop_touch(atr_loop *loop)
{
    if (!loop->touched) {
        loop->touched = true;
        loop->now = atr_clock_now();
        event_active(loop->turn_end, 0, 0);
    }
}

struct event_base *atr_loop_base(atr_loop *loop)
{
    return loop->base;
}

static void timer_due(evutil_socket_t fd, short what, void *context)
{
    atr_timer *timer = context;

    (void)fd;
    (void)what;
    atr_loop_touch(timer->loop);
    if (atr_clock_now() < timer->at) { /* a tick too early: wait the rest */
        atr_timer_set(timer, timer->at);
        return;
    }
    timer->at = ATR_NEVER;
    timer->fire(timer->context);
}

atr_err atr_timer_open(atr_timer **out, atr_loop *loop, atr_loop_fn *fire,
                       void *context)
{
    atr_timer *timer = calloc(1, sizeof *timer);

    *out = NULL;
    if (timer == NULL) {
        return ATR_ERR_IO;
    }
    *timer = (atr_timer){loop, NULL, ATR_NEVER, fire, context};
    timer->event = evtimer_new(loop->base, timer_due, timer);
    if (timer->event == NULL) {
        free(timer);
        return ATR_ERR_IO;
    }
    *out = timer;
    return ATR_OK;
}

void atr_timer_set(atr_timer *timer, atr_time at)
{
    atr_time now = atr_clock_now();
    uint64_t left = at > now ? at - now : 0;
    struct timeval tv;

    timer->at = at;
    if (at == ATR_NEVER) {
        (void)event_del(timer->event);
        return;
    }
    if (left > 1000ull * 3600 * 24) { /* far away: look again tomorrow */
        left = 1000ull * 3600 * 24;
    }
    tv.tv_sec = (time_t)(left / 1000);
    tv.tv_usec = (suseconds_t)(left % 1000 * 1000);
    (void)event_add(timer->event, &tv);
}

void atr_timer_close(atr_timer *timer)
{
    if (timer != NULL) {
        event_free(timer->event);
        free(timer);
    }
}

static void signal_seen(evutil_socket_t number, short what, void *context)
{
    atr_loop *loop = context;

    (void)what;
    atr_loop_touch(loop);
    loop->seen(loop->seen_context, (int)number);
}

atr_err atr_loop_signals(atr_loop *loop, atr_signal_fn *seen, void *context)
{
    static const int numbers[SIGNAL_COUNT] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

    loop->seen = seen;
    loop->seen_context = context;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        loop->signals[i] =
            evsignal_new(loop->base, numbers[i], signal_seen, loop);
        if (loop->signals[i] == NULL ||
            event_add(loop->signals[i], NULL) != 0) {
            return ATR_ERR_IO;
        }
    }
    return ATR_OK;
}

static void watch_due(evutil_socket_t fd, short what, void *context)
{
    atr_watch *watch = context;

    (void)fd;
    (void)what;
    atr_loop_touch(watch->loop);
    watch->ready(watch->context);
}

/* Plain files and /dev/null are always ready: a timer of no length. */
static int watch_add(atr_watch *watch)
{
    static const struct timeval none = {0, 1};

    return event_add(watch->event, watch->always ? &none : NULL);
}

static atr_err watch_open(atr_watch **out, atr_loop *loop, int fd, short what,
                          atr_loop_fn *ready, void *context)
{
    atr_watch *watch = calloc(1, sizeof *watch);
    struct stat st;

    *out = NULL;
    if (watch == NULL || fstat(fd, &st) != 0) {
        free(watch);
        return ATR_ERR_IO;
    }
    *watch = (atr_watch){loop, NULL, S_ISREG(st.st_mode), ready, context};
    for (int tries = 0; tries < 2; tries++) {
        watch->event =
            event_new(loop->base, watch->always ? -1 : fd,
                      watch->always ? EV_PERSIST : (short)(what | EV_PERSIST),
                      watch_due, watch);
        if (watch->event != NULL && watch_add(watch) == 0) {
            *out = watch;
            return ATR_OK;
        }
        if (watch->event != NULL) {
            event_free(watch->event);
        }
        watch->always = true;
    }
    free(watch);
    return ATR_ERR_IO;
}

atr_err atr_watch_open(atr_watch **out, atr_loop *loop, int fd,
                       atr_loop_fn *readable, void *context)
{
    return watch_open(out, loop, fd, EV_READ, readable, context);
}

atr_err atr_watch_open_out(atr_watch **out, atr_loop *loop, int fd,
                           atr_loop_fn *writable, void *context)
{
    return watch_open(out, loop, fd, EV_WRITE, writable, context);
}

void atr_watch_pause(atr_watch *watch, bool paused)
{
    if (paused) {
        (void)event_del(watch->event);
    } else {
        (void)watch_add(watch);
    }
}

void atr_watch_close(atr_watch *watch)
{
    if (watch != NULL) {
        event_free(watch->event);
        free(watch);
    }
}
