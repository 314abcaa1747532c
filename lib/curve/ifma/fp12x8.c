#include "curve/ifma/fp12x8.h"

#include "curve/ifma/constants.h"
#include "curve/ifma/fp4x8.h"
#include "curve/ifma/loose.h"

/* a - b - c */
static void less_two(atr_fp2x8 *out, const atr_fp2x8_wide *a,
                     const atr_fp2x8_wide *b, const atr_fp2x8_wide *c)
{
    atr_fp8_sum(&out->c0, ATR_TERMS(&a->c0), ATR_TERMS(&b->c0, &c->c0));
    atr_fp8_sum(&out->c1, ATR_TERMS(&a->c1), ATR_TERMS(&b->c1, &c->c1));
}

/* a + b */
static void sum(atr_fp2x8 *out, const atr_fp2x8_wide *a,
                const atr_fp2x8_wide *b)
{
    atr_fp8_sum(&out->c0, ATR_TERMS(&a->c0, &b->c0), ATR_NO_TERMS);
    atr_fp8_sum(&out->c1, ATR_TERMS(&a->c1, &b->c1), ATR_NO_TERMS);
}

/* a + xi b */
static void sum_xi(atr_fp2x8 *out, const atr_fp2x8_wide *a,
                   const atr_fp2x8_wide *b)
{
    atr_fp8_sum(&out->c0, ATR_TERMS(&a->c0, &b->c0), ATR_TERMS(&b->c1));
    atr_fp8_sum(&out->c1, ATR_TERMS(&a->c1, &b->c0, &b->c1), ATR_NO_TERMS);
}

/* The sums of Karatsuba's trick: c1 = mid - low - high, c0 = low + v high. */
static void join(atr_fp12x8 *out, const atr_fp6x8_wide *mid,
                 const atr_fp6x8_wide *low, const atr_fp6x8_wide *high)
{
    less_two(&out->c1.c0, &mid->c0, &low->c0, &high->c0);
    less_two(&out->c1.c1, &mid->c1, &low->c1, &high->c1);
    less_two(&out->c1.c2, &mid->c2, &low->c2, &high->c2);
    sum_xi(&out->c0.c0, &low->c0, &high->c2);
    sum(&out->c0.c1, &low->c1, &high->c0);
    sum(&out->c0.c2, &low->c2, &high->c1);
}

void atr_fp12x8_mul(atr_fp12x8 *out, const atr_fp12x8 *a, const atr_fp12x8 *b)
{
    atr_fp6x8_wide low;
    atr_fp6x8_wide high;
    atr_fp6x8_wide mid;
    atr_fp6x8 s;
    atr_fp6x8 t;

    atr_fp6x8_add(&s, &a->c0, &a->c1);
    atr_fp6x8_add(&t, &b->c0, &b->c1);
    atr_fp6x8_mul_wide(&mid, &s, &t);
    atr_fp6x8_mul_wide(&low, &a->c0, &b->c0);
    atr_fp6x8_mul_wide(&high, &a->c1, &b->c1);
    join(out, &mid, &low, &high);
}

void atr_fp12x8_mul_line(atr_fp12x8 *out, const atr_fp12x8 *a,
                         const atr_line8 *line)
{
    atr_fp6x8_wide low;
    atr_fp6x8_wide high;
    atr_fp6x8_wide mid;
    atr_fp6x8 s;
    atr_fp2x8 l14;

    atr_fp6x8_add(&s, &a->c0, &a->c1);
    atr_fp2x8_add(&l14, &line->l1, &line->l4);
    atr_fp6x8_mul_01_wide(&mid, &s, &line->l0, &l14);
    atr_fp6x8_mul_01_wide(&low, &a->c0, &line->l0, &line->l1);
    atr_fp6x8_mul_1_wide(&high, &a->c1, &line->l4);
    join(out, &mid, &low, &high);
}

