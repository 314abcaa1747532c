/* curve_engines.c - the engines of lib/curve give the same limbs, for
 * random numbers and at the edges: 0, 1, p - 1, limbs full of ones, and for
 * the products the largest inputs that are allowed.
 */
#include "kit/curve.h"

#include "curve/engine.h"
#include "curve/fp12.h"
#include "curve/pairing_parts.h"

#define ROUNDS 2000
#define SLOW_ROUNDS 4

static void use(atr_engine engine)
{
    if (!atr_engine_use(engine)) {
        print_message("# no such engine here: skipped\n");
        skip();
    }
}

#ifdef ATR_HAVE_MULX
#define OTHER(name) extern __typeof__(atr_##name) atr_mulx_##name
OTHER(fp_mul);
OTHER(fp_sqr);
OTHER(fp_mul_wide);
OTHER(fp_reduce);
OTHER(fp_two_products);
OTHER(fp_sqrt);
OTHER(fp2_mul);
OTHER(fp2_sqr);
OTHER(fp2_mul_wide);
OTHER(fp2_sqr_wide);
OTHER(fp2_reduce);
OTHER(fp2_inv);
OTHER(fp6_mul);
OTHER(fp6_inv);
OTHER(fp12_mul);
OTHER(fp12_sqr);
OTHER(fp12_inv);
OTHER(fp12_mul_line);
OTHER(fp12_frobenius);
OTHER(fp12_frobenius2);
OTHER(fp12_cyclotomic_sqr);
OTHER(fp12_cyclotomic_pow_x);

static const uint64_t modulus[6] = ATR_FP_LIMBS;

/* Below p: 0, 1 (both forms), p - 1 .. p - 4, a limb of ones, or random. */
static atr_fp some(atr_rng *rng)
{
    uint8_t bytes[ATR_FP_WIDE_BYTES];
    uint64_t sort = atr_rng_below_vartime(rng, 40);
    atr_fp out = {{0}};

    if (sort == 0) {
        return out;
    }
    if (sort == 1) {
        return (atr_fp)ATR_FP_ONE;
    }
    if (sort == 2) {
        out.limb[0] = 1;
    } else if (sort < 8) {
        memcpy(out.limb, modulus, sizeof modulus);
        out.limb[0] -= sort - 3 + 1;
    } else if (sort < 13) {
        out.limb[sort - 8] = UINT64_MAX;
    } else if (sort < 15) {
        memset(out.limb, 0xff, 40);
        out.limb[5] = modulus[5] - 1;
    } else {
        atr_rng_bytes(rng, bytes, sizeof bytes);
        atr_fp_read_wide(&out, bytes);
    }
    return out;
}

/* Below 2 p: the largest is 2 p - 2. */
static atr_fp below_2p(atr_rng *rng)
{
    atr_fp a = some(rng);
    atr_fp b = some(rng);

    atr_fp_add_lazy(&a, &a, &b);
    return a;
}

static atr_fp2 some2(atr_rng *rng)
{
    return (atr_fp2){some(rng), some(rng)};
}

static atr_fp12 some12(atr_rng *rng)
{
    return (atr_fp12){{some2(rng), some2(rng), some2(rng)},
                      {some2(rng), some2(rng), some2(rng)}};
}

#define assert_same(a, b) assert_memory_equal(&(a), &(b), sizeof(a))

static void compare_fp(atr_rng *rng)
{
    atr_fp a = some(rng);
    atr_fp b = some(rng);
    atr_fp c = below_2p(rng);
    atr_fp d = below_2p(rng);
    atr_fp any;
    atr_fp x;
    atr_fp y;

    atr_fp_mul(&x, &a, &b);
    atr_mulx_fp_mul(&y, &a, &b);
    assert_same(x, y);
    atr_fp_mul(&x, &c, &d);
    atr_mulx_fp_mul(&y, &c, &d);
    assert_same(x, y);
    atr_rng_bytes(rng, (uint8_t *)&any, sizeof any);
    if (atr_rng_below_vartime(rng, 4) == 0) {
        memset(&any, 0xff, sizeof any);
    }
    atr_fp_mul(&x, &any, &b);
    atr_mulx_fp_mul(&y, &any, &b);
    assert_same(x, y);
    atr_fp_sqr(&x, &a);
    atr_mulx_fp_sqr(&y, &a);
    assert_same(x, y);
    for (int minus = 0; minus < 2; minus++) {
        atr_fp e = some(rng);
        atr_fp f = some(rng);

        atr_fp_two_products(&x, &a, &b, &e, &f, minus);
        atr_mulx_fp_two_products(&y, &a, &b, &e, &f, minus);
        assert_same(x, y);
    }
}

