#include <stdlib.h>

#include "app/armour.h"
#include "app/kmsd/desk.h"

/* Puts the request of a file into the register, as if it had been posted. */
static int take_file(atr_desk *d, uint8_t id[32], const char *path)
{
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    const atr_offer offer = atr_node_offer(d->node);
    atr_statement s = {.kind = ATR_STATEMENT_REQUEST,
                       .text = ATR_LITERAL("from a file")};
    atr_enrol_request request;
    char attributes[ATR_ATTRS_TEXT_MAX];
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
    if (atr_offer_admits(attributes, &offer, &request, &fault) != ATR_OK) {
        return atr_cli_fail(d->cli, ATR_EXIT_DENIED, "%s: %s", path,
                            fault.text);
    }
    atr_enrol_request_id(id, d->node->abe.hm, &request);
    s.request = (atr_bytes){bytes, len};
    return atr_desk_put(d, &s);
}

typedef struct {
    const atr_cli *cli;
    int code;
} writing;

static atr_err write_partial(void *context, atr_bytes sealed)
{
    writing *w = context;
    const char *path = atr_cli_value(w->cli, "output");
    atr_file_how how =
        atr_cli_has(w->cli, "force") ? ATR_FILE_REPLACE : ATR_FILE_NEW;
    char *text = malloc(atr_armour_len(ATR_ARMOUR_PARTIAL, sealed.len));
    atr_draft draft;
    atr_bytes bytes;
    atr_fault fault;
    atr_err err;

    if (!text) {
        return ATR_ERR_LIMIT;
    }
    atr_armour_write(text, ATR_ARMOUR_PARTIAL, sealed);
    bytes = (atr_bytes){(uint8_t *)text, strlen(text)};
    err = atr_draft_open(&draft, path ? path : "-", 0600, how, &fault);
    if (err == ATR_OK) {
        if ((err = atr_draft_write(&draft, bytes, &fault)) == ATR_OK) {
            err = atr_draft_commit(&draft, &fault);
        }
        atr_draft_drop(&draft);
    }
    free(text);
    if (err != ATR_OK) {
        w->code = atr_cli_fail(
            w->cli, err == ATR_ERR_STATE ? ATR_EXIT_UNSAFE : ATR_EXIT_FAILED,
            "%s", fault.text);
    }
    return ATR_OK; /* the ledger did not fail */
}

static int issue(atr_desk *d, atr_desk_entry *e)
{
    const char *path = atr_cli_value(d->cli, "request");
    writing w = {.cli = d->cli};
    uint8_t id[32];
    int code = path ? take_file(d, id, path)
                    : atr_desk_resolve(d, id, d->cli->operands[0]);

    if (code != 0 || (code = atr_desk_approve(d, id, e)) != 0) {
        return code;
    }
    if (e->state == ATR_GRANT_WAITING) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                            "%u of %u approvals; it waits for the others",
                            e->approvals,
                            d->node->authority.registrars.approvals);
    }
    code = atr_desk_issue(d, id, write_partial, &w);
    return code ? code : w.code;
}

int atr_kmsd_issue(const atr_cli *cli)
{
    atr_desk_entry *e;
    atr_desk d;
    int code;

    if (atr_cli_has(cli, "request") == (cli->operand_count == 1)) {
        return atr_cli_usage(cli, "want an ID or --request FILE");
    }
    e = calloc(1, sizeof *e);
    if (!e) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_desk_open(&d, cli);
    if (code == 0) {
        code = issue(&d, e);
    }
    atr_desk_close(&d);
    free(e);
    return code;
}
