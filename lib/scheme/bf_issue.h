/* bf_issue.h - identity keys from several authority nodes: issue.h for bf.h.
 *
 * The master secret s is f(0) of a polynomial of degree k-1, independent of
 * any other master secret; node j holds s_j = f(j), j = 1..n, and
 * P_j = g2^{s_j} is public. Node j's partial key of an identity is
 * atr_bf_extract with s_j for s. One node (n = k = 1) is the same code.
 * Source: crypto notes, 0.6 and 9; equations: doc/scheme/bf.md.
 */
#ifndef ATR_BF_ISSUE_H
#define ATR_BF_ISSUE_H

#include "scheme/bf.h"
#include "scheme/issue.h"

/* Public: how many nodes, how many of them issue a key, and their P_j. */
typedef struct {
    uint8_t nodes;
    uint8_t threshold;
    atr_g2_affine p[ATR_ISSUE_NODES_MAX]; /* of node j at j-1 */
} atr_bf_issue_public;

/* Bytes: nodes, threshold, each P_j. Reading validates each element. */
void atr_bf_issue_public_build(atr_builder *builder,
                               const atr_bf_issue_public *pub);
ATR_MUST_USE atr_err atr_bf_issue_public_read(atr_bf_issue_public *out,
                                              atr_reader *reader);

/* atr_bf_issue_deal shares `s` between `nodes` for `threshold`, by one dealer
 * who is trusted for that moment. `shares` holds `nodes` elements. */
void atr_bf_issue_deal(atr_fr *shares, atr_bf_issue_public *pub,
                       const atr_fr *s, uint8_t nodes, uint8_t threshold,
                       atr_rng *rng);

/* atr_bf_issue_public_check tells whether the P_j lie on one polynomial of
 * degree threshold-1 in the exponent with the mpk's P at 0 (ATR_OK or
 * ATR_ERR_AUTH). */
ATR_MUST_USE atr_err atr_bf_issue_public_check(
    const atr_bf_issue_public *pub, const uint8_t mpk[ATR_BF_MPK_BYTES]);

typedef struct {
    uint8_t node; /* 1 to nodes */
    const atr_bf_key *key;
} atr_bf_issue_partial;

/* atr_bf_issue_combine verifies each of the `count` partial keys against its
 * node's P_j, that they are of the identity `asked`, combines them and
 * verifies the result against the mpk. On ATR_ERR_AUTH `*cheat` is the node
 * whose partial is wrong, or 0; on ATR_ERR_INPUT a node stands twice, or
 * `count` is not the threshold. */
ATR_MUST_USE atr_err atr_bf_issue_combine(atr_bf_key *out, uint8_t *cheat,
                                          const atr_bf *bf,
                                          const atr_bf_issue_public *pub,
                                          const atr_identity *asked,
                                          const atr_bf_issue_partial *partials,
                                          size_t count);

#endif
