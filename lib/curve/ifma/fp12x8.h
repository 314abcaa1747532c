/* fp12x8.h - eight elements of Fp12 = Fp6[w] / (w^2 - v) at once.
 *
 * All elements are reduced, lines may be differences (fp2x8.h): factors in
 * Fp6 are sums of two, as fp6x8.h asks. In the units of fp2x8.h no column
 * passes 64: 33 of a product, 26 of atr_fp12x8_sqr_double. Constant time. The
 * outputs may be the inputs.
 */
#ifndef ATR_IFMA_FP12X8_H
#define ATR_IFMA_FP12X8_H

#include "curve/fp12.h"
#include "curve/ifma/fp6x8.h"

typedef struct {
    atr_fp6x8 c0, c1; /* c0 + c1 w */
} atr_fp12x8;

void atr_fp12x8_mul(atr_fp12x8 *out, const atr_fp12x8 *a, const atr_fp12x8 *b);
/* atr_fp12x8_sqr_double is 2 a^2, which serves where factors in Fp do not
 * matter. */
void atr_fp12x8_sqr_double(atr_fp12x8 *out, const atr_fp12x8 *a);
/* atr_fp12x8_inv of 0 is 0. */
void atr_fp12x8_inv(atr_fp12x8 *out, const atr_fp12x8 *a);
/* atr_fp12x8_frobenius is a^p, atr_fp12x8_frobenius2 a^(p^2). */
void atr_fp12x8_frobenius(atr_fp12x8 *out, const atr_fp12x8 *a);
void atr_fp12x8_frobenius2(atr_fp12x8 *out, const atr_fp12x8 *a);

/* Values of lines, as atr_fp12_line: l0 + l1 v + l4 v w. */
typedef struct {
    atr_fp2x8 l0, l1, l4;
} atr_line8;
void atr_fp12x8_mul_line(atr_fp12x8 *out, const atr_fp12x8 *a,
                         const atr_line8 *line);

/* atr_fp12x8_conj is a^(p^6). */
void atr_fp12x8_conj(atr_fp12x8 *out, const atr_fp12x8 *a);
void atr_fp12x8_one(atr_fp12x8 *out);
void atr_fp12x8_select(atr_fp12x8 *out, uint8_t mask, const atr_fp12x8 *yes,
                       const atr_fp12x8 *no);

/* For elements of the cyclotomic subgroup, as in fp12.h; _sqr squares `times`
 * times, in place. */
void atr_fp12x8_cyclotomic_sqr(atr_fp12x8 *a, int times);
void atr_fp12x8_cyclotomic_pow_x(atr_fp12x8 *out, const atr_fp12x8 *a);

/* To and from eight elements, `stride` bytes apart. */
void atr_fp12x8_load(atr_fp12x8 *out, const atr_fp12 *in, size_t stride);
void atr_fp12x8_store(atr_fp12 *out, size_t stride, const atr_fp12x8 *a);

#endif
