/* pairing.c - the pairing with one element of Fp12, or six products of Fp2, in
 * the lanes: six.h. The formulas are those of curve/pairing.c, with points
 * scaled so that nothing is halved: lines differ from those there by factors
 * in Fp, which the final exponentiation removes.
 */
#define ATR_ENGINE_MULX /* for the one inversion */
#include "curve/names.h"

#ifdef ATR_HAVE_MULX
#include "curve/ifma/pairing.h"

#include "curve/constants.h"
#include "curve/ifma/engine.h"
#include "curve/ifma/fp12x1.h"
#include "curve/ifma/six_digit.h"

/* A pair on its way through the loop: T = (X, Y, Z), a multiple of Q, in slots
 * 0, 1, 2, and what a step multiplies by P and Q:
 *   tangent   -3 x_P, 2 y_P in slots 4, 5
 *   q         y_Q, x_Q in slots 0, 1
 *   chord     -x_P, y_P, x_Q, -y_Q in slots 2 .. 5
 * or for lines that the pair brings
 *   line      1, x_P, y_P in slots 0, 1, 2 */
typedef struct {
    const atr_g2_lines *lines;
    union {
        struct {
            atr_six t, tangent, chord;
            atr_six_right q;
        };
        atr_six line;
    };
} walk;

static void right_factor(atr_six_right *out, const atr_digits *a)
{
    atr_digit carry[2] = {{{0}, {0}}};

    ATR_EACH_DIGIT
    {
        atr_digit_factor(&out->plain, i, &carry[0], a->d[i]);
        atr_digit_factor(&out->turned, i, &carry[1], atr_digit_turn(a->d[i]));
    }
}

static void arrange(atr_six *out, const atr_six *a, atr_order order)
{
    ATR_EACH_DIGIT
    {
        atr_digit_put(out, i, atr_digit_arrange(atr_digit_of(a, i), order));
    }
}

/* The sum of two arrangements, without carries. */
static void join(atr_digits *out, const atr_six *a, atr_order order_a,
                 const atr_six *b, atr_order order_b)
{
    ATR_EACH_DIGIT
    {
        out->d[i] =
            atr_digit_add(atr_digit_arrange(atr_digit_of(a, i), order_a),
                          atr_digit_arrange(atr_digit_of(b, i), order_b));
    }
}

static void walk_init(walk *w, const atr_pair *pair)
{
    const atr_fp one = ATR_FP_ONE;
    const atr_g1_affine *p = pair->p;
    const atr_g2_affine *q = pair->q;
    atr_fp2 c[6] = {{one, {{0}}}, {p->x, {{0}}}, {p->y, {{0}}}};
    atr_digits both;

    w->lines = pair->lines;
    if (w->lines != NULL) {
        atr_six_load(&w->line, c);
    } else {
        c[4] = q->x;
        atr_fp2_neg(&c[5], &q->y);
        c[3] = c[2];
        atr_fp2_neg(&c[2], &c[1]);
        atr_six_load(&w->chord, c);
        atr_fp2_dbl(&c[4], &c[2]);
        atr_fp2_add(&c[4], &c[4], &c[2]);
        atr_fp2_dbl(&c[5], &c[3]);
        c[2] = c[0];
        c[0] = q->x;
        c[1] = q->y;
        atr_six_load(&w->t, c);
        ATR_EACH_DIGIT
        {
            atr_digit d = atr_digit_of(&w->t, i);

            both.d[i] = atr_digit_arrange(d, ATR_ORDER(1, 0, 6, 6, 6, 6));
            atr_digit_put(&w->tangent, i,
                          atr_digit_arrange(d, ATR_ORDER(6, 6, 6, 6, 4, 5)));
            atr_digit_put(&w->t, i,
                          atr_digit_arrange(d, ATR_ORDER(0, 1, 2, 6, 6, 6)));
            d = atr_digit_of(&w->chord, i);
            atr_digit_put(&w->chord, i,
                          atr_digit_arrange(d, ATR_ORDER(6, 6, 2, 3, 4, 5)));
        }
        right_factor(&w->q, &both);
    }
    atr_wipe(c, sizeof c);
    atr_wipe(&both, sizeof both);
}

