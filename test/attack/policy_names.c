/* Attack: two attributes that the system takes for one, or one that it takes
 * for a word of the grammar. (Pitfall 15.)
 */
#include "kit/policy.h"

/* What admits one of these must not admit another. */
static void neighbours_do_not_match(void **state)
{
    static const char *const names[] = {
        "hr_manager", "hr_intern", "hr",    "hr_",     "hr_manager1",
        "HR_manager", "a",         "A",     "aa",      "a.b",
        "a:b",        "a@b",       "a/b",   "a-b",     "a_b",
        "a0",         "a1",        "a10",   "a_0",     "order",
        "android",    "Order",     "inner", "ofAnd",   "nota",
        "and.",       "or:",       "not-",  "uid:567", "uid:5678",
    };
    size_t count = sizeof names / sizeof names[0];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        atr_policy policy = kit_policy(names[i]);

        for (size_t j = 0; j < count; j++) {
            atr_attrs attrs = kit_attrs(names[j]);

            assert_int_equal(atr_policy_admits(&policy, &attrs), i == j);
        }
    }
}

static void words_within_names_are_letters(void **state)
{
    atr_policy policy = kit_policy("FORD AND SANDY or android and order");
    atr_attrs both = kit_attrs("FORD, SANDY");
    atr_attrs half = kit_attrs("F, D, S, Y, FORD");
    atr_attrs other = kit_attrs("order, android");

    (void)state;
    assert_true(atr_policy_admits(&policy, &both));
    assert_false(atr_policy_admits(&policy, &half));
    assert_true(atr_policy_admits(&policy, &other));
}

/* No case of a word names an attribute, in any place where one may stand. */
static void words_name_nothing(void **state)
{
    static const char *const words[] = {"and", "or", "of", "in", "not"};
    char word[4];
    char text[40];
    atr_policy policy;
    atr_attrs attrs;
    atr_attr attr;

    (void)state;
    for (size_t w = 0; w < 5; w++) {
        size_t len = strlen(words[w]);

        for (unsigned capitals = 0; capitals < 1u << len; capitals++) {
            strcpy(word, words[w]);
            for (size_t i = 0; i < len; i++) {
                word[i] = (char)(word[i] - (capitals >> i & 1 ? 32 : 0));
            }
            assert_int_equal(atr_attr_name(&attr, kit_bytes(word)),
                             ATR_ERR_INPUT);
            assert_int_equal(atr_attrs_parse(&attrs, kit_bytes(word), NULL),
                             ATR_ERR_INPUT);
            snprintf(text, sizeof text, "a or %s = 5", word);
            assert_int_equal(atr_policy_parse(&policy, kit_bytes(text), NULL),
                             ATR_ERR_INPUT);
        }
    }
}

/* The name ends where the text says, not at a zero byte. */
static void zero_bytes_end_nothing(void **state)
{
    static const uint8_t text[] = {'a', 0, 'b'};
    static const uint8_t after[] = {'a', ' ', 0};
    atr_policy policy;
    atr_attrs attrs;
    atr_attr attr;

    (void)state;
    assert_int_equal(atr_policy_parse(&policy, ATR_BYTES(text), NULL),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_policy_parse(&policy, ATR_BYTES(after), NULL),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_attrs_parse(&attrs, ATR_BYTES(text), NULL),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_attr_name(&attr, ATR_BYTES(text)), ATR_ERR_INPUT);
}

/* A name of 65 bytes is refused, not cut to 64. */
static void long_names_are_not_cut(void **state)
{
    char name[66];
    atr_policy policy;
    atr_attrs attrs;

    (void)state;
    memset(name, 'x', 65);
    name[65] = 0;
    assert_int_equal(atr_policy_parse(&policy, kit_bytes(name), NULL),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_attrs_parse(&attrs, kit_bytes(name), NULL),
                     ATR_ERR_INPUT);
    name[64] = 0;
    policy = kit_policy(name);
    attrs = kit_attrs(name);
    assert_true(atr_policy_admits(&policy, &attrs));
    name[63] = 0;
    attrs = kit_attrs(name);
    assert_false(atr_policy_admits(&policy, &attrs));
}

/* Every byte that is not of a name ends it or is refused. */
static void no_byte_slips_into_a_name(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t text[3] = {'a', (uint8_t)c, 'b'};
        bool plain = (c < 128 && c != 0 && strchr("_.:@/-", (int)c)) ||
                     (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                     (c >= 'a' && c <= 'z');
        atr_policy policy;
        atr_attr attr;

        assert_int_equal(atr_attr_name(&attr, ATR_BYTES(text)),
                         plain ? ATR_OK : ATR_ERR_INPUT);
        assert_int_equal(atr_policy_parse(&policy, ATR_BYTES(text), NULL),
                         plain ? ATR_OK : ATR_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_do_not_match),
        cmocka_unit_test(words_within_names_are_letters),
        cmocka_unit_test(words_name_nothing),
        cmocka_unit_test(zero_bytes_end_nothing),
        cmocka_unit_test(long_names_are_not_cut),
        cmocka_unit_test(no_byte_slips_into_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
