/* Attack: an "and" that gives one child everything. All honest tests pass
 * then, and one attribute opens. So the attacker here never asks whether it
 * may: it does linear algebra with every row it owns. (Pitfalls 11 and 12.)
 */
#include "kit/policy.h"

static atr_rng rng;
static kit_span span;

static void no_refused_set_spans(const atr_policy *policy)
{
    for (unsigned subset = 0; subset < KIT_SUBSETS; subset++) {
        atr_attrs attrs = kit_subset(subset);

        if (!atr_policy_admits(policy, &attrs)) {
            kit_span_of(&span, policy, &attrs);
            assert_false(kit_span_opens(&span));
        }
    }
}

static void refused_sets_span_nothing(void **state)
{
    static const char *const texts[] = {
        "a and b",
        "a and b and c",
        "a and (b or c) and (d or (e and f))",
        "(a and b) and (c and d)",
        "((a and b) or c) and (d and (e or f))",
        "a and 2 of (b, c, d) and (e or f)",
        "a and a and b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        atr_policy policy = kit_policy(texts[i]);

        no_refused_set_spans(&policy);
    }
    for (int n = 0; n < 50; n++) {
        atr_policy policy = kit_policy_random(&rng, 3);

        if (atr_share_columns(&policy) <= KIT_SPAN_MAX) {
            no_refused_set_spans(&policy);
        }
    }
}

/* One share of an "and" is neither the secret nor nothing; all together are
 * the secret. */
static void no_share_is_the_secret(void **state)
{
    static const char *const texts[] = {"a and b", "a and b and c",
                                        "a and b and c and d and e and f"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        atr_policy policy = kit_policy(texts[i]);
        atr_fr shares[ATR_POLICY_ROWS_MAX];
        atr_fr sum = {{0}};
        atr_policy_rows rows;
        atr_fr secret;

        atr_policy_rows_of(&rows, &policy);
        atr_fr_random(&secret, &rng);
        atr_share_split(shares, &secret, &policy, &rng);
        for (size_t r = 0; r < rows.count; r++) {
            assert_false(atr_fr_equal(&shares[r], &secret));
            assert_false(atr_fr_is_zero(&shares[r]));
            assert_false(r > 0 && atr_fr_equal(&sum, &secret));
            atr_fr_add(&sum, &sum, &shares[r]);
        }
        assert_true(atr_fr_equal(&sum, &secret));
    }
}

/* The attacker lies about its attributes, gets a plan, and has no share for
 * the rows it does not own. */
static void a_lying_list_brings_nothing(void **state)
{
    atr_policy policy = kit_policy("(a and b) or 2 of (c, d and e, f)");
    atr_policy_rows rows;

    (void)state;
    atr_policy_rows_of(&rows, &policy);
    for (unsigned claimed = 0; claimed < KIT_SUBSETS; claimed++) {
        atr_attrs claim = kit_subset(claimed);
        atr_share_plan plan;

        if (atr_share_plan_make(&plan, &policy, &claim,
                                (atr_share_cost){1, 0}) != ATR_OK) {
            continue;
        }
        for (unsigned owned = 0; owned < KIT_SUBSETS; owned++) {
            atr_attrs attrs = kit_subset(owned);
            atr_fr shares[ATR_POLICY_ROWS_MAX];
            atr_fr secret;
            atr_fr got;

            if (atr_policy_admits(&policy, &attrs)) {
                continue;
            }
            atr_fr_random(&secret, &rng);
            atr_share_split(shares, &secret, &policy, &rng);
            for (size_t r = 0; r < rows.count; r++) {
                if (!atr_attrs_has(&attrs, atr_policy_row(&policy, &rows, r))) {
                    shares[r] = (atr_fr){{0}};
                }
            }
            got = kit_join(&plan, shares);
            assert_false(atr_fr_equal(&got, &secret));
        }
    }
}

/* Coins are new each time: two sharings of one secret have no share of an
 * "and" or of a list in common. */
static void coins_are_not_used_twice(void **state)
{
    atr_policy policy = kit_policy("a and b and 2 of (c, d, e)");
    atr_fr first[ATR_POLICY_ROWS_MAX];
    atr_fr second[ATR_POLICY_ROWS_MAX];
    atr_fr secret = atr_fr_of(1);

    (void)state;
    atr_share_split(first, &secret, &policy, &rng);
    atr_share_split(second, &secret, &policy, &rng);
    for (size_t r = 0; r < 5; r++) {
        assert_false(atr_fr_equal(&first[r], &second[r]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_sets_span_nothing),
        cmocka_unit_test(no_share_is_the_secret),
        cmocka_unit_test(a_lying_list_brings_nothing),
        cmocka_unit_test(coins_are_not_used_twice),
    };

    kit_rng(&rng, kit_seed());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
