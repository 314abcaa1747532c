/* six_digit.h - what happens to sixes between products, digit by digit: sums
 * without carries of digits of 64 bits with a sign, and the carries last.
 */
#ifndef ATR_IFMA_SIX_DIGIT_H
#define ATR_IFMA_SIX_DIGIT_H

#include <immintrin.h>

#include "curve/ifma/constants.h"
#include "curve/ifma/six.h"

/* A digit of each of the twelve coordinates. */
typedef struct {
    __m512i low;
    __m256i high;
} atr_digit;

/* Which slot goes to each of the six; 6 is none, the number 0. */
typedef struct {
    __m512i low, high;
} atr_order;

#define ATR_ORDER(s0, s1, s2, s3, s4, s5)                                      \
    ((atr_order){_mm512_setr_epi64(2 * (s0), 2 * (s0) + 1, 2 * (s1),           \
                                   2 * (s1) + 1, 2 * (s2), 2 * (s2) + 1,       \
                                   2 * (s3), 2 * (s3) + 1),                    \
                 _mm512_setr_epi64(2 * (s4), 2 * (s4) + 1, 2 * (s5),           \
                                   2 * (s5) + 1, 0, 0, 0, 0)})

/* The lanes of the slots whose bits are set. */
#define ATR_SLOT(s) (3U << 2 * (s))
#define ATR_SLOTS_EVEN (ATR_SLOT(0) | ATR_SLOT(2) | ATR_SLOT(4))
#define ATR_SLOTS_ODD (ATR_SLOT(1) | ATR_SLOT(3) | ATR_SLOT(5))
#define ATR_REAL_PARTS 0x555U

static inline atr_digit atr_digit_of(const atr_six *a, int i)
{
    return (atr_digit){_mm512_load_si512(a->limb[i]),
                       _mm256_load_si256((const __m256i *)&a->limb[i][8])};
}

static inline atr_digit atr_digit_all(uint64_t x)
{
    return (atr_digit){_mm512_set1_epi64((long long)x),
                       _mm256_set1_epi64x((long long)x)};
}

static inline atr_digit atr_digit_arrange(atr_digit a, atr_order o)
{
    const __m512i high = _mm512_zextsi256_si512(a.high);

    return (atr_digit){
        _mm512_permutex2var_epi64(a.low, o.low, high),
        _mm512_castsi512_si256(_mm512_permutex2var_epi64(a.low, o.high, high))};
}

static inline atr_digit atr_digit_add(atr_digit a, atr_digit b)
{
    return (atr_digit){a.low + b.low, a.high + b.high};
}

static inline atr_digit atr_digit_sub(atr_digit a, atr_digit b)
{
    return (atr_digit){a.low - b.low, a.high - b.high};
}

static inline atr_digit atr_digit_dbl(atr_digit a)
{
    return atr_digit_add(a, a);
}

/* The same in some lanes only; the others keep what is in `a`. */
static inline atr_digit atr_digit_add_in(unsigned lanes, atr_digit a,
                                         atr_digit b)
{
    return (atr_digit){
        _mm512_mask_add_epi64(a.low, (__mmask8)lanes, a.low, b.low),
        _mm256_mask_add_epi64(a.high, (__mmask8)(lanes >> 8), a.high, b.high)};
}

static inline atr_digit atr_digit_sub_in(unsigned lanes, atr_digit a,
                                         atr_digit b)
{
    return (atr_digit){
        _mm512_mask_sub_epi64(a.low, (__mmask8)lanes, a.low, b.low),
        _mm256_mask_sub_epi64(a.high, (__mmask8)(lanes >> 8), a.high, b.high)};
}

/* a 2^bits */
static inline atr_digit atr_digit_shift(atr_digit a, unsigned bits)
{
    return (atr_digit){_mm512_slli_epi64(a.low, bits),
                       _mm256_slli_epi64(a.high, (int)bits)};
}

/* u a */
static inline atr_digit atr_digit_turn(atr_digit a)
{
    const atr_digit zero = atr_digit_all(0);
    const atr_digit swapped = {_mm512_shuffle_epi32(a.low, 0x4e),
                               _mm256_shuffle_epi32(a.high, 0x4e)};

    return (atr_digit){_mm512_mask_sub_epi64(swapped.low, ATR_REAL_PARTS & 255,
                                             zero.low, swapped.low),
                       _mm256_mask_sub_epi64(swapped.high, ATR_REAL_PARTS & 15,
                                             zero.high, swapped.high)};
}

static inline void atr_digit_put(atr_six *out, int i, atr_digit a)
{
    _mm512_store_si512(out->limb[i], a.low);
    _mm256_store_si256((__m256i *)&out->limb[i][8], a.high);
}

/* Takes the carry into a digit and leaves the next one. */
static inline atr_digit atr_digit_carried(atr_digit *carry, atr_digit a)
{
    a = atr_digit_add(a, *carry);
    *carry = (atr_digit){_mm512_srai_epi64(a.low, 52),
                         _mm256_srai_epi64(a.high, 52)};
    return a;
}

/* Stores the i-th digit of a sum that is not negative, normal. */
static inline void atr_digit_settle(atr_six *out, int i, atr_digit *carry,
                                    atr_digit a)
{
    const atr_digit low = atr_digit_all((UINT64_C(1) << 52) - 1);

    a = atr_digit_carried(carry, a);
    atr_digit_put(out, i, (atr_digit){a.low & low.low, a.high & low.high});
}

/* The same of a sum above -2^12 p that becomes a factor of a product: vpmadd52
 * reads 52 bits, so what is above them may stay. */
static inline void atr_digit_factor(atr_six *out, int i, atr_digit *carry,
                                    atr_digit a)
{
    a = atr_digit_add(a, atr_digit_all(atr_ifma_six_slack[i]));
    atr_digit_put(out, i, atr_digit_carried(carry, a));
}

typedef struct {
    atr_digit d[8];
} atr_digits;

#define ATR_EACH_DIGIT _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++)

/* atr_digits_settle takes a number between -63 p and 63 p below 2 p. With t the
 * top digit and P = p / 2^364, q = floor((64 P - t) / P), one less at most, is
 * what has to be added of p to come between 63 p and 65 p; 63 p go off. */
static inline void atr_digits_settle(atr_six *out, const atr_digits *a)
{
    const atr_digit zero = atr_digit_all(0);
    const atr_digit top =
        atr_digit_sub(atr_digit_all(ATR_IFMA_SIX_TOP), a->d[7]);
    const atr_digit q = {
        _mm512_madd52hi_epu64(zero.low, top.low,
                              atr_digit_all(ATR_IFMA_RECIPROCAL).low),
        _mm256_madd52hi_epu64(zero.high, top.high,
                              atr_digit_all(ATR_IFMA_RECIPROCAL).high)};
    atr_digit carry = zero;

    ATR_EACH_DIGIT
    {
        atr_digit t =
            atr_digit_sub(a->d[i], atr_digit_all(atr_ifma_six_near[i]));
        const atr_digit p = atr_digit_all(atr_ifma_p[i]);

        t.low = _mm512_madd52lo_epu64(t.low, q.low, p.low);
        t.high = _mm256_madd52lo_epu64(t.high, q.high, p.high);
        if (i > 0) {
            const atr_digit before = atr_digit_all(atr_ifma_p[i - 1]);

            t.low = _mm512_madd52hi_epu64(t.low, q.low, before.low);
            t.high = _mm256_madd52hi_epu64(t.high, q.high, before.high);
        }
        atr_digit_settle(out, i, &carry, t);
    }
}

#endif
