/* Opening and what comes out. The equation numbers are those of
 * doc/scheme/dkg.md. */
#include "curve/batch.h"
#include "kex/dkg_parts.h"
#include "policy/shamir.h"

/* (9): of a node's new share, by the commitments of all dealers. */
static atr_dkg_claim open_claim(uint8_t node, size_t secret, const atr_gt *v,
                                const atr_gt *e)
{
    return (atr_dkg_claim){.round = ATR_DKG_OPEN,
                           .node = node,
                           .secret = (uint8_t)secret,
                           .v = v,
                           .e = e};
}

static void build_value(atr_builder *out, const atr_dkg *dkg, size_t secret,
                        const atr_gt *v)
{
    uint8_t bytes[ATR_GT_BYTES];

    if (dkg->group[secret] == ATR_DKG_G2) {
        atr_g2 point;
        atr_g2_affine p;

        atr_g2_mul(&point, &atr_g2_generator, &dkg->share[secret]);
        atr_g2_to_affine(&p, &point);
        ATR_PUBLIC(&p, sizeof p);
        atr_g2_write(bytes, &p);
        atr_build_bytes(out, (atr_bytes){bytes, ATR_G2_BYTES});
        atr_wipe(&point, sizeof point);
    } else {
        atr_gt_write(bytes, v);
        atr_build_bytes(out, ATR_BYTES(bytes));
    }
}

void atr_dkg_open_build(atr_builder *out, const atr_dkg *dkg)
{
    atr_rng rng;

    atr_dkg_coins(&rng, dkg, "ATR1/DKG/nonce", dkg->view[ATR_DKG_OPEN]);
    for (size_t s = 0; s < dkg->secrets; s++) {
        atr_dkg_share own = {dkg->share[s], dkg->blind[s]};
        atr_gt v;
        atr_gt e;
        const atr_dkg_claim claim = open_claim(dkg->self, s, &v, &e);
        uint8_t *space;

        atr_gt_table_pow_many(&v, &dkg->g, &own.f, 1);
        ATR_PUBLIC(&v, sizeof v);
        atr_dkg_at(&e, dkg->sum[s], dkg->threshold, dkg->self);
        build_value(out, dkg, s, &v);
        space = atr_build_space(out, ATR_DKG_PROOF_BYTES);
        if (space != NULL) {
            atr_dkg_prove(space, dkg, &claim, &own, &rng);
        }
        atr_wipe(&own, sizeof own);
    }
    atr_rng_wipe(&rng);
}

/* Reads V; a point of G2 says it by a pairing with g1. */
static bool read_value(atr_gt *v, atr_g2_affine *p, atr_reader *r,
                       uint8_t group)
{
    atr_bytes bytes;

    if (group == ATR_DKG_G2) {
        bytes = atr_read_view(r, ATR_G2_BYTES);
        if (bytes.len == 0 || atr_g2_read(p, bytes.data) != ATR_OK) {
            return false;
        }
        atr_pairing(v, &atr_g1_generator, p);
        return true;
    }
    bytes = atr_read_view(r, ATR_GT_BYTES);
    return bytes.len != 0 && atr_gt_read(v, bytes.data) == ATR_OK;
}

atr_dkg_fault atr_dkg_open_take(atr_dkg *dkg, uint8_t node, atr_bytes body)
{
    atr_reader r = atr_reader_of(body);
    atr_g2_affine p[ATR_DKG_SECRETS_MAX] = {0};
    atr_gt v[ATR_DKG_SECRETS_MAX];

    for (size_t s = 0; s < dkg->secrets; s++) {
        atr_gt e;
        const atr_dkg_claim claim = open_claim(node, s, &v[s], &e);
        atr_bytes proof;

        if (!read_value(&v[s], &p[s], &r, dkg->group[s]) ||
            (proof = atr_read_view(&r, ATR_DKG_PROOF_BYTES)).len == 0) {
            return ATR_DKG_FAULT_MALFORMED;
        }
        atr_dkg_at(&e, dkg->sum[s], dkg->threshold, node);
        if (!atr_dkg_proves(dkg, &claim, proof.data)) {
            return ATR_DKG_FAULT_OPENING;
        }
    }
    if (atr_reader_end(&r) != ATR_OK) {
        return ATR_DKG_FAULT_MALFORMED;
    }
    for (size_t s = 0; s < dkg->secrets && dkg->round == ATR_DKG_OPEN; s++) {
        dkg->result[s].a[node] = v[s];
        dkg->result[s].p[node] = p[s];
    }
    dkg->opened |= atr_dkg_bit(node);
    return ATR_DKG_FAULT_NONE;
}

