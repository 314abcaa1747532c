#include "curve/names.h"

#include "curve/fp6.h"

void atr_fp6_add(atr_fp6 *out, const atr_fp6 *a, const atr_fp6 *b)
{
    atr_fp2_add(&out->c0, &a->c0, &b->c0);
    atr_fp2_add(&out->c1, &a->c1, &b->c1);
    atr_fp2_add(&out->c2, &a->c2, &b->c2);
}

void atr_fp6_sub(atr_fp6 *out, const atr_fp6 *a, const atr_fp6 *b)
{
    atr_fp2_sub(&out->c0, &a->c0, &b->c0);
    atr_fp2_sub(&out->c1, &a->c1, &b->c1);
    atr_fp2_sub(&out->c2, &a->c2, &b->c2);
}

void atr_fp6_add_lazy(atr_fp6 *out, const atr_fp6 *a, const atr_fp6 *b)
{
    atr_fp2_add_lazy(&out->c0, &a->c0, &b->c0);
    atr_fp2_add_lazy(&out->c1, &a->c1, &b->c1);
    atr_fp2_add_lazy(&out->c2, &a->c2, &b->c2);
}

void atr_fp6_neg(atr_fp6 *out, const atr_fp6 *a)
{
    atr_fp2_neg(&out->c0, &a->c0);
    atr_fp2_neg(&out->c1, &a->c1);
    atr_fp2_neg(&out->c2, &a->c2);
}

void atr_fp6_mul_v(atr_fp6 *out, const atr_fp6 *a)
{
    atr_fp2 t;

    atr_fp2_mul_xi(&t, &a->c2);
    out->c2 = a->c1;
    out->c1 = a->c0;
    out->c0 = t;
}

void atr_fp6_wide_add_v(atr_fp6_wide *out, const atr_fp6_wide *a,
                        const atr_fp6_wide *b)
{
    atr_fp2_wide_add_xi(&out->c0, &a->c0, &b->c2);
    atr_fp2_wide_add(&out->c1, &a->c1, &b->c0);
    atr_fp2_wide_add(&out->c2, &a->c2, &b->c1);
}

void atr_fp6_wide_sub_sub(atr_fp6_wide *out, const atr_fp6_wide *a,
                          const atr_fp6_wide *b, const atr_fp6_wide *c)
{
    atr_fp2_wide_sub_sub(&out->c0, &a->c0, &b->c0, &c->c0);
    atr_fp2_wide_sub_sub(&out->c1, &a->c1, &b->c1, &c->c1);
    atr_fp2_wide_sub_sub(&out->c2, &a->c2, &b->c2, &c->c2);
}

void atr_fp6_wide_fold(atr_fp6_wide *a)
{
    atr_fp2_wide_fold(&a->c0);
    atr_fp2_wide_fold(&a->c1);
    atr_fp2_wide_fold(&a->c2);
}

void atr_fp6_reduce(atr_fp6 *out, const atr_fp6_wide *a)
{
    atr_fp2_reduce(&out->c0, &a->c0);
    atr_fp2_reduce(&out->c1, &a->c1);
    atr_fp2_reduce(&out->c2, &a->c2);
}

/* cross is (a + b)(c + d) - ac - bd = ad + bc. */
static void cross(atr_fp2_wide *out, const atr_fp2 *const in[4],
                  const atr_fp2_wide *ac, const atr_fp2_wide *bd)
{
    atr_fp2 s;
    atr_fp2 t;

    atr_fp2_add_lazy(&s, in[0], in[1]);
    atr_fp2_add_lazy(&t, in[2], in[3]);
    atr_fp2_mul_wide(out, &s, &t);
    atr_fp2_wide_sub_sub(out, out, ac, bd);
}

