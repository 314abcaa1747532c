/* The secret side of a node: its share, and what is issued with it. */
#include <stdlib.h>

#include "app/kmsd/node.h"
#include "app/locked.h"
#include "host/entropy.h"
#include "sym/hash.h"

static const uint8_t share_mark[] = {'A', 'T', 'R', 'S', 'H', 'A', 'R'};

/* The version of a share says which halves it has. */
#define SHARE_ATTRIBUTES 1
#define SHARE_BOTH 2

static size_t share_len(const atr_node *node)
{
    return ATR_NODE_SHARE_BYTES_MAX -
           (atr_authority_gives_identities(&node->authority) ? 0
                                                             : ATR_FR_BYTES);
}

static void build_fr(atr_builder *builder, const atr_fr *k)
{
    uint8_t bytes[ATR_FR_BYTES];

    atr_fr_write(bytes, k);
    atr_build_bytes(builder, ATR_BYTES(bytes));
    atr_wipe(bytes, sizeof bytes);
}

void atr_node_share_build(atr_builder *builder, const atr_node_share *share)
{
    atr_build_bytes(builder, ATR_BYTES(share_mark));
    atr_build_u8(builder, share->has_s ? SHARE_BOTH : SHARE_ATTRIBUTES);
    atr_build_u8(builder, share->node);
    atr_build_bytes(builder, ATR_BYTES(share->hm));
    build_fr(builder, &share->alpha);
    if (share->has_s) {
        build_fr(builder, &share->s);
    }
}

/* P_j = g2^{s_j} */
static bool is_share_of(const atr_fr *s, const atr_g2_affine *p_j)
{
    atr_g2_affine p;
    atr_g2 point;

    atr_g2_mul(&point, &atr_g2_generator, s);
    atr_g2_to_affine(&p, &point);
    atr_wipe(&point, sizeof point);
    return atr_g2_affine_equal(&p, p_j);
}

/* The share must be this node's of this authority: A_j = e(g1,g2)^alpha_j, and
 * P_j where there are identities. */
static atr_err check_share(const atr_node_share *share, const atr_node *node)
{
    const atr_authority *authority = &node->authority;
    atr_gt a;

    if (share->node != node->node ||
        memcmp(share->hm, node->abe.hm, sizeof share->hm) != 0 ||
        share->has_s != atr_authority_gives_identities(authority)) {
        return ATR_ERR_AUTH;
    }
    atr_gt_pow(&a, &atr_gt_generator, &share->alpha);
    if (!atr_gt_equal(&a, &authority->issue.a[share->node - 1])) {
        return ATR_ERR_AUTH;
    }
    return !share->has_s ||
                   is_share_of(&share->s,
                               &authority->identities.issue.p[share->node - 1])
               ? ATR_OK
               : ATR_ERR_AUTH;
}

static void read_fr(atr_fr *out, atr_reader *r)
{
    uint8_t bytes[ATR_FR_BYTES];

    atr_read_copy(r, bytes, sizeof bytes);
    ATR_SECRET(bytes, sizeof bytes);
    if (atr_fr_read(out, bytes) != ATR_OK) {
        atr_reader_fail(r);
    }
    atr_wipe(bytes, sizeof bytes);
}

static atr_err parse_share(atr_node_share *out, const atr_node *node,
                           atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    atr_bytes mark = atr_read_view(&r, sizeof share_mark);
    uint8_t version = atr_read_u8(&r);

    out->node = atr_read_u8(&r);
    atr_read_copy(&r, out->hm, sizeof out->hm);
    read_fr(&out->alpha, &r);
    out->has_s = version == SHARE_BOTH;
    if (out->has_s) {
        read_fr(&out->s, &r);
    }
    return atr_reader_end(&r) == ATR_OK &&
                   (version == SHARE_ATTRIBUTES || version == SHARE_BOTH) &&
                   atr_bytes_equal(mark, ATR_BYTES(share_mark))
               ? check_share(out, node)
               : ATR_ERR_AUTH;
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
    if (*out && file.len != share_len(node) + ATR_LOCKED_EXTRA_BYTES) {
        *out = false;
        err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s/" ATR_NODE_SHARE,
                            node->dir);
    }
    atr_file_wipe(&file);
    return err;
}

/* Unlocks `len` bytes into `plain`, or takes the file as it is. */
static atr_err unlock(uint8_t *plain, size_t len, atr_bytes file,
                      atr_bytes passphrase)
{
    if (!atr_locked_is(file)) {
        if (file.len != len) {
            return ATR_ERR_AUTH;
        }
        memcpy(plain, file.data, file.len);
        return ATR_OK;
    }
    if (file.len != len + ATR_LOCKED_EXTRA_BYTES || passphrase.len == 0) {
        return ATR_ERR_AUTH;
    }
    return atr_locked_open(plain, passphrase, file);
}

atr_err atr_node_share_open(atr_node_share *out, const atr_node *node,
                            atr_bytes passphrase, atr_fault *fault)
{
    uint8_t plain[ATR_NODE_SHARE_BYTES_MAX] = {0};
    const size_t len = share_len(node);
    atr_file file = {0};
    atr_err err = read_share(&file, node, fault);
    bool locked;

    memset(out, 0, sizeof *out);
    if (err != ATR_OK) {
        return err;
    }
    locked = atr_locked_is((atr_bytes){file.data, file.len});
    err = unlock(plain, len, (atr_bytes){file.data, file.len}, passphrase);
    if (err == ATR_OK) {
        err = parse_share(out, node, (atr_bytes){plain, len});
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

static atr_err issue_attributes(atr_builder *sealed, const atr_node *node,
                                const atr_node_share *share,
                                const atr_enrol_request *request, atr_rng *rng)
{
    atr_abe_key *partial = calloc(1, sizeof *partial);
    atr_err err;

    if (!partial) {
        return ATR_ERR_LIMIT;
    }
    atr_abe_keygen(partial, &node->abe, &share->alpha, &request->attrs, rng);
    err = atr_abe_key_check(
        &node->abe, &node->authority.issue.a[share->node - 1], partial, rng);
    if (err == ATR_OK) {
        err = atr_enrol_seal(sealed, node->abe.hm, request, share->node,
                             partial, rng);
    }
    atr_abe_key_wipe(partial);
    free(partial);
    return err;
}

static atr_err issue_identity(atr_builder *sealed, const atr_node *node,
                              const atr_node_share *share,
                              const atr_enrol_request *request, atr_rng *rng)
{
    const atr_g2_affine *p =
        &node->authority.identities.issue.p[share->node - 1];
    atr_bf_key partial;
    atr_err err;

    if (!share->has_s) {
        return ATR_ERR_POLICY;
    }
    atr_bf_extract(&partial, &node->bf, &share->s, &request->identity);
    err = atr_bf_partial_check(&node->bf, p, &partial);
    if (err == ATR_OK) {
        err = atr_enrol_seal_identity(sealed, node->abe.hm, request,
                                      share->node, &partial, rng);
    }
    atr_bf_key_wipe(&partial);
    return err;
}

atr_err atr_node_issue(atr_builder *sealed, const atr_node *node,
                       const atr_node_share *share,
                       const atr_enrol_request *request)
{
    uint8_t id[32];
    atr_rng rng;
    atr_err err;

    atr_enrol_request_id(id, node->abe.hm, request);
    hedge(&rng, share, id);
    err = request->kind == ATR_ENROL_IDENTITY
              ? issue_identity(sealed, node, share, request, &rng)
              : issue_attributes(sealed, node, share, request, &rng);
    atr_rng_wipe(&rng);
    return err;
}
