#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/kmsd/ledger.h"
#include "app/kmsd/node.h"
#include "app/kmsd/node_key.h"
#include "app/kmsd/registrar.h"
#include "host/clock.h"
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

static atr_err write_file(const char *dir, const char *name, atr_bytes bytes,
                          unsigned mode, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];

    if (atr_path_join(path, dir, name) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    return atr_file_write(path, bytes, mode, ATR_FILE_NEW, fault);
}

static atr_err write_share(const atr_node_plan *plan,
                           const atr_node_share *share, atr_rng *rng,
                           atr_fault *fault)
{
    uint8_t plain[ATR_NODE_SHARE_BYTES_MAX];
    char path[ATR_PATH_BYTES_MAX];
    atr_builder b = atr_builder_of(plain, sizeof plain);
    atr_err err;

    atr_node_share_build(&b, share);
    err = atr_path_join(path, plan->dir, ATR_NODE_SHARE) == ATR_OK
              ? atr_locked_file_write(path, atr_builder_bytes(&b),
                                      plan->passphrase, rng, fault)
              : atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s",
                              plan->dir);
    atr_wipe(plain, sizeof plain);
    return err;
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

static atr_err write_public(const char *dir, const atr_authority *authority,
                            atr_file_how how, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    char *text;
    atr_err err;

    atr_authority_build(&b, authority);
    text = malloc(atr_armour_len(ATR_ARMOUR_AUTHORITY, b.len));
    if (!text || atr_builder_end(&b) != ATR_OK) {
        free(text);
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_armour_write(text, ATR_ARMOUR_AUTHORITY, atr_builder_bytes(&b));
    err = atr_path_join(path, dir, ATR_NODE_PUBLIC) == ATR_OK
              ? atr_file_write(path, (atr_bytes){(uint8_t *)text, strlen(text)},
                               0644, how, fault)
              : atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    free(text);
    return err;
}

static atr_err make_ledger(const char *dir, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_ledger *ledger = NULL;
    atr_err err;

    if (atr_path_join(path, dir, ATR_NODE_LEDGER) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    if ((err = atr_ledger_open(&ledger, path, fault)) == ATR_OK &&
        (err = atr_ledger_note(ledger, "init", atr_clock_wall_ms())) !=
            ATR_OK) {
        (void)atr_fault_set(fault, err, "%s: %s", path,
                            atr_ledger_fault(ledger));
    }
    atr_ledger_close(ledger);
    return err;
}

/* Master secrets of their own for attributes and identities, shared between
 * the nodes; `share` is that of node 1. */
static void deal(atr_authority *authority, atr_node_share *share,
                 const atr_node_plan *plan, atr_rng *rng)
{
    atr_authority_identities *ids = &authority->identities;
    atr_fr shares[ATR_ISSUE_NODES_MAX];
    atr_fr master;

    atr_abe_setup(&master, &authority->mpk, plan->scheme, rng);
    atr_issue_deal(shares, &authority->issue, &master, plan->nodes,
                   plan->threshold, rng);
    share->node = 1;
    share->alpha = shares[0];
    share->has_s = plan->identities;
    if (plan->identities) {
        atr_bf_setup(&master, ids->mpk, rng);
        atr_bf_issue_deal(shares, &ids->issue, &master, plan->nodes,
                          plan->threshold, rng);
        share->s = shares[0];
    }
    atr_wipe(&master, sizeof master);
    atr_wipe(shares, sizeof shares);
}

/* The public file comes last: where it stands, the authority is whole. */
static atr_err write_all(const atr_node_plan *plan, bool *is_ours,
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
    deal(authority, &share, plan, &rng);
    if ((err = atr_abe_init(abe, &authority->mpk)) != ATR_OK) {
        goto out;
    }
    memcpy(share.hm, abe->hm, sizeof share.hm);
    if ((err = write_share(plan, &share, &rng, fault)) != ATR_OK) {
        goto out;
    }
    *is_ours = true;
    authority->registrars = plan->registrars;
    if ((err = make_registrars(&authority->registrars, plan->dir,
                               plan->passphrase, &rng, fault)) != ATR_OK ||
        (err = make_ledger(plan->dir, fault)) != ATR_OK) {
        goto out;
    }
    if (plan->universe.len > 0 &&
        (err = write_file(plan->dir, ATR_NODE_UNIVERSE, plan->universe, 0644,
                          fault)) != ATR_OK) {
        goto out;
    }
    err = write_public(plan->dir, authority, ATR_FILE_NEW, fault);
out:
    atr_node_share_wipe(&share);
    atr_rng_wipe(&rng);
    free(authority);
    free(abe);
    return err;
}

/* Only what we made: the share is written first and must be new, so whoever
 * has written it owns the rest. */
static void remove_all(const char *dir, bool is_ours, bool with_dir)
{
    static const char *const names[] = {
        ATR_NODE_PUBLIC,        ATR_NODE_SHARE,         ATR_NODE_UNIVERSE,
        ATR_NODE_REGISTRAR,     ATR_NODE_LEDGER,        ATR_NODE_LEDGER "-wal",
        ATR_NODE_LEDGER "-shm", ATR_NODE_LEDGER ".lock"};
    char path[ATR_PATH_BYTES_MAX];

    for (size_t i = 0; is_ours && i < sizeof names / sizeof names[0]; i++) {
        if (atr_path_join(path, dir, names[i]) == ATR_OK) {
            (void)unlink(path);
        }
    }
    if (with_dir) {
        (void)rmdir(dir);
    }
}

atr_err atr_node_make(const atr_node_plan *plan, atr_fault *fault)
{
    bool fresh = !atr_path_exists(plan->dir);
    bool is_ours = false;
    atr_err err;

    if (is_used(plan->dir)) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "something is there already: %s", plan->dir);
    }
    if ((err = atr_dir_make(plan->dir, fault)) != ATR_OK) {
        return err;
    }
    err = write_all(plan, &is_ours, fault);
    if (err != ATR_OK) {
        remove_all(plan->dir, is_ours, fresh);
    }
    return err;
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
    return err == ATR_OK ? write_public(node->dir, &node->authority,
                                        ATR_FILE_REPLACE, fault)
                         : err;
}
