/* fp8.h - eight elements of Fp at once, with AVX-512 IFMA.
 *
 * Representation. An atr_fp8 has eight limbs of eight lanes: limb[i][l] is
 * digit i, of 52 bits, of the element in lane l, in Montgomery form for
 * R = 2^416. p has 381 bits, so 35 bits are spare and nothing is ever
 * subtracted to bring a number below p: an element stands for itself mod p and
 * is *below B p* for some bound B.
 *
 * *Normal*: all digits in 0 .. 2^52 - 1. vpmadd52 looks at the lower 52 bits
 * of a factor only, so factors must be normal; all functions here take and
 * give normal elements. *Loose*: digits are any signed 64-bit numbers, as left
 * by additions without carry; these live in local variables between the
 * functions of loose.h and end in a carry chain.
 *
 * Bounds (tool/ifma_constants.py checks the arithmetic).
 *   - A reduction takes t, a sum of products, to (t + m p) / R with m < R.
 *     With t below 2^34 p^2 it is below 2 p; where products are subtracted p
 *     is added, and it is below 3 p. Both are called *reduced*.
 *   - A difference a - b adds 2^8 p. What is subtracted is a reduced element
 *     times at most 85, so the result is positive; a difference of reduced
 *     elements is below 2^9 p, and the factors that occur are below 2^14 p.
 *   - Columns of products: below 2^63 (columns.h). Loose digits: below 2^60
 *     in magnitude.
 *
 * Constant time: straight-line code on vectors; no branch and no address
 * depends on an element. (vpmadd52 and what else is used take a fixed time.)
 *
 * The functions exist only where the build says ATR_WITH_IFMA and may be
 * called only on a processor that has the instructions (curve/batch.h).
 */
#ifndef ATR_IFMA_FP8_H
#define ATR_IFMA_FP8_H

#include <stdint.h>

#include "curve/fp.h"

typedef struct {
    _Alignas(64) uint64_t limb[8][8];
} atr_fp8;

/* A sum of products that is not yet reduced: columns.h. */
typedef struct {
    _Alignas(64) int64_t column[16][8];
} atr_fp8_wide;

/* The outputs may be the inputs. Products are below 2 p. */
void atr_fp8_mul(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b);
void atr_fp8_sqr(atr_fp8 *out, const atr_fp8 *a);
/* atr_fp8_mul_add is a b + c d. */
void atr_fp8_mul_add(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b,
                     const atr_fp8 *c, const atr_fp8 *d);
/* atr_fp8_mul_all multiplies every lane by one constant. */
void atr_fp8_mul_all(atr_fp8 *out, const atr_fp8 *a, const uint64_t b[8]);

/* atr_fp8_canonical takes an element below 4 p below p. */
void atr_fp8_canonical(atr_fp8 *out, const atr_fp8 *a);
/* Lanes as bits, lane 0 lowest, for elements below 4 p. */
uint8_t atr_fp8_is_zero(const atr_fp8 *a);
uint8_t atr_fp8_equal(const atr_fp8 *a, const atr_fp8 *b);
/* atr_fp8_is_odd is sgn0 of RFC 9380, 4.1; the bound of `a` does not matter. */
uint8_t atr_fp8_is_odd(const atr_fp8 *a);

/* atr_fp8_pow_root is a^((p-3)/4) of `count` elements, at most 2, whose
 * chains the processor runs side by side. */
void atr_fp8_pow_root(atr_fp8 *out, const atr_fp8 *a, int count);
/* atr_fp8_pow_third is a^((p-1)/3) of two. */
void atr_fp8_pow_third(atr_fp8 out[2], const atr_fp8 a[2]);

/* atr_fp8_inv of an element below 4 p; that of 0 is 0. */
void atr_fp8_inv(atr_fp8 *out, const atr_fp8 *a);

/* To and from eight elements, `stride` bytes apart. */
void atr_fp8_load(atr_fp8 *out, const atr_fp *in, size_t stride);
void atr_fp8_store(atr_fp *out, size_t stride, const atr_fp8 *a);

#endif
