#include "curve/weight.h"

#include "curve/modulus.h"

void atr_weight_draw(atr_weight *out, atr_rng *rng)
{
    uint8_t bytes[ATR_WEIGHT_DIGITS / 2];

    atr_rng_bytes(rng, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        out->digit[2 * i] = bytes[i] & 15;
        out->digit[2 * i + 1] = bytes[i] >> 4;
    }
    ATR_PUBLIC(out, sizeof *out);
}

/* theta^0 .. theta^5; theta^2 = theta - 1. */
static void powers(atr_fr out[6])
{
    out[0] = atr_fr_of(1);
    out[1] = atr_fr_of(ATR_CURVE_X);
    atr_fr_sqr(&out[1], &out[1]);
    atr_fr_sub(&out[2], &out[1], &out[0]);
    for (int k = 3; k < 6; k++) {
        atr_fr_neg(&out[k], &out[k - 3]);
    }
}

void atr_weight_fr_vartime(atr_fr *out, const atr_weight *weight)
{
    atr_fr theta[6];
    atr_fr sum = {{0}};

    powers(theta);
    for (size_t i = ATR_WEIGHT_DIGITS; i-- > 0;) {
        const uint8_t n = weight->digit[i];

        for (unsigned b = ATR_WEIGHT_BITS; b-- > 0;) {
            atr_fr_add(&sum, &sum, &sum);
            if (n != 0 && atr_weight_shift(n) == b) {
                atr_fr_add(&sum, &sum, &theta[atr_weight_turn(n)]);
            }
        }
    }
    *out = sum;
}
