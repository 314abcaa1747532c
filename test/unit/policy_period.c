/* Periods: the clock, the label, keys and policies that have one. */
#include "kit/policy.h"

#include "policy/period.h"

#define WEEK 604800u

static void a_number_is_a_stretch_of_time(void **state)
{
    (void)state;
    assert_int_equal(atr_period_number(0, WEEK), 0);
    assert_int_equal(atr_period_number(WEEK - 1, WEEK), 0);
    assert_int_equal(atr_period_number(WEEK, WEEK), 1);
    assert_int_equal(atr_period_number(1700000000, WEEK), 2810);
    assert_int_equal(atr_period_start(2810, WEEK), 1699488000);
    assert_int_equal(atr_period_end(2810, WEEK), 1700092800);
    assert_int_equal(atr_period_number(atr_period_start(2810, 5), 5), 2810);
}

/* Numbers that came from somebody else do not run over. */
static void what_cannot_be_told_is_far_away(void **state)
{
    (void)state;
    assert_true(atr_period_start(UINT64_MAX, WEEK) == UINT64_MAX);
    assert_true(atr_period_start(UINT64_MAX / WEEK + 1, WEEK) == UINT64_MAX);
    assert_true(atr_period_end(UINT64_MAX, 1) == UINT64_MAX);
    assert_true(atr_period_end(UINT64_MAX / WEEK, WEEK) == UINT64_MAX);
    assert_false(atr_period_is_now(UINT64_MAX, WEEK, 1700000000));
    assert_false(atr_period_is_now(UINT64_MAX, 1, 1700000000));
    assert_false(atr_period_is_now(UINT64_MAX / WEEK, WEEK, 1700000000));
}

/* An hour on either side, and with short periods one period. */
static void clocks_may_differ_by_the_grace(void **state)
{
    const uint64_t start = atr_period_start(2810, WEEK);
    const uint64_t end = atr_period_end(2810, WEEK);

    (void)state;
    assert_int_equal(atr_period_grace(WEEK), 3600);
    assert_int_equal(atr_period_grace(5), 5);
    assert_true(atr_period_is_now(2810, WEEK, start));
    assert_true(atr_period_is_now(2810, WEEK, end - 1));
    assert_true(atr_period_is_now(2810, WEEK, start - 3600));
    assert_false(atr_period_is_now(2810, WEEK, start - 3601));
    assert_true(atr_period_is_now(2810, WEEK, end + 3599));
    assert_false(atr_period_is_now(2810, WEEK, end + 3600));
    assert_true(atr_period_is_now(9, 5, 40));
    assert_false(atr_period_is_now(9, 5, 39));
    assert_true(atr_period_is_now(9, 5, 54));
    assert_false(atr_period_is_now(9, 5, 55));
}

static void they_have_an_order(void **state)
{
    static const atr_period rising[] = {
        {0, 0}, {0, 1}, {1, 0}, {1, 7}, {2, 3}, {UINT64_MAX, UINT32_MAX},
    };
    const size_t count = sizeof rising / sizeof rising[0];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int order = atr_period_compare(rising[i], rising[j]);

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

/* Pinned: a label is hashed to a point, so its bytes are forever. */
static void the_label_is_pinned(void **state)
{
    atr_attr label;
    atr_period back;

    (void)state;
    atr_attr_period(&label, (atr_period){2810, 3});
    assert_hex(label.bytes, label.len, "017065720000000000000afa00000003");
    assert_true(atr_period_of(&back, &label));
    assert_int_equal(atr_period_compare(back, (atr_period){2810, 3}), 0);
    label.len--;
    assert_false(atr_period_of(&back, &label));
    assert_int_equal(back.number, 0);
}

/* --- keys ----------------------------------------------------------------- */

static uint8_t bytes[ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX) + 2];

static atr_bytes build(const atr_attrs *attrs)
{
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    atr_attrs_build(&out, attrs);
    assert_int_equal(atr_builder_end(&out), ATR_OK);
    return atr_builder_bytes(&out);
}

static void a_key_has_one_period(void **state)
{
    atr_attrs attrs = kit_attrs("staff, year#4=5");
    const size_t asked = attrs.count;
    atr_attrs again;
    atr_period period;
    atr_reader in;
    char text[200];

    (void)state;
    assert_false(atr_attrs_period(&period, &attrs));
    assert_int_equal(atr_attrs_add_period(&attrs, (atr_period){2810, 0}),
                     ATR_OK);
    assert_int_equal(attrs.count, asked + 1);
    assert_true(atr_attrs_period(&period, &attrs));
    assert_int_equal(period.number, 2810);
    assert_int_equal(atr_attrs_add_period(&attrs, (atr_period){2811, 0}),
                     ATR_ERR_INPUT);
    in = atr_reader_of(build(&attrs));
    atr_attrs_read_held(&again, &in);
    assert_int_equal(atr_reader_end(&in), ATR_OK);
    assert_memory_equal(&again, &attrs, sizeof attrs);
    assert_int_equal(atr_attrs_format(text, sizeof text, &attrs), ATR_OK);
    assert_string_equal(text, "year#4=5, <period 2810>, staff");
}

