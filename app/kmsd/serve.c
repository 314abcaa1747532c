#include "app/kmsd/serve.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "app/address.h"
#include "app/armour.h"
#include "app/kmsd/api.h"
#include "app/kmsd/circle.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/gather.h"
#include "app/kmsd/lock.h"
#include "app/kmsd/place.h"
#include "app/kmsd/registrar.h"
#include "host/clock.h"
#include "host/notify.h"

#define DRAIN_MS 5000
#define BUSY_MS 1000

typedef struct {
    const atr_cli *cli;
    atr_node *node;
    atr_ledger *ledger;
    atr_vault_process vault;
    atr_sources sources;
    atr_clerks clerks; /* child.pid 0: none */
    atr_loop *loop;
    atr_server *server;
    atr_timer *watchdog;
    atr_log log;
    atr_api api;
    atr_circle circle;
    atr_ceremony_desk ceremony;
    atr_place place;
    char admin[ATR_LINK_HOST_MAX + 1];
    uint16_t admin_port;
    atr_admin_clients admin_clients;
    int lock_fd;
    bool draining;
    bool failed; /* the vault has ended */
    uint64_t waiting_max;
    uint64_t wait_ms;
} serving;

static bool is_loopback(const char *address)
{
    return strcmp(address, "::1") == 0 || strcmp(address, "localhost") == 0 ||
           strncmp(address, "127.", 4) == 0;
}

/* With certificates to know administrators by it may be any address. */
static int read_admin(serving *s)
{
    atr_admin_clients *clients = &s->admin_clients;
    const char *admin = atr_cli_value(s->cli, "admin");
    const char *pin;
    atr_fault fault;

    while ((pin = atr_cli_value_at(s->cli, "admin-client", clients->count)) !=
           NULL) {
        if (clients->count == ATR_ADMIN_CLIENTS_MAX ||
            atr_hex_read(clients->pin[clients->count], ATR_PIN_BYTES, pin) !=
                ATR_OK) {
            return atr_cli_usage(s->cli,
                                 "--admin-client: want 64 digits, %d times at "
                                 "most: %s",
                                 ATR_ADMIN_CLIENTS_MAX, pin);
        }
        clients->count++;
    }
    if (admin &&
        (atr_listen_parse(s->admin, &s->admin_port, admin, &fault) != ATR_OK ||
         (clients->count == 0 && !is_loopback(s->admin)))) {
        return atr_cli_usage(s->cli,
                             "--admin: not a loopback address, and no "
                             "--admin-client: %s",
                             admin);
    }
    return admin || clients->count == 0
               ? 0
               : atr_cli_usage(s->cli, "--admin-client: there is no --admin");
}

/* Returns 0 to go on, else the exit code. */
static int read_options(serving *s)
{
    const char *text;
    int code;

    s->waiting_max = ATR_LEDGER_WAITING_DEFAULT;
    s->wait_ms = ATR_GRANT_WAIT_MS_DEFAULT;
    if (!atr_cli_number(&s->waiting_max, s->cli, "waiting-max", 1, 1000000) ||
        atr_kmsd_time(&s->wait_ms, s->cli, "expire") != 0) {
        return ATR_EXIT_USAGE;
    }
    if ((code = atr_place_read(&s->place, s->cli)) != 0) {
        return code;
    }
    if ((code = read_admin(s)) != 0) {
        return code;
    }
    if (atr_cli_value(s->cli, "log-level") &&
        atr_log_parse_level(&s->log.level,
                            atr_cli_value(s->cli, "log-level")) != ATR_OK) {
        return atr_cli_usage(s->cli, "--log-level: want error, warn, info or "
                                     "debug");
    }
    text = atr_cli_value(s->cli, "log-format");
    if (text && strcmp(text, "json") != 0 && strcmp(text, "logfmt") != 0) {
        return atr_cli_usage(s->cli, "--log-format: want logfmt or json");
    }
    s->log.json = text && strcmp(text, "json") == 0;
    s->api.metrics_public = !s->admin[0] && is_loopback(s->place.listen);
    return 0;
}

/* One server a directory. */
static int take_lock(serving *s, const char *dir)
{
    atr_fault fault;

    return atr_lock_take(&s->lock_fd, dir, ATR_KMSD_LOCK, &fault) == ATR_OK
               ? 0
               : atr_cli_fail(s->cli, ATR_EXIT_FAILED, "%s", fault.text);
}

static void log_fault(serving *s, const char *event, const char *text)
{
    atr_log_event(&s->log, ATR_LOG_ERROR, event, "fault=\"%s\"", text);
}

