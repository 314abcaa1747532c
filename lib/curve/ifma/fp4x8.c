#include "curve/ifma/fp4x8.h"

#include "curve/ifma/columns2.h"

void atr_fp4x8_mul(atr_fp4x8_three *out, atr_fp4x8 a, atr_fp4x8 b)
{
    atr_fp2x8 x;
    atr_fp2x8 y;

    atr_fp2x8_add(&x, a.c0, a.c1);
    atr_fp2x8_add(&y, b.c0, b.c1);
    atr_fp2x8_mul_wide(&out->low, a.c0, b.c0);
    atr_fp2x8_mul_wide(&out->high, a.c1, b.c1);
    atr_fp2x8_mul_wide(&out->both, &x, &y);
}

void atr_fp4x8_sqr(atr_fp4x8_three *out, atr_fp4x8 a)
{
    atr_fp2x8 x;

    atr_fp2x8_add(&x, a.c0, a.c1);
    atr_fp2x8_sqr_wide(&out->low, a.c0);
    atr_fp2x8_sqr_wide(&out->high, a.c1);
    atr_fp2x8_sqr_wide(&out->both, &x);
}

void atr_fp4x8_join(atr_fp4x8_wide *out, const atr_fp4x8_three *t)
{
    ATR_EACH_COLUMN2
    {
        const atr_column2 low = atr_column2_of(&t->low, i);
        const atr_column2 high = atr_column2_of(&t->high, i);
        const atr_column2 both = atr_column2_of(&t->both, i);

        atr_column2_put(&out->c0, i, atr_column2_add_xi(low, high));
        atr_column2_put(&out->c1, i, atr_column2_sub_two(both, low, high));
    }
}

void atr_fp4x8_c0(atr_fp2x8 *out, const atr_fp4x8_three *t, const atr_fp2x8 *a,
                  atr_step step)
{
    atr_fp8_sum_step(&out->c0, ATR_TERMS(&t->low.c0, &t->high.c0),
                     ATR_TERMS(&t->high.c1), a != NULL ? &a->c0 : NULL, step);
    atr_fp8_sum_step(&out->c1, ATR_TERMS(&t->low.c1, &t->high.c0, &t->high.c1),
                     ATR_NO_TERMS, a != NULL ? &a->c1 : NULL, step);
}

void atr_fp4x8_c1(atr_fp2x8 *out, const atr_fp4x8_three *t, const atr_fp2x8 *a,
                  atr_step step)
{
    atr_fp8_sum_step(&out->c0, ATR_TERMS(&t->both.c0),
                     ATR_TERMS(&t->low.c0, &t->high.c0),
                     a != NULL ? &a->c0 : NULL, step);
    atr_fp8_sum_step(&out->c1, ATR_TERMS(&t->both.c1),
                     ATR_TERMS(&t->low.c1, &t->high.c1),
                     a != NULL ? &a->c1 : NULL, step);
}

/* xi (x + y u) = (x - y) + (x + y) u */
void atr_fp4x8_xi_c1(atr_fp2x8 *out, const atr_fp4x8_three *t,
                     const atr_fp2x8 *a, atr_step step)
{
    const atr_fp2x8_wide *b = &t->both;
    const atr_fp2x8_wide *l = &t->low;
    const atr_fp2x8_wide *h = &t->high;

    atr_fp8_sum_step(&out->c0, ATR_TERMS(&b->c0, &l->c1, &h->c1),
                     ATR_TERMS(&b->c1, &l->c0, &h->c0),
                     a != NULL ? &a->c0 : NULL, step);
    atr_fp8_sum_step(&out->c1, ATR_TERMS(&b->c0, &b->c1),
                     ATR_TERMS(&l->c0, &h->c0, &l->c1, &h->c1),
                     a != NULL ? &a->c1 : NULL, step);
}
