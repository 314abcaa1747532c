/* fp12.h - Fp12 = Fp6[w] / (w^2 - v). Constant time; outputs may be inputs. */
#ifndef ATR_FP12_H
#define ATR_FP12_H

#include "curve/fp6.h"

typedef struct {
    atr_fp6 c0, c1; /* c0 + c1 w */
} atr_fp12;

void atr_fp12_one(atr_fp12 *out);
void atr_fp12_mul(atr_fp12 *out, const atr_fp12 *a, const atr_fp12 *b);
void atr_fp12_sqr(atr_fp12 *out, const atr_fp12 *a);
/* atr_fp12_inv of 0 is 0. */
void atr_fp12_inv(atr_fp12 *out, const atr_fp12 *a);
/* atr_fp12_conj is a^(p^6): the inverse in the cyclotomic subgroup. */
void atr_fp12_conj(atr_fp12 *out, const atr_fp12 *a);
atr_mask atr_fp12_equal(const atr_fp12 *a, const atr_fp12 *b);
void atr_fp12_select(atr_fp12 *out, atr_mask mask, const atr_fp12 *yes,
                     const atr_fp12 *no);

/* A value of a line: l0 + l1 v + l4 v w. */
typedef struct {
    atr_fp2 l0, l1, l4;
} atr_fp12_line;
void atr_fp12_mul_line(atr_fp12 *out, const atr_fp12 *a,
                       const atr_fp12_line *line);

/* atr_fp12_frobenius is a^p, atr_fp12_frobenius2 a^(p^2). */
void atr_fp12_frobenius(atr_fp12 *out, const atr_fp12 *a);
void atr_fp12_frobenius2(atr_fp12 *out, const atr_fp12 *a);

/* For elements of the cyclotomic subgroup, of order p^4 - p^2 + 1. */
void atr_fp12_cyclotomic_sqr(atr_fp12 *out, const atr_fp12 *a);
/* atr_fp12_cyclotomic_pow_x is a^|x| of the curve parameter x. */
void atr_fp12_cyclotomic_pow_x(atr_fp12 *out, const atr_fp12 *a);

#endif