/* T is X = s0, Y = s2 + s3, Z = s1: below 4 p. */
static void next_point(atr_six *t, const atr_six *s)
{
    atr_digit carry = atr_digit_all(0);
    atr_digits sum;

    join(&sum, s, ATR_ORDER(0, 2, 1, 6, 6, 6), s, ATR_ORDER(6, 3, 6, 6, 6, 6));
    ATR_EACH_DIGIT
    {
        atr_digit_settle(t, i, &carry, sum.d[i]);
    }
}

/* 12 (1 + u) a: 3 b' Z^2 from Z^2. */
static atr_digit mul_3b(atr_digit a)
{
    a = atr_digit_add(a, atr_digit_turn(a));
    a = atr_digit_add(a, atr_digit_dbl(a));
    return atr_digit_shift(a, 2);
}

/* The second round of a doubling, and b - e. */
static void double_factors(atr_six *left, atr_six_right *right,
                           atr_digits *line, const atr_six *s, const walk *w)
{
    atr_digit carry = atr_digit_all(0);
    atr_digits sum;

    ATR_EACH_DIGIT
    {
        atr_digit d = atr_digit_of(s, i);
        atr_digit e = mul_3b(atr_digit_arrange(d, ATR_ORDER(3, 6, 3, 3, 6, 6)));
        atr_digit f = atr_digit_add(e, atr_digit_dbl(e));
        atr_digit l = atr_digit_arrange(d, ATR_ORDER(2, 2, 2, 6, 4, 1));
        atr_digit r = atr_digit_arrange(d, ATR_ORDER(0, 1, 2, 6, 6, 6));

        line->d[i] =
            atr_digit_arrange(atr_digit_sub(l, e), ATR_ORDER(0, 6, 6, 6, 6, 6));
        l = atr_digit_sub_in(ATR_SLOT(0), l, f);
        l = atr_digit_add_in(ATR_SLOT(2), l, f);
        l = atr_digit_add_in(ATR_SLOT(3), l, e);
        atr_digit_factor(left, i, &carry, l);
        r = atr_digit_add_in(ATR_SLOT(0), r, r);
        r = atr_digit_add_in(ATR_SLOT(1), r,
                             atr_digit_sub(atr_digit_shift(r, 3), r));
        r = atr_digit_add_in(ATR_SLOT(2), r, f);
        r = atr_digit_sub_in(ATR_SLOT(3), r, atr_digit_shift(f, 2));
        sum.d[i] = atr_digit_add(r, atr_digit_of(&w->tangent, i));
    }
    right_factor(right, &sum);
}

/* Doubling and the tangent, in two rounds of products. With b = Y^2,
 * e = 3 b' Z^2 and f = 3 e:
 *   X Y, Y Z, Y^2, Z^2, X^2
 *   (b - f) 2 X Y, b 8 Y Z, (b + f)^2, -12 e^2      2 T
 *   -3 X^2 x_P, 2 Y Z y_P                           the line, with b - e */
static void double_step(atr_six *line, walk *w)
{
    atr_six_right right;
    atr_digits sum;
    atr_six left;
    atr_six s;

    arrange(&left, &w->t, ATR_ORDER(1, 2, 1, 2, 0, 6));
    ATR_EACH_DIGIT
    {
        sum.d[i] = atr_digit_of(&left, i);
    }
    right_factor(&right, &sum);
    arrange(&left, &w->t, ATR_ORDER(0, 1, 1, 2, 0, 6));
    atr_six_mul(&s, &left, &right);

    double_factors(&left, &right, &sum, &s, w);
    atr_six_mul(&s, &left, &right);
    next_point(&w->t, &s);
    ATR_EACH_DIGIT
    {
        sum.d[i] = atr_digit_add(
            sum.d[i], atr_digit_arrange(atr_digit_of(&s, i),
                                        ATR_ORDER(6, 4, 5, 6, 6, 6)));
    }
    atr_digits_settle(line, &sum);
}

