/* curve_batch.c - times of lib/curve/batch.h an item, in batches of eight and
 * of sixty-four, with each engine this machine has. Results are checked in
 * the same run against one item at a time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "curve/batch.h"
#include "curve/engine.h"
#include "curve/weighing.h"
#include "kit/bench.h"
#include "kit/leak.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/fp2x8.h"
#endif

#define COUNT 64
#define SUM_COUNT 128
#define WEIGHED 256

typedef struct {
    size_t count;
    atr_g1_affine p[SUM_COUNT];
    atr_fr k[SUM_COUNT];
    uint8_t bytes[COUNT][ATR_G1_BYTES];
    uint8_t text[COUNT][32];
    atr_bytes messages[COUNT];
    atr_g1_table table;
    atr_g1 out[COUNT];
    atr_g1_affine affine[COUNT];
    atr_g1_affine weighed[WEIGHED];
    atr_weight weights[WEIGHED / 8];
    atr_weighing weighing;
    bool failed;
} all;

static all data;

static const atr_bytes dst = ATR_LITERAL("ATR-BENCH-BATCH");

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_curve_batch: wrong result: %s\n", what);
        exit(1);
    }
}

static void mul(void *d)
{
    all *x = d;

    atr_g1_mul_many(x->out, x->p, x->k, x->count);
}

static void mul_vartime(void *d)
{
    all *x = d;

    atr_g1_mul_many_vartime(x->out, x->p, x->k, x->count);
}

static void sum(void *d)
{
    all *x = d;

    atr_g1_sum_many_vartime(x->out, x->p, x->k, x->count);
}

static void table_mul(void *d)
{
    all *x = d;

    atr_g1_table_mul_many(x->out, &x->table, x->k, x->count);
}

static void parse(void *d)
{
    all *x = d;

    x->failed |=
        atr_g1_read_many(x->affine, NULL, x->bytes[0], x->count) != ATR_OK;
}

static void hash(void *d)
{
    all *x = d;

    atr_g1_hash_many(x->affine, dst, x->messages, x->count);
}

static void weigh(void *d)
{
    all *x = d;

    atr_weighing_begin(&x->weighing);
    atr_weighing_add_vartime(&x->weighing, x->weighed, x->weights, x->count,
                             NULL);
    atr_weighing_sum_vartime(x->out, &x->weighing);
}

/* Read and weighed, and asked for their order: each, or all at once. */
static void read_weighed(all *x, bool unsure)
{
    const uint8_t seed[ATR_SEED_BYTES] = {8};
    atr_rng coins;

    atr_rng_init(&coins, seed);
    atr_weighing_begin(&x->weighing);
    for (size_t i = 0; i < x->count; i += WEIGHED) {
        for (size_t j = 0; j < WEIGHED; j += COUNT) {
            atr_err err = (unsure ? atr_g1_read_curve_many : atr_g1_read_many)(
                x->weighed + j, NULL, x->bytes[0], COUNT);

            x->failed |= err != ATR_OK;
        }
        atr_weighing_add_vartime(&x->weighing, x->weighed, x->weights, WEIGHED,
                                 unsure ? &coins : NULL);
    }
    x->failed |= unsure && !atr_weighing_in_subgroup_vartime(&x->weighing);
}

static void read_sure(void *d)
{
    read_weighed(d, false);
}

static void read_unsure(void *d)
{
    read_weighed(d, true);
}

