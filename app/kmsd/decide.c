#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/kmsd/desk.h"
#include "host/clock.h"

#define SHORT_ID 12

static void say_done(const atr_desk *d, const uint8_t id[32], const char *what)
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
typedef int decide_fn(atr_desk *d, const uint8_t id[32]);

static int decide_all(const atr_cli *cli, decide_fn *decide)
{
    uint8_t(*ids)[32] = calloc(cli->operand_count, 32);
    atr_desk d;
    int code = atr_desk_open(&d, cli);

    if (code == 0 && !ids) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    for (size_t i = 0; i < cli->operand_count && code == 0; i++) {
        code = atr_desk_resolve(&d, ids[i], cli->operands[i]);
    }
    for (size_t i = 0; i < cli->operand_count && code == 0; i++) {
        code = decide(&d, ids[i]);
    }
    atr_desk_close(&d);
    free(ids);
    return code;
}

static int approve_one(atr_desk *d, const uint8_t id[32])
{
    atr_desk_entry *e = calloc(1, sizeof *e);
    int code;

    if (!e) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_desk_grant(d, id, e);
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

static int deny_one(atr_desk *d, const uint8_t id[32])
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
        return atr_desk_ledger_failed(d, err);
    }
    say_done(d, id, "denied");
    return 0;
}

int atr_kmsd_deny(const atr_cli *cli)
{
    return decide_all(cli, deny_one);
}
