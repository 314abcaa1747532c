/* engine.h - what curve/batch_*.c ask of the eight-way engine: arrays of
 * exactly eight, lane l being item l. Plain types, no vector instructions, so
 * that any file may include it. fp8.h tells how the engine computes.
 */
#ifndef ATR_IFMA_ENGINE_H
#define ATR_IFMA_ENGINE_H

#include "curve/g1.h"
#include "curve/g2.h"
#include "curve/pairing.h"
#include "curve/weight.h"

#define ATR_LANES 8

/* atr_ifma_g1_mul is out[l] = a[l]^k[l], in constant time. */
void atr_ifma_g1_mul(atr_g1 out[ATR_LANES], const atr_g1_affine a[ATR_LANES],
                     const atr_fr k[ATR_LANES]);
/* atr_ifma_g1_mul_vartime is the same; the time depends on the longest of the
 * scalars. */
void atr_ifma_g1_mul_vartime(atr_g1 out[ATR_LANES],
                             const atr_g1_affine a[ATR_LANES],
                             const atr_fr k[ATR_LANES]);

/* atr_ifma_g1_sum_vartime is the product of a[i]^k[i], as eight points whose
 * product it is, for a multiple of eight of points up to the number below;
 * none of them the identity. */
#define ATR_IFMA_SUM_MAX 64
void atr_ifma_g1_sum_vartime(atr_g1 out[ATR_LANES], const atr_g1_affine *a,
                             const atr_fr *k, size_t count);

/* atr_ifma_g1_weigh multiplies sum[i][l] by the product of a[8 t + l]^d, d
 * being digit i of weights[t], over 8 t + l < count, for up to ATR_G1_WEIGH_MAX
 * weights (batch_parts.h) and any points of the curve. Bit l of met[i] tells
 * that sum[i][l] is as it was: the product may be 1, or points of the lane met
 * that its formulas do not add. */
void atr_ifma_g1_weigh(atr_g1 sum[ATR_WEIGHT_DIGITS][ATR_LANES],
                       uint8_t met[ATR_WEIGHT_DIGITS], const atr_g1_affine *a,
                       const atr_weight *weights, size_t count);
/* atr_ifma_g1_weighed is out[l] = the product of sum[i][l]^(8^i). */
void atr_ifma_g1_weighed(atr_g1 out[ATR_LANES],
                         const atr_g1 sum[ATR_WEIGHT_DIGITS][ATR_LANES]);
/* atr_ifma_g1_in_subgroup tells, a bit a lane, which points of the curve have
 * order r. */
uint8_t atr_ifma_g1_in_subgroup(const atr_g1_affine a[ATR_LANES]);

/* atr_ifma_choose multiplies product[i][l], for i below `rows`, by those of
 * value[8 (4 g + b) + l] for which bit b of chosen[i fours + g] is set, g below
 * `fours`, which is at most the number here. */
#define ATR_IFMA_FOURS_MAX 8
void atr_ifma_choose(atr_fp (*product)[ATR_LANES], size_t rows,
                     const atr_fp *value, const uint8_t *chosen, size_t fours);
/* atr_ifma_are_cubes tells whether all are cubes of something other than 0. */
bool atr_ifma_are_cubes(const atr_fp a[2 * ATR_LANES]);

/* atr_ifma_g1_table_mul is the power of one table's point, for `count` items,
 * any number: the table is brought into the form of the engine once. Constant
 * time. */
void atr_ifma_g1_table_mul(atr_g1 *out, const atr_g1_table *table,
                           const atr_fr *k, size_t count);
/* atr_ifma_g1_table_mul_one is one such power, over all lanes. */
void atr_ifma_g1_table_mul_one(atr_g1 *out, const atr_g1_table *table,
                               const atr_fr *k);

/* atr_ifma_g1_solve finds y with y^2 = x^3 + 4, of either sign. Bit l of the
 * result tells whether there is one and (x, y) is in the subgroup. */
uint8_t atr_ifma_g1_solve(atr_fp y[ATR_LANES], const atr_fp x[ATR_LANES]);

/* atr_ifma_g1_solve_curve is the same whatever the order. */
uint8_t atr_ifma_g1_solve_curve(atr_fp y[ATR_LANES], const atr_fp x[ATR_LANES]);

/* atr_ifma_g1_map is the sum of map_to_curve of u[l] and u[8 + l], its
 * cofactor cleared: the second half of hash_to_curve. Constant time. */
void atr_ifma_g1_map(atr_g1 out[ATR_LANES], const atr_fp u[2 * ATR_LANES]);
/* atr_ifma_g1_map_four is the same of u[l] and u[4 + l] for four items, in
 * little more than half the time; out[4 .. 7] are the same points again. */
void atr_ifma_g1_map_four(atr_g1 out[ATR_LANES], const atr_fp u[ATR_LANES]);

/* The same in G2: y^2 = x^3 + 4 (1 + u). */
void atr_ifma_g2_mul(atr_g2 out[ATR_LANES], const atr_g2_affine a[ATR_LANES],
                     const atr_fr k[ATR_LANES]);
void atr_ifma_g2_mul_vartime(atr_g2 out[ATR_LANES],
                             const atr_g2_affine a[ATR_LANES],
                             const atr_fr k[ATR_LANES]);
/* atr_ifma_g2_weigh is out[l] = the product of a[8 t + l]^weights[t], for up
 * to ATR_G2_WEIGH_MAX weights. Bit l of the result tells that out[l] is
 * nothing. */
uint8_t atr_ifma_g2_weigh(atr_g2 out[ATR_LANES], const atr_g2_affine *a,
                          const atr_weight *weights, size_t count);
void atr_ifma_g2_table_mul(atr_g2 *out, const atr_g2_table *table,
                           const atr_fr *k, size_t count);
void atr_ifma_g2_table_mul_one(atr_g2 *out, const atr_g2_table *table,
                               const atr_fr *k);
uint8_t atr_ifma_g2_solve(atr_fp2 y[ATR_LANES], const atr_fp2 x[ATR_LANES]);

/* atr_ifma_pairing_x8 is the product of the pairings of `width` pairs for each
 * of `used` items, 1 to 8, whose pairs lie one item after another; lanes above
 * compute something. Pairs at one place of their items that all bring the same
 * lines are met with these; otherwise lines that are brought are not read. */
void atr_ifma_pairing_x8(atr_gt out[ATR_LANES], const atr_pair *pairs,
                         size_t width, size_t used);
/* Its two halves; the first up to a factor in Fp2. */
void atr_ifma_miller(atr_fp12 out[ATR_LANES], const atr_pair *pairs,
                     size_t width, size_t used);
void atr_ifma_final(atr_fp12 out[ATR_LANES], const atr_fp12 in[ATR_LANES]);

/* atr_ifma_gt_pow_x8 is out[l] = a[l]^k[l], in constant time. */
void atr_ifma_gt_pow_x8(atr_gt out[ATR_LANES], const atr_gt a[ATR_LANES],
                        const atr_fr k[ATR_LANES]);
/* atr_ifma_gt_table_pow_x8 is the power of one table's element to each k[l],
 * in constant time; pairing.h has the single one. */
void atr_ifma_gt_table_pow_x8(atr_gt out[ATR_LANES], const atr_gt_table *table,
                              const atr_fr k[ATR_LANES]);

#endif