static void prepare(all *x)
{
    const uint8_t seed[ATR_SEED_BYTES] = {7};
    atr_rng rng;

    atr_rng_init(&rng, seed);
    for (size_t i = 0; i < COUNT; i++) {
        atr_rng_bytes(&rng, x->text[i], sizeof x->text[i]);
        x->messages[i] = (atr_bytes){x->text[i], sizeof x->text[i]};
        atr_g1_hash(&x->p[i], dst, x->messages[i]);
        atr_g1_write(x->bytes[i], &x->p[i]);
    }
    for (size_t i = 0; i < SUM_COUNT; i++) {
        x->p[i] = x->p[i % COUNT];
        atr_fr_random(&x->k[i], &rng);
    }
    atr_g1_table_init(&x->table, &x->p[0]);
    for (size_t i = 0; i < WEIGHED; i++) {
        x->weighed[i] = x->p[i % COUNT];
    }
    for (size_t t = 0; t < WEIGHED / 8; t++) {
        atr_weight_draw(&x->weights[t], &rng);
    }
}

static void measure_weigh(all *x, const char *engine)
{
    char name[64];

    for (x->count = 64; x->count <= WEIGHED; x->count *= 2) {
        snprintf(name, sizeof name, "g1_weigh%zu", x->count);
        bench_per(name, engine, 1, x->count, weigh, x);
        for (size_t l = 0; l < 8; l++) {
            atr_g1_affine a[WEIGHED / 8];
            atr_fr k[WEIGHED / 8];
            atr_g1 want;

            for (size_t t = 0; 8 * t < x->count; t++) {
                a[t] = x->weighed[8 * t + l];
                atr_weight_fr_vartime(&k[t], &x->weights[t]);
            }
            atr_g1_sum_vartime(&want, a, k, x->count / 8);
            check(atr_g1_equal(&want, &x->out[l]), name);
        }
    }
    for (x->count = 512; x->count <= 8192; x->count *= 4) {
        snprintf(name, sizeof name, "g1_read_weigh%zu", x->count);
        bench_per(name, engine, 1, x->count, read_sure, x);
        snprintf(name, sizeof name, "g1_read_weigh%zu_order", x->count);
        bench_per(name, engine, 1, x->count, read_unsure, x);
    }
    check(!x->failed, "g1_read_weigh");
}

/* Full scalars, then weights of atr_fr_weight. */
static void measure_sums(all *x, const char *engine, const char *what)
{
    static const size_t counts[] = {4, 8, 16, 64, SUM_COUNT};
    char name[64];
    atr_g1 want;

    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        x->count = counts[c];
        snprintf(name, sizeof name, "g1_sum%zu%s", x->count, what);
        bench_run(name, engine, 1, sum, x);
        atr_g1_sum_vartime(&want, x->p, x->k, x->count);
        check(atr_g1_equal(&want, &x->out[0]), name);
    }
}

static void measure_all_sums(all *x, const char *engine)
{
    atr_fr full[SUM_COUNT];
    const uint8_t seed[ATR_SEED_BYTES] = {8};
    atr_rng rng;

    measure_sums(x, engine, "");
    atr_rng_init(&rng, seed);
    memcpy(full, x->k, sizeof full);
    for (size_t i = 0; i < SUM_COUNT; i++) {
        atr_fr_weight(&x->k[i], &rng);
    }
    measure_sums(x, engine, "_weights");
    memcpy(x->k, full, sizeof full);
}

