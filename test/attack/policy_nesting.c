/* Attack: nesting that eats the stack, sizes that lie, texts that make the
 * parser slow. (Pitfall 7.)
 */
#include "kit/policy.h"

#include <sys/resource.h>

#define LARGE 4000000

static char *text;

/* Repeats `part` in `text` until `len` bytes are full. */
static atr_bytes fill(const char *part, size_t len)
{
    size_t part_len = strlen(part);

    for (size_t i = 0; i < len; i++) {
        text[i] = part[i % part_len];
    }
    return (atr_bytes){(const uint8_t *)text, len};
}

static void deep_text_is_refused(void **state)
{
    static const char *const parts[] = {
        "(", "not ", "a and (", "2 of (a, ", "1 of (", "((a) or ", "!", "[",
    };
    static const size_t lengths[] = {100, 1000, ATR_POLICY_TEXT_BYTES_MAX,
                                     ATR_POLICY_TEXT_BYTES_MAX + 1, LARGE};
    atr_policy policy;
    atr_text_error error;

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (size_t j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
            atr_err err =
                atr_policy_parse(&policy, fill(parts[i], lengths[j]), &error);

            assert_int_not_equal(err, ATR_OK);
            assert_non_null(error.what);
            assert_true(error.column >= 1 && error.column <= 65537);
        }
    }
}

static void four_million_brackets(void **state)
{
    atr_text_error error;
    atr_policy policy;

    (void)state;
    assert_int_equal(atr_policy_parse(&policy, fill("(", LARGE), &error),
                     ATR_ERR_LIMIT);
    assert_string_equal(error.what, "the text is too long");
    assert_int_equal(atr_policy_parse(&policy, fill("(", 60000), &error),
                     ATR_ERR_LIMIT);
    assert_string_equal(error.what,
                        "parentheses stand too deep inside one another");
    assert_int_equal(error.column, 34);
}

static void deep_bytes_are_refused(void **state)
{
    static const char *const parts[] = {"\002\002\002", "\002\001\100",
                                        "\002\001\002\001\001a"};
    atr_policy policy;

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_int_not_equal(atr_policy_read(&policy, fill(parts[i], LARGE)),
                             ATR_OK);
    }
}

/* Long lists of what is short: refused at the 65th, or the 257th. */
static void wide_text_is_refused(void **state)
{
    static const char *const parts[] = {"a and ", "a or ", "a in 1..65534 or ",
                                        "n > 1 and "};
    atr_policy policy;

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_int_equal(atr_policy_parse(&policy, fill(parts[i], 60000), NULL),
                         ATR_ERR_LIMIT);
    }
}

/* All of it within 256 kB of stack, most of which is the policies that the
 * tests themselves hold: nothing is called once a level. */
static void takes_little_stack(void **state)
{
    struct rlimit limit;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_STACK, &limit), 0);
    limit.rlim_cur = 256 * 1024;
    assert_int_equal(setrlimit(RLIMIT_STACK, &limit), 0);
    deep_text_is_refused(state);
    deep_bytes_are_refused(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deep_text_is_refused),
        cmocka_unit_test(four_million_brackets),
        cmocka_unit_test(deep_bytes_are_refused),
        cmocka_unit_test(wide_text_is_refused),
        cmocka_unit_test(takes_little_stack),
    };
    int failed;

    text = malloc(LARGE);
    if (text == NULL) {
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(text);
    return failed;
}