/* Other nodes know this one by its key, so that must not change. */
static bool is_still_itself(const serving *s, atr_fault *fault)
{
    const atr_peers *peers = &s->circle.peers;

    if (atr_peers_find(peers, s->place.address.pin) != s->circle.own) {
        (void)atr_fault_set(fault, ATR_ERR_STATE,
                            "another key than that of this node's card");
        return false;
    }
    return true;
}

/* The bundle on the disk may be of newer shares: the vault is to open its own
 * first. */
static void renew_shares(serving *s)
{
    const atr_errand errand = {.renews = true};
    atr_node *now = NULL;
    atr_fault fault;
    atr_err err = atr_node_open(&now, s->node->dir, &fault);

    if (err != ATR_OK) {
        log_fault(s, "reload", fault.text);
    } else if (now->authority.nodes.generation !=
                   s->node->authority.nodes.generation &&
               !atr_vault_link_ask(s->api.vault, &errand)) {
        log_fault(s, "reload", "the vault is busy");
    }
    atr_node_close(now);
}

static void reload(serving *s)
{
    atr_tls *tls = NULL;
    atr_fault fault;

    atr_notify("RELOADING=1");
    if (atr_place_open_tls(&tls, &s->place, &fault) == ATR_OK &&
        is_still_itself(s, &fault)) {
        atr_server_set_tls(s->server, tls);
        atr_log_event(&s->log, ATR_LOG_INFO, "reloaded", "%s", "");
    } else {
        log_fault(s, "reload", fault.text);
    }
    atr_tls_close(tls);
    renew_shares(s);
    atr_notify("READY=1");
}

static void drained(void *context)
{
    serving *s = context;

    atr_loop_stop(s->loop);
}

static void on_signal(void *context, int number)
{
    serving *s = context;

    if (number == SIGHUP) {
        reload(s);
    } else if (number != SIGUSR1 && !s->draining) {
        s->draining = true;
        atr_notify("STOPPING=1");
        atr_log_event(&s->log, ATR_LOG_INFO, "stopping", "%s", "");
        atr_circle_stop(&s->circle);
        atr_server_drain(s->server, DRAIN_MS, drained, s);
    }
}

static void feed_watchdog(void *context)
{
    serving *s = context;
    uint64_t every = atr_notify_watchdog_ms();

    if (every > 0) {
        atr_notify("WATCHDOG=1");
        atr_timer_set(s->watchdog, atr_loop_now(s->loop) + every);
    }
}

static int announce(serving *s)
{
    char text[ATR_LINK_TEXT_MAX];

    s->place.address.port = atr_server_port(s->server);
    if (atr_address_format(text, &s->place.address) != ATR_OK) {
        return atr_cli_usage(s->cli, "--host: not a host name: %s",
                             s->place.address.host);
    }
    printf("address %s\nfingerprint %s\n", text, s->node->fingerprint);
    if (s->node->id_fingerprint[0]) {
        printf("identities %s\n", s->node->id_fingerprint);
    }
    if (s->admin_clients.count > 0) {
        printf("admin https://%s:%u\n", s->place.address.host,
               (unsigned)atr_server_admin_port(s->server));
    } else if (s->admin[0]) {
        printf("admin http://%s:%u%s%s\n", s->admin,
               (unsigned)atr_server_admin_port(s->server),
               s->clerks.child.pid ? "/#token=" : "", s->clerks.token);
    }
    if (fflush(stdout) != 0) {
        return atr_cli_fail(s->cli, ATR_EXIT_FAILED,
                            "standard output cannot be written");
    }
    atr_log_event(&s->log, ATR_LOG_INFO, "listening", "port=%u",
                  (unsigned)s->place.address.port);
    return 0;
}

static atr_ledger_rules rules_of(const serving *s)
{
    return (atr_ledger_rules){
        .hm = s->node->abe.hm,
        .registrars = &s->node->authority.registrars,
        .offer = atr_node_offer(s->node),
        .waiting_max = s->waiting_max,
        .wait_ms = s->wait_ms,
    };
}

/* Who comes late to a ceremony hears it here, and those of new shares are shown
 * here while they go on. */
static void show_ceremony(serving *s)
{
    const atr_peer_page page = atr_ceremony_show(&s->ceremony);

    s->ceremony.server = s->server;
    s->ceremony.node = (uint8_t)(s->circle.own + 1);
    strcpy(s->ceremony.dir, s->node->dir);
    atr_circle_add(&s->circle, &page);
}

