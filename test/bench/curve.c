/* curve.c - times of lib/curve. Each result is checked in the same run: a
 * fast wrong answer is not a measurement.
 */
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>

#include "curve/engine.h"
#include "curve/fp12.h"
#include "curve/pairing_parts.h"
#include "kit/bench.h"

/* Included by curve_mulx.c for the other engine. */
#ifndef ENGINE
#define ENGINE "portable"
#define ENGINE_IS ATR_ENGINE_PORTABLE
#endif

#define PAIRS 4
#define POINTS 256

/* Everything a measured function reads and writes. */
typedef struct {
    atr_fp a, b;
    atr_fp2 a2, b2;
    atr_fp12 a12, b12;
    atr_fp12_line line;
    atr_fr k;
    atr_g1_affine p[POINTS];
    atr_g2_affine q[POINTS];
    atr_pair pairs[PAIRS];
    atr_g2_lines lines;
    atr_fr scalars[POINTS];
    atr_g1 g1, g1_to;
    atr_g2 g2, g2_to;
    atr_gt gt, gt_to;
    atr_g1_table g1_table;
    atr_g2_table g2_table;
    atr_gt_table gt_table;
    uint8_t g1_bytes[ATR_G1_BYTES];
    uint8_t g2_bytes[ATR_G2_BYTES];
    uint8_t gt_bytes[ATR_GT_BYTES];
    size_t count;
    int failed;
} all;

static all data;

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_curve: wrong result: %s\n", what);
        exit(1);
    }
}

#define CALLS 100 /* of the functions that last nanoseconds */

static void fp_mul(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp_mul(&x->a, &x->a, &x->b);
    }
}

static void fp_sqr(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp_sqr(&x->a, &x->a);
    }
}

static void fp_add(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp_add(&x->a, &x->a, &x->b);
    }
}

static void fp_inv(void *d)
{
    all *x = d;

    atr_fp_inv(&x->a, &x->a);
}

static void fp_sqrt(void *d)
{
    all *x = d;

    (void)atr_fp_sqrt(&x->a, &x->b);
}

static void fp2_mul(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp2_mul(&x->a2, &x->a2, &x->b2);
    }
}

static void fp2_sqr(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp2_sqr(&x->a2, &x->a2);
    }
}

static void fp12_mul(void *d)
{
    all *x = d;

    atr_fp12_mul(&x->a12, &x->a12, &x->b12);
}

static void fp12_sqr(void *d)
{
    all *x = d;

    atr_fp12_sqr(&x->a12, &x->a12);
}

static void fp12_line(void *d)
{
    all *x = d;

    atr_fp12_mul_line(&x->a12, &x->a12, &x->line);
}

static void cyclotomic_sqr(void *d)
{
    all *x = d;

    atr_fp12_cyclotomic_sqr(&x->gt_to.f, &x->gt_to.f);
}

static void g1_add(void *d)
{
    all *x = d;

    atr_g1_add(&x->g1_to, &x->g1_to, &x->g1);
}

static void g1_dbl(void *d)
{
    all *x = d;

    atr_g1_dbl(&x->g1_to, &x->g1_to);
}

static void g1_mul_ct(void *d)
{
    all *x = d;

    atr_g1_mul(&x->g1_to, &x->p[0], &x->k);
}

static void g1_mul_vartime(void *d)
{
    all *x = d;

    atr_g1_mul_vartime(&x->g1_to, &x->p[0], &x->k);
}

static void g1_table_mul(void *d)
{
    all *x = d;

    atr_g1_table_mul(&x->g1_to, &x->g1_table, &x->k);
}

static void g1_sum(void *d)
{
    all *x = d;

    atr_g1_sum_vartime(&x->g1_to, x->p, x->scalars, x->count);
}

static void g1_subgroup(void *d)
{
    all *x = d;

    x->failed |= !atr_g1_in_subgroup_vartime(&x->p[0]);
}

static void g1_parse(void *d)
{
    all *x = d;
    atr_g1_affine p;

    x->failed |= atr_g1_read(&p, x->g1_bytes) != ATR_OK;
}

static void g1_to_affine(void *d)
{
    all *x = d;
    atr_g1_affine p;

    atr_g1_to_affine(&p, &x->g1);
}

static void hash_to_g1(void *d)
{
    all *x = d;

    atr_g1_hash(&x->p[1], ATR_LITERAL("bench"), ATR_LITERAL("message"));
}

