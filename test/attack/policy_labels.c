/* Attack: a user asks for an attribute that is spelled like one the library
 * makes for itself, or for two whose parts run together. (Pitfalls 16, 17.)
 */
#include "kit/policy.h"

/* Every attribute that the library derives, asked for as a name. */
static void derived_attributes_cannot_be_asked_for(void **state)
{
    (void)state;
    for (unsigned len = 0; len <= 8; len++) {
        for (uint32_t prefix = 0; prefix < 1u << len; prefix++) {
            atr_policy policy;
            atr_attrs attrs;
            atr_attr made;
            atr_attr asked;
            atr_bytes bytes;

            assert_int_equal(
                atr_attr_prefix(&made, kit_bytes("age"), 8, len, prefix),
                ATR_OK);
            bytes = (atr_bytes){made.bytes, made.len};
            assert_int_equal(atr_attr_name(&asked, bytes), ATR_ERR_INPUT);
            assert_int_equal(atr_attrs_parse(&attrs, bytes, NULL),
                             ATR_ERR_INPUT);
            assert_int_equal(atr_policy_parse(&policy, bytes, NULL),
                             ATR_ERR_INPUT);
        }
    }
}

/* What people might take for the inner spelling opens no comparison. */
static void lookalikes_open_nothing(void **state)
{
    static const char *const names[] = {
        "age",
        "age:8",
        "num",
        "num:age",
        "age_5",
        "age-5",
        "age:8:5",
        "age_flexint_xxxxx101",
        "expint08_0101",
        "age.present",
        "internal-boneh-katz-transform-attribute",
    };
    atr_policy policy = kit_policy("age#8 = 5 or age >= 0");

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        atr_attrs attrs = kit_attrs(names[i]);

        assert_false(atr_policy_admits(&policy, &attrs));
    }
}

/* Derived bytes that no call of the library makes are no attributes: neither
 * in a set nor in a policy. Every single byte is changed to every value. */
static void damaged_labels_are_refused_or_others(void **state)
{
    atr_attr good;

    (void)state;
    assert_int_equal(atr_attr_prefix(&good, kit_bytes("age"), 8, 3, 5), ATR_OK);
    for (size_t at = 0; at < good.len; at++) {
        for (unsigned c = 0; c < 256; c++) {
            atr_attr other = good;
            /* a byte of the name, the width, the length or the prefix */
            bool part = (at >= 8 && at <= 12) || at == 16;

            other.bytes[at] = (uint8_t)c;
            if (c == good.bytes[at]) {
                assert_int_equal(atr_attr_check(&other), ATR_OK);
            } else if (atr_attr_check(&other) == ATR_OK) {
                assert_true(part);
                assert_false(atr_attr_equal(&other, &good));
            }
        }
    }
}

/* Different parts, different bytes: nothing runs together. */
static void parts_do_not_run_together(void **state)
{
    static const char *const names[] = {"a", "a1", "a11", "b", "A"};
    static atr_attr all[5 * 40];
    size_t count = 0;

    (void)state;
    for (size_t n = 0; n < 5; n++) {
        for (unsigned width = 1; width <= 4; width++) {
            for (unsigned len = 0; len <= width; len++) {
                for (uint32_t p = 0; p < 1u << len && p < 2; p++) {
                    assert_int_equal(atr_attr_prefix(&all[count++],
                                                     kit_bytes(names[n]), width,
                                                     len, p),
                                     ATR_OK);
                }
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(atr_attr_equal(&all[i], &all[j]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derived_attributes_cannot_be_asked_for),
        cmocka_unit_test(lookalikes_open_nothing),
        cmocka_unit_test(damaged_labels_are_refused_or_others),
        cmocka_unit_test(parts_do_not_run_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