/* Karatsuba on three coefficients: six products. `out` is not an input. */
void atr_fp6_mul_wide(atr_fp6_wide *out, const atr_fp6 *a, const atr_fp6 *b)
{
    atr_fp2_wide v0;
    atr_fp2_wide v1;
    atr_fp2_wide v2;
    atr_fp2_wide t;

    atr_fp2_mul_wide(&v0, &a->c0, &b->c0);
    atr_fp2_mul_wide(&v1, &a->c1, &b->c1);
    atr_fp2_mul_wide(&v2, &a->c2, &b->c2);
    cross(&t, (const atr_fp2 *[]){&a->c1, &a->c2, &b->c1, &b->c2}, &v1, &v2);
    atr_fp2_wide_add_xi(&out->c0, &v0, &t);
    cross(&t, (const atr_fp2 *[]){&a->c0, &a->c1, &b->c0, &b->c1}, &v0, &v1);
    atr_fp2_wide_add_xi(&out->c1, &t, &v2);
    cross(&t, (const atr_fp2 *[]){&a->c0, &a->c2, &b->c0, &b->c2}, &v0, &v2);
    atr_fp2_wide_add(&out->c2, &t, &v1);
}

void atr_fp6_mul_01_wide(atr_fp6_wide *out, const atr_fp6 *a, const atr_fp2 *b0,
                         const atr_fp2 *b1)
{
    atr_fp2_wide v0;
    atr_fp2_wide v1;
    atr_fp2_wide t;

    atr_fp2_mul_wide(&v0, &a->c0, b0);
    atr_fp2_mul_wide(&v1, &a->c1, b1);
    cross(&out->c1, (const atr_fp2 *[]){&a->c0, &a->c1, b0, b1}, &v0, &v1);
    atr_fp2_mul_wide(&t, &a->c2, b1);
    atr_fp2_wide_add_xi(&out->c0, &v0, &t);
    atr_fp2_mul_wide(&out->c2, &a->c2, b0);
    atr_fp2_wide_add(&out->c2, &out->c2, &v1);
}

void atr_fp6_mul_1_wide(atr_fp6_wide *out, const atr_fp6 *a, const atr_fp2 *b1)
{
    atr_fp2_mul_wide(&out->c0, &a->c2, b1);
    atr_fp2_wide_mul_xi(&out->c0, &out->c0);
    atr_fp2_mul_wide(&out->c1, &a->c0, b1);
    atr_fp2_mul_wide(&out->c2, &a->c1, b1);
}

void atr_fp6_mul(atr_fp6 *out, const atr_fp6 *a, const atr_fp6 *b)
{
    atr_fp6_wide t;

    atr_fp6_mul_wide(&t, a, b);
    atr_fp6_reduce(out, &t);
}

void atr_fp6_sqr(atr_fp6 *out, const atr_fp6 *a)
{
    atr_fp6_mul(out, a, a);
}

/* The adjoint over the norm to Fp2. */
void atr_fp6_inv(atr_fp6 *out, const atr_fp6 *a)
{
    atr_fp6 adj;
    atr_fp2 norm;
    atr_fp2 t;

    atr_fp2_sqr(&adj.c0, &a->c0);
    atr_fp2_mul(&t, &a->c1, &a->c2);
    atr_fp2_mul_xi(&t, &t);
    atr_fp2_sub(&adj.c0, &adj.c0, &t);
    atr_fp2_sqr(&adj.c1, &a->c2);
    atr_fp2_mul_xi(&adj.c1, &adj.c1);
    atr_fp2_mul(&t, &a->c0, &a->c1);
    atr_fp2_sub(&adj.c1, &adj.c1, &t);
    atr_fp2_sqr(&adj.c2, &a->c1);
    atr_fp2_mul(&t, &a->c0, &a->c2);
    atr_fp2_sub(&adj.c2, &adj.c2, &t);

    atr_fp2_mul(&norm, &a->c1, &adj.c2);
    atr_fp2_mul(&t, &a->c2, &adj.c1);
    atr_fp2_add(&norm, &norm, &t);
    atr_fp2_mul_xi(&norm, &norm);
    atr_fp2_mul(&t, &a->c0, &adj.c0);
    atr_fp2_add(&norm, &norm, &t);
    atr_fp2_inv(&norm, &norm);
    atr_fp2_mul(&out->c0, &adj.c0, &norm);
    atr_fp2_mul(&out->c1, &adj.c1, &norm);
    atr_fp2_mul(&out->c2, &adj.c2, &norm);
}
