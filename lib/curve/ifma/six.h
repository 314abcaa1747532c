/* six.h - six elements of Fp2 at once, with AVX-512 IFMA: the lanes hold the
 * coordinates of one element of Fp12, or whatever six products of Fp2 a step
 * of a Miller loop needs. (fp8.h is the other way to use the lanes: eight
 * elements of Fp that have nothing to do with each other.)
 *
 * Representation. As in fp8.h: digits of 52 bits, R = 2^416. limb[i] is digit i
 * of all twelve coordinates; *slot* s is lanes 2 s and 2 s + 1, an element
 * a + b u of Fp2. Lanes 12 to 15 only fill a cache line. An element of Fp12
 * has the coefficient of w^s in slot s (w^6 = xi = 1 + u). Slots 0 to 3 are
 * one vector of 512 bits, slots 4 and 5 one of 256 bits.
 *
 * Bounds (tool/ifma_constants.py checks the arithmetic).
 *   - A six that goes in or out of a function of fp12x1.h is normal, and
 *     below 2 p.
 *   - A factor of a product is normal and below 2^13 p: a sum of few such
 *     numbers that is above -2^12 p, plus 2^12 p.
 *   - A product of Fp2 is two products in each lane, (a, b) (c, d) being
 *     a (c, d) + b (-d, c): the left factor *left*, the right one *right* and
 *     u times it *turned*. A sum of six is thus below 12 2^26 p^2 < 2^34 p^2,
 *     and reduces to below 2 p.
 *   - Its columns have at most 12 * 16 halves of 52 bits, and the reduction
 *     adds 16 and a carry: below 2^60.
 *
 * Constant time: as in fp8.h. The orders in which lanes are arranged are
 * constants.
 */
#ifndef ATR_IFMA_SIX_H
#define ATR_IFMA_SIX_H

#include "curve/fp12.h"

#define ATR_SIX_LANES 16

typedef struct {
    _Alignas(64) uint64_t limb[8][ATR_SIX_LANES];
} atr_six;

/* A right factor. */
typedef struct {
    atr_six plain, turned;
} atr_six_right;

/* atr_six_mul is the product slot by slot. `out` may be an input. */
void atr_six_mul(atr_six *out, const atr_six *left, const atr_six_right *right);
/* atr_six_mul_four is that of slots 0 to 3; nothing is said of the others. */
void atr_six_mul_four(atr_six *out, const atr_six *left,
                      const atr_six_right *right);

/* A left factor of a convolution: the *pair* n is slots 2 n and 2 n + 1, and
 * `xi` is xi times it. */
typedef struct {
    atr_six plain, xi;
} atr_six_left;

/* One term of a convolution. Pair `pair` of the left factor multiplies the
 * right one, which has been moved on by `shift` slots; what comes in again at
 * slot 0 has the factor xi. Slot s takes the half s mod 2 of the pair. */
typedef struct {
    int factor, pair, shift;
} atr_six_term;

/* atr_six_convolve is the sum of `count` terms, at most six. */
void atr_six_convolve(atr_six *out, const atr_six_left *left,
                      const atr_six_right *right, const atr_six_term *terms,
                      int count);

/* To and from the elements of the other engines. atr_six_store gives slot s to
 * out[s] and takes numbers below 2 p. */
void atr_six_load(atr_six *out, const atr_fp2 in[6]);
/* atr_six_split is atr_six_load without its product: 2^-32 times the numbers,
 * of which there are `count`. The other slots are 0. */
void atr_six_split(atr_six *out, const atr_fp2 *in, int count);
void atr_six_store(atr_fp2 out[6], const atr_six *a);

#endif
