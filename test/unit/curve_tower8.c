/* curve_tower8.c - the tower of fields of the eight-way engine against that of
 * one item, on random elements and where carries and bounds end.
 */
#include "kit/kit.h"

#include "curve/batch.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/fp12x8.h"
#include "curve/ifma/fp4x8.h"
#include "kit/lanes.h"

#define ROUNDS 60
#define FACTOR 11 /* bits: a factor may be below 2^11 p (fp2x8.h) */

static atr_rng rng;
static atr_fp scale; /* out of the Montgomery form */

static int seed_once(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    scale = kit_montgomery();
    return 0;
}

static void need_ifma(void)
{
    if (!atr_batch_engine_set(ATR_BATCH_IFMA)) {
        print_message("# this machine lacks the engine\n");
        skip();
    }
}

/* --- Fp2 --- */

static void any2(atr_fp2x8 *a, unsigned bits)
{
    kit_lanes_any(&a->c0, bits, &rng);
    kit_lanes_any(&a->c1, bits, &rng);
}

static atr_fp2 lane2(const atr_fp2x8 *a, int lane)
{
    atr_fp2 out = {kit_lane(&a->c0, lane), kit_lane(&a->c1, lane)};

    atr_fp2_mul_fp(&out, &out, &scale);
    return out;
}

static void same2(const atr_fp2x8 *got, int lane, const atr_fp2 *want)
{
    atr_fp2 x = lane2(got, lane);

    assert_true(atr_fp2_equal(&x, want));
}

static void check2(const atr_fp2x8 *a)
{
    kit_check_below(&a->c0, 3);
    kit_check_below(&a->c1, 3);
}

static void fp2_products(void **state)
{
    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS; round++) {
        atr_fp2x8 a[4];
        atr_fp2x8 got[6];
        atr_fp2x8_wide wide[2];

        for (int i = 0; i < 4; i++) {
            any2(&a[i], FACTOR);
        }
        atr_fp2x8_mul(&got[0], &a[0], &a[1]);
        atr_fp2x8_sqr(&got[1], &a[0]);
        atr_fp2x8_mul_wide(&wide[0], &a[0], &a[1]);
        atr_fp2x8_reduce(&got[2], &wide[0]);
        atr_fp2x8_sqr_wide(&wide[1], &a[0]);
        atr_fp2x8_reduce(&got[3], &wide[1]);
        atr_fp2x8_mul_add(&got[4], &a[0], &a[1], &a[2], &a[3]);
        atr_fp2x8_mul_sub(&got[5], &a[0], &a[1], &a[2], &a[3]);
        for (int i = 0; i < 6; i++) {
            check2(&got[i]);
        }
        for (int lane = 0; lane < 8; lane++) {
            atr_fp2 x[4];
            atr_fp2 t;
            atr_fp2 u;

            for (int i = 0; i < 4; i++) {
                x[i] = lane2(&a[i], lane);
            }
            atr_fp2_mul(&t, &x[0], &x[1]);
            same2(&got[0], lane, &t);
            same2(&got[2], lane, &t);
            atr_fp2_mul(&u, &x[2], &x[3]);
            atr_fp2_sub(&x[2], &t, &u);
            same2(&got[5], lane, &x[2]);
            atr_fp2_add(&u, &t, &u);
            same2(&got[4], lane, &u);
            atr_fp2_sqr(&t, &x[0]);
            same2(&got[1], lane, &t);
            same2(&got[3], lane, &t);
        }
        a[1] = a[0]; /* outputs may be inputs */
        atr_fp2x8_mul(&a[1], &a[1], &a[1]);
        atr_fp2x8_sqr(&a[0], &a[0]);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp2 x = lane2(&a[0], lane);

            same2(&a[1], lane, &x);
            same2(&got[1], lane, &x);
        }
    }
}

/* (2^208 u)^2 = -2^416, a multiple of R: nothing is added to make it one, and
 * the quotient is -1. Random products are never that near 0. */
