/* share.h - linear secret sharing over the tree of a policy.
 *
 * The form is the hybrid of doc/scheme/sharing.md: OR passes the value on, AND
 * of m splits it into m summands, k-of-m is Shamir's polynomial. As a matrix M
 * over Fr: shares = M (secret, coins..)^T, rows as in policy.h.
 *
 * Shares, secret and coins are secret; everything else is public. Time
 * depends on the policy and the attributes alone.
 */
#ifndef ATR_SHARE_H
#define ATR_SHARE_H

#include "curve/fr.h"
#include "policy/policy.h"

/* atr_share_split makes one share a row, so that exactly the sets `policy`
 * admits can recover `secret`. Coins are drawn from the root down, gate by
 * gate in depth-first order, children from left to right. */
void atr_share_split(atr_fr *shares, const atr_fr *secret,
                     const atr_policy *policy, atr_rng *rng);

/* Which rows to use and with which weights: sum of weight[i] * share[row[i]]
 * is the secret. */
typedef struct {
    size_t count;
    bool all_ones; /* every weight is 1: no multiplications needed */
    uint16_t row[ATR_POLICY_ROWS_MAX]; /* ascending */
    atr_fr weight[ATR_POLICY_ROWS_MAX];
} atr_share_plan;

/* What using a row costs a scheme, in any unit; used by the plan. */
typedef struct {
    unsigned row;      /* each row */
    unsigned repeated; /* more, for a row whose occurrence is not 0 */
} atr_share_cost;

/* atr_share_plan_make finds the cheapest satisfying set of rows, the lower
 * index first among equals. Returns ATR_ERR_POLICY when `attrs` does not
 * satisfy `policy`. */
ATR_MUST_USE atr_err atr_share_plan_make(atr_share_plan *out,
                                         const atr_policy *policy,
                                         const atr_attrs *attrs,
                                         atr_share_cost cost);

/* atr_share_check_weights draws random weights c with
 * sum of c[i] * share[i] = c0 * secret for every honest sharing, for the
 * public check of a ciphertext (crypto notes, 3.2): a set of shares that is
 * not of the form above passes with probability about 2^-128. */
void atr_share_check_weights(atr_fr *weights, atr_fr *c0,
                             const atr_policy *policy, atr_rng *rng);

/* atr_share_matrix_row writes row `row` of M, `columns` elements (as
 * atr_share_columns tells): for tests and the laboratory. */
size_t atr_share_columns(const atr_policy *policy);
void atr_share_matrix_row(atr_fr *out, const atr_policy *policy, size_t row);

#endif
