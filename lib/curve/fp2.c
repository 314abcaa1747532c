#include "curve/names.h"

#include "curve/fp2.h"

static void norm(atr_fp *out, const atr_fp2 *a)
{
    atr_fp t;

    atr_fp_sqr(&t, &a->c1);
    atr_fp_sqr(out, &a->c0);
    atr_fp_add(out, out, &t);
}

void atr_fp2_inv(atr_fp2 *out, const atr_fp2 *a)
{
    atr_fp t;

    norm(&t, a);
    atr_fp_inv(&t, &t);
    atr_fp_mul(&out->c0, &a->c0, &t);
    atr_fp_neg(&t, &t);
    atr_fp_mul(&out->c1, &a->c1, &t);
}

void atr_fp2_inv_many(atr_fp2 *all, atr_fp2 *spare, size_t count)
{
    atr_fp2 product = {ATR_FP_ONE, {{0}}};

    for (size_t i = 0; i < count; i++) {
        spare[i] = product;
        atr_fp2_mul(&product, &product, &all[i]);
    }
    atr_fp2_inv(&product, &product);
    for (size_t i = count; i-- > 0;) {
        atr_fp2 t = all[i];

        atr_fp2_mul(&all[i], &product, &spare[i]);
        atr_fp2_mul(&product, &product, &t);
    }
}

/* With s = norm_root let t = (a0 + s) / 2 and t' = (a0 - s) / 2. As t t' is
 * -a1^2 / 4 and -1 is no square, one of them is a square (when both are not
 * 0). Let c = t^((p-3)/4) and x = c t, so x^2 = +-t and x c = +-1.
 *   +: (x + a1 c / 2 u)^2 = t - t^-1 a1^2 / 4 + a1 u = a.
 *   -: (-a1 c / 2 + x u)^2 = a in the same way.
 * If t is 0 then a1 is 0, and a0 may stand for t. */
void atr_fp2_sqrt_of_norm(atr_fp2 *out, const atr_fp2 *a,
                          const atr_fp *norm_root)
{
    const atr_fp2 in = *a;
    atr_fp t;
    atr_fp c;
    atr_fp x;
    atr_fp y;
    atr_fp minus;
    atr_mask plain;

    atr_fp_add(&t, &in.c0, norm_root);
    atr_fp_half(&t, &t);
    atr_fp_select(&t, atr_fp_is_zero(&t), &in.c0, &t);
    atr_fp_pow_root(&c, &t);
    atr_fp_mul(&x, &c, &t);
    atr_fp_half(&c, &c);
    atr_fp_mul(&y, &c, &in.c1);
    atr_fp_sqr(&c, &x);
    plain = atr_fp_equal(&c, &t);
    atr_fp_neg(&minus, &y);
    atr_fp_select(&out->c0, plain, &x, &minus);
    atr_fp_select(&out->c1, plain, &y, &x);
}

atr_mask atr_fp2_sqrt(atr_fp2 *out, const atr_fp2 *a)
{
    const atr_fp2 in = *a;
    atr_fp2 check;
    atr_fp s;

    norm(&s, &in);
    (void)atr_fp_sqrt(&s, &s);
    atr_fp2_sqrt_of_norm(out, &in, &s);
    atr_fp2_sqr(&check, out);
    return atr_fp2_equal(&check, &in);
}

atr_mask atr_fp2_is_high(const atr_fp2 *a)
{
    return atr_mask_select(atr_fp_is_zero(&a->c1), atr_fp_is_high(&a->c0),
                           atr_fp_is_high(&a->c1));
}

atr_mask atr_fp2_is_odd(const atr_fp2 *a)
{
    return atr_fp_is_odd(&a->c0) |
           (atr_fp_is_zero(&a->c0) & atr_fp_is_odd(&a->c1));
}

atr_err atr_fp2_read(atr_fp2 *out, const uint8_t in[ATR_FP2_BYTES])
{
    atr_err err;

    if ((err = atr_fp_read(&out->c1, in)) != ATR_OK ||
        (err = atr_fp_read(&out->c0, in + ATR_FP_BYTES)) != ATR_OK) {
        memset(out, 0, sizeof *out);
    }
    return err;
}

void atr_fp2_write(uint8_t out[ATR_FP2_BYTES], const atr_fp2 *a)
{
    atr_fp_write(out, &a->c1);
    atr_fp_write(out + ATR_FP_BYTES, &a->c0);
}
