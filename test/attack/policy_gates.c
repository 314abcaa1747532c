/* Attack: policies that are open to everybody or to nobody: empty ones, gates
 * that need nothing or more than there is. (Pitfall 20.)
 */
#include "kit/policy.h"

static void open_gates_are_refused_as_text(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "()",
        "0 of (a, b)",
        "3 of (a, b)",
        "65 of (a, b)",
        "4294967295 of (a, b)",
        "4294967298 of (a, b)",
        "18446744073709551618 of (a, b)",
        "1 of (a)",
        "1 of ()",
        "2 of (,)",
        "2 of",
        "of (a, b)",
        "a or 0 of (a, b)",
        "256 of (a, b)",
        "257 of (a, b)",
    };
    atr_policy policy;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(atr_policy_parse(&policy, kit_bytes(texts[i]), NULL),
                         ATR_ERR_INPUT);
        assert_int_equal(policy.count, 0);
    }
}

/* Every k and m there is, as bytes over two leaves. */
static void open_gates_are_refused_as_bytes(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 256; k++) {
        for (unsigned m = 0; m < 256; m++) {
            const uint8_t bytes[] = {2,   (uint8_t)k, (uint8_t)m, 1,  1,
                                     'a', 1,          1,          'b'};
            bool good = m == 2 && (k == 1 || k == 2);
            atr_policy policy;

            assert_int_equal(
                atr_policy_read(&policy, ATR_BYTES(bytes)) == ATR_OK, good);
        }
    }
}

/* And as a tree that a program might have built. */
static void open_gates_are_refused_as_trees(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 256; k++) {
        for (unsigned m = 1; m < 256; m++) {
            atr_policy policy = kit_policy("a and b");
            bool good = m == 2 && (k == 1 || k == 2);

            policy.steps[2].need = (uint8_t)k;
            policy.steps[2].of = (uint8_t)m;
            assert_int_equal(atr_policy_check(&policy) == ATR_OK, good);
        }
    }
}

/* A policy that failed to parse admits nobody. */
static void nothing_admits_nobody(void **state)
{
    atr_policy policy;
    atr_attrs attrs = kit_attrs("a, b");

    (void)state;
    assert_int_equal(atr_policy_parse(&policy, kit_bytes("a or"), NULL),
                     ATR_ERR_INPUT);
    assert_false(atr_policy_admits(&policy, &attrs));
}

/* Duplicates count as often as they stand there. */
static void duplicates_count(void **state)
{
    static const struct {
        const char *text;
        const char *attrs;
        bool admitted;
    } cases[] = {
        {"a and a", "a", true},         {"a or a", "a", true},
        {"a or a", "b", false},         {"2 of (a, a, b)", "a", true},
        {"2 of (a, a, b)", "b", false}, {"3 of (a, a, b)", "a", false},
        {"2 of (a, b, b)", "b", true},  {"3 of (a, a, b)", "a, b", true},
        {"a and (a or b)", "a", true},  {"a and (a or b)", "b", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_policy policy = kit_policy(cases[i].text);
        atr_attrs attrs = kit_attrs(cases[i].attrs);

        assert_int_equal(atr_policy_admits(&policy, &attrs), cases[i].admitted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_gates_are_refused_as_text),
        cmocka_unit_test(open_gates_are_refused_as_bytes),
        cmocka_unit_test(open_gates_are_refused_as_trees),
        cmocka_unit_test(nothing_admits_nobody),
        cmocka_unit_test(duplicates_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
