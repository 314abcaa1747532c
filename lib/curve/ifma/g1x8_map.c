/* Eight hashes to G1 and eight decompressions at once. The equations are those
 * of g1_hash.c, g1_bytes.c and g1.c. */
#include "curve/ifma/engine.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/loose.h"

/* A fraction n / d. */
typedef struct {
    atr_fp8 n, d;
} ratio8;

/* The simplified SWU map (RFC 9380, F.2) on its way. */
typedef struct {
    atr_fp8 u;
    atr_fp8 zu2; /* Z u^2 */
    ratio8 x;
    ratio8 y2; /* the curve equation at x */
    atr_fp8 y;
} swu;

/* Z u^2, then x = B (1 + t) / (-A t) with t = (Z u^2)^2 + Z u^2, or B / (Z A)
 * for t = 0; then y^2 = (n^3 + A n d^2 + B d^3) / d^3. */
static void map_start(swu *m, const atr_fp *u)
{
    atr_loose t;
    atr_fp8 s;
    atr_fp8 z;
    atr_fp8 d2;
    atr_fp8 d3;
    uint8_t zero;

    atr_fp8_load(&m->u, u, sizeof *u);
    atr_fp8_sqr(&s, &m->u);
    atr_fp8_mul_all(&m->zu2, &s, atr_ifma_z);
    atr_fp8_sqr(&s, &m->zu2);
    t = atr_loose_add(atr_loose_of(&s), atr_loose_of(&m->zu2));
    atr_loose_settle(&s, atr_loose_add(t, atr_loose_all(atr_ifma_one)));
    atr_fp8_mul_all(&m->x.n, &s, atr_ifma_sswu_b);
    atr_loose_settle(&s, atr_loose_neg(t));
    atr_fp8_mul_all(&s, &s, atr_ifma_one);
    zero = atr_fp8_is_zero(&s);
    atr_fp8_all(&z, atr_ifma_z);
    atr_fp8_select(&s, zero, &z, &s);
    atr_fp8_mul_all(&m->x.d, &s, atr_ifma_sswu_a);

    atr_fp8_sqr(&d2, &m->x.d);
    atr_fp8_mul(&d3, &d2, &m->x.d);
    atr_fp8_mul_all(&d2, &d2, atr_ifma_sswu_a);
    atr_fp8_sqr(&s, &m->x.n);
    atr_fp8_add(&s, &s, &d2);
    atr_fp8_all(&z, atr_ifma_sswu_b);
    atr_fp8_mul_add(&m->y2.n, &s, &m->x.n, &d3, &z);
    m->y2.d = d3;
}

/* sqrt_ratio (RFC 9380, F.2.1.2) around the power: (n d^3)^((p-3)/4). */
static void root_input(atr_fp8 *out, const ratio8 *a)
{
    atr_fp8 t;

    atr_fp8_sqr(&t, &a->d);
    atr_fp8_mul(&t, &t, &a->d);
    atr_fp8_mul(out, &t, &a->n);
}

static void map_finish(swu *m, const atr_fp8 *root)
{
    atr_fp8 other;
    atr_fp8 t;
    uint8_t square;
    uint8_t same;

    atr_fp8_mul(&t, &m->y2.n, &m->y2.d);
    atr_fp8_mul(&m->y, &t, root);
    atr_fp8_sqr(&t, &m->y);
    atr_fp8_mul(&t, &t, &m->y2.d);
    square = atr_fp8_equal(&t, &m->y2.n);

    /* else x Z u^2, and Z u^3 sqrt(Z y^2) in place of y */
    atr_fp8_mul_all(&other, &m->y, atr_ifma_sswu_root);
    atr_fp8_mul(&t, &m->zu2, &m->u);
    atr_fp8_mul(&other, &other, &t);
    atr_fp8_select(&m->y, square, &m->y, &other);
    atr_fp8_mul(&t, &m->zu2, &m->x.n);
    atr_fp8_select(&m->x.n, square, &m->x.n, &t);
    same = (uint8_t) ~(atr_fp8_is_odd(&m->u) ^ atr_fp8_is_odd(&m->y));
    atr_fp8_neg(&t, &m->y);
    atr_fp8_select(&m->y, same, &m->y, &t);
}

