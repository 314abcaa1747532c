/* Eight pairings, or products of pairings, at once. Steps, lines and exponents
 * are those of pairing.c, up to factors in Fp2, which the final exponentiation
 * removes: squares come doubled.
 *
 * Bounds (fp2x8.h). Coordinates of points and of P are reduced; coefficients
 * of lines are reduced or differences. E = 12 xi Z^2 is below 72 p in
 * magnitude, 2 E and F = 3 E are below 216 p: within the slack.
 *
 * Constant time: the lanes all do the same. A lane with an identity goes with
 * the generator and its lines are replaced by 1 under a mask. */
#include "curve/ifma/constants.h"
#include "curve/ifma/engine.h"
#include "curve/ifma/fp12x8.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/loose.h"

/* A pair of each lane on its way through the loop. */
typedef struct {
    atr_fp8 px, py;
    atr_fp8 tangent_x; /* -3 px */
    atr_fp2x8 qx, qy;
    atr_fp2x8 x, y, z; /* the multiple of q, in projective coordinates */
    const atr_g2_lines *lines; /* of the one q of all lanes, or NULL */
    uint8_t idle;              /* lanes that have an identity */
} walk;

/* 12 z, 36 z, .. of parts of xi Z^2, which are differences of magnitudes. */
static inline void xi_parts(atr_loose out[2], const atr_fp2x8 *z)
{
    const atr_loose c0 = atr_loose_of(&z->c0);
    const atr_loose c1 = atr_loose_of(&z->c1);

    out[0] = atr_loose_mul_3b(atr_loose_sub(c0, c1));
    out[1] = atr_loose_mul_3b(atr_loose_add(c0, c1));
}

/* From B = Y^2 and Z^2: 2 E, l0 = B - E, B - F and B + F, 4 B. */
typedef struct {
    atr_fp2x8 e, less, more, four;
} tangent;

static void tangent_part(atr_fp8 *e, atr_fp8 *l0, atr_fp8 *less, atr_fp8 *more,
                         atr_loose b, atr_loose e1)
{
    const atr_loose slack = atr_loose_all(atr_ifma_slack);
    const atr_loose with = atr_loose_add(b, slack);
    const atr_loose f = atr_loose_triple(e1);

    atr_loose_settle(e, atr_loose_add(atr_loose_shift(e1, 1), slack));
    atr_loose_settle(l0, atr_loose_sub(with, e1));
    atr_loose_settle(less, atr_loose_sub(with, f));
    atr_loose_settle(more, atr_loose_add(with, f));
}

static void tangent_of(tangent *t, atr_fp2x8 *l0, const atr_fp2x8 *b,
                       const atr_fp2x8 *z2)
{
    const atr_loose b0 = atr_loose_of(&b->c0);
    const atr_loose b1 = atr_loose_of(&b->c1);
    atr_loose e[2];

    xi_parts(e, z2);
    tangent_part(&t->e.c0, &l0->c0, &t->less.c0, &t->more.c0, b0, e[0]);
    tangent_part(&t->e.c1, &l0->c1, &t->less.c1, &t->more.c1, b1, e[1]);
    atr_loose_settle(&t->four.c0, atr_loose_shift(b0, 2));
    atr_loose_settle(&t->four.c1, atr_loose_shift(b1, 2));
}

/* a - b - c */
static void less_two(atr_fp2x8 *out, const atr_fp2x8_wide *a,
                     const atr_fp2x8_wide *b, const atr_fp2x8_wide *c)
{
    atr_fp8_sum(&out->c0, ATR_TERMS(&a->c0), ATR_TERMS(&b->c0, &c->c0));
    atr_fp8_sum(&out->c1, ATR_TERMS(&a->c1), ATR_TERMS(&b->c1, &c->c1));
}

/* X = 2 X Y (B - F), Y = (B + F)^2 - 12 E^2, Z = 4 B H with H = 2 Y Z; the
 * line is B - E, X^2 (times -3) and H. */
