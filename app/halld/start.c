#include <stdlib.h>

#include "app/halld/generations.h"
#include "app/halld/logs.h"
#include "app/halld/serve.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/notify.h"

#define CERT_WARN_MS (30ull * 86400000)

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
    if (atr_tls_expires_at(tls) < atr_clock_wall_ms() + CERT_WARN_MS) {
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
    return atr_cli_fail(
        h->cli, err == ATR_ERR_STATE ? ATR_EXIT_FAILED : atr_cli_exit_of(err),
        "%s", fault.text);
}

static uint32_t generation_for(void *context, const uint8_t hm[32])
{
    const atr_halld *h = context;
    uint32_t said = atr_generations_of(h->settings.generations, hm);
    uint32_t heard = atr_authorities_generation(h->authorities, hm);

    return said > heard ? said : heard;
}

static int open_hall(atr_halld *h)
{
    atr_hall_config config = {.store = &h->logs,
                              .limits = h->settings.limits,
                              .kem_for = atr_kems_for,
                              .kem_context = &h->kems,
                              .unix_ms = atr_clock_wall_ms(),
                              .generation_for = generation_for,
                              .generation_context = h};
    uint8_t seed[ATR_SEED_BYTES];
    void *memory = calloc(1, atr_hall_size());
    atr_err err = ATR_ERR_LIMIT;

    h->logs = atr_logs_of(h->store);
    h->mem = (atr_mem){.resize = resize, .limit = h->settings.memory_max};
    h->kems.max = SIZE_MAX; /* rooms that stand are never refused */
    atr_entropy_seed(seed);
    if (memory) {
        h->hall = atr_hall_init(memory, &config, &h->mem, seed,
                                atr_loop_now(h->loop), &err);
    }
    h->kems.max = h->settings.authorities_max;
    if (h->hall && atr_kems_only(&h->kems, h->settings.authorities) != ATR_OK) {
        h->kems.max = 0; /* no memory: then none */
    }
    atr_wipe(seed, sizeof seed);
    if (h->hall) {
        return 0;
    }
    free(memory);
    return atr_cli_fail(
        h->cli, atr_cli_exit_of(err), "%s: %s: %s", h->settings.store,
        err == ATR_ERR_INPUT ? "damaged rooms" : "cannot be loaded",
        atr_err_text(err));
}

static int open_authorities(atr_halld *h)
{
    atr_fault fault = {""};
    atr_err err = atr_halld_ask(&h->authorities, h, &h->settings, &fault);

    return err == ATR_OK
               ? 0
               : atr_cli_fail(h->cli, atr_cli_exit_of(err), "%s", fault.text);
}

static int open_server(atr_halld *h)
{
    const atr_halld_settings *s = &h->settings;
    atr_server_options options = atr_halld_server_options(s);
    atr_server_handler handler = atr_halld_handler(h);
    atr_tls *tls = NULL;
    atr_fault fault;
    atr_err err = atr_selfcert_open(&tls, &s->cert, s->name, &fault);
    int code;

    if (err != ATR_OK) {
        return atr_cli_fail(h->cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    options.tls = tls;
    err = atr_server_open(&h->server, h->loop, &options, &handler, &fault);
    if (err == ATR_OK && atr_halld_watch(h) == ATR_OK) {
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
    if (atr_loop_open(&h->loop) != ATR_OK) {
        return atr_cli_fail(h->cli, ATR_EXIT_FAILED, "no event loop");
    }
    return 0;
}

static int serve(atr_halld *h)
{
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
                            "acknowledged",
                            h->settings.store);
    }
    atr_log_event(&h->log, ATR_LOG_INFO, "stopped", "%s", "");
    return ATR_EXIT_DONE;
}

static void close_all(atr_halld *h)
{
    atr_authorities_close(h->authorities);
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
    atr_halld_use_log(&h, &h.settings);
    if ((code = open_loop(&h)) == 0 && (code = open_store(&h)) == 0 &&
        (code = open_hall(&h)) == 0 && (code = open_authorities(&h)) == 0 &&
        (code = open_server(&h)) == 0) {
        code = serve(&h);
    }
    close_all(&h);
    return code;
}