static void fp2_below_zero(void **state)
{
    atr_fp2x8 a;
    atr_fp2x8 got[3];

    (void)state;
    need_ifma();
    memset(&a, 0, sizeof a);
    for (int lane = 0; lane < 8; lane++) {
        a.c1.limb[4][lane] = lane + 1;
    }
    atr_fp2x8_mul(&got[0], &a, &a);
    atr_fp2x8_sqr(&got[1], &a);
    atr_fp2x8_mul_add(&got[2], &a, &a, &a, &a);
    for (int lane = 0; lane < 8; lane++) {
        atr_fp2 x = lane2(&a, lane);

        atr_fp2_sqr(&x, &x);
        same2(&got[0], lane, &x);
        same2(&got[1], lane, &x);
        atr_fp2_add(&x, &x, &x);
        same2(&got[2], lane, &x);
    }
    for (int i = 0; i < 3; i++) {
        check2(&got[i]);
    }
}

static void fp2_sums(void **state)
{
    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS; round++) {
        const uint8_t mask = (uint8_t)atr_rng_below_vartime(&rng, 256);
        atr_fp2x8 a;
        atr_fp2x8 b;
        atr_fp2x8 got[7];

        any2(&a, FACTOR);
        any2(&b, 7); /* what is subtracted is below 2^8 p */
        atr_fp2x8_add(&got[0], &a, &b);
        atr_fp2x8_sub(&got[1], &a, &b);
        atr_fp2x8_neg(&got[2], &b);
        atr_fp2x8_conj(&got[3], &b);
        atr_fp2x8_mul_xi(&got[4], &b);
        atr_fp2x8_mul_fp(&got[5], &a, &b.c1);
        atr_fp2x8_select(&got[6], mask, &a, &b);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp2 x = lane2(&a, lane);
            atr_fp2 y = lane2(&b, lane);
            atr_fp2 t;

            atr_fp2_add(&t, &x, &y);
            same2(&got[0], lane, &t);
            atr_fp2_sub(&t, &x, &y);
            same2(&got[1], lane, &t);
            atr_fp2_neg(&t, &y);
            same2(&got[2], lane, &t);
            atr_fp2_conj(&t, &y);
            same2(&got[3], lane, &t);
            atr_fp2_mul_xi(&t, &y);
            same2(&got[4], lane, &t);
            atr_fp2_mul_fp(&t, &x, &y.c1);
            same2(&got[5], lane, &t);
            same2(&got[6], lane, mask >> lane & 1 ? &x : &y);
        }
    }
}

/* A part of a lane becomes 0 or p, 2 p, 3 p, which all are 0. */
static void zeros(atr_fp2x8 *a)
{
    for (int lane = 0; lane < 8; lane++) {
        atr_fp8 *part = lane & 1 ? &a->c0 : &a->c1;
        uint64_t times = atr_rng_below_vartime(&rng, 4);
        uint64_t carry = 0;

        for (int i = 0; i < 8; i++) {
            carry += atr_ifma_p[i] * times;
            part->limb[i][lane] = carry & 0xfffffffffffff;
            if (lane >= 4) { /* both of them */
                a->c0.limb[i][lane] = carry & 0xfffffffffffff;
                a->c1.limb[i][lane] = 0;
            }
            carry >>= 52;
        }
    }
}

static void fp2_inverses(void **state)
{
    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS / 4; round++) {
        atr_fp2x8 a;
        atr_fp2x8 got;
        uint8_t zero;

        any2(&a, 1);
        if (round % 2 == 1) {
            zeros(&a);
        }
        atr_fp2x8_inv(&got, &a);
        zero = atr_fp2x8_is_zero(&a);
        check2(&got);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp2 x = lane2(&a, lane);
            atr_fp2 t;

            assert_int_equal(zero >> lane & 1, atr_fp2_is_zero(&x) & 1);
            atr_fp2_inv(&t, &x);
            same2(&got, lane, &t);
            assert_int_equal(atr_fp2x8_equal(&got, &a) >> lane & 1,
                             atr_fp2_equal(&t, &x) & 1);
        }
    }
}

static void fp2_exchange(void **state)
{
    atr_fp2 in[8];
    atr_fp2 out[8];
    atr_fp2x8 a;

    (void)state;
    need_ifma();
    for (int lane = 0; lane < 8; lane++) {
        uint8_t wide[2][ATR_FP_WIDE_BYTES] = {{0}};

        atr_rng_bytes(&rng, wide, lane < 6 ? sizeof wide : 0);
        atr_fp_read_wide(&in[lane].c0, wide[0]);
        atr_fp_read_wide(&in[lane].c1, wide[1]);
    }
    in[5].c0 = atr_fp_of(1);
    atr_fp_neg(&in[5].c1, &in[5].c0);
    atr_fp2x8_load(&a, in, sizeof in[0]);
    check2(&a);
    for (int lane = 0; lane < 8; lane++) {
        same2(&a, lane, &in[lane]);
    }
    atr_fp2x8_store(out, sizeof out[0], &a);
    assert_memory_equal(in, out, sizeof in);
}

