#include "curve/ifma/fp6x8.h"

#include "curve/ifma/columns2.h"

void atr_fp6x8_add(atr_fp6x8 *out, const atr_fp6x8 *a, const atr_fp6x8 *b)
{
    atr_fp2x8_add(&out->c0, &a->c0, &b->c0);
    atr_fp2x8_add(&out->c1, &a->c1, &b->c1);
    atr_fp2x8_add(&out->c2, &a->c2, &b->c2);
}

static void negate(atr_fp2x8 *out, const atr_fp2x8 *a)
{
    atr_loose_settle_reduced(&out->c0, atr_loose_neg(atr_loose_of(&a->c0)));
    atr_loose_settle_reduced(&out->c1, atr_loose_neg(atr_loose_of(&a->c1)));
}

void atr_fp6x8_neg(atr_fp6x8 *out, const atr_fp6x8 *a)
{
    negate(&out->c0, &a->c0);
    negate(&out->c1, &a->c1);
    negate(&out->c2, &a->c2);
}

void atr_fp6x8_select(atr_fp6x8 *out, uint8_t mask, const atr_fp6x8 *yes,
                      const atr_fp6x8 *no)
{
    atr_fp2x8_select(&out->c0, mask, &yes->c0, &no->c0);
    atr_fp2x8_select(&out->c1, mask, &yes->c1, &no->c1);
    atr_fp2x8_select(&out->c2, mask, &yes->c2, &no->c2);
}

void atr_fp6x8_reduce(atr_fp6x8 *out, const atr_fp6x8_wide *a)
{
    atr_fp2x8_reduce(&out->c0, &a->c0);
    atr_fp2x8_reduce(&out->c1, &a->c1);
    atr_fp2x8_reduce(&out->c2, &a->c2);
}

/* (a + b)(c + d) */
static void cross(atr_fp2x8_wide *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                  const atr_fp2x8 *c, const atr_fp2x8 *d)
{
    atr_fp2x8 s;
    atr_fp2x8 t;

    atr_fp2x8_add(&s, a, b);
    atr_fp2x8_add(&t, c, d);
    atr_fp2x8_mul_wide(out, &s, &t);
}

/* Karatsuba on three coefficients: six products, summed at the end. */
void atr_fp6x8_mul_wide(atr_fp6x8_wide *out, const atr_fp6x8 *a,
                        const atr_fp6x8 *b)
{
    atr_fp6x8_wide v;

    atr_fp2x8_mul_wide(&v.c0, &a->c0, &b->c0);
    atr_fp2x8_mul_wide(&v.c1, &a->c1, &b->c1);
    atr_fp2x8_mul_wide(&v.c2, &a->c2, &b->c2);
    cross(&out->c0, &a->c1, &a->c2, &b->c1, &b->c2);
    cross(&out->c1, &a->c0, &a->c1, &b->c0, &b->c1);
    cross(&out->c2, &a->c0, &a->c2, &b->c0, &b->c2);
    ATR_EACH_COLUMN2
    {
        const atr_column2 v0 = atr_column2_of(&v.c0, i);
        const atr_column2 v1 = atr_column2_of(&v.c1, i);
        const atr_column2 v2 = atr_column2_of(&v.c2, i);
        const atr_column2 x12 =
            atr_column2_sub_two(atr_column2_of(&out->c0, i), v1, v2);
        const atr_column2 x01 =
            atr_column2_sub_two(atr_column2_of(&out->c1, i), v0, v1);
        const atr_column2 x02 =
            atr_column2_sub_two(atr_column2_of(&out->c2, i), v0, v2);

        atr_column2_put(&out->c0, i, atr_column2_add_xi(v0, x12));
        atr_column2_put(&out->c1, i, atr_column2_add_xi(x01, v2));
        atr_column2_put(&out->c2, i, atr_column2_add(x02, v1));
    }
}