static void g2_add(void *d)
{
    all *x = d;

    atr_g2_add(&x->g2_to, &x->g2_to, &x->g2);
}

static void g2_dbl(void *d)
{
    all *x = d;

    atr_g2_dbl(&x->g2_to, &x->g2_to);
}

static void g2_mul_ct(void *d)
{
    all *x = d;

    atr_g2_mul(&x->g2_to, &x->q[0], &x->k);
}

static void g2_mul_vartime(void *d)
{
    all *x = d;

    atr_g2_mul_vartime(&x->g2_to, &x->q[0], &x->k);
}

static void g2_table_mul(void *d)
{
    all *x = d;

    atr_g2_table_mul(&x->g2_to, &x->g2_table, &x->k);
}

static void g2_sum(void *d)
{
    all *x = d;

    atr_g2_sum_vartime(&x->g2_to, x->q, x->scalars, x->count);
}

static void g2_subgroup(void *d)
{
    all *x = d;

    x->failed |= !atr_g2_in_subgroup_vartime(&x->q[0]);
}

static void g2_parse(void *d)
{
    all *x = d;
    atr_g2_affine q;

    x->failed |= atr_g2_read(&q, x->g2_bytes) != ATR_OK;
}

static void hash_to_g2(void *d)
{
    all *x = d;

    atr_g2_hash(&x->q[1], ATR_LITERAL("bench"), ATR_LITERAL("message"));
}

static void gt_pow(void *d)
{
    all *x = d;

    atr_gt_pow(&x->gt_to, &x->gt, &x->k);
}

static void gt_pow_vartime(void *d)
{
    all *x = d;

    atr_gt_pow_vartime(&x->gt_to, &x->gt, &x->k);
}

static void gt_table_pow(void *d)
{
    all *x = d;

    atr_gt_table_pow(&x->gt_to, &x->gt_table, &x->k);
}

static void gt_parse(void *d)
{
    all *x = d;
    atr_gt e;

    x->failed |= atr_gt_read(&e, x->gt_bytes) != ATR_OK;
}

static void miller(void *d)
{
    all *x = d;

    atr_pairing_miller(&x->a12, x->pairs, x->count);
}

static void final_exp(void *d)
{
    all *x = d;

    atr_pairing_final(&x->gt_to.f, &x->b12);
}

static void pairing(void *d)
{
    all *x = d;

    atr_pairing(&x->gt_to, &x->p[0], &x->q[0]);
}

static void pairing_product(void *d)
{
    all *x = d;

    atr_pairing_product(&x->gt_to, x->pairs, x->count);
}

static void g2_lines(void *d)
{
    all *x = d;

    atr_g2_lines_init(&x->lines, &x->q[1]);
}

static void scalar_inv(void *d)
{
    all *x = d;

    atr_fr_inv(&x->scalars[0], &x->k);
}

static void prepare(all *x)
{
    uint8_t seed[ATR_SEED_BYTES] = {7};
    atr_rng rng;
    atr_g1 p;
    atr_g2 q;

    atr_rng_init(&rng, seed);
    for (int i = 0; i < POINTS; i++) {
        atr_fr_random(&x->scalars[i], &rng);
        atr_g1_mul_vartime(&p, &atr_g1_generator, &x->scalars[i]);
        atr_g1_to_affine(&x->p[i], &p);
        atr_g2_mul_vartime(&q, &atr_g2_generator, &x->scalars[i]);
        atr_g2_to_affine(&x->q[i], &q);
    }
    atr_fr_random(&x->k, &rng);
    x->a = x->p[0].x;
    x->b = x->p[0].y;
    x->a2 = x->q[0].x;
    x->b2 = x->q[0].y;
    x->line = (atr_fp12_line){x->q[1].x, x->q[1].y, x->q[2].x};
    for (size_t i = 0; i < PAIRS; i++) {
        x->pairs[i] = (atr_pair){&x->p[i], &x->q[i], NULL};
    }
    atr_pairing_miller(&x->b12, x->pairs, 1);
    x->a12 = x->b12;
    atr_pairing(&x->gt, &x->p[0], &x->q[0]);
    x->gt_to = x->gt;
    atr_g1_from_affine(&x->g1, &x->p[0]);
    atr_g1_from_affine(&x->g1_to, &x->p[1]);
    atr_g2_from_affine(&x->g2, &x->q[0]);
    atr_g2_from_affine(&x->g2_to, &x->q[1]);
    atr_g1_write(x->g1_bytes, &x->p[0]);
    atr_g2_write(x->g2_bytes, &x->q[0]);
    atr_gt_write(x->gt_bytes, &x->gt);
    atr_g1_table_init(&x->g1_table, &x->p[0]);
    atr_g2_table_init(&x->g2_table, &x->q[0]);
    atr_gt_table_init(&x->gt_table, &x->gt);
}