/* d^degree times the polynomial at n / d, by Horner's rule. */
static void poly_at(atr_fp8 *out, const uint64_t poly[][8], size_t degree,
                    const ratio8 *x, const atr_fp8 *powers)
{
    atr_fp8 coefficient;
    atr_fp8 sum;

    atr_fp8_all(&sum, poly[degree]);
    for (size_t i = degree; i-- > 0;) {
        atr_fp8_all(&coefficient, poly[i]);
        atr_fp8_mul_add(&sum, &sum, &x->n, &coefficient, &powers[degree - i]);
    }
    *out = sum;
}

/* The sum on the isogenous curve y^2 = x^3 + A x + B: algorithm 1 of Renes,
 * Costello and Batina (EUROCRYPT 2016), complete since the order of the curve,
 * which is that of E, is odd. With xx = X1 X2, xy = X1 Y2 + X2 Y1 and so on and
 * s = A xz + 3 B zz, w = 3 B xz + A (xx - A zz):
 *     X3 = xy (yy - s) - yz w
 *     Y3 = (yy + s) (yy - s) + (3 xx + A zz) w
 *     Z3 = yz (yy + s) + (3 xx + A zz) xy */
static void add_before(atr_g1x8 *out, const atr_g1x8 *p, const atr_g1x8 *q)
{
    atr_fp8 xx;
    atr_fp8 yy;
    atr_fp8 zz;
    atr_fp8 xy;
    atr_fp8 yz;
    atr_fp8 xz;
    atr_fp8 a;
    atr_fp8 b3;
    atr_fp8 s;
    atr_fp8 w;
    atr_fp8 plus;

    atr_fp8_all(&a, atr_ifma_sswu_a);
    atr_fp8_all(&b3, atr_ifma_sswu_b3);
    atr_fp8_mul(&xx, &p->x, &q->x);
    atr_fp8_mul(&yy, &p->y, &q->y);
    atr_fp8_mul(&zz, &p->z, &q->z);
    atr_fp8_mul_add(&xy, &p->x, &q->y, &p->y, &q->x);
    atr_fp8_mul_add(&yz, &p->y, &q->z, &p->z, &q->y);
    atr_fp8_mul_add(&xz, &p->x, &q->z, &p->z, &q->x);
    atr_fp8_mul_add(&s, &a, &xz, &b3, &zz);
    atr_fp8_mul(&zz, &zz, &a);
    atr_fp8_sub(&w, &xx, &zz);
    atr_fp8_mul_add(&w, &b3, &xz, &a, &w);
    atr_loose_settle(&xx, atr_loose_add(atr_loose_triple(atr_loose_of(&xx)),
                                        atr_loose_of(&zz)));
    atr_fp8_add(&plus, &yy, &s);
    atr_fp8_sub(&yy, &yy, &s);
    atr_fp8_neg(&s, &yz);
    atr_fp8_mul_add(&out->x, &xy, &yy, &s, &w);
    atr_fp8_mul_add(&out->y, &plus, &yy, &xx, &w);
    atr_fp8_mul_add(&out->z, &yz, &plus, &xx, &xy);
}

/* The 11-isogeny (RFC 9380, E.2). The identity comes out in its one form. */
static void isogeny(atr_g1x8 *out, const atr_g1x8 *p)
{
    const ratio8 x = {p->x, p->z};
    atr_fp8 powers[16]; /* of the denominator */
    atr_g1x8 identity;
    atr_fp8 xn;
    atr_fp8 xd;
    atr_fp8 yn;
    atr_fp8 yd;

    atr_fp8_all(&powers[0], atr_ifma_one);
    for (int i = 1; i < 16; i++) {
        atr_fp8_mul(&powers[i], &powers[i - 1], &x.d);
    }
    poly_at(&xn, atr_ifma_xnum, 11, &x, powers);
    poly_at(&xd, atr_ifma_xden, 10, &x, powers);
    poly_at(&yn, atr_ifma_ynum, 15, &x, powers);
    poly_at(&yd, atr_ifma_yden, 15, &x, powers);
    atr_fp8_mul(&xd, &xd, &x.d); /* degree 11 over degree 10 */
    atr_fp8_mul(&yn, &yn, &p->y);
    atr_fp8_mul(&yd, &yd, &x.d); /* y is Y / Z */
    atr_fp8_mul(&out->x, &xn, &yd);
    atr_fp8_mul(&out->y, &yn, &xd);
    atr_fp8_mul(&out->z, &xd, &yd);
    atr_g1x8_identity(&identity);
    atr_g1x8_select(out, atr_fp8_is_zero(&out->z), &identity, out);
    atr_wipe(powers, sizeof powers);
}

