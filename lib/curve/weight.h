/* weight.h - weights of random combinations, made so that powers by them are
 * cheap where many points have the same one.
 *
 * With theta the power by x^2 (x being the curve parameter), which is a sixth
 * root of unity and costs a multiplication in Fp (g1.h, g2.h), a weight is
 *
 *     sum of d_i 8^i, i = 0 .. 31,  d_i one of sixteen:
 *     0,  theta^k and 2 theta^k (k = 0 .. 5),  4 theta^k (k = 0 .. 2).
 *
 * So a power takes 30 additions on the average, of the point as it is, and 96
 * doublings, which all points that are combined have in common.
 *
 * All 2^128 weights are different numbers mod r. The sixteen are different mod
 * 8 in Z[theta]: 2^i theta^k are told apart by i, and for one i by k, since
 * theta^k are different mod 8 and mod 4, and mod 2 for k = 0 .. 2. So two sums
 * with the same value in Z[theta] have the same d_0, and then the same others.
 * And a sum is at most 4 (8^32 - 1) / 7 < 2^96 in magnitude: the difference of
 * two has a norm below 2^194, so r does not divide it unless it is 0.
 */
#ifndef ATR_WEIGHT_H
#define ATR_WEIGHT_H

#include "curve/fr.h"

#define ATR_WEIGHT_DIGITS 32
#define ATR_WEIGHT_BITS 3 /* a digit: 2^shift theta^turn, or 0 */

/* Digit 0 is 0, and n > 0 is 2^((n - 1) / 6) theta^((n - 1) % 6). */
typedef struct {
    uint8_t digit[ATR_WEIGHT_DIGITS]; /* 0 .. 15, the lowest first */
} atr_weight;

/* What digit n > 0 is. */
static inline unsigned atr_weight_shift(uint8_t n)
{
    return (n - 1u) / 6;
}

static inline unsigned atr_weight_turn(uint8_t n)
{
    return (n - 1u) % 6;
}

/* atr_weight_draw takes one of the 2^128 weights; atr_weight_fr is its value.
 * Weights are public where they are used. */
void atr_weight_draw(atr_weight *out, atr_rng *rng);
void atr_weight_fr_vartime(atr_fr *out, const atr_weight *weight);

#endif
