/* curve_batch_gt.c - times of the pairings and the powers in GT of
 * lib/curve/batch.h, an item, with each engine this machine has. Results are
 * checked in the same run against one item at a time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "curve/batch.h"
#include "curve/engine.h"
#include "curve/pairing_parts.h"
#include "kit/bench.h"
#include "kit/leak.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/engine.h"
#include "curve/ifma/fp12x8.h"
#endif

#define COUNT 64
#define WIDTH 3

typedef struct {
    size_t count;
    atr_g1_affine p[WIDTH * COUNT];
    atr_g2_affine q[WIDTH * COUNT];
    atr_fr k[COUNT];
    atr_gt a[COUNT];
    atr_gt out[COUNT];
    atr_fp12 f[COUNT];
    atr_fp12 g[COUNT];
    atr_g2_lines lines;
    atr_pair pairs[WIDTH * COUNT]; /* of each item one that has lines */
    atr_gt_table table;
} all;

static all data;

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_curve_batch_gt: wrong result: %s\n", what);
        exit(1);
    }
}

static void pairing(void *d)
{
    all *x = d;

    atr_pairing_many(x->out, x->p, x->q, x->count);
}

static void product3(void *d)
{
    all *x = d;

    atr_pairing_product_many(x->out, x->pairs, WIDTH, x->count);
}

static void final_exp(void *d)
{
    all *x = d;

    atr_pairing_final_many(x->g, x->f, x->count);
}

static void power(void *d)
{
    all *x = d;

    atr_gt_pow_many(x->out, x->a, x->k, x->count);
}

static void table_power(void *d)
{
    all *x = d;

    atr_gt_table_pow_many(x->out, &x->table, x->k, x->count);
}

static void prepare(all *x)
{
    const uint8_t seed[ATR_SEED_BYTES] = {7};
    atr_rng rng;

    atr_rng_init(&rng, seed);
    for (size_t i = 0; i < WIDTH * COUNT; i++) {
        atr_fr k;
        atr_g1 p;
        atr_g2 q;

        atr_fr_random(&k, &rng);
        atr_g1_mul_vartime(&p, &atr_g1_generator, &k);
        atr_g1_to_affine(&x->p[i], &p);
        atr_fr_random(&k, &rng);
        atr_g2_mul_vartime(&q, &atr_g2_generator, &k);
        atr_g2_to_affine(&x->q[i], &q);
    }
    atr_g2_lines_init(&x->lines, &atr_g2_generator);
    for (size_t i = 0; i < WIDTH * COUNT; i++) {
        const bool known = i % WIDTH == 0;

        x->pairs[i] = (atr_pair){&x->p[i], known ? &atr_g2_generator : &x->q[i],
                                 known ? &x->lines : NULL};
    }
    for (size_t i = 0; i < COUNT; i++) {
        const atr_pair pair = {&x->p[i], &x->q[i], NULL};

        atr_fr_random(&x->k[i], &rng);
        atr_gt_pow_vartime(&x->a[i], &atr_gt_generator, &x->k[i]);
        atr_pairing_miller(&x->f[i], &pair, 1);
    }
    atr_gt_table_init(&x->table, &atr_gt_generator);
}

static void row(all *x, const char *what, const char *engine, bench_fn fn)
{
    char name[64];

    snprintf(name, sizeof name, "%s_batch%zu", what, x->count);
    bench_per(name, engine, 1, x->count, fn, x);
}

static void measure(all *x, const char *engine)
{
    row(x, "pairing", engine, pairing);
    for (size_t i = 0; i < x->count; i++) {
        atr_gt want;

        atr_pairing(&want, &x->p[i], &x->q[i]);
        check(atr_gt_equal(&want, &x->out[i]), "pairing");
    }
    row(x, "final_exp", engine, final_exp);
    for (size_t i = 0; i < x->count; i++) {
        check(atr_fp12_equal(&x->g[i], &x->out[i].f), "final_exp");
    }
    row(x, "pairing_product3", engine, product3);
    for (size_t i = 0; i < x->count; i++) {
        atr_gt want;

        atr_pairing_product(&want, &x->pairs[i * WIDTH], WIDTH);
        check(atr_gt_equal(&want, &x->out[i]), "product");
    }
    row(x, "gt_pow", engine, power);
    for (size_t i = 0; i < x->count; i++) {
        atr_gt want;

        atr_gt_pow(&want, &x->a[i], &x->k[i]);
        check(atr_gt_equal(&want, &x->out[i]), "gt_pow");
    }
    row(x, "gt_table_pow", engine, table_power);
    for (size_t i = 0; i < x->count; i++) {
        check(atr_gt_equal(&x->a[i], &x->out[i]), "gt_table_pow");
    }
}

