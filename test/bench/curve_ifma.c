/* curve_ifma.c - bench/curve.c for what the ifma engine computes itself, and
 * the operations in Fp12 it consists of. Results are checked in the same run.
 */
#include <stdio.h>
#include <stdlib.h>

#include "curve/engine.h"
#include "curve/pairing_parts.h"
#include "kit/bench.h"
#include "kit/leak.h"

#ifdef ATR_WITH_IFMA

#include "curve/ifma/fp12x1.h"

#define PAIRS 16
#define CALLS 10

typedef struct {
    atr_six a, b, line, to;
    atr_six_right right; /* any */
    atr_g1_affine p[PAIRS];
    atr_g2_affine q[PAIRS];
    atr_pair pairs[PAIRS];
    atr_g2_lines lines[PAIRS];
    atr_gt_table table; /* of the generator */
    atr_fp12 f;
    atr_gt e;
    size_t count;
    atr_fr k[LEAK_POOL];
} all;

static all data;

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_curve_ifma: wrong result: %s\n", what);
        exit(1);
    }
}

#define MEASURED(name, call)                                                   \
    static void name(void *d)                                                  \
    {                                                                          \
        all *x = d;                                                            \
                                                                               \
        for (int i = 0; i < CALLS; i++) {                                      \
            call;                                                              \
        }                                                                      \
    }

MEASURED(six_mul, atr_six_mul(&x->to, &x->to, &x->right))
MEASURED(fp12_mul, atr_fp12x1_mul(&x->to, &x->to, &x->b))
MEASURED(fp12_sqr, atr_fp12x1_sqr(&x->to, &x->to))
MEASURED(fp12_line, atr_fp12x1_mul_line(&x->to, &x->to, &x->line))

static void cyclotomic_sqr(void *d)
{
    all *x = d;

    atr_fp12x1_cyclotomic_sqr(&x->to, &x->to, CALLS);
}

static void gt_pow(void *d)
{
    all *x = d;

    atr_gt_pow(&x->e, &atr_gt_generator, &x->k[0]);
}

static void gt_table_pow(void *d)
{
    all *x = d;

    atr_gt_table_pow(&x->e, &x->table, &x->k[0]);
}

static void miller(void *d)
{
    all *x = d;

    atr_pairing_miller(&x->f, x->pairs, x->count);
}

static void final_exp(void *d)
{
    all *x = d;

    atr_pairing_final(&x->e.f, &x->f);
}

static void pairing(void *d)
{
    all *x = d;

    atr_pairing(&x->e, &x->p[0], &x->q[0]);
}

static void product(void *d)
{
    all *x = d;

    atr_pairing_product(&x->e, x->pairs, x->count);
}

/* The pairing of points, on no curve, with numbers from x->k. */
static void secret_pairing(void *d)
{
    all *x = d;
    atr_g1_affine p = x->p[0];
    atr_g2_affine q = x->q[0];
    atr_fp *const numbers[6] = {&p.x, &p.y, &q.x.c0, &q.x.c1, &q.y.c0, &q.y.c1};

    for (int i = 0; i < 6; i++) {
        memcpy(numbers[i]->limb, &x->k[i], sizeof x->k[i]);
    }
    atr_pairing(&x->e, &p, &q);
}

static void prepare(all *x)
{
    const uint8_t seed[ATR_SEED_BYTES] = {7};
    atr_rng rng;
    atr_g1 p;
    atr_g2 q;

    atr_rng_init(&rng, seed);
    for (int i = 0; i < LEAK_POOL; i++) {
        atr_fr_random(&x->k[i], &rng);
    }
    for (int i = 0; i < PAIRS; i++) {
        atr_g1_mul_vartime(&p, &atr_g1_generator, &x->k[i]);
        atr_g1_to_affine(&x->p[i], &p);
        atr_g2_mul_vartime(&q, &atr_g2_generator, &x->k[i]);
        atr_g2_to_affine(&x->q[i], &q);
        x->pairs[i] = (atr_pair){&x->p[i], &x->q[i], NULL};
        atr_g2_lines_init(&x->lines[i], &x->q[i]);
    }
    atr_fp12x1_load(&x->a, &atr_gt_generator.f);
    atr_fp12x1_mul(&x->b, &x->a, &x->a);
    atr_fp12x1_sqr(&x->line, &x->b);
    x->to = x->a;
    x->right = (atr_six_right){x->a, x->b};
    atr_gt_table_init(&x->table, &atr_gt_generator);
}

