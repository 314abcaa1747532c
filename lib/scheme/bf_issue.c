/* Threshold issuance of identity keys: doc/scheme/bf.md. */
#include "scheme/bf_issue.h"

#include "policy/shamir.h"

void atr_bf_issue_public_build(atr_builder *builder,
                               const atr_bf_issue_public *pub)
{
    uint8_t bytes[ATR_G2_BYTES];

    atr_build_u8(builder, pub->nodes);
    atr_build_u8(builder, pub->threshold);
    for (size_t i = 0; i < pub->nodes; i++) {
        atr_g2_write(bytes, &pub->p[i]);
        atr_build_bytes(builder, ATR_BYTES(bytes));
    }
}

atr_err atr_bf_issue_public_read(atr_bf_issue_public *out, atr_reader *reader)
{
    memset(out, 0, sizeof *out);
    atr_issue_counts_read(&out->nodes, &out->threshold, reader);
    for (size_t i = 0; i < out->nodes && !reader->failed; i++) {
        atr_bytes bytes = atr_read_view(reader, ATR_G2_BYTES);

        if (bytes.len != ATR_G2_BYTES ||
            atr_g2_read(&out->p[i], bytes.data) != ATR_OK) {
            atr_reader_fail(reader);
        }
    }
    if (reader->failed) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

/* (7): s = f(0), s_j = f(j), P_j = g2^{s_j}. */
void atr_bf_issue_deal(atr_fr *shares, atr_bf_issue_public *pub,
                       const atr_fr *s, uint8_t nodes, uint8_t threshold,
                       atr_rng *rng)
{
    atr_g2 point;

    atr_issue_split(shares, s, nodes, threshold, rng);
    memset(pub, 0, sizeof *pub);
    pub->nodes = nodes;
    pub->threshold = threshold;
    for (size_t i = 0; i < nodes; i++) {
        atr_g2_mul(&point, &atr_g2_generator, &shares[i]);
        atr_g2_to_affine(&pub->p[i], &point);
    }
    ATR_PUBLIC(pub, sizeof *pub);
    atr_wipe(&point, sizeof point);
    atr_wipe_stack();
}

/* (9): the first k of P, P_1, .. P_n say what each later one must be. */
atr_err atr_bf_issue_public_check(const atr_bf_issue_public *pub,
                                  const uint8_t mpk[ATR_BF_MPK_BYTES])
{
    atr_g2_affine known[ATR_ISSUE_NODES_MAX + 1];
    atr_fr weight[ATR_ISSUE_NODES_MAX];

    if (!atr_issue_counts_fit(pub->nodes, pub->threshold) ||
        atr_bf_mpk_read(&known[0], mpk) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    memcpy(&known[1], pub->p, pub->nodes * sizeof pub->p[0]);
    for (uint8_t j = pub->threshold; j <= pub->nodes; j++) {
        atr_g2_affine expected;
        atr_g2 sum;

        atr_issue_first_weights(weight, pub->threshold, j);
        atr_g2_sum_vartime(&sum, known, weight, pub->threshold);
        atr_g2_to_affine(&expected, &sum);
        if (!atr_g2_affine_equal(&expected, &known[j])) {
            return ATR_ERR_AUTH;
        }
    }
    return ATR_OK;
}

/* (8) for each partial key, of the identity asked for. */
static atr_err check_partials(uint8_t *cheat, const atr_bf *bf,
                              const atr_bf_issue_public *pub,
                              const atr_identity *asked,
                              const atr_bf_issue_partial *partials,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const atr_bf_issue_partial *p = &partials[i];

        if (!atr_identity_equal(&p->key->id, asked) ||
            atr_bf_partial_check(bf, &pub->p[p->node - 1], p->key) != ATR_OK) {
            *cheat = p->node;
            return ATR_ERR_AUTH;
        }
    }
    return ATR_OK;
}

/* (10): d is the product of d_j^{Delta_j(0)}. */
static void mix(atr_bf_key *out, const atr_bf_issue_partial *partials,
                const uint8_t *node, size_t count)
{
    atr_g1_affine component[ATR_ISSUE_NODES_MAX];
    atr_fr weight[ATR_ISSUE_NODES_MAX];

    atr_shamir_weights(weight, node, count, 0);
    for (size_t i = 0; i < count; i++) {
        component[i] = partials[i].key->d;
    }
    out->id = partials[0].key->id;
    atr_issue_mix(&out->d, component, weight, count);
    atr_wipe(component, sizeof component);
    atr_wipe_stack();
}

atr_err atr_bf_issue_combine(atr_bf_key *out, uint8_t *cheat, const atr_bf *bf,
                             const atr_bf_issue_public *pub,
                             const atr_identity *asked,
                             const atr_bf_issue_partial *partials, size_t count)
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
        (err = check_partials(cheat, bf, pub, asked, partials, count)) !=
            ATR_OK) {
        return err;
    }
    mix(out, partials, node, count);
    err = atr_bf_key_check(bf, out);
    if (err != ATR_OK) {
        atr_bf_key_wipe(out);
    }
    return err;
}