/* --- the parts of the eight-way engine --- */

#ifdef ATR_WITH_IFMA

#define CALLS 20

typedef struct {
    atr_fp12x8 a, b;
    atr_line8 line;
} elements;

static void miller(void *d)
{
    all *x = d;
    atr_pair pairs[ATR_LANES];

    for (size_t i = 0; i < ATR_LANES; i++) {
        pairs[i] = (atr_pair){&x->p[i], &x->q[i], NULL};
    }
    atr_ifma_miller(x->g, pairs, 1, ATR_LANES);
}

static void miller_lines(void *d)
{
    all *x = d;
    atr_pair pairs[ATR_LANES];

    for (size_t i = 0; i < ATR_LANES; i++) {
        pairs[i] = x->pairs[WIDTH * i];
    }
    atr_ifma_miller(x->g, pairs, 1, ATR_LANES);
}

static void fp12_mul(void *d)
{
    elements *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp12x8_mul(&x->a, &x->a, &x->b);
    }
}

static void fp12_sqr(void *d)
{
    elements *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp12x8_sqr_double(&x->a, &x->a);
    }
}

static void fp12_line(void *d)
{
    elements *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp12x8_mul_line(&x->a, &x->a, &x->line);
    }
}

static void cyclotomic_sqr(void *d)
{
    elements *x = d;

    atr_fp12x8_cyclotomic_sqr(&x->a, CALLS);
}

static void check_final(all *x, size_t stride, const char *name)
{
    atr_pairing_final_many(x->g, x->g, ATR_LANES);
    for (size_t i = 0; i < ATR_LANES; i++) {
        atr_gt want;

        atr_pairing_product(&want, &x->pairs[stride * i], 1);
        if (stride == 1) {
            atr_pairing(&want, &x->p[i], &x->q[i]);
        }
        check(atr_fp12_equal(&x->g[i], &want.f), name);
    }
}

static void parts(all *x)
{
    static elements e;

    bench_per("miller_batch8", "ifma", 1, ATR_LANES, miller, x);
    check_final(x, 1, "miller_batch8");
    bench_per("miller_lines_batch8", "ifma", 1, ATR_LANES, miller_lines, x);
    check_final(x, WIDTH, "miller_lines_batch8");
    atr_fp12x8_load(&e.a, &x->a[0].f, sizeof x->a[0]);
    e.b = e.a;
    e.line = (atr_line8){e.a.c0.c0, e.a.c0.c1, e.a.c0.c2};
    bench_per("cyclotomic_sqr_batch8", "ifma", 1, ATR_LANES * CALLS,
              cyclotomic_sqr, &e);
    bench_per("fp12_mul_batch8", "ifma", 1, ATR_LANES * CALLS, fp12_mul, &e);
    bench_per("fp12_sqr_batch8", "ifma", 1, ATR_LANES * CALLS, fp12_sqr, &e);
    bench_per("fp12_line_batch8", "ifma", 1, ATR_LANES * CALLS, fp12_line, &e);
}

#else

static void parts(all *x)
{
    (void)x;
}

#endif

/* One after another with mulx; then, where the machine has them, the lanes: of
 * one item for a batch of one, else of eight. */
int main(void)
{
    static const size_t counts[] = {1, 8, COUNT};

    atr_engine_use(ATR_ENGINE_BMI2_ADX);
    prepare(&data);
    (void)atr_batch_engine_set(ATR_BATCH_PORTABLE);
    data.count = 8;
    measure(&data, atr_engine_name());
    if (!atr_batch_engine_set(ATR_BATCH_IFMA)) {
        return 0;
    }
    atr_engine_use(ATR_ENGINE_AVX512_IFMA);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        data.count = counts[c];
        measure(&data, "ifma");
    }
    parts(&data);
    data.count = 8;
    leak_run("gt_pow_batch8_leak", power, &data, data.k);
    leak_run("gt_table_pow_batch8_leak", table_power, &data, data.k);
    data.count = 1;
    leak_run("gt_table_pow_batch1_leak", table_power, &data, data.k);
    return 0;
}
