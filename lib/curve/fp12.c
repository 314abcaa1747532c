#include "curve/names.h"

#include "curve/fp12.h"

#include "curve/constants.h"

void atr_fp12_one(atr_fp12 *out)
{
    static const atr_fp one = ATR_FP_ONE;

    memset(out, 0, sizeof *out);
    out->c0.c0.c0 = one;
}

/* a0 b0 + a1 b1 v and a0 b1 + a1 b0. The sums are lazy, so that before
 * reduction each coordinate is the integer that its formula says: those of
 * a0 b0 between -7 p^2 and 8 p^2, of a1 b1 v between -9 p^2 and 9 p^2, of
 * a0 b1 + a1 b0 between -14 p^2 and 16 p^2. That is less than twice what may
 * be reduced, and is folded. */
void atr_fp12_mul(atr_fp12 *out, const atr_fp12 *a, const atr_fp12 *b)
{
    atr_fp6_wide low;
    atr_fp6_wide high;
    atr_fp6_wide mid;
    atr_fp6 s;
    atr_fp6 t;

    atr_fp6_add_lazy(&s, &a->c0, &a->c1);
    atr_fp6_add_lazy(&t, &b->c0, &b->c1);
    atr_fp6_mul_wide(&mid, &s, &t);
    atr_fp6_mul_wide(&low, &a->c0, &b->c0);
    atr_fp6_mul_wide(&high, &a->c1, &b->c1);
    atr_fp6_wide_sub_sub(&mid, &mid, &low, &high);
    atr_fp6_wide_fold(&mid);
    atr_fp6_reduce(&out->c1, &mid);
    atr_fp6_wide_add_v(&low, &low, &high);
    atr_fp6_wide_fold(&low);
    atr_fp6_reduce(&out->c0, &low);
}

/* Complex squaring: with ab = a0 a1, c1 = 2 ab and
 * c0 = (a0 + a1)(a0 + v a1) - ab - v ab. */
void atr_fp12_sqr(atr_fp12 *out, const atr_fp12 *a)
{
    atr_fp6 s;
    atr_fp6 t;
    atr_fp6 ab;

    atr_fp6_add(&s, &a->c0, &a->c1);
    atr_fp6_mul_v(&t, &a->c1);
    atr_fp6_add(&t, &t, &a->c0);
    atr_fp6_mul(&ab, &a->c0, &a->c1);
    atr_fp6_mul(&s, &s, &t);
    atr_fp6_sub(&s, &s, &ab);
    atr_fp6_mul_v(&t, &ab);
    atr_fp6_sub(&out->c0, &s, &t);
    atr_fp6_add(&out->c1, &ab, &ab);
}

void atr_fp12_inv(atr_fp12 *out, const atr_fp12 *a)
{
    atr_fp6 s;
    atr_fp6 t;

    atr_fp6_sqr(&s, &a->c0);
    atr_fp6_sqr(&t, &a->c1);
    atr_fp6_mul_v(&t, &t);
    atr_fp6_sub(&s, &s, &t);
    atr_fp6_inv(&s, &s);
    atr_fp6_mul(&out->c0, &a->c0, &s);
    atr_fp6_neg(&s, &s);
    atr_fp6_mul(&out->c1, &a->c1, &s);
}

void atr_fp12_conj(atr_fp12 *out, const atr_fp12 *a)
{
    out->c0 = a->c0;
    atr_fp6_neg(&out->c1, &a->c1);
}

static atr_mask fp6_equal(const atr_fp6 *a, const atr_fp6 *b)
{
    return atr_fp2_equal(&a->c0, &b->c0) & atr_fp2_equal(&a->c1, &b->c1) &
           atr_fp2_equal(&a->c2, &b->c2);
}

atr_mask atr_fp12_equal(const atr_fp12 *a, const atr_fp12 *b)
{
    return fp6_equal(&a->c0, &b->c0) & fp6_equal(&a->c1, &b->c1);
}

static void fp6_select(atr_fp6 *out, atr_mask mask, const atr_fp6 *yes,
                       const atr_fp6 *no)
{
    atr_fp2_select(&out->c0, mask, &yes->c0, &no->c0);
    atr_fp2_select(&out->c1, mask, &yes->c1, &no->c1);
    atr_fp2_select(&out->c2, mask, &yes->c2, &no->c2);
}

void atr_fp12_select(atr_fp12 *out, atr_mask mask, const atr_fp12 *yes,
                     const atr_fp12 *no)
{
    fp6_select(&out->c0, mask, &yes->c0, &no->c0);
    fp6_select(&out->c1, mask, &yes->c1, &no->c1);
}

/* As atr_fp12_mul, with fewer products: every coordinate is between -7 p^2 and
 * 8 p^2. */
