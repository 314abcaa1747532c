#include "curve/scalar.h"

#include "curve/limb.h"
#include "curve/modulus.h"

/* divide replaces `number` by its quotient by |x| and returns the remainder:
 * two limbs by one with a reciprocal (Moller and Granlund, "Improved division
 * by invariant integers", algorithm 4), its first correction masked. The
 * second is never needed for this divisor (tool/curve_constants.py). */
static uint64_t divide(uint64_t number[4])
{
    const uint64_t d = ATR_CURVE_X;
    uint64_t rest = 0;

    for (int i = 3; i >= 0; i--) {
        atr_u128 q = (atr_u128)ATR_CURVE_X_RECIPROCAL * rest;
        uint64_t high;
        uint64_t r;
        uint64_t fix;

        q += ((atr_u128)rest << 64) + number[i];
        high = (uint64_t)(q >> 64) + 1;
        r = number[i] - high * d;
        /* r > low half of q: one too many */
        fix = (uint64_t)(((atr_u128)(uint64_t)q - r) >> 64) & 1;
        fix = atr_mask_from_bit(fix);
        high += fix;
        r += d & fix;
        number[i] = high;
        rest = r;
    }
    return rest;
}

void atr_scalar_split(uint64_t d[4], const atr_fr *k)
{
    uint64_t number[4];

    atr_fr_limbs(number, k);
    for (int i = 0; i < 4; i++) {
        d[i] = divide(number);
    }
    atr_wipe(number, sizeof number);
}

uint64_t atr_scalar_window(const uint64_t *number, size_t count, size_t at,
                           unsigned bits)
{
    size_t word = at / 64;
    unsigned shift = at % 64;
    uint64_t out = word < count ? number[word] >> shift : 0;

    if (shift + bits > 64 && word + 1 < count) {
        out |= number[word + 1] << (64 - shift);
    }
    return out & ((UINT64_C(1) << bits) - 1);
}

uint64_t atr_scalar_booth(atr_mask *negative, const uint64_t *number,
                          size_t count, size_t i, unsigned w)
{
    uint64_t t = i == 0 ? atr_scalar_window(number, count, 0, w) << 1
                        : atr_scalar_window(number, count, i * w - 1, w + 1);
    atr_mask minus = atr_mask_from_bit(t >> w);
    uint64_t up = (t + 1) >> 1; /* 0 .. 2^w */

    *negative = minus;
    return atr_mask_select(minus, (UINT64_C(1) << w) - up, up);
}

size_t atr_scalar_wnaf_vartime(int8_t *digits, const uint64_t *number,
                               size_t count, unsigned w)
{
    size_t top = 64 * count + 1;
    size_t used = 0;
    uint64_t carry = 0;

    for (size_t i = 0; i < top;) {
        uint64_t bit = atr_scalar_window(number, count, i, 1);
        uint64_t value;

        if (bit == carry) {
            digits[i++] = 0;
            continue;
        }
        value = atr_scalar_window(number, count, i, w) + carry;
        carry = value >> (w - 1) & 1;
        digits[i] = (int8_t)((int)value - (int)(carry << w));
        used = i + 1;
        i++;
        for (unsigned k = 1; k < w && i < top; k++) {
            digits[i++] = 0;
        }
    }
    return used;
}