static void compare_wide(atr_rng *rng)
{
    atr_fp a = below_2p(rng);
    atr_fp b = below_2p(rng);
    atr_fp_wide s;
    atr_fp_wide t;
    atr_fp x;
    atr_fp y;

    atr_fp_mul_wide(&s, &a, &b);
    atr_mulx_fp_mul_wide(&t, &a, &b);
    assert_same(s, t);
    atr_fp_reduce(&x, &s);
    atr_mulx_fp_reduce(&y, &s);
    assert_same(x, y);
    /* up to p 2^384 - 1: any low half, a high half below p */
    atr_rng_bytes(rng, (uint8_t *)&s, sizeof s);
    if (atr_rng_below_vartime(rng, 4) == 0) {
        memset(&s, 0xff, sizeof s);
    }
    a = some(rng);
    memcpy(s.limb + 6, a.limb, sizeof a.limb);
    atr_fp_reduce(&x, &s);
    atr_mulx_fp_reduce(&y, &s);
    assert_same(x, y);
    /* the same below 0, from -p 2^384 on, and by a fold from anywhere */
    memset(&t, 0, sizeof t);
    memcpy(t.limb + 6, modulus, sizeof modulus);
    atr_fp_wide_sub(&t, &s, &t);
    atr_fp_reduce(&b, &t);
    assert_same(x, b);
    atr_mulx_fp_reduce(&b, &t);
    assert_same(x, b);
    for (int twice = 0; twice < 2; twice++) {
        t = s;
        atr_fp_wide_fold(&t);
        for (int i = 0; i < twice; i++) {
            atr_fp_wide_fold(&t);
        }
        atr_fp_reduce(&b, &t);
        assert_same(x, b);
    }
}

static void compare_fp2(atr_rng *rng)
{
    atr_fp2 a = some2(rng);
    atr_fp2 b = some2(rng);
    atr_fp2_wide s;
    atr_fp2 x;
    atr_fp2 y;

    atr_fp2_mul(&x, &a, &b);
    atr_mulx_fp2_mul(&y, &a, &b);
    assert_same(x, y);
    atr_mulx_fp2_mul_wide(&s, &a, &b);
    atr_mulx_fp2_reduce(&y, &s);
    assert_same(x, y);
    atr_fp2_sqr(&x, &a);
    atr_mulx_fp2_sqr(&y, &a);
    assert_same(x, y);
    atr_mulx_fp2_sqr_wide(&s, &a);
    atr_mulx_fp2_reduce(&y, &s);
    assert_same(x, y);
    y = a; /* outputs may be inputs */
    atr_mulx_fp2_mul(&y, &y, &y);
    assert_same(x, y);
}

static void compare_fp12(atr_rng *rng)
{
    atr_fp12 a = some12(rng);
    atr_fp12 b = some12(rng);
    atr_fp12_line line = {some2(rng), some2(rng), some2(rng)};
    atr_fp12 x;
    atr_fp12 y;

    atr_fp12_mul(&x, &a, &b);
    atr_mulx_fp12_mul(&y, &a, &b);
    assert_same(x, y);
    atr_fp12_sqr(&x, &a);
    atr_mulx_fp12_sqr(&y, &a);
    assert_same(x, y);
    atr_fp12_mul_line(&x, &a, &line);
    atr_mulx_fp12_mul_line(&y, &a, &line);
    assert_same(x, y);
    atr_fp12_cyclotomic_sqr(&x, &a);
    atr_mulx_fp12_cyclotomic_sqr(&y, &a);
    assert_same(x, y);
    atr_fp12_frobenius(&x, &a);
    atr_mulx_fp12_frobenius(&y, &a);
    assert_same(x, y);
    atr_fp12_frobenius2(&x, &a);
    atr_mulx_fp12_frobenius2(&y, &a);
    assert_same(x, y);
}

