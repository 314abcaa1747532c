#include "app/halld/serve.h"

#include <signal.h>

#include "host/clock.h"
#include "host/notify.h"

#define CLOSE_DONE 1000
#define CLOSE_POLICY 1008

/* --- the streams of server.h and the connections of hall.h ---------------- */

static bool ws_open(void *context, uint32_t conn, const char *path)
{
    atr_halld *h = context;

    return !h->draining && strcmp(path, ATR_HALLD_ROOM_PATH) == 0 &&
           atr_hall_opened(h->hall, conn, atr_loop_now(h->loop)) == ATR_OK;
}

/* On an error the last words of the hall are still sent. */
static void ws_data(void *context, uint32_t conn, atr_bytes data)
{
    atr_halld *h = context;

    if (!h->failed &&
        atr_hall_recv(h->hall, conn, data, atr_loop_now(h->loop)) != ATR_OK) {
        atr_server_hang_up(h->server, conn, CLOSE_POLICY);
    }
}

static void ws_close(void *context, uint32_t conn, atr_ws_why why)
{
    atr_halld *h = context;

    (void)why;
    atr_hall_closed(h->hall, conn, atr_loop_now(h->loop));
}

static atr_bytes outgoing(void *context, uint32_t conn)
{
    const atr_halld *h = context;

    return h->failed ? (atr_bytes){NULL, 0} : atr_hall_outgoing(h->hall, conn);
}

static void sent(void *context, uint32_t conn, size_t len)
{
    atr_halld *h = context;

    atr_hall_sent(h->hall, conn, len);
}

/* --- the turn of the loop --------------------------------------------------
 */

static bool pass_ready(atr_halld *h)
{
    uint32_t conn;
    bool any = false;

    while (atr_hall_next_ready(h->hall, &conn)) {
        any = true;
        if (atr_hall_is_over(h->hall, conn)) {
            atr_server_hang_up(h->server, conn, CLOSE_DONE);
        } else {
            atr_server_ready(h->server, conn);
        }
    }
    return any;
}

/* Commits what this turn brought; only then is anything shown to anybody. */
static void commit_turn(void *context)
{
    atr_halld *h = context;

    if (h->failed) {
        return;
    }
    if (atr_hall_flush(h->hall, atr_loop_now(h->loop)) != ATR_OK) {
        h->failed = true;
        atr_log_event(&h->log, ATR_LOG_ERROR, "commit", "fault=\"%s\"",
                      atr_store_fault(h->store));
        atr_loop_stop(h->loop);
        return;
    }
    (void)pass_ready(h);
    atr_hall_set_clock(h->hall, atr_clock_wall_ms(), atr_loop_now(h->loop));
    atr_timer_set(h->tick, atr_hall_deadline(h->hall));
}

/* Sending made room for more of a catch-up: another turn. */
static void after_flush(void *context)
{
    atr_halld *h = context;

    if (!h->failed && pass_ready(h)) {
        atr_loop_touch(h->loop);
    }
}

static void tick(void *context)
{
    atr_halld *h = context;

    atr_hall_tick(h->hall, atr_loop_now(h->loop));
}

static void feed_watchdog(void *context)
{
    atr_halld *h = context;
    uint64_t every = atr_notify_watchdog_ms();

    if (every > 0) {
        atr_notify("WATCHDOG=1");
        atr_timer_set(h->watchdog, atr_loop_now(h->loop) + every);
    }
}

/* --- signals
 * ------------------------------------------------------------------ */

static void drained(void *context)
{
    atr_halld *h = context;

    atr_loop_stop(h->loop);
}

static void dump(const atr_halld *h)
{
    atr_hall_stats s;

    atr_hall_stats_of(h->hall, &s);
    atr_log_event(&h->log, ATR_LOG_INFO, "statistics",
                  "rooms=%llu members=%llu connections=%llu texts=%llu",
                  (unsigned long long)s.rooms, (unsigned long long)s.members,
                  (unsigned long long)s.connections,
                  (unsigned long long)s.texts);
}

static void on_signal(void *context, int number)
{
    atr_halld *h = context;

    if (number == SIGHUP) {
        atr_halld_reload(h);
    } else if (number == SIGUSR1) {
        dump(h);
    } else if (!h->draining) {
        h->draining = true;
        atr_notify("STOPPING=1");
        atr_log_event(&h->log, ATR_LOG_INFO, "stopping", "%s", "");
        atr_hall_drain(h->hall);
        atr_server_drain(h->server, h->settings.drain_ms, drained, h);
    }
}

/* --- for start.c ------------------------------------------------------------
 */

atr_server_handler atr_halld_handler(atr_halld *h)
{
    return (atr_server_handler){h,        atr_halld_http, ws_open, ws_data,
                                ws_close, outgoing,       sent};
}

atr_err atr_halld_watch(atr_halld *h)
{
    atr_err err;

    if ((err = atr_loop_signals(h->loop, on_signal, h)) != ATR_OK ||
        (err = atr_timer_open(&h->tick, h->loop, tick, h)) != ATR_OK ||
        (err = atr_timer_open(&h->watchdog, h->loop, feed_watchdog, h)) !=
            ATR_OK ||
        (err = atr_loop_hook(h->loop, ATR_TURN_COMMIT, commit_turn, h)) !=
            ATR_OK ||
        (err = atr_loop_hook(h->loop, ATR_TURN_FLUSH, after_flush, h)) !=
            ATR_OK) {
        return err;
    }
    feed_watchdog(h);
    atr_loop_touch(h->loop); /* sets the first deadline */
    return ATR_OK;
}