static void measure(all *x, const char *engine)
{
    char name[64];
    atr_g1 want;

    snprintf(name, sizeof name, "g1_mul_ct_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, mul, x);
    for (size_t i = 0; i < x->count; i++) {
        atr_g1_mul(&want, &x->p[i], &x->k[i]);
        check(atr_g1_equal(&want, &x->out[i]), name);
    }
    memset(x->out, 0, sizeof x->out);
    snprintf(name, sizeof name, "g1_mul_vartime_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, mul_vartime, x);
    for (size_t i = 0; i < x->count; i++) {
        atr_g1_mul(&want, &x->p[i], &x->k[i]);
        check(atr_g1_equal(&want, &x->out[i]), name);
    }
    snprintf(name, sizeof name, "g1_table_mul_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, table_mul, x);
    for (size_t i = 0; i < x->count; i++) {
        atr_g1_table_mul(&want, &x->table, &x->k[i]);
        check(atr_g1_equal(&want, &x->out[i]), name);
    }
    snprintf(name, sizeof name, "g1_parse_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, parse, x);
    check(!x->failed, name);
    for (size_t i = 0; i < x->count; i++) {
        check(atr_g1_affine_equal(&x->affine[i], &x->p[i]), name);
    }
    memset(x->affine, 0, sizeof x->affine);
    snprintf(name, sizeof name, "hash_to_g1_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, hash, x);
    for (size_t i = 0; i < x->count; i++) {
        check(atr_g1_affine_equal(&x->affine[i], &x->p[i]), name);
    }
}

/* --- the field of the eight-way engine --- */

#ifdef ATR_WITH_IFMA

#define CALLS 100

typedef struct {
    atr_fp8 a, b, c, d;
} elements;

static void fp8_mul(void *d)
{
    elements *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp8_mul(&x->a, &x->a, &x->b);
    }
}

static void fp8_mul_two(void *d)
{
    elements *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp8_mul(&x->a, &x->a, &x->b);
        atr_fp8_mul(&x->c, &x->c, &x->d);
    }
}

static void fp8_sqr(void *d)
{
    elements *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp8_sqr(&x->a, &x->a);
    }
}

static void fp8_root(void *d)
{
    elements *x = d;

    atr_fp8_pow_root(&x->a, &x->a, 1);
}

static void fp2x8_mul(void *d)
{
    atr_fp2x8 *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp2x8_mul(&x[0], &x[0], &x[1]);
    }
}

static void fp2x8_sqr(void *d)
{
    atr_fp2x8 *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp2x8_sqr(&x[0], &x[0]);
    }
}

static void field(void)
{
    static elements x;
    static atr_fp2x8 y[2];

    atr_fp8_load(&x.a, &data.p[0].x, sizeof data.p[0]);
    atr_fp8_load(&x.b, &data.p[8].x, sizeof data.p[0]);
    x.c = x.b;
    x.d = x.a;
    y[0] = (atr_fp2x8){x.a, x.b};
    y[1] = (atr_fp2x8){x.b, x.a};
    bench_per("fp_mul_batch8", "ifma", 1, 8 * CALLS, fp8_mul, &x);
    bench_per("fp_mul_batch8_two", "ifma", 1, 16 * CALLS, fp8_mul_two, &x);
    bench_per("fp_sqr_batch8", "ifma", 1, 8 * CALLS, fp8_sqr, &x);
    bench_per("fp_root_batch8", "ifma", 1, 8, fp8_root, &x);
    bench_per("fp2_mul_batch8", "ifma", 1, 8 * CALLS, fp2x8_mul, y);
    bench_per("fp2_sqr_batch8", "ifma", 1, 8 * CALLS, fp2x8_sqr, y);
    data.count = 8;
    leak_run("g1_mul_leak", mul, &data, data.k);
    leak_run("g1_table_mul_leak", table_mul, &data, data.k);
    data.count = 1;
    leak_run("g1_table_mul_one_leak", table_mul, &data, data.k);
}

#else

static void field(void)
{
}

#endif

int main(void)
{
    static const atr_batch_engine engines[] = {ATR_BATCH_PORTABLE,
                                               ATR_BATCH_IFMA};
    const char *name;

    atr_engine_use(ATR_ENGINE_BMI2_ADX); /* "ifma" is of batches here */
    prepare(&data);
    for (size_t e = 0; e < 2; e++) {
        if (!atr_batch_engine_set(engines[e])) {
            continue;
        }
        name = atr_batch_engine_in_use() == ATR_BATCH_IFMA ? "ifma"
                                                           : atr_engine_name();
        for (data.count = 1; data.count <= COUNT; data.count *= 8) {
            measure(&data, name);
        }
        measure_all_sums(&data, name);
        measure_weigh(&data, name);
    }
    if (atr_batch_engine_in_use() == ATR_BATCH_IFMA) {
        field();
    }
    return 0;
}
