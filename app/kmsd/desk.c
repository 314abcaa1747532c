#include "app/kmsd/desk.h"

#include <stdlib.h>

#include "app/kmsd/passphrase.h"
#include "app/kmsd/vault.h"
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
    atr_registrar_wipe(&d->registrar);
    atr_secret_wipe(&d->passphrase);
    atr_ledger_close(d->ledger);
    atr_node_close(d->node);
}

int atr_desk_ledger_failed(const atr_desk *d, atr_err err)
{
    return atr_cli_fail(d->cli, atr_cli_exit_of(err), ATR_NODE_LEDGER ": %s",
                        atr_ledger_fault(d->ledger));
}

static int failed(const atr_desk *d, atr_err err, const atr_fault *fault)
{
    return atr_cli_fail(d->cli, atr_cli_exit_of(err), "%s", fault->text);
}

/* The passphrase, when the file at hand is locked. */
static int unlock(atr_desk *d, bool locked)
{
    return locked && d->passphrase.len == 0
               ? atr_kmsd_passphrase(&d->passphrase, d->cli, false)
               : 0;
}

static atr_bytes passphrase(const atr_desk *d)
{
    return (atr_bytes){d->passphrase.data, d->passphrase.len};
}

/* ---- requests ---- */

static atr_err take_entry(void *context, const atr_grant *grant)
{
    atr_desk_entry *e = context;

    if (grant->request.len > sizeof e->bytes) {
        return ATR_ERR_AUTH;
    }
    e->state = grant->state;
    e->approvals = grant->approvals;
    e->len = grant->request.len;
    memcpy(e->bytes, grant->request.data, e->len);
    return ATR_OK;
}

/* Nothing is signed for an id whose request is another one. */
static bool is_whole(const atr_desk *d, const uint8_t id[32],
                     const atr_desk_entry *e)
{
    atr_enrol_request *request = malloc(sizeof *request);
    uint8_t again[32] = {0};

    if (request && atr_enrol_request_read(
                       request, (atr_bytes){e->bytes, e->len}) == ATR_OK) {
        atr_enrol_request_id(again, d->node->abe.hm, request);
    }
    free(request);
    return memcmp(again, id, sizeof again) == 0;
}

int atr_desk_find(atr_desk *d, const uint8_t id[32], atr_desk_entry *e)
{
    atr_err err = atr_ledger_find(d->ledger, id, take_entry, e);

    if (err != ATR_OK) {
        return atr_desk_ledger_failed(d, err);
    }
    return is_whole(d, id, e)
               ? 0
               : atr_cli_fail(d->cli, ATR_EXIT_CORRUPT,
                              ATR_NODE_LEDGER ": a damaged request");
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

/* ---- statements ---- */

static int registrar_path(char out[ATR_PATH_BYTES_MAX], const atr_desk *d)
{
    const char *path = atr_cli_value(d->cli, "registrar");

    if (path ? strlen(path) < ATR_PATH_BYTES_MAX
             : atr_path_join(out, d->node->dir, ATR_NODE_REGISTRAR) == ATR_OK) {
        if (path) {
            strcpy(out, path);
        }
        return 0;
    }
    return atr_cli_fail(d->cli, ATR_EXIT_FAILED, "path too long");
}

int atr_desk_unlock(atr_desk *d)
{
    const atr_registrars *all = &d->node->authority.registrars;
    char path[ATR_PATH_BYTES_MAX];
    bool locked = false;
    atr_fault fault;
    atr_err err;
    int code;

    if (d->signer != 0) {
        return 0;
    }
    if (all->count == 0) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                            "nobody may approve here yet; \"attrium-kmsd "
                            "registrar new\" makes this node's registrar");
    }
    if ((code = registrar_path(path, d)) != 0) {
        return code;
    }
    if ((err = atr_registrar_is_locked(&locked, path, &fault)) == ATR_OK &&
        (code = unlock(d, locked)) == 0) {
        err = atr_registrar_open(&d->registrar, path, passphrase(d), &fault);
    }
    if (err != ATR_OK || code != 0) {
        return code ? code : failed(d, err, &fault);
    }
    d->signer = atr_registrars_find(all, d->registrar.vk);
    return d->signer != 0 ? 0
                          : atr_cli_fail(d->cli, ATR_EXIT_DENIED,
                                         "this authority does not list the "
                                         "registrar of %s",
                                         path);
}

static int put_failed(const atr_desk *d, atr_err err)
{
    if (err == ATR_ERR_AUTH || err == ATR_ERR_IO) {
        return atr_desk_ledger_failed(d, err);
    }
    return atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                        err == ATR_ERR_LIMIT ? "too many requests wait"
                                             : "the ledger does not take it");
}

static void address(const atr_desk *d, atr_statement *s)
{
    s->at = atr_clock_wall_ms();
    memcpy(s->hm, d->node->abe.hm, sizeof s->hm);
}