/* The last round of an addition: of e, g and theta^2 Z. */
static void add_factors(atr_six *left, atr_six_right *right, const atr_six *s,
                        const atr_six *slopes, const walk *w)
{
    atr_digits sum;

    join(&sum, slopes, ATR_ORDER(1, 6, 0, 6, 6, 6), &w->t,
         ATR_ORDER(6, 2, 6, 1, 6, 6));
    ATR_EACH_DIGIT
    {
        atr_digit d = atr_digit_of(s, i);
        atr_digit a = atr_digit_arrange(d, ATR_ORDER(2, 6, 1, 6, 6, 6));
        atr_digit b = atr_digit_arrange(d, ATR_ORDER(1, 6, 0, 0, 6, 6));
        atr_digit r = atr_digit_arrange(d, ATR_ORDER(0, 0, 6, 6, 6, 6));

        atr_digit_put(left, i, sum.d[i]);
        r = atr_digit_sub(atr_digit_add(r, a), b);
        r = atr_digit_sub_in(ATR_SLOT(0), r, b);
        r = atr_digit_add_in(ATR_SLOT(2), r, atr_digit_dbl(a));
        sum.d[i] =
            atr_digit_sub(r, atr_digit_arrange(d, ATR_ORDER(6, 6, 2, 6, 6, 6)));
    }
    right_factor(right, &sum);
}

/* Addition of Q and the chord, in four rounds of products:
 *   y_Q Z, x_Q Z                              theta = Y - .., lambda = X - ..
 *   lambda^2, theta^2, and those of the line
 *   e = lambda^3, g = lambda^2 X, theta^2 Z   h = e + theta^2 Z - 2 g
 *   lambda h, Z e, theta (g - h), -Y e        T + Q */
static void add_step(atr_six *line, walk *w)
{
    atr_six_right right;
    atr_digits sum;
    atr_six slopes; /* theta, lambda */
    atr_six left;
    atr_six s;

    arrange(&left, &w->t, ATR_ORDER(2, 2, 6, 6, 6, 6));
    atr_six_mul(&s, &left, &w->q);
    arrange(&left, &w->t, ATR_ORDER(1, 0, 6, 6, 6, 6));
    ATR_EACH_DIGIT
    {
        sum.d[i] = atr_digit_sub(atr_digit_of(&left, i), atr_digit_of(&s, i));
    }
    atr_digits_settle(&slopes, &sum);

    arrange(&left, &slopes, ATR_ORDER(1, 0, 0, 1, 0, 1));
    join(&sum, &slopes, ATR_ORDER(1, 0, 6, 6, 6, 6), &w->chord,
         ATR_ORDER(0, 1, 2, 3, 4, 5));
    right_factor(&right, &sum);
    atr_six_mul(&s, &left, &right);
    join(&sum, &s, ATR_ORDER(4, 2, 3, 6, 6, 6), &s,
         ATR_ORDER(5, 6, 6, 6, 6, 6));
    atr_digits_settle(line, &sum);

    arrange(&left, &s, ATR_ORDER(0, 0, 1, 6, 6, 6));
    join(&sum, &slopes, ATR_ORDER(1, 6, 6, 6, 6, 6), &w->t,
         ATR_ORDER(6, 0, 2, 6, 6, 6));
    right_factor(&right, &sum);
    atr_six_mul_four(&s, &left, &right);

    add_factors(&left, &right, &s, &slopes, w);
    atr_six_mul_four(&s, &left, &right);
    next_point(&w->t, &s);
}

/* A line that the pair brings, at P. Its numbers are taken as they stand, all
 * with the same factor of Fp. */
