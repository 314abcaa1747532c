#include "curve/ifma/g2x8.h"

#include "curve/ifma/loose.h"

/* The tail of algorithms 7 and 8 (group.inc): with a = X1 X2, b = Y1 Y2,
 * c = Z1 Z2, the sums of cross products xy, yz, xz and d = 12 (1 + u),
 *     X3 = xy (b - d c) - yz d xz
 *     Y3 = (b + d c) (b - d c) + 3 a d xz
 *     Z3 = yz (b + d c) + 3 a xy.
 * Bounds: a, b, c are reduced, xz is below 6 p, and xy and yz are factors
 * only. */
typedef struct {
    atr_fp2x8 a, b, c;
    atr_fp2x8 xy, yz, xz;
} crossed;

/* The parts of d a before their carries; part 0 may be negative. */
typedef struct {
    atr_loose c0, c1;
} loose2;

static inline loose2 mul_3b(const atr_fp2x8 *a)
{
    const atr_loose c0 = atr_loose_of(&a->c0);
    const atr_loose c1 = atr_loose_of(&a->c1);

    return (loose2){atr_loose_mul_3b(atr_loose_sub(c0, c1)),
                    atr_loose_mul_3b(atr_loose_add(c0, c1))};
}

static inline atr_loose with_slack(atr_loose a)
{
    return atr_loose_add(a, atr_loose_all(atr_ifma_slack));
}

static inline void triple(atr_fp2x8 *out, const atr_fp2x8 *a)
{
    atr_loose_settle(&out->c0, atr_loose_triple(atr_loose_of(&a->c0)));
    atr_loose_settle(&out->c1, atr_loose_triple(atr_loose_of(&a->c1)));
}

/* plus = b + d c, minus = b - n d c for n = 1 or 3, dc = d c */
static inline void around(atr_fp2x8 *plus, atr_fp2x8 *minus, const atr_fp2x8 *b,
                          loose2 dc, int n)
{
    const atr_loose b0 = with_slack(atr_loose_of(&b->c0));
    const atr_loose b1 = atr_loose_of(&b->c1);

    atr_loose_settle(&plus->c0, atr_loose_add(b0, dc.c0));
    atr_loose_settle(&plus->c1, atr_loose_add(b1, dc.c1));
    if (n == 3) {
        dc.c0 = atr_loose_triple(dc.c0);
        dc.c1 = atr_loose_triple(dc.c1);
    }
    atr_loose_settle(&minus->c0, atr_loose_sub(b0, dc.c0));
    atr_loose_settle(&minus->c1, with_slack(atr_loose_sub(b1, dc.c1)));
}

static inline void settle(atr_fp2x8 *out, loose2 a)
{
    atr_loose_settle(&out->c0, with_slack(a.c0));
    atr_loose_settle(&out->c1, a.c1);
}

static void tail(atr_g2x8 *out, const crossed *t)
{
    atr_fp2x8 plus;
    atr_fp2x8 minus;
    atr_fp2x8 a3;
    atr_fp2x8 dxz;

    around(&plus, &minus, &t->b, mul_3b(&t->c), 1);
    settle(&dxz, mul_3b(&t->xz));
    triple(&a3, &t->a);
    atr_fp2x8_mul_sub(&out->x, &t->xy, &minus, &t->yz, &dxz);
    atr_fp2x8_mul_add(&out->y, &plus, &minus, &a3, &dxz);
    atr_fp2x8_mul_add(&out->z, &t->yz, &plus, &a3, &t->xy);
}

/* cross = (a1 + b1) (a2 + b2) - a - b, a = a1 a2 and b = b1 b2: a difference */
static void cross(atr_fp2x8 *out, const atr_fp2x8 *const in[4],
                  const atr_fp2x8 *a, const atr_fp2x8 *b)
{
    atr_fp2x8 s;
    atr_fp2x8 t;

    atr_fp2x8_add(&s, in[0], in[1]);
    atr_fp2x8_add(&t, in[2], in[3]);
    atr_fp2x8_mul(&s, &s, &t);
    atr_fp2x8_add(&t, a, b);
    atr_fp2x8_sub(out, &s, &t);
}