/* --- above Fp2: a type of the tower is an array of its parts in Fp --- */

static void any_parts(void *a, int count, unsigned bits)
{
    for (int i = 0; i < count; i++) {
        kit_lanes_any((atr_fp8 *)a + i, bits, &rng);
    }
}

static void lane_parts(void *out, const void *a, int count, int lane)
{
    for (int i = 0; i < count; i++) {
        atr_fp t = kit_lane((const atr_fp8 *)a + i, lane);

        atr_fp_mul((atr_fp *)out + i, &t, &scale);
    }
}

static void check_parts(const void *a, int count)
{
    for (int i = 0; i < count; i++) {
        kit_check_below((const atr_fp8 *)a + i, 3);
    }
}

static void same_parts(const void *got, const void *want, int count, int lane)
{
    for (int i = 0; i < count; i++) {
        atr_fp t = kit_lane((const atr_fp8 *)got + i, lane);

        atr_fp_mul(&t, &t, &scale);
        assert_true(atr_fp_equal(&t, (const atr_fp *)want + i));
    }
}

#define SUM 10 /* bits: sums of two differences (fp6x8.h, fp4x8.h) */
#define DIFFERENCE 9

static void fp6_products(void **state)
{
    static atr_fp6x8_wide wide;

    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS; round++) {
        atr_fp6x8 a;
        atr_fp6x8 b;
        atr_fp6x8 got[3];

        any_parts(&a, 6, SUM);
        any_parts(&b, 6, SUM);
        atr_fp6x8_mul(&got[0], &a, &b);
        atr_fp6x8_mul_01_wide(&wide, &a, &b.c0, &b.c1);
        atr_fp6x8_reduce(&got[1], &wide);
        atr_fp6x8_mul_1_wide(&wide, &a, &b.c1);
        atr_fp6x8_reduce(&got[2], &wide);
        check_parts(got, 18);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp6 x;
            atr_fp6 y;
            atr_fp6 t;

            lane_parts(&x, &a, 6, lane);
            lane_parts(&y, &b, 6, lane);
            atr_fp6_mul(&t, &x, &y);
            same_parts(&got[0], &t, 6, lane);
            memset(&y.c2, 0, sizeof y.c2);
            atr_fp6_mul(&t, &x, &y);
            same_parts(&got[1], &t, 6, lane);
            memset(&y.c0, 0, sizeof y.c0);
            atr_fp6_mul(&t, &x, &y);
            same_parts(&got[2], &t, 6, lane);
        }
    }
}

static void fp6_rest(void **state)
{
    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS / 4; round++) {
        const uint8_t mask = (uint8_t)atr_rng_below_vartime(&rng, 256);
        atr_fp6x8 a;
        atr_fp6x8 b;
        atr_fp6x8 got[4];

        any_parts(&a, 6, 1);
        any_parts(&b, 6, SUM);
        memset(round % 2 ? &a : &b, 0, sizeof a); /* and the inverse of 0 */
        atr_fp6x8_inv(&got[0], &a);
        atr_fp6x8_neg(&got[1], &a);
        check_parts(got, 12);
        atr_fp6x8_add(&got[2], &a, &b);
        atr_fp6x8_select(&got[3], mask, &a, &b);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp6 x;
            atr_fp6 y;
            atr_fp6 t;

            lane_parts(&x, &a, 6, lane);
            lane_parts(&y, &b, 6, lane);
            atr_fp6_inv(&t, &x);
            same_parts(&got[0], &t, 6, lane);
            atr_fp6_neg(&t, &x);
            same_parts(&got[1], &t, 6, lane);
            atr_fp6_add(&t, &x, &y);
            same_parts(&got[2], &t, 6, lane);
            same_parts(&got[3], mask >> lane & 1 ? &x : &y, 6, lane);
        }
    }
}

