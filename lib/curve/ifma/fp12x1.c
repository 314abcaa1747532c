/* The numbers of lanes and bounds: six.h. What is written as slots below is
 * the coefficient of w^s in slot s, unless told otherwise. */
#include "curve/ifma/fp12x1.h"

#include "curve/constants.h"
#include "curve/ifma/six_digit.h"

/* Slot s of a six and the coefficients of an atr_fp12. */
#define EACH_COEFFICIENT(f)                                                    \
    {                                                                          \
        (f).c0.c0, (f).c1.c0, (f).c0.c1, (f).c1.c1, (f).c0.c2, (f).c1.c2       \
    }

void atr_fp12x1_load(atr_six *out, const atr_fp12 *in)
{
    atr_fp2 c[6] = EACH_COEFFICIENT(*in);

    atr_six_load(out, c);
    atr_wipe(c, sizeof c);
}

void atr_fp12x1_store(atr_fp12 *out, const atr_six *a)
{
    atr_fp2 c[6];

    atr_six_store(c, a);
    *out = (atr_fp12){{c[0], c[2], c[4]}, {c[1], c[3], c[5]}};
    atr_wipe(c, sizeof c);
}

void atr_fp12x1_one(atr_six *out)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < 8; i++) {
        out->limb[i][0] = atr_ifma_one[i];
    }
}

static void left_factor(atr_six_left *out, const atr_six *a, atr_order order)
{
    atr_digit carry = atr_digit_all(0);

    ATR_EACH_DIGIT
    {
        atr_digit d = atr_digit_arrange(atr_digit_of(a, i), order);

        atr_digit_put(&out->plain, i, d);
        atr_digit_factor(&out->xi, i, &carry,
                         atr_digit_add(d, atr_digit_turn(d)));
    }
}

static void right_factor(atr_six_right *out, const atr_six *a)
{
    atr_digit carry = atr_digit_all(0);

    ATR_EACH_DIGIT
    {
        atr_digit d = atr_digit_of(a, i);

        atr_digit_put(&out->plain, i, d);
        atr_digit_factor(&out->turned, i, &carry, atr_digit_turn(d));
    }
}

/* An element as a left factor, its coefficients one by one. */
typedef struct {
    atr_six_left half[2];
} coefficients;

static void take_apart(coefficients *out, const atr_six *a)
{
    left_factor(&out->half[0], a, ATR_ORDER(0, 0, 1, 1, 2, 2));
    left_factor(&out->half[1], a, ATR_ORDER(3, 3, 4, 4, 5, 5));
}

static void mul_by(atr_six *out, const coefficients *a, const atr_six *b)
{
    static const atr_six_term terms[6] = {{0, 0, 0}, {0, 1, 1}, {0, 2, 2},
                                          {1, 0, 3}, {1, 1, 4}, {1, 2, 5}};
    atr_six_right right;

    right_factor(&right, b);
    atr_six_convolve(out, a->half, &right, terms, 6);
}

void atr_fp12x1_mul(atr_six *out, const atr_six *a, const atr_six *b)
{
    coefficients left;

    take_apart(&left, a);
    mul_by(out, &left, b);
}

void atr_fp12x1_mul_line(atr_six *out, const atr_six *a, const atr_six *line)
{
    static const atr_six_term terms[3] = {{0, 0, 0}, {0, 1, 2}, {0, 2, 3}};
    atr_six_left left;
    atr_six_right right;

    left_factor(&left, line, ATR_ORDER(0, 0, 1, 1, 2, 2));
    right_factor(&right, a);
    atr_six_convolve(out, &left, &right, terms, 3);
}

/* Complex squaring of a0 + a1 w over Fp6: slots 2 k and 2 k + 1 hold the
 * coefficients of v^k of t = (a0 + a1)(a0 + v a1) and of a0 a1. Then
 * c0 = t - a0 a1 - v a0 a1 and c1 = 2 a0 a1. */