static void test_fields(void **state)
{
    atr_rng rng;

    (void)state;
    use(ATR_ENGINE_BMI2_ADX);
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < ROUNDS; i++) {
        compare_fp(&rng);
        compare_wide(&rng);
        compare_fp2(&rng);
        compare_fp12(&rng);
    }
}

static void test_field_functions(void **state)
{
    atr_rng rng;

    (void)state;
    use(ATR_ENGINE_BMI2_ADX);
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 20; i++) {
        atr_fp12 a = some12(&rng);
        atr_fp12 x;
        atr_fp12 y;

        x = y = a;
        assert_true(atr_fp_sqrt(&x.c0.c0.c0, &a.c0.c0.c0) ==
                    atr_mulx_fp_sqrt(&y.c0.c0.c0, &a.c0.c0.c0));
        atr_fp2_inv(&x.c0.c1, &a.c0.c1);
        atr_mulx_fp2_inv(&y.c0.c1, &a.c0.c1);
        atr_fp6_mul(&x.c1, &a.c1, &a.c0);
        atr_mulx_fp6_mul(&y.c1, &a.c1, &a.c0);
        assert_same(x, y);
        atr_fp6_inv(&x.c1, &a.c1);
        atr_mulx_fp6_inv(&y.c1, &a.c1);
        assert_same(x, y);
        atr_fp12_inv(&x, &a);
        atr_mulx_fp12_inv(&y, &a);
        assert_same(x, y);
    }
}
#endif

/* All that one engine makes of the same inputs, as bytes or as limbs that do
 * not depend on how they were reached. */
typedef struct {
    atr_g1_affine p[8];
    atr_g2_affine q[8];
    atr_g2_lines lines[2];
    atr_gt e[6];
    atr_g1_table table1;
    atr_g2_table table2;
    atr_gt_table table_t;
    int ok;
} results;

static void results_of_g1(results *r, const atr_fr *k, atr_bytes message)
{
    uint8_t bytes[ATR_G1_BYTES];
    uint8_t wide[ATR_G1_WIDE_BYTES];
    atr_g1 a[8];
    atr_fp u = r->p[1].x;

    atr_g1_hash(&r->p[0], ATR_LITERAL("engines"), message);
    atr_g1_encode(&r->p[1], ATR_LITERAL("engines"), message);
    u = r->p[1].x;
    atr_g1_map(&a[0], &u);
    atr_g1_clear_cofactor(&a[0], &a[0]);
    atr_g1_mul(&a[1], &r->p[0], &k[0]);
    atr_g1_mul_vartime(&a[2], &r->p[0], &k[1]);
    atr_g1_table_init(&r->table1, &r->p[0]);
    atr_g1_table_mul(&a[3], &r->table1, &k[1]);
    atr_g1_sum_vartime(&a[4], r->p, k, 2);
    atr_g1_dbl(&a[5], &a[4]);
    atr_g1_add(&a[5], &a[5], &a[0]);
    atr_g1_add_affine(&a[5], &a[5], &r->p[1]);
    atr_g1_to_affine_many(r->p + 2, a, 5);
    atr_g1_to_affine(&r->p[7], &a[5]);
    atr_g1_write(bytes, &r->p[7]);
    atr_g1_write_wide(wide, &r->p[6]);
    r->ok += atr_g1_read(&r->p[7], bytes) == ATR_OK;
    r->ok += atr_g1_read_wide(&r->p[6], wide) == ATR_OK;
    r->ok += atr_g1_in_subgroup_vartime(&r->p[5]);
}

