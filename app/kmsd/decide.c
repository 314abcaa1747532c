#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/passphrase.h"
#include "app/kmsd/universe.h"
#include "host/clock.h"

#define SHORT_ID 12

/* What a decision needs. The share is read only when something is to be
 * issued. */
typedef struct {
    const atr_cli *cli;
    atr_node *node;
    atr_ledger *ledger;
    atr_node_share share;
    bool has_share;
} desk;

static int open_desk(desk *d, const atr_cli *cli)
{
    int code;

    *d = (desk){.cli = cli};
    code = atr_kmsd_open_node(&d->node, cli);
    return code ? code : atr_kmsd_open_ledger(&d->ledger, cli, d->node);
}

static void close_desk(desk *d)
{
    atr_node_share_wipe(&d->share);
    atr_ledger_close(d->ledger);
    atr_node_close(d->node);
}

static int ledger_failed(const desk *d, atr_err err)
{
    return atr_cli_fail(d->cli, atr_cli_exit_of(err), ATR_NODE_LEDGER ": %s",
                        atr_ledger_fault(d->ledger));
}

static int open_share(desk *d)
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
                                  (atr_bytes){secret.data, secret.len},
                                  &fault);
        d->has_share = err == ATR_OK;
    }
    atr_secret_wipe(&secret);
    return err == ATR_OK
               ? code
               : atr_cli_fail(d->cli, atr_cli_exit_of(err), "%s", fault.text);
}

/* A request taken out of the ledger. */
typedef struct {
    atr_grant_state state;
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    size_t len;
    uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    size_t sealed_len;
} entry;

static atr_err take_entry(void *context, const atr_grant *grant)
{
    entry *e = context;

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
static int issue_and_store(desk *d, const uint8_t id[32], const entry *e)
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
        code = atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                            "somebody else has decided meanwhile");
    } else if (err != ATR_OK) {
        code = ledger_failed(d, err);
    }
out:
    free(request);
    free(sealed);
    return code;
}

static int find_entry(desk *d, const uint8_t id[32], entry *e)
{
    atr_err err = atr_ledger_find(d->ledger, id, take_entry, e);

    return err == ATR_OK ? 0 : ledger_failed(d, err);
}

/* Grants what waits. What was granted before stays as it is. */
static int grant(desk *d, const uint8_t id[32], entry *e)
{
    int code = find_entry(d, id, e);

    if (code != 0 || e->state == ATR_GRANT_APPROVED ||
        e->state == ATR_GRANT_ISSUED) {
        return code;
    }
    if (e->state == ATR_GRANT_DENIED) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                            "the request was denied; ask for a new one");
    }
    if ((code = open_share(d)) == 0) {
        code = issue_and_store(d, id, e);
    }
    return code;
}

static int resolve(desk *d, uint8_t id[32], const char *prefix)
{
    atr_fault fault;
    atr_err err = atr_ledger_resolve(id, d->ledger, prefix, &fault);

    if (err == ATR_OK) {
        return 0;
    }
    if (err == ATR_ERR_INPUT) {
        return atr_cli_usage(d->cli, "%s", fault.text);
    }
    return atr_cli_fail(d->cli,
                        err == ATR_ERR_AUTH ? ATR_EXIT_CORRUPT
                                            : ATR_EXIT_FAILED,
                        "%s", fault.text);
}

static void say_done(const desk *d, const uint8_t id[32], const char *what)
{
    char hex[65];

    atr_hex_write(hex, (atr_bytes){id, 32});
    if (d->cli->json) {
        json_t *json = atr_cli_document();

        json_object_set_new(json, "id", json_string(hex));
        json_object_set_new(json, "state", json_string(what));
        (void)atr_cli_print_json(d->cli, json);
    } else {
        printf("%s %.*s\n", what, SHORT_ID, hex);
    }
}

/* All ids are resolved before anything is decided. */
typedef int decide_fn(desk *d, const uint8_t id[32]);

static int decide_all(const atr_cli *cli, decide_fn *decide)
{
    uint8_t(*ids)[32] = calloc(cli->operand_count, 32);
    desk d;
    int code = open_desk(&d, cli);

    if (code == 0 && !ids) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    for (size_t i = 0; i < cli->operand_count && code == 0; i++) {
        code = resolve(&d, ids[i], cli->operands[i]);
    }
    for (size_t i = 0; i < cli->operand_count && code == 0; i++) {
        code = decide(&d, ids[i]);
    }
    close_desk(&d);
    free(ids);
    return code;
}

static int approve_one(desk *d, const uint8_t id[32])
{
    entry *e = calloc(1, sizeof *e);
    int code = e ? grant(d, id, e)
                 : atr_cli_fail(d->cli, ATR_EXIT_FAILED, "no memory");

    if (code == 0 && e->state != ATR_GRANT_WAITING) {
        atr_cli_note(d->cli, "approved already; nothing new is issued");
    }
    if (code == 0) {
        say_done(d, id, "approved");
    }
    free(e);
    return code;
}

