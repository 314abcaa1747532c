#include "curve/ifma/g1x8.h"

#include "curve/ifma/loose.h"

/* The tail of algorithms 7 and 8 (group.inc): with a = X1 X2, b = Y1 Y2,
 * c = Z1 Z2 and the sums of cross products xy, yz, xz,
 *     X3 = xy (b - 12 c) - yz 12 xz
 *     Y3 = (b + 12 c) (b - 12 c) + 3 a 12 xz
 *     Z3 = yz (b + 12 c) + 3 a xy.
 * A cross product is two products under one reduction: two multiplications
 * fewer by Karatsuba's trick cost as much in additions and their carries. */
typedef struct {
    atr_fp8 a, b, c;
    atr_fp8 xy, yz, xz;
} crossed;

static inline void tail(atr_g1x8 *out, const crossed *t)
{
    const atr_loose b = atr_loose_of(&t->b);
    const atr_loose c12 = atr_loose_mul_3b(atr_loose_of(&t->c));
    atr_fp8 plus;
    atr_fp8 minus;
    atr_fp8 a3;
    atr_fp8 yz_neg;
    atr_fp8 xz12;

    atr_loose_settle(&a3, atr_loose_triple(atr_loose_of(&t->a)));
    atr_loose_settle(&plus, atr_loose_add(b, c12));
    atr_loose_settle(&minus, atr_loose_add(b, atr_loose_neg(c12)));
    atr_loose_settle(&yz_neg, atr_loose_neg(atr_loose_of(&t->yz)));
    atr_loose_settle(&xz12, atr_loose_mul_3b(atr_loose_of(&t->xz)));
    atr_fp8_mul_add(&out->x, &t->xy, &minus, &yz_neg, &xz12);
    atr_fp8_mul_add(&out->y, &plus, &minus, &a3, &xz12);
    atr_fp8_mul_add(&out->z, &t->yz, &plus, &a3, &t->xy);
}

void atr_g1x8_add(atr_g1x8 *out, const atr_g1x8 *a, const atr_g1x8 *b)
{
    crossed t;

    atr_fp8_mul(&t.a, &a->x, &b->x);
    atr_fp8_mul(&t.b, &a->y, &b->y);
    atr_fp8_mul(&t.c, &a->z, &b->z);
    atr_fp8_mul_add(&t.xy, &a->x, &b->y, &a->y, &b->x);
    atr_fp8_mul_add(&t.yz, &a->y, &b->z, &a->z, &b->y);
    atr_fp8_mul_add(&t.xz, &a->x, &b->z, &a->z, &b->x);
    tail(out, &t);
}

void atr_g1x8_add_finite(atr_g1x8 *out, const atr_g1x8 *a, const atr_fp8 *x,
                         const atr_fp8 *y)
{
    crossed t;

    atr_fp8_mul(&t.a, &a->x, x);
    atr_fp8_mul(&t.b, &a->y, y);
    t.c = a->z;
    atr_fp8_mul_add(&t.xy, &a->x, y, &a->y, x);
    atr_fp8_mul(&t.yz, &a->z, y);
    atr_fp8_add(&t.yz, &t.yz, &a->y);
    atr_fp8_mul(&t.xz, &a->z, x);
    atr_fp8_add(&t.xz, &t.xz, &a->x);
    tail(out, &t);
}

/* Algorithm 9: X3 = 2 xy (yy - 36 zz), Z3 = 8 yy yz,
 * Y3 = (yy - 36 zz) (yy + 12 zz) + 8 yy 12 zz. */
void atr_g1x8_dbl(atr_g1x8 *out, const atr_g1x8 *a)
{
    const atr_loose slack = atr_loose_all(atr_ifma_slack);
    atr_fp8 yy;
    atr_fp8 zz;
    atr_fp8 yz;
    atr_fp8 xy;
    atr_fp8 yy8;
    atr_fp8 zz12;
    atr_fp8 plus;
    atr_fp8 minus;
    atr_loose t;

    atr_fp8_sqr(&yy, &a->y);
    atr_fp8_sqr(&zz, &a->z);
    atr_fp8_mul(&yz, &a->y, &a->z);
    atr_fp8_mul(&xy, &a->x, &a->y);
    t = atr_loose_mul_3b(atr_loose_of(&zz));
    atr_loose_settle(&zz12, t);
    atr_loose_settle(&plus, atr_loose_add(atr_loose_of(&yy), t));
    t = atr_loose_sub(atr_loose_of(&yy), atr_loose_triple(t));
    atr_loose_settle(&minus, atr_loose_add(t, slack));
    atr_loose_settle(&yy8, atr_loose_shift(atr_loose_of(&yy), 3));
    atr_loose_settle(&xy, atr_loose_shift(atr_loose_of(&xy), 1));
    atr_fp8_mul(&out->z, &yz, &yy8);
    atr_fp8_mul_add(&out->y, &minus, &plus, &yy8, &zz12);
    atr_fp8_mul(&out->x, &xy, &minus);
}

void atr_g1x8_identity(atr_g1x8 *out)
{
    memset(out, 0, sizeof *out);
    atr_fp8_all(&out->y, atr_ifma_one);
}

void atr_g1x8_select(atr_g1x8 *out, uint8_t mask, const atr_g1x8 *yes,
                     const atr_g1x8 *no)
{
    atr_fp8_select(&out->x, mask, &yes->x, &no->x);
    atr_fp8_select(&out->y, mask, &yes->y, &no->y);
    atr_fp8_select(&out->z, mask, &yes->z, &no->z);
}

void atr_g1x8_mul_x(atr_g1x8 *out, const atr_g1x8 *a)
{
    const atr_g1x8 base = *a;
    atr_g1x8 t = *a;

    for (int i = 63; i > 0;) {
        int run = 0;

        do {
            i--;
            run++;
        } while (i > 0 && !(ATR_CURVE_X >> i & 1));
        atr_g1x8_dbl_run(&t, run);
        if (ATR_CURVE_X >> i & 1) {
            atr_g1x8_add(&t, &t, &base);
        }
    }
    *out = t;
}

void atr_g1x8_load(atr_g1x8 *out, const atr_g1 in[8])
{
    atr_fp8_load(&out->x, &in[0].x, sizeof in[0]);
    atr_fp8_load(&out->y, &in[0].y, sizeof in[0]);
    atr_fp8_load(&out->z, &in[0].z, sizeof in[0]);
}

void atr_g1x8_store(atr_g1 out[8], const atr_g1x8 *a)
{
    atr_fp8_store(&out[0].x, sizeof out[0], &a->x);
    atr_fp8_store(&out[0].y, sizeof out[0], &a->y);
    atr_fp8_store(&out[0].z, sizeof out[0], &a->z);
}

#define CLEAR(n) "vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"

void atr_ifma_clear(void)
{
    __asm__ volatile(
        "vzeroall\n\t" CLEAR(16) CLEAR(17) CLEAR(18) CLEAR(19) CLEAR(20)
            CLEAR(21) CLEAR(22) CLEAR(23) CLEAR(24) CLEAR(25) CLEAR(26)
                CLEAR(27) CLEAR(28) CLEAR(29) CLEAR(30) CLEAR(31)::
                    : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                      "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                      "xmm13", "xmm14", "xmm15", "xmm16", "xmm17", "xmm18",
                      "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24",
                      "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30",
                      "xmm31");
}