static int join(serving *s, const atr_tls *tls)
{
    const atr_ledger_rules rules = rules_of(s);
    const atr_circle_place place = {s->cli, s->node, s->loop, s->server,
                                    &s->log};

    s->api.server = s->server;
    show_ceremony(s);
    s->api.trace = (atr_log_desk){
        .ledger = s->ledger, .server = s->server, .node = s->vault.node};
    memcpy(s->api.trace.vk, s->vault.vk, sizeof s->api.trace.vk);
    s->api.admin = (atr_admin){.node = s->node,
                               .census = s->api.census,
                               .ledger = s->ledger,
                               .server = s->server,
                               .circle = &s->circle,
                               .clerks = s->api.clerks,
                               .token = s->clerks.token,
                               .clients = &s->admin_clients};
    return atr_circle_join(&s->circle, &place, tls, &rules);
}

static int listen_with(serving *s, const atr_tls *tls)
{
    atr_server_options options = {
        .tls = tls,
        .address = s->place.listen[0] ? s->place.listen : NULL,
        .port = s->place.port,
        .admin_address = s->admin[0] ? s->admin : NULL,
        .admin_port = s->admin_port,
        .admin_tls = s->admin_clients.count > 0,
        .conns_max = 2000,
    };
    atr_server_handler handler = {.context = &s->api, .http = atr_api_http};
    atr_fault fault;
    int code =
        atr_circle_find(&s->circle, s->cli, s->node, s->place.address.pin);

    if (code != 0) {
        return code;
    }
    if (atr_server_open(&s->server, s->loop, &options, &handler, &fault) !=
        ATR_OK) {
        return atr_cli_fail(s->cli, ATR_EXIT_NETWORK, "%s", fault.text);
    }
    code = join(s, tls);
    return code ? code : announce(s);
}

static int listen_on(serving *s)
{
    atr_tls *tls = NULL;
    atr_fault fault;
    atr_err err = atr_place_open_tls(&tls, &s->place, &fault);
    int code = err == ATR_OK ? listen_with(s, tls)
                             : atr_cli_fail(s->cli, atr_cli_exit_of(err), "%s",
                                            fault.text);

    atr_tls_close(tls);
    return code;
}

/* What the vault has opened holds here too from now on. */
static atr_err follow(serving *s, atr_fault *fault)
{
    const atr_ledger_rules rules = rules_of(s);
    const atr_circle_place place = {s->cli, s->node, s->loop, s->server,
                                    &s->log};
    atr_node *now = NULL;
    atr_tls *tls = NULL;
    atr_err err;

    if ((err = atr_node_open(&now, s->node->dir, fault)) == ATR_OK &&
        (err = atr_node_follow(s->node, now)) != ATR_OK) {
        (void)atr_fault_set(fault, err, "another authority");
    }
    atr_node_close(now);
    if (err == ATR_OK &&
        (err = atr_place_open_tls(&tls, &s->place, fault)) == ATR_OK &&
        atr_circle_follow(&s->circle, &place, tls, &rules) != 0) {
        err = atr_fault_set(fault, ATR_ERR_IO, "the peers cannot be asked");
    }
    atr_tls_close(tls);
    return err;
}

static void renewed(serving *s, atr_err err)
{
    atr_fault fault;

    if (err != ATR_OK) {
        log_fault(s, "shares", "the vault cannot open the new share; restart");
    } else if (follow(s, &fault) != ATR_OK) {
        log_fault(s, "shares", fault.text);
    } else {
        atr_lock_say(s->lock_fd, s->node->authority.nodes.generation);
        atr_log_event(&s->log, ATR_LOG_INFO, "shares", "generation=%lu",
                      (unsigned long)s->node->authority.nodes.generation);
    }
}

static void vault_issued(void *context, const atr_errand *errand)
{
    serving *s = context;

    if (errand->renews) {
        renewed(s, errand->err);
        return;
    }
    atr_api_issued(&s->api, errand);
}

/* Without it nothing can be issued: the manager is to start both again. */
static void vault_gone(void *context)
{
    serving *s = context;

    atr_log_event(&s->log, ATR_LOG_ERROR, "vault", "fault=\"%s\"", "it ended");
    s->failed = true;
    atr_loop_stop(s->loop);
}

