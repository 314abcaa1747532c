/* The cyclotomic subgroup of Fp12, of order p^4 - p^2 + 1, eight elements at a
 * time. Formulas and why they hold: fp12.c. */
#include "curve/ifma/constants.h"
#include "curve/ifma/fp12x8.h"
#include "curve/ifma/fp4x8.h"
#include "curve/ifma/loose.h"

/* An element without A0 (Karabina, Math. Comp. 2013): squarings of A1 = a1 + a4
 * s and A2 = a2 + a5 s do not read it. */
typedef struct {
    atr_fp2x8 a1, a4, a2, a5;
} compressed;

/* Squaring number i of `times`: each third one reduces, and the last. */
static atr_step step_of(int sign, int i, int times)
{
    return (atr_step){sign, (unsigned)i % 3, i % 3 == 2 || i + 1 == times};
}

/* A2' = 3 A1^2 - 2 conj(A2) and A1' = 3 s A2^2 + 2 conj(A1). All products come
 * first: they do not wait for one another. */
static void compressed_sqr(compressed *a, int times)
{
    atr_fp4x8_three t;
    atr_fp4x8_three u;

    for (int i = 0; i < times; i++) {
        const atr_step plus = step_of(1, i, times);
        const atr_step minus = step_of(-1, i, times);

        atr_fp4x8_sqr(&t, (atr_fp4x8){&a->a1, &a->a4});
        atr_fp4x8_sqr(&u, (atr_fp4x8){&a->a2, &a->a5});
        atr_fp4x8_c0(&a->a2, &t, &a->a2, minus);
        atr_fp4x8_c1(&a->a5, &t, &a->a5, plus);
        atr_fp4x8_xi_c1(&a->a1, &u, &a->a1, plus);
        atr_fp4x8_c0(&a->a4, &u, &a->a4, minus);
    }
}

/* Granger and Scott, PKC 2010: the same, and A0' = 3 A0^2 - 2 conj(A0). */
void atr_fp12x8_cyclotomic_sqr(atr_fp12x8 *a, int times)
{
    atr_fp4x8_three s;
    atr_fp4x8_three t;
    atr_fp4x8_three u;

    for (int i = 0; i < times; i++) {
        const atr_step plus = step_of(1, i, times);
        const atr_step minus = step_of(-1, i, times);

        atr_fp4x8_sqr(&s, (atr_fp4x8){&a->c0.c0, &a->c1.c1});
        atr_fp4x8_sqr(&t, (atr_fp4x8){&a->c1.c0, &a->c0.c2});
        atr_fp4x8_sqr(&u, (atr_fp4x8){&a->c0.c1, &a->c1.c2});
        atr_fp4x8_c0(&a->c0.c0, &s, &a->c0.c0, minus);
        atr_fp4x8_c1(&a->c1.c1, &s, &a->c1.c1, plus);
        atr_fp4x8_c0(&a->c0.c1, &t, &a->c0.c1, minus);
        atr_fp4x8_c1(&a->c1.c2, &t, &a->c1.c2, plus);
        atr_fp4x8_xi_c1(&a->c1.c0, &u, &a->c1.c0, plus);
        atr_fp4x8_c0(&a->c0.c2, &u, &a->c0.c2, minus);
    }
}

/* The norm of A1 from Fp4 to Fp2. */
static void compressed_norm(atr_fp2x8 *out, const compressed *a)
{
    atr_fp2x8_wide s;
    atr_fp2x8_wide t;

    atr_fp2x8_sqr_wide(&s, &a->a1);
    atr_fp2x8_sqr_wide(&t, &a->a4);
    atr_fp8_sum(&out->c0, ATR_TERMS(&s.c0, &t.c1), ATR_TERMS(&t.c0));
    atr_fp8_sum(&out->c1, ATR_TERMS(&s.c1), ATR_TERMS(&t.c0, &t.c1));
}

