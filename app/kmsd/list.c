#include <stdio.h>
#include <time.h>

#include "app/armour.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/node_key.h"

#define SHORT_ID 12 /* digits */

/* 2026-01-31 09:30 in UTC. */
static void time_text(char out[32], uint64_t at)
{
    time_t seconds = (time_t)(at / 1000);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || !strftime(out, 32, "%F %H:%M", &tm)) {
        strcpy(out, "?");
    }
}

static void clean_text(char *out, size_t cap, const char *text)
{
    atr_cli_clean(out, cap, (atr_bytes){(const uint8_t *)text, strlen(text)});
}

typedef struct {
    bool all;
    json_t *list; /* or NULL: lines */
    size_t count;
} listing;

static json_t *grant_json(const atr_grant *grant)
{
    char hex[2 * ATR_LEDGER_ID_BYTES + 1];
    char note[ATR_LEDGER_NOTE_BYTES_MAX + 1];

    atr_hex_write(hex, ATR_BYTES(grant->id));
    clean_text(note, sizeof note, grant->note);
    return json_pack("{s:s, s:I, s:I, s:s, s:i, s:s, s:s, s:s}", "id", hex,
                     "at_ms", (json_int_t)grant->at, "expires_at_ms",
                     (json_int_t)grant->expires_at, "state",
                     atr_grant_state_text(grant->state), "approvals",
                     (int)grant->approvals, "attributes", grant->attributes,
                     "note", note, "reason", grant->reason);
}

static void print_grant(const atr_grant *grant)
{
    char hex[2 * ATR_LEDGER_ID_BYTES + 1];
    char note[ATR_LEDGER_NOTE_BYTES_MAX + 1];
    char when[32];

    atr_hex_write(hex, ATR_BYTES(grant->id));
    clean_text(note, sizeof note, grant->note);
    time_text(when, grant->at);
    printf("%.*s  %s  %-8s  %s%s%s%s\n", SHORT_ID, hex, when,
           atr_grant_state_text(grant->state), grant->attributes,
           note[0] ? "  \"" : "", note, note[0] ? "\"" : "");
}

static atr_err list_one(void *context, const atr_grant *grant)
{
    listing *l = context;

    if (!l->all && grant->state != ATR_GRANT_WAITING) {
        return ATR_OK;
    }
    l->count++;
    if (!l->list) {
        print_grant(grant);
        return ATR_OK;
    }
    return json_array_append_new(l->list, grant_json(grant)) == 0
               ? ATR_OK
               : ATR_ERR_LIMIT;
}

/* Opens node and ledger; prints what goes wrong. */
static int open_both(atr_node **node, atr_ledger **ledger, const atr_cli *cli)
{
    int code = atr_kmsd_open_node(node, cli);

    return code ? code : atr_kmsd_open_ledger(ledger, cli, *node);
}

static int ledger_failed(const atr_cli *cli, const atr_ledger *ledger,
                         atr_err err)
{
    return atr_cli_fail(cli, atr_cli_exit_of(err), ATR_NODE_LEDGER ": %s",
                        atr_ledger_fault(ledger));
}

int atr_kmsd_requests(const atr_cli *cli)
{
    listing l = {.all = atr_cli_has(cli, "all"),
                 .list = cli->json ? json_array() : NULL};
    atr_node *node = NULL;
    atr_ledger *ledger = NULL;
    json_t *document;
    atr_err err;
    int code = open_both(&node, &ledger, cli);

    if (code == 0) {
        err = atr_ledger_each(ledger, list_one, &l);
        code = err == ATR_OK ? 0 : ledger_failed(cli, ledger, err);
    }
    if (code == 0 && l.list) {
        document = atr_cli_document();
        json_object_set(document, "requests", l.list);
        code = atr_cli_print_json(cli, document);
    } else if (code == 0 && l.count == 0) {
        atr_cli_note(cli, "no request%s", l.all ? "" : " is waiting");
    }
    json_decref(l.list);
    atr_ledger_close(ledger);
    atr_node_close(node);
    return code;
}

static void print_entry(const atr_audit_entry *entry)
{
    char hex[2 * ATR_LEDGER_ID_BYTES + 1] = "-";
    char when[32];

    if (entry->id.len == ATR_LEDGER_ID_BYTES) {
        atr_hex_write(hex, entry->id);
    }
    time_text(when, entry->at);
    printf("%llu  %s  %-9s  %.*s  %s\n", (unsigned long long)entry->seq, when,
           entry->event, SHORT_ID, hex, entry->attributes);
}