static void fields(all *x)
{
    atr_fp inverse;
    atr_fp2 inverse2;
    atr_fp before = x->a;
    const atr_fp one = ATR_FP_ONE;

    atr_fp_inv(&inverse, &x->b);
    bench_per("fp_mul", ENGINE, 1, CALLS, fp_mul, x);
    bench_per("fp_sqr", ENGINE, 1, CALLS, fp_sqr, x);
    bench_per("fp_add", ENGINE, 1, CALLS, fp_add, x);
    x->a = before;
    fp_mul(x);
    for (int i = 0; i < CALLS; i++) {
        atr_fp_mul(&x->a, &x->a, &inverse);
    }
    check(atr_fp_equal(&x->a, &before), "fp_mul");
    bench_run("fp_inv", ENGINE, 1, fp_inv, x);
    atr_fp_inv(&inverse, &x->a);
    atr_fp_mul(&inverse, &inverse, &x->a);
    check(atr_fp_equal(&inverse, &one), "fp_inv");
    bench_run("fp_sqrt", ENGINE, 1, fp_sqrt, x);
    bench_per("fp2_mul", ENGINE, 1, CALLS, fp2_mul, x);
    bench_per("fp2_sqr", ENGINE, 1, CALLS, fp2_sqr, x);
    atr_fp2_inv(&inverse2, &x->b2);
    x->a2 = x->q[0].x;
    fp2_mul(x);
    for (int i = 0; i < CALLS; i++) {
        atr_fp2_mul(&x->a2, &x->a2, &inverse2);
    }
    check(atr_fp2_equal(&x->a2, &x->q[0].x), "fp2_mul");
    bench_run("fp12_mul", ENGINE, 1, fp12_mul, x);
    bench_run("fp12_sqr", ENGINE, 1, fp12_sqr, x);
    bench_run("fp12_mul_line", ENGINE, 1, fp12_line, x);
    bench_run("cyclotomic_sqr", ENGINE, 1, cyclotomic_sqr, x);
    bench_run("fr_inv", ENGINE, 1, scalar_inv, x);
}

/* The four multiplications give one result: by constant-time, by variable-time,
 * by table and by doubling alone. */
static void groups(all *x)
{
    atr_g1 want1;
    atr_g2 want2;

    bench_run("g1_add", ENGINE, 1, g1_add, x);
    bench_run("g1_dbl", ENGINE, 1, g1_dbl, x);
    bench_run("g1_to_affine", ENGINE, 1, g1_to_affine, x);
    bench_run("g1_mul_ct", ENGINE, 1, g1_mul_ct, x);
    want1 = x->g1_to;
    bench_run("g1_mul_vartime", ENGINE, 1, g1_mul_vartime, x);
    check(atr_g1_equal(&x->g1_to, &want1), "g1_mul_vartime");
    bench_run("g1_table_mul", ENGINE, 1, g1_table_mul, x);
    check(atr_g1_equal(&x->g1_to, &want1), "g1_table_mul");
    bench_run("g1_subgroup", ENGINE, 1, g1_subgroup, x);
    bench_run("g1_parse", ENGINE, 1, g1_parse, x);
    bench_run("hash_to_g1", ENGINE, 1, hash_to_g1, x);
    check(atr_g1_in_subgroup_vartime(&x->p[1]), "hash_to_g1");

    bench_run("g2_add", ENGINE, 1, g2_add, x);
    bench_run("g2_dbl", ENGINE, 1, g2_dbl, x);
    bench_run("g2_mul_ct", ENGINE, 1, g2_mul_ct, x);
    want2 = x->g2_to;
    bench_run("g2_mul_vartime", ENGINE, 1, g2_mul_vartime, x);
    check(atr_g2_equal(&x->g2_to, &want2), "g2_mul_vartime");
    bench_run("g2_table_mul", ENGINE, 1, g2_table_mul, x);
    check(atr_g2_equal(&x->g2_to, &want2), "g2_table_mul");
    bench_run("g2_subgroup", ENGINE, 1, g2_subgroup, x);
    bench_run("g2_parse", ENGINE, 1, g2_parse, x);
    bench_run("hash_to_g2", ENGINE, 1, hash_to_g2, x);
    check(atr_g2_in_subgroup_vartime(&x->q[1]), "hash_to_g2");
}

