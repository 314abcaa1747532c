/* Threshold issuance: doc/scheme/issue.md. */
#include "scheme/issue.h"

#include <assert.h>

#include "curve/batch.h"
#include "policy/shamir.h"

bool atr_issue_counts_fit(uint8_t nodes, uint8_t threshold)
{
    return threshold > 0 && threshold <= nodes && nodes <= ATR_ISSUE_NODES_MAX;
}

void atr_issue_counts_read(uint8_t *nodes, uint8_t *threshold,
                           atr_reader *reader)
{
    *nodes = atr_read_u8(reader);
    *threshold = atr_read_u8(reader);
    if (!atr_issue_counts_fit(*nodes, *threshold)) {
        atr_reader_fail(reader);
    }
}

void atr_issue_split(atr_fr *shares, const atr_fr *secret, uint8_t nodes,
                     uint8_t threshold, atr_rng *rng)
{
    atr_shamir_share dealt[ATR_ISSUE_NODES_MAX];
    atr_err err;

    assert(nodes <= ATR_ISSUE_NODES_MAX);
    err = atr_shamir_split(dealt, nodes, threshold, secret, rng);
    assert(err == ATR_OK);
    for (size_t i = 0; i < nodes; i++) {
        shares[i] = dealt[i].value;
        ATR_SECRET(&shares[i], sizeof shares[i]);
    }
    atr_wipe(dealt, sizeof dealt);
}

void atr_issue_first_weights(atr_fr weight[ATR_ISSUE_NODES_MAX],
                             uint8_t threshold, uint8_t at)
{
    uint8_t x[ATR_ISSUE_NODES_MAX];

    for (uint8_t i = 0; i < threshold; i++) {
        x[i] = i;
    }
    atr_shamir_weights(weight, x, threshold, at);
}

void atr_issue_mix(atr_g1_affine *out, const atr_g1_affine *component,
                   const atr_fr *weight, size_t count)
{
    atr_g1 sum;

    atr_g1_sum_many(&sum, component, weight, count);
    atr_g1_to_affine(out, &sum);
    atr_wipe(&sum, sizeof sum);
}

void atr_issue_public_build(atr_builder *builder, const atr_issue_public *pub)
{
    uint8_t bytes[ATR_GT_BYTES];

    atr_build_u8(builder, pub->nodes);
    atr_build_u8(builder, pub->threshold);
    for (size_t i = 0; i < pub->nodes; i++) {
        atr_gt_write(bytes, &pub->a[i]);
        atr_build_bytes(builder, ATR_BYTES(bytes));
    }
}

atr_err atr_issue_public_read(atr_issue_public *out, atr_reader *reader)
{
    memset(out, 0, sizeof *out);
    atr_issue_counts_read(&out->nodes, &out->threshold, reader);
    for (size_t i = 0; i < out->nodes && !reader->failed; i++) {
        atr_bytes bytes = atr_read_view(reader, ATR_GT_BYTES);

        if (bytes.len != ATR_GT_BYTES ||
            atr_gt_read(&out->a[i], bytes.data) != ATR_OK) {
            atr_reader_fail(reader);
        }
    }
    if (reader->failed) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

/* (1): alpha = f(0), alpha_j = f(j), A_j = e(g1,g2)^{alpha_j}. */
void atr_issue_deal(atr_fr *shares, atr_issue_public *pub, const atr_fr *alpha,
                    uint8_t nodes, uint8_t threshold, atr_rng *rng)
{
    atr_issue_split(shares, alpha, nodes, threshold, rng);
    memset(pub, 0, sizeof *pub);
    pub->nodes = nodes;
    pub->threshold = threshold;
    for (size_t i = 0; i < nodes; i++) {
        atr_gt_pow(&pub->a[i], &atr_gt_generator, &shares[i]);
    }
    ATR_PUBLIC(pub, sizeof *pub);
}

/* (3): the first k of A, A_1, .. A_n say what each later one must be. */
atr_err atr_issue_public_check(const atr_issue_public *pub, const atr_mpk *mpk)
{
    atr_fr weight[ATR_ISSUE_NODES_MAX];

    if (!atr_issue_counts_fit(pub->nodes, pub->threshold)) {
        return ATR_ERR_AUTH;
    }
    for (uint8_t j = pub->threshold; j <= pub->nodes; j++) {
        atr_gt expected;

        atr_gt_one(&expected);
        atr_issue_first_weights(weight, pub->threshold, j);
        for (uint8_t i = 0; i < pub->threshold; i++) {
            atr_gt term;

            atr_gt_pow_vartime(&term, i == 0 ? &mpk->a : &pub->a[i - 1],
                               &weight[i]);
            atr_gt_mul(&expected, &expected, &term);
        }
        if (!atr_gt_equal(&expected, &pub->a[j - 1])) {
            return ATR_ERR_AUTH;
        }
    }
    return ATR_OK;
}

static bool same_attrs(const atr_attrs *a, const atr_attrs *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; i < a->count && same; i++) {
        same = atr_attr_equal(&a->attr[i], &b->attr[i]);
    }
    return same;
}

