/* Over random policies and every subset of six attributes: a set is admitted
 * exactly when the rows it owns span (1, 0, .., 0), and then its plan brings
 * the secret back, at the least cost there is.
 */
#include "kit/policy.h"

#define POLICIES 300

static atr_rng rng;
static kit_span span;

/* The fewest owned rows that open, by trying every set of them. */
static size_t fewest(const atr_policy *policy, const atr_attrs *attrs)
{
    atr_policy_rows rows;
    atr_fr row[16][KIT_SPAN_MAX];
    size_t owned = 0;
    size_t best = SIZE_MAX;

    atr_policy_rows_of(&rows, policy);
    for (size_t i = 0; i < rows.count; i++) {
        if (atr_attrs_has(attrs, atr_policy_row(policy, &rows, i))) {
            atr_share_matrix_row(row[owned++], policy, i);
        }
    }
    for (size_t set = 0; set < (size_t)1 << owned; set++) {
        size_t size = (size_t)__builtin_popcountll(set);

        span.count = 0;
        span.columns = atr_share_columns(policy);
        for (size_t i = 0; i < owned && size < best; i++) {
            if (set >> i & 1) {
                kit_span_add(&span, row[i]);
            }
        }
        if (size < best && kit_span_opens(&span)) {
            best = size;
        }
    }
    return best;
}

static void check_plan(const atr_policy *policy, const atr_attrs *attrs,
                       bool admitted)
{
    const atr_share_cost cost = {.row = 1};
    atr_fr shares[ATR_POLICY_ROWS_MAX];
    atr_share_plan plan;
    atr_fr secret;
    atr_fr got;
    bool all_ones = true;
    atr_fr one = atr_fr_of(1);

    assert_int_equal(atr_share_plan_make(&plan, policy, attrs, cost),
                     admitted ? ATR_OK : ATR_ERR_POLICY);
    if (!admitted) {
        assert_int_equal(plan.count, 0);
        return;
    }
    atr_fr_random(&secret, &rng);
    atr_share_split(shares, &secret, policy, &rng);
    got = kit_join(&plan, shares);
    assert_true(atr_fr_equal(&got, &secret));
    for (size_t i = 0; i < plan.count; i++) {
        all_ones &= atr_fr_equal(&plan.weight[i], &one) != 0;
        assert_true(i == 0 || plan.row[i - 1] < plan.row[i]);
    }
    assert_true(!plan.all_ones || all_ones);
}

static void admits_is_span(void **state)
{
    unsigned admitted_count = 0;

    (void)state;
    for (int n = 0; n < POLICIES; n++) {
        atr_policy policy = kit_policy_random(&rng, 2);

        for (unsigned subset = 0; subset < KIT_SUBSETS; subset++) {
            atr_attrs attrs = kit_subset(subset);
            bool admitted = atr_policy_admits(&policy, &attrs);

            kit_span_of(&span, &policy, &attrs);
            assert_int_equal(kit_span_opens(&span), admitted);
            check_plan(&policy, &attrs, admitted);
            admitted_count += admitted;
        }
    }
    /* Both answers were common, so both were tested. */
    assert_in_range(admitted_count, POLICIES * KIT_SUBSETS / 10,
                    POLICIES * KIT_SUBSETS * 9 / 10);
}

static void plan_is_cheapest(void **state)
{
    (void)state;
    for (int n = 0; n < 20; n++) {
        atr_policy policy = kit_policy_random(&rng, 2);
        atr_policy_rows rows;

        atr_policy_rows_of(&rows, &policy);
        if (rows.count > 9) {
            continue;
        }
        for (unsigned subset = 0; subset < KIT_SUBSETS; subset += 3) {
            atr_attrs attrs = kit_subset(subset);
            atr_share_plan plan;

            if (atr_share_plan_make(&plan, &policy, &attrs,
                                    (atr_share_cost){.row = 1}) == ATR_OK) {
                assert_int_equal(plan.count, fewest(&policy, &attrs));
            }
        }
    }
}

/* Shares are the matrix times (secret, coins): whatever the coins are, they
 * lie in the column space, which is what the check weights test. */