/* (a + b s)(c + d s), s^2 = xi = 1 + u. */
static void fp4_products(void **state)
{
    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS; round++) {
        atr_fp2x8 a[4];
        atr_fp2x8 got[5][2];
        const atr_fp4x8 x8 = {&a[0], &a[1]};
        const atr_fp4x8 y8 = {&a[2], &a[3]};
        atr_fp4x8_three parts;
        atr_fp4x8_wide wide;

        any_parts(a, 8, SUM);
        atr_fp4x8_mul(&parts, x8, y8);
        atr_fp4x8_c0(&got[0][0], &parts, NULL, ATR_STEP_NONE);
        atr_fp4x8_c1(&got[0][1], &parts, NULL, ATR_STEP_NONE);
        atr_fp4x8_join(&wide, &parts);
        atr_fp2x8_reduce(&got[3][0], &wide.c0);
        atr_fp2x8_reduce(&got[3][1], &wide.c1);
        atr_fp4x8_sqr(&parts, x8);
        atr_fp4x8_c0(&got[1][0], &parts, NULL, ATR_STEP_NONE);
        atr_fp4x8_c1(&got[1][1], &parts, NULL, ATR_STEP_NONE);
        atr_fp4x8_join(&wide, &parts);
        atr_fp2x8_reduce(&got[4][0], &wide.c0);
        atr_fp2x8_reduce(&got[4][1], &wide.c1);
        atr_fp4x8_xi_c1(&got[2][0], &parts, NULL, ATR_STEP_NONE);
        atr_fp4x8_c0(&got[2][1], &parts, NULL, ATR_STEP_NONE);
        check_parts(got, 20);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp2 x[4];
            atr_fp2 s;
            atr_fp2 t;

            lane_parts(x, a, 8, lane);
            for (int i = 0; i < 2; i++) {
                atr_fp2_mul(&s, &x[0], &x[2]);
                atr_fp2_mul(&t, &x[1], &x[3]);
                atr_fp2_mul_xi(&t, &t);
                atr_fp2_add(&s, &s, &t);
                same2(&got[i][0], lane, &s);
                same2(&got[i + 3][0], lane, &s);
                atr_fp2_two_products(&t, &x[0], &x[3], &x[1], &x[2], false);
                same2(&got[i][1], lane, &t);
                same2(&got[i + 3][1], lane, &t);
                if (i == 1) {
                    same2(&got[2][1], lane, &s);
                    atr_fp2_mul_xi(&t, &t);
                    same2(&got[2][0], lane, &t);
                }
                x[2] = x[0];
                x[3] = x[1];
            }
        }
    }
}

static void fp12_products(void **state)
{
    static atr_fp12x8 a[2];
    static atr_fp12x8 got[3];
    atr_line8 line;

    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS; round++) {
        any_parts(a, 12, 1);
        any_parts(&a[1], 12, DIFFERENCE);
        any_parts(&line, 6, DIFFERENCE);
        atr_fp12x8_mul(&got[0], &a[0], &a[1]);
        atr_fp12x8_mul_line(&got[1], &a[1], &line);
        atr_fp12x8_sqr_double(&got[2], &a[0]);
        check_parts(got, 36);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp12 x[2];
            atr_fp12_line l;
            atr_fp12 t;

            lane_parts(x, a, 24, lane);
            lane_parts(&l, &line, 6, lane);
            atr_fp12_mul(&t, &x[0], &x[1]);
            same_parts(&got[0], &t, 12, lane);
            atr_fp12_mul_line(&t, &x[1], &l);
            same_parts(&got[1], &t, 12, lane);
            atr_fp12_sqr(&t, &x[0]);
            atr_fp6_add(&t.c0, &t.c0, &t.c0);
            atr_fp6_add(&t.c1, &t.c1, &t.c1);
            same_parts(&got[2], &t, 12, lane);
        }
        atr_fp12x8_mul(&a[1], &a[1], &a[0]); /* outputs may be inputs */
        assert_memory_equal(&a[1], &got[0], sizeof got[0]);
        atr_fp12x8_sqr_double(&a[0], &a[0]);
        assert_memory_equal(&a[0], &got[2], sizeof got[2]);
    }
}