static void line_step(atr_six *line, const walk *w, const atr_fp12_line *stored)
{
    const atr_fp2 c[3] = {stored->l0, stored->l1, stored->l4};
    atr_six_right right;
    atr_digits sum;

    atr_six_split(&right.plain, c, 3);
    ATR_EACH_DIGIT
    {
        sum.d[i] = atr_digit_of(&right.plain, i);
    }
    right_factor(&right, &sum);
    atr_six_mul_four(line, &w->line, &right);
}

/* Multiplies by line number `step` of every pair. */
static void meet(atr_six *out, walk *walks, size_t count, size_t step,
                 bool adds)
{
    atr_six line;

    for (size_t n = 0; n < count; n++) {
        walk *w = &walks[n];

        if (w->lines != NULL) {
            line_step(&line, w, &w->lines->line[step]);
        } else if (adds) {
            add_step(&line, w);
        } else {
            double_step(&line, w);
        }
        atr_fp12x1_mul_line(out, out, &line);
    }
    atr_wipe(&line, sizeof line);
}

#define TOP 62 /* of the bits of |x| below the highest */

/* The pairs of one loop: they share its squarings. */
static void loop(atr_six *out, walk *walks, size_t count)
{
    size_t step = 0;

    atr_fp12x1_one(out);
    for (int i = TOP; i >= 0; i--) {
        if (i < TOP) {
            atr_fp12x1_sqr(out, out);
        }
        meet(out, walks, count, step++, false);
        if (ATR_CURVE_X >> i & 1) {
            meet(out, walks, count, step++, true);
        }
    }
    atr_fp12x1_conj(out, out); /* x is negative */
}

/* A product that grows: pairs that wait for their loop, and pairs without
 * lines, of which many are sooner done with a lane each (pairingx8.c). */
#define TOGETHER 8
#define SPREAD_MAX (4 * ATR_LANES)
typedef struct {
    atr_six f;
    walk walks[TOGETHER];
    size_t used;
    atr_pair bare[SPREAD_MAX];
    size_t bare_count;
} product;

static void flush(product *t)
{
    atr_six part;

    if (t->used > 0) {
        loop(&part, t->walks, t->used);
        atr_fp12x1_mul(&t->f, &t->f, &part);
        t->used = 0;
        atr_wipe(&part, sizeof part);
    }
}

static void add_walk(product *t, const atr_pair *pair)
{
    walk_init(&t->walks[t->used++], pair);
    if (t->used == TOGETHER) {
        flush(t);
    }
}

/* The first `count` bare pairs, as many in each lane; the lanes are multiplied
 * at the end. */
static void spread(product *t, size_t count)
{
    const atr_g1_affine none = {.x = {{0}}};
    const size_t width = (count + ATR_LANES - 1) / ATR_LANES;
    atr_fp12 lane[ATR_LANES];
    atr_six part;

    for (size_t i = count; i < ATR_LANES * width; i++) {
        t->bare[i] = (atr_pair){&none, &atr_g2_generator, NULL};
    }
    atr_ifma_miller(lane, t->bare, width, ATR_LANES);
    for (size_t l = 0; l < ATR_LANES; l++) {
        atr_fp12x1_load(&part, &lane[l]);
        atr_fp12x1_mul(&t->f, &t->f, &part);
    }
    atr_wipe(lane, sizeof lane);
    atr_wipe(&part, sizeof part);
}

/* Eight lanes take as long as 7 pairs alone for the first pair of each, as 5
 * for each next one. */
static void spread_bare(product *t)
{
    const size_t rest = t->bare_count % ATR_LANES;
    size_t count = rest < 5 ? t->bare_count - rest : t->bare_count;

    if (count < 7) {
        count = 0;
    }
    for (size_t i = count; i < t->bare_count; i++) {
        add_walk(t, &t->bare[i]);
    }
    if (count > 0) {
        spread(t, count);
    }
    t->bare_count = 0;
}

