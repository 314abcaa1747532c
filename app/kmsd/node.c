#include "app/kmsd/node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/cli.h"
#include "app/kmsd/universe.h"
#include "app/locked.h"
#include "host/entropy.h"
#include "sym/hash.h"

#define PUBLIC_BYTES_MAX 32768 /* armoured */
#define LOCKED_BYTES (ATR_NODE_SHARE_BYTES + ATR_LOCKED_EXTRA_BYTES)

static const uint8_t share_mark[] = {'A', 'T', 'R', 'S', 'H', 'A', 'R'};

static atr_err read_file(atr_file *out, const char *dir, const char *name,
                         size_t max, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];

    if (atr_path_join(path, dir, name) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    return atr_file_read(out, path, max, fault);
}

static bool has_file(const char *dir, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];

    return atr_path_join(path, dir, name) == ATR_OK && atr_path_exists(path);
}

/* A bundle is damaged, whatever the reader calls it. */
static atr_err read_public(atr_node *node, const atr_file *file,
                           atr_fault *fault)
{
    static const char what[] = "damaged: %s/" ATR_NODE_PUBLIC;
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    size_t len = 0;

    if (atr_armour_read(bytes, &len, sizeof bytes, ATR_ARMOUR_AUTHORITY,
                        (atr_bytes){file->data, file->len}) != ATR_OK ||
        atr_authority_read(&node->authority, (atr_bytes){bytes, len}) !=
            ATR_OK ||
        atr_abe_init(&node->abe, &node->authority.mpk) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_AUTH, what, node->dir);
    }
    if (node->node > node->authority.issue.nodes) {
        return atr_fault_set(fault, ATR_ERR_AUTH, what, node->dir);
    }
    atr_cli_clean(node->name, sizeof node->name,
                  (atr_bytes){node->authority.name, node->authority.name_len});
    atr_fingerprint_write(node->fingerprint, node->abe.hm);
    return ATR_OK;
}

static atr_err open_into(atr_node *node, const char *dir, atr_fault *fault)
{
    atr_file file = {0};
    atr_err err;

    if (strlen(dir) >= sizeof node->dir) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    strcpy(node->dir, dir);
    node->node = 1;
    if (!has_file(dir, ATR_NODE_PUBLIC)) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "no authority here (attrium-kmsd init): %s", dir);
    }
    if ((err = read_file(&file, dir, ATR_NODE_PUBLIC, PUBLIC_BYTES_MAX,
                         fault)) != ATR_OK ||
        (err = read_public(node, &file, fault)) != ATR_OK) {
        goto out;
    }
    if (has_file(dir, ATR_NODE_UNIVERSE)) {
        atr_fault why;

        if ((err = read_file(&node->universe, dir, ATR_NODE_UNIVERSE,
                             ATR_NODE_UNIVERSE_BYTES_MAX, fault)) == ATR_OK &&
            (err = atr_universe_check(
                 (atr_bytes){node->universe.data, node->universe.len}, &why)) !=
                ATR_OK) {
            err = atr_fault_set(fault, ATR_ERR_AUTH,
                                "%s/" ATR_NODE_UNIVERSE ": %s", dir, why.text);
        }
    }
out:
    atr_file_wipe(&file);
    return err;
}

atr_err atr_node_open(atr_node **out, const char *dir, atr_fault *fault)
{
    atr_err err;

    *out = calloc(1, sizeof **out);
    if (!*out) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = open_into(*out, dir, fault);
    if (err != ATR_OK) {
        atr_node_close(*out);
        *out = NULL;
    }
    return err;
}

void atr_node_close(atr_node *node)
{
    if (node) {
        atr_file_wipe(&node->universe);
        free(node);
    }
}

void atr_node_share_build(atr_builder *builder, const atr_node_share *share)
{
    uint8_t alpha[ATR_FR_BYTES];

    atr_fr_write(alpha, &share->alpha);
    atr_build_bytes(builder, ATR_BYTES(share_mark));
    atr_build_u8(builder, 1);
    atr_build_u8(builder, share->node);
    atr_build_bytes(builder, ATR_BYTES(share->hm));
    atr_build_bytes(builder, ATR_BYTES(alpha));
    atr_wipe(alpha, sizeof alpha);
}

/* The share must be this node's of this authority: A_j = e(g1,g2)^alpha_j. */
static atr_err check_share(const atr_node_share *share, const atr_node *node)
{
    atr_gt a;

    if (share->node != node->node ||
        memcmp(share->hm, node->abe.hm, sizeof share->hm) != 0) {
        return ATR_ERR_AUTH;
    }
    atr_gt_pow(&a, &atr_gt_generator, &share->alpha);
    return atr_gt_equal(&a, &node->authority.issue.a[share->node - 1])
               ? ATR_OK
               : ATR_ERR_AUTH;
}

