/* Representation, bounds and the reason why nothing overflows: fp8.h. */
#include "curve/ifma/fp8.h"

#include "curve/ifma/columns.h"

#define LOW52 ((UINT64_C(1) << 52) - 1)

static inline void mul(atr_fp8 *out, const atr_fp8 *a, const atr_loose *b)
{
    atr_columns t;

    atr_columns_clear(&t);
    atr_columns_product(&t, a, b);
    atr_columns_reduce(out, &t);
}

void atr_fp8_mul(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b)
{
    const atr_loose factor = atr_loose_of(b);

    mul(out, a, &factor);
}

void atr_fp8_mul_all(atr_fp8 *out, const atr_fp8 *a, const uint64_t b[8])
{
    const atr_loose factor = atr_loose_all(b);

    mul(out, a, &factor);
}

void atr_fp8_mul_add(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b,
                     const atr_fp8 *c, const atr_fp8 *d)
{
    atr_loose factor = atr_loose_of(b);
    atr_columns t;

    atr_columns_clear(&t);
    atr_columns_product(&t, a, &factor);
    factor = atr_loose_of(d);
    atr_columns_product(&t, c, &factor);
    atr_columns_reduce(out, &t);
}

void atr_fp8_sqr(atr_fp8 *out, const atr_fp8 *a)
{
    atr_columns t;

    atr_columns_square(&t, a);
    atr_columns_reduce(out, &t);
}

/* a - times p where that is not negative, which its top digit tells. */
static void subtract(atr_fp8 *out, const atr_fp8 *a, int times)
{
    const atr_loose p = atr_loose_all(atr_ifma_p);
    atr_loose t = atr_loose_of(a);
    atr_fp8 less;
    __mmask8 below;

    for (int i = 0; i < times; i++) {
        t = atr_loose_sub(t, p);
    }
    atr_loose_settle(&less, t);
    below = _mm512_movepi64_mask(_mm512_load_si512(less.limb[7]));
    atr_fp8_select(out, below, a, &less);
}

void atr_fp8_canonical(atr_fp8 *out, const atr_fp8 *a)
{
    subtract(out, a, 2);
    subtract(out, out, 1);
}

uint8_t atr_fp8_is_zero(const atr_fp8 *a)
{
    __m512i any = _mm512_setzero_si512();
    atr_fp8 t;

    atr_fp8_canonical(&t, a);
    ATR_EACH_DIGIT
    {
        any = _mm512_or_si512(any, _mm512_load_si512(t.limb[i]));
    }
    return _mm512_testn_epi64_mask(any, any);
}

uint8_t atr_fp8_equal(const atr_fp8 *a, const atr_fp8 *b)
{
    __m512i differ = _mm512_setzero_si512();
    atr_fp8 s;
    atr_fp8 t;

    atr_fp8_canonical(&s, a);
    atr_fp8_canonical(&t, b);
    ATR_EACH_DIGIT
    {
        differ = _mm512_or_si512(
            differ, _mm512_xor_si512(_mm512_load_si512(s.limb[i]),
                                     _mm512_load_si512(t.limb[i])));
    }
    return _mm512_testn_epi64_mask(differ, differ);
}

uint8_t atr_fp8_is_odd(const atr_fp8 *a)
{
    atr_fp8 t;

    atr_fp8_mul_all(&t, a, atr_ifma_plain_one);
    atr_fp8_canonical(&t, &t);
    return _mm512_test_epi64_mask(_mm512_load_si512(t.limb[0]), atr_all(1));
}

/* Exponents, which are public: bit i, and the highest that is set. */
typedef struct {
    uint64_t word[6];
    int top;
} exponent;

static unsigned exponent_bit(const exponent *e, int i)
{
    return (unsigned)(e->word[i / 64] >> i % 64) & 1;
}

#define WINDOW 5

/* The next digit from bit *i down: it ends in a bit that is set. */
static unsigned next_digit(const exponent *e, int *i)
{
    int low = *i - WINDOW + 1 < 0 ? 0 : *i - WINDOW + 1;
    unsigned digit = 0;

    while (!exponent_bit(e, low)) {
        low++;
    }
    for (int k = *i; k >= low; k--) {
        digit = 2 * digit + exponent_bit(e, k);
    }
    *i = low - 1;
    return digit;
}

/* Sliding windows: odd powers up to 31, and a multiplication for each run of
 * at most five bits. The path depends on the exponent alone. */
static void pow_public(atr_fp8 *out, const atr_fp8 *a, int count,
                       const exponent *e)
{
    atr_fp8 power[16][2];
    atr_fp8 t[2];
    int i = e->top;
    unsigned digit = next_digit(e, &i);

    for (int n = 0; n < count; n++) {
        power[0][n] = a[n];
        atr_fp8_sqr(&t[n], &a[n]);
    }
    for (int k = 1; k < 16; k++) {
        for (int n = 0; n < count; n++) {
            atr_fp8_mul(&power[k][n], &power[k - 1][n], &t[n]);
        }
    }
    for (int n = 0; n < count; n++) {
        t[n] = power[digit / 2][n];
    }
    while (i >= 0) {
        int from = i;
        bool set = exponent_bit(e, i);

        if (set) {
            digit = next_digit(e, &i);
        } else {
            i--;
        }
        for (int k = from; k > i; k--) {
            for (int n = 0; n < count; n++) {
                atr_fp8_sqr(&t[n], &t[n]);
            }
        }
        for (int n = 0; set && n < count; n++) {
            atr_fp8_mul(&t[n], &t[n], &power[digit / 2][n]);
        }
    }
    memcpy(out, t, (size_t)count * sizeof t[0]);
    atr_wipe(power, sizeof power);
    atr_wipe(t, sizeof t);
}

