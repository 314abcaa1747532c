#include "curve/fp.h"

static const uint64_t modulus[6] = ATR_FP_LIMBS;
static const atr_fp one = ATR_FP_ONE;
static const atr_fp r2 = {
    {ATR_FP_R20, ATR_FP_R21, ATR_FP_R22, ATR_FP_R23, ATR_FP_R24, ATR_FP_R25}};
static const atr_fp r3 = {
    {ATR_FP_R30, ATR_FP_R31, ATR_FP_R32, ATR_FP_R33, ATR_FP_R34, ATR_FP_R35}};

#define UNROLL _Pragma("GCC unroll 12")

/* The columns of a product and of the multiple of p that clears its lower
 * half, summed together (Koc, Acar and Kaliski, 1996, FIPS). `a` may be any
 * six limbs and `b` is below p, or both are below 2 p: the result before the
 * last subtraction stays below 2 p. */
void atr_fp_mul(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    atr_column c = {0, 0, 0};
    uint64_t m[6];
    uint64_t t[6];

    UNROLL for (int k = 0; k < 6; k++)
    {
        UNROLL for (int i = 0; i < k; i++)
        {
            atr_column_mul(&c, a->limb[i], b->limb[k - i]);
            atr_column_mul(&c, m[i], modulus[k - i]);
        }
        atr_column_mul(&c, a->limb[k], b->limb[0]);
        m[k] = c.r0 * ATR_FP_INVERSE;
        atr_column_mul(&c, m[k], modulus[0]);
        (void)atr_column_next(&c);
    }
    UNROLL for (int k = 6; k < 11; k++)
    {
        UNROLL for (int i = k - 5; i < 6; i++)
        {
            atr_column_mul(&c, a->limb[i], b->limb[k - i]);
            atr_column_mul(&c, m[i], modulus[k - i]);
        }
        t[k - 6] = atr_column_next(&c);
    }
    t[5] = c.r0;
    atr_fp_reduce_once(out, t);
}

void atr_fp_mul_wide(atr_fp_wide *out, const atr_fp *a, const atr_fp *b)
{
    atr_column c = {0, 0, 0};

    UNROLL for (int k = 0; k < 11; k++)
    {
        UNROLL for (int i = k < 6 ? 0 : k - 5; i <= (k < 6 ? k : 5); i++)
        {
            atr_column_mul(&c, a->limb[i], b->limb[k - i]);
        }
        out->limb[k] = atr_column_next(&c);
    }
    out->limb[11] = c.r0;
}

/* Below p 2^384 the result before the last subtraction stays below 2 p. */
void atr_fp_reduce(atr_fp *out, const atr_fp_wide *a)
{
    atr_column c = {0, 0, 0};
    uint64_t m[6];
    uint64_t t[6];

    UNROLL for (int k = 0; k < 6; k++)
    {
        atr_column_add(&c, a->limb[k], 0);
        UNROLL for (int i = 0; i < k; i++)
        {
            atr_column_mul(&c, m[i], modulus[k - i]);
        }
        m[k] = c.r0 * ATR_FP_INVERSE;
        atr_column_mul(&c, m[k], modulus[0]);
        (void)atr_column_next(&c);
    }
    UNROLL for (int k = 6; k < 12; k++)
    {
        atr_column_add(&c, a->limb[k], 0);
        UNROLL for (int i = k - 5; i < 6; i++)
        {
            atr_column_mul(&c, m[i], modulus[k - i]);
        }
        t[k - 6] = atr_column_next(&c);
    }
    atr_fp_reduce_once(out, t);
}

/* Each column: its products of different limbs twice, and a square. */
static inline void sqr_wide(atr_fp_wide *out, const atr_fp *a)
{
    atr_column c = {0, 0, 0};

    UNROLL for (int k = 0; k < 11; k++)
    {
        atr_column twice = {0, 0, 0};
        atr_carry carry = 0;

        UNROLL for (int i = k < 6 ? 0 : k - 5; 2 * i < k; i++)
        {
            atr_column_mul(&twice, a->limb[i], a->limb[k - i]);
        }
        atr_column_double(&twice);
        if (k % 2 == 0) {
            atr_column_mul(&twice, a->limb[k / 2], a->limb[k / 2]);
        }
        c.r0 = atr_limb_add(c.r0, twice.r0, &carry);
        c.r1 = atr_limb_add(c.r1, twice.r1, &carry);
        c.r2 = atr_limb_add(c.r2, twice.r2, &carry);
        out->limb[k] = atr_column_next(&c);
    }
    out->limb[11] = c.r0;
}

void atr_fp_sqr(atr_fp *out, const atr_fp *a)
{
    atr_fp_wide t;

    sqr_wide(&t, a);
    atr_fp_reduce(out, &t);
}

atr_fp atr_fp_of(uint64_t value)
{
    atr_fp out = {{value, 0, 0, 0, 0, 0}};

    atr_fp_mul(&out, &out, &r2);
    return out;
}

/* a^exponent, five bits at a time; the exponent is public. */
static void power(atr_fp *out, const atr_fp *a, const uint64_t exponent[6])
{
    atr_fp table[32];
    atr_fp t = one;

    table[0] = one;
    for (int i = 1; i < 32; i++) {
        atr_fp_mul(&table[i], &table[i - 1], a);
    }
    for (int i = 380; i >= 0; i -= 5) {
        int word = i / 64;
        int shift = i % 64;
        uint64_t digit = exponent[word] >> shift;

        if (shift > 59 && word < 5) {
            digit |= exponent[word + 1] << (64 - shift);
        }
        for (int k = 0; k < 5; k++) {
            atr_fp_sqr(&t, &t);
        }
        if (digit & 31) {
            atr_fp_mul(&t, &t, &table[digit & 31]);
        }
    }
    *out = t;
    atr_wipe(table, sizeof table);
    atr_wipe(&t, sizeof t);
}