/* The nodes that the others are computed from: the first k that have opened. */
static size_t sources(uint8_t place[ATR_DKG_NODES_MAX], const atr_dkg *dkg)
{
    size_t count = 0;

    for (uint8_t i = 1; i <= dkg->nodes && count < dkg->threshold; i++) {
        if ((dkg->opened & atr_dkg_bit(i)) != 0) {
            place[count++] = i;
        }
    }
    return count;
}

/* (12) */
static void interpolate(atr_dkg_public *pub, const uint8_t *place, size_t count,
                        uint8_t target, bool in_g2)
{
    atr_fr weight[ATR_DKG_NODES_MAX];
    atr_gt power[ATR_DKG_NODES_MAX];
    atr_g2_affine p[ATR_DKG_NODES_MAX];
    atr_g2 point;

    atr_shamir_weights(weight, place, count, target);
    for (size_t i = 0; i < count; i++) {
        power[i] = pub->a[place[i]];
        p[i] = pub->p[place[i]];
    }
    atr_gt_pow_many_vartime(power, power, weight, count);
    atr_gt_one(&pub->a[target]);
    for (size_t i = 0; i < count; i++) {
        atr_gt_mul(&pub->a[target], &pub->a[target], &power[i]);
    }
    if (in_g2) {
        atr_g2_sum_vartime(&point, p, weight, count);
        atr_g2_to_affine(&pub->p[target], &point);
    }
}

/* (13): the name of all that has come out, and of how. */
static void hash_result(atr_dkg *dkg)
{
    uint8_t bytes[ATR_GT_BYTES];
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/DKG/result"));
    atr_hash_field(&hash, ATR_BYTES(dkg->view[ATR_DKG_OPEN]));
    atr_hash_u32(&hash, dkg->qual);
    for (size_t s = 0; s < dkg->secrets; s++) {
        for (size_t j = 0; j <= dkg->nodes; j++) {
            atr_gt_write(bytes, &dkg->result[s].a[j]);
            atr_hash_field(&hash, ATR_BYTES(bytes));
        }
    }
    atr_hash_final(&hash, dkg->hash);
}

void atr_dkg_open_end(atr_dkg *dkg)
{
    uint8_t place[ATR_DKG_NODES_MAX];
    const size_t count = sources(place, dkg);
    bool same = count == dkg->threshold;

    for (size_t s = 0; s < dkg->secrets && same; s++) {
        for (uint8_t j = 0; j <= dkg->nodes; j++) {
            if (j == 0 || (dkg->opened & atr_dkg_bit(j)) == 0) {
                interpolate(&dkg->result[s], place, count, j,
                            dkg->group[s] == ATR_DKG_G2);
            }
        }
        if (dkg->kind == ATR_DKG_RESHARE) { /* the secret is the old one */
            same = atr_gt_equal(&dkg->result[s].a[0], &dkg->old_a[s][0]) != 0;
        }
    }
    if (!same) { /* fewer than k have opened, and nobody else will */
        atr_dkg_fail(dkg);
        return;
    }
    hash_result(dkg);
}

void atr_dkg_done_build(atr_builder *out, const atr_dkg *dkg)
{
    atr_build_bytes(out, ATR_BYTES(dkg->hash));
}

atr_dkg_fault atr_dkg_done_take(atr_dkg *dkg, uint8_t node, atr_bytes body)
{
    if (!atr_bytes_equal(body, ATR_BYTES(dkg->hash))) {
        return ATR_DKG_FAULT_RESULT;
    }
    dkg->agreed |= atr_dkg_bit(node);
    return ATR_DKG_FAULT_NONE;
}

/* Two sets of more than (n + k - 1) / 2 nodes have k in common, one of which is
 * honest and has confirmed one result. */
bool atr_dkg_is_settled(const atr_dkg *dkg)
{
    return dkg->round == ATR_DKG_DONE &&
           2 * atr_dkg_count(dkg->agreed) > dkg->nodes + dkg->threshold - 1;
}

atr_err atr_dkg_issue(atr_issue_public *pub, atr_mpk *mpk, const atr_dkg *dkg,
                      size_t at)
{
    memset(pub, 0, sizeof *pub);
    memset(mpk, 0, sizeof *mpk);
    if (dkg->round != ATR_DKG_DONE || at >= dkg->secrets) {
        return ATR_ERR_STATE;
    }
    mpk->scheme = dkg->scheme;
    mpk->a = dkg->result[at].a[0];
    pub->nodes = dkg->nodes;
    pub->threshold = dkg->threshold;
    memcpy(pub->a, dkg->result[at].a + 1, dkg->nodes * sizeof *pub->a);
    return ATR_OK;
}
