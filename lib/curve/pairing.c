#include "curve/names.h"

#include "curve/pairing.h"

#include "curve/constants.h"
#include "curve/pairing_parts.h"

/* Doubling of T and the tangent there (Costello, Lange and Naehrig, PKC 2010;
 * Aranha et al., EUROCRYPT 2011, section 4): the line times w^3, up to factors
 * in Fp2, which the final exponentiation removes. Its l1, which is still to be
 * multiplied by -3 and the x of P, is X^2; its l4 is still to be multiplied by
 * the y of P. With B = Y^2, E = 3 b' Z^2, F = 3 E and H = 2 Y Z, T becomes
 * (2 X Y (B - F), (B + F)^2 - 12 E^2, 4 B H): four times what the sources
 * have, so that nothing is halved. */
static void double_step(atr_fp12_line *line, atr_g2 *t)
{
    atr_fp2 xy;
    atr_fp2 b;
    atr_fp2 e;
    atr_fp2 f;
    atr_fp2_wide bf;
    atr_fp2_wide ee;

    atr_fp2_sqr(&b, &t->y);
    atr_fp2_sqr(&e, &t->z);
    atr_fp2_sqr(&line->l1, &t->x);
    atr_fp2_add(&xy, &t->x, &t->y);
    atr_fp2_sqr(&xy, &xy);
    atr_fp2_sub(&xy, &xy, &line->l1);
    atr_fp2_sub(&xy, &xy, &b); /* 2 X Y */
    atr_fp2_add(&line->l4, &t->y, &t->z);
    atr_fp2_sqr(&line->l4, &line->l4);
    atr_fp2_sub(&line->l4, &line->l4, &b);
    atr_fp2_sub(&line->l4, &line->l4, &e); /* H */

    atr_fp2_dbl(&f, &e);
    atr_fp2_add(&e, &f, &e);
    atr_fp2_dbl(&e, &e);
    atr_fp2_dbl(&e, &e);
    atr_fp2_mul_xi(&e, &e);
    atr_fp2_sub(&line->l0, &b, &e);
    atr_fp2_dbl(&f, &e);
    atr_fp2_add(&e, &f, &e); /* now f is 2 E, and e is F */

    atr_fp2_sub(&t->x, &b, &e);
    atr_fp2_mul(&t->x, &t->x, &xy);
    atr_fp2_add(&e, &b, &e);
    atr_fp2_sqr_wide(&bf, &e);
    atr_fp2_sqr_wide(&ee, &f);
    atr_fp2_wide_sub(&bf, &bf, &ee);
    atr_fp2_wide_sub_sub(&bf, &bf, &ee, &ee);
    atr_fp2_reduce(&t->y, &bf); /* between -6 p^2 and 2 p^2 */
    atr_fp2_dbl(&b, &b);
    atr_fp2_dbl(&b, &b);
    atr_fp2_mul(&t->z, &b, &line->l4);
}

/* Addition of Q and the line through T and Q, in the same form. */
static void add_step(atr_fp12_line *line, atr_g2 *t, const atr_g2_affine *q)
{
    atr_fp2 theta;
    atr_fp2 *lambda = &line->l4;
    atr_fp2 e;
    atr_fp2 g;
    atr_fp2 h;

    atr_fp2_mul(&theta, &q->y, &t->z);
    atr_fp2_sub(&theta, &t->y, &theta);
    atr_fp2_mul(lambda, &q->x, &t->z);
    atr_fp2_sub(lambda, &t->x, lambda);

    atr_fp2_two_products(&line->l0, &theta, &q->x, lambda, &q->y, true);
    atr_fp2_neg(&line->l1, &theta);

    atr_fp2_sqr(&g, lambda);
    atr_fp2_mul(&e, &g, lambda);
    atr_fp2_mul(&g, &g, &t->x);
    atr_fp2_sqr(&h, &theta);
    atr_fp2_mul(&h, &h, &t->z);
    atr_fp2_add(&h, &h, &e);
    atr_fp2_sub(&h, &h, &g);
    atr_fp2_sub(&h, &h, &g); /* E + F - 2 G */
    atr_fp2_mul(&t->x, lambda, &h);
    atr_fp2_sub(&g, &g, &h);
    atr_fp2_two_products(&t->y, &theta, &g, &t->y, &e, true);
    atr_fp2_mul(&t->z, &t->z, &e);
}

/* -3 a */
static void minus_three(atr_fp *out, const atr_fp *a)
{
    atr_fp t;

    atr_fp_dbl(&t, a);
    atr_fp_add(&t, &t, a);
    atr_fp_neg(out, &t);
}

/* The steps of the loop: the bits of |x| below the highest, doubling at each
 * and adding where it is 1. */
#define TOP 62

static bool adds_at(int i)
{
    return (ATR_CURVE_X >> i & 1) != 0;
}

void atr_g2_lines_init(atr_g2_lines *out, const atr_g2_affine *q)
{
    atr_fp12_line *line = out->line;
    atr_g2 t;

    memset(out, 0, sizeof *out);
    if (atr_g2_affine_is_identity_vartime(q)) {
        return;
    }
    atr_g2_from_affine(&t, q);
    for (int i = TOP; i >= 0; i--) {
        double_step(line, &t);
        minus_three(&line->l1.c0, &line->l1.c0);
        minus_three(&line->l1.c1, &line->l1.c1);
        line++;
        if (adds_at(i)) {
            add_step(line++, &t, q);
        }
    }
    atr_wipe(&t, sizeof t);
}