/* Montgomery's trick: the product of all is inverted and taken apart. */
void atr_fp_inv_many(atr_fp *all, atr_fp *spare, size_t count)
{
    atr_fp product = one;

    for (size_t i = 0; i < count; i++) {
        spare[i] = product;
        atr_fp_mul(&product, &product, &all[i]);
    }
    atr_fp_inv(&product, &product);
    for (size_t i = count; i-- > 0;) {
        atr_fp t = all[i];

        atr_fp_mul(&all[i], &product, &spare[i]);
        atr_fp_mul(&product, &product, &t);
    }
}

/* (p - 3) / 4 is (p - 1) / 2 halved and rounded down. */
void atr_fp_pow_root(atr_fp *out, const atr_fp *a)
{
    static const uint64_t exponent[6] = {ATR_FP_HALF0 >> 1 | ATR_FP_HALF1 << 63,
                                         ATR_FP_HALF1 >> 1 | ATR_FP_HALF2 << 63,
                                         ATR_FP_HALF2 >> 1 | ATR_FP_HALF3 << 63,
                                         ATR_FP_HALF3 >> 1 | ATR_FP_HALF4 << 63,
                                         ATR_FP_HALF4 >> 1 | ATR_FP_HALF5 << 63,
                                         ATR_FP_HALF5 >> 1};

    power(out, a, exponent);
}

atr_mask atr_fp_sqrt(atr_fp *out, const atr_fp *a)
{
    const atr_fp in = *a;
    atr_fp t;

    atr_fp_pow_root(&t, &in);
    atr_fp_mul(out, &t, &in);
    atr_fp_sqr(&t, out);
    return atr_fp_equal(&t, &in);
}

atr_mask atr_fp_is_zero(const atr_fp *a)
{
    uint64_t any = 0;

    for (int i = 0; i < 6; i++) {
        any |= a->limb[i];
    }
    return atr_mask_is_zero(any);
}

atr_mask atr_fp_equal(const atr_fp *a, const atr_fp *b)
{
    uint64_t differ = 0;

    for (int i = 0; i < 6; i++) {
        differ |= a->limb[i] ^ b->limb[i];
    }
    return atr_mask_is_zero(differ);
}

/* leave takes `a` out of Montgomery form. */
static void leave(uint64_t out[6], const atr_fp *a)
{
    static const atr_fp plain_one = {{1, 0, 0, 0, 0, 0}};
    atr_fp t;

    atr_fp_mul(&t, a, &plain_one);
    memcpy(out, t.limb, sizeof t.limb);
}

atr_mask atr_fp_is_high(const atr_fp *a)
{
    static const uint64_t half[6] = {ATR_FP_HALF0, ATR_FP_HALF1, ATR_FP_HALF2,
                                     ATR_FP_HALF3, ATR_FP_HALF4, ATR_FP_HALF5};
    atr_carry borrow = 0;
    uint64_t t[6];

    leave(t, a);
    for (int i = 0; i < 6; i++) {
        (void)atr_limb_sub(half[i], t[i], &borrow);
    }
    return atr_mask_from_bit(borrow);
}

atr_mask atr_fp_is_odd(const atr_fp *a)
{
    uint64_t t[6];

    leave(t, a);
    return atr_mask_from_bit(t[0] & 1);
}

atr_err atr_fp_read(atr_fp *out, const uint8_t in[ATR_FP_BYTES])
{
    atr_carry borrow = 0;
    atr_mask below;
    atr_fp t;

    for (int i = 0; i < 6; i++) {
        t.limb[5 - i] = atr_limb_read(in + 8 * i);
    }
    for (int i = 0; i < 6; i++) {
        (void)atr_limb_sub(t.limb[i], modulus[i], &borrow);
    }
    below = atr_mask_from_bit(borrow);
    atr_fp_mul(out, &t, &r2);
    for (int i = 0; i < 6; i++) {
        out->limb[i] &= below;
    }
    ATR_PUBLIC(&below, sizeof below);
    return below ? ATR_OK : ATR_ERR_INPUT;
}

void atr_fp_write(uint8_t out[ATR_FP_BYTES], const atr_fp *a)
{
    uint64_t t[6];

    leave(t, a);
    for (int i = 0; i < 6; i++) {
        atr_limb_write(out + 8 * i, t[5 - i]);
    }
}

/* high 2^384 + low: the halves enter Montgomery form on their own. */
void atr_fp_read_wide(atr_fp *out, const uint8_t in[ATR_FP_WIDE_BYTES])
{
    atr_fp high = {{0}};
    atr_fp low;

    for (int i = 0; i < 2; i++) {
        high.limb[1 - i] = atr_limb_read(in + 8 * i);
    }
    for (int i = 0; i < 6; i++) {
        low.limb[5 - i] = atr_limb_read(in + 16 + 8 * i);
    }
    atr_fp_mul(&high, &high, &r3);
    atr_fp_mul(&low, &low, &r2);
    atr_fp_add(out, &high, &low);
}