/* The clerks hold the key that decisions are signed with. */
static int start_clerks(serving *s)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault;
    bool has_key;

    if (atr_sources_open(&s->sources, s->node->dir, &fault) != ATR_OK) {
        return atr_cli_fail(s->cli, ATR_EXIT_USAGE, "%s", fault.text);
    }
    has_key =
        atr_cli_has(s->cli, "registrar") ||
        (atr_path_join(path, s->node->dir, ATR_NODE_REGISTRAR) == ATR_OK &&
         atr_path_exists(path));
    if (s->sources.count > 0 && !has_key) {
        return atr_cli_fail(s->cli, ATR_EXIT_USAGE,
                            "sources need a registrar's key to approve with");
    }
    return has_key && (s->admin[0] || s->sources.count > 0)
               ? atr_clerks_start(&s->clerks, s->cli, &s->sources)
               : 0;
}

static int open_clerk_link(serving *s)
{
    return s->clerks.child.pid == 0 ||
                   atr_clerk_link_open(&s->api.clerks, s->loop, &s->clerks,
                                       &s->log, atr_api_decided,
                                       &s->api) == ATR_OK
               ? 0
               : atr_cli_fail(s->cli, ATR_EXIT_FAILED, "no event loop");
}

static int serve(serving *s)
{
    const atr_vault_handler handler = {s, vault_issued, vault_gone};
    int code;

    if (atr_loop_open(&s->loop) != ATR_OK ||
        atr_loop_signals(s->loop, on_signal, s) != ATR_OK ||
        atr_timer_open(&s->watchdog, s->loop, feed_watchdog, s) != ATR_OK ||
        atr_vault_link_open(&s->api.vault, s->loop, s->vault.child.fd,
                            &handler) != ATR_OK) {
        return atr_cli_fail(s->cli, ATR_EXIT_FAILED, "no event loop");
    }
    if (atr_census_open(&s->api.census, s->loop, s->ledger) != ATR_OK) {
        return atr_cli_fail(s->cli, ATR_EXIT_FAILED, "no memory");
    }
    if ((code = open_clerk_link(s)) != 0 || (code = listen_on(s)) != 0) {
        return code;
    }
    feed_watchdog(s);
    atr_lock_say(s->lock_fd, s->node->authority.nodes.generation);
    atr_notify("READY=1\nSTATUS=serving");
    if (atr_loop_run(s->loop) != ATR_OK || s->failed) {
        return atr_cli_fail(s->cli, ATR_EXIT_FAILED,
                            s->failed ? "the vault has ended"
                                      : "the event loop failed");
    }
    atr_log_event(&s->log, ATR_LOG_INFO, "stopped", "%s", "");
    return ATR_EXIT_DONE;
}

static int open_all(serving *s, const char *dir)
{
    atr_ledger_rules rules;
    int code;

    if ((code = atr_kmsd_open_node(&s->node, s->cli)) != 0 ||
        (code = take_lock(s, dir)) != 0 || (code = start_clerks(s)) != 0 ||
        (code = atr_vault_start(&s->vault, s->cli)) != 0 ||
        (code = atr_kmsd_open_ledger(&s->ledger, s->cli, s->node)) != 0) {
        return code;
    }
    rules = rules_of(s);
    atr_ledger_set_rules(s->ledger, &rules);
    atr_ledger_wait(s->ledger, BUSY_MS);
    s->node->node = s->vault.node;
    s->api.node = s->node;
    s->api.ledger = s->ledger;
    s->api.log = &s->log;
    s->api.circle = &s->circle;
    s->api.sources = &s->sources;
    return 0;
}

int atr_kmsd_run(const atr_cli *cli)
{
    serving s = {.cli = cli, .lock_fd = -1, .vault.child.fd = -1};
    const char *dir = atr_kmsd_dir(cli);
    int code;

    atr_log_init(&s.log);
    if ((code = read_options(&s)) == 0 && (code = open_all(&s, dir)) == 0) {
        code = serve(&s);
    }
    atr_server_close(s.server);
    atr_circle_close(&s.circle);
    atr_census_close(s.api.census);
    atr_vault_link_close(s.api.vault);
    atr_child_stop(&s.vault.child);
    atr_clerk_link_close(s.api.clerks);
    atr_child_stop(&s.clerks.child); /* started first, ended last: what comes
                                        later has inherited its socket */
    atr_sources_close(&s.sources);
    if (s.watchdog) {
        atr_timer_close(s.watchdog);
    }
    if (s.loop) {
        atr_loop_close(s.loop);
    }
    atr_ledger_close(s.ledger);
    atr_node_close(s.node);
    if (s.lock_fd >= 0) {
        close(s.lock_fd);
    }
    return code;
}