void atr_fp6x8_mul_01_wide(atr_fp6x8_wide *out, const atr_fp6x8 *a,
                           const atr_fp2x8 *b0, const atr_fp2x8 *b1)
{
    atr_fp2x8_wide low;
    atr_fp2x8_wide high;

    atr_fp2x8_mul_wide(&low, &a->c0, b0);
    atr_fp2x8_mul_wide(&high, &a->c1, b1);
    atr_fp2x8_mul_wide(&out->c0, &a->c2, b1);
    cross(&out->c1, &a->c0, &a->c1, b0, b1);
    atr_fp2x8_mul_wide(&out->c2, &a->c2, b0);
    ATR_EACH_COLUMN2
    {
        const atr_column2 v0 = atr_column2_of(&low, i);
        const atr_column2 v1 = atr_column2_of(&high, i);
        const atr_column2 x01 = atr_column2_of(&out->c1, i);

        atr_column2_put(&out->c0, i,
                        atr_column2_add_xi(v0, atr_column2_of(&out->c0, i)));
        atr_column2_put(&out->c1, i, atr_column2_sub_two(x01, v0, v1));
        atr_column2_put(&out->c2, i,
                        atr_column2_add(v1, atr_column2_of(&out->c2, i)));
    }
}

void atr_fp6x8_mul_1_wide(atr_fp6x8_wide *out, const atr_fp6x8 *a,
                          const atr_fp2x8 *b1)
{
    const __m512i zero = _mm512_setzero_si512();
    const atr_column2 none = {zero, zero};

    atr_fp2x8_mul_wide(&out->c0, &a->c2, b1);
    atr_fp2x8_mul_wide(&out->c1, &a->c0, b1);
    atr_fp2x8_mul_wide(&out->c2, &a->c1, b1);
    ATR_EACH_COLUMN2
    {
        atr_column2_put(&out->c0, i,
                        atr_column2_add_xi(none, atr_column2_of(&out->c0, i)));
    }
}

void atr_fp6x8_mul(atr_fp6x8 *out, const atr_fp6x8 *a, const atr_fp6x8 *b)
{
    atr_fp6x8_wide t;

    atr_fp6x8_mul_wide(&t, a, b);
    atr_fp6x8_reduce(out, &t);
}

/* out = a^2 - b c, or xi a^2 - b c, or a^2 - xi b c. */
typedef enum {
    XI_NONE,
    XI_SQUARE,
    XI_PRODUCT,
} xi_place;

static void square_less(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                        const atr_fp2x8 *c, xi_place xi)
{
    const __m512i zero = _mm512_setzero_si512();
    const atr_column2 none = {zero, zero};
    atr_fp2x8_wide square;
    atr_fp2x8_wide product;

    atr_fp2x8_sqr_wide(&square, a);
    atr_fp2x8_mul_wide(&product, b, c);
    ATR_EACH_COLUMN2
    {
        atr_column2 s = atr_column2_of(&square, i);
        atr_column2 p = atr_column2_of(&product, i);

        s = xi == XI_SQUARE ? atr_column2_add_xi(none, s) : s;
        p = xi == XI_PRODUCT ? atr_column2_add_xi(none, p) : p;
        atr_column2_put(&square, i, atr_column2_sub(s, p));
    }
    atr_fp2x8_reduce(out, &square);
}

/* The adjoint over the norm to Fp2, as fp6.c. */
void atr_fp6x8_inv(atr_fp6x8 *out, const atr_fp6x8 *a)
{
    atr_fp2x8_wide norm;
    atr_fp2x8_wide t;
    atr_fp2x8_wide u;
    atr_fp6x8 adj;
    atr_fp2x8 inverse;

    square_less(&adj.c0, &a->c0, &a->c1, &a->c2, XI_PRODUCT);
    square_less(&adj.c1, &a->c2, &a->c0, &a->c1, XI_SQUARE);
    square_less(&adj.c2, &a->c1, &a->c0, &a->c2, XI_NONE);
    atr_fp2x8_mul_wide(&norm, &a->c0, &adj.c0);
    atr_fp2x8_mul_wide(&t, &a->c1, &adj.c2);
    atr_fp2x8_mul_wide(&u, &a->c2, &adj.c1);
    ATR_EACH_COLUMN2
    {
        const atr_column2 s =
            atr_column2_add(atr_column2_of(&t, i), atr_column2_of(&u, i));

        atr_column2_put(&norm, i,
                        atr_column2_add_xi(atr_column2_of(&norm, i), s));
    }
    atr_fp2x8_reduce(&inverse, &norm);
    atr_fp2x8_inv(&inverse, &inverse);
    atr_fp2x8_mul(&out->c0, &adj.c0, &inverse);
    atr_fp2x8_mul(&out->c1, &adj.c1, &inverse);
    atr_fp2x8_mul(&out->c2, &adj.c2, &inverse);
}