void atr_fp12x1_sqr(atr_six *out, const atr_six *a)
{
    static const atr_six_term terms[3] = {{0, 0, 0}, {0, 1, 2}, {0, 2, 4}};
    const atr_order same = ATR_ORDER(0, 0, 2, 2, 4, 4);
    const atr_order odd = ATR_ORDER(1, 6, 3, 6, 5, 6);
    const atr_order odd_v =
        ATR_ORDER(5, 6, 1, 6, 3, 6); /* the first times xi */
    atr_digit carry[4] = {{{0}, {0}}};
    atr_six_left left;
    atr_six_right right;
    atr_digits sum;
    atr_six t;

    ATR_EACH_DIGIT
    {
        atr_digit d = atr_digit_of(a, i);
        atr_digit x = atr_digit_add(atr_digit_arrange(d, same),
                                    atr_digit_arrange(d, odd));
        atr_digit v = atr_digit_arrange(d, odd_v);
        atr_digit y = atr_digit_add(
            d, atr_digit_add_in(ATR_SLOT(0), v, atr_digit_turn(v)));

        atr_digit_factor(&left.plain, i, &carry[0], x);
        atr_digit_factor(&left.xi, i, &carry[1],
                         atr_digit_add(x, atr_digit_turn(x)));
        atr_digit_factor(&right.plain, i, &carry[2], y);
        atr_digit_factor(&right.turned, i, &carry[3], atr_digit_turn(y));
    }
    atr_six_convolve(&t, &left, &right, terms, 3);
    ATR_EACH_DIGIT
    {
        atr_digit d = atr_digit_of(&t, i);
        atr_digit v = atr_digit_arrange(d, odd_v);

        v = atr_digit_add_in(ATR_SLOT(0), v, atr_digit_turn(v));
        v = atr_digit_add(v, atr_digit_arrange(d, odd));
        sum.d[i] = atr_digit_sub(atr_digit_add_in(ATR_SLOTS_ODD, d, d), v);
    }
    atr_digits_settle(out, &sum);
}

void atr_fp12x1_conj(atr_six *out, const atr_six *a)
{
    atr_digits sum;

    ATR_EACH_DIGIT
    {
        sum.d[i] = atr_digit_sub_in(ATR_SLOTS_ODD, atr_digit_of(a, i),
                                    atr_digit_dbl(atr_digit_of(a, i)));
    }
    atr_digits_settle(out, &sum);
}

/* The bits of |x| below the highest, from the top; squarings in runs. */
void atr_fp12x1_cyclotomic_pow_x(atr_six *out, const atr_six *a)
{
    coefficients base;
    atr_six power = *a;
    int run = 0;

    take_apart(&base, a);
    for (int i = 62; i >= 0; i--) {
        run++;
        if (ATR_CURVE_X >> i & 1 || i == 0) {
            atr_fp12x1_cyclotomic_sqr(&power, &power, run);
            run = 0;
        }
        if (ATR_CURVE_X >> i & 1) {
            mul_by(&power, &base, &power);
        }
    }
    atr_fp12x1_conj(out, &power);
}

/* w^p = w xi^((p-1)/6), and w^(p^2) is w times a number of Fp. */
void atr_fp12x1_frobenius(atr_six *out, const atr_six *a)
{
    atr_digit carry[2] = {{{0}, {0}}};
    atr_six_right right;
    atr_six left;

    atr_six_load(&left, atr_fp2_frobenius);
    ATR_EACH_DIGIT
    {
        atr_digit d = atr_digit_of(a, i);

        d = atr_digit_sub_in(~ATR_REAL_PARTS, d, atr_digit_dbl(d));
        atr_digit_factor(&right.plain, i, &carry[0], d);
        atr_digit_factor(&right.turned, i, &carry[1], atr_digit_turn(d));
    }
    atr_six_mul(out, &left, &right);
}

void atr_fp12x1_frobenius2(atr_six *out, const atr_six *a)
{
    atr_fp2 c[6] = {{{{0}}, {{0}}}};
    atr_six_right right;
    atr_six left;

    for (int s = 0; s < 6; s++) {
        c[s].c0 = atr_fp_frobenius2[s];
    }
    atr_six_load(&left, c);
    right_factor(&right, a);
    atr_six_mul(out, &left, &right);
}
