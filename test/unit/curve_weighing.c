/* curve_weighing.c - many points of which one has another order than r, or two
 * whose errors take each other away: each is noticed, by the half of the
 * weighing that is there for it.
 */
#include "curve/batch.h"
#include "curve/weighing.h"
#include "kit/curve.h"

#define MANY 300 /* more than are taken at a time */
#define WEIGHTS ((MANY + 7) / 8)

static const uint64_t primes[] = {3, 11, 10177, 859267, 52437899};
#define PRIMES (sizeof primes / sizeof primes[0])
#define LEAST 1 /* from here on the digits are asked, before it the cubes */

static atr_g1_affine good[MANY];
static atr_g1_affine part[PRIMES]; /* a point of each order */
static atr_weight weights[WEIGHTS];
static atr_weight nothing[WEIGHTS];
static atr_rng rng;

/* a^n in the group of the curve. */
static void times(atr_g1_affine *a, uint64_t n)
{
    uint8_t number[8];
    atr_g1 out;

    for (int i = 0; i < 8; i++) {
        number[i] = (uint8_t)(n >> 8 * (7 - i));
    }
    g1_times_plain(&out, a, number, sizeof number);
    atr_g1_to_affine(a, &out);
}

/* What of a random point has order `prime`; the exponent of the group takes
 * each of them once but for r. */
static void part_of(atr_g1_affine *out, uint64_t prime)
{
    do {
        atr_g1 t;

        g1_outside(out, &rng);
        g1_times_plain(&t, out, kit_order, sizeof kit_order);
        atr_g1_to_affine(out, &t);
        for (size_t k = 0; k < PRIMES; k++) {
            times(out, primes[k] != prime ? primes[k] : 1);
        }
    } while (atr_g1_affine_is_identity_vartime(out));
}

static int seed_all(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t i = 0; i < MANY; i++) {
        g1_outside(&good[i], &rng);
        atr_g1 t;

        atr_g1_from_affine(&t, &good[i]);
        atr_g1_clear_cofactor(&t, &t);
        atr_g1_to_affine(&good[i], &t);
    }
    for (size_t k = 0; k < PRIMES; k++) {
        atr_g1_affine one;

        part_of(&part[k], primes[k]);
        one = part[k];
        times(&one, primes[k]);
        assert_true(atr_g1_affine_is_identity_vartime(&one));
    }
    for (size_t t = 0; t < WEIGHTS; t++) {
        atr_weight_draw(&weights[t], &rng);
    }
    return 0;
}

static bool passes(const atr_g1_affine *a, size_t count, const atr_weight *by)
{
    static atr_weighing w;

    atr_weighing_begin(&w);
    atr_weighing_add_vartime(&w, a, by, count, &rng);
    return atr_weighing_in_subgroup_vartime(&w);
}

static void use(atr_batch_engine engine)
{
    if (!atr_batch_engine_set(engine)) {
        skip();
    }
}

#define BOTH(test)                                                             \
    static void test##_portable(void **state)                                  \
    {                                                                          \
        (void)state;                                                           \
        use(ATR_BATCH_PORTABLE);                                               \
        test(1);                                                               \
    }                                                                          \
    static void test##_ifma(void **state)                                      \
    {                                                                          \
        (void)state;                                                           \
        use(ATR_BATCH_IFMA);                                                   \
        test(8);                                                               \
    }

static void plus(atr_g1_affine *a, const atr_g1_affine *b)
{
    atr_g1 t;

    atr_g1_from_affine(&t, a);
    atr_g1_add_affine(&t, &t, b);
    atr_g1_to_affine(a, &t);
}

/* Points of the group pass, whatever they are: none, the same again, the
 * identity, opposite ones. */
static void the_group_passes(int rounds)
{
    atr_g1_affine a[MANY];

    for (int round = 0; round < 2 * rounds; round++) {
        memcpy(a, good, sizeof a);
        for (size_t i = 0; i < MANY; i++) {
            unsigned kind = (unsigned)atr_rng_below_vartime(&rng, 8);

            if (kind == 0) {
                memset(&a[i], 0, sizeof a[i]);
            } else if (kind == 1) {
                a[i] = a[i / 2];
            } else if (kind == 2 && i >= 8) {
                atr_g1_affine_neg(&a[i], &a[i - 8]);
            }
        }
        assert_true(passes(a, MANY - (size_t)round, weights));
    }
    assert_true(passes(a, 0, weights));
}

/* One point with a part of another order, alone or times one of the group,
 * anywhere; in small order each half is asked for what only it can tell. */
static void one_of_another_order(int rounds)
{
    for (size_t k = 0; k < PRIMES; k++) {
        for (int round = 0; round < rounds; round++) {
            size_t at = atr_rng_below_vartime(&rng, MANY);
            const atr_g1_affine was = good[at];

            if (round % 4 == 3) {
                good[at] = part[k];
            } else {
                plus(&good[at], &part[k]);
            }
            assert_false(passes(good, MANY, weights));
            assert_int_equal(passes(good, MANY, nothing), k >= LEAST);
            good[at] = was;
        }
    }
}

/* Two that take each other away where nothing weighs them: in the same lane,
 * under the same weight, anywhere. */
