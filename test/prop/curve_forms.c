/* curve_forms.c - numbers of six 64-bit limbs and of thirteen 30-bit limbs give
 * the same bytes, through every layer of lib/curve, for random numbers and at
 * the edges: 0, 1, p - 1, and what in either Montgomery form is next to 0 or to
 * p or has limbs full of ones.
 */
#include "curve/fp.h"
#include "kit/forms.h"
#include "kit/kit.h"

#define ROUNDS 300
#define SLOW_ROUNDS 4

/* 2^bits - 1 + more mod p. */
static atr_fp power_of_two(unsigned bits, uint64_t more)
{
    uint8_t bytes[ATR_FP_WIDE_BYTES] = {0};
    atr_fp out;
    atr_fp t;

    bytes[ATR_FP_WIDE_BYTES - 1 - bits / 8] = (uint8_t)(1 << bits % 8);
    atr_fp_read_wide(&out, bytes);
    t = atr_fp_of(more);
    atr_fp_add(&out, &out, &t);
    t = atr_fp_of(1);
    atr_fp_sub(&out, &out, &t);
    return out;
}

/* 0 .. 3, their negatives, 2^n - 1 for n = 30 i or 64 i, and n = 380. */
static atr_fp pattern(atr_rng *rng)
{
    uint64_t sort = atr_rng_below_vartime(rng, 4);
    unsigned n = (unsigned)atr_rng_below_vartime(rng, 12) + 1;
    atr_fp out;

    if (sort < 2) {
        out = atr_fp_of(atr_rng_below_vartime(rng, 4));
        if (sort == 1) {
            atr_fp_neg(&out, &out);
        }
        return out;
    }
    return power_of_two(sort == 3 && n < 6 ? 64 * n
                        : n == 12          ? 380
                                           : 30 * n,
                        atr_rng_below_vartime(rng, 3));
}

/* A number whose Montgomery form, here or there, is a pattern; or the pattern,
 * or random. */
static void some(uint8_t out[48], atr_rng *rng)
{
    uint64_t sort = atr_rng_below_vartime(rng, 6);
    uint8_t bytes[ATR_FP_WIDE_BYTES];
    atr_fp a = pattern(rng);
    atr_fp r;

    if (sort < 2) {
        r = power_of_two(sort == 0 ? 384 : 390, 1);
        atr_fp_inv(&r, &r);
        atr_fp_mul(&a, &a, &r);
    } else if (sort > 2) {
        atr_rng_bytes(rng, bytes, sizeof bytes);
        atr_fp_read_wide(&a, bytes);
    }
    atr_fp_write(out, &a);
}

static void compare(bool slow, int rounds)
{
    static uint8_t in[FORMS_IN];
    static uint8_t out[2][FORMS_OUT];
    size_t count;
    size_t other_count;
    const forms_function *here = forms_portable(&count);
    const forms_function *there = forms_wasm30(&other_count);
    atr_rng rng;

    assert_int_equal(count, other_count);
    kit_rng(&rng, kit_seed());
    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < FORMS_NUMBERS; i++) {
            some(in + 48 * i, &rng);
        }
        for (size_t f = 0; f < count; f++) {
            if (here[f].slow == slow) {
                size_t len = here[f].run(out[0], in);

                assert_true(len > 0 && len <= FORMS_OUT);
                assert_string_equal(here[f].name, there[f].name);
                assert_int_equal(there[f].run(out[1], in), len);
                if (memcmp(out[0], out[1], len) != 0) {
                    fail_msg("%s differs", here[f].name);
                }
            }
        }
    }
}

static void test_fields(void **state)
{
    (void)state;
    compare(false, ROUNDS);
}

static void test_groups(void **state)
{
    (void)state;
    compare(true, SLOW_ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
