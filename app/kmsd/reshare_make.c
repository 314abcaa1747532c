/* A ceremony of kind RESHARE (ceremony.h) in a process of its own, which opens
 * the old share as `run` does. While a `run` serves on the directory it is that
 * which shows the log to the others, and which is told of the new share; with
 * none, this listens in its place.
 */
#include "app/kmsd/reshare.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/kmsd/ceremony_status.h"
#include "app/kmsd/lock.h"
#include "app/kmsd/passphrase.h"
#include "app/kmsd/peer_status.h"
#include "host/clock.h"
#include "sym/hash.h"

#define TOLD_MS 20000 /* for `run` to open the new share */
#define ASK_MS 3000   /* for the others to say how far they are */

int atr_reshare_fail(const atr_resharing *r, atr_err err,
                     const atr_fault *fault)
{
    return atr_cli_fail(r->cli, atr_cli_exit_of(err), "%s", fault->text);
}

/* Afterwards --------------------------------------------------------------- */

/* The server opens what is new; until then it issues with the old share. */
static int tell_server(const atr_resharing *r, uint32_t generation)
{
    const atr_time end = atr_clock_now() + TOLD_MS;
    bool is_told = false;
    uint32_t has_now;
    pid_t pid;

    while (atr_lock_owner(&pid, &has_now, r->dir, ATR_KMSD_LOCK) &&
           r->run_fd < 0 && has_now < generation) {
        if (pid > 0 && !is_told) {
            is_told = kill(pid, SIGHUP) == 0;
        }
        if (atr_clock_now() > end) {
            return atr_cli_fail(r->cli, ATR_EXIT_FAILED,
                                "the share is new, but the server here does "
                                "not take it: start it again");
        }
        (void)usleep(50000);
    }
    return 0;
}

static int announce(const atr_resharing *r, const atr_node *node)
{
    const uint32_t generation = node->authority.nodes.generation;
    json_t *json;

    if (!r->cli->json) {
        printf("authority %s\nfingerprint %s\ngeneration %lu\n",
               node->name[0] ? node->name : "(no name)", node->fingerprint,
               (unsigned long)generation);
        return 0;
    }
    json = atr_cli_document();
    json_object_set_new(json, "name", json_string(node->name));
    json_object_set_new(json, "fingerprint", json_string(node->fingerprint));
    json_object_set_new(json, "generation", json_integer(generation));
    return atr_cli_print_json(r->cli, json);
}

int atr_reshare_conclude(const atr_resharing *r)
{
    atr_node *node = NULL;
    atr_ledger *ledger = NULL;
    uint32_t generation;
    atr_fault fault;
    int code;

    if ((code = atr_kmsd_open_node(&node, r->cli)) != 0 ||
        (code = atr_kmsd_open_ledger(&ledger, r->cli, node)) != 0) {
        goto out;
    }
    generation = node->authority.nodes.generation;
    atr_ledger_wait(ledger, TOLD_MS);
    if (atr_ledger_note(ledger, "refreshed", atr_clock_wall_ms()) != ATR_OK) {
        code = atr_cli_fail(r->cli, ATR_EXIT_FAILED, ATR_NODE_LEDGER ": %s",
                            atr_ledger_fault(ledger));
    } else if (atr_ceremony_forget(r->log, &fault) != ATR_OK) {
        code = atr_cli_fail(r->cli, ATR_EXIT_FAILED, "%s", fault.text);
    } else if ((code = tell_server(r, generation)) == 0) {
        code = announce(r, node);
    }
out:
    atr_ledger_close(ledger);
    atr_node_close(node);
    return code;
}

