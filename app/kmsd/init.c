#include <stdio.h>

#include "app/armour.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/join.h"
#include "app/kmsd/passphrase.h"
#include "app/kmsd/universe.h"

/* Returns 0 to go on, else the exit code. */
static int read_shape(atr_node_plan *plan, const atr_peers *peers,
                      const atr_cli *cli)
{
    const char *scheme_name = atr_cli_value(cli, "scheme");
    const atr_scheme *scheme;
    uint64_t nodes = peers->count > 0 ? peers->count : 1;
    uint64_t threshold = 1;

    if (!scheme_name) {
        scheme_name = "fabeo";
    }
    scheme = atr_scheme_by_name(
        (atr_bytes){(const uint8_t *)scheme_name, strlen(scheme_name)});
    if (!scheme) {
        return atr_cli_usage(cli, "--scheme: want fabeo or w11: %s",
                             scheme_name);
    }
    if (!atr_cli_number(&nodes, cli, "shares", 1, ATR_ISSUE_NODES_MAX) ||
        !atr_cli_number(&threshold, cli, "threshold", 1, ATR_ISSUE_NODES_MAX)) {
        return ATR_EXIT_USAGE;
    }
    if (nodes != (peers->count > 0 ? peers->count : 1)) {
        return atr_cli_usage(cli, "--shares %u: want the cards of so many "
                                  "nodes, this one's too (--join)",
                             (unsigned)nodes);
    }
    if (threshold > nodes || (nodes > 1 && !atr_cli_has(cli, "threshold"))) {
        return atr_cli_usage(cli, "--threshold: want 1 to %u", (unsigned)nodes);
    }
    plan->scheme = scheme->id;
    plan->nodes = (uint8_t)nodes;
    plan->threshold = (uint8_t)threshold;
    return 0;
}

static int read_name(atr_node_plan *plan, const atr_cli *cli)
{
    const char *name = atr_cli_value(cli, "name");
    char shown[4 * ATR_AUTHORITY_NAME_BYTES_MAX + 1];

    plan->name = name ? name : "";
    if (strlen(plan->name) > ATR_AUTHORITY_NAME_BYTES_MAX) {
        return atr_cli_usage(cli, "--name: more than %d bytes",
                             ATR_AUTHORITY_NAME_BYTES_MAX);
    }
    atr_cli_clean(shown, sizeof shown,
                  (atr_bytes){(const uint8_t *)plan->name, strlen(plan->name)});
    if (strcmp(shown, plan->name) != 0) {
        return atr_cli_usage(cli, "--name: not printable UTF-8: %s", shown);
    }
    return 0;
}

/* --registrar, for administrators whose keys live elsewhere, and how many of
 * them it takes. None: the one that is made here. */
static int read_registrars(atr_registrars *out, const atr_cli *cli)
{
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES];
    uint64_t approvals = 1;
    const char *hex;

    while ((hex = atr_cli_value_at(cli, "registrar", out->count)) != NULL) {
        if (out->count == ATR_REGISTRARS_MAX) {
            return atr_cli_usage(cli, "at most %d registrars",
                                 ATR_REGISTRARS_MAX);
        }
        if (atr_hex_read(vk, sizeof vk, hex) != ATR_OK ||
            atr_registrars_find(out, vk) != 0) {
            return atr_cli_usage(cli,
                                 "--registrar: want the 64 digits of "
                                 "\"registrar new\", each once: %s",
                                 hex);
        }
        memcpy(out->vk[out->count++], vk, sizeof vk);
    }
    if (!atr_cli_number(&approvals, cli, "approvals", 1,
                        out->count > 0 ? out->count : 1)) {
        return ATR_EXIT_USAGE;
    }
    out->approvals = out->count > 0 ? (uint8_t)approvals : 0;
    return 0;
}

/* What only one node can make by itself has to be given to several. */
static int check_join(const atr_node_plan *plan, const atr_peers *peers,
                      const atr_cli *cli)
{
    if (peers->count > 0 && plan->registrars.count == 0) {
        return atr_cli_usage(cli, "--join: say who may approve: --registrar, "
                                  "the same at each node");
    }
    return 0;
}