static atr_err parse_share(atr_node_share *out, const atr_node *node,
                           atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    atr_bytes mark = atr_read_view(&r, sizeof share_mark);
    uint8_t version = atr_read_u8(&r);
    uint8_t alpha[ATR_FR_BYTES];
    atr_err err = ATR_ERR_AUTH;

    out->node = atr_read_u8(&r);
    atr_read_copy(&r, out->hm, sizeof out->hm);
    atr_read_copy(&r, alpha, sizeof alpha);
    ATR_SECRET(alpha, sizeof alpha);
    if (atr_reader_end(&r) == ATR_OK && version == 1 &&
        atr_bytes_equal(mark, ATR_BYTES(share_mark)) &&
        atr_fr_read(&out->alpha, alpha) == ATR_OK) {
        err = check_share(out, node);
    }
    atr_wipe(alpha, sizeof alpha);
    return err;
}

static atr_err read_share(atr_file *out, const atr_node *node, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];

    if (atr_path_join(path, node->dir, ATR_NODE_SHARE) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s",
                             node->dir);
    }
    return atr_file_read_secret(out, path, 4096, fault);
}

atr_err atr_node_share_is_locked(bool *out, const atr_node *node,
                                 atr_fault *fault)
{
    atr_file file = {0};
    atr_err err = read_share(&file, node, fault);

    *out = err == ATR_OK && atr_locked_is((atr_bytes){file.data, file.len});
    if (*out && file.len != LOCKED_BYTES) {
        *out = false;
        err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s/" ATR_NODE_SHARE,
                            node->dir);
    }
    atr_file_wipe(&file);
    return err;
}

/* Unlocks into `plain`, or takes the file as it is. */
static atr_err unlock(uint8_t plain[ATR_NODE_SHARE_BYTES], atr_bytes file,
                      atr_bytes passphrase)
{
    if (!atr_locked_is(file)) {
        if (file.len != ATR_NODE_SHARE_BYTES) {
            return ATR_ERR_AUTH;
        }
        memcpy(plain, file.data, file.len);
        return ATR_OK;
    }
    if (file.len != LOCKED_BYTES || passphrase.len == 0) {
        return ATR_ERR_AUTH;
    }
    return atr_locked_open(plain, passphrase, file);
}

atr_err atr_node_share_open(atr_node_share *out, const atr_node *node,
                            atr_bytes passphrase, atr_fault *fault)
{
    uint8_t plain[ATR_NODE_SHARE_BYTES] = {0};
    atr_file file = {0};
    atr_err err = read_share(&file, node, fault);
    bool locked;

    memset(out, 0, sizeof *out);
    if (err != ATR_OK) {
        return err;
    }
    locked = atr_locked_is((atr_bytes){file.data, file.len});
    err = unlock(plain, (atr_bytes){file.data, file.len}, passphrase);
    if (err == ATR_OK) {
        err = parse_share(out, node, ATR_BYTES(plain));
        locked = false; /* the passphrase was right */
    }
    if (err == ATR_ERR_LIMIT) {
        (void)atr_fault_set(fault, err, "no memory to try the passphrase");
    } else if (err != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_AUTH, "%s: %s/" ATR_NODE_SHARE,
                            locked ? "wrong passphrase, or damaged" : "damaged",
                            node->dir);
    }
    if (err != ATR_OK) {
        atr_node_share_wipe(out);
    }
    atr_wipe(plain, sizeof plain);
    atr_file_wipe(&file);
    return err;
}

void atr_node_share_wipe(atr_node_share *share)
{
    if (share) {
        atr_wipe(share, sizeof *share);
    }
}

/* Fresh randomness, hedged with the share and the request, so that a weak
 * generator alone does not give r_j away (crypto notes, 9.3). */
static void hedge(atr_rng *rng, const atr_node_share *share,
                  const uint8_t id[32])
{
    uint8_t ikm[ATR_SEED_BYTES + ATR_FR_BYTES];
    uint8_t seed[ATR_SEED_BYTES];

    atr_entropy_seed(ikm);
    atr_fr_write(ikm + ATR_SEED_BYTES, &share->alpha);
    atr_kdf(seed, sizeof seed, "ATR1/KMS/issue", ATR_BYTES(ikm),
            (atr_bytes){id, 32});
    atr_rng_init(rng, seed);
    atr_wipe(ikm, sizeof ikm);
    atr_wipe(seed, sizeof seed);
}

atr_err atr_node_issue(atr_builder *sealed, const atr_node *node,
                       const atr_node_share *share,
                       const atr_enrol_request *request)
{
    atr_abe_key *partial = calloc(1, sizeof *partial);
    uint8_t id[32];
    atr_rng rng;
    atr_err err;

    if (!partial) {
        return ATR_ERR_LIMIT;
    }
    atr_enrol_request_id(id, node->abe.hm, request);
    hedge(&rng, share, id);
    atr_abe_keygen(partial, &node->abe, &share->alpha, &request->attrs, &rng);
    err = atr_abe_key_check(
        &node->abe, &node->authority.issue.a[share->node - 1], partial, &rng);
    if (err == ATR_OK) {
        err = atr_enrol_seal(sealed, node->abe.hm, request, share->node,
                             partial, &rng);
    }
    atr_rng_wipe(&rng);
    atr_abe_key_wipe(partial);
    free(partial);
    return err;
}