static void miller(atr_six *out, const atr_pair *pairs, size_t count)
{
    product t;

    t.used = 0;
    t.bare_count = 0;
    atr_fp12x1_one(&t.f);
    for (size_t i = 0; i < count; i++) {
        if (atr_g1_affine_is_identity_vartime(pairs[i].p) ||
            atr_g2_affine_is_identity_vartime(pairs[i].q)) {
            continue;
        }
        if (pairs[i].lines != NULL) {
            add_walk(&t, &pairs[i]);
        } else {
            t.bare[t.bare_count++] = pairs[i];
        }
        if (t.bare_count == SPREAD_MAX) {
            spread_bare(&t);
        }
    }
    spread_bare(&t);
    flush(&t);
    *out = t.f;
    atr_wipe(&t, sizeof t);
}

/* f^(p^6 - 1)(p^2 + 1), then (x-1)^2 (x+p) (x^2+p^2-1) + 3: curve/pairing.c. */
static void final(atr_six *out, const atr_six *f)
{
    atr_fp12 inverse;
    atr_six m;
    atr_six s;
    atr_six t;

    atr_fp12x1_store(&inverse, f);
    atr_fp12_inv(&inverse, &inverse);
    atr_fp12x1_load(&t, &inverse);
    atr_fp12x1_conj(&m, f);
    atr_fp12x1_mul(&m, &m, &t);
    atr_fp12x1_frobenius2(&t, &m);
    atr_fp12x1_mul(&m, &m, &t);

    atr_fp12x1_cyclotomic_pow_x(&t, &m); /* s = m^(x-1) */
    atr_fp12x1_conj(&s, &m);
    atr_fp12x1_mul(&s, &s, &t);
    atr_fp12x1_cyclotomic_pow_x(&t, &s); /* s = s^(x-1) */
    atr_fp12x1_conj(&s, &s);
    atr_fp12x1_mul(&s, &s, &t);
    atr_fp12x1_cyclotomic_pow_x(&t, &s); /* s = s^(x+p) */
    atr_fp12x1_frobenius(&s, &s);
    atr_fp12x1_mul(&s, &s, &t);
    atr_fp12x1_cyclotomic_pow_x(&t, &s); /* s = s^(x^2+p^2-1) */
    atr_fp12x1_cyclotomic_pow_x(&t, &t);
    atr_fp12x1_frobenius2(out, &s);
    atr_fp12x1_conj(&s, &s);
    atr_fp12x1_mul(&s, &s, &t);
    atr_fp12x1_mul(&s, &s, out);
    atr_fp12x1_cyclotomic_sqr(&t, &m, 1); /* and m^3 */
    atr_fp12x1_mul(&t, &t, &m);
    atr_fp12x1_mul(out, &s, &t);
    atr_wipe(&inverse, sizeof inverse);
    atr_wipe(&m, sizeof m);
    atr_wipe(&s, sizeof s);
    atr_wipe(&t, sizeof t);
}

void atr_ifma_pairing_miller(atr_fp12 *out, const atr_pair *pairs, size_t count)
{
    atr_six f;

    miller(&f, pairs, count);
    atr_fp12x1_store(out, &f);
    atr_wipe(&f, sizeof f);
}

void atr_ifma_pairing_final(atr_fp12 *out, const atr_fp12 *f)
{
    atr_six t;

    atr_fp12x1_load(&t, f);
    final(&t, &t);
    atr_fp12x1_store(out, &t);
    atr_wipe(&t, sizeof t);
}

void atr_ifma_pairing(atr_gt *out, const atr_g1_affine *p,
                      const atr_g2_affine *q)
{
    const atr_pair pair = {p, q, NULL};

    atr_ifma_pairing_product(out, &pair, 1);
}

void atr_ifma_pairing_product(atr_gt *out, const atr_pair *pairs, size_t count)
{
    atr_six f;

    miller(&f, pairs, count);
    final(&f, &f);
    atr_fp12x1_store(&out->f, &f);
    atr_wipe(&f, sizeof f);
}
#endif
