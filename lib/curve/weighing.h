/* weighing.h - products of many public points of the curve of G1 under weights
 * (weight.h), which also tell whether all of these points have order r.
 *
 * Points are eight to a weight, the one at 8 t + l in lane l. Where there are
 * many, their order is told by far fewer tests than one for each. The curve has
 * h r points, h = 3 11^2 10177^2 859267^2 52437899^2, and theta (weight.h) acts
 * on all of them as it does on those of order r.
 *
 * *Beside 3.* The products are kept for each digit of the weights apart,
 *
 *     S_{i,l} = prod_t a_{8t+l}^{d_{t,i}},   i = 0 .. 31
 *
 * and each S is tested (Scott, ePrint 2021/1130). Let a part of a point of
 * order q^j, q not 3, not be 1. What in Z[theta] takes it to 1 is in a prime
 * ideal over q, whose norm is 11^2 or more (10177 is the least that splits);
 * two of the sixteen digits differ by a number of norm 48 at most. So one value
 * of d_{t,i} at most, given the others, takes that part of S_{i,l} to 1: all 32
 * do with probability 2^-128.
 *
 * *At 3.* A point is a cube in the group of the curve, and so has no part of
 * order 3, when y - 2 is a cube in Fp other than 0: that is its Tate pairing
 * with (0, 2), which spans the points of order 3, before the power. Each lane
 * keeps 135 products of numbers y - 2 chosen by a coin each, V_{i,l}, and
 *
 *     W_i = prod_l V_{i+l,l},   i = 0 .. 127
 *
 * are to be cubes. Let l be the last lane with a point for which y - 2 is no
 * cube. Its coin in row i + l occurs in none of W_0 .. W_{i-1}; of its two
 * values one at most, given the other coins, makes W_i a cube: all are with
 * probability 2^-128.
 */
#ifndef ATR_WEIGHING_H
#define ATR_WEIGHING_H

#include "base/rng.h"
#include "curve/g1.h"
#include "curve/weight.h"

#define ATR_WEIGHING_CUBES 128
#define ATR_WEIGHING_ROWS (ATR_WEIGHING_CUBES + 7)

typedef struct {
    atr_g1 digit[ATR_WEIGHT_DIGITS][8];
    atr_fp cube[ATR_WEIGHING_ROWS][8];
} atr_weighing;

void atr_weighing_begin(atr_weighing *w);

/* atr_weighing_add_vartime adds `count` points, (0, 0) counting for nothing,
 * with a weight for each eight of them. `coins` draws what is chosen, or is
 * NULL where the order is known already. Weights and coins are not to depend on
 * the points but by a hash. */
void atr_weighing_add_vartime(atr_weighing *w, const atr_g1_affine *a,
                              const atr_weight *weights, size_t count,
                              atr_rng *coins);

/* atr_weighing_in_subgroup_vartime tells whether all points that were added
 * with coins have order r. When one has not, it says so but with probability
 * 2^-128. */
bool atr_weighing_in_subgroup_vartime(const atr_weighing *w);

/* atr_weighing_sum_vartime is out[l] = the product of a_{8t+l}^weights[t]. */
void atr_weighing_sum_vartime(atr_g1 out[8], const atr_weighing *w);

#endif
