/* A node gets another share of the same secret. */
#include <stdlib.h>

#include "app/kmsd/next.h"
#include "app/kmsd/node_files.h"
#include "host/entropy.h"

static bool has(const char *dir, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];

    return atr_path_join(path, dir, name) == ATR_OK && atr_path_exists(path);
}

/* What a node that is new has besides; known to the others already. */
static atr_err settle_in(const atr_node_renewal *renewal, atr_fault *fault)
{
    atr_err err = ATR_OK;

    if (!has(renewal->dir, ATR_NODE_LEDGER)) {
        err = atr_node_make_ledger(renewal->dir, fault);
    }
    if (err == ATR_OK && renewal->universe.len > 0 &&
        !has(renewal->dir, ATR_NODE_UNIVERSE)) {
        err = atr_node_write_universe(renewal->dir, renewal->universe, fault);
    }
    return err;
}

static atr_err write_both(const atr_node_renewal *renewal,
                          const atr_authority *authority,
                          const atr_node_share *share, atr_fault *fault)
{
    char draft[ATR_PATH_BYTES_MAX];
    atr_rng rng;
    atr_err err;

    atr_entropy_rng(&rng);
    if ((err = atr_next_open(draft, renewal->dir, fault)) == ATR_OK &&
        (err = atr_node_write_share(draft, share, renewal->passphrase, &rng,
                                    fault)) == ATR_OK &&
        (err = atr_node_write_public(draft, authority, ATR_FILE_NEW, fault)) ==
            ATR_OK &&
        (err = atr_next_commit(renewal->dir, fault)) == ATR_OK) {
        err = atr_next_finish(renewal->dir, fault);
    }
    atr_rng_wipe(&rng);
    return err;
}

atr_err atr_node_renew(const atr_node_renewal *renewal, const atr_dkg *dkg,
                       atr_fault *fault)
{
    atr_authority *authority = malloc(sizeof *authority);
    atr_abe *abe = malloc(sizeof *abe);
    atr_node_share share = {0};
    atr_err err;

    if (!authority || !abe) {
        err = atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
        goto out;
    }
    *authority = *renewal->before;
    authority->nodes = *renewal->nodes;
    atr_node_take(authority, &share, dkg);
    if (!atr_authority_is_same(authority, renewal->before) ||
        atr_abe_init(abe, &authority->mpk) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_AUTH,
                            "what came out is another authority");
        goto out;
    }
    memcpy(share.hm, abe->hm, sizeof share.hm);
    if ((err = settle_in(renewal, fault)) == ATR_OK) {
        err = write_both(renewal, authority, &share, fault);
    }
out:
    atr_node_share_wipe(&share);
    free(authority);
    free(abe);
    return err;
}

atr_err atr_node_follow(atr_node *node, const atr_node *now)
{
    if (!atr_authority_is_same(&node->authority, &now->authority)) {
        return ATR_ERR_AUTH;
    }
    node->authority.issue = now->authority.issue;
    node->authority.identities = now->authority.identities;
    node->authority.nodes = now->authority.nodes;
    return ATR_OK;
}