static void two_that_cancel(int rounds)
{
    for (size_t k = 0; k < PRIMES; k++) {
        for (int round = 0; round < 2 * rounds; round++) {
            size_t i = atr_rng_below_vartime(&rng, MANY - 8);
            size_t j = round % 3 == 0   ? i + 8
                       : round % 3 == 1 ? i / 8 * 8 + (i + 1) % 8
                                        : MANY - 1;
            const atr_g1_affine was[2] = {good[i], good[j]};
            atr_g1_affine minus;

            atr_g1_affine_neg(&minus, &part[k]);
            plus(&good[i], &part[k]);
            plus(&good[j], &minus);
            assert_false(passes(good, MANY, weights));
            assert_int_equal(passes(good, MANY, nothing), k >= LEAST);
            good[i] = was[0];
            good[j] = was[1];
        }
    }
}

/* All points of a whole lane, all of an eight, and all there are. */
static void many_of_another_order(int rounds)
{
    (void)rounds;
    for (size_t k = 0; k < PRIMES; k++) {
        for (size_t which = 0; which < 3; which++) {
            atr_g1_affine a[MANY];

            memcpy(a, good, sizeof a);
            for (size_t i = 0; i < MANY; i++) {
                if (which == 0 ? i % 8 == 5 : which == 1 ? i / 8 == 7 : true) {
                    plus(&a[i], &part[k]);
                }
            }
            assert_false(passes(a, MANY, weights));
            assert_int_equal(passes(a, MANY, nothing), k >= LEAST);
        }
    }
}

BOTH(the_group_passes)
BOTH(one_of_another_order)
BOTH(two_that_cancel)
BOTH(many_of_another_order)

/* (0, 2) and (0, -2), of order 3: y - 2 is 0 for the one. */
static void the_points_of_order_three(void **state)
{
    const atr_g1_affine was = good[9];

    (void)state;
    for (int engine = 0; engine < 2; engine++) {
        if (!atr_batch_engine_set(engine == 0 ? ATR_BATCH_PORTABLE
                                              : ATR_BATCH_IFMA)) {
            continue;
        }
        for (int sign = 0; sign < 2; sign++) {
            memset(&good[9], 0, sizeof good[9]);
            good[9].y = atr_fp_of(2);
            if (sign == 1) {
                atr_fp_neg(&good[9].y, &good[9].y);
            }
            assert_true(atr_g1_on_curve_vartime(&good[9]));
            assert_false(passes(good, MANY, nothing));
        }
        good[9] = was;
        assert_true(passes(good, MANY, nothing));
    }
}

/* What is read without its order is what is read with it, or has another. */
static void read_curve(void **state)
{
    enum { COUNT = 20 };
    uint8_t in[COUNT][ATR_G1_BYTES];
    atr_g1_affine out[COUNT];
    atr_err errs[COUNT];

    (void)state;
    for (int engine = 0; engine < 2; engine++) {
        if (!atr_batch_engine_set(engine == 0 ? ATR_BATCH_PORTABLE
                                              : ATR_BATCH_IFMA)) {
            continue;
        }
        for (size_t i = 0; i < COUNT; i++) {
            atr_g1_affine p = good[i];

            if (i % 3 == 1) {
                g1_outside(&p, &rng);
            }
            atr_g1_write(in[i], &p);
            if (i % 5 == 4) { /* x^3 + 4 is no square, mostly; or a flag */
                memset(in[i] + 1, 0, sizeof in[i] - 1);
                in[i][0] = i % 2 ? 0xc0 : 0x80;
                in[i][ATR_G1_BYTES - 1] = i % 2 ? 0 : 1;
            }
        }
        assert_int_equal(atr_g1_read_curve_many(out, errs, in[0], COUNT),
                         ATR_ERR_INPUT);
        for (size_t i = 0; i < COUNT; i++) {
            atr_g1_affine p;

            assert_int_equal(errs[i], i % 5 == 4 ? ATR_ERR_INPUT : ATR_OK);
            assert_int_equal(atr_g1_read_curve(&p, in[i]), errs[i]);
            assert_g1_affine(&out[i], &p);
            if (i % 3 != 1) {
                assert_int_equal(atr_g1_read(&p, in[i]), errs[i]);
                assert_g1_affine(&out[i], &p);
            } else if (errs[i] == ATR_OK) {
                uint8_t bytes[ATR_G1_BYTES];

                assert_int_equal(atr_g1_read(&p, in[i]), ATR_ERR_INPUT);
                atr_g1_write(bytes, &out[i]);
                assert_memory_equal(bytes, in[i], sizeof bytes);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_group_passes_portable),
        cmocka_unit_test(the_group_passes_ifma),
        cmocka_unit_test(one_of_another_order_portable),
        cmocka_unit_test(one_of_another_order_ifma),
        cmocka_unit_test(two_that_cancel_portable),
        cmocka_unit_test(two_that_cancel_ifma),
        cmocka_unit_test(many_of_another_order_portable),
        cmocka_unit_test(many_of_another_order_ifma),
        cmocka_unit_test(the_points_of_order_three),
        cmocka_unit_test(read_curve),
    };

    return cmocka_run_group_tests(tests, seed_all, NULL);
}
