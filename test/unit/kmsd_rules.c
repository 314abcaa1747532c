/* The rule file: what entries earn, and what is wrong in a file, by place. */
#include "app/kmsd/rules.h"
#include "kit/kit.h"

static atr_bytes text_of(const char *text)
{
    return (atr_bytes){(const uint8_t *)text, strlen(text)};
}

static atr_rules *rules_of(const char *text)
{
    atr_rules *rules;
    atr_fault fault = {""};

    if (atr_rules_parse(&rules, text_of(text), &fault) != ATR_OK) {
        fail_msg("%s", fault.text);
    }
    return rules;
}

/* The canonical list that `pairs` (key, value, .., NULL) earn. */
static void earn(char *out, size_t cap, const atr_rules *rules,
                 const char *const *pairs)
{
    static atr_attrs attrs;
    atr_claim claims[16];
    atr_fault fault;
    size_t count = 0;

    for (; pairs[2 * count]; count++) {
        claims[count].key = text_of(pairs[2 * count]);
        claims[count].value = text_of(pairs[2 * count + 1]);
    }
    assert_int_equal(atr_rules_apply(&attrs, rules, claims, count, &fault),
                     ATR_OK);
    out[0] = 0;
    if (attrs.count > 0) {
        assert_int_equal(atr_attrs_format(out, cap, &attrs), ATR_OK);
    }
}

#define assert_earns(rules, wanted, ...)                                       \
    do {                                                                       \
        const char *const pairs_[] = {__VA_ARGS__, NULL};                      \
        char got_[4096];                                                       \
        earn(got_, sizeof got_, (rules), pairs_);                              \
        assert_string_equal(got_, (wanted));                                   \
    } while (0)

static void entries_earn_what_the_rules_say(void **state)
{
    atr_rules *r =
        rules_of("# the hospital\n"
                 "\n"
                 "give member if mail ends \"@example.org\"\r\n"
                 "give cardiology if memberOf is \"cn=cardiology, ou=g\"\n"
                 "  give senior, staff if title begins Senior and status is "
                 "active # both\n"
                 "give phone if telephoneNumber\n"
                 "give since={startYear} if startYear");

    (void)state;
    assert_earns(r, "", "x", "y");
    assert_earns(r, "member", "mail", "alice@example.org");
    assert_earns(r, "member", "MAIL", "@example.org");
    assert_earns(r, "", "mail", "alice@example.org.evil");
    assert_earns(r, "", "mail", "alice@EXAMPLE.org");
    assert_earns(r, "", "mails", "alice@example.org");
    assert_earns(r, "", "mai", "alice@example.org");
    assert_earns(r, "cardiology", "memberOf", "cn=x", "memberof",
                 "cn=cardiology, ou=g");
    assert_earns(r, "", "title", "Senior nurse");
    assert_earns(r, "", "title", "Senior nurse", "status", "active ");
    assert_earns(r, "senior, staff", "title", "Senior nurse", "status",
                 "active");
    assert_earns(r, "", "telephoneNumber", "");
    assert_earns(r, "phone", "telephoneNumber", "", "telephoneNumber", "1");
    assert_earns(r, "since=2019", "startYear", "2019");
    atr_rules_free(r);
}

/* A value becomes a number or nothing: never a name, never two numbers. */
static void value_never_becomes_part_of_an_attribute(void **state)
{
    atr_rules *r = rules_of("give since={year} age#8={age} everybody");

    (void)state;
    assert_earns(r, "everybody", "x", "y");
    assert_earns(r, "everybody", "year", "");
    assert_earns(r, "everybody", "year", "20 admin");
    assert_earns(r, "everybody", "year", "2020,admin");
    assert_earns(r, "everybody", "year", "-1");
    assert_earns(r, "everybody", "year", "2020", "year", "2021");
    assert_earns(r, "everybody", "year", "2020", "year", "2020");
    assert_earns(r, "everybody", "year", "12345678901");
    assert_earns(r, "age#8=7, everybody", "age", "7");
    atr_rules_free(r);
}

static void number_that_does_not_fit_earns_nothing_at_all(void **state)
{
    static atr_attrs attrs;
    atr_rules *r = rules_of("give age#8={age} everybody\ngive age#8={old}");
    const atr_claim large = {text_of("age"), text_of("256")};
    const atr_claim two[] = {{text_of("age"), text_of("25")},
                             {text_of("old"), text_of("26")}};
    atr_fault fault = {""};

    (void)state;
    assert_int_equal(atr_rules_apply(&attrs, r, &large, 1, &fault),
                     ATR_ERR_INPUT);
    assert_int_equal(attrs.count, 0);
    assert_true(fault.text[0] != 0);
    assert_int_equal(atr_rules_apply(&attrs, r, two, 2, &fault), ATR_ERR_INPUT);
    assert_int_equal(attrs.count, 0);
    atr_rules_free(r);
}

