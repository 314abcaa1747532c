/* loose.h - additions between products: digits without carries (fp8.h). */
#ifndef ATR_IFMA_LOOSE_H
#define ATR_IFMA_LOOSE_H

#include <immintrin.h>

#include "curve/ifma/constants.h"
#include "curve/ifma/fp8.h"

typedef struct {
    __m512i d[8];
} atr_loose;

#define ATR_EACH_DIGIT _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++)

static inline __m512i atr_all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

static inline atr_loose atr_loose_of(const atr_fp8 *a)
{
    atr_loose out;

    ATR_EACH_DIGIT
    {
        out.d[i] = _mm512_load_si512(a->limb[i]);
    }
    return out;
}

/* One constant in all lanes. */
static inline atr_loose atr_loose_all(const uint64_t a[8])
{
    atr_loose out;

    ATR_EACH_DIGIT
    {
        out.d[i] = atr_all(a[i]);
    }
    return out;
}

static inline atr_loose atr_loose_add(atr_loose a, atr_loose b)
{
    ATR_EACH_DIGIT
    {
        a.d[i] = _mm512_add_epi64(a.d[i], b.d[i]);
    }
    return a;
}

static inline atr_loose atr_loose_sub(atr_loose a, atr_loose b)
{
    ATR_EACH_DIGIT
    {
        a.d[i] = _mm512_sub_epi64(a.d[i], b.d[i]);
    }
    return a;
}

/* a 2^bits */
static inline atr_loose atr_loose_shift(atr_loose a, unsigned bits)
{
    ATR_EACH_DIGIT
    {
        a.d[i] = _mm512_slli_epi64(a.d[i], bits);
    }
    return a;
}

static inline atr_loose atr_loose_triple(atr_loose a)
{
    return atr_loose_add(a, atr_loose_shift(a, 1));
}

/* 12 a: three times b of the curve. */
static inline atr_loose atr_loose_mul_3b(atr_loose a)
{
    return atr_loose_add(atr_loose_shift(a, 3), atr_loose_shift(a, 2));
}

/* -a + 2^8 p */
static inline atr_loose atr_loose_neg(atr_loose a)
{
    return atr_loose_sub(atr_loose_all(atr_ifma_slack), a);
}

/* The carries, which may be negative; the number as a whole is not. What was
 * carried is left in its digit, above bit 51. */
static inline atr_loose atr_loose_carry(atr_loose a)
{
    _Pragma("GCC unroll 8") for (int i = 0; i < 7; i++)
    {
        a.d[i + 1] =
            _mm512_add_epi64(a.d[i + 1], _mm512_srai_epi64(a.d[i], 52));
    }
    return a;
}

static inline void atr_loose_settle(atr_fp8 *out, atr_loose a)
{
    const __m512i low = atr_all((UINT64_C(1) << 52) - 1);

    a = atr_loose_carry(a);
    _Pragma("GCC unroll 8") for (int i = 0; i < 7; i++)
    {
        _mm512_store_si512(out->limb[i], _mm512_and_si512(a.d[i], low));
    }
    _mm512_store_si512(out->limb[7], a.d[7]);
}

/* A factor of products and nothing else: vpmadd52 looks at no bit above 51, so
 * that none need be cleared. */
static inline void atr_loose_settle_factor(atr_fp8 *out, atr_loose a)
{
    a = atr_loose_carry(a);
    ATR_EACH_DIGIT
    {
        _mm512_store_si512(out->limb[i], a.d[i]);
    }
}

/* An element a, p at least and below 2^30 p, brought below 2 p: with q = a / p
 * rounded down, or one less, a - q p = a + q (2^416 - p) mod 2^416. The digits
 * of `a` are below 2^62 in magnitude, so that a / 2^364 is above h, the
 * highest two with their carry less 1, and below h + 3; q is h over p / 2^364,
 * rounded down (tool/ifma_constants.py). */
static inline void atr_loose_settle_reduced(atr_fp8 *out, atr_loose a)
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i h = _mm512_sub_epi64(
        _mm512_add_epi64(a.d[7], _mm512_srai_epi64(a.d[6], 52)), atr_all(1));
    const __m512i q =
        _mm512_madd52hi_epu64(zero, h, atr_all(ATR_IFMA_RECIPROCAL));

    ATR_EACH_DIGIT
    {
        const __m512i less = atr_all(atr_ifma_less_p[i]);

        a.d[i] = _mm512_madd52lo_epu64(a.d[i], q, less);
        if (i < 7) {
            a.d[i + 1] = _mm512_madd52hi_epu64(a.d[i + 1], q, less);
        }
    }
    atr_loose_settle(out, a);
    _mm512_store_si512(out->limb[7],
                       _mm512_and_si512(_mm512_load_si512(out->limb[7]),
                                        atr_all((UINT64_C(1) << 52) - 1)));
}

static inline void atr_fp8_add(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b)
{
    atr_loose_settle(out, atr_loose_add(atr_loose_of(a), atr_loose_of(b)));
}

/* a - b + 2^8 p */
static inline void atr_fp8_sub(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b)
{
    atr_loose_settle(
        out, atr_loose_add(atr_loose_of(a), atr_loose_neg(atr_loose_of(b))));
}

static inline void atr_fp8_neg(atr_fp8 *out, const atr_fp8 *a)
{
    atr_loose_settle(out, atr_loose_neg(atr_loose_of(a)));
}

/* `yes` in the lanes of `mask`, `no` in the others. */
static inline void atr_fp8_select(atr_fp8 *out, uint8_t mask,
                                  const atr_fp8 *yes, const atr_fp8 *no)
{
    ATR_EACH_DIGIT
    {
        _mm512_store_si512(
            out->limb[i],
            _mm512_mask_mov_epi64(_mm512_load_si512(no->limb[i]), mask,
                                  _mm512_load_si512(yes->limb[i])));
    }
}

static inline void atr_fp8_all(atr_fp8 *out, const uint64_t a[8])
{
    ATR_EACH_DIGIT
    {
        _mm512_store_si512(out->limb[i], atr_all(a[i]));
    }
}

#endif