int atr_kmsd_universe(atr_bytes *out, atr_file *file, const atr_cli *cli)
{
    const char *value = atr_cli_value(cli, "attributes");
    atr_fault fault;

    if (!value) {
        return 0;
    }
    if (atr_path_exists(value)) {
        if (atr_file_read(file, value, ATR_NODE_UNIVERSE_BYTES_MAX, &fault) !=
            ATR_OK) {
            return atr_cli_fail(cli, ATR_EXIT_FAILED, "--attributes: %s",
                                fault.text);
        }
        *out = (atr_bytes){file->data, file->len};
    } else {
        *out = (atr_bytes){(const uint8_t *)value, strlen(value)};
    }
    if (out->len > ATR_NODE_UNIVERSE_BYTES_MAX ||
        atr_universe_check(*out, &fault) != ATR_OK) {
        return atr_cli_usage(cli, "--attributes: %s",
                             out->len > ATR_NODE_UNIVERSE_BYTES_MAX
                                 ? "more than 64 KiB"
                                 : fault.text);
    }
    return 0;
}

/* Who lists what may be asked for has listed everything: then identities only
 * when that is said. */
static void read_identities(atr_node_plan *plan, const atr_cli *cli)
{
    plan->identities =
        atr_cli_has(cli, "identities") || !atr_cli_has(cli, "attributes");
}

static int read_period(atr_node_plan *plan, const atr_cli *cli)
{
    uint64_t ms = 0;
    int code = atr_kmsd_time(&ms, cli, "period");

    plan->period_s = (uint32_t)(ms / 1000);
    return code;
}

static int announce(const atr_cli *cli)
{
    atr_node *node = NULL;
    json_t *json;
    int code = atr_kmsd_open_node(&node, cli);

    if (code != 0) {
        return code;
    }
    if (cli->json) {
        json = atr_cli_document();
        json_object_set_new(json, "name", json_string(node->name));
        json_object_set_new(json, "scheme",
                            json_string(node->abe.scheme->name));
        json_object_set_new(json, "fingerprint",
                            json_string(node->fingerprint));
        if (node->id_fingerprint[0]) {
            json_object_set_new(json, "identities",
                                json_string(node->id_fingerprint));
        }
        code = atr_cli_print_json(cli, json);
    } else {
        printf("authority %s\nfingerprint %s\n",
               node->name[0] ? node->name : "(no name)", node->fingerprint);
        if (node->id_fingerprint[0]) {
            printf("identities %s\n", node->id_fingerprint);
        }
    }
    atr_node_close(node);
    return code;
}

int atr_kmsd_init(const atr_cli *cli)
{
    atr_node_plan plan = {.dir = atr_kmsd_dir(cli)};
    atr_peers peers;
    atr_file universe = {0};
    atr_secret secret = {0};
    atr_fault fault;
    atr_err err;
    int code;

    if ((code = atr_join_read(&peers, cli)) != 0 ||
        (code = read_shape(&plan, &peers, cli)) != 0 ||
        (code = read_name(&plan, cli)) != 0 ||
        (code = read_registrars(&plan.registrars, cli)) != 0 ||
        (code = read_period(&plan, cli)) != 0 ||
        (code = check_join(&plan, &peers, cli)) != 0 ||
        (code = atr_kmsd_universe(&plan.universe, &universe, cli)) != 0) {
        goto out;
    }
    read_identities(&plan, cli);
    if (atr_kmsd_wants_passphrase(cli)) {
        if ((code = atr_kmsd_passphrase(&secret, cli, true)) != 0) {
            goto out;
        }
        plan.passphrase = (atr_bytes){secret.data, secret.len};
    }
    if (peers.count > 0) {
        code = atr_join(&plan, &peers, cli, announce);
        goto out;
    }
    err = atr_node_make(&plan, &fault);
    code = err == ATR_OK
               ? announce(cli)
               : atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
out:
    atr_secret_wipe(&secret);
    atr_file_wipe(&universe);
    return code;
}