static void check_weights_are_dual(void **state)
{
    (void)state;
    for (int n = 0; n < 100; n++) {
        atr_policy policy = kit_policy_random(&rng, 3);
        atr_fr shares[ATR_POLICY_ROWS_MAX];
        atr_fr weights[ATR_POLICY_ROWS_MAX];
        size_t columns = atr_share_columns(&policy);
        atr_fr row[ATR_POLICY_ROWS_MAX];
        atr_fr sum[ATR_POLICY_ROWS_MAX];
        atr_policy_rows rows;
        atr_fr c0;
        atr_fr t;

        assert_true(columns <= ATR_POLICY_ROWS_MAX);
        atr_policy_rows_of(&rows, &policy);
        atr_share_check_weights(weights, &c0, &policy, &rng);
        memset(sum, 0, sizeof sum);
        for (size_t i = 0; i < rows.count; i++) {
            atr_share_matrix_row(row, &policy, i);
            for (size_t c = 0; c < columns; c++) {
                atr_fr_mul(&t, &row[c], &weights[i]);
                atr_fr_add(&sum[c], &sum[c], &t);
            }
        }
        /* weights M = (c0, 0, .., 0) */
        atr_fr_sub(&sum[0], &sum[0], &c0);
        for (size_t c = 0; c < columns; c++) {
            assert_true(atr_fr_is_zero(&sum[c]));
        }

        /* One share changed: the equation fails. */
        atr_fr_random(&t, &rng);
        atr_share_split(shares, &t, &policy, &rng);
        atr_fr_mul(&sum[0], &c0, &t);
        atr_fr_random(&t, &rng);
        atr_fr_add(&shares[n % rows.count], &shares[n % rows.count], &t);
        for (size_t i = 0; i < rows.count; i++) {
            atr_fr_mul(&t, &weights[i], &shares[i]);
            atr_fr_sub(&sum[0], &sum[0], &t);
        }
        assert_false(atr_fr_is_zero(&sum[0]));
    }
}

/* The weights reach the whole of the dual: as many independent ones as there
 * are rows beyond the coins. */
static void check_weights_reach_all(void **state)
{
    (void)state;
    for (int n = 0; n < 20; n++) {
        atr_policy policy = kit_policy_random(&rng, 2);
        atr_policy_rows rows;
        size_t free;

        atr_policy_rows_of(&rows, &policy);
        free = rows.count + 1 - atr_share_columns(&policy);
        span.count = 0;
        span.columns = rows.count;
        for (size_t i = 0; i < free + 2; i++) {
            atr_fr weights[ATR_POLICY_ROWS_MAX];
            atr_fr c0;

            atr_share_check_weights(weights, &c0, &policy, &rng);
            kit_span_add(&span, weights);
        }
        assert_int_equal(span.count, free);
    }
}

static void text_and_bytes_keep_the_tree(void **state)
{
    static char text[ATR_POLICY_TEXT_BYTES_MAX + 1];
    static uint8_t bytes[ATR_POLICY_BYTES_MAX];

    (void)state;
    for (int n = 0; n < POLICIES; n++) {
        atr_policy policy = kit_policy_random(&rng, 3);
        atr_builder out = atr_builder_of(bytes, sizeof bytes);
        atr_policy again;

        assert_int_equal(atr_policy_format(text, sizeof text, &policy), ATR_OK);
        again = kit_policy(text);
        assert_memory_equal(&again, &policy, sizeof policy);

        atr_policy_build(&out, &policy);
        assert_int_equal(atr_builder_end(&out), ATR_OK);
        assert_int_equal(out.len, atr_policy_bytes(&policy));
        assert_int_equal(atr_policy_read(&again, atr_builder_bytes(&out)),
                         ATR_OK);
        assert_memory_equal(&again, &policy, sizeof policy);
    }
}

/* Adding what is missing satisfies; a satisfied set misses nothing. */
static void lacks_suffices(void **state)
{
    (void)state;
    for (int n = 0; n < 50; n++) {
        atr_policy policy = kit_policy_random(&rng, 3);

        for (unsigned subset = 0; subset < KIT_SUBSETS; subset++) {
            atr_attrs attrs = kit_subset(subset);
            bool admitted = atr_policy_admits(&policy, &attrs);
            atr_attrs missing;

            atr_policy_lacks(&missing, &policy, &attrs);
            assert_int_equal(missing.count == 0, admitted);
            for (size_t i = 0; i < missing.count; i++) {
                assert_false(atr_attrs_has(&attrs, &missing.attr[i]));
                assert_int_equal(atr_attrs_add(&attrs, &missing.attr[i]),
                                 ATR_OK);
            }
            assert_true(atr_policy_admits(&policy, &attrs));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admits_is_span),
        cmocka_unit_test(plan_is_cheapest),
        cmocka_unit_test(check_weights_are_dual),
        cmocka_unit_test(check_weights_reach_all),
        cmocka_unit_test(text_and_bytes_keep_the_tree),
        cmocka_unit_test(lacks_suffices),
    };

    kit_rng(&rng, kit_seed());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
