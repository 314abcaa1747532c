/* `refresh-shares` and `replace`: new shares of the same master secret, for the
 * same nodes or with one of them replaced.
 *
 * A ceremony of kind RESHARE (ceremony.h) in a process of its own, which opens
 * the old share as `run` does. While a `run` serves on the directory it is that
 * which shows the log to the others, and which is told of the new share; with
 * none, this listens in its place.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/kmsd/ceremony_status.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/gather.h"
#include "app/kmsd/lock.h"
#include "app/kmsd/passphrase.h"
#include "app/kmsd/peer_status.h"
#include "host/clock.h"
#include "sym/hash.h"

#define LOCK "shares.lock" /* one of these a directory */
#define TOLD_MS 20000      /* for `run` to open the new share */
#define ASK_MS 3000        /* for the others to say how far they are */

typedef struct {
    const atr_cli *cli;
    const char *dir;
    uint8_t replaced;  /* the node whose share is lost; 0: none */
    uint8_t threshold; /* of the new shares */
    bool is_new;       /* this node has had no share */
    atr_authority before;
    uint32_t generation; /* of the new shares */
    atr_peers peers;     /* by their new cards */
    size_t own;
    atr_place place;
    atr_tls *tls;
    atr_node_key key;
    atr_file universe; /* of this node, when it is new and has one */
    atr_bytes offered;
    atr_secret secret; /* of the old share and the new one */
    atr_fr old_share[ATR_DKG_SECRETS_MAX]; /* secret */
    atr_dkg_public old[ATR_DKG_SECRETS_MAX];
    char log[ATR_PATH_BYTES_MAX];
    atr_ceremony *ceremony;
    int lock_fd;
    int run_fd; /* that of `run`, while this listens in its place */
} resharing;

static int fail(const resharing *r, atr_err err, const atr_fault *fault)
{
    return atr_cli_fail(r->cli, atr_cli_exit_of(err), "%s", fault->text);
}

static bool has(const resharing *r, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];

    return atr_path_join(path, r->dir, name) == ATR_OK && atr_path_exists(path);
}

/* Afterwards --------------------------------------------------------------- */

/* The server opens what is new; until then it issues with the old share. */
static int tell_server(const resharing *r, uint32_t generation)
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

static int announce(const resharing *r, const atr_node *node)
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

/* The new share is there: note it, forget what it was made with, tell others.
 * After a kill all of it is done once more. */
static int conclude(const resharing *r)
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
    resharing *r = context;
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
    return err == ATR_OK ? conclude(r) : fail(r, err, &fault);
}

/* What there was ----------------------------------------------------------- */

static const char *bundle_file(const resharing *r)
{
    return r->replaced > 0 ? atr_cli_value(r->cli, "authority") : NULL;
}

/* The bundle that the operator of a new node was given. */
static int read_bundle(resharing *r, const char *path)
{
    uint8_t *bytes = malloc(ATR_AUTHORITY_BYTES_MAX);
    atr_file file = {0};
    atr_fault fault;
    size_t len = 0;
    int code = 0;

    if (!bytes ||
        atr_file_read(&file, path, 65536, &fault) != ATR_OK) {
        code = atr_cli_fail(r->cli, ATR_EXIT_FAILED, "%s",
                            bytes ? fault.text : "no memory");
    } else if (atr_armour_read(bytes, &len, ATR_AUTHORITY_BYTES_MAX,
                               ATR_ARMOUR_AUTHORITY,
                               (atr_bytes){file.data, file.len}) != ATR_OK ||
               atr_authority_read(&r->before, (atr_bytes){bytes, len}) !=
                   ATR_OK) {
        code = atr_cli_fail(r->cli, ATR_EXIT_CORRUPT,
                            "--authority: not an authority: %s", path);
    }
    atr_file_wipe(&file);
    free(bytes);
    return code;
}

/* A share that was made before, and perhaps not all that follows from it; of a
 * node that is new, from the bundle it was told of. */
static bool stands(int *code, resharing *r, const atr_node *node)
{
    const atr_authority *now = &node->authority;
    const uint32_t generation = now->nodes.generation;

    if (generation == 0 ||
        atr_ceremony_dir(r->log, r->dir, generation) != ATR_OK ||
        (r->is_new ? r->before.nodes.generation + 1 != generation ||
                         !atr_gt_equal(&r->before.mpk.a, &now->mpk.a)
                   : !atr_ceremony_is_begun(r->log))) {
        return false;
    }
    *code = conclude(r);
    return true;
}

/* A node that is new has nothing but its keys, and is told of the authority. */
static int take_file(resharing *r, const char *path)
{
    r->is_new = true;
    if (has(r, ATR_NODE_SHARE)) {
        return atr_cli_fail(r->cli, ATR_EXIT_UNSAFE,
                            "a share is there already: %s", r->dir);
    }
    return read_bundle(r, path);
}

