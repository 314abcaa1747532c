/* fp12x1.h - one element of Fp12 in the lanes: six.h. Numbers come and go
 * normal and below 2 p; outputs may be inputs. */
#ifndef ATR_IFMA_FP12X1_H
#define ATR_IFMA_FP12X1_H

#include "curve/ifma/six.h"

void atr_fp12x1_load(atr_six *out, const atr_fp12 *in);
void atr_fp12x1_store(atr_fp12 *out, const atr_six *a);

void atr_fp12x1_one(atr_six *out);
void atr_fp12x1_mul(atr_six *out, const atr_six *a, const atr_six *b);
void atr_fp12x1_sqr(atr_six *out, const atr_six *a);
/* atr_fp12x1_mul_line takes l0 + l1 w^2 + l4 w^3 from slots 0, 1 and 2. */
void atr_fp12x1_mul_line(atr_six *out, const atr_six *a, const atr_six *line);

/* atr_fp12x1_conj is a^(p^6), atr_fp12x1_frobenius a^p, atr_fp12x1_frobenius2
 * a^(p^2). */
void atr_fp12x1_conj(atr_six *out, const atr_six *a);
void atr_fp12x1_frobenius(atr_six *out, const atr_six *a);
void atr_fp12x1_frobenius2(atr_six *out, const atr_six *a);

/* For the cyclotomic subgroup: a^(2^times), times > 0, and a^x; x is negative.
 */
void atr_fp12x1_cyclotomic_sqr(atr_six *out, const atr_six *a, int times);
void atr_fp12x1_cyclotomic_pow_x(atr_six *out, const atr_six *a);

#endif