static void double_step(atr_line8 *line, walk *w)
{
    atr_fp2x8_wide x2;
    atr_fp2x8_wide y2;
    atr_fp2x8_wide z2;
    atr_fp2x8_wide s;
    atr_fp2x8_wide t;
    atr_fp2x8 b;
    atr_fp2x8 xy;
    tangent g;

    atr_fp2x8_sqr_wide(&y2, &w->y);
    atr_fp2x8_sqr_wide(&z2, &w->z);
    atr_fp2x8_add(&b, &w->y, &w->z);
    atr_fp2x8_add(&xy, &w->x, &w->y);
    atr_fp2x8_sqr_wide(&s, &b);
    atr_fp2x8_sqr_wide(&x2, &w->x);
    atr_fp2x8_sqr_wide(&t, &xy);
    atr_fp2x8_reduce(&b, &y2);
    atr_fp2x8_reduce(&line->l1, &z2);
    less_two(&line->l4, &s, &y2, &z2);
    less_two(&xy, &t, &x2, &y2);
    tangent_of(&g, &line->l0, &b, &line->l1);
    atr_fp2x8_reduce(&line->l1, &x2);

    atr_fp2x8_sqr_wide(&y2, &g.more);
    atr_fp2x8_sqr_wide(&z2, &g.e);
    atr_fp2x8_mul(&w->x, &xy, &g.less);
    atr_fp8_sum(&w->y.c0, ATR_TERMS(&y2.c0), ATR_TERMS(&z2.c0, &z2.c0, &z2.c0));
    atr_fp8_sum(&w->y.c1, ATR_TERMS(&y2.c1), ATR_TERMS(&z2.c1, &z2.c1, &z2.c1));
    atr_fp2x8_mul(&w->z, &g.four, &line->l4);
}

/* E + F - 2 G, and G less that. */
static void chord_part(atr_fp8 *h, atr_fp8 *rest, const atr_fp8 *e,
                       const atr_fp8 *f, const atr_fp8 *g)
{
    const atr_loose slack = atr_loose_all(atr_ifma_slack);
    const atr_loose gg = atr_loose_of(g);
    const atr_loose t =
        atr_loose_sub(atr_loose_add(atr_loose_of(e), atr_loose_of(f)),
                      atr_loose_shift(gg, 1));

    atr_loose_settle(h, atr_loose_add(t, slack));
    atr_loose_settle(rest, atr_loose_add(atr_loose_sub(gg, t), slack));
}

/* pairing.c: theta = Y - y Z, lambda = X - x Z of T and q. */
static void add_step(atr_line8 *line, walk *w)
{
    atr_fp2x8 *lambda = &line->l4;
    atr_fp2x8 theta;
    atr_fp2x8 e;
    atr_fp2x8 f;
    atr_fp2x8 g;
    atr_fp2x8 h;
    atr_fp2x8 rest;

    atr_fp2x8_mul(&theta, &w->qy, &w->z);
    atr_fp2x8_sub(&line->l1, &theta, &w->y); /* -theta */
    atr_fp2x8_sub(&theta, &w->y, &theta);
    atr_fp2x8_mul(lambda, &w->qx, &w->z);
    atr_fp2x8_sub(lambda, &w->x, lambda);
    atr_fp2x8_mul_sub(&line->l0, &theta, &w->qx, lambda, &w->qy);

    atr_fp2x8_sqr(&g, lambda);
    atr_fp2x8_mul(&e, &g, lambda);
    atr_fp2x8_mul(&g, &g, &w->x);
    atr_fp2x8_sqr(&f, &theta);
    atr_fp2x8_mul(&f, &f, &w->z);
    chord_part(&h.c0, &rest.c0, &e.c0, &f.c0, &g.c0);
    chord_part(&h.c1, &rest.c1, &e.c1, &f.c1, &g.c1);
    atr_fp2x8_mul(&w->x, lambda, &h);
    atr_fp2x8_mul_sub(&w->y, &theta, &rest, &w->y, &e);
    atr_fp2x8_mul(&w->z, &w->z, &e);
}

/* One lane of `a` in all. */
static void spread(atr_fp8 *out, const atr_fp8 *a, int lane)
{
    ATR_EACH_DIGIT
    {
        _mm512_store_si512(out->limb[i], atr_all(a->limb[i][lane]));
    }
}