/* A pair on its way through the loop: with the lines it brings, or with the
 * multiple of q that makes them. */
typedef struct {
    const atr_pair *pair;
    atr_g2 t;
    atr_fp tangent_x; /* -3 x of P */
} walk;

/* Multiplies by line number `step` of every pair, at its P. */
static void meet(atr_fp12 *out, walk *walks, size_t count, size_t step,
                 bool adds)
{
    atr_fp12_line line;

    for (size_t n = 0; n < count; n++) {
        const atr_pair *pair = walks[n].pair;
        const atr_fp *x = &pair->p->x;

        if (pair->lines != NULL) {
            line = pair->lines->line[step];
        } else if (adds) {
            add_step(&line, &walks[n].t, pair->q);
        } else {
            double_step(&line, &walks[n].t);
            x = &walks[n].tangent_x;
        }
        atr_fp2_mul_fp(&line.l1, &line.l1, x);
        atr_fp2_mul_fp(&line.l4, &line.l4, &pair->p->y);
        if (step == 0 && n == 0) { /* out is 1 */
            out->c0.c0 = line.l0;
            out->c0.c1 = line.l1;
            out->c1.c1 = line.l4;
        } else {
            atr_fp12_mul_line(out, out, &line);
        }
    }
    atr_wipe(&line, sizeof line);
}

/* The pairs of one loop: they share its squarings. */
static void loop(atr_fp12 *out, walk *walks, size_t count)
{
    size_t step = 0;

    atr_fp12_one(out);
    for (int i = TOP; i >= 0; i--) {
        if (i < TOP) {
            atr_fp12_sqr(out, out);
        }
        meet(out, walks, count, step++, false);
        if (adds_at(i)) {
            meet(out, walks, count, step++, true);
        }
    }
    atr_fp12_conj(out, out); /* x is negative */
}

#define TOGETHER 8

void atr_pairing_miller(atr_fp12 *out, const atr_pair *pairs, size_t count)
{
    walk walks[TOGETHER];
    atr_fp12 part;
    bool first = true;
    size_t used = 0;

    atr_fp12_one(out);
    for (size_t i = 0; i < count; i++) {
        if (!atr_g1_affine_is_identity_vartime(pairs[i].p) &&
            !atr_g2_affine_is_identity_vartime(pairs[i].q)) {
            atr_g2_from_affine(&walks[used].t, pairs[i].q);
            minus_three(&walks[used].tangent_x, &pairs[i].p->x);
            walks[used++].pair = &pairs[i];
        }
        if (used == TOGETHER || (used > 0 && i + 1 == count)) {
            loop(first ? out : &part, walks, used);
            if (!first) {
                atr_fp12_mul(out, out, &part);
            }
            first = false;
            used = 0;
        }
    }
    atr_wipe(walks, sizeof walks);
    atr_wipe(&part, sizeof part);
}

/* a^x; x is negative and the inverse is the conjugate. */
static void pow_x(atr_fp12 *out, const atr_fp12 *a)
{
    atr_fp12_cyclotomic_pow_x(out, a);
    atr_fp12_conj(out, out);
}

/* f^(p^6 - 1)(p^2 + 1), then (x-1)^2 (x+p) (x^2+p^2-1) + 3, which is
 * 3 (p^4 - p^2 + 1) / r (Hayashida, Hayasaka and Teruya, ePrint 2020/875). */
void atr_pairing_final(atr_fp12 *out, const atr_fp12 *f)
{
    atr_fp12 m;
    atr_fp12 s;
    atr_fp12 t;

    atr_fp12_inv(&t, f);
    atr_fp12_conj(&m, f);
    atr_fp12_mul(&m, &m, &t);
    atr_fp12_frobenius2(&t, &m);
    atr_fp12_mul(&m, &m, &t);

    pow_x(&t, &m); /* s = m^(x-1) */
    atr_fp12_conj(&s, &m);
    atr_fp12_mul(&s, &s, &t);
    pow_x(&t, &s); /* s = s^(x-1) */
    atr_fp12_conj(&s, &s);
    atr_fp12_mul(&s, &s, &t);
    pow_x(&t, &s); /* s = s^(x+p) */
    atr_fp12_frobenius(&s, &s);
    atr_fp12_mul(&s, &s, &t);
    pow_x(&t, &s); /* s = s^(x^2+p^2-1) */
    pow_x(&t, &t);
    atr_fp12_frobenius2(out, &s);
    atr_fp12_conj(&s, &s);
    atr_fp12_mul(&s, &s, &t);
    atr_fp12_mul(&s, &s, out);
    atr_fp12_cyclotomic_sqr(&t, &m); /* and m^3 */
    atr_fp12_mul(&t, &t, &m);
    atr_fp12_mul(out, &s, &t);
    atr_wipe(&m, sizeof m);
    atr_wipe(&s, sizeof s);
    atr_wipe(&t, sizeof t);
}

void atr_pairing(atr_gt *out, const atr_g1_affine *p, const atr_g2_affine *q)
{
    const atr_pair pair = {p, q, NULL};

    atr_pairing_product(out, &pair, 1);
}

void atr_pairing_product(atr_gt *out, const atr_pair *pairs, size_t count)
{
    atr_fp12 f;

    atr_pairing_miller(&f, pairs, count);
    atr_pairing_final(&out->f, &f);
    atr_wipe(&f, sizeof f);
}
