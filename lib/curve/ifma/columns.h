/* columns.h - products before their reduction: sixteen columns in registers,
 * column k of weight 2^(52 k).
 *
 * A wide sum t is a sum of products with either sign. Its columns are signed:
 * column k of one product of normal elements is below 2^56 (at most 8 lower
 * and 8 upper halves of 52 bits). Up to 64 of those may be added and
 * subtracted: they stay below 2^62, and what a reduction adds, 16 halves and a
 * carry, is below 2^57. Nothing passes 2^63.
 *
 * The functions are always inlined, so that the columns stay in registers: 16
 * of them, 8 digits of a factor or of p, and a few more make 32. A build with
 * a sanitizer is not for speed, and would take minutes and gigabytes for it.
 */
#ifndef ATR_IFMA_COLUMNS_H
#define ATR_IFMA_COLUMNS_H

#include "curve/ifma/loose.h"

typedef struct {
    __m512i c[16];
} atr_columns;

#ifdef __has_feature
#define ATR_SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define ATR_SANITIZED 1
#else
#define ATR_SANITIZED 0
#endif

#if ATR_SANITIZED
#define ATR_ALWAYS static inline
#define ATR_UNROLL
#else
#define ATR_ALWAYS static inline __attribute__((always_inline))
#define ATR_UNROLL _Pragma("GCC unroll 16")
#endif
#define ATR_EACH_COLUMN ATR_UNROLL for (int i = 0; i < 16; i++)

ATR_ALWAYS __m512i atr_lower(__m512i sum, __m512i a, __m512i b)
{
    return _mm512_madd52lo_epu64(sum, a, b);
}

ATR_ALWAYS __m512i atr_upper(__m512i sum, __m512i a, __m512i b)
{
    return _mm512_madd52hi_epu64(sum, a, b);
}

ATR_ALWAYS void atr_columns_clear(atr_columns *t)
{
    ATR_EACH_COLUMN
    {
        t->c[i] = _mm512_setzero_si512();
    }
}

ATR_ALWAYS void atr_columns_load(atr_columns *t, const atr_fp8_wide *a)
{
    ATR_EACH_COLUMN
    {
        t->c[i] = _mm512_load_si512(a->column[i]);
    }
}

ATR_ALWAYS void atr_columns_store(atr_fp8_wide *out, const atr_columns *t)
{
    ATR_EACH_COLUMN
    {
        _mm512_store_si512(out->column[i], t->c[i]);
    }
}

ATR_ALWAYS void atr_columns_add(atr_columns *t, const atr_fp8_wide *a)
{
    ATR_EACH_COLUMN
    {
        t->c[i] = _mm512_add_epi64(t->c[i], _mm512_load_si512(a->column[i]));
    }
}

ATR_ALWAYS void atr_columns_sub(atr_columns *t, const atr_fp8_wide *a)
{
    ATR_EACH_COLUMN
    {
        t->c[i] = _mm512_sub_epi64(t->c[i], _mm512_load_si512(a->column[i]));
    }
}

ATR_ALWAYS void atr_columns_double(atr_columns *t)
{
    ATR_EACH_COLUMN
    {
        t->c[i] = _mm512_add_epi64(t->c[i], t->c[i]);
    }
}

/* t += a b, row by row: neighbours in a row do not wait for each other. */
ATR_ALWAYS void atr_columns_product(atr_columns *t, const atr_fp8 *a,
                                    const atr_loose *b)
{
    ATR_UNROLL for (int i = 0; i < 8; i++)
    {
        __m512i x = _mm512_load_si512(a->limb[i]);

        ATR_UNROLL for (int j = 0; j < 8; j++)
        {
            t->c[i + j] = atr_lower(t->c[i + j], x, b->d[j]);
        }
        ATR_UNROLL for (int j = 0; j < 8; j++)
        {
            t->c[i + j + 1] = atr_upper(t->c[i + j + 1], x, b->d[j]);
        }
    }
}

/* t = a^2: products of different digits, doubled, and the squares. */
ATR_ALWAYS void atr_columns_square(atr_columns *t, const atr_fp8 *of)
{
    const atr_loose a = atr_loose_of(of);

    atr_columns_clear(t);
    ATR_UNROLL for (int i = 0; i < 7; i++)
    {
        ATR_UNROLL for (int j = i + 1; j < 8; j++)
        {
            t->c[i + j] = atr_lower(t->c[i + j], a.d[i], a.d[j]);
        }
        ATR_UNROLL for (int j = i + 1; j < 8; j++)
        {
            t->c[i + j + 1] = atr_upper(t->c[i + j + 1], a.d[i], a.d[j]);
        }
    }
    ATR_UNROLL for (int i = 1; i < 15; i++)
    {
        t->c[i] = _mm512_add_epi64(t->c[i], t->c[i]);
    }
    ATR_UNROLL for (int i = 0; i < 8; i++)
    {
        t->c[2 * i] = atr_lower(t->c[2 * i], a.d[i], a.d[i]);
        t->c[2 * i + 1] = atr_upper(t->c[2 * i + 1], a.d[i], a.d[i]);
    }
}

/* Montgomery reduction, a digit at a time: the digits of (t + m p) / R, still
 * loose. With m = -t_0 / p mod 2^52 the lowest column plus the lower half of
 * m p_0 is t_0 rounded up to a multiple of 2^52: its carry is known without
 * multiplying. With t below 2^34 p^2 in magnitude the result is above -p / 2,
 * or not negative where t is not, and below 2 p. */
ATR_ALWAYS atr_loose atr_columns_fold(atr_columns *t)
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i inverse = atr_all(ATR_IFMA_INVERSE);
    const __m512i low = atr_all((UINT64_C(1) << 52) - 1);
    const atr_loose p = atr_loose_all(atr_ifma_p);
    atr_loose out;

    ATR_UNROLL for (int i = 0; i < 8; i++)
    {
        __m512i m = atr_lower(zero, t->c[i], inverse);
        __m512i up = _mm512_srai_epi64(_mm512_add_epi64(t->c[i], low), 52);
        __m512i first = atr_upper(up, m, p.d[0]);

        t->c[i + 1] = atr_lower(t->c[i + 1], m, p.d[1]);
        t->c[i + 1] = _mm512_add_epi64(t->c[i + 1], first);
        ATR_UNROLL for (int j = 2; j < 8; j++)
        {
            t->c[i + j] = atr_lower(t->c[i + j], m, p.d[j]);
        }
        ATR_UNROLL for (int j = 1; j < 8; j++)
        {
            t->c[i + j + 1] = atr_upper(t->c[i + j + 1], m, p.d[j]);
        }
    }
    ATR_EACH_DIGIT
    {
        out.d[i] = t->c[i + 8];
    }
    return out;
}

/* Of t >= 0: below 2 p. */
ATR_ALWAYS void atr_columns_reduce(atr_fp8 *out, atr_columns *t)
{
    atr_loose_settle(out, atr_columns_fold(t));
}

/* Of t of either sign p is added: below 3 p. */
ATR_ALWAYS void atr_columns_reduce_signed(atr_fp8 *out, atr_columns *t)
{
    const atr_loose p = atr_loose_all(atr_ifma_p);

    atr_loose_settle(out, atr_loose_add(atr_columns_fold(t), p));
}

#endif