/* A line that all lanes share: its six parts go through the lanes together. */
static void shared_line(atr_line8 *line, const atr_fp12_line *from)
{
    atr_fp parts[8] = {from->l0.c0, from->l0.c1, from->l1.c0,
                       from->l1.c1, from->l4.c0, from->l4.c1};
    atr_fp8 t;

    atr_fp8_load(&t, parts, sizeof parts[0]);
    spread(&line->l0.c0, &t, 0);
    spread(&line->l0.c1, &t, 1);
    spread(&line->l1.c0, &t, 2);
    spread(&line->l1.c1, &t, 3);
    spread(&line->l4.c0, &t, 4);
    spread(&line->l4.c1, &t, 5);
    atr_wipe(parts, sizeof parts);
    atr_wipe(&t, sizeof t);
}

/* An element times a line, for 1 the line itself: its l0 may be a difference,
 * and is reduced. */
static void times_line(atr_fp12x8 *f, const atr_line8 *line, bool one)
{
    const atr_loose p = atr_loose_all(atr_ifma_p);
    const atr_fp2x8 *l0 = &line->l0;

    if (!one) {
        atr_fp12x8_mul_line(f, f, line);
        return;
    }
    atr_loose_settle_reduced(&f->c0.c0.c0,
                             atr_loose_add(atr_loose_of(&l0->c0), p));
    atr_loose_settle_reduced(&f->c0.c0.c1,
                             atr_loose_add(atr_loose_of(&l0->c1), p));
    f->c0.c1 = line->l1;
    f->c1.c1 = line->l4;
}

/* In a lane that is idle P is (0, 0), and of the line l0 is left. */
static void idle_lanes(atr_line8 *line, uint8_t idle)
{
    atr_fp2x8 one;

    memset(&one, 0, sizeof one);
    atr_fp8_all(&one.c0, atr_ifma_one);
    atr_fp2x8_select(&line->l0, idle, &one, &line->l0);
}

/* Multiplies by line number `step` of every pair, at its P; `line` is spare. */
static void meet(atr_fp12x8 *f, atr_line8 *line, walk *walks, size_t count,
                 size_t step, bool adds)
{
    for (size_t n = 0; n < count; n++) {
        walk *w = &walks[n];
        const atr_fp8 *x = &w->px;

        if (w->lines != NULL) {
            shared_line(line, &w->lines->line[step]);
        } else if (adds) {
            add_step(line, w);
        } else {
            double_step(line, w);
            x = &w->tangent_x;
        }
        atr_fp2x8_mul_fp(&line->l1, &line->l1, x);
        atr_fp2x8_mul_fp(&line->l4, &line->l4, &w->py);
        if (w->idle != 0) {
            idle_lanes(line, w->idle);
        }
        times_line(f, line, step == 0 && n == 0);
    }
}

#define TOP 62 /* the bits of |x| below the highest */

static void loop(atr_fp12x8 *f, walk *walks, size_t count)
{
    atr_line8 line;
    size_t step = 0;

    atr_fp12x8_one(f);
    for (int i = TOP; i >= 0; i--) {
        if (i < TOP) {
            atr_fp12x8_sqr_double(f, f);
        }
        meet(f, &line, walks, count, step++, false);
        if (ATR_CURVE_X >> i & 1) {
            meet(f, &line, walks, count, step++, true);
        }
    }
    atr_fp12x8_conj(f, f); /* x is negative */
    atr_wipe(&line, sizeof line);
}

/* The pairs of eight items at one place of their products: `stride` apart. */
static void start(walk *w, const atr_pair *pairs, size_t stride, size_t used)
{
    atr_g1_affine p[8] = {0};
    atr_g2_affine q[8];
    const atr_g2_lines *lines = pairs->lines;

    w->idle = 0;
    for (size_t l = 0; l < 8; l++) {
        const atr_pair *pair = &pairs[(l < used ? l : 0) * stride];

        if (atr_g1_affine_is_identity_vartime(pair->p) ||
            atr_g2_affine_is_identity_vartime(pair->q)) {
            q[l] = atr_g2_generator;
            w->idle |= (uint8_t)(1u << l);
        } else {
            p[l] = *pair->p;
            q[l] = *pair->q;
        }
        lines = pair->lines == lines ? lines : NULL;
    }
    w->lines = lines;
    atr_fp8_load(&w->px, &p[0].x, sizeof p[0]);
    atr_fp8_load(&w->py, &p[0].y, sizeof p[0]);
    atr_loose_settle(&w->tangent_x,
                     atr_loose_neg(atr_loose_triple(atr_loose_of(&w->px))));
    atr_fp2x8_load(&w->qx, &q[0].x, sizeof q[0]);
    atr_fp2x8_load(&w->qy, &q[0].y, sizeof q[0]);
    w->x = w->qx;
    w->y = w->qy;
    memset(&w->z, 0, sizeof w->z);
    atr_fp8_all(&w->z.c0, atr_ifma_one);
    atr_wipe(p, sizeof p);
    atr_wipe(q, sizeof q);
}

