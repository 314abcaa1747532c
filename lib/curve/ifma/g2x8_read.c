/* Eight decompressions in G2 at once. */
#include "curve/ifma/engine.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/g2x8.h"
#include "curve/ifma/loose.h"

static void half_of(atr_fp8 *out, const atr_fp8 *a)
{
    atr_fp8_mul_all(out, a, atr_ifma_half);
}

/* As atr_fp2_sqrt_of_norm (fp2.c), whose comment has the equations. */
static void sqrt_of_norm(atr_fp2x8 *out, const atr_fp2x8 *a,
                         const atr_fp8 *norm_root)
{
    atr_fp8 t;
    atr_fp8 c;
    atr_fp8 x;
    atr_fp8 y;
    atr_fp8 minus;
    uint8_t plain;

    atr_fp8_add(&t, &a->c0, norm_root);
    half_of(&t, &t);
    atr_fp8_select(&t, atr_fp8_is_zero(&t), &a->c0, &t);
    atr_fp8_pow_root(&c, &t, 1);
    atr_fp8_mul(&x, &c, &t);
    half_of(&c, &c);
    atr_fp8_mul(&y, &c, &a->c1);
    atr_fp8_sqr(&c, &x);
    plain = atr_fp8_equal(&c, &t);
    atr_fp8_neg(&minus, &y);
    atr_fp8_select(&out->c0, plain, &x, &minus);
    atr_fp8_select(&out->c1, plain, &y, &x);
}

/* A root where there is one, which the lanes tell; `a` is below 4 p. */
static uint8_t root_of(atr_fp2x8 *out, const atr_fp2x8 *a)
{
    atr_fp2x8 check;
    atr_fp8 norm;
    atr_fp8 s;

    atr_fp8_mul_add(&norm, &a->c0, &a->c0, &a->c1, &a->c1);
    atr_fp8_pow_root(&s, &norm, 1);
    atr_fp8_mul(&s, &s, &norm);
    sqrt_of_norm(out, a, &s);
    atr_fp2x8_sqr(&check, out);
    return atr_fp2x8_equal(&check, a);
}

/* x^3 + 4 (1 + u) */
static void curve_value(atr_fp2x8 *out, const atr_fp2x8 *x)
{
    const atr_loose four = atr_loose_all(atr_ifma_four);

    atr_fp2x8_sqr(out, x);
    atr_fp2x8_mul(out, out, x);
    atr_loose_settle(&out->c0, atr_loose_add(atr_loose_of(&out->c0), four));
    atr_loose_settle(&out->c1, atr_loose_add(atr_loose_of(&out->c1), four));
}

uint8_t atr_ifma_g2_solve(atr_fp2 y[ATR_LANES], const atr_fp2 x[ATR_LANES])
{
    atr_fp2x8 x8;
    atr_fp2x8 want;
    atr_fp2x8 y8;
    uint8_t good;

    atr_fp2x8_load(&x8, x, sizeof *x);
    curve_value(&want, &x8);
    good = root_of(&y8, &want);
    /* one part of the root may be a difference */
    atr_fp8_mul_all(&y8.c0, &y8.c0, atr_ifma_one);
    good &= atr_g2x8_in_subgroup(&x8, &y8);
    atr_fp2x8_store(y, sizeof *y, &y8);
    atr_ifma_clear();
    return good;
}
