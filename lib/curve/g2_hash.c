#include "curve/names.h"

#include "curve/constants.h"
#include "curve/expand.h"
#include "curve/g2.h"

static void curve_value(atr_fp2 *out, const atr_fp2 *x)
{
    atr_fp2 t;

    atr_fp2_sqr(&t, x);
    atr_fp2_add(&t, &t, &atr_sswu2_a);
    atr_fp2_mul(&t, &t, x);
    atr_fp2_add(out, &t, &atr_sswu2_b);
}

/* sqrt_or_z is sqrt(a), or sqrt(Z a) and false. An element is a square when
 * its norm is one. If norm(a) = n is none, then s = n^((p+1)/4) has s^2 = -n,
 * and s sqrt(-norm(Z)) is a root of norm(Z a). */
static atr_mask sqrt_or_z(atr_fp2 *out, const atr_fp2 *a)
{
    atr_fp2 za;
    atr_fp norm;
    atr_fp s;
    atr_fp t;
    atr_mask square;

    atr_fp_sqr(&norm, &a->c0);
    atr_fp_sqr(&t, &a->c1);
    atr_fp_add(&norm, &norm, &t);
    square = atr_fp_sqrt(&s, &norm);
    atr_fp_mul(&t, &s, &atr_sswu2_root);
    atr_fp_select(&s, square, &s, &t);
    atr_fp2_mul(&za, a, &atr_sswu2_z);
    atr_fp2_select(&za, square, a, &za);
    atr_fp2_sqrt_of_norm(out, &za, &s);
    return square;
}

/* The simplified SWU map (RFC 9380, 6.6.2) to the 3-isogenous curve. */
static void map_sswu(atr_fp2 *x, atr_fp2 *y, const atr_fp2 *u)
{
    const atr_fp2 one = {ATR_FP_ONE, {{0}}};
    atr_fp2 zu2;
    atr_fp2 t;
    atr_mask square;

    atr_fp2_sqr(&zu2, u);
    atr_fp2_mul(&zu2, &zu2, &atr_sswu2_z);
    atr_fp2_sqr(&t, &zu2);
    atr_fp2_add(&t, &t, &zu2);
    atr_fp2_inv(x, &t);
    atr_fp2_add(x, x, &one);
    atr_fp2_mul(x, x, &atr_sswu2_ba);
    atr_fp2_select(x, atr_fp2_is_zero(&t), &atr_sswu2_exception, x);

    curve_value(&t, x);
    square = sqrt_or_z(y, &t);
    atr_fp2_mul(&t, x, &zu2);
    atr_fp2_select(x, square, x, &t);
    atr_fp2_mul(&t, &zu2, u);
    atr_fp2_mul(&t, &t, y);
    atr_fp2_select(y, square, y, &t);
    atr_fp2_neg(&t, y);
    atr_fp2_select(y, atr_mask_equal(atr_fp2_is_odd(u), atr_fp2_is_odd(y)), y,
                   &t);
}

static void poly_at(atr_fp2 *out, const atr_fp2 *poly, size_t degree,
                    const atr_fp2 *x)
{
    atr_fp2 sum = poly[degree];

    for (size_t i = degree; i-- > 0;) {
        atr_fp2_mul(&sum, &sum, x);
        atr_fp2_add(&sum, &sum, &poly[i]);
    }
    *out = sum;
}

void atr_g2_map(atr_g2 *out, const atr_fp2 *u)
{
    atr_fp2 x;
    atr_fp2 y;
    atr_fp2 xn;
    atr_fp2 xd;
    atr_fp2 yn;
    atr_fp2 yd;

    map_sswu(&x, &y, u);
    poly_at(&xn, atr_iso2_xnum, 3, &x);
    poly_at(&xd, atr_iso2_xden, 2, &x);
    poly_at(&yn, atr_iso2_ynum, 3, &x);
    poly_at(&yd, atr_iso2_yden, 3, &x);
    atr_fp2_mul(&yn, &yn, &y);
    atr_fp2_mul(&out->x, &xn, &yd);
    atr_fp2_mul(&out->y, &yn, &xd);
    atr_fp2_mul(&out->z, &xd, &yd);
}

static void read_field(atr_fp2 *out, const uint8_t in[2 * ATR_FP_WIDE_BYTES])
{
    atr_fp_read_wide(&out->c0, in);
    atr_fp_read_wide(&out->c1, in + ATR_FP_WIDE_BYTES);
}

void atr_g2_hash(atr_g2_affine *out, atr_bytes dst, atr_bytes message)
{
    uint8_t bytes[4 * ATR_FP_WIDE_BYTES];
    atr_g2 p;
    atr_g2 q;
    atr_fp2 u;

    atr_expand_xmd(bytes, sizeof bytes, dst, message);
    read_field(&u, bytes);
    atr_g2_map(&p, &u);
    read_field(&u, bytes + 2 * ATR_FP_WIDE_BYTES);
    atr_g2_map(&q, &u);
    atr_g2_add(&p, &p, &q);
    atr_g2_clear_cofactor(&p, &p);
    atr_g2_to_affine(out, &p);
}

void atr_g2_encode(atr_g2_affine *out, atr_bytes dst, atr_bytes message)
{
    uint8_t bytes[2 * ATR_FP_WIDE_BYTES];
    atr_g2 p;
    atr_fp2 u;

    atr_expand_xmd(bytes, sizeof bytes, dst, message);
    read_field(&u, bytes);
    atr_g2_map(&p, &u);
    atr_g2_clear_cofactor(&p, &p);
    atr_g2_to_affine(out, &p);
}
