/* fp6x8.h - eight elements of Fp6 = Fp2[v] / (v^3 - xi) at once, xi = 1 + u.
 *
 * Representation and bounds are those of fp2x8.h. Coefficients of a factor may
 * be sums of two elements of Fp2, reduced or differences: Karatsuba's sums
 * then have four. In the units of fp2x8.h the columns of a product are below
 * 10 and 11 in the parts of coefficient 0, 6 and 9 in 1, 4 and 8 in 2.
 * Constant time. The outputs may be the inputs.
 */
#ifndef ATR_IFMA_FP6X8_H
#define ATR_IFMA_FP6X8_H

#include "curve/fp6.h"
#include "curve/ifma/fp2x8.h"

typedef struct {
    atr_fp2x8 c0, c1, c2; /* c0 + c1 v + c2 v^2 */
} atr_fp6x8;

typedef struct {
    atr_fp2x8_wide c0, c1, c2;
} atr_fp6x8_wide;

void atr_fp6x8_mul(atr_fp6x8 *out, const atr_fp6x8 *a, const atr_fp6x8 *b);
/* atr_fp6x8_inv of reduced elements; that of 0 is 0. */
void atr_fp6x8_inv(atr_fp6x8 *out, const atr_fp6x8 *a);

/* Products before reduction; _01 is by b0 + b1 v, _1 by b1 v. */
void atr_fp6x8_mul_wide(atr_fp6x8_wide *out, const atr_fp6x8 *a,
                        const atr_fp6x8 *b);
void atr_fp6x8_mul_01_wide(atr_fp6x8_wide *out, const atr_fp6x8 *a,
                           const atr_fp2x8 *b0, const atr_fp2x8 *b1);
void atr_fp6x8_mul_1_wide(atr_fp6x8_wide *out, const atr_fp6x8 *a,
                          const atr_fp2x8 *b1);
void atr_fp6x8_reduce(atr_fp6x8 *out, const atr_fp6x8_wide *a);

/* atr_fp6x8_add carries. */
void atr_fp6x8_add(atr_fp6x8 *out, const atr_fp6x8 *a, const atr_fp6x8 *b);
/* atr_fp6x8_neg of a reduced element is reduced. */
void atr_fp6x8_neg(atr_fp6x8 *out, const atr_fp6x8 *a);
void atr_fp6x8_select(atr_fp6x8 *out, uint8_t mask, const atr_fp6x8 *yes,
                      const atr_fp6x8 *no);

#endif
