#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/kmsd/node_files.h"
#include "app/kmsd/node_key.h"
#include "app/kmsd/registrar.h"
#include "host/entropy.h"

/* What a node may have before it has an authority. */
static bool is_own(const char *name)
{
    static const char *const names[] = {".", "..", ATR_NODE_KEY, "tls.crt",
                                        "tls.key"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether `dir` is there and holds something else. */
static bool is_used(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    bool used = false;

    if (!d) {
        return atr_path_exists(dir);
    }
    while (!used && (entry = readdir(d)) != NULL) {
        used = !is_own(entry->d_name);
    }
    closedir(d);
    return used;
}

/* Those of the plan, or one that is made here. */
static atr_err make_registrars(atr_registrars *out, const char *dir,
                               atr_bytes passphrase, atr_rng *rng,
                               atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_registrar own = {0};
    atr_err err;

    if (out->count > 0) {
        return ATR_OK;
    }
    if (atr_path_join(path, dir, ATR_NODE_REGISTRAR) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    err = atr_registrar_make(&own, path, passphrase, rng, fault);
    if (err == ATR_OK) {
        out->approvals = out->count = 1;
        memcpy(out->vk[0], own.vk, sizeof own.vk);
    }
    atr_registrar_wipe(&own);
    return err;
}

/* The public file comes last: where it stands, the authority is whole. */
static atr_err write_all(const atr_node_plan *plan, const atr_dkg *dkg,
                         const atr_nodes *nodes, bool *is_ours,
                         atr_fault *fault)
{
    atr_authority *authority = calloc(1, sizeof *authority);
    atr_abe *abe = calloc(1, sizeof *abe);
    atr_node_share share = {0};
    atr_rng rng;
    atr_err err;

    atr_entropy_rng(&rng);
    if (!authority || !abe) {
        err = atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
        goto out;
    }
    authority->name_len = (uint8_t)strlen(plan->name);
    memcpy(authority->name, plan->name, authority->name_len);
    authority->period_s = plan->period_s;
    authority->nodes = *nodes;
    atr_node_take(authority, &share, dkg);
    if ((err = atr_abe_init(abe, &authority->mpk)) != ATR_OK) {
        goto out;
    }
    memcpy(share.hm, abe->hm, sizeof share.hm);
    if ((err = atr_node_write_share(plan->dir, &share, plan->passphrase, &rng,
                                    fault)) != ATR_OK) {
        goto out;
    }
    *is_ours = true;
    authority->registrars = plan->registrars;
    if ((err = make_registrars(&authority->registrars, plan->dir,
                               plan->passphrase, &rng, fault)) != ATR_OK ||
        (err = atr_node_make_ledger(plan->dir, fault)) != ATR_OK) {
        goto out;
    }
    if (plan->universe.len > 0 &&
        (err = atr_node_write_universe(plan->dir, plan->universe, fault)) !=
            ATR_OK) {
        goto out;
    }
    err = atr_node_write_public(plan->dir, authority, ATR_FILE_NEW, fault);
out:
    atr_node_share_wipe(&share);
    atr_rng_wipe(&rng);
    free(authority);
    free(abe);
    return err;
}

/* What stands there before the public file does. */
static const char *const parts[] = {
    ATR_NODE_SHARE,         ATR_NODE_UNIVERSE,      ATR_NODE_LEDGER,
    ATR_NODE_LEDGER "-wal", ATR_NODE_LEDGER "-shm", ATR_NODE_LEDGER ".lock"};

static void remove_file(const char *dir, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];

    if (atr_path_join(path, dir, name) == ATR_OK) {
        (void)unlink(path);
    }
}

static void remove_parts(const char *dir)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        remove_file(dir, parts[i]);
    }
}

/* Only what we made: the share is written first and must be new, so whoever
 * has written it owns the rest. */
static void remove_all(const char *dir, bool is_ours, bool with_dir)
{
    if (is_ours) {
        remove_file(dir, ATR_NODE_PUBLIC);
        remove_file(dir, ATR_NODE_REGISTRAR);
        remove_parts(dir);
    }
    if (with_dir) {
        (void)rmdir(dir);
    }
}

/* A ceremony of one, which nobody else hears. */
static atr_err run_alone(atr_dkg *dkg, const atr_node_plan *plan)
{
    atr_dkg_params p = {.kind = ATR_DKG_NEW,
                        .nodes = 1,
                        .threshold = 1,
                        .self = 1,
                        .scheme = plan->scheme,
                        .secrets = plan->identities ? 2 : 1,
                        .group = {ATR_DKG_GT, plan->identities
                                                  ? ATR_DKG_G2
                                                  : (atr_dkg_group)0}};
    uint8_t sk[ATR_ED25519_SECRET_BYTES];
    uint8_t seed[ATR_SEED_BYTES];
    uint8_t *bytes = malloc(ATR_DKG_MESSAGE_BYTES_MAX);
    atr_err err = bytes ? ATR_OK : ATR_ERR_LIMIT;

    atr_entropy_seed(seed);
    atr_ed25519_keypair(p.vk[0], sk, seed);
    p.sk = sk;
    atr_entropy_seed(seed);
    if (err == ATR_OK) {
        err = atr_dkg_init(dkg, &p, seed);
    }
    while (err == ATR_OK && !atr_dkg_is_settled(dkg)) {
        atr_builder b = atr_builder_of(bytes, ATR_DKG_MESSAGE_BYTES_MAX);

        if ((err = atr_dkg_outgoing(&b, dkg)) == ATR_OK) {
            err = atr_dkg_recv(dkg, atr_builder_bytes(&b));
        }
    }
    atr_wipe(sk, sizeof sk);
    atr_wipe(seed, sizeof seed);
    free(bytes);
    return err;
}

atr_err atr_node_make(const atr_node_plan *plan, atr_fault *fault)
{
    static const atr_nodes nowhere;
    bool fresh = !atr_path_exists(plan->dir);
    bool is_ours = false;
    atr_dkg *dkg;
    atr_err err;

    if (is_used(plan->dir)) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "something is there already: %s", plan->dir);
    }
    if ((err = atr_dir_make(plan->dir, fault)) != ATR_OK) {
        return err;
    }
    dkg = calloc(1, sizeof *dkg);
    if (!dkg || run_alone(dkg, plan) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    } else {
        err = write_all(plan, dkg, &nowhere, &is_ours, fault);
    }
    if (err != ATR_OK) {
        remove_all(plan->dir, is_ours, fresh);
    }
    atr_dkg_wipe(dkg);
    free(dkg);
    return err;
}

atr_err atr_node_keep(const atr_node_plan *plan, const atr_dkg *dkg,
                      const atr_nodes *nodes, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    bool is_ours = false;

    if (atr_path_join(path, plan->dir, ATR_NODE_PUBLIC) == ATR_OK &&
        atr_path_exists(path)) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "an authority is there already: %s", plan->dir);
    }
    remove_parts(plan->dir); /* of an attempt that was cut off */
    return write_all(plan, dkg, nodes, &is_ours, fault);
}

atr_err atr_node_enlist(atr_node *node, atr_bytes passphrase, atr_fault *fault)
{
    atr_rng rng;
    atr_err err;

    if (node->authority.registrars.count > 0) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "this authority has registrars already: %s",
                             node->dir);
    }
    atr_entropy_rng(&rng);
    err = make_registrars(&node->authority.registrars, node->dir, passphrase,
                          &rng, fault);
    atr_rng_wipe(&rng);
    return err == ATR_OK ? atr_node_write_public(node->dir, &node->authority,
                                                 ATR_FILE_REPLACE, fault)
                         : err;
}
