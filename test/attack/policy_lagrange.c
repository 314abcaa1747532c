/* Attack: interpolation that is right for two points only, so that lists of
 * three and more open for nobody, or for fewer than they should. (Pitfall 13.)
 */
#include "kit/policy.h"

static atr_rng rng;

static void opens_with_exactly(const char *text, unsigned need, unsigned of)
{
    atr_policy policy = kit_policy(text);
    kit_span span;

    for (unsigned subset = 0; subset < 1u << of; subset++) {
        char owned[64] = "";
        atr_fr shares[ATR_POLICY_ROWS_MAX];
        atr_share_plan plan;
        atr_attrs attrs;
        atr_fr secret;
        atr_fr got;
        bool enough = (unsigned)__builtin_popcount(subset) >= need;

        for (unsigned i = 0; i < of; i++) {
            if (subset >> i & 1) {
                snprintf(owned + strlen(owned), sizeof owned - strlen(owned),
                         " %c", 'a' + i);
            }
        }
        attrs = kit_attrs(owned);
        kit_span_of(&span, &policy, &attrs);
        assert_int_equal(kit_span_opens(&span), enough);
        assert_int_equal(
            atr_share_plan_make(&plan, &policy, &attrs, (atr_share_cost){1, 0}),
            enough ? ATR_OK : ATR_ERR_POLICY);
        atr_fr_random(&secret, &rng);
        atr_share_split(shares, &secret, &policy, &rng);
        got = kit_join(&plan, shares);
        assert_int_equal(atr_fr_equal(&got, &secret) != 0, enough);
    }
}

static void every_subset_of_every_list(void **state)
{
    (void)state;
    opens_with_exactly("2 of (a, b, c)", 2, 3);
    opens_with_exactly("3 of (a, b, c)", 3, 3);
    opens_with_exactly("3 of (a, b, c, d)", 3, 4);
    opens_with_exactly("3 of (a, b, c, d, e)", 3, 5);
    opens_with_exactly("4 of (a, b, c, d, e, f, g)", 4, 7);
    opens_with_exactly("6 of (a, b, c, d, e, f, g)", 6, 7);
}

/* Two points at the same place would divide by zero. The places are counted,
 * not taken from attributes, so equal attributes do not matter. */
static void equal_children_are_different_points(void **state)
{
    atr_policy policy = kit_policy("3 of (a, a, b, a)");
    atr_attrs attrs = kit_attrs("a");
    atr_fr shares[ATR_POLICY_ROWS_MAX];
    atr_fr secret = atr_fr_of(99);
    atr_share_plan plan;
    atr_fr got;

    (void)state;
    assert_int_equal(
        atr_share_plan_make(&plan, &policy, &attrs, (atr_share_cost){1, 0}),
        ATR_OK);
    assert_int_equal(plan.count, 3);
    atr_share_split(shares, &secret, &policy, &rng);
    got = kit_join(&plan, shares);
    assert_true(atr_fr_equal(&got, &secret));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subset_of_every_list),
        cmocka_unit_test(equal_children_are_different_points),
    };

    kit_rng(&rng, kit_seed());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