/* A0 - A1 + A2 of reduced elements: below 2^9 p. */
static void alternate(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                      const atr_fp2x8 *c)
{
    atr_loose t = atr_loose_neg(atr_loose_of(&b->c0));

    t = atr_loose_add(t, atr_loose_of(&a->c0));
    atr_loose_settle(&out->c0, atr_loose_add(t, atr_loose_of(&c->c0)));
    t = atr_loose_neg(atr_loose_of(&b->c1));
    t = atr_loose_add(t, atr_loose_of(&a->c1));
    atr_loose_settle(&out->c1, atr_loose_add(t, atr_loose_of(&c->c1)));
}

/* A0 + A1 + A2 */
static void total(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                  const atr_fp2x8 *c)
{
    atr_loose t = atr_loose_add(atr_loose_of(&a->c0), atr_loose_of(&b->c0));

    atr_loose_settle(&out->c0, atr_loose_add(t, atr_loose_of(&c->c0)));
    t = atr_loose_add(atr_loose_of(&a->c1), atr_loose_of(&b->c1));
    atr_loose_settle(&out->c1, atr_loose_add(t, atr_loose_of(&c->c1)));
}

/* Over Fp4 (fp4x8.h) an element is A0 + A1 w + A2 w^2, with the coefficients
 * of w^k and w^(k+3) in A_k. Five products make its square (Chung and Hasan,
 * ARITH 2007, SQR3). */
typedef struct {
    atr_fp4x8_wide first, last; /* A0^2, A2^2 */
    atr_fp4x8_wide plus, minus; /* (A0 + A1 + A2)^2, (A0 - A1 + A2)^2 */
    atr_fp4x8_wide mixed;       /* 2 A1 A2 */
} five;

static void five_of(five *f, const atr_fp12x8 *a)
{
    const atr_fp4x8 a0 = {&a->c0.c0, &a->c1.c1};
    const atr_fp4x8 a1 = {&a->c1.c0, &a->c0.c2};
    const atr_fp4x8 a2 = {&a->c0.c1, &a->c1.c2};
    atr_fp2x8 t0;
    atr_fp2x8 t1;
    const atr_fp4x8 t = {&t0, &t1};
    atr_fp4x8_three product;

    atr_fp4x8_sqr(&product, a0);
    atr_fp4x8_join(&f->first, &product);
    atr_fp4x8_sqr(&product, a2);
    atr_fp4x8_join(&f->last, &product);
    atr_fp2x8_add(&t0, a2.c0, a2.c0);
    atr_fp2x8_add(&t1, a2.c1, a2.c1);
    atr_fp4x8_mul(&product, a1, t);
    atr_fp4x8_join(&f->mixed, &product);
    alternate(&t0, a0.c0, a1.c0, a2.c0);
    alternate(&t1, a0.c1, a1.c1, a2.c1);
    atr_fp4x8_sqr(&product, t);
    atr_fp4x8_join(&f->minus, &product);
    total(&t0, a0.c0, a1.c0, a2.c0);
    total(&t1, a0.c1, a1.c1, a2.c1);
    atr_fp4x8_sqr(&product, t);
    atr_fp4x8_join(&f->plus, &product);
}

/* 2 (A0^2 + 2 s A1 A2) */
static void square_0(atr_fp2x8 *c0, atr_fp2x8 *c1, const five *f)
{
    const atr_fp4x8_wide *a = &f->first;
    const atr_fp4x8_wide *m = &f->mixed;

    atr_fp8_sum(&c0->c0, ATR_TERMS(&a->c0.c0, &a->c0.c0, &m->c1.c0, &m->c1.c0),
                ATR_TERMS(&m->c1.c1, &m->c1.c1));
    atr_fp8_sum(&c0->c1,
                ATR_TERMS(&a->c0.c1, &a->c0.c1, &m->c1.c0, &m->c1.c0, &m->c1.c1,
                          &m->c1.c1),
                ATR_NO_TERMS);
    atr_fp8_sum(&c1->c0, ATR_TERMS(&a->c1.c0, &a->c1.c0, &m->c0.c0, &m->c0.c0),
                ATR_NO_TERMS);
    atr_fp8_sum(&c1->c1, ATR_TERMS(&a->c1.c1, &a->c1.c1, &m->c0.c1, &m->c0.c1),
                ATR_NO_TERMS);
}

