#include "curve/names.h"

#include "curve/fp.h"

static const uint64_t modulus[ATR_FP_WORDS] = ATR_FP_MODULUS;
static const atr_fp one = ATR_FP_ONE;
static const atr_fp r2 = ATR_FP_R2;
static const atr_fp high_r2 = ATR_FP_HIGH; /* 2^384 R^2 */

/* enter makes Montgomery form of any number of six words. */
static void enter(atr_fp *out, const uint64_t words[ATR_FP_WORDS])
{
    atr_fp t;

    atr_fp_of_words(&t, words);
    atr_fp_mul(out, &t, &r2);
}

atr_fp atr_fp_of(uint64_t value)
{
    const uint64_t words[ATR_FP_WORDS] = {value};
    atr_fp out;

    enter(&out, words);
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

atr_mask atr_fp_is_cube(const atr_fp *a)
{
    static const uint64_t exponent[6] = {ATR_FP_THIRD0, ATR_FP_THIRD1,
                                         ATR_FP_THIRD2, ATR_FP_THIRD3,
                                         ATR_FP_THIRD4, ATR_FP_THIRD5};
    atr_fp t;

    power(&t, a, exponent);
    return atr_fp_equal(&t, &one);
}

atr_mask atr_fp_is_zero(const atr_fp *a)
{
    uint64_t any = 0;

    for (int i = 0; i < ATR_FP_COUNT; i++) {
        any |= a->limb[i];
    }
    return atr_mask_is_zero(any);
}

atr_mask atr_fp_equal(const atr_fp *a, const atr_fp *b)
{
    uint64_t differ = 0;

    for (int i = 0; i < ATR_FP_COUNT; i++) {
        differ |= a->limb[i] ^ b->limb[i];
    }
    return atr_mask_is_zero(differ);
}

/* leave takes `a` out of Montgomery form. */
static void leave(uint64_t out[ATR_FP_WORDS], const atr_fp *a)
{
    static const atr_fp plain_one = {{1}};
    atr_fp t;

    atr_fp_mul(&t, a, &plain_one);
    atr_fp_words(out, &t);
}

atr_mask atr_fp_is_high(const atr_fp *a)
{
    static const uint64_t half[6] = {ATR_FP_HALF0, ATR_FP_HALF1, ATR_FP_HALF2,
                                     ATR_FP_HALF3, ATR_FP_HALF4, ATR_FP_HALF5};
    atr_carry borrow = 0;
    uint64_t t[ATR_FP_WORDS];

    leave(t, a);
    for (int i = 0; i < 6; i++) {
        (void)atr_limb_sub(half[i], t[i], &borrow);
    }
    return atr_mask_from_bit(borrow);
}

atr_mask atr_fp_is_odd(const atr_fp *a)
{
    uint64_t t[ATR_FP_WORDS];

    leave(t, a);
    return atr_mask_from_bit(t[0] & 1);
}

atr_err atr_fp_read(atr_fp *out, const uint8_t in[ATR_FP_BYTES])
{
    const atr_fp zero = {{0}};
    atr_carry borrow = 0;
    uint64_t t[ATR_FP_WORDS];
    atr_mask below;

    for (int i = 0; i < 6; i++) {
        t[5 - i] = atr_limb_read(in + 8 * i);
    }
    for (int i = 0; i < 6; i++) {
        (void)atr_limb_sub(t[i], modulus[i], &borrow);
    }
    below = atr_mask_from_bit(borrow);
    enter(out, t);
    atr_fp_select(out, below, out, &zero);
    ATR_PUBLIC(&below, sizeof below);
    return below ? ATR_OK : ATR_ERR_INPUT;
}

void atr_fp_write(uint8_t out[ATR_FP_BYTES], const atr_fp *a)
{
    uint64_t t[ATR_FP_WORDS];

    leave(t, a);
    for (int i = 0; i < 6; i++) {
        atr_limb_write(out + 8 * i, t[5 - i]);
    }
}

/* high 2^384 + low: the halves enter Montgomery form on their own. */
void atr_fp_read_wide(atr_fp *out, const uint8_t in[ATR_FP_WIDE_BYTES])
{
    uint64_t words[8];
    uint64_t top[ATR_FP_WORDS] = {0};
    atr_fp high;
    atr_fp low;

    for (int i = 0; i < 8; i++) {
        words[7 - i] = atr_limb_read(in + 8 * i);
    }
    memcpy(top, words + ATR_FP_WORDS, 16);
    atr_fp_of_words(&high, top);
    atr_fp_mul(&high, &high, &high_r2);
    enter(&low, words);
    atr_fp_add(out, &high, &low);
}