/* (p - 3) / 4 is (p - 1) / 2 halved and rounded down. */
void atr_fp8_pow_root(atr_fp8 *out, const atr_fp8 *a, int count)
{
    static const exponent quarter = {{ATR_FP_HALF0 >> 1 | ATR_FP_HALF1 << 63,
                                      ATR_FP_HALF1 >> 1 | ATR_FP_HALF2 << 63,
                                      ATR_FP_HALF2 >> 1 | ATR_FP_HALF3 << 63,
                                      ATR_FP_HALF3 >> 1 | ATR_FP_HALF4 << 63,
                                      ATR_FP_HALF4 >> 1 | ATR_FP_HALF5 << 63,
                                      ATR_FP_HALF5 >> 1},
                                     378};

    pow_public(out, a, count, &quarter);
}

void atr_fp8_pow_third(atr_fp8 out[2], const atr_fp8 a[2])
{
    static const exponent third = {{ATR_FP_THIRD0, ATR_FP_THIRD1, ATR_FP_THIRD2,
                                    ATR_FP_THIRD3, ATR_FP_THIRD4,
                                    ATR_FP_THIRD5},
                                   379};

    pow_public(out, a, 2, &third);
}

/* The lanes in an order that exchanges those `distance` apart. */
static void exchange(atr_fp8 *out, const atr_fp8 *a, uint64_t distance)
{
    const __m512i lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i other = _mm512_xor_si512(lane, atr_all(distance));

    ATR_EACH_DIGIT
    {
        _mm512_store_si512(
            out->limb[i],
            _mm512_permutexvar_epi64(other, _mm512_load_si512(a->limb[i])));
    }
}

/* Montgomery's trick over the lanes: one inversion in Fp, of the product of
 * all, where a lane that is 0 takes part as 1. `rest` is the product of the
 * other lanes. */
void atr_fp8_inv(atr_fp8 *out, const atr_fp8 *a)
{
    uint8_t zero = atr_fp8_is_zero(a);
    atr_fp lane[8];
    atr_fp8 all;
    atr_fp8 rest;
    atr_fp8 t;

    atr_fp8_all(&all, atr_ifma_one);
    rest = all;
    atr_fp8_select(&all, zero, &all, a);
    for (uint64_t distance = 1; distance < 8; distance *= 2) {
        exchange(&t, &all, distance);
        atr_fp8_mul(&rest, &rest, &t);
        atr_fp8_mul(&all, &all, &t);
    }
    atr_fp8_store(lane, sizeof lane[0], &all);
    atr_fp_inv(&lane[0], &lane[0]);
    atr_fp8_load(&t, lane, 0);
    atr_fp8_mul(&t, &t, &rest);
    memset(out, 0, sizeof *out);
    atr_fp8_select(out, zero, out, &t);
    atr_wipe(lane, sizeof lane);
    atr_wipe(&all, sizeof all);
    atr_wipe(&rest, sizeof rest);
    atr_wipe(&t, sizeof t);
}

/* Digit i of 52 bits begins at bit 52 i: in word 52 i / 64, and may reach into
 * the next one. */
void atr_fp8_load(atr_fp8 *out, const atr_fp *in, size_t stride)
{
    const __m512i low = atr_all(LOW52);
    atr_fp8 word; /* six of its limbs */

    for (int l = 0; l < 8; l++) {
        const atr_fp *from =
            (const atr_fp *)(const void *)((const uint8_t *)in +
                                           (size_t)l * stride);

        for (int i = 0; i < 6; i++) {
            word.limb[i][l] = from->limb[i];
        }
    }
    ATR_UNROLL for (int i = 0; i < 8; i++)
    {
        unsigned shift = 52 * (unsigned)i % 64;
        int at = 52 * i / 64;
        __m512i t = _mm512_srli_epi64(_mm512_load_si512(word.limb[at]), shift);

        if (shift > 12 && at < 5) {
            t = _mm512_or_si512(
                t, _mm512_slli_epi64(_mm512_load_si512(word.limb[at + 1]),
                                     64 - shift));
        }
        _mm512_store_si512(out->limb[i], _mm512_and_si512(t, low));
    }
    atr_fp8_mul_all(out, out, atr_ifma_enter);
    atr_wipe(&word, sizeof word);
}

/* Word i begins at bit 64 i: in digit 64 i / 52, whose upper bits it takes,
 * then those of the next digit, and maybe of the one after it. */
void atr_fp8_store(atr_fp *out, size_t stride, const atr_fp8 *a)
{
    atr_fp8 word;
    atr_fp8 t;

    atr_fp8_mul_all(&t, a, atr_ifma_leave);
    atr_fp8_canonical(&t, &t);
    ATR_UNROLL for (int i = 0; i < 6; i++)
    {
        unsigned shift = 64 * (unsigned)i % 52;
        int at = 64 * i / 52;
        __m512i w = _mm512_srli_epi64(_mm512_load_si512(t.limb[at]), shift);

        w = _mm512_or_si512(
            w,
            _mm512_slli_epi64(_mm512_load_si512(t.limb[at + 1]), 52 - shift));
        if (104 - shift < 64) {
            w = _mm512_or_si512(
                w, _mm512_slli_epi64(_mm512_load_si512(t.limb[at + 2]),
                                     104 - shift));
        }
        _mm512_store_si512(word.limb[i], w);
    }
    for (int l = 0; l < 8; l++) {
        atr_fp *to = (atr_fp *)(void *)((uint8_t *)out + (size_t)l * stride);

        for (int i = 0; i < 6; i++) {
            to->limb[i] = word.limb[i][l];
        }
    }
    atr_wipe(&word, sizeof word);
    atr_wipe(&t, sizeof t);
}
