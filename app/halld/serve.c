#include "app/halld/serve.h"

#include <signal.h>
#include <stdlib.h>

#include "app/address.h"
#include "app/halld/logs.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/notify.h"

#define CLOSE_DONE 1000
#define CLOSE_POLICY 1008

static void *resize(void *context, void *block, size_t old_len, size_t new_len)
{
    (void)context;
    (void)old_len;
    if (new_len == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_len);
}

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

    if (!h->failed && atr_hall_recv(h->hall, conn, data,
                                    atr_loop_now(h->loop)) != ATR_OK) {
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

static void use_log(atr_halld *h, const atr_halld_settings *settings)
{
    h->log.level = settings->log_level;
    h->log.json = settings->log_json;
}

/* What cannot change while running keeps its value, and that is said. */
static bool wants_restart(const atr_halld_settings *a,
                          const atr_halld_settings *b)
{
    return strcmp(a->address, b->address) != 0 || a->port != b->port ||
           strcmp(a->name, b->name) != 0 || strcmp(a->dir, b->dir) != 0 ||
           strcmp(a->admin, b->admin) != 0 || a->admin_port != b->admin_port ||
           memcmp(&a->limits, &b->limits, sizeof a->limits) != 0 ||
           a->conns_max != b->conns_max || a->memory_max != b->memory_max;
}

static void reload(atr_halld *h)
{
    atr_halld_settings fresh;
    atr_tls *tls = NULL;
    atr_fault fault;

    atr_notify("RELOADING=1");
    if (atr_halld_load(&fresh, h->cli) != 0) {
        atr_log_event(&h->log, ATR_LOG_ERROR, "reload",
                      "fault=\"the configuration has an error; kept\"");
    } else if (atr_selfcert_open(&tls, &fresh.cert, fresh.name, &fault) !=
               ATR_OK) {
        atr_log_event(&h->log, ATR_LOG_ERROR, "reload", "fault=\"%s\"",
                      fault.text);
    } else {
        atr_server_set_tls(h->server, tls);
        use_log(h, &fresh);
        h->settings.cert = fresh.cert;
        atr_log_event(&h->log, ATR_LOG_INFO, "reloaded", "restart_needed=%s",
                      wants_restart(&fresh, &h->settings) ? "yes" : "no");
    }
    atr_tls_close(tls);
    atr_notify("READY=1");
}

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
        reload(h);
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

/* --- start and end
 * ------------------------------------------------------------ */

static int announce(atr_halld *h, const atr_tls *tls)
{
    atr_link link = {.port = atr_server_port(h->server), .has_pin = true};
    char text[ATR_LINK_TEXT_MAX];

    memcpy(link.host, h->settings.name, sizeof link.host);
    atr_tls_pin(link.pin, tls);
    if (atr_link_format(text, sizeof text, &link) != ATR_OK) {
        return atr_cli_usage(h->cli, "not a host name: %s", h->settings.name);
    }
    printf("hall %s\n", text);
    if (h->settings.admin[0]) {
        printf("admin http://%s:%u\n", h->settings.admin,
               (unsigned)atr_server_admin_port(h->server));
    }
    if (fflush(stdout) != 0) {
        return atr_cli_fail(h->cli, ATR_EXIT_FAILED,
                            "standard output cannot be written");
    }
    if (atr_tls_expires_at(tls) < atr_clock_wall_ms() + 30ull * 86400000) {
        atr_log_event(&h->log, ATR_LOG_WARN, "certificate",
                      "fault=\"ends within 30 days\"");
    }
    atr_log_event(&h->log, ATR_LOG_INFO, "listening", "port=%u",
                  (unsigned)link.port);
    return 0;
}

static int open_store(atr_halld *h)
{
    atr_fault fault;
    atr_err err = atr_dir_make(h->settings.dir, &fault);

    if (err == ATR_OK) {
        err = atr_store_open(&h->store, h->settings.store, &fault);
    }
    if (err == ATR_OK) {
        return 0;
    }
    return atr_cli_fail(h->cli,
                        err == ATR_ERR_STATE ? ATR_EXIT_FAILED
                                             : atr_cli_exit_of(err),
                        "%s", fault.text);
}

static int open_hall(atr_halld *h)
{
    atr_hall_config config = {.store = &h->logs,
                              .limits = h->settings.limits,
                              .kem_for = atr_kems_for,
                              .kem_context = &h->kems};
    uint8_t seed[ATR_SEED_BYTES];
    void *memory = calloc(1, atr_hall_size());
    atr_err err = ATR_ERR_LIMIT;

    h->logs = atr_logs_of(h->store);
    h->mem = (atr_mem){.resize = resize, .limit = h->settings.memory_max};
    h->kems.max = h->settings.authorities_max;
    atr_entropy_seed(seed);
    if (memory) {
        h->hall = atr_hall_init(memory, &config, &h->mem, seed,
                                atr_loop_now(h->loop), &err);
    }
    atr_wipe(seed, sizeof seed);
    if (h->hall) {
        return 0;
    }
    free(memory);
    return atr_cli_fail(h->cli, atr_cli_exit_of(err), "%s: %s: %s",
                        h->settings.store,
                        err == ATR_ERR_INPUT ? "damaged rooms"
                                             : "cannot be loaded",
                        atr_err_text(err));
}

static int open_server(atr_halld *h)
{
    const atr_halld_settings *s = &h->settings;
    atr_server_options options = {
        .address = s->address[0] ? s->address : NULL,
        .port = s->port,
        .admin_address = s->admin[0] ? s->admin : NULL,
        .admin_port = s->admin_port,
        .conns_max = s->conns_max,
        /* The hall cuts those that do not read; this is only behind it. */
        .unsent_max = s->limits.conn_bytes_max + (1u << 20),
        .handshake_ms = s->handshake_ms,
        .request_ms = s->request_ms,
        .ping_ms = s->ping_ms,
    };
    atr_server_handler handler = {h,        atr_halld_http, ws_open, ws_data,
                                  ws_close, outgoing,       sent};
    atr_tls *tls = NULL;
    atr_fault fault;
    atr_err err = atr_selfcert_open(&tls, &s->cert, s->name, &fault);
    int code;

    if (err != ATR_OK) {
        return atr_cli_fail(h->cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    options.tls = tls;
    err = atr_server_open(&h->server, h->loop, &options, &handler, &fault);
    if (err == ATR_OK &&
        (err = atr_loop_hook(h->loop, ATR_TURN_FLUSH, after_flush, h)) ==
            ATR_OK) {
        code = announce(h, tls);
    } else {
        code = atr_cli_fail(h->cli, ATR_EXIT_NETWORK, "%s",
                            h->server ? "no memory" : fault.text);
    }
    atr_tls_close(tls);
    return code;
}

static int open_loop(atr_halld *h)
{
    if (atr_loop_open(&h->loop) != ATR_OK ||
        atr_loop_signals(h->loop, on_signal, h) != ATR_OK ||
        atr_timer_open(&h->tick, h->loop, tick, h) != ATR_OK ||
        atr_timer_open(&h->watchdog, h->loop, feed_watchdog, h) != ATR_OK ||
        atr_loop_hook(h->loop, ATR_TURN_COMMIT, commit_turn, h) != ATR_OK) {
        return atr_cli_fail(h->cli, ATR_EXIT_FAILED, "no event loop");
    }
    return 0;
}

static int serve(atr_halld *h)
{
    feed_watchdog(h);
    atr_loop_touch(h->loop); /* sets the first deadline */
    atr_notify("READY=1\nSTATUS=serving");
    if (atr_loop_run(h->loop) != ATR_OK) {
        return atr_cli_fail(h->cli, ATR_EXIT_FAILED, "the event loop failed");
    }
    if (!h->failed &&
        atr_hall_flush(h->hall, atr_loop_now(h->loop)) != ATR_OK) {
        h->failed = true;
    }
    if (h->failed) {
        return atr_cli_fail(h->cli, ATR_EXIT_FAILED,
                            "%s: cannot commit; nothing of the last turn was "
                            "acknowledged", h->settings.store);
    }
    atr_log_event(&h->log, ATR_LOG_INFO, "stopped", "%s", "");
    return ATR_EXIT_DONE;
}

static void close_all(atr_halld *h)
{
    atr_server_close(h->server);
    if (h->hall) {
        atr_hall_wipe(h->hall);
        free(h->hall);
    }
    if (h->tick) {
        atr_timer_close(h->tick);
    }
    if (h->watchdog) {
        atr_timer_close(h->watchdog);
    }
    if (h->loop) {
        atr_loop_close(h->loop);
    }
    if (h->store) {
        atr_store_close(h->store);
    }
    atr_kems_wipe(&h->kems);
}

int atr_halld_run(const atr_cli *cli)
{
    atr_halld h = {.cli = cli};
    int code = atr_halld_load(&h.settings, cli);

    if (code != 0) {
        return code;
    }
    atr_log_init(&h.log);
    use_log(&h, &h.settings);
    if ((code = open_loop(&h)) == 0 && (code = open_store(&h)) == 0 &&
        (code = open_hall(&h)) == 0 && (code = open_server(&h)) == 0) {
        code = serve(&h);
    }
    close_all(&h);
    return code;
}