#define TOGETHER 4 /* pairs of an item that share the squarings */

static void miller(atr_fp12x8 *out, const atr_pair *pairs, size_t width,
                   size_t used)
{
    walk walks[TOGETHER];
    atr_fp12x8 part;

    atr_fp12x8_one(out);
    for (size_t from = 0; from < width; from += TOGETHER) {
        size_t n = width - from < TOGETHER ? width - from : TOGETHER;

        for (size_t i = 0; i < n; i++) {
            start(&walks[i], pairs + from + i, width, used);
        }
        if (from == 0) {
            loop(out, walks, n);
        } else {
            loop(&part, walks, n);
            atr_fp12x8_mul(out, out, &part);
        }
    }
    atr_wipe(walks, sizeof walks);
    atr_wipe(&part, sizeof part);
}

/* a^x */
static void pow_x(atr_fp12x8 *out, const atr_fp12x8 *a)
{
    atr_fp12x8_cyclotomic_pow_x(out, a);
    atr_fp12x8_conj(out, out);
}

/* As atr_pairing_final. */
static void final(atr_fp12x8 *out, const atr_fp12x8 *f)
{
    atr_fp12x8 m;
    atr_fp12x8 s;
    atr_fp12x8 t;

    atr_fp12x8_inv(&t, f);
    atr_fp12x8_conj(&m, f);
    atr_fp12x8_mul(&m, &m, &t);
    atr_fp12x8_frobenius2(&t, &m);
    atr_fp12x8_mul(&m, &m, &t);

    pow_x(&t, &m); /* s = m^(x-1) */
    atr_fp12x8_conj(&s, &m);
    atr_fp12x8_mul(&s, &s, &t);
    pow_x(&t, &s); /* s = s^(x-1) */
    atr_fp12x8_conj(&s, &s);
    atr_fp12x8_mul(&s, &s, &t);
    pow_x(&t, &s); /* s = s^(x+p) */
    atr_fp12x8_frobenius(&s, &s);
    atr_fp12x8_mul(&s, &s, &t);
    pow_x(&t, &s); /* s = s^(x^2+p^2-1) */
    pow_x(&t, &t);
    atr_fp12x8_frobenius2(out, &s);
    atr_fp12x8_conj(&s, &s);
    atr_fp12x8_mul(&s, &s, &t);
    atr_fp12x8_mul(&s, &s, out);
    t = m; /* and m^3 */
    atr_fp12x8_cyclotomic_sqr(&t, 1);
    atr_fp12x8_mul(&t, &t, &m);
    atr_fp12x8_mul(out, &s, &t);
    atr_wipe(&m, sizeof m);
    atr_wipe(&s, sizeof s);
    atr_wipe(&t, sizeof t);
}

void atr_ifma_pairing_x8(atr_gt out[ATR_LANES], const atr_pair *pairs,
                         size_t width, size_t used)
{
    atr_fp12x8 f;

    miller(&f, pairs, width, used);
    final(&f, &f);
    atr_fp12x8_store(&out[0].f, sizeof out[0], &f);
    atr_wipe(&f, sizeof f);
    atr_ifma_clear();
}

void atr_ifma_miller(atr_fp12 out[ATR_LANES], const atr_pair *pairs,
                     size_t width, size_t used)
{
    atr_fp12x8 f;

    miller(&f, pairs, width, used);
    atr_fp12x8_store(out, sizeof out[0], &f);
    atr_wipe(&f, sizeof f);
    atr_ifma_clear();
}

void atr_ifma_final(atr_fp12 out[ATR_LANES], const atr_fp12 in[ATR_LANES])
{
    atr_fp12x8 f;

    atr_fp12x8_load(&f, in, sizeof in[0]);
    final(&f, &f);
    atr_fp12x8_store(out, sizeof out[0], &f);
    atr_wipe(&f, sizeof f);
    atr_ifma_clear();
}
