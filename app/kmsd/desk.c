#include "app/kmsd/desk.h"

#include <stdlib.h>

#include "app/kmsd/passphrase.h"
#include "host/clock.h"

int atr_desk_open(atr_desk *d, const atr_cli *cli)
{
    int code;

    *d = (atr_desk){.cli = cli};
    code = atr_kmsd_open_node(&d->node, cli);
    return code ? code : atr_kmsd_open_ledger(&d->ledger, cli, d->node);
}

void atr_desk_close(atr_desk *d)
{
    atr_node_share_wipe(&d->share);
    atr_ledger_close(d->ledger);
    atr_node_close(d->node);
}

int atr_desk_ledger_failed(const atr_desk *d, atr_err err)
{
    return atr_cli_fail(d->cli, atr_cli_exit_of(err), ATR_NODE_LEDGER ": %s",
                        atr_ledger_fault(d->ledger));
}

static int open_share(atr_desk *d)
{
    atr_secret secret = {0};
    atr_fault fault;
    atr_err err;
    bool locked = false;
    int code = 0;

    if (d->has_share) {
        return 0;
    }
    err = atr_node_share_is_locked(&locked, d->node, &fault);
    if (err == ATR_OK && locked) {
        code = atr_kmsd_passphrase(&secret, d->cli, false);
    }
    if (err == ATR_OK && code == 0) {
        err = atr_node_share_open(&d->share, d->node,
                                  (atr_bytes){secret.data, secret.len}, &fault);
        d->has_share = err == ATR_OK;
    }
    atr_secret_wipe(&secret);
    return err == ATR_OK
               ? code
               : atr_cli_fail(d->cli, atr_cli_exit_of(err), "%s", fault.text);
}

static atr_err take_entry(void *context, const atr_grant *grant)
{
    atr_desk_entry *e = context;

    if (grant->request.len > sizeof e->bytes ||
        grant->sealed.len > sizeof e->sealed) {
        return ATR_ERR_AUTH;
    }
    e->state = grant->state;
    e->len = grant->request.len;
    memcpy(e->bytes, grant->request.data, e->len);
    e->sealed_len = grant->sealed.len;
    if (e->sealed_len > 0) {
        memcpy(e->sealed, grant->sealed.data, e->sealed_len);
    }
    return ATR_OK;
}

/* Issues and stores. Whoever decides first wins: when the request is not
 * waiting any more, what was issued here is forgotten. */
static int issue_and_store(atr_desk *d, const uint8_t id[32],
                           const atr_desk_entry *e)
{
    atr_enrol_request *request = calloc(1, sizeof *request);
    uint8_t *sealed = malloc(ATR_ENROL_SEALED_BYTES_MAX);
    atr_builder b = atr_builder_of(sealed, ATR_ENROL_SEALED_BYTES_MAX);
    uint8_t again[32];
    atr_err err = ATR_ERR_AUTH;
    int code = 0;

    if (!request || !sealed) {
        code = atr_cli_fail(d->cli, ATR_EXIT_FAILED, "no memory");
        goto out;
    }
    if (atr_enrol_request_read(request, (atr_bytes){e->bytes, e->len}) ==
        ATR_OK) {
        atr_enrol_request_id(again, d->node->abe.hm, request);
        err = memcmp(again, id, sizeof again) == 0 ? ATR_OK : ATR_ERR_AUTH;
    }
    if (err != ATR_OK) {
        code = atr_cli_fail(d->cli, ATR_EXIT_CORRUPT,
                            ATR_NODE_LEDGER ": a damaged request");
        goto out;
    }
    if ((err = atr_node_issue(&b, d->node, &d->share, request)) != ATR_OK) {
        code = atr_cli_fail(d->cli, atr_cli_exit_of(err),
                            "the key that was made is wrong; not given out");
        goto out;
    }
    err = atr_ledger_grant(d->ledger, id, atr_clock_wall_ms(),
                           atr_builder_bytes(&b));
    if (err == ATR_ERR_STATE) {
        code =
            atr_cli_fail(d->cli, ATR_EXIT_FAILED, "it is not waiting any more");
    } else if (err != ATR_OK) {
        code = atr_desk_ledger_failed(d, err);
    }
out:
    free(request);
    free(sealed);
    return code;
}

int atr_desk_find(atr_desk *d, const uint8_t id[32], atr_desk_entry *e)
{
    atr_err err = atr_ledger_find(d->ledger, id, take_entry, e);

    return err == ATR_OK ? 0 : atr_desk_ledger_failed(d, err);
}

/* Grants what waits. What was granted before stays as it is. */
int atr_desk_grant(atr_desk *d, const uint8_t id[32], atr_desk_entry *e)
{
    int code = atr_desk_find(d, id, e);

    if (code != 0 || e->state == ATR_GRANT_APPROVED ||
        e->state == ATR_GRANT_ISSUED) {
        return code;
    }
    if (e->state == ATR_GRANT_DENIED) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                            "the request was denied; ask for a new one");
    }
    if (e->state == ATR_GRANT_EXPIRED) {
        return atr_cli_fail(d->cli, ATR_EXIT_EXPIRED,
                            "the request has expired; ask for a new one");
    }
    if ((code = open_share(d)) == 0) {
        code = issue_and_store(d, id, e);
    }
    return code;
}

int atr_desk_resolve(atr_desk *d, uint8_t id[32], const char *prefix)
{
    atr_fault fault;
    atr_err err = atr_ledger_resolve(id, d->ledger, prefix, &fault);

    if (err == ATR_OK) {
        return 0;
    }
    if (err == ATR_ERR_INPUT) {
        return atr_cli_usage(d->cli, "%s", fault.text);
    }
    return atr_cli_fail(
        d->cli, err == ATR_ERR_AUTH ? ATR_EXIT_CORRUPT : ATR_EXIT_FAILED, "%s",
        fault.text);
}