void atr_g2x8_add(atr_g2x8 *out, const atr_g2x8 *a, const atr_g2x8 *b)
{
    crossed t;

    atr_fp2x8_mul(&t.a, &a->x, &b->x);
    atr_fp2x8_mul(&t.b, &a->y, &b->y);
    atr_fp2x8_mul(&t.c, &a->z, &b->z);
    cross(&t.xy, (const atr_fp2x8 *[]){&a->x, &a->y, &b->x, &b->y}, &t.a, &t.b);
    cross(&t.yz, (const atr_fp2x8 *[]){&a->y, &a->z, &b->y, &b->z}, &t.b, &t.c);
    atr_fp2x8_mul_add(&t.xz, &a->x, &b->z, &a->z, &b->x);
    tail(out, &t);
}

void atr_g2x8_add_finite(atr_g2x8 *out, const atr_g2x8 *a, const atr_fp2x8 *x,
                         const atr_fp2x8 *y)
{
    crossed t;

    atr_fp2x8_mul(&t.a, &a->x, x);
    atr_fp2x8_mul(&t.b, &a->y, y);
    t.c = a->z;
    cross(&t.xy, (const atr_fp2x8 *[]){&a->x, &a->y, x, y}, &t.a, &t.b);
    atr_fp2x8_mul(&t.yz, &a->z, y);
    atr_fp2x8_add(&t.yz, &t.yz, &a->y);
    atr_fp2x8_mul(&t.xz, &a->z, x);
    atr_fp2x8_add(&t.xz, &t.xz, &a->x);
    tail(out, &t);
}

/* Algorithm 9: X3 = 2 xy (yy - 3 d zz), Z3 = 8 yy yz,
 * Y3 = (yy - 3 d zz) (yy + d zz) + 8 yy d zz. */
void atr_g2x8_dbl(atr_g2x8 *out, const atr_g2x8 *a)
{
    atr_fp2x8 yy;
    atr_fp2x8 zz;
    atr_fp2x8 yz;
    atr_fp2x8 xy;
    atr_fp2x8 plus;
    atr_fp2x8 minus;
    atr_fp2x8 yy8;
    loose2 dzz;

    atr_fp2x8_sqr(&yy, &a->y);
    atr_fp2x8_sqr(&zz, &a->z);
    atr_fp2x8_mul(&yz, &a->y, &a->z);
    atr_fp2x8_mul(&xy, &a->x, &a->y);
    dzz = mul_3b(&zz);
    around(&plus, &minus, &yy, dzz, 3);
    settle(&zz, dzz);
    atr_loose_settle(&yy8.c0, atr_loose_shift(atr_loose_of(&yy.c0), 3));
    atr_loose_settle(&yy8.c1, atr_loose_shift(atr_loose_of(&yy.c1), 3));
    atr_fp2x8_add(&xy, &xy, &xy);
    atr_fp2x8_mul(&out->z, &yz, &yy8);
    atr_fp2x8_mul_add(&out->y, &minus, &plus, &yy8, &zz);
    atr_fp2x8_mul(&out->x, &xy, &minus);
}

void atr_g2x8_identity(atr_g2x8 *out)
{
    memset(out, 0, sizeof *out);
    atr_fp8_all(&out->y.c0, atr_ifma_one);
}

void atr_g2x8_select(atr_g2x8 *out, uint8_t mask, const atr_g2x8 *yes,
                     const atr_g2x8 *no)
{
    atr_fp2x8_select(&out->x, mask, &yes->x, &no->x);
    atr_fp2x8_select(&out->y, mask, &yes->y, &no->y);
    atr_fp2x8_select(&out->z, mask, &yes->z, &no->z);
}

void atr_g2x8_store(atr_g2 out[8], const atr_g2x8 *a)
{
    atr_fp2x8_store(&out[0].x, sizeof out[0], &a->x);
    atr_fp2x8_store(&out[0].y, sizeof out[0], &a->y);
    atr_fp2x8_store(&out[0].z, sizeof out[0], &a->z);
}