static void fp12_rest(void **state)
{
    static atr_fp12x8 a;
    static atr_fp12x8 got[4];
    atr_fp12 in[8];
    atr_fp12 out[8];

    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS / 4; round++) {
        any_parts(&a, 12, 1);
        if (round == 1) {
            memset(&a, 0, sizeof a);
        }
        atr_fp12x8_inv(&got[0], &a);
        atr_fp12x8_conj(&got[1], &a);
        atr_fp12x8_frobenius(&got[2], &a);
        atr_fp12x8_frobenius2(&got[3], &a);
        check_parts(&got[0], 12);
        check_parts(&got[1].c1, 6);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp12 x;
            atr_fp12 t;

            lane_parts(&x, &a, 12, lane);
            in[lane] = x;
            atr_fp12_inv(&t, &x);
            same_parts(&got[0], &t, 12, lane);
            atr_fp12_conj(&t, &x);
            same_parts(&got[1], &t, 12, lane);
            atr_fp12_frobenius(&t, &x);
            same_parts(&got[2], &t, 12, lane);
            atr_fp12_frobenius2(&t, &x);
            same_parts(&got[3], &t, 12, lane);
        }
        atr_fp12x8_store(out, sizeof out[0], &a);
        assert_memory_equal(out, in, sizeof in);
        atr_fp12x8_load(&got[0], in, sizeof in[0]);
        check_parts(&got[0], 12);
        atr_fp12x8_store(out, sizeof out[0], &got[0]);
        assert_memory_equal(out, in, sizeof in);
    }
}

/* f^((p^6 - 1)(p^2 + 1)) */
static void cyclotomic(atr_fp12 *f)
{
    atr_fp12 t;

    atr_fp12_inv(&t, f);
    atr_fp12_conj(f, f);
    atr_fp12_mul(f, f, &t);
    atr_fp12_frobenius2(&t, f);
    atr_fp12_mul(f, f, &t);
}

/* Elements of the subgroup, 1 among them, and those without A1 and A2 that
 * the compression loses; p is added to some of the parts. */
static void fp12_cyclotomic(void **state)
{
    static atr_fp12x8 a;
    static atr_fp12x8 got[2];
    atr_fp12 in[8];

    (void)state;
    need_ifma();
    for (int round = 0; round < ROUNDS / 4; round++) {
        const int squarings = 1 + round % 7;

        any_parts(&a, 12, 1);
        for (int lane = 0; lane < 8; lane++) {
            lane_parts(&in[lane], &a, 12, lane);
            if (atr_rng_below_vartime(&rng, 6) == 0) {
                atr_fp12_one(&in[lane]);
            }
            cyclotomic(&in[lane]);
        }
        atr_fp12x8_load(&a, in, sizeof in[0]);
        for (int i = 0; i < 12; i++) {
            atr_fp8 *part = (atr_fp8 *)&a + i;

            for (int lane = 0; lane < 8; lane++) {
                uint64_t times = atr_rng_below_vartime(&rng, 2);
                uint64_t carry = 0;

                for (int k = 0; k < 8; k++) {
                    carry += part->limb[k][lane] + times * atr_ifma_p[k];
                    part->limb[k][lane] = carry & 0xfffffffffffff;
                    carry >>= 52;
                }
            }
        }
        got[0] = a;
        atr_fp12x8_cyclotomic_sqr(&got[0], squarings);
        atr_fp12x8_cyclotomic_pow_x(&got[1], &a);
        check_parts(got, 24);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp12 t;

            t = in[lane];
            for (int i = 0; i < squarings; i++) {
                atr_fp12_sqr(&t, &t);
            }
            same_parts(&got[0], &t, 12, lane);
            atr_fp12_cyclotomic_pow_x(&t, &in[lane]);
            same_parts(&got[1], &t, 12, lane);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fp2_products),    cmocka_unit_test(fp2_below_zero),
        cmocka_unit_test(fp2_sums),        cmocka_unit_test(fp2_inverses),
        cmocka_unit_test(fp2_exchange),    cmocka_unit_test(fp4_products),
        cmocka_unit_test(fp6_products),    cmocka_unit_test(fp6_rest),
        cmocka_unit_test(fp12_products),   cmocka_unit_test(fp12_rest),
        cmocka_unit_test(fp12_cyclotomic),
    };

    return cmocka_run_group_tests(tests, seed_once, NULL);
}

#else

static void no_engine(void **state)
{
    (void)state;
    print_message("# built without the eight-way engine\n");
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_engine)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
