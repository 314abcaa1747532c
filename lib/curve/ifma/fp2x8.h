/* fp2x8.h - eight elements of Fp2 = Fp[u] / (u^2 + 1) at once.
 *
 * Both parts are elements as in fp8.h: normal digits, reduced ones below 3 p,
 * differences below 2^9 p. Factors may be sums of up to four of either, below
 * 2^11 p, so that no part of a product passes 3 (2^12)^2 p^2 = 2^26 p^2.
 *
 * *Wide*: a product before its reduction, or a sum and difference of such, as
 * columns of either sign (columns.h). In units of 2^56, which is one product
 * of elements, the columns of a product are below 1 in part 0, a0 b0 - a1 b1,
 * and below 2 in part 1; those of a square are below 1. A sum may reach 64
 * units, or 10 in atr_fp8_sum_step, and 2^34 p^2 as a number.
 *
 * Constant time, as all of the engine. The outputs may be the inputs; of the
 * functions that give wide ones, both are of different types.
 */
#ifndef ATR_IFMA_FP2X8_H
#define ATR_IFMA_FP2X8_H

#include "curve/fp2.h"
#include "curve/ifma/fp8.h"

typedef struct {
    atr_fp8 c0, c1; /* c0 + c1 u */
} atr_fp2x8;

typedef struct {
    atr_fp8_wide c0, c1;
} atr_fp2x8_wide;

/* Reduced. */
void atr_fp2x8_mul(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b);
void atr_fp2x8_sqr(atr_fp2x8 *out, const atr_fp2x8 *a);
/* atr_fp2x8_mul_fp is a times elements of Fp. */
void atr_fp2x8_mul_fp(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp8 *b);
/* atr_fp2x8_mul_add is a b + c d, atr_fp2x8_mul_sub is a b - c d. */
void atr_fp2x8_mul_add(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                       const atr_fp2x8 *c, const atr_fp2x8 *d);
void atr_fp2x8_mul_sub(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                       const atr_fp2x8 *c, const atr_fp2x8 *d);
/* atr_fp2x8_inv of an element below 4 p; that of 0 is 0. */
void atr_fp2x8_inv(atr_fp2x8 *out, const atr_fp2x8 *a);

void atr_fp2x8_mul_wide(atr_fp2x8_wide *out, const atr_fp2x8 *a,
                        const atr_fp2x8 *b);
void atr_fp2x8_sqr_wide(atr_fp2x8_wide *out, const atr_fp2x8 *a);
void atr_fp2x8_reduce(atr_fp2x8 *out, const atr_fp2x8_wide *a);

/* atr_fp8_sum reduces a sum of wide elements of Fp, `plus` less `minus`: two
 * ATR_TERMS, the first with one term at least; a term may be there twice. */
void atr_fp8_sum(atr_fp8 *out, const atr_fp8_wide *const *plus,
                 const atr_fp8_wide *const *minus);
/* atr_fp8_sum_step goes on from the sum x to 3 x + 2 a or 3 x - 2 a: a squaring
 * in the cyclotomic subgroup. Two of three need not be reduced: after them
 * elements are below 2^9 p and 2^11 p. */
typedef struct {
    int sign;       /* of 2 a; with 0 it is x alone, and `a` is not read */
    unsigned since; /* steps since `a` was reduced, at most 2 */
    bool reduces;   /* the result is reduced; for the third step it must be */
} atr_step;
#define ATR_STEP_NONE ((atr_step){0, 0, true})
void atr_fp8_sum_step(atr_fp8 *out, const atr_fp8_wide *const *plus,
                      const atr_fp8_wide *const *minus, const atr_fp8 *a,
                      atr_step step);
#define ATR_TERMS(...)                                                         \
    (const atr_fp8_wide *const[])                                              \
    {                                                                          \
        __VA_ARGS__, NULL                                                      \
    }
#define ATR_NO_TERMS ((const atr_fp8_wide *const[]){NULL})

/* Lanes as bits, for elements below 4 p. */
uint8_t atr_fp2x8_is_zero(const atr_fp2x8 *a);
uint8_t atr_fp2x8_equal(const atr_fp2x8 *a, const atr_fp2x8 *b);

/* One element in all lanes, in Montgomery form. */
void atr_fp2x8_all(atr_fp2x8 *out, const uint64_t a[2][8]);
/* To and from eight elements, `stride` bytes apart. */
void atr_fp2x8_load(atr_fp2x8 *out, const atr_fp2 *in, size_t stride);
void atr_fp2x8_store(atr_fp2 *out, size_t stride, const atr_fp2x8 *a);

/* Sums carry, and differences add 2^8 p: what is subtracted is reduced, times
 * at most 85. */
void atr_fp2x8_add(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b);
void atr_fp2x8_sub(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b);
void atr_fp2x8_neg(atr_fp2x8 *out, const atr_fp2x8 *a);
/* atr_fp2x8_conj is a^p. */
void atr_fp2x8_conj(atr_fp2x8 *out, const atr_fp2x8 *a);
/* atr_fp2x8_mul_xi is a (1 + u). */
void atr_fp2x8_mul_xi(atr_fp2x8 *out, const atr_fp2x8 *a);
/* `yes` in the lanes of `mask`, `no` in the others. */
void atr_fp2x8_select(atr_fp2x8 *out, uint8_t mask, const atr_fp2x8 *yes,
                      const atr_fp2x8 *no);

#endif
