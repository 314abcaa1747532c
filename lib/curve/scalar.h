/* scalar.h - scalars cut into digits for the multiplications. */
#ifndef ATR_SCALAR_H
#define ATR_SCALAR_H

#include "curve/fr.h"

/* atr_scalar_split writes k = d0 + d1 x + d2 x^2 + d3 x^3 with 64-bit digits
 * for |x|, the curve parameter without its sign. The endomorphisms of G2 and
 * GT are powers by x; that of G1 is a power by -x^2. Constant time. */
void atr_scalar_split(uint64_t d[4], const atr_fr *k);

/* atr_scalar_window takes `bits` bits at `at` of a number of `count` limbs;
 * bits past its end are 0. */
uint64_t atr_scalar_window(const uint64_t *number, size_t count, size_t at,
                           unsigned bits);

/* Booth's recoding: digit i of width w stands for bits i w - 1 .. i w + w - 1
 * and is between -2^(w-1) and 2^(w-1). Their sum with weights 2^(i w) is the
 * number when the digits reach past its top. atr_scalar_booth returns the
 * magnitude and tells whether the digit is negative. Constant time. */
uint64_t atr_scalar_booth(atr_mask *negative, const uint64_t *number,
                          size_t count, size_t i, unsigned w);

/* Non-adjacent form of width w: odd digits between -2^(w-1) and 2^(w-1), or 0,
 * at most 64 count + 1 of them. Returns how many. */
size_t atr_scalar_wnaf_vartime(int8_t *digits, const uint64_t *number,
                               size_t count, unsigned w);

#endif