static atr_err show_entry(void *context, const atr_audit_entry *entry)
{
    json_t *list = context;
    char hex[2 * ATR_LEDGER_ID_BYTES + 1] = "";

    if (!list) {
        print_entry(entry);
        return ATR_OK;
    }
    if (entry->id.len == ATR_LEDGER_ID_BYTES) {
        atr_hex_write(hex, entry->id);
    }
    return json_array_append_new(
               list, json_pack("{s:I, s:I, s:s, s:s, s:s}", "seq",
                               (json_int_t)entry->seq, "at_ms",
                               (json_int_t)entry->at, "event", entry->event,
                               "id", hex, "attributes", entry->attributes)) == 0
               ? ATR_OK
               : ATR_ERR_LIMIT;
}

/* A node that has signed nothing may have no key yet. */
static int read_vk(uint8_t vk[32], const atr_cli *cli, const atr_node *node)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_node_key key;
    atr_fault fault;
    atr_err err;

    memset(vk, 0, 32);
    if (atr_path_join(path, node->dir, ATR_NODE_KEY) != ATR_OK ||
        !atr_path_exists(path)) {
        return 0;
    }
    err = atr_node_key_open(&key, node->dir, &fault);
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    memcpy(vk, key.vk, sizeof key.vk);
    atr_node_key_wipe(&key);
    return 0;
}

int atr_kmsd_check_trace(atr_trace_audit *out, const atr_cli *cli,
                         const atr_node *node, atr_ledger *ledger)
{
    uint8_t vk[32];
    atr_err err;
    int code = read_vk(vk, cli, node);

    if (code != 0) {
        return code;
    }
    err = atr_ledger_trace_audit(out, ledger, vk);
    if (err == ATR_ERR_AUTH) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT, "trace: %s %llu", out->wrong,
                            (unsigned long long)out->at);
    }
    return err == ATR_OK ? 0 : ledger_failed(cli, ledger, err);
}

/* What an audit says at its end. */
typedef struct {
    json_t *entries; /* or NULL: lines */
    uint8_t head[32];
    atr_trace_audit trace; /* of `verify` */
} auditing;

static int audit_chain(auditing *a, const atr_cli *cli, atr_ledger *ledger,
                       bool show)
{
    uint64_t broken = 0;
    atr_err err = atr_ledger_audit(a->head, &broken, ledger,
                                   show ? show_entry : NULL, a->entries);

    if (err == ATR_OK) {
        return 0;
    }
    return broken ? atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                                 "audit: entry %llu does not follow from the "
                                 "one before it",
                                 (unsigned long long)broken)
                  : ledger_failed(cli, ledger, err);
}

static int print_audit(const auditing *a, const atr_cli *cli, bool show)
{
    const atr_merkle_head *tree = &a->trace.head.tree;
    char hex[65];
    char root[65];
    json_t *json;

    atr_hex_write(hex, ATR_BYTES(a->head));
    atr_hex_write(root, ATR_BYTES(tree->root));
    if (!cli->json) {
        if (!show) {
            printf("whole; head %s\ntrace whole; %llu entries, root %s\n", hex,
                   (unsigned long long)tree->size, root);
        }
        return 0;
    }
    json = atr_cli_document();
    if (show) {
        json_object_set(json, "entries", a->entries);
    } else {
        json_object_set_new(json, "trace",
                            json_pack("{s:I, s:s}", "size",
                                      (json_int_t)tree->size, "root", root));
    }
    json_object_set_new(json, "head", json_string(hex));
    return atr_cli_print_json(cli, json);
}

static int audit(const atr_cli *cli, bool show)
{
    auditing a = {.entries = cli->json ? json_array() : NULL};
    atr_node *node = NULL;
    atr_ledger *ledger = NULL;
    int code = open_both(&node, &ledger, cli);

    if (code == 0) {
        code = audit_chain(&a, cli, ledger, show);
    }
    if (code == 0 && !show) {
        code = atr_kmsd_check_trace(&a.trace, cli, node, ledger);
    }
    if (code == 0) {
        code = print_audit(&a, cli, show);
    }
    json_decref(a.entries);
    atr_ledger_close(ledger);
    atr_node_close(node);
    return code;
}

int atr_kmsd_audit(const atr_cli *cli)
{
    return audit(cli, true);
}

int atr_kmsd_audit_verify(const atr_cli *cli)
{
    return audit(cli, false);
}
