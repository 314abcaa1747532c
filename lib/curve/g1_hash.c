#include "curve/names.h"

#include "curve/constants.h"
#include "curve/expand.h"
#include "curve/g1.h"

/* A fraction n / d. */
typedef struct {
    atr_fp n, d;
} ratio;

/* sqrt_ratio (RFC 9380, F.2.1.2): y = sqrt(u / v), or sqrt(Z u / v) and false
 * when u / v is not a square. */
static atr_mask sqrt_ratio(atr_fp *y, const atr_fp *u, const atr_fp *v)
{
    atr_fp uv;
    atr_fp t;
    atr_fp other;
    atr_mask square;

    atr_fp_mul(&uv, u, v);
    atr_fp_sqr(&t, v);
    atr_fp_mul(&t, &t, &uv); /* u v^3 */
    atr_fp_pow_root(&t, &t);
    atr_fp_mul(y, &t, &uv);
    atr_fp_mul(&other, y, &atr_sswu1_root);
    atr_fp_sqr(&t, y);
    atr_fp_mul(&t, &t, v);
    square = atr_fp_equal(&t, u);
    atr_fp_select(y, square, y, &other);
    return square;
}

/* The simplified SWU map (RFC 9380, F.2) to the 11-isogenous curve. */
static void map_sswu(ratio *x, atr_fp *y, const atr_fp *u)
{
    const atr_fp one = ATR_FP_ONE;
    const atr_fp z = atr_fp_of(11);
    atr_fp zu2;
    atr_fp t;
    atr_fp num;
    atr_fp den;
    atr_fp minus;
    atr_mask square;

    atr_fp_sqr(&zu2, u);
    atr_fp_mul(&zu2, &zu2, &z);
    atr_fp_sqr(&t, &zu2);
    atr_fp_add(&t, &t, &zu2);
    atr_fp_add(&x->n, &t, &one);
    atr_fp_mul(&x->n, &x->n, &atr_sswu1_b);
    atr_fp_neg(&minus, &t);
    atr_fp_select(&t, atr_fp_is_zero(&t), &z, &minus);
    atr_fp_mul(&x->d, &t, &atr_sswu1_a);

    atr_fp_sqr(&num, &x->n);
    atr_fp_sqr(&den, &x->d);
    atr_fp_mul(&t, &den, &atr_sswu1_a);
    atr_fp_add(&num, &num, &t);
    atr_fp_mul(&num, &num, &x->n);
    atr_fp_mul(&den, &den, &x->d);
    atr_fp_mul(&t, &den, &atr_sswu1_b);
    atr_fp_add(&num, &num, &t);

    square = sqrt_ratio(y, &num, &den);
    atr_fp_mul(&t, &zu2, &x->n);
    atr_fp_select(&x->n, square, &x->n, &t);
    atr_fp_mul(&t, &zu2, u);
    atr_fp_mul(&t, &t, y);
    atr_fp_select(y, square, y, &t);
    atr_fp_neg(&minus, y);
    atr_fp_select(y, atr_mask_equal(atr_fp_is_odd(u), atr_fp_is_odd(y)), y,
                  &minus);
}

/* d^degree times the polynomial at n / d, by Horner's rule. */
static void poly_at(atr_fp *out, const atr_fp *poly, size_t degree,
                    const ratio *x, const atr_fp *powers)
{
    atr_fp sum = poly[degree];
    atr_fp t;

    for (size_t i = degree; i-- > 0;) {
        atr_fp_mul(&sum, &sum, &x->n);
        atr_fp_mul(&t, &poly[i], &powers[degree - i]);
        atr_fp_add(&sum, &sum, &t);
    }
    *out = sum;
}

void atr_g1_map(atr_g1 *out, const atr_fp *u)
{
    atr_fp powers[16]; /* of the denominator */
    atr_fp xn;
    atr_fp xd;
    atr_fp yn;
    atr_fp yd;
    atr_fp y;
    ratio x;

    map_sswu(&x, &y, u);
    powers[0] = (atr_fp)ATR_FP_ONE;
    for (int i = 1; i < 16; i++) {
        atr_fp_mul(&powers[i], &powers[i - 1], &x.d);
    }
    poly_at(&xn, atr_iso1_xnum, 11, &x, powers);
    poly_at(&xd, atr_iso1_xden, 10, &x, powers);
    poly_at(&yn, atr_iso1_ynum, 15, &x, powers);
    poly_at(&yd, atr_iso1_yden, 15, &x, powers);
    atr_fp_mul(&xd, &xd, &x.d); /* degree 11 over degree 10 */
    atr_fp_mul(&yn, &yn, &y);
    atr_fp_mul(&out->x, &xn, &yd);
    atr_fp_mul(&out->y, &yn, &xd);
    atr_fp_mul(&out->z, &xd, &yd);
}

void atr_g1_hash(atr_g1_affine *out, atr_bytes dst, atr_bytes message)
{
    uint8_t bytes[2 * ATR_FP_WIDE_BYTES];
    atr_g1 p;
    atr_g1 q;
    atr_fp u;

    atr_expand_xmd(bytes, sizeof bytes, dst, message);
    atr_fp_read_wide(&u, bytes);
    atr_g1_map(&p, &u);
    atr_fp_read_wide(&u, bytes + ATR_FP_WIDE_BYTES);
    atr_g1_map(&q, &u);
    atr_g1_add(&p, &p, &q);
    atr_g1_clear_cofactor(&p, &p);
    atr_g1_to_affine(out, &p);
}

void atr_g1_encode(atr_g1_affine *out, atr_bytes dst, atr_bytes message)
{
    uint8_t bytes[ATR_FP_WIDE_BYTES];
    atr_g1 p;
    atr_fp u;

    atr_expand_xmd(bytes, sizeof bytes, dst, message);
    atr_fp_read_wide(&u, bytes);
    atr_g1_map(&p, &u);
    atr_g1_clear_cofactor(&p, &p);
    atr_g1_to_affine(out, &p);
}
