#include "curve/fr.h"

#include "curve/expand.h"
#include "curve/limb.h"
#include "curve/modulus.h"

static const uint64_t modulus[4] = {ATR_FR_MODULUS0, ATR_FR_MODULUS1,
                                    ATR_FR_MODULUS2, ATR_FR_MODULUS3};
static const atr_fr r2 = {{ATR_FR_R20, ATR_FR_R21, ATR_FR_R22, ATR_FR_R23}};
static const atr_fr r3 = {{ATR_FR_R30, ATR_FR_R31, ATR_FR_R32, ATR_FR_R33}};

/* reduce_once subtracts r when `a` is not below it; returns the mask of
 * "was below". `a` is below 2 r. */
static atr_mask reduce_once(uint64_t out[4], const uint64_t a[4])
{
    atr_carry borrow = 0;
    uint64_t t[4];
    atr_mask below;

    for (int i = 0; i < 4; i++) {
        t[i] = atr_limb_sub(a[i], modulus[i], &borrow);
    }
    below = atr_mask_from_bit(borrow);
    for (int i = 0; i < 4; i++) {
        out[i] = atr_mask_select(below, a[i], t[i]);
    }
    return below;
}

/* mont_mul is a b / 2^256 mod r (Montgomery; the operand scanning of Koc,
 * Acar and Kaliski, 1996). `a` may be any four limbs, `b` is below r. */
static void mont_mul(uint64_t out[4], const uint64_t a[4], const uint64_t b[4])
{
    uint64_t t[5] = {0};

    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        uint64_t low = 0;
        uint64_t m;

        for (int j = 0; j < 4; j++) {
            t[j] = atr_limb_mul_add(a[i], b[j], t[j], &carry);
        }
        t[4] += carry;
        m = t[0] * ATR_FR_INVERSE;
        (void)atr_limb_mul_add(m, modulus[0], t[0], &low);
        for (int j = 1; j < 4; j++) {
            t[j - 1] = atr_limb_mul_add(m, modulus[j], t[j], &low);
        }
        t[3] = t[4] + low;
        t[4] = t[3] < low;
    }
    reduce_once(out, t); /* below 2 r < 2^256, so t[4] is 0 */
}

atr_fr atr_fr_of(uint64_t value)
{
    atr_fr out = {{value, 0, 0, 0}};

    mont_mul(out.limb, out.limb, r2.limb);
    return out;
}

void atr_fr_add(atr_fr *out, const atr_fr *a, const atr_fr *b)
{
    atr_carry carry = 0;
    uint64_t t[4];

    for (int i = 0; i < 4; i++) {
        t[i] = atr_limb_add(a->limb[i], b->limb[i], &carry);
    }
    reduce_once(out->limb, t);
}

void atr_fr_sub(atr_fr *out, const atr_fr *a, const atr_fr *b)
{
    atr_carry borrow = 0;
    atr_carry carry = 0;
    uint64_t t[4];
    atr_mask negative;

    for (int i = 0; i < 4; i++) {
        t[i] = atr_limb_sub(a->limb[i], b->limb[i], &borrow);
    }
    negative = atr_mask_from_bit(borrow);
    for (int i = 0; i < 4; i++) {
        out->limb[i] = atr_limb_add(t[i], modulus[i] & negative, &carry);
    }
}

void atr_fr_neg(atr_fr *out, const atr_fr *a)
{
    const atr_fr zero = {{0}};

    atr_fr_sub(out, &zero, a);
}

void atr_fr_mul(atr_fr *out, const atr_fr *a, const atr_fr *b)
{
    mont_mul(out->limb, a->limb, b->limb);
}

void atr_fr_sqr(atr_fr *out, const atr_fr *a)
{
    mont_mul(out->limb, a->limb, a->limb);
}

atr_mask atr_fr_is_zero(const atr_fr *a)
{
    return atr_mask_is_zero(a->limb[0] | a->limb[1] | a->limb[2] | a->limb[3]);
}

atr_mask atr_fr_equal(const atr_fr *a, const atr_fr *b)
{
    uint64_t differ = 0;

    for (int i = 0; i < 4; i++) {
        differ |= a->limb[i] ^ b->limb[i];
    }
    return atr_mask_is_zero(differ);
}

