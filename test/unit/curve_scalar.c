/* curve_scalar.c - scalars in digits, put together again: base |x|, Booth's
 * recoding, non-adjacent form; at random and around the multiples of x.
 */
#include "curve/modulus.h"
#include "curve/scalar.h"
#include "kit/curve.h"

static void put_together(atr_fr *sum, const atr_fr *base, uint64_t digit,
                         bool negative)
{
    atr_fr t = atr_fr_of(digit);

    if (negative) {
        atr_fr_neg(&t, &t);
    }
    atr_fr_mul(sum, sum, base);
    atr_fr_add(sum, sum, &t);
}

static void check_split(const atr_fr *k)
{
    const atr_fr x = atr_fr_of(ATR_CURVE_X);
    atr_fr sum = atr_fr_of(0);
    uint64_t d[4];

    atr_scalar_split(d, k);
    for (int i = 3; i >= 0; i--) {
        assert_true(d[i] < ATR_CURVE_X);
        put_together(&sum, &x, d[i], false);
    }
    assert_true(atr_fr_equal(&sum, k));
}

static void check_booth(const atr_fr *k)
{
    uint64_t number[4];

    atr_fr_limbs(number, k);
    for (unsigned w = 2; w <= 8; w++) {
        const atr_fr base = atr_fr_of(UINT64_C(1) << w);
        atr_fr sum = atr_fr_of(0);

        for (size_t i = 255 / w + 1; i-- > 0;) {
            atr_mask negative;
            uint64_t digit = atr_scalar_booth(&negative, number, 4, i, w);

            assert_true(digit <= UINT64_C(1) << (w - 1));
            put_together(&sum, &base, digit, negative != 0);
        }
        assert_true(atr_fr_equal(&sum, k));
    }
}

static void check_wnaf(const atr_fr *k)
{
    const atr_fr two = atr_fr_of(2);
    uint64_t number[4];

    atr_fr_limbs(number, k);
    for (unsigned w = 2; w <= 7; w++) {
        int8_t digits[257];
        atr_fr sum = atr_fr_of(0);
        size_t used = atr_scalar_wnaf_vartime(digits, number, 4, w);
        size_t zeros = w; /* since the last digit that is not 0 */

        assert_true(used <= 257);
        for (size_t i = used; i-- > 0;) {
            int digit = digits[i];

            put_together(&sum, &two, (uint64_t)abs(digit), digit < 0);
            assert_true(digit == 0 || (digit % 2 != 0 && zeros + 1 >= w));
            assert_true(abs(digit) < 1 << (w - 1));
            zeros = digit == 0 ? zeros + 1 : 0;
        }
        assert_true(atr_fr_equal(&sum, k));
    }
}

static void check(const atr_fr *k)
{
    check_split(k);
    check_booth(k);
    check_wnaf(k);
}

static void test_random(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 300; i++) {
        atr_fr k;

        atr_fr_random(&k, &rng);
        check(&k);
    }
}

/* Sums of d_i x^i with each digit at an end of its range, give or take 2. */
/* A weight is a + b x^2 for two words, as its digits in base |x| tell; and
 * they are drawn, so no two are the same. */
static void test_weights(void **state)
{
    atr_rng rng;
    atr_fr last = {{0}};

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 200; i++) {
        uint64_t d[4];
        atr_fr k;

        atr_fr_weight(&k, &rng);
        atr_scalar_split(d, &k);
        for (int n = 0; n < 4; n += 2) { /* d[n] + d[n + 1] |x| */
            atr_u128 part = (atr_u128)d[n + 1] * ATR_CURVE_X + d[n];

            assert_true(part >> 64 == 0);
            assert_true(part != 0);
        }
        assert_false(atr_fr_equal(&k, &last));
        last = k;
        check(&k);
    }
}

static void test_edges(void **state)
{
    static const uint64_t digits[] = {0, 1, ATR_CURVE_X / 2, ATR_CURVE_X - 1};
    const atr_fr x = atr_fr_of(ATR_CURVE_X);
    const atr_fr one = atr_fr_of(1);

    (void)state;
    for (unsigned n = 0; n < 256; n++) {
        atr_fr k = atr_fr_of(0);

        for (unsigned i = 0; i < 4; i++) {
            put_together(&k, &x, digits[n >> (2 * i) & 3], false);
        }
        for (int near = 0; near < 3; near++) {
            check_split(&k);
            atr_fr_add(&k, &k, &one);
        }
    }
    for (unsigned bit = 0; bit < 255; bit++) {
        atr_fr k = one;

        for (unsigned i = 0; i < bit; i++) {
            atr_fr_add(&k, &k, &k);
        }
        check(&k);
        atr_fr_sub(&k, &k, &one);
        check(&k);
        atr_fr_neg(&k, &k);
        check(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
