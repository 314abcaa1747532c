/* curve_tower8.c - the tower of fields of the eight-way engine against that of
 * one item, on random elements and where carries and bounds end.
 */
#include "kit/kit.h"

#include "curve/batch.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/fp2x8.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fp2_products), cmocka_unit_test(fp2_below_zero),
        cmocka_unit_test(fp2_sums),     cmocka_unit_test(fp2_inverses),
        cmocka_unit_test(fp2_exchange),
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