static int settled(void *context)
{
    atr_resharing *r = context;
    const atr_dkg *dkg = atr_ceremony_dkg(r->ceremony);
    atr_nodes nodes = {.count = dkg->nodes, .generation = r->generation};
    const atr_node_renewal renewal = {
        .dir = r->dir,
        .before = &r->before,
        .nodes = &nodes,
        .universe = r->offered,
        .passphrase = {r->secret.data, r->secret.len}};
    atr_fault fault;
    atr_err err;

    for (uint8_t i = 0; i < dkg->nodes; i++) {
        nodes.entries[i].at = r->peers.peers[i].at;
        memcpy(nodes.entries[i].vk, atr_ceremony_vk(r->ceremony, i + 1),
               sizeof nodes.entries[i].vk);
    }
    err = atr_node_renew(&renewal, dkg, &fault);
    return err == ATR_OK ? atr_reshare_conclude(r)
                         : atr_reshare_fail(r, err, &fault);
}

/* The old share ------------------------------------------------------------ */

int atr_reshare_open_share(atr_resharing *r)
{
    atr_node *node = NULL;
    atr_node_share share = {0};
    bool locked = false;
    atr_fault fault = {{0}};
    atr_err err;
    int code = atr_kmsd_open_node(&node, r->cli);

    if (code != 0) {
        return code;
    }
    err = atr_node_share_is_locked(&locked, node, &fault);
    if (err == ATR_OK && locked) {
        code = atr_kmsd_passphrase(&r->secret, r->cli, false);
    }
    if (err == ATR_OK && code == 0 &&
        (err = atr_node_share_open(&share, node,
                                   (atr_bytes){r->secret.data, r->secret.len},
                                   &fault)) == ATR_OK) {
        r->old_share[0] = share.alpha;
        r->old_share[1] = share.s;
        if (share.node != r->own + 1) {
            code = atr_cli_fail(r->cli, ATR_EXIT_FAILED,
                                "the share here is that of node %u, the "
                                "certificate that of node %zu",
                                share.node, r->own + 1);
        }
    }
    atr_node_share_wipe(&share);
    atr_node_close(node);
    return err == ATR_OK ? code : atr_reshare_fail(r, err, &fault);
}

int atr_reshare_new_secret(atr_resharing *r)
{
    int code = atr_kmsd_universe(&r->offered, &r->universe, r->cli);

    return code == 0 && atr_kmsd_wants_passphrase(r->cli)
               ? atr_kmsd_passphrase(&r->secret, r->cli, true)
               : code;
}

/* The ceremony ------------------------------------------------------------- */

/* What all operators have to say and have alike. */
static atr_err hash_plan(uint8_t out[32], const atr_resharing *r)
{
    const uint8_t numbers[] = {r->threshold, r->replaced};
    uint8_t *bytes = malloc(ATR_AUTHORITY_BYTES_MAX);
    atr_builder b = atr_builder_of(bytes, ATR_AUTHORITY_BYTES_MAX);
    atr_hash hash;

    if (!bytes) {
        return ATR_ERR_LIMIT;
    }
    atr_authority_build(&b, &r->before);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/KMS/reshare"));
    atr_hash_field(&hash, atr_builder_bytes(&b));
    atr_hash_u32(&hash, r->generation);
    atr_hash_field(&hash, ATR_BYTES(numbers));
    for (size_t i = 0; i < r->peers.count; i++) {
        const char *card = r->peers.peers[i].card;

        atr_hash_field(&hash, (atr_bytes){(const uint8_t *)card, strlen(card)});
    }
    atr_hash_final(&hash, out);
    free(bytes);
    return ATR_OK;
}

/* The public side of the old shares; at 0 that of the secret itself. */
static atr_err take_old(atr_resharing *r)
{
    const atr_authority *a = &r->before;

    r->old[0].a[0] = a->mpk.a;
    memcpy(r->old[0].a + 1, a->issue.a, a->issue.nodes * sizeof a->issue.a[0]);
    if (!atr_authority_gives_identities(a)) {
        return ATR_OK;
    }
    memcpy(r->old[1].p + 1, a->identities.issue.p,
           a->issue.nodes * sizeof a->identities.issue.p[0]);
    return atr_g2_read(&r->old[1].p[0], a->identities.mpk + 1);
}

