/* curve_batch_g2.c - times of lib/curve/batch.h an item, in G2, in batches of
 * eight and of sixty-four, with each engine this machine has. Results are
 * checked in the same run against one item at a time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "curve/batch.h"
#include "curve/engine.h"
#include "kit/bench.h"
#include "kit/leak.h"

#define COUNT LEAK_POOL
#define WEIGHED 128

typedef struct {
    size_t count;
    atr_g2_affine p[COUNT];
    atr_fr k[COUNT];
    uint8_t bytes[COUNT][ATR_G2_BYTES];
    atr_g2_table table;
    atr_g2 out[COUNT];
    atr_g2_affine affine[COUNT];
    atr_g2_affine weighed[WEIGHED];
    atr_weight weights[WEIGHED / 8];
    bool failed;
} all;

static all data;

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_curve_batch_g2: wrong result: %s\n", what);
        exit(1);
    }
}

static void mul(void *d)
{
    all *x = d;

    atr_g2_mul_many(x->out, x->p, x->k, x->count);
}

static void mul_vartime(void *d)
{
    all *x = d;

    atr_g2_mul_many_vartime(x->out, x->p, x->k, x->count);
}

static void table_mul(void *d)
{
    all *x = d;

    atr_g2_table_mul_many(x->out, &x->table, x->k, x->count);
}

static void parse(void *d)
{
    all *x = d;

    x->failed |=
        atr_g2_read_many(x->affine, NULL, x->bytes[0], x->count) != ATR_OK;
}

static void weigh(void *d)
{
    all *x = d;

    atr_g2_weigh_vartime(x->out, x->weighed, x->weights, WEIGHED);
}

static void prepare(all *x)
{
    const uint8_t seed[ATR_SEED_BYTES] = {7};
    atr_rng rng;

    atr_rng_init(&rng, seed);
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t text[32];

        atr_rng_bytes(&rng, text, sizeof text);
        atr_g2_hash(&x->p[i], ATR_LITERAL("ATR-BENCH-BATCH"),
                    (atr_bytes){text, sizeof text});
        atr_g2_write(x->bytes[i], &x->p[i]);
        atr_fr_random(&x->k[i], &rng);
    }
    atr_g2_table_init(&x->table, &x->p[0]);
    for (size_t i = 0; i < WEIGHED; i++) {
        x->weighed[i] = x->p[i % COUNT];
    }
    for (size_t t = 0; t < WEIGHED / 8; t++) {
        atr_weight_draw(&x->weights[t], &rng);
    }
}

static void measure_weigh(all *x, const char *engine)
{
    bench_per("g2_weigh128", engine, 1, WEIGHED, weigh, x);
    for (size_t l = 0; l < 8; l++) {
        atr_g2_affine a[WEIGHED / 8];
        atr_fr k[WEIGHED / 8];
        atr_g2 want;

        for (size_t t = 0; t < WEIGHED / 8; t++) {
            a[t] = x->weighed[8 * t + l];
            atr_weight_fr_vartime(&k[t], &x->weights[t]);
        }
        atr_g2_sum_vartime(&want, a, k, WEIGHED / 8);
        check(atr_g2_equal(&want, &x->out[l]), "g2_weigh128");
    }
}

static void check_powers(all *x, bool fixed, const char *name)
{
    for (size_t i = 0; i < x->count; i++) {
        atr_g2 want;

        atr_g2_mul(&want, &x->p[fixed ? 0 : i], &x->k[i]);
        check(atr_g2_equal(&want, &x->out[i]), name);
    }
    memset(x->out, 0, sizeof x->out);
}

static void measure(all *x, const char *engine)
{
    char name[64];

    snprintf(name, sizeof name, "g2_mul_ct_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, mul, x);
    check_powers(x, false, name);
    snprintf(name, sizeof name, "g2_mul_vartime_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, mul_vartime, x);
    check_powers(x, false, name);
    snprintf(name, sizeof name, "g2_table_mul_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, table_mul, x);
    check_powers(x, true, name);
    snprintf(name, sizeof name, "g2_parse_batch%zu", x->count);
    bench_per(name, engine, 1, x->count, parse, x);
    check(!x->failed, name);
    for (size_t i = 0; i < x->count; i++) {
        check(atr_g2_affine_equal(&x->affine[i], &x->p[i]), name);
    }
    memset(x->affine, 0, sizeof x->affine);
}

int main(void)
{
    static const atr_batch_engine engines[] = {ATR_BATCH_PORTABLE,
                                               ATR_BATCH_IFMA};

    atr_engine_use(ATR_ENGINE_BMI2_ADX); /* "ifma" is of batches here */
    prepare(&data);
    for (size_t e = 0; e < 2; e++) {
        if (!atr_batch_engine_set(engines[e])) {
            continue;
        }
        for (data.count = 1; data.count <= COUNT; data.count *= 8) {
            measure(&data, atr_batch_engine_in_use() == ATR_BATCH_IFMA
                               ? "ifma"
                               : atr_engine_name());
        }
        measure_weigh(&data, atr_batch_engine_in_use() == ATR_BATCH_IFMA
                                 ? "ifma"
                                 : atr_engine_name());
    }
    if (atr_batch_engine_in_use() == ATR_BATCH_IFMA) {
        data.count = 8;
        leak_run("g2_mul_leak", mul, &data, data.k);
        leak_run("g2_table_mul_leak", table_mul, &data, data.k);
        data.count = 1;
        leak_run("g2_table_mul_one_leak", table_mul, &data, data.k);
    }
    return 0;
}