static void results_of_g2(results *r, const atr_fr *k, atr_bytes message)
{
    uint8_t bytes[ATR_G2_BYTES];
    uint8_t wide[ATR_G2_WIDE_BYTES];
    atr_g2 a[8];
    atr_fp2 u;

    atr_g2_hash(&r->q[0], ATR_LITERAL("engines"), message);
    atr_g2_encode(&r->q[1], ATR_LITERAL("engines"), message);
    u = r->q[1].x;
    atr_g2_map(&a[0], &u);
    atr_g2_clear_cofactor(&a[0], &a[0]);
    atr_g2_mul(&a[1], &r->q[0], &k[0]);
    atr_g2_mul_vartime(&a[2], &r->q[0], &k[1]);
    atr_g2_table_init(&r->table2, &r->q[0]);
    atr_g2_table_mul(&a[3], &r->table2, &k[1]);
    atr_g2_sum_vartime(&a[4], r->q, k, 2);
    atr_g2_dbl(&a[5], &a[4]);
    atr_g2_add(&a[5], &a[5], &a[0]);
    atr_g2_add_affine(&a[5], &a[5], &r->q[1]);
    atr_g2_to_affine_many(r->q + 2, a, 5);
    atr_g2_to_affine(&r->q[7], &a[5]);
    atr_g2_write(bytes, &r->q[7]);
    atr_g2_write_wide(wide, &r->q[6]);
    r->ok += atr_g2_read(&r->q[7], bytes) == ATR_OK;
    r->ok += atr_g2_read_wide(&r->q[6], wide) == ATR_OK;
    r->ok += atr_g2_in_subgroup_vartime(&r->q[5]);
}

static void results_of(results *r, const atr_fr *k, atr_bytes message)
{
    uint8_t bytes[ATR_GT_BYTES];
    atr_pair pairs[8];

    memset(r, 0, sizeof *r);
    results_of_g1(r, k, message);
    results_of_g2(r, k, message);
    atr_pairing(&r->e[0], &r->p[7], &r->q[7]);
    pairs_of(pairs, r->p, r->q, 8);
    for (size_t i = 0; i < 2; i++) {
        atr_g2_lines_init(&r->lines[i], &r->q[i + 6]);
        pairs[i + 6].lines = &r->lines[i];
    }
    atr_pairing_product(&r->e[1], pairs, 8);
    atr_pairing_miller(&r->e[2].f, pairs + 4, 3);
    atr_pairing_final(&r->e[2].f, &r->e[2].f);
    atr_gt_pow(&r->e[3], &r->e[0], &k[0]);
    atr_gt_pow_vartime(&r->e[4], &r->e[0], &k[1]);
    atr_gt_table_init(&r->table_t, &r->e[0]);
    atr_gt_table_pow(&r->e[5], &r->table_t, &k[1]);
    r->ok += atr_gt_equal(&r->e[4], &r->e[5]) != 0;
    atr_gt_mul(&r->e[5], &r->e[4], &r->e[3]);
    atr_gt_write(bytes, &r->e[5]);
    r->ok += atr_gt_read(&r->e[5], bytes) == ATR_OK;
}

/* Each engine that this machine has, against the portable one. */
static void test_groups(void **state)
{
    static const struct {
        atr_engine engine;
        const char *name;
    } others[] = {
        {ATR_ENGINE_BMI2_ADX, "mulx"},
        {ATR_ENGINE_AVX512_IFMA, "ifma"},
    };
    static results one;
    static results two;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < SLOW_ROUNDS; i++) {
        uint8_t message[8];
        atr_fr k[2];

        atr_rng_bytes(&rng, message, sizeof message);
        atr_fr_random(&k[0], &rng);
        atr_fr_random(&k[1], &rng);
        if (i == 0) { /* 0 and r - 1 */
            memset(&k[0], 0, sizeof k[0]);
            k[1] = atr_fr_of(1);
            atr_fr_neg(&k[1], &k[1]);
        }
        use(ATR_ENGINE_PORTABLE);
        assert_string_equal(atr_engine_name(), "portable");
        results_of(&one, k, ATR_BYTES(message));
        assert_int_equal(one.ok, 8);
        for (size_t o = 0; o < sizeof others / sizeof others[0]; o++) {
            if (!atr_engine_use(others[o].engine)) {
                print_message("# no %s here: left out\n", others[o].name);
                continue;
            }
            assert_string_equal(atr_engine_name(), others[o].name);
            results_of(&two, k, ATR_BYTES(message));
            assert_memory_equal(&one, &two, sizeof one);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef ATR_HAVE_MULX
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_field_functions),
#endif
        cmocka_unit_test(test_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
