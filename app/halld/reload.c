#include "app/halld/serve.h"
#include "host/notify.h"

void atr_halld_use_log(atr_halld *h, const atr_halld_settings *settings)
{
    h->log.level = settings->log_level;
    h->log.json = settings->log_json;
}

atr_server_options atr_halld_server_options(const atr_halld_settings *s)
{
    return (atr_server_options){
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
}

static void risen(void *context)
{
    atr_halld *h = context;

    atr_hall_recheck(h->hall, atr_loop_now(h->loop));
    atr_loop_touch(h->loop); /* sets the next deadline */
}

atr_err atr_halld_ask(atr_authorities **out, atr_halld *h,
                      const atr_halld_settings *settings, atr_fault *fault)
{
    const atr_authorities_options options = {.every_ms =
                                                 settings->generations_ms,
                                             .log = &h->log,
                                             .before = h->authorities,
                                             .risen = risen,
                                             .context = h};
    atr_err err = atr_authorities_read(out, settings->bundles, fault);

    if (err == ATR_OK &&
        (err = atr_authorities_ask(*out, h->loop, &options, fault)) != ATR_OK) {
        atr_authorities_close(*out);
        *out = NULL;
    }
    return err;
}

/* What cannot change while the hall runs: where it listens and under which
 * name, where its rooms are, and the memory it has promised them. The table of
 * config.c says so of the same keys. Returns whether something of it would. */
static bool keep_fixed(atr_halld_settings *fresh, const atr_halld_settings *old)
{
    bool differs = strcmp(fresh->address, old->address) != 0 ||
                   fresh->port != old->port ||
                   strcmp(fresh->name, old->name) != 0 ||
                   strcmp(fresh->dir, old->dir) != 0 ||
                   strcmp(fresh->admin, old->admin) != 0 ||
                   fresh->admin_port != old->admin_port ||
                   fresh->memory_max != old->memory_max;

    memcpy(fresh->address, old->address, sizeof fresh->address);
    memcpy(fresh->name, old->name, sizeof fresh->name);
    memcpy(fresh->dir, old->dir, sizeof fresh->dir);
    memcpy(fresh->store, old->store, sizeof fresh->store);
    memcpy(fresh->admin, old->admin, sizeof fresh->admin);
    fresh->port = old->port;
    fresh->admin_port = old->admin_port;
    fresh->metrics_public = old->metrics_public;
    fresh->memory_max = old->memory_max;
    return differs;
}

/* All that may fail comes first: then either everything is in place or
 * nothing has changed. */
static atr_err apply(atr_halld *h, atr_halld_settings *fresh, atr_fault *fault)
{
    atr_server_options options = atr_halld_server_options(fresh);
    atr_authorities *authorities = NULL;
    atr_kems only = {0};
    atr_tls *tls = NULL;
    atr_err err = ATR_OK;

    if (fresh->cert.own) { /* in the directory that is in use */
        err = atr_selfcert_paths(&fresh->cert, fresh->dir, NULL, NULL, fault);
    }
    if (err != ATR_OK ||
        (err = atr_selfcert_open(&tls, &fresh->cert, fresh->name, fault)) !=
            ATR_OK) {
        return err;
    }
    if ((err = atr_halld_ask(&authorities, h, fresh, fault)) != ATR_OK) {
        goto out;
    }
    if ((err = atr_kems_only(&only, fresh->authorities)) != ATR_OK ||
        (err = atr_server_set_limits(h->server, &options)) != ATR_OK) {
        (void)atr_fault_set(fault, err, "no memory");
        goto out;
    }
    atr_server_set_tls(h->server, tls);
    atr_kems_take_only(&h->kems, &only);
    h->kems.max = fresh->authorities_max;
    atr_hall_set_limits(h->hall, &fresh->limits, atr_loop_now(h->loop));
    atr_halld_use_log(h, fresh);
    h->settings = *fresh;
    atr_authorities_close(h->authorities);
    h->authorities = authorities;
    authorities = NULL;
    risen(h);
out:
    atr_authorities_close(authorities);
    atr_kems_wipe(&only);
    atr_tls_close(tls);
    return err;
}

void atr_halld_reload(atr_halld *h)
{
    atr_halld_settings fresh;
    atr_fault fault = {""};
    bool restart;

    atr_notify("RELOADING=1");
    if (atr_halld_load(&fresh, h->cli) != 0) {
        atr_log_event(&h->log, ATR_LOG_ERROR, "reload",
                      "fault=\"the configuration has an error; kept\"");
        atr_notify("READY=1");
        return;
    }
    restart = keep_fixed(&fresh, &h->settings);
    if (apply(h, &fresh, &fault) != ATR_OK) {
        atr_log_event(&h->log, ATR_LOG_ERROR, "reload", "fault=\"%s\" kept=all",
                      fault.text);
    } else {
        atr_log_event(&h->log, ATR_LOG_INFO, "reloaded", "restart_needed=%s",
                      restart ? "yes" : "no");
    }
    atr_notify("READY=1");
}
