/* fp2_mul.c - products in Fp2 in portable C; mulx/fp2_mul.c has them for
 * x86-64.
 */
#include "curve/fp2.h"

/* Karatsuba: three products, and c1 = (a0 + a1)(b0 + b1) - a0 b0 - a1 b1; the
 * sums are below 8 p < 2^384. */
void atr_fp2_mul_wide(atr_fp2_wide *out, const atr_fp2 *a, const atr_fp2 *b)
{
    atr_fp_wide low;
    atr_fp_wide high;
    atr_fp s;
    atr_fp t;

    atr_fp_add_lazy(&s, &a->c0, &a->c1);
    atr_fp_add_lazy(&t, &b->c0, &b->c1);
    atr_fp_mul_wide(&low, &a->c0, &b->c0);
    atr_fp_mul_wide(&high, &a->c1, &b->c1);
    atr_fp_mul_wide(&out->c1, &s, &t);
    atr_fp_wide_sub_sub(&out->c1, &out->c1, &low, &high);
    atr_fp_wide_sub(&out->c0, &low, &high);
}

/* (a0 + a1)(a0 - a1 mod p) and 2 a0 a1. */
void atr_fp2_sqr_wide(atr_fp2_wide *out, const atr_fp2 *a)
{
    atr_fp s;
    atr_fp d;
    atr_fp t;

    atr_fp_add_lazy(&s, &a->c0, &a->c1);
    atr_fp_sub(&d, &a->c0, &a->c1);
    atr_fp_add_lazy(&t, &a->c0, &a->c0);
    atr_fp_mul_wide(&out->c0, &s, &d);
    atr_fp_mul_wide(&out->c1, &t, &a->c1);
}

void atr_fp2_reduce(atr_fp2 *out, const atr_fp2_wide *a)
{
    atr_fp_reduce(&out->c0, &a->c0);
    atr_fp_reduce(&out->c1, &a->c1);
}

void atr_fp2_mul(atr_fp2 *out, const atr_fp2 *a, const atr_fp2 *b)
{
    atr_fp2_wide t;

    atr_fp2_mul_wide(&t, a, b);
    atr_fp2_reduce(out, &t);
}

/* atr_fp_mul takes any six limbs on its left and a reduced right side. */
void atr_fp2_sqr(atr_fp2 *out, const atr_fp2 *a)
{
    atr_fp s;
    atr_fp d;
    atr_fp t;

    atr_fp_add_lazy(&s, &a->c0, &a->c1);
    atr_fp_sub(&d, &a->c0, &a->c1);
    atr_fp_add_lazy(&t, &a->c0, &a->c0);
    atr_fp_mul(&out->c1, &t, &a->c1);
    atr_fp_mul(&out->c0, &s, &d);
}
