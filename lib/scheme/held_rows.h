/* held_rows.h - the rows of a plan that a set has the attribute of: all, where
 * the set satisfies the policy; fewer, where somebody tries who does not.
 */
#ifndef ATR_HELD_ROWS_H
#define ATR_HELD_ROWS_H

#include "curve/g1.h"
#include "policy/share.h"

typedef struct {
    size_t count;
    bool all_ones; /* every weight is 1: no multiplications needed */
    uint16_t row[ATR_POLICY_ROWS_MAX];
    uint16_t at[ATR_POLICY_ROWS_MAX]; /* where the set has its attribute */
    atr_fr weight[ATR_POLICY_ROWS_MAX];
} atr_held_rows;

void atr_held_rows_of(atr_held_rows *out, const atr_share_plan *plan,
                      const atr_policy *policy, const atr_policy_rows *rows,
                      const atr_attrs *attrs);

/* atr_held_rows_sum is the product of points, one for each of these rows, to
 * the power of its weight. The weights are public, and the points of the
 * second one are. */
void atr_held_rows_sum(atr_g1 *out, const atr_held_rows *held,
                       const atr_g1_affine *points);
void atr_held_rows_sum_vartime(atr_g1 *out, const atr_held_rows *held,
                               const atr_g1_affine *points);

#endif
