/* issue.h - keys from several authority nodes: k of n, each with a share.
 *
 * The master secret alpha is f(0) of a polynomial of degree k-1; node j holds
 * alpha_j = f(j), j = 1..n, and A_j = e(g1,g2)^alpha_j is public. Commitments
 * stand in GT alone: g1^alpha would be a master key. One node (n = k = 1) is
 * the same code. Source: crypto notes, section 9.
 */
#ifndef ATR_ISSUE_H
#define ATR_ISSUE_H

#include "scheme/abe.h"

#define ATR_ISSUE_NODES_MAX 15

/* Public: how many nodes, how many of them issue a key, and their A_j. */
typedef struct {
    uint8_t nodes;
    uint8_t threshold;
    atr_gt a[ATR_ISSUE_NODES_MAX]; /* of node j at j-1 */
} atr_issue_public;

/* Bytes: nodes, threshold, each A_j. Reading validates each element. */
void atr_issue_public_build(atr_builder *builder, const atr_issue_public *pub);
ATR_MUST_USE atr_err atr_issue_public_read(atr_issue_public *out,
                                           atr_reader *reader);

/* atr_issue_deal shares `alpha` between `nodes` for `threshold`, by one dealer
 * who is trusted for that moment. `shares` holds `nodes` elements. */
void atr_issue_deal(atr_fr *shares, atr_issue_public *pub, const atr_fr *alpha,
                    uint8_t nodes, uint8_t threshold, atr_rng *rng);

/* atr_issue_public_check tells whether the A_j lie on one polynomial of degree
 * threshold-1 in the exponent with A at 0 (ATR_OK or ATR_ERR_AUTH). */
ATR_MUST_USE atr_err atr_issue_public_check(const atr_issue_public *pub,
                                            const atr_mpk *mpk);

/* What bf_issue.h does the same way. Counts: how many nodes, then how many
 * issue a key; reading fails unless 1 <= threshold <= nodes <=
 * ATR_ISSUE_NODES_MAX. atr_issue_split deals f(1) .. f(nodes) for f(0) =
 * `secret`. */
void atr_issue_counts_read(uint8_t *nodes, uint8_t *threshold,
                           atr_reader *reader);
bool atr_issue_counts_fit(uint8_t nodes, uint8_t threshold);
void atr_issue_split(atr_fr *shares, const atr_fr *secret, uint8_t nodes,
                     uint8_t threshold, atr_rng *rng);

/* atr_issue_first_weights are those of f(0), f(1), .. f(threshold - 1) in
 * f(at), for who checks that more lie on one polynomial. */
void atr_issue_first_weights(atr_fr weight[ATR_ISSUE_NODES_MAX],
                             uint8_t threshold, uint8_t at);

/* atr_issue_mix is the product of component[i]^weight[i], all secret. */
void atr_issue_mix(atr_g1_affine *out, const atr_g1_affine *component,
                   const atr_fr *weight, size_t count);

/* atr_issue_nodes_check tells whether the `count` places in `node` are of
 * different nodes, 1 to `nodes`, and as many as issue a key: ATR_OK or
 * ATR_ERR_INPUT. A `count` beyond ATR_ISSUE_NODES_MAX is refused unread. */
ATR_MUST_USE atr_err atr_issue_nodes_check(const uint8_t *node, size_t count,
                                           uint8_t nodes, uint8_t threshold);

typedef struct {
    uint8_t node; /* 1 to nodes */
    const atr_abe_key *key;
} atr_issue_partial;

/* atr_issue_combine verifies each of the `count` partial keys against its
 * node's A_j, that they name the same attributes `asked`, combines them and
 * verifies the result against the mpk. On ATR_ERR_AUTH `*cheat` is the node
 * whose partial is wrong, or 0; on ATR_ERR_INPUT a node stands twice, or
 * `count` is not the threshold. */
ATR_MUST_USE atr_err atr_issue_combine(atr_abe_key *out, uint8_t *cheat,
                                       const atr_abe *abe,
                                       const atr_issue_public *pub,
                                       const atr_attrs *asked,
                                       const atr_issue_partial *partials,
                                       size_t count, atr_rng *rng);

#endif