static void a_full_set_has_no_room(void **state)
{
    static atr_attrs attrs;
    char name[8];

    (void)state;
    for (unsigned i = 0; i < ATR_ATTRS_MAX; i++) {
        atr_attr attr;

        snprintf(name, sizeof name, "a%u", i);
        assert_int_equal(atr_attr_name(&attr, kit_bytes(name)), ATR_OK);
        assert_int_equal(atr_attrs_add(&attrs, &attr), ATR_OK);
    }
    assert_int_equal(atr_attrs_add_period(&attrs, (atr_period){1, 0}),
                     ATR_ERR_LIMIT);
    assert_int_equal(attrs.count, ATR_ATTRS_MAX);
}

/* --- policies ------------------------------------------------------------- */

static void a_policy_asks_for_its_period(void **state)
{
    static const atr_period now = {2810, 1};
    atr_policy plain = kit_policy("staff or guest");
    atr_policy policy;
    char text[100];

    (void)state;
    assert_int_equal(atr_policy_with_period(&policy, &plain, now), ATR_OK);
    assert_int_equal(policy.count, plain.count + 2);
    assert_int_equal(atr_policy_format(text, sizeof text, &policy), ATR_OK);
    assert_string_equal(text, "(staff or guest) and <period 2810.1>");
    for (uint64_t n = 2809; n <= 2811; n++) {
        for (uint32_t g = 0; g <= 2; g++) {
            atr_attrs held = kit_attrs("staff");

            assert_false(atr_policy_admits(&policy, &held));
            assert_int_equal(atr_attrs_add_period(&held, (atr_period){n, g}),
                             ATR_OK);
            assert_int_equal(atr_policy_admits(&policy, &held),
                             n == now.number && g == now.generation);
        }
    }
}

static void its_bytes_are_pinned(void **state)
{
    atr_policy plain = kit_policy("a");
    atr_policy policy;
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    assert_int_equal(
        atr_policy_with_period(&policy, &plain, (atr_period){2810, 0}), ATR_OK);
    atr_policy_build(&out, &policy);
    assert_hex(bytes, out.len,
               "020202"
               "010161"
               "0110017065720000000000000afa00000000");
    assert_int_equal(out.len, atr_policy_bytes(&policy));
}

/* Rows, steps and depth: one of each more must fit. */
static void limits_count_the_period(void **state)
{
    static atr_policy policy;
    static atr_policy out;
    static const atr_policy nothing;
    static char text[ATR_POLICY_TEXT_BYTES_MAX];

    (void)state;
    for (unsigned rows = 255; rows <= 256; rows++) {
        size_t len = 0;

        for (unsigned i = 0; i < rows; i++) {
            len += (size_t)snprintf(
                text + len, sizeof text - len, "%sa%u%s",
                i % 64 == 0 ? (i == 0 ? "(" : " and (") : " or ", i,
                i % 64 == 63 || i + 1 == rows ? ")" : "");
        }
        policy = kit_policy(text);
        assert_int_equal(atr_policy_with_period(&out, &policy, (atr_period){0}),
                         rows == 255 ? ATR_OK : ATR_ERR_LIMIT);
        assert_int_equal(memcmp(&out, &nothing, sizeof out) == 0, rows == 256);
    }
    for (unsigned depth = 31; depth <= 32; depth++) {
        size_t len = 0;

        for (unsigned i = 0; i < depth; i++) {
            len += (size_t)snprintf(text + len, sizeof text - len, "%s",
                                    i % 2 == 0 ? "a and (" : "b or (");
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "c");
        for (unsigned i = 0; i < depth; i++) {
            text[len++] = ')';
        }
        text[len] = 0;
        assert_int_equal(atr_policy_parse(&policy, kit_bytes(text), NULL),
                         ATR_OK);
        assert_int_equal(atr_policy_with_period(&out, &policy, (atr_period){0}),
                         depth == 31 ? ATR_OK : ATR_ERR_LIMIT);
    }
    assert_int_equal(atr_policy_with_period(&out, &nothing, (atr_period){0}),
                     ATR_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_a_stretch_of_time),
        cmocka_unit_test(what_cannot_be_told_is_far_away),
        cmocka_unit_test(clocks_may_differ_by_the_grace),
        cmocka_unit_test(they_have_an_order),
        cmocka_unit_test(the_label_is_pinned),
        cmocka_unit_test(a_key_has_one_period),
        cmocka_unit_test(a_full_set_has_no_room),
        cmocka_unit_test(a_policy_asks_for_its_period),
        cmocka_unit_test(its_bytes_are_pinned),
        cmocka_unit_test(limits_count_the_period),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
