/* Sharing: the matrix is pinned, shares are that matrix times the coins, and
 * plans use the rows they should.
 */
#include "kit/policy.h"

static const uint8_t seed[ATR_SEED_BYTES] = {7};

/* A row as small signed numbers, "1 -1 4 .." */
static void row_text(char *out, size_t cap, const atr_fr *row, size_t columns)
{
    out[0] = 0;
    for (size_t c = 0; c < columns; c++) {
        int found = 1000;

        for (int v = -1; v <= 100; v++) {
            atr_fr want = atr_fr_of((uint64_t)(v < 0 ? -v : v));

            if (v < 0) {
                atr_fr_neg(&want, &want);
            }
            found = atr_fr_equal(&want, &row[c]) ? v : found;
        }
        snprintf(out + strlen(out), cap - strlen(out), "%s%d",
                 c == 0 ? "" : " ", found);
    }
}

/* Pinned: columns are the secret, then the coins in the order they are drawn,
 * from the root down. */
static void matrices_are_pinned(void **state)
{
    static const struct {
        const char *text;
        const char *rows;
    } cases[] = {
        {"a", "1"},
        {"a or b", "1; 1"},
        {"a and b", "0 1; 1 -1"},
        {"a and b and c", "0 1 0; 0 0 1; 1 -1 -1"},
        {"2 of (a, b, c)", "1 1; 1 2; 1 3"},
        {"3 of (a, b, c, d)", "1 1 1; 1 2 4; 1 3 9; 1 4 16"},
        {"(a and b) or (c and d)", "0 1 0; 1 -1 0; 0 0 1; 1 0 -1"},
        {"(a and b) and (c or 2 of (d, e, f))",
         "0 0 1 0; 0 1 -1 0; 1 -1 0 0; 1 -1 0 1; 1 -1 0 2; 1 -1 0 3"},
        {"2 of (a, b and c, d)", "1 1 0; 0 0 1; 1 2 -1; 1 3 0"},
        {"n#2 >= 1 and x", "0 1; 0 1; 1 -1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_policy policy = kit_policy(cases[i].text);
        size_t columns = atr_share_columns(&policy);
        atr_policy_rows rows;
        char all[400] = "";
        char one[80];

        atr_policy_rows_of(&rows, &policy);
        for (size_t r = 0; r < rows.count; r++) {
            atr_fr row[10];

            assert_true(columns <= 10);
            atr_share_matrix_row(row, &policy, r);
            row_text(one, sizeof one, row, columns);
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
                     r == 0 ? "" : "; ", one);
        }
        assert_string_equal(all, cases[i].rows);
    }
}

/* shares = M (secret, coins), the coins drawn in the order of the columns. */
static void shares_are_the_matrix_times_the_coins(void **state)
{
    static const char *const texts[] = {
        "a",
        "a or b",
        "a and b and c",
        "2 of (a, b, c) and 3 of (d, e, f, g)",
        "(a and b) or 2 of (c, d and e and f, g or (h and i))",
        "3 of (a and 2 of (b, c, d), e, f and g, h)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        atr_policy policy = kit_policy(texts[i]);
        size_t columns = atr_share_columns(&policy);
        atr_fr shares[ATR_POLICY_ROWS_MAX];
        atr_policy_rows rows;
        atr_fr vector[20];
        atr_rng rng;

        assert_true(columns <= 20);
        vector[0] = atr_fr_of(123456789);
        atr_rng_init(&rng, seed);
        for (size_t c = 1; c < columns; c++) {
            atr_fr_random(&vector[c], &rng);
        }
        atr_rng_init(&rng, seed);
        atr_share_split(shares, &vector[0], &policy, &rng);
        atr_policy_rows_of(&rows, &policy);
        for (size_t r = 0; r < rows.count; r++) {
            atr_fr row[20];
            atr_fr sum = {{0}};
            atr_fr t;

            atr_share_matrix_row(row, &policy, r);
            for (size_t c = 0; c < columns; c++) {
                atr_fr_mul(&t, &row[c], &vector[c]);
                atr_fr_add(&sum, &sum, &t);
            }
            assert_true(atr_fr_equal(&sum, &shares[r]));
        }
    }
}

static void plan(atr_share_plan *out, const char *text, const char *attrs,
                 atr_share_cost cost)
{
    atr_policy policy = kit_policy(text);
    atr_attrs set = kit_attrs(attrs);

    assert_int_equal(atr_share_plan_make(out, &policy, &set, cost), ATR_OK);
}

