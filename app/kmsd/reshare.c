/* `refresh-shares` and `replace`: new shares of the same master secret, for the
 * same nodes or with one of them replaced. Here what there was and what is to
 * be made of it; reshare_make.c makes it.
 */
#include "app/kmsd/reshare.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/kmsd/ceremony_status.h"
#include "app/kmsd/lock.h"

#define LOCK "shares.lock" /* one of these a directory */

static bool has(const atr_resharing *r, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];

    return atr_path_join(path, r->dir, name) == ATR_OK && atr_path_exists(path);
}

/* What there was ----------------------------------------------------------- */

static const char *bundle_file(const atr_resharing *r)
{
    return r->replaced > 0 ? atr_cli_value(r->cli, "authority") : NULL;
}

/* The bundle that the operator of a new node was given. */
static int read_bundle(atr_resharing *r, const char *path)
{
    uint8_t *bytes = malloc(ATR_AUTHORITY_BYTES_MAX);
    atr_file file = {0};
    atr_fault fault;
    size_t len = 0;
    int code = 0;

    if (!bytes || atr_file_read(&file, path, 65536, &fault) != ATR_OK) {
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
static bool stands(int *code, atr_resharing *r, const atr_node *node)
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
    *code = atr_reshare_conclude(r);
    return true;
}

/* A node that is new has nothing but its keys, and is told of the authority. */
static int take_file(atr_resharing *r, const char *path)
{
    r->is_new = true;
    if (has(r, ATR_NODE_SHARE)) {
        return atr_cli_fail(r->cli, ATR_EXIT_UNSAFE,
                            "a share is there already: %s", r->dir);
    }
    return read_bundle(r, path);
}

/* Returns 0 to go on; `*done` when there is nothing more to do. */
static int open_before(atr_resharing *r, bool *done)
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
static int check_shape(const atr_resharing *r)
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

static int put_card(atr_resharing *r, const char *card)
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
static int check_moves(const atr_resharing *r)
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

static int find_peers(atr_resharing *r)
{
    atr_fault fault;
    atr_err err = atr_peers_open(&r->peers, &r->before.nodes, r->dir, &fault);
    int code = 0;

    if (err != ATR_OK) {
        return atr_reshare_fail(r, err, &fault);
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
        return atr_cli_usage(
            r->cli, r->is_new ? "--card is not that of this node "
                                "(attrium-kmsd card)"
                              : "this is the node to be replaced: begin in "
                                "an empty directory, with --authority");
    }
    return 0;
}

/* Beginning ---------------------------------------------------------------- */

/* Who this node is, and that nobody else does the same here. */
static int prepare(atr_resharing *r)
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
                   : atr_reshare_fail(r, err, &fault);
    }
    return 0;
}

static int plan(atr_resharing *r)
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
        code =
            atr_cli_fail(r->cli, ATR_EXIT_FAILED, "path too long: %s", r->dir);
    }
    return code;
}

static int reshare(const atr_cli *cli, uint8_t replaced)
{
    atr_resharing *r = calloc(1, sizeof *r);
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
        (code = r->is_new ? atr_reshare_new_secret(r)
                          : atr_reshare_open_share(r)) == 0) {
        code = atr_reshare_gather(r);
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