static int put(atr_desk *d, const atr_statement *s)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_err err;

    atr_statement_build(&b, s);
    err = atr_ledger_put(d->ledger, atr_builder_bytes(&b), s->at);
    return err == ATR_OK ? 0 : put_failed(d, err);
}

int atr_desk_put(atr_desk *d, atr_statement *s)
{
    address(d, s);
    return put(d, s);
}

int atr_desk_sign(atr_desk *d, atr_statement *s)
{
    int code = atr_desk_unlock(d);

    if (code == 0) {
        address(d, s);
        atr_statement_sign(s, d->signer, d->registrar.secret);
        code = put(d, s);
    }
    return code;
}

/* Why a request cannot be approved. */
static int not_waiting(const atr_desk *d, atr_grant_state state)
{
    bool denied = state == ATR_GRANT_DENIED;

    return atr_cli_fail(d->cli, denied ? ATR_EXIT_FAILED : ATR_EXIT_EXPIRED,
                        "the request %s; ask for a new one",
                        denied                         ? "was denied"
                        : state == ATR_GRANT_WITHDRAWN ? "was withdrawn"
                                                       : "has expired");
}

static bool is_granted(atr_grant_state state)
{
    return state == ATR_GRANT_APPROVED || state == ATR_GRANT_ISSUED;
}

int atr_desk_approve(atr_desk *d, const uint8_t id[32], atr_desk_entry *e)
{
    atr_statement s = {.kind = ATR_STATEMENT_APPROVE, .until = ATR_FOR_EVER};
    uint64_t valid_ms = 0;
    int code;

    if ((code = atr_kmsd_time(&valid_ms, d->cli, "valid")) != 0 ||
        (code = atr_desk_find(d, id, e)) != 0 || is_granted(e->state)) {
        return code;
    }
    if (e->state != ATR_GRANT_WAITING) {
        return not_waiting(d, e->state);
    }
    if (valid_ms != 0) {
        s.until = atr_clock_wall_ms() + valid_ms;
    }
    memcpy(s.id, id, sizeof s.id);
    code = atr_desk_sign(d, &s);
    return code ? code : atr_desk_find(d, id, e);
}

/* ---- keys ---- */

/* What a key is made with. */
typedef struct {
    atr_node_share share; /* secret */
    atr_node_key key;     /* secret */
    atr_vault vault;
} workshop;

static int open_share(atr_desk *d, atr_node_share *share)
{
    bool locked = false;
    atr_fault fault;
    atr_err err = atr_node_share_is_locked(&locked, d->node, &fault);
    int code = 0;

    if (err == ATR_OK && (code = unlock(d, locked)) == 0) {
        err = atr_node_share_open(share, d->node, passphrase(d), &fault);
    }
    return err != ATR_OK ? failed(d, err, &fault) : code;
}

static int open_workshop(atr_desk *d, workshop *w)
{
    atr_fault fault;
    atr_err err;
    int code = open_share(d, &w->share);

    if (code != 0) {
        return code;
    }
    err = atr_node_key_find(&w->key, d->node, w->share.node, &fault);
    if (err != ATR_OK) {
        return failed(d, err, &fault);
    }
    if (atr_vault_init(&w->vault, d->node, d->ledger, &w->share, &w->key) !=
        ATR_OK) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED, "no memory");
    }
    err = atr_vault_begin(&w->vault, atr_clock_wall_ms());
    return err == ATR_OK ? 0 : atr_desk_ledger_failed(d, err);
}

static int make(atr_desk *d, atr_ledger_partial *job)
{
    workshop w = {0};
    int code = open_workshop(d, &w);

    if (code == 0) {
        atr_vault_issue(&w.vault, job, 1, atr_clock_wall_ms());
    }
    atr_vault_wipe(&w.vault);
    atr_node_key_wipe(&w.key);
    atr_node_share_wipe(&w.share);
    if (code != 0 || job->err == ATR_OK) {
        return code;
    }
    return job->err == ATR_ERR_AUTH
               ? atr_cli_fail(d->cli, ATR_EXIT_CORRUPT,
                              "a damaged ledger, or the key that was made is "
                              "wrong; nothing is given out")
               : atr_desk_ledger_failed(d, job->err);
}

int atr_desk_issue(atr_desk *d, const uint8_t id[32], atr_sealed_fn *found,
                   void *context)
{
    atr_ledger_partial job = {.err = ATR_OK};
    atr_err err;
    int code;

    memcpy(job.id, id, sizeof job.id);
    err = atr_vault_term(&job.term, d->node, d->ledger, atr_clock_wall_ms());
    if (err != ATR_OK) {
        return atr_desk_ledger_failed(d, err);
    }
    err = atr_ledger_issued(d->ledger, id, &job.term, found, context);
    if (err == ATR_ERR_STATE) {
        if ((code = make(d, &job)) != 0) {
            return code;
        }
        err = atr_ledger_issued(d->ledger, id, &job.term, found, context);
    }
    return err == ATR_OK ? 0 : atr_desk_ledger_failed(d, err);
}
