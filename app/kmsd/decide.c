#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/kmsd/desk.h"

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
    code = atr_desk_find(d, id, e);
    if (code == 0 &&
        (e->state == ATR_GRANT_APPROVED || e->state == ATR_GRANT_ISSUED)) {
        atr_cli_note(d->cli, "approved already; nothing new is said");
    }
    if (code == 0 && (code = atr_desk_approve(d, id, e)) == 0) {
        if (e->state == ATR_GRANT_WAITING) {
            atr_cli_note(d->cli, "%u of %u approvals; it waits for the others",
                         e->approvals, d->node->authority.registrars.approvals);
        }
        say_done(d, id, e->state == ATR_GRANT_WAITING ? "waiting" : "approved");
    }
    free(e);
    return code;
}

int atr_kmsd_approve(const atr_cli *cli)
{
    return decide_all(cli, approve_one);
}

/* A statement against a request: what is said afterwards, and what it may be
 * before. */
static int speak_against(atr_desk *d, const uint8_t id[32], atr_statement *s,
                         bool granted_too)
{
    atr_desk_entry *e = calloc(1, sizeof *e);
    int code;

    if (!e) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_desk_find(d, id, e);
    if (code == 0 && e->state != ATR_GRANT_WAITING &&
        !(granted_too &&
          (e->state == ATR_GRANT_APPROVED || e->state == ATR_GRANT_ISSUED))) {
        code = atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                            granted_too ? "that request is decided already"
                                        : "that request is not waiting any "
                                          "more");
    }
    memcpy(s->id, id, sizeof s->id);
    if (code == 0 && (code = atr_desk_sign(d, s)) == 0) {
        say_done(d, id, granted_too ? "withdrawn" : "denied");
    }
    free(e);
    return code;
}

static int deny_one(atr_desk *d, const uint8_t id[32])
{
    const char *text = atr_cli_value(d->cli, "reason");
    char reason[ATR_LEDGER_NOTE_BYTES_MAX + 1];
    atr_statement s = {.kind = ATR_STATEMENT_DENY};

    atr_cli_clean(reason, sizeof reason,
                  (atr_bytes){(const uint8_t *)(text ? text : ""),
                              text ? strlen(text) : 0});
    s.text = (atr_bytes){(const uint8_t *)reason, strlen(reason)};
    return speak_against(d, id, &s, false);
}

int atr_kmsd_deny(const atr_cli *cli)
{
    return decide_all(cli, deny_one);
}

static int withdraw_one(atr_desk *d, const uint8_t id[32])
{
    atr_statement s = {.kind = ATR_STATEMENT_WITHDRAW};

    return speak_against(d, id, &s, true);
}

int atr_kmsd_withdraw(const atr_cli *cli)
{
    return decide_all(cli, withdraw_one);
}

/* ---- revoke ---- */

/* All keys become useless at once: to be typed, or --force. */
static int confirm(const atr_cli *cli)
{
    char line[64];

    if (atr_cli_has(cli, "force")) {
        return 0;
    }
    if (!isatty(STDIN_FILENO)) {
        return atr_cli_usage(cli, "--force is needed without a terminal: every "
                                  "key must be fetched again");
    }
    fputs("Every key of this authority must be fetched again. "
          "Type \"revoke\" to go on: ",
          stderr);
    if (!fgets(line, sizeof line, stdin) || strcmp(line, "revoke\n") != 0) {
        return atr_cli_fail(cli, ATR_EXIT_UNSAFE, "nothing was revoked");
    }
    return 0;
}

int atr_kmsd_revoke(const atr_cli *cli)
{
    atr_statement s = {.kind = ATR_STATEMENT_GENERATION};
    atr_err err;
    atr_desk d;
    int code = atr_desk_open(&d, cli);

    if (code == 0 && (code = confirm(cli)) == 0) {
        err = atr_ledger_generation(&s.generation, d.ledger);
        s.generation++;
        code = err == ATR_OK ? atr_desk_sign(&d, &s)
                             : atr_desk_ledger_failed(&d, err);
    }
    if (code == 0 && cli->json) {
        json_t *json = atr_cli_document();

        json_object_set_new(json, "generation", json_integer(s.generation));
        code = atr_cli_print_json(cli, json);
    } else if (code == 0) {
        printf("generation %u\n", s.generation);
    }
    atr_desk_close(&d);
    return code;
}