/* 2 (2 A0 A1 + s A2^2) = plus - minus - 4 A1 A2 + 2 s A2^2 */
static void square_1(atr_fp2x8 *c0, atr_fp2x8 *c1, const five *f)
{
    const atr_fp4x8_wide *p = &f->plus;
    const atr_fp4x8_wide *n = &f->minus;
    const atr_fp4x8_wide *a = &f->last;
    const atr_fp4x8_wide *m = &f->mixed;

    atr_fp8_sum(
        &c0->c0, ATR_TERMS(&p->c0.c0, &a->c1.c0, &a->c1.c0),
        ATR_TERMS(&n->c0.c0, &m->c0.c0, &m->c0.c0, &a->c1.c1, &a->c1.c1));
    atr_fp8_sum(
        &c0->c1,
        ATR_TERMS(&p->c0.c1, &a->c1.c0, &a->c1.c0, &a->c1.c1, &a->c1.c1),
        ATR_TERMS(&n->c0.c1, &m->c0.c1, &m->c0.c1));
    atr_fp8_sum(&c1->c0, ATR_TERMS(&p->c1.c0, &a->c0.c0, &a->c0.c0),
                ATR_TERMS(&n->c1.c0, &m->c1.c0, &m->c1.c0));
    atr_fp8_sum(&c1->c1, ATR_TERMS(&p->c1.c1, &a->c0.c1, &a->c0.c1),
                ATR_TERMS(&n->c1.c1, &m->c1.c1, &m->c1.c1));
}

/* 2 (A1^2 + 2 A0 A2) = plus + minus - 2 A0^2 - 2 A2^2 */
static void square_2(atr_fp8 *out, const atr_fp8_wide *plus,
                     const atr_fp8_wide *minus, const atr_fp8_wide *first,
                     const atr_fp8_wide *last)
{
    atr_fp8_sum(out, ATR_TERMS(plus, minus),
                ATR_TERMS(first, first, last, last));
}

void atr_fp12x8_sqr_double(atr_fp12x8 *out, const atr_fp12x8 *a)
{
    five f;

    five_of(&f, a);
    square_0(&out->c0.c0, &out->c1.c1, &f);
    square_1(&out->c1.c0, &out->c0.c2, &f);
    square_2(&out->c0.c1.c0, &f.plus.c0.c0, &f.minus.c0.c0, &f.first.c0.c0,
             &f.last.c0.c0);
    square_2(&out->c0.c1.c1, &f.plus.c0.c1, &f.minus.c0.c1, &f.first.c0.c1,
             &f.last.c0.c1);
    square_2(&out->c1.c2.c0, &f.plus.c1.c0, &f.minus.c1.c0, &f.first.c1.c0,
             &f.last.c1.c0);
    square_2(&out->c1.c2.c1, &f.plus.c1.c1, &f.minus.c1.c1, &f.first.c1.c1,
             &f.last.c1.c1);
}

/* a - b, and a - xi b */
static void less(atr_fp2x8 *out, const atr_fp2x8_wide *a,
                 const atr_fp2x8_wide *b)
{
    atr_fp8_sum(&out->c0, ATR_TERMS(&a->c0), ATR_TERMS(&b->c0));
    atr_fp8_sum(&out->c1, ATR_TERMS(&a->c1), ATR_TERMS(&b->c1));
}

static void less_xi(atr_fp2x8 *out, const atr_fp2x8_wide *a,
                    const atr_fp2x8_wide *b)
{
    atr_fp8_sum(&out->c0, ATR_TERMS(&a->c0, &b->c1), ATR_TERMS(&b->c0));
    atr_fp8_sum(&out->c1, ATR_TERMS(&a->c1), ATR_TERMS(&b->c0, &b->c1));
}