/* Returns 0 to go on; `*done` when there is nothing more to do. */
static int open_before(resharing *r, bool *done)
{
    const char *file = bundle_file(r);
    atr_node *node = NULL;
    atr_fault fault;
    atr_err err = atr_node_open(&node, r->dir, &fault);
    int code = 0;

    if (err == ATR_ERR_STATE && file) {
        return take_file(r, file);
    }
    if (err != ATR_OK) {
        return atr_cli_fail(r->cli,
                            err == ATR_ERR_STATE ? ATR_EXIT_FAILED
                                                 : atr_cli_exit_of(err),
                            "%s", fault.text);
    }
    r->before = node->authority;
    r->is_new = file != NULL;
    if (r->is_new && (code = read_bundle(r, file)) != 0) {
        atr_node_close(node);
        return code;
    }
    if (stands(&code, r, node)) {
        *done = true;
    } else if (r->is_new) {
        code = atr_cli_fail(r->cli, ATR_EXIT_UNSAFE,
                            "--authority is for a node that is new, and one is "
                            "there already: %s",
                            r->dir);
    }
    atr_node_close(node);
    return code;
}

/* Whether new shares can be, and help. */
static int check_shape(const resharing *r)
{
    const atr_authority *a = &r->before;
    const unsigned dealers = a->issue.nodes - (r->replaced > 0);

    if (a->nodes.count != a->issue.nodes || a->issue.nodes < 2) {
        return atr_cli_fail(r->cli, ATR_EXIT_FAILED,
                            "the share of one node alone is the master secret: "
                            "no other can take its place (attrium-kmsd "
                            "backup)");
    }
    if (r->replaced == 0 && a->issue.threshold == 1) {
        return atr_cli_fail(r->cli, ATR_EXIT_FAILED,
                            "where one node issues alone each share is the "
                            "master secret: no other can take its place");
    }
    if (r->replaced > a->issue.nodes) {
        return atr_cli_usage(r->cli, "--node: want 1 to %u", a->issue.nodes);
    }
    if (dealers < a->issue.threshold) {
        return atr_cli_fail(r->cli, ATR_EXIT_FAILED,
                            "%u shares are left of the %u that it takes",
                            dealers, a->issue.threshold);
    }
    return a->nodes.generation == UINT32_MAX
               ? atr_cli_fail(r->cli, ATR_EXIT_FAILED, "no more generations")
               : 0;
}

/* The cards ---------------------------------------------------------------- */

static int put_card(resharing *r, const char *card)
{
    atr_peers others = {0};
    atr_fault fault;

    for (size_t i = 0; i < r->peers.count; i++) {
        if (i + 1 != r->replaced &&
            atr_peers_add(&others, r->peers.peers[i].card, &fault) != ATR_OK) {
            return atr_cli_fail(r->cli, ATR_EXIT_FAILED, "%s", fault.text);
        }
    }
    if (atr_peers_add(&others, card, &fault) != ATR_OK ||
        atr_card_parse(&r->peers.peers[r->replaced - 1], card, &fault) !=
            ATR_OK) {
        return atr_cli_usage(r->cli, "--card: %s", fault.text);
    }
    return 0;
}

/* What DIR/peers says must hold for the new list too. */
static int check_moves(const resharing *r)
{
    atr_nodes nodes = {.count = r->before.nodes.count};
    atr_peers peers;
    atr_fault fault;

    for (size_t i = 0; i < nodes.count; i++) {
        nodes.entries[i].at = r->peers.peers[i].at;
    }
    return atr_peers_open(&peers, &nodes, r->dir, &fault) == ATR_OK
               ? 0
               : atr_cli_fail(r->cli, ATR_EXIT_FAILED,
                              "%s (take the node that is replaced out of it)",
                              fault.text);
}

static int find_peers(resharing *r)
{
    atr_fault fault;
    atr_err err =
        atr_peers_open(&r->peers, &r->before.nodes, r->dir, &fault);
    int code = 0;

    if (err != ATR_OK) {
        return fail(r, err, &fault);
    }
    if (r->replaced > 0 &&
        ((code = put_card(r, atr_cli_value(r->cli, "card"))) != 0 ||
         (code = check_moves(r)) != 0)) {
        return code;
    }
    r->own = atr_peers_find(&r->peers, r->place.address.pin);
    if (r->own == r->peers.count) {
        return atr_cli_usage(r->cli, "no node of this authority, nor --card, "
                                     "has the certificate of this one");
    }
    if (r->is_new != (r->own + 1 == r->replaced)) {
        return atr_cli_usage(r->cli,
                             r->is_new
                                 ? "--card is not that of this node "
                                   "(attrium-kmsd card)"
                                 : "this is the node to be replaced: begin in "
                                   "an empty directory, with --authority");
    }
    return 0;
}

/* The old share ------------------------------------------------------------ */

static int open_share(resharing *r)
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
    return err == ATR_OK ? code : fail(r, err, &fault);
}

