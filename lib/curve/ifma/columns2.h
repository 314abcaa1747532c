/* columns2.h - sums of wide elements of Fp2, a column of both parts at a time:
 * what is written with these functions reads like the algebra.
 */
#ifndef ATR_IFMA_COLUMNS2_H
#define ATR_IFMA_COLUMNS2_H

#include "curve/ifma/columns.h"
#include "curve/ifma/fp2x8.h"

typedef struct {
    __m512i c0, c1;
} atr_column2;

#define ATR_EACH_COLUMN2 _Pragma("GCC unroll 2") for (int i = 0; i < 16; i++)

ATR_ALWAYS atr_column2 atr_column2_of(const atr_fp2x8_wide *a, int i)
{
    return (atr_column2){_mm512_load_si512(a->c0.column[i]),
                         _mm512_load_si512(a->c1.column[i])};
}

ATR_ALWAYS void atr_column2_put(atr_fp2x8_wide *out, int i, atr_column2 a)
{
    _mm512_store_si512(out->c0.column[i], a.c0);
    _mm512_store_si512(out->c1.column[i], a.c1);
}

ATR_ALWAYS atr_column2 atr_column2_add(atr_column2 a, atr_column2 b)
{
    return (atr_column2){_mm512_add_epi64(a.c0, b.c0),
                         _mm512_add_epi64(a.c1, b.c1)};
}

ATR_ALWAYS atr_column2 atr_column2_sub(atr_column2 a, atr_column2 b)
{
    return (atr_column2){_mm512_sub_epi64(a.c0, b.c0),
                         _mm512_sub_epi64(a.c1, b.c1)};
}

/* a - b - c */
ATR_ALWAYS atr_column2 atr_column2_sub_two(atr_column2 a, atr_column2 b,
                                           atr_column2 c)
{
    return atr_column2_sub(atr_column2_sub(a, b), c);
}

/* a + xi b, xi = 1 + u */
ATR_ALWAYS atr_column2 atr_column2_add_xi(atr_column2 a, atr_column2 b)
{
    return (atr_column2){_mm512_add_epi64(a.c0, _mm512_sub_epi64(b.c0, b.c1)),
                         _mm512_add_epi64(a.c1, _mm512_add_epi64(b.c0, b.c1))};
}

/* a 2^bits */
ATR_ALWAYS atr_column2 atr_column2_shift(atr_column2 a, unsigned bits)
{
    return (atr_column2){_mm512_slli_epi64(a.c0, bits),
                         _mm512_slli_epi64(a.c1, bits)};
}

#endif