atr_err atr_issue_nodes_check(const uint8_t *node, size_t count, uint8_t nodes,
                              uint8_t threshold)
{
    if (count == 0 || count != threshold || count > ATR_ISSUE_NODES_MAX) {
        return ATR_ERR_INPUT;
    }
    for (size_t i = 0; i < count; i++) {
        if (node[i] == 0 || node[i] > nodes) {
            return ATR_ERR_INPUT;
        }
        for (size_t j = 0; j < i; j++) {
            if (node[j] == node[i]) {
                return ATR_ERR_INPUT;
            }
        }
    }
    return ATR_OK;
}

/* (2) for each partial key; the set of attributes must be the one asked for,
 * since a difference would silently give the intersection. */
static atr_err check_partials(uint8_t *cheat, const atr_abe *abe,
                              const atr_issue_public *pub,
                              const atr_attrs *asked,
                              const atr_issue_partial *partials, size_t count,
                              atr_rng *rng)
{
    for (size_t i = 0; i < count; i++) {
        const atr_issue_partial *p = &partials[i];

        if (!same_attrs(&p->key->attrs, asked) ||
            atr_abe_key_check(abe, &pub->a[p->node - 1], p->key, rng) !=
                ATR_OK) {
            *cheat = p->node;
            return ATR_ERR_AUTH;
        }
    }
    return ATR_OK;
}

typedef struct {
    const atr_issue_partial *partials;
    size_t count;
    atr_fr weight[ATR_ISSUE_NODES_MAX];
} mixture;

/* The product of component[i]^{weight[i]}; the component is k3 where `at` is
 * ATR_ATTRS_MAX. */
static void mix_g1(atr_g1_affine *out, const mixture *m, size_t at)
{
    atr_g1_affine component[ATR_ISSUE_NODES_MAX];

    for (size_t i = 0; i < m->count; i++) {
        const atr_abe_key *key = m->partials[i].key;

        component[i] = at < ATR_ATTRS_MAX ? key->k2[at] : key->k3;
    }
    atr_issue_mix(out, component, m->weight, m->count);
    atr_wipe(component, sizeof component);
}

static void mix_g2(atr_g2_affine *out, const mixture *m)
{
    atr_g2 sum = {0};
    atr_g2 term;

    for (size_t i = 0; i < m->count; i++) {
        atr_g2_mul(&term, &m->partials[i].key->k1, &m->weight[i]);
        atr_g2_add(&sum, &sum, &term);
    }
    atr_g2_to_affine(out, &sum);
    atr_wipe(&sum, sizeof sum);
    atr_wipe(&term, sizeof term);
}

/* (4): each component is the product of component_j^{Delta_j(0)}. */
static void mix(atr_abe_key *out, const atr_issue_partial *partials,
                const uint8_t *node, size_t count)
{
    mixture m = {.partials = partials, .count = count};

    if (count == 1) { /* its weight is 1: a polynomial of degree 0 */
        *out = *partials[0].key;
        return;
    }
    atr_shamir_weights(m.weight, node, count, 0);
    out->attrs = partials[0].key->attrs;
    mix_g2(&out->k1, &m);
    mix_g1(&out->k3, &m, ATR_ATTRS_MAX);
    for (size_t i = 0; i < out->attrs.count; i++) {
        mix_g1(&out->k2[i], &m, i);
    }
    atr_abe_key_ready(out);
}

atr_err atr_issue_combine(atr_abe_key *out, uint8_t *cheat, const atr_abe *abe,
                          const atr_issue_public *pub, const atr_attrs *asked,
                          const atr_issue_partial *partials, size_t count,
                          atr_rng *rng)
{
    uint8_t node[ATR_ISSUE_NODES_MAX] = {0};
    atr_err err;

    memset(out, 0, sizeof *out);
    *cheat = 0;
    for (size_t i = 0; i < count && i < ATR_ISSUE_NODES_MAX; i++) {
        node[i] = partials[i].node;
    }
    if ((err = atr_issue_nodes_check(node, count, pub->nodes,
                                     pub->threshold)) != ATR_OK ||
        (err = check_partials(cheat, abe, pub, asked, partials, count, rng)) !=
            ATR_OK) {
        return err;
    }
    mix(out, partials, node, count);
    err = atr_abe_key_check(abe, &abe->mpk.a, out, rng);
    if (err != ATR_OK) {
        atr_abe_key_wipe(out);
    }
    return err;
}