void atr_fp12_mul_line(atr_fp12 *out, const atr_fp12 *a,
                       const atr_fp12_line *line)
{
    atr_fp6_wide low;
    atr_fp6_wide high;
    atr_fp6_wide mid;
    atr_fp6 s;
    atr_fp2 l14;

    atr_fp6_add_lazy(&s, &a->c0, &a->c1);
    atr_fp2_add_lazy(&l14, &line->l1, &line->l4);
    atr_fp6_mul_01_wide(&mid, &s, &line->l0, &l14);
    atr_fp6_mul_01_wide(&low, &a->c0, &line->l0, &line->l1);
    atr_fp6_mul_1_wide(&high, &a->c1, &line->l4);
    atr_fp6_wide_sub_sub(&mid, &mid, &low, &high);
    atr_fp6_reduce(&out->c1, &mid);
    atr_fp6_wide_add_v(&low, &low, &high);
    atr_fp6_reduce(&out->c0, &low);
}

/* The coefficient of w^k, k = 0 .. 5: v = w^2. */
static atr_fp2 *coefficient(atr_fp12 *a, int k)
{
    atr_fp6 *half = k & 1 ? &a->c1 : &a->c0;

    return k < 2 ? &half->c0 : k < 4 ? &half->c1 : &half->c2;
}

/* w^p = w xi^((p-1)/6). */
void atr_fp12_frobenius(atr_fp12 *out, const atr_fp12 *a)
{
    *out = *a;
    for (int k = 0; k < 6; k++) {
        atr_fp2 *c = coefficient(out, k);

        atr_fp2_conj(c, c);
        if (k > 0) {
            atr_fp2_mul(c, c, &atr_fp2_frobenius[k]);
        }
    }
}

void atr_fp12_frobenius2(atr_fp12 *out, const atr_fp12 *a)
{
    *out = *a;
    for (int k = 1; k < 6; k++) {
        atr_fp2 *c = coefficient(out, k);

        atr_fp2_mul_fp(c, c, &atr_fp_frobenius2[k]);
    }
}

/* fp4_sqr is (a + b s)^2 = (a^2 + xi b^2) + 2ab s, where s^2 = xi: before
 * reduction between -4 p^2 and 6 p^2. */
static void fp4_sqr(atr_fp2 *c0, atr_fp2 *c1, const atr_fp2 *a,
                    const atr_fp2 *b)
{
    atr_fp2_wide aa;
    atr_fp2_wide bb;
    atr_fp2_wide t;
    atr_fp2 s;

    atr_fp2_sqr_wide(&aa, a);
    atr_fp2_sqr_wide(&bb, b);
    atr_fp2_add(&s, a, b);
    atr_fp2_sqr_wide(&t, &s);
    atr_fp2_wide_sub_sub(&t, &t, &aa, &bb);
    atr_fp2_reduce(c1, &t);
    atr_fp2_wide_add_xi(&aa, &aa, &bb);
    atr_fp2_reduce(c0, &aa);
}

/* 3 t - 2 a and 3 t + 2 a. */
static void three_minus(atr_fp2 *out, const atr_fp2 *t, const atr_fp2 *a)
{
    atr_fp2 d;

    atr_fp2_sub(&d, t, a);
    atr_fp2_dbl(&d, &d);
    atr_fp2_add(out, &d, t);
}

static void three_plus(atr_fp2 *out, const atr_fp2 *t, const atr_fp2 *a)
{
    atr_fp2 d;

    atr_fp2_add(&d, t, a);
    atr_fp2_dbl(&d, &d);
    atr_fp2_add(out, &d, t);
}

/* Granger and Scott, PKC 2010: three squarings in Fp4. With a_k the
 * coefficient of w^k, Fp4 is spanned by 1 and w^3, and
 * (a0, a3), (a1, a4), (a2, a5) are its three pairs. */
void atr_fp12_cyclotomic_sqr(atr_fp12 *out, const atr_fp12 *a)
{
    atr_fp2 s0;
    atr_fp2 s1;
    atr_fp2 t0;
    atr_fp2 t1;
    atr_fp2 u0;
    atr_fp2 u1;

    fp4_sqr(&s0, &s1, &a->c0.c0, &a->c1.c1); /* a0, a3 */
    fp4_sqr(&t0, &t1, &a->c1.c0, &a->c0.c2); /* a1, a4 */
    fp4_sqr(&u0, &u1, &a->c0.c1, &a->c1.c2); /* a2, a5 */
    atr_fp2_mul_xi(&u1, &u1);
    three_minus(&out->c0.c0, &s0, &a->c0.c0);
    three_plus(&out->c1.c1, &s1, &a->c1.c1);
    three_minus(&out->c0.c1, &t0, &a->c0.c1);
    three_plus(&out->c1.c2, &t1, &a->c1.c2);
    three_minus(&out->c0.c2, &u0, &a->c0.c2);
    three_plus(&out->c1.c0, &u1, &a->c1.c0);
}

/* An element of the cyclotomic subgroup without its pair (a0, a3), which the
 * other two determine (Karabina, Math. Comp. 2013): squarings do not read it.
 */
typedef struct {
    atr_fp2 a1, a4, a2, a5;
} compressed;