/* conj(a) over the norm to Fp6, c0^2 - v c1^2. */
void atr_fp12x8_inv(atr_fp12x8 *out, const atr_fp12x8 *a)
{
    atr_fp6x8_wide s;
    atr_fp6x8_wide t;
    atr_fp6x8 norm;
    atr_fp6x8 minus;

    atr_fp6x8_mul_wide(&s, &a->c0, &a->c0);
    atr_fp6x8_mul_wide(&t, &a->c1, &a->c1);
    less_xi(&norm.c0, &s.c0, &t.c2);
    less(&norm.c1, &s.c1, &t.c0);
    less(&norm.c2, &s.c2, &t.c1);
    atr_fp6x8_inv(&norm, &norm);
    atr_fp6x8_neg(&minus, &a->c1);
    atr_fp6x8_mul(&out->c0, &a->c0, &norm);
    atr_fp6x8_mul(&out->c1, &minus, &norm);
    atr_wipe(&norm, sizeof norm);
    atr_wipe(&minus, sizeof minus);
}

/* The coefficient of w^k, k = 0 .. 5: v = w^2. */
static atr_fp2x8 *coefficient(atr_fp12x8 *a, int k)
{
    atr_fp6x8 *half = k & 1 ? &a->c1 : &a->c0;

    return k < 2 ? &half->c0 : k < 4 ? &half->c1 : &half->c2;
}

/* w^p = w xi^((p-1)/6). */
void atr_fp12x8_frobenius(atr_fp12x8 *out, const atr_fp12x8 *a)
{
    atr_fp2x8 power;

    *out = *a;
    atr_fp2x8_conj(&out->c0.c0, &out->c0.c0);
    for (int k = 1; k < 6; k++) {
        atr_fp2x8 *c = coefficient(out, k);

        atr_fp2x8_conj(c, c);
        atr_fp2x8_all(&power, &atr_ifma_frobenius[2 * k]);
        atr_fp2x8_mul(c, c, &power);
    }
}

void atr_fp12x8_frobenius2(atr_fp12x8 *out, const atr_fp12x8 *a)
{
    *out = *a;
    for (int k = 1; k < 6; k++) {
        atr_fp2x8 *c = coefficient(out, k);

        atr_fp8_mul_all(&c->c0, &c->c0, atr_ifma_frobenius2[k]);
        atr_fp8_mul_all(&c->c1, &c->c1, atr_ifma_frobenius2[k]);
    }
}

void atr_fp12x8_conj(atr_fp12x8 *out, const atr_fp12x8 *a)
{
    out->c0 = a->c0;
    atr_fp6x8_neg(&out->c1, &a->c1);
}

void atr_fp12x8_one(atr_fp12x8 *out)
{
    memset(out, 0, sizeof *out);
    atr_fp8_all(&out->c0.c0.c0, atr_ifma_one);
}

void atr_fp12x8_select(atr_fp12x8 *out, uint8_t mask, const atr_fp12x8 *yes,
                       const atr_fp12x8 *no)
{
    atr_fp6x8_select(&out->c0, mask, &yes->c0, &no->c0);
    atr_fp6x8_select(&out->c1, mask, &yes->c1, &no->c1);
}

void atr_fp12x8_load(atr_fp12x8 *out, const atr_fp12 *in, size_t stride)
{
    atr_fp2x8_load(&out->c0.c0, &in->c0.c0, stride);
    atr_fp2x8_load(&out->c0.c1, &in->c0.c1, stride);
    atr_fp2x8_load(&out->c0.c2, &in->c0.c2, stride);
    atr_fp2x8_load(&out->c1.c0, &in->c1.c0, stride);
    atr_fp2x8_load(&out->c1.c1, &in->c1.c1, stride);
    atr_fp2x8_load(&out->c1.c2, &in->c1.c2, stride);
}

void atr_fp12x8_store(atr_fp12 *out, size_t stride, const atr_fp12x8 *a)
{
    atr_fp2x8_store(&out->c0.c0, stride, &a->c0.c0);
    atr_fp2x8_store(&out->c0.c1, stride, &a->c0.c1);
    atr_fp2x8_store(&out->c0.c2, stride, &a->c0.c2);
    atr_fp2x8_store(&out->c1.c0, stride, &a->c1.c0);
    atr_fp2x8_store(&out->c1.c1, stride, &a->c1.c1);
    atr_fp2x8_store(&out->c1.c2, stride, &a->c1.c2);
}