static void sums(all *x)
{
    static const size_t counts[] = {4, 16, 64, POINTS};

    for (size_t c = 0; c < 4; c++) {
        atr_g1 want1;
        atr_g2 want2;

        x->count = counts[c];
        atr_g1_identity(&want1);
        atr_g2_identity(&want2);
        for (size_t i = 0; i < x->count; i++) {
            atr_g1 p;
            atr_g2 q;

            atr_g1_mul_vartime(&p, &x->p[i], &x->scalars[i]);
            atr_g1_add(&want1, &want1, &p);
            atr_g2_mul_vartime(&q, &x->q[i], &x->scalars[i]);
            atr_g2_add(&want2, &want2, &q);
        }
        bench_run("g1_sum", ENGINE, x->count, g1_sum, x);
        check(atr_g1_equal(&x->g1_to, &want1), "g1_sum");
        bench_run("g2_sum", ENGINE, x->count, g2_sum, x);
        check(atr_g2_equal(&x->g2_to, &want2), "g2_sum");
    }
}

/* Three pairs as in a decapsulation: one of them brings its lines. */
static void mixed_pairings(all *x)
{
    atr_gt want;

    x->count = 3;
    pairing_product(x);
    want = x->gt_to;
    bench_run("g2_lines", ENGINE, 1, g2_lines, x);
    x->pairs[1].lines = &x->lines;
    bench_run("pairing_product3_mixed", ENGINE, 1, pairing_product, x);
    check(atr_gt_equal(&x->gt_to, &want), "pairing_product3_mixed");
    x->count = 1;
    x->pairs[0] = x->pairs[1];
    bench_run("miller_lines", ENGINE, 1, miller, x);
    atr_pairing_final(&x->gt_to.f, &x->a12);
    atr_pairing(&want, &x->p[1], &x->q[1]);
    check(atr_gt_equal(&x->gt_to, &want), "miller_lines");
}

static void pairings(all *x)
{
    atr_gt want;
    atr_gt one;

    bench_run("gt_pow", ENGINE, 1, gt_pow, x);
    want = x->gt_to;
    bench_run("gt_pow_vartime", ENGINE, 1, gt_pow_vartime, x);
    check(atr_gt_equal(&x->gt_to, &want), "gt_pow_vartime");
    bench_run("gt_table_pow", ENGINE, 1, gt_table_pow, x);
    check(atr_gt_equal(&x->gt_to, &want), "gt_table_pow");
    bench_run("gt_parse", ENGINE, 1, gt_parse, x);
    for (x->count = 1; x->count <= PAIRS; x->count *= 2) {
        bench_run("miller", ENGINE, x->count, miller, x);
    }
    bench_run("final_exp", ENGINE, 1, final_exp, x);
    check(atr_gt_equal(&x->gt_to, &x->gt), "final_exp");
    bench_run("pairing", ENGINE, 1, pairing, x);
    check(atr_gt_equal(&x->gt_to, &x->gt), "pairing");
    for (x->count = 2; x->count <= PAIRS; x->count *= 2) {
        bench_run("pairing_product", ENGINE, x->count, pairing_product, x);
        atr_gt_one(&want);
        for (size_t i = 0; i < x->count; i++) {
            atr_pairing(&one, &x->p[i], &x->q[i]);
            atr_gt_mul(&want, &want, &one);
        }
        check(atr_gt_equal(&x->gt_to, &want), "pairing_product");
    }
    mixed_pairings(x);
}

int main(void)
{
    if (!atr_engine_use(ENGINE_IS)) {
        fprintf(stderr, "bench_curve: no engine " ENGINE " here\n");
        return 0;
    }
    prepare(&data);
    fields(&data);
    groups(&data);
    sums(&data);
    prepare(&data);
    pairings(&data);
    check(!data.failed, "a parse or a subgroup test");
    return 0;
}