/* The points of `groups` times eight field elements, before the isogeny. */
static void maps(atr_g1x8 *out, const atr_fp *u, int groups)
{
    atr_fp8 root[2] = {0};
    swu m[2];

    for (int i = 0; i < groups; i++) {
        map_start(&m[i], u + ATR_LANES * i);
        root_input(&root[i], &m[i].y2);
    }
    atr_fp8_pow_root(root, root, groups);
    for (int i = 0; i < groups; i++) {
        map_finish(&m[i], &root[i]);
        out[i].x = m[i].x.n;
        out[i].z = m[i].x.d;
        atr_fp8_mul(&out[i].y, &m[i].y, &m[i].x.d);
    }
    atr_wipe(m, sizeof m);
    atr_wipe(root, sizeof root);
}

/* The isogeny of the sum of p[0] and p[1] is the sum of theirs; then the
 * cofactor is cleared by h_eff = 1 - x. */
static void finish(atr_g1 out[ATR_LANES], atr_g1x8 p[2])
{
    add_before(&p[0], &p[0], &p[1]);
    isogeny(&p[0], &p[0]);
    atr_g1x8_mul_x(&p[1], &p[0]);
    atr_g1x8_add(&p[0], &p[0], &p[1]);
    atr_g1x8_store(out, &p[0]);
}

void atr_ifma_g1_map(atr_g1 out[ATR_LANES], const atr_fp u[2 * ATR_LANES])
{
    atr_g1x8 p[2];

    maps(p, u, 2);
    finish(out, p);
    atr_wipe(p, sizeof p);
    atr_ifma_clear();
}

/* The upper four lanes change places with the lower four. */
static void exchange(atr_fp8 *a)
{
    ATR_EACH_DIGIT
    {
        __m512i t = _mm512_load_si512(a->limb[i]);

        _mm512_store_si512(a->limb[i], _mm512_shuffle_i64x2(t, t, 0x4e));
    }
}

void atr_ifma_g1_map_four(atr_g1 out[ATR_LANES], const atr_fp u[ATR_LANES])
{
    atr_g1x8 p[2];

    maps(p, u, 1);
    p[1] = p[0];
    exchange(&p[1].x);
    exchange(&p[1].y);
    exchange(&p[1].z);
    finish(out, p);
    atr_wipe(p, sizeof p);
    atr_ifma_clear();
}

/* The lanes where x is that of a point of the curve, and its y. */
static uint8_t solve(atr_fp8 *x8, atr_fp8 *y8, const atr_fp x[ATR_LANES])
{
    atr_fp8 want;
    atr_fp8 t;

    atr_fp8_load(x8, x, sizeof *x);
    atr_fp8_sqr(&t, x8);
    atr_fp8_mul(&t, &t, x8);
    atr_loose_settle(
        &t, atr_loose_add(atr_loose_of(&t), atr_loose_all(atr_ifma_four)));
    atr_fp8_mul_all(&want, &t, atr_ifma_one);
    atr_fp8_pow_root(&t, &want, 1);
    atr_fp8_mul(y8, &t, &want);
    atr_fp8_sqr(&t, y8);
    return atr_fp8_equal(&t, &want);
}

uint8_t atr_ifma_g1_solve(atr_fp y[ATR_LANES], const atr_fp x[ATR_LANES])
{
    atr_fp8 x8;
    atr_fp8 y8;
    uint8_t good = solve(&x8, &y8, x);

    good &= atr_g1x8_in_subgroup(&x8, &y8);
    atr_fp8_store(y, sizeof *y, &y8);
    atr_ifma_clear();
    return good;
}

uint8_t atr_ifma_g1_solve_curve(atr_fp y[ATR_LANES], const atr_fp x[ATR_LANES])
{
    atr_fp8 x8;
    atr_fp8 y8;
    uint8_t good = solve(&x8, &y8, x);

    atr_fp8_store(y, sizeof *y, &y8);
    atr_ifma_clear();
    return good;
}