/* A0 = (conj(A1) + s A2^2) conj(A1) / norm(A1), or 1 where A1 is 0. */
static void decompress(atr_fp12x8 *out, const compressed *a,
                       const atr_fp2x8 *norm_inverse)
{
    const uint8_t none = atr_fp2x8_is_zero(norm_inverse);
    atr_fp4x8_three t;
    atr_fp2x8 n0;
    atr_fp2x8 n1;
    atr_fp2x8 minus;
    atr_fp2x8 one;
    atr_fp2x8 zero;

    memset(&zero, 0, sizeof zero);
    one = zero;
    atr_fp8_all(&one.c0, atr_ifma_one);
    atr_fp2x8_neg(&minus, &a->a4); /* conj(A1) = a1 - a4 s */
    atr_fp4x8_sqr(&t, (atr_fp4x8){&a->a2, &a->a5});
    atr_fp4x8_xi_c1(&n0, &t, NULL, ATR_STEP_NONE);
    atr_fp4x8_c0(&n1, &t, NULL, ATR_STEP_NONE);
    atr_fp2x8_add(&n0, &n0, &a->a1);
    atr_fp2x8_add(&n1, &n1, &minus);
    atr_fp4x8_mul(&t, (atr_fp4x8){&n0, &n1}, (atr_fp4x8){&a->a1, &minus});
    atr_fp4x8_c0(&n0, &t, NULL, ATR_STEP_NONE);
    atr_fp4x8_c1(&n1, &t, NULL, ATR_STEP_NONE);
    atr_fp2x8_mul(&n0, &n0, norm_inverse);
    atr_fp2x8_mul(&n1, &n1, norm_inverse);
    atr_fp2x8_select(&out->c0.c0, none, &one, &n0);
    atr_fp2x8_select(&out->c1.c1, none, &zero, &n1);
    out->c1.c0 = a->a1;
    out->c0.c2 = a->a4;
    out->c0.c1 = a->a2;
    out->c1.c2 = a->a5;
    atr_wipe(&n0, sizeof n0);
    atr_wipe(&n1, sizeof n1);
    atr_wipe(&minus, sizeof minus);
    atr_wipe(&t, sizeof t);
}

#define STOPS 3

/* Inverts all with one inversion: Montgomery's trick. A zero is alone in its
 * lane nowhere (fp12.c): the product is 0 where all are. */
static void invert_all(atr_fp2x8 all[STOPS])
{
    atr_fp2x8 below[STOPS];
    atr_fp2x8 t = all[0];
    atr_fp2x8 u;

    for (int i = 1; i < STOPS; i++) {
        below[i] = t;
        atr_fp2x8_mul(&t, &t, &all[i]);
    }
    atr_fp2x8_inv(&t, &t);
    for (int i = STOPS - 1; i > 0; i--) {
        atr_fp2x8_mul(&u, &t, &all[i]);
        atr_fp2x8_mul(&all[i], &t, &below[i]);
        t = u;
    }
    all[0] = t;
    atr_wipe(below, sizeof below);
    atr_wipe(&t, sizeof t);
    atr_wipe(&u, sizeof u);
}

/* a^(2^n - 1) */
static void power_below(atr_fp12x8 *a, int n)
{
    atr_fp12x8 inverse;

    atr_fp12x8_conj(&inverse, a);
    atr_fp12x8_cyclotomic_sqr(a, n);
    atr_fp12x8_mul(a, a, &inverse);
    atr_wipe(&inverse, sizeof inverse);
}

/* |x| = 2^16 + 2^48 + 2^57 (2^4 - 1)(2^3 - 1), as fp12.c. */
void atr_fp12x8_cyclotomic_pow_x(atr_fp12x8 *out, const atr_fp12x8 *a)
{
    static const int run[STOPS] = {16, 32, 9};
    compressed c = {a->c1.c0, a->c0.c2, a->c0.c1, a->c1.c2};
    compressed at[STOPS];
    atr_fp2x8 norm[STOPS];
    atr_fp12x8 power;
    atr_fp12x8 product;

    for (int k = 0; k < STOPS; k++) {
        compressed_sqr(&c, run[k]);
        at[k] = c;
        compressed_norm(&norm[k], &c);
    }
    invert_all(norm);
    decompress(&product, &at[0], &norm[0]);
    decompress(&power, &at[1], &norm[1]);
    atr_fp12x8_mul(&product, &product, &power);
    decompress(&power, &at[2], &norm[2]);
    power_below(&power, 4);
    power_below(&power, 3);
    atr_fp12x8_mul(out, &product, &power);
    atr_wipe(&c, sizeof c);
    atr_wipe(at, sizeof at);
    atr_wipe(norm, sizeof norm);
    atr_wipe(&power, sizeof power);
    atr_wipe(&product, sizeof product);
}
