/* fp6.h - Fp6 = Fp2[v] / (v^3 - xi), xi = 1 + u. Constant time. */
#ifndef ATR_FP6_H
#define ATR_FP6_H

#include "curve/fp2.h"

typedef struct {
    atr_fp2 c0, c1, c2; /* c0 + c1 v + c2 v^2 */
} atr_fp6;

typedef struct {
    atr_fp2_wide c0, c1, c2;
} atr_fp6_wide;

void atr_fp6_add(atr_fp6 *out, const atr_fp6 *a, const atr_fp6 *b);
/* Below 2 p, as atr_fp_add_lazy. */
void atr_fp6_add_lazy(atr_fp6 *out, const atr_fp6 *a, const atr_fp6 *b);
void atr_fp6_sub(atr_fp6 *out, const atr_fp6 *a, const atr_fp6 *b);
void atr_fp6_neg(atr_fp6 *out, const atr_fp6 *a);
void atr_fp6_mul(atr_fp6 *out, const atr_fp6 *a, const atr_fp6 *b);
void atr_fp6_sqr(atr_fp6 *out, const atr_fp6 *a);
/* atr_fp6_inv of 0 is 0. */
void atr_fp6_inv(atr_fp6 *out, const atr_fp6 *a);
/* atr_fp6_mul_v is a v. */
void atr_fp6_mul_v(atr_fp6 *out, const atr_fp6 *a);

/* Products before reduction; _01 is by b0 + b1 v, _1 by b1 v. Parts below 2 p
 * will do. For parts below p those of atr_fp6_mul_wide are between -7 p^2 and
 * 8 p^2, so that they may be reduced. */
void atr_fp6_mul_wide(atr_fp6_wide *out, const atr_fp6 *a, const atr_fp6 *b);
void atr_fp6_mul_01_wide(atr_fp6_wide *out, const atr_fp6 *a, const atr_fp2 *b0,
                         const atr_fp2 *b1);
void atr_fp6_mul_1_wide(atr_fp6_wide *out, const atr_fp6 *a, const atr_fp2 *b1);
/* a + b v, where `out` is not b, and a - b - c. */
void atr_fp6_wide_add_v(atr_fp6_wide *out, const atr_fp6_wide *a,
                        const atr_fp6_wide *b);
void atr_fp6_wide_sub_sub(atr_fp6_wide *out, const atr_fp6_wide *a,
                          const atr_fp6_wide *b, const atr_fp6_wide *c);
/* atr_fp6_wide_fold is atr_fp_wide_fold of every part. */
void atr_fp6_wide_fold(atr_fp6_wide *a);
void atr_fp6_reduce(atr_fp6 *out, const atr_fp6_wide *a);

#endif