int atr_kmsd_approve(const atr_cli *cli)
{
    return decide_all(cli, approve_one);
}

static int deny_one(desk *d, const uint8_t id[32])
{
    const char *text = atr_cli_value(d->cli, "reason");
    char reason[ATR_LEDGER_NOTE_BYTES_MAX + 1];
    atr_err err;

    atr_cli_clean(reason, sizeof reason,
                  (atr_bytes){(const uint8_t *)(text ? text : ""),
                              text ? strlen(text) : 0});
    err = atr_ledger_deny(d->ledger, id, atr_clock_wall_ms(), reason);
    if (err == ATR_ERR_STATE) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                            "that request is not waiting any more");
    }
    if (err != ATR_OK) {
        return ledger_failed(d, err);
    }
    say_done(d, id, "denied");
    return 0;
}

int atr_kmsd_deny(const atr_cli *cli)
{
    return decide_all(cli, deny_one);
}

/* Puts the request of a file into the ledger, as if it had been posted. */
static int take_file(desk *d, uint8_t id[32], const char *path)
{
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    char attributes[ATR_ATTRS_TEXT_MAX];
    atr_enrol_request request;
    atr_grant grant = {.at = atr_clock_wall_ms(),
                       .attributes = attributes,
                       .note = "from a file"};
    atr_file file = {0};
    atr_fault fault;
    size_t len = 0;
    atr_err err = atr_file_read(&file, path, 65536, &fault);

    if (err != ATR_OK) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    err = atr_armour_read(bytes, &len, sizeof bytes, ATR_ARMOUR_REQUEST,
                          (atr_bytes){file.data, file.len});
    atr_file_wipe(&file);
    if (err != ATR_OK ||
        atr_enrol_request_read(&request, (atr_bytes){bytes, len}) != ATR_OK) {
        return atr_cli_fail(d->cli, ATR_EXIT_CORRUPT, "not a request: %s",
                            path);
    }
    if (atr_universe_admits(attributes,
                            (atr_bytes){d->node->universe.data,
                                        d->node->universe.len},
                            &request.attrs, &fault) != ATR_OK) {
        return atr_cli_fail(d->cli, ATR_EXIT_DENIED, "%s: %s", path,
                            fault.text);
    }
    atr_enrol_request_id(id, d->node->abe.hm, &request);
    memcpy(grant.id, id, sizeof grant.id);
    grant.request = (atr_bytes){bytes, len};
    err = atr_ledger_put(d->ledger, &grant, UINT64_MAX);
    return err == ATR_OK ? 0 : ledger_failed(d, err);
}

static int write_partial(desk *d, const entry *e)
{
    const char *path = atr_cli_value(d->cli, "output");
    char *text = malloc(atr_armour_len(ATR_ARMOUR_PARTIAL, e->sealed_len));
    atr_draft draft;
    atr_bytes bytes;
    atr_fault fault;
    atr_err err;

    if (!text) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED, "no memory");
    }
    atr_armour_write(text, ATR_ARMOUR_PARTIAL,
                     (atr_bytes){e->sealed, e->sealed_len});
    bytes = (atr_bytes){(uint8_t *)text, strlen(text)};
    err = atr_draft_open(&draft, path ? path : "-", 0600,
                         atr_cli_has(d->cli, "force") ? ATR_FILE_REPLACE
                                                      : ATR_FILE_NEW,
                         &fault);
    if (err == ATR_OK) {
        if ((err = atr_draft_write(&draft, bytes, &fault)) == ATR_OK) {
            err = atr_draft_commit(&draft, &fault);
        }
        atr_draft_drop(&draft);
    }
    free(text);
    return err == ATR_OK
               ? 0
               : atr_cli_fail(d->cli,
                              err == ATR_ERR_STATE ? ATR_EXIT_UNSAFE
                                                   : ATR_EXIT_FAILED,
                              "%s", fault.text);
}

static int issue(desk *d, entry *e)
{
    const char *path = atr_cli_value(d->cli, "request");
    uint8_t id[32];
    int code = path ? take_file(d, id, path)
                    : resolve(d, id, d->cli->operands[0]);

    if (code == 0 && (code = grant(d, id, e)) == 0 &&
        (code = find_entry(d, id, e)) == 0 &&
        (code = write_partial(d, e)) == 0) {
        atr_err err =
            atr_ledger_collected(d->ledger, id, atr_clock_wall_ms());

        code = err == ATR_OK ? 0 : ledger_failed(d, err);
    }
    return code;
}

int atr_kmsd_issue(const atr_cli *cli)
{
    entry *e;
    desk d;
    int code;

    if (atr_cli_has(cli, "request") == (cli->operand_count == 1)) {
        return atr_cli_usage(cli, "want an ID or --request FILE");
    }
    e = calloc(1, sizeof *e);
    if (!e) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = open_desk(&d, cli);
    if (code == 0) {
        code = issue(&d, e);
    }
    close_desk(&d);
    free(e);
    return code;
}