static void plans_use_the_cheapest_rows(void **state)
{
    static const struct {
        const char *text;
        const char *attrs;
        atr_share_cost cost;
        const char *rows;
        bool all_ones;
    } cases[] = {
        {"a", "a", {1, 0}, "0", true},
        {"a or b", "a, b", {1, 0}, "0", true},
        {"a or b", "b", {1, 0}, "1", true},
        {"(a and b) or c", "a, b, c", {1, 0}, "2", true},
        {"2 of (a, b, c)", "a, b, c", {1, 0}, "0 1", false},
        {"2 of (a and b, c, d)", "a, b, c, d", {1, 0}, "2 3", false},
        {"2 of (a and b, c, d)", "a, b, d", {1, 0}, "0 1 3", false},
        {"2 of (a, b, c) or (d and e)", "a, b, d, e", {1, 0}, "0 1", false},
        {"2 of (a, b, c) or d", "a, b, d", {1, 0}, "3", true},
        /* Two rows are dearer than one, unless it is a repeated one. */
        {"a and ((b and c) or a)", "a, b, c", {1, 0}, "0 3", true},
        {"a and ((b and c) or a)", "a, b, c", {1, 3}, "0 1 2", true},
        {"n#8 >= 18 and x", "n#8=200, x", {1, 0}, "5 6", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_share_plan got;
        char rows[100] = "";

        plan(&got, cases[i].text, cases[i].attrs, cases[i].cost);
        for (size_t r = 0; r < got.count; r++) {
            snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "%s%u",
                     r == 0 ? "" : " ", got.row[r]);
        }
        assert_string_equal(rows, cases[i].rows);
        assert_int_equal(got.all_ones, cases[i].all_ones);
    }
}

/* Pinned: the Lagrange coefficients at 0 of the points 1, 2 and 1, 3, 4. */
static void weights_are_lagrange(void **state)
{
    atr_share_plan got;
    atr_fr t = atr_fr_of(2);

    (void)state;
    plan(&got, "2 of (a, b, c)", "a, b", (atr_share_cost){1, 0});
    assert_true(atr_fr_equal(&got.weight[0], &t)); /* 2, -1 */
    t = atr_fr_of(1);
    atr_fr_neg(&t, &t);
    assert_true(atr_fr_equal(&got.weight[1], &t));

    plan(&got, "3 of (a, b, c, d)", "a, c, d", (atr_share_cost){1, 0});
    t = atr_fr_of(2); /* 2, -2, 1 */
    assert_true(atr_fr_equal(&got.weight[0], &t));
    atr_fr_neg(&t, &t);
    assert_true(atr_fr_equal(&got.weight[1], &t));
    t = atr_fr_of(1);
    assert_true(atr_fr_equal(&got.weight[2], &t));
}

/* The largest gates there may be, on either end. */
static void full_gates_join(void **state)
{
    static const unsigned needs[] = {1, 2, 32, 63, 64};
    char text[1000];
    char attrs[1000];
    atr_rng rng;

    (void)state;
    atr_rng_init(&rng, seed);
    for (size_t n = 0; n < sizeof needs / sizeof needs[0]; n++) {
        atr_fr secret;
        atr_fr shares[ATR_POLICY_ROWS_MAX];
        atr_fr weights[ATR_POLICY_ROWS_MAX];
        atr_fr c0;
        atr_fr got;
        atr_share_plan all;
        atr_policy policy;
        atr_attrs set;

        snprintf(text, sizeof text, "%u of (", needs[n]);
        attrs[0] = 0;
        for (unsigned i = 0; i < 64; i++) {
            snprintf(text + strlen(text), sizeof text - strlen(text), "%sx%u",
                     i == 0 ? "" : ",", i);
            if (i >= 64 - needs[n]) {
                snprintf(attrs + strlen(attrs), sizeof attrs - strlen(attrs),
                         " x%u", i);
            }
        }
        strcat(text, ")");
        policy = kit_policy(text);
        set = kit_attrs(attrs);
        atr_fr_random(&secret, &rng);
        atr_share_split(shares, &secret, &policy, &rng);
        assert_int_equal(
            atr_share_plan_make(&all, &policy, &set, (atr_share_cost){1, 0}),
            ATR_OK);
        assert_int_equal(all.count, needs[n]);
        got = kit_join(&all, shares);
        assert_true(atr_fr_equal(&got, &secret));

        atr_share_check_weights(weights, &c0, &policy, &rng);
        atr_fr_mul(&got, &c0, &secret);
        for (unsigned i = 0; i < 64; i++) {
            atr_fr t;

            atr_fr_mul(&t, &weights[i], &shares[i]);
            atr_fr_sub(&got, &got, &t);
        }
        assert_true(atr_fr_is_zero(&got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_are_pinned),
        cmocka_unit_test(shares_are_the_matrix_times_the_coins),
        cmocka_unit_test(plans_use_the_cheapest_rows),
        cmocka_unit_test(weights_are_lagrange),
        cmocka_unit_test(full_gates_join),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