static atr_err open_ceremony(atr_resharing *r, atr_fault *fault)
{
    const bool both = atr_authority_gives_identities(&r->before);
    atr_ceremony_plan plan = {
        .dir = r->log,
        .what = {.kind = ATR_DKG_RESHARE,
                 .nodes = r->before.issue.nodes,
                 .threshold = r->threshold,
                 .self = (uint8_t)(r->own + 1),
                 .scheme = r->before.mpk.scheme,
                 .secrets = both ? 2 : 1,
                 .group = {ATR_DKG_GT, both ? ATR_DKG_G2 : (atr_dkg_group)0},
                 .old_threshold = r->before.issue.threshold,
                 .old = r->old,
                 .old_share = r->is_new ? NULL : r->old_share},
        .key = &r->key,
        .passphrase = {r->secret.data, r->secret.len}};
    atr_err err;

    if ((err = hash_plan(plan.plan, r)) != ATR_OK ||
        (err = take_old(r)) != ATR_OK) {
        return atr_fault_set(fault, err, "no memory, or a damaged authority");
    }
    for (uint8_t i = 0; i < plan.what.nodes; i++) {
        if (i + 1 != r->replaced) {
            plan.what.old_node[i] = (uint8_t)(i + 1);
            memcpy(plan.what.vk[i], r->before.nodes.entries[i].vk,
                   sizeof plan.what.vk[i]);
        }
    }
    err = atr_ceremony_open(&r->ceremony, &plan, fault);
    return err == ATR_OK ? atr_ceremony_keep_cards(r->log, &r->peers, fault)
                         : err;
}

int atr_kmsd_overtaken(const atr_cli *cli, size_t by)
{
    return atr_cli_fail(cli, ATR_EXIT_EXPIRED,
                        "node %zu has shares of a later generation: the share "
                        "here is of one before it, as from a backup, and of no "
                        "use any more; replace this node",
                        by);
}

/* Whether the others have come further without this node: then nobody will ever
 * answer. */
static int check_others(atr_resharing *r)
{
    atr_peer_status peers[ATR_ISSUE_NODES_MAX];
    atr_ledger *ledger = NULL;
    atr_node *node = NULL;
    size_t by = 0;
    int code = 0;

    if (r->is_new || atr_ceremony_is_begun(r->log)) {
        return 0;
    }
    if ((code = atr_kmsd_open_node(&node, r->cli)) == 0 &&
        (code = atr_kmsd_open_ledger(&ledger, r->cli, node)) == 0 &&
        atr_peers_ask(peers, &r->peers, r->own, r->tls, ledger, ASK_MS) ==
            ATR_OK) {
        by = atr_peers_overtaken(peers, &r->peers, r->own, r->generation);
    }
    atr_ledger_close(ledger);
    atr_node_close(node);
    return by > 0 ? atr_kmsd_overtaken(r->cli, by) : code;
}

int atr_reshare_gather(atr_resharing *r)
{
    atr_gathering with = {.cli = r->cli,
                          .peers = &r->peers,
                          .own = r->own,
                          .tls = r->tls,
                          .place = &r->place,
                          .dir = r->dir,
                          .generation = r->generation,
                          .settled = settled,
                          .context = r};
    atr_fault fault;
    atr_err err = atr_lock_take(&r->run_fd, r->dir, ATR_KMSD_LOCK, &fault);
    int code;

    with.is_shown = err == ATR_ERR_STATE;
    if (err != ATR_OK && err != ATR_ERR_STATE) {
        return atr_reshare_fail(r, err, &fault);
    }
    if ((code = check_others(r)) != 0) {
        return code;
    }
    if ((err = open_ceremony(r, &fault)) != ATR_OK) {
        return atr_reshare_fail(r, err, &fault);
    }
    with.ceremony = r->ceremony;
    return atr_gather(&with);
}