void atr_fr_select(atr_fr *out, atr_mask mask, const atr_fr *yes,
                   const atr_fr *no)
{
    for (int i = 0; i < 4; i++) {
        out->limb[i] = atr_mask_select(mask, yes->limb[i], no->limb[i]);
    }
}

void atr_fr_eval(atr_fr *out, const atr_fr *poly, size_t count, uint64_t x)
{
    atr_fr at = atr_fr_of(x);
    atr_fr sum = {{0}};

    for (size_t i = count; i-- > 0;) {
        atr_fr_mul(&sum, &sum, &at);
        atr_fr_add(&sum, &sum, &poly[i]);
    }
    *out = sum;
    atr_wipe(&sum, sizeof sum);
}

atr_err atr_fr_read(atr_fr *out, const uint8_t in[ATR_FR_BYTES])
{
    uint64_t t[4];
    uint64_t same[4];
    atr_mask below;

    for (int i = 0; i < 4; i++) {
        t[3 - i] = atr_limb_read(in + 8 * i);
    }
    below = reduce_once(same, t);
    mont_mul(out->limb, t, r2.limb);
    for (int i = 0; i < 4; i++) {
        out->limb[i] &= below;
    }
    atr_wipe(t, sizeof t);
    atr_wipe(same, sizeof same);
    ATR_PUBLIC(&below, sizeof below);
    return below ? ATR_OK : ATR_ERR_INPUT;
}

void atr_fr_limbs(uint64_t out[4], const atr_fr *a)
{
    const uint64_t plain_one[4] = {1, 0, 0, 0};

    mont_mul(out, a->limb, plain_one);
}

void atr_fr_write(uint8_t out[ATR_FR_BYTES], const atr_fr *a)
{
    uint64_t t[4];

    atr_fr_limbs(t, a);
    for (int i = 0; i < 4; i++) {
        atr_limb_write(out + 8 * i, t[3 - i]);
    }
    atr_wipe(t, sizeof t);
}

/* high 2^256 + low: the halves enter Montgomery form on their own. */
void atr_fr_reduce(atr_fr *out, const uint8_t in[ATR_FR_WIDE_BYTES])
{
    atr_fr high = {{0}};
    atr_fr low;

    for (int i = 0; i < 2; i++) {
        high.limb[1 - i] = atr_limb_read(in + 8 * i);
    }
    for (int i = 0; i < 4; i++) {
        low.limb[3 - i] = atr_limb_read(in + 16 + 8 * i);
    }
    mont_mul(high.limb, high.limb, r3.limb);
    mont_mul(low.limb, low.limb, r2.limb);
    atr_fr_add(out, &high, &low);
    atr_wipe(&high, sizeof high);
    atr_wipe(&low, sizeof low);
}

void atr_fr_random(atr_fr *out, atr_rng *rng)
{
    uint8_t bytes[ATR_FR_WIDE_BYTES];
    atr_mask zero;

    do {
        atr_rng_bytes(rng, bytes, sizeof bytes);
        atr_fr_reduce(out, bytes);
        zero = atr_fr_is_zero(out);
        ATR_PUBLIC(&zero, sizeof zero);
    } while (zero);
    atr_wipe(bytes, sizeof bytes);
    ATR_SECRET(out, sizeof *out);
}

void atr_fr_weight(atr_fr *out, atr_rng *rng)
{
    atr_fr x2 = atr_fr_of(ATR_CURVE_X);
    uint64_t part[2];
    atr_fr a;

    atr_rng_bytes(rng, part, sizeof part);
    a = atr_fr_of(part[0]);
    *out = atr_fr_of(part[1]);
    atr_fr_sqr(&x2, &x2);
    atr_fr_mul(out, out, &x2);
    atr_fr_add(out, out, &a);
    atr_wipe(part, sizeof part);
    atr_wipe(&a, sizeof a);
}

void atr_fr_hash(atr_fr *out, atr_bytes dst, atr_bytes message)
{
    uint8_t bytes[ATR_FR_WIDE_BYTES];

    atr_expand_xmd(bytes, sizeof bytes, dst, message);
    atr_fr_reduce(out, bytes);
    atr_wipe(bytes, sizeof bytes);
}