/* a^2 a^-2 = 1, and both squarings are that product. */
static void check_field(all *x)
{
    atr_six t;
    atr_fp12 f;
    atr_fp12 g;
    atr_gt one;

    atr_fp12x1_sqr(&t, &x->a);
    atr_fp12x1_store(&f, &t);
    atr_fp12x1_cyclotomic_sqr(&t, &x->a, 1);
    atr_fp12x1_store(&g, &t);
    check(atr_fp12_equal(&f, &g), "cyclotomic_sqr");
    atr_fp12x1_store(&g, &x->b);
    check(atr_fp12_equal(&f, &g), "fp12_sqr");
    atr_fp12x1_conj(&t, &t);
    atr_fp12x1_mul(&t, &t, &x->b);
    atr_fp12x1_store(&one.f, &t);
    check(atr_gt_is_one(&one), "fp12_mul");
}

/* The product of the first x->count pairings, by the engine below. */
static void check_product(all *x, const char *what)
{
    atr_gt want;
    atr_gt one;

    atr_gt_one(&want);
    atr_engine_use(ATR_ENGINE_BMI2_ADX);
    for (size_t i = 0; i < x->count; i++) {
        atr_pairing(&one, &x->p[i], &x->q[i]);
        atr_gt_mul(&want, &want, &one);
    }
    atr_engine_use(ATR_ENGINE_AVX512_IFMA);
    check(atr_gt_equal(&x->e, &want), what);
}

static void fields(all *x)
{
    bench_per("fp2_mul_six", "ifma", 1, CALLS, six_mul, x);
    bench_per("fp12_mul", "ifma", 1, CALLS, fp12_mul, x);
    bench_per("fp12_sqr", "ifma", 1, CALLS, fp12_sqr, x);
    bench_per("fp12_mul_line", "ifma", 1, CALLS, fp12_line, x);
    bench_per("cyclotomic_sqr", "ifma", 1, CALLS, cyclotomic_sqr, x);
    check_field(x);
}

/* The generator is e(g1, g2), and p[0] is g1 to k[0]. */
static void powers(all *x)
{
    atr_gt want;

    atr_engine_use(ATR_ENGINE_BMI2_ADX);
    atr_pairing(&want, &x->p[0], &atr_g2_generator);
    atr_engine_use(ATR_ENGINE_AVX512_IFMA);
    bench_run("gt_pow", "ifma", 1, gt_pow, x);
    check(atr_gt_equal(&x->e, &want), "gt_pow");
    bench_run("gt_table_pow", "ifma", 1, gt_table_pow, x);
    check(atr_gt_equal(&x->e, &want), "gt_table_pow");
}

static void pairings(all *x)
{
    static const size_t counts[] = {1, 2, 3, 4, 6, 8, 12, PAIRS};
    const size_t last = sizeof counts / sizeof counts[0];

    for (size_t i = 0; i < last; i++) {
        x->count = counts[i];
        bench_run("miller", "ifma", x->count, miller, x);
    }
    bench_run("final_exp", "ifma", 1, final_exp, x);
    check_product(x, "final_exp");
    x->count = 1;
    bench_run("pairing", "ifma", 1, pairing, x);
    check_product(x, "pairing");
    for (size_t i = 1; i < last; i++) {
        x->count = counts[i];
        bench_run("pairing_product", "ifma", x->count, product, x);
        check_product(x, "pairing_product");
    }
    x->count = 3;
    x->pairs[1].lines = &x->lines[1];
    bench_run("pairing_product3_mixed", "ifma", 1, product, x);
    check_product(x, "pairing_product3_mixed");
    for (size_t i = 0; i < PAIRS; i++) {
        x->pairs[i].lines = &x->lines[i];
    }
    x->count = 8;
    bench_run("pairing_product_lines", "ifma", 8, product, x);
    check_product(x, "pairing_product_lines");
}

int main(void)
{
    if (!atr_engine_use(ATR_ENGINE_AVX512_IFMA)) {
        fprintf(stderr, "bench_curve_ifma: no engine ifma here\n");
        return 0;
    }
    prepare(&data);
    fields(&data);
    powers(&data);
    pairings(&data);
    leak_run("gt_pow_leak", gt_pow, &data, data.k);
    leak_run("pairing_leak", secret_pairing, &data, data.k);
    return 0;
}

#else

int main(void)
{
    fprintf(stderr, "bench_curve_ifma: no engine ifma here\n");
    return 0;
}

#endif