static int new_secret(resharing *r)
{
    int code = atr_kmsd_universe(&r->offered, &r->universe, r->cli);

    return code == 0 && atr_kmsd_wants_passphrase(r->cli)
               ? atr_kmsd_passphrase(&r->secret, r->cli, true)
               : code;
}

/* The ceremony ------------------------------------------------------------- */

/* What all operators have to say and have alike. */
static atr_err hash_plan(uint8_t out[32], const resharing *r)
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

        atr_hash_field(&hash,
                       (atr_bytes){(const uint8_t *)card, strlen(card)});
    }
    atr_hash_final(&hash, out);
    free(bytes);
    return ATR_OK;
}

/* The public side of the old shares; at 0 that of the secret itself. */
static atr_err take_old(resharing *r)
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

static atr_err open_ceremony(resharing *r, atr_fault *fault)
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
    return err == ATR_OK
               ? atr_ceremony_keep_cards(r->log, &r->peers, fault)
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
static int check_others(resharing *r)
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

static int gather(resharing *r)
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
        return fail(r, err, &fault);
    }
    if ((code = check_others(r)) != 0) {
        return code;
    }
    if ((err = open_ceremony(r, &fault)) != ATR_OK) {
        return fail(r, err, &fault);
    }
    with.ceremony = r->ceremony;
    return atr_gather(&with);
}

/* Beginning ---------------------------------------------------------------- */

/* Who this node is, and that nobody else does the same here. */
static int prepare(resharing *r)
{
    atr_node *node = NULL;
    atr_fault fault;
    atr_err err;
    int code = atr_place_read(&r->place, r->cli);

    if (code == 0 && !bundle_file(r)) {
        code = atr_kmsd_open_node(&node, r->cli);
        atr_node_close(node);
    }
    if (code != 0) {
        return code;
    }
    if ((err = atr_dir_make(r->dir, &fault)) != ATR_OK ||
        (err = atr_lock_take(&r->lock_fd, r->dir, LOCK, &fault)) != ATR_OK ||
        (err = atr_node_key_open(&r->key, r->dir, &fault)) != ATR_OK ||
        (err = atr_place_open_tls(&r->tls, &r->place, &fault)) != ATR_OK) {
        return err == ATR_ERR_STATE
                   ? atr_cli_fail(r->cli, ATR_EXIT_FAILED, "%s", fault.text)
                   : fail(r, err, &fault);
    }
    return 0;
}

static int plan(resharing *r)
{
    uint64_t threshold = r->before.issue.threshold;
    int code = check_shape(r);

    if (code == 0 && r->replaced > 0 &&
        !atr_cli_number(&threshold, r->cli, "threshold", 1,
                        r->before.issue.nodes)) {
        code = ATR_EXIT_USAGE;
    }
    r->threshold = (uint8_t)threshold;
    r->generation = r->before.nodes.generation + 1;
    if (code == 0 &&
        atr_ceremony_dir(r->log, r->dir, r->generation) != ATR_OK) {
        code = atr_cli_fail(r->cli, ATR_EXIT_FAILED, "path too long: %s",
                            r->dir);
    }
    return code;
}

static int reshare(const atr_cli *cli, uint8_t replaced)
{
    resharing *r = calloc(1, sizeof *r);
    bool done = false;
    int code;

    if (!r) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    (void)mlock(r, sizeof *r); /* where that is allowed */
    r->cli = cli;
    r->dir = atr_kmsd_dir(cli);
    r->replaced = replaced;
    r->lock_fd = r->run_fd = -1;
    if ((code = prepare(r)) == 0 && (code = open_before(r, &done)) == 0 &&
        !done && (code = plan(r)) == 0 && (code = find_peers(r)) == 0 &&
        (code = r->is_new ? new_secret(r) : open_share(r)) == 0) {
        code = gather(r);
    }
    atr_ceremony_close(r->ceremony);
    atr_tls_close(r->tls);
    atr_node_key_wipe(&r->key);
    atr_secret_wipe(&r->secret);
    atr_file_wipe(&r->universe);
    if (r->run_fd >= 0) {
        (void)close(r->run_fd);
    }
    if (r->lock_fd >= 0) {
        (void)close(r->lock_fd);
    }
    atr_wipe(r, sizeof *r);
    free(r);
    return code;
}

int atr_kmsd_refresh(const atr_cli *cli)
{
    return reshare(cli, 0);
}

int atr_kmsd_replace(const atr_cli *cli)
{
    uint64_t node = 0;

    if (!atr_cli_has(cli, "node") || !atr_cli_has(cli, "card")) {
        return atr_cli_usage(cli, "want --node and --card: which node is lost, "
                                  "and who takes its place");
    }
    if (!atr_cli_number(&node, cli, "node", 1, ATR_ISSUE_NODES_MAX)) {
        return ATR_EXIT_USAGE;
    }
    return reshare(cli, (uint8_t)node);
}