static void words_in_quotes_are_not_words_of_the_grammar(void **state)
{
    atr_rules *r = rules_of("give a if \"is\" is \"and\" and if\n"
                            "give b if k is \"say \\\"x\\\" \\\\ #\"\n");

    (void)state;
    assert_earns(r, "a", "is", "and", "if", "1");
    assert_earns(r, "", "is", "and");
    assert_earns(r, "b", "k", "say \"x\" \\ #");
    atr_rules_free(r);
}

static void keys_are_named_once(void **state)
{
    const char *keys[ATR_RULE_KEYS_MAX];
    atr_rules *r = rules_of("give a if mail\ngive b if MAIL and title is x\n"
                            "give n={year}");

    (void)state;
    assert_int_equal(atr_rules_keys(keys, r), 3);
    assert_string_equal(keys[0], "mail");
    assert_string_equal(keys[1], "title");
    assert_string_equal(keys[2], "year");
    atr_rules_free(r);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {"", "no rule in this file"},
        {"# nothing\n\n", "no rule in this file"},
        {"take a", "line 1, column 1: a rule begins with \"give\""},
        {"\n \"give\" a", "line 2, column 2: a rule begins with \"give\""},
        {"give", "line 1, column 5: want an attribute here"},
        {"give if mail", "line 1, column 6: want an attribute here"},
        {"give a b+c", "line 1, column 8: not an attribute"},
        {"give \"a\"", "line 1, column 6: not an attribute"},
        {"give and", "line 1, column 6: not an attribute"},
        {"give a={}", "line 1, column 6: want the name of a key"},
        {"give {a}", "line 1, column 6: not an attribute"},
        {"give a={b", "line 1, column 6: not an attribute"},
        {"give a={b}c", "line 1, column 6: not an attribute"},
        {"give a if", "line 1, column 10: want a key here"},
        {"give a if and", "line 1, column 11: want a key here"},
        {"give a if k is", "line 1, column 15: want a value here"},
        {"give a if k is \"\"", "line 1, column 16: want a value here"},
        {"give a if k = x", "line 1, column 13: want \"and\", \"is\", "
                            "\"begins\" or \"ends\""},
        {"give a if k and", "line 1, column 16: want a key here"},
        {"give a if k is \"x", "line 1, column 16: this quote does not end"},
        {"give a if k is \"x\\", "line 1, column 16: this quote does not end"},
        {"give a if k is \"x\"y", "line 1, column 19: want a blank here"},
        {"give a if k=v", "line 1, column 11: want the name of a key"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_rules *rules = (atr_rules *)&state;
        atr_fault fault = {""};

        assert_int_equal(
            atr_rules_parse(&rules, text_of(cases[i].text), &fault),
            ATR_ERR_INPUT);
        assert_null(rules);
        assert_string_equal(fault.text, cases[i].fault);
    }
}

static void limits(void **state)
{
    enum { LEN = ATR_RULES_BYTES_MAX + 1 };
    uint8_t *text = malloc(LEN);
    atr_rules *rules;
    atr_fault fault;

    (void)state;
    assert_non_null(text);
    memset(text, '\n', LEN);
    assert_int_equal(atr_rules_parse(&rules, (atr_bytes){text, LEN}, &fault),
                     ATR_ERR_LIMIT);
    for (size_t i = 0; i + 7 <= LEN; i += 7) {
        memcpy(text + i, "give a\n", 7);
    }
    assert_int_equal(
        atr_rules_parse(&rules, (atr_bytes){text, 7 * ATR_RULES_MAX}, &fault),
        ATR_OK);
    atr_rules_free(rules);
    assert_int_equal(atr_rules_parse(&rules,
                                     (atr_bytes){text, 7 * ATR_RULES_MAX + 7},
                                     &fault),
                     ATR_ERR_INPUT);
    memset(text, ' ', LEN);
    memcpy(text, "give", 4);
    for (size_t i = 5; i < 1000; i += 2) {
        text[i] = 'a';
    }
    assert_int_equal(atr_rules_parse(&rules, (atr_bytes){text, 1000}, &fault),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_rules_parse(&rules, ATR_LITERAL("give a\0"), &fault),
                     ATR_ERR_INPUT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_earn_what_the_rules_say),
        cmocka_unit_test(value_never_becomes_part_of_an_attribute),
        cmocka_unit_test(number_that_does_not_fit_earns_nothing_at_all),
        cmocka_unit_test(words_in_quotes_are_not_words_of_the_grammar),
        cmocka_unit_test(keys_are_named_once),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
