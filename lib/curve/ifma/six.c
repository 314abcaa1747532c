/* Representation, bounds and the reason why nothing overflows: six.h. */
#include "curve/ifma/six.h"

#include "curve/ifma/six_kernel.h"
#include "curve/ifma/fp8.h"

/* From 12 - 2 s on: the lanes of a six that has moved on by s slots. */
static const uint64_t moved_on[32] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
};

#include "curve/ifma/six_low.inc"
#include "curve/ifma/six.inc"
#include "curve/ifma/six_high.inc"
#include "curve/ifma/six.inc"

/* The narrow half first: its reduction waits for itself, and the wide half's
 * products fill the time. */
void atr_six_mul(atr_six *out, const atr_six *left, const atr_six_right *right)
{
    mul_high(out, left, right);
    mul_low(out, left, right);
}

void atr_six_mul_four(atr_six *out, const atr_six *left,
                      const atr_six_right *right)
{
    mul_low(out, left, right);
}

void atr_six_convolve(atr_six *out, const atr_six_left *left,
                      const atr_six_right *right, const atr_six_term *terms,
                      int count)
{
    convolve_high(out, left, right, terms, count);
    convolve_low(out, left, right, terms, count);
}

/* Digit i begins at bit 52 i of the six words. */
void atr_six_split(atr_six *out, const atr_fp2 *in, int count)
{
    memset(out, 0, sizeof *out);
    for (int l = 0; l < 2 * count; l++) {
        const atr_fp *a = l % 2 == 0 ? &in[l / 2].c0 : &in[l / 2].c1;

        UNROLL for (int i = 0; i < 8; i++)
        {
            int at = 52 * i / 64;
            int shift = 52 * i % 64;
            uint64_t digit = a->limb[at] >> shift;

            if (shift > 12 && at < 5) {
                digit |= a->limb[at + 1] << (64 - shift);
            }
            out->limb[i][l] = digit & LOW52;
        }
    }
}

void atr_six_load(atr_six *out, const atr_fp2 in[6])
{
    atr_six_right right;
    atr_six enter = {{{0}}};

    atr_six_split(&right.plain, in, 6);
    memset(&right.turned, 0, sizeof right.turned); /* enter is in Fp */
    for (int i = 0; i < 8; i++) {
        for (int l = 0; l < 12; l += 2) {
            enter.limb[i][l] = atr_ifma_enter[i];
        }
    }
    atr_six_mul(out, &enter, &right);
    atr_wipe(&right, sizeof right);
}

void atr_six_store(atr_fp2 out[6], const atr_six *a)
{
    atr_fp2 padded[8];
    atr_fp8 half = {0};

    for (int at = 0; at < ATR_SIX_LANES; at += 8) {
        for (int i = 0; i < 8; i++) {
            for (int l = 0; l < 8; l++) {
                half.limb[i][l] = at + l < 12 ? a->limb[i][at + l] : 0;
            }
        }
        atr_fp8_store(&padded[at / 2].c0, sizeof(atr_fp), &half);
    }
    memcpy(out, padded, 6 * sizeof out[0]);
    atr_wipe(padded, sizeof padded);
    atr_wipe(&half, sizeof half);
}
