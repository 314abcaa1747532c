/* fp4x8.h - eight elements of Fp4 = Fp2[s] / (s^2 - xi) at once: s = w^3, and
 * Fp12 is Fp4[w] / (w^3 - s). Squares are cheaper than products, and over Fp4
 * most of a squaring in Fp12 is squares.
 *
 * Factors are sums of at most two elements of Fp2, reduced or differences. In
 * the units of fp2x8.h the columns of a product are below 4 and 5 in the parts
 * of c0, and 3 and 6 in those of c1; of a square below 3, and 6 in xi c1.
 */
#ifndef ATR_IFMA_FP4X8_H
#define ATR_IFMA_FP4X8_H

#include "curve/ifma/fp2x8.h"

/* An element where it lies: c0 + c1 s. */
typedef struct {
    const atr_fp2x8 *c0, *c1;
} atr_fp4x8;

/* A product on its way: those of the coefficients, and that of their sums. It
 * is c0 + c1 s with c0 = low + xi high and c1 = both - low - high. */
typedef struct {
    atr_fp2x8_wide low, high, both;
} atr_fp4x8_three;

typedef struct {
    atr_fp2x8_wide c0, c1;
} atr_fp4x8_wide;

void atr_fp4x8_mul(atr_fp4x8_three *out, atr_fp4x8 a, atr_fp4x8 b);
void atr_fp4x8_sqr(atr_fp4x8_three *out, atr_fp4x8 a);
void atr_fp4x8_join(atr_fp4x8_wide *out, const atr_fp4x8_three *t);
/* The coefficients, reduced; the last is xi c1. Or, with x that coefficient, 3
 * x + 2 a or 3 x - 2 a: atr_fp8_sum_step. */
void atr_fp4x8_c0(atr_fp2x8 *out, const atr_fp4x8_three *t, const atr_fp2x8 *a,
                  atr_step step);
void atr_fp4x8_c1(atr_fp2x8 *out, const atr_fp4x8_three *t, const atr_fp2x8 *a,
                  atr_step step);
void atr_fp4x8_xi_c1(atr_fp2x8 *out, const atr_fp4x8_three *t,
                     const atr_fp2x8 *a, atr_step step);

#endif
