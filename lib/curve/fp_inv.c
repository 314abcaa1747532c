#include "curve/fp.h"

#define WORDS ATR_FP_WORDS
#define MINUS_INVERSE ATR_FP_INVERSE
#define ROUNDS 13 /* 780 steps; 2 * 381 - 1 are enough */

static const uint64_t modulus[WORDS] = ATR_FP_MODULUS;

#include "curve/inverse.inc"

/* Of x R it is 1 / (x R); two factors R make Montgomery form of 1 / x. */
void atr_fp_inv(atr_fp *out, const atr_fp *in)
{
    static const atr_fp r3 = ATR_FP_R3;
    uint64_t a[WORDS];
    uint64_t v[WORDS];

    atr_fp_words(a, in);
    invert(v, a);
    atr_fp_of_words(out, v);
    atr_fp_mul(out, out, &r3);
    atr_wipe(v, sizeof v);
}
