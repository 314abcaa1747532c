/* Attack: a key with two values of one number, or the same number in two
 * widths, that together satisfy what neither does alone. (Pitfall 18.)
 */
#include "kit/policy.h"

static void two_values_are_refused(void **state)
{
    static const char *const lists[] = {
        "n=5, n=9",   "n#8=5, n#8=9",      "n#8=5, n#16=5",
        "n#8=5, n=5", "n=5, a, b, c, n=4", "n#1=0 n#1=1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        atr_attrs attrs;

        assert_int_equal(atr_attrs_parse(&attrs, kit_bytes(lists[i]), NULL),
                         ATR_ERR_INPUT);
        assert_int_equal(attrs.count, 0);
    }
}

/* Even a key that somehow holds both: 5 and 9 do not make more than 12, for
 * any two values and any limit. */
static void two_values_do_not_mix(void **state)
{
    static atr_attrs one[16];
    char text[32];

    (void)state;
    for (unsigned x = 0; x < 16; x++) {
        snprintf(text, sizeof text, "n#4=%u", x);
        one[x] = kit_attrs(text);
    }
    for (unsigned x = 0; x < 16; x++) {
        for (unsigned y = 0; y < x; y++) {
            atr_attrs both = one[x];

            for (size_t i = 0; i < one[y].count; i++) {
                assert_int_equal(atr_attrs_add(&both, &one[y].attr[i]), ATR_OK);
            }
            for (unsigned limit = 0; limit < 15; limit++) {
                atr_policy policy;

                snprintf(text, sizeof text, "n#4 > %u", limit);
                policy = kit_policy(text);
                assert_int_equal(atr_policy_admits(&policy, &both),
                                 x > limit || y > limit);
            }
        }
    }
}

static void widths_do_not_mix(void **state)
{
    static const unsigned widths[] = {4, 8, 16, 31, 32};
    char text[32];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        atr_attrs attrs;

        snprintf(text, sizeof text, "n#%u=5", widths[i]);
        attrs = kit_attrs(text);
        for (size_t j = 0; j < 5; j++) {
            atr_policy policy;

            snprintf(text, sizeof text, "n#%u in 3..7", widths[j]);
            policy = kit_policy(text);
            assert_int_equal(atr_policy_admits(&policy, &attrs), i == j);
            snprintf(text, sizeof text, "n#%u >= 0", widths[j]);
            policy = kit_policy(text);
            assert_int_equal(atr_policy_admits(&policy, &attrs), i == j);
        }
    }
}

/* A number is not the name, and the name is not the number. */
static void presence_is_not_the_name(void **state)
{
    atr_policy number = kit_policy("n >= 0");
    atr_policy name = kit_policy("n");
    atr_attrs has_number = kit_attrs("n=0");
    atr_attrs has_name = kit_attrs("n");

    (void)state;
    assert_true(atr_policy_admits(&number, &has_number));
    assert_false(atr_policy_admits(&number, &has_name));
    assert_true(atr_policy_admits(&name, &has_name));
    assert_false(atr_policy_admits(&name, &has_number));
}

/* A range that nothing satisfies is not a gate that anything satisfies. */
static void empty_ranges_are_refused(void **state)
{
    static const char *const texts[] = {
        "n < 0",     "n > 4294967295", "n#4 > 15",
        "n in 5..4", "n in [1,0]",     "a or n < 0",
    };
    atr_policy policy;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(atr_policy_parse(&policy, kit_bytes(texts[i]), NULL),
                         ATR_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_values_are_refused),
        cmocka_unit_test(two_values_do_not_mix),
        cmocka_unit_test(widths_do_not_mix),
        cmocka_unit_test(presence_is_not_the_name),
        cmocka_unit_test(empty_ranges_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