/* The lines of atr_fp12_cyclotomic_sqr that are left. */
static void compressed_sqr(compressed *a)
{
    atr_fp2 t0;
    atr_fp2 t1;
    atr_fp2 u0;
    atr_fp2 u1;

    fp4_sqr(&t0, &t1, &a->a1, &a->a4);
    fp4_sqr(&u0, &u1, &a->a2, &a->a5);
    atr_fp2_mul_xi(&u1, &u1);
    three_minus(&a->a2, &t0, &a->a2);
    three_plus(&a->a5, &t1, &a->a5);
    three_minus(&a->a4, &u0, &a->a4);
    three_plus(&a->a1, &u1, &a->a1);
}

/* norm is that of A1 = a1 + a4 s from Fp4 to Fp2. */
static void compressed_norm(atr_fp2 *out, const compressed *a)
{
    atr_fp2_wide s;
    atr_fp2_wide t;

    atr_fp2_sqr_wide(&s, &a->a1);
    atr_fp2_sqr_wide(&t, &a->a4);
    atr_fp2_wide_mul_xi(&t, &t);
    atr_fp2_wide_sub(&s, &s, &t);
    atr_fp2_reduce(out, &s);
}

/* With A0 = a0 + a3 s, A1 and A2 = a2 + a5 s in Fp4, the square is both
 * 3 s A2^2 + 2 conj(A1) and 2 A0 A1 + s A2^2 at w. Hence
 * A0 = (conj(A1) + s A2^2) / A1, and 1 / A1 = conj(A1) / norm(A1). Where A1 is
 * 0 so is A2, and what is left in Fp4 of the subgroup is 1, since p^4 - 1 and
 * p^4 - p^2 + 1 have no common factor. */
static void decompress(atr_fp12 *out, const compressed *a,
                       const atr_fp2 *norm_inverse)
{
    const atr_fp2 one = {ATR_FP_ONE, {{0}}};
    const atr_fp2 zero = {0};
    atr_mask none = atr_fp2_is_zero(norm_inverse);
    atr_fp2 n0;
    atr_fp2 n1;
    atr_fp2 minus;
    atr_fp2 t;

    fp4_sqr(&n1, &n0, &a->a2, &a->a5); /* times s: xi n0 + n1 s */
    atr_fp2_mul_xi(&n0, &n0);
    atr_fp2_add(&n0, &n0, &a->a1);
    atr_fp2_sub(&n1, &n1, &a->a4);
    atr_fp2_mul_xi(&minus, &a->a4);
    atr_fp2_two_products(&t, &n0, &a->a1, &n1, &minus, true);
    atr_fp2_mul(&t, &t, norm_inverse);
    atr_fp2_select(&out->c0.c0, none, &one, &t);
    atr_fp2_two_products(&t, &n1, &a->a1, &n0, &a->a4, true);
    atr_fp2_mul(&t, &t, norm_inverse);
    atr_fp2_select(&out->c1.c1, none, &zero, &t);
    out->c1.c0 = a->a1;
    out->c0.c1 = a->a2;
    out->c0.c2 = a->a4;
    out->c1.c2 = a->a5;
}

/* a^(2^n - 1) */
static void power_below(atr_fp12 *out, const atr_fp12 *a, int n)
{
    atr_fp12 inverse;
    atr_fp12 t = *a;

    for (int i = 0; i < n; i++) {
        atr_fp12_cyclotomic_sqr(&t, &t);
    }
    atr_fp12_conj(&inverse, a);
    atr_fp12_mul(out, &t, &inverse);
    atr_wipe(&inverse, sizeof inverse);
    atr_wipe(&t, sizeof t);
}

/* |x| = 2^16 + 2^48 + 2^57 (2^4 - 1)(2^3 - 1): the long runs of squarings come
 * first and are taken compressed. The order of the subgroup is odd, so that
 * all three norms are 0 or none is, and one inversion does for them. */
#define STOPS 3

void atr_fp12_cyclotomic_pow_x(atr_fp12 *out, const atr_fp12 *a)
{
    static const int stop[STOPS] = {16, 48, 57};
    compressed c = {a->c1.c0, a->c0.c2, a->c0.c1, a->c1.c2};
    compressed at[STOPS];
    atr_fp2 norm[STOPS];
    atr_fp2 spare[STOPS];
    atr_fp12 power[STOPS];

    for (int k = 0, i = 0; k < STOPS; k++) {
        for (; i < stop[k]; i++) {
            compressed_sqr(&c);
        }
        at[k] = c;
        compressed_norm(&norm[k], &c);
    }
    atr_fp2_inv_many(norm, spare, STOPS);
    for (int k = 0; k < STOPS; k++) {
        decompress(&power[k], &at[k], &norm[k]);
    }
    power_below(&power[2], &power[2], 4);
    power_below(&power[2], &power[2], 3);
    atr_fp12_mul(out, &power[0], &power[1]);
    atr_fp12_mul(out, out, &power[2]);
    atr_wipe(&c, sizeof c);
    atr_wipe(at, sizeof at);
    atr_wipe(norm, sizeof norm);
    atr_wipe(spare, sizeof spare);
    atr_wipe(power, sizeof power);
}
