/* The language: what policies mean, how they are written again, and where and
 * how wrong ones are refused.
 */
#include "kit/policy.h"

static char written[ATR_POLICY_TEXT_BYTES_MAX + 1];

static const char *format(const atr_policy *policy)
{
    assert_int_equal(atr_policy_format(written, sizeof written, policy),
                     ATR_OK);
    return written;
}

/* What is typed, and its one canonical form. */
static void is_written_canonically(void **state)
{
    static const char *const cases[][2] = {
        {"staff", "staff"},
        {" ( (\tstaff ))\r\n", "staff"},
        {"a and b", "a and b"},
        {"a AND b Or c", "(a and b) or c"},
        {"a or b and c", "a or (b and c)"},
        {"a and b and c", "a and b and c"},
        {"(a and b) and c", "(a and b) and c"},
        {"a and (b and c)", "a and (b and c)"},
        {"(a or b) or c", "(a or b) or c"},
        {"((ONE or THREE) and (TWO or FOUR))",
         "(ONE or THREE) and (TWO or FOUR)"},
        {"2 of (a, b, c)", "2 of (a, b, c)"},
        {"2 of(a,b and c,d or e)", "2 of (a, b and c, d or e)"},
        {"2 of (a, (b), 2 of (c, d, e)) or f",
         "2 of (a, b, 2 of (c, d, e)) or f"},
        {"1 of (a, b)", "a or b"},
        {"2 of (a, b)", "a and b"},
        {"2 of (a, b) and 2 of (c, d, e)", "(a and b) and 2 of (c, d, e)"},
        {"year>=5", "year >= 5"},
        {"year > 4", "year >= 5"},
        {"year < 5", "year <= 4"},
        {"year=5", "year = 5"},
        {"year in 5..7", "year in 5..7"},
        {"year in [5,7]", "year in 5..7"},
        {"year in 5..5", "year = 5"},
        {"year in 0..7", "year <= 7"},
        {"year in 5..4294967295", "year >= 5"},
        {"year >= 0", "year >= 0"},
        {"year <= 4294967295", "year >= 0"},
        {"age#8 >= 18", "age#8 >= 18"},
        {"age#32 >= 18", "age >= 18"},
        {"age # 8 = 255", "age#8 = 255"},
        {"bit#1 = 1", "bit#1 = 1"},
        {"a = 5 or a in 6..7", "a in 5..7"},
        {"a in 6..7 or a = 5", "a in 6..7 or a = 5"},
        {"a in 5..7 or b", "a in 5..7 or b"},
        {"a = 5 or a in 6..7 or b", "a = 5 or a in 6..7 or b"},
        {"a = 5 or a#8 = 6", "a = 5 or a#8 = 6"},
        {"2 of (a in 5..7, b > 1, c)", "2 of (a in 5..7, b >= 2, c)"},
        {"expires>=2026-12-01", "expires >= 20788"},
        {"d in 1970-01-01 .. 2000-02-29", "d <= 11016"},
        {"ntnu.no:student and x@y/z_1-2", "ntnu.no:student and x@y/z_1-2"},
        {"order and android and offer and inn and notary",
         "order and android and offer and inn and notary"},
        {"dept=5 and (year>=5 or role) or admin",
         "(dept = 5 and (year >= 5 or role)) or admin"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_policy policy = kit_policy(cases[i][0]);
        atr_policy again;

        assert_string_equal(format(&policy), cases[i][1]);
        again = kit_policy(written);
        assert_memory_equal(&again, &policy, sizeof policy);
    }
}

static void is_refused_with_place(void **state)
{
    static const struct {
        const char *text;
        size_t column;
        const char *what;
        atr_err err;
    } cases[] = {
        {"", 1, "an attribute is missing at the end", ATR_ERR_INPUT},
        {" \n", 1, "an attribute is missing at the end", ATR_ERR_INPUT},
        {"a and", 6, "an attribute is missing at the end", ATR_ERR_INPUT},
        {"or b", 1, "an attribute is missing here", ATR_ERR_INPUT},
        {"a and OR", 7, "an attribute is missing here", ATR_ERR_INPUT},
        {"in = 5", 1, "an attribute is missing here", ATR_ERR_INPUT},
        {"()", 2, "an attribute is missing here", ATR_ERR_INPUT},
        {"(a and b", 9, "a \")\" is missing at the end", ATR_ERR_INPUT},
        {"a)", 2, "this \")\" closes nothing", ATR_ERR_INPUT},
        {"a b", 3, "\"and\" or \"or\" is missing here", ATR_ERR_INPUT},
        {"a, b", 2, "\"and\" or \"or\" is missing here", ATR_ERR_INPUT},
        {"(a, b)", 3, "\"and\" or \"or\" is missing here", ATR_ERR_INPUT},
        {"not a", 1, "negation is not offered", ATR_ERR_INPUT},
        {"a and NOT b", 7, "negation is not offered", ATR_ERR_INPUT},
        {"!a", 1, "negation is not offered", ATR_ERR_INPUT},
        {"3 of (a, b)", 1, "the list has fewer parts than it needs",
         ATR_ERR_INPUT},
        {"1 of (a)", 1, "a list needs two parts or more", ATR_ERR_INPUT},
        {"0 of (a, b)", 1,
         "a list that needs none of its parts is open to everybody",
         ATR_ERR_INPUT},
        {"x or 3 of (a, b)", 6, "the list has fewer parts than it needs",
         ATR_ERR_INPUT},
        {"2 of (a, b,)", 12, "an attribute is missing here", ATR_ERR_INPUT},
        {"2 of a, b", 6, "a \"(\" is missing after \"of\"", ATR_ERR_INPUT},
        {"2 and a", 3, "a number cannot stand here by itself", ATR_ERR_INPUT},
        {"4294967298 of (a, b)", 1, "the number is too large", ATR_ERR_INPUT},
        {"18446744073709551618 of (a, b)", 1, "the number is too large",
         ATR_ERR_INPUT},
        {"02 of (a, b)", 1, "the number begins with a zero", ATR_ERR_INPUT},
        {"0x2 of (a, b)", 1, "a number runs into other characters",
         ATR_ERR_INPUT},
        {"2of (a, b)", 1, "a number runs into other characters", ATR_ERR_INPUT},
        {"-1 of (a, b)", 1, "numbers have no sign", ATR_ERR_INPUT},
        {"year > -1", 8, "numbers have no sign", ATR_ERR_INPUT},
        {"year >", 7, "a number is missing", ATR_ERR_INPUT},
        {"year > old", 8, "a number is missing", ATR_ERR_INPUT},
        {"year == 5", 7, "this comparison is not known", ATR_ERR_INPUT},
        {"year <> 5", 7, "a number is missing", ATR_ERR_INPUT},
        {"year => 5", 7, "a number is missing", ATR_ERR_INPUT},
        {"1 < year", 3, "a number cannot stand here by itself", ATR_ERR_INPUT},
        {"year < 0", 6, "no number satisfies this", ATR_ERR_INPUT},
        {"year > 4294967295", 6, "no number satisfies this", ATR_ERR_INPUT},
        {"age#8 > 255", 7, "no number satisfies this", ATR_ERR_INPUT},
        {"a and year in 7..5", 12, "no number satisfies this", ATR_ERR_INPUT},
        {"age#8 < 256", 9, "the number does not fit its width", ATR_ERR_INPUT},
        {"age#0 = 0", 5, "this is not a width in bits", ATR_ERR_INPUT},
        {"age#33 = 0", 5, "this is not a width in bits", ATR_ERR_INPUT},
        {"age#x = 0", 5, "this is not a width in bits", ATR_ERR_INPUT},
        {"age#8 and b", 7, "a comparison is missing after the width",
         ATR_ERR_INPUT},
        {"year in 5", 10, "two dots are missing in the range", ATR_ERR_INPUT},
        {"year in 5.7", 9, "a number runs into other characters",
         ATR_ERR_INPUT},
        {"year in [5..7]", 11, "a comma is missing in the range",
         ATR_ERR_INPUT},
        {"year in [5,7", 13, "a \"]\" is missing after the range",
         ATR_ERR_INPUT},
        {"year in (5,7)", 9, "a number is missing", ATR_ERR_INPUT},
        {"d > 2026-02-29", 5, "there is no such date", ATR_ERR_INPUT},
        {"d > 1969-12-31", 5, "there is no such date", ATR_ERR_INPUT},
        {"d > 2026-13-01", 5, "there is no such date", ATR_ERR_INPUT},
        {"\"a\"", 1, "names are written without quotes", ATR_ERR_INPUT},
        {"a & b", 3, "this sign is not used here", ATR_ERR_INPUT},
        {"a || b", 3, "this sign is not used here", ATR_ERR_INPUT},
        {"a; b", 2, "this character has no meaning here", ATR_ERR_INPUT},
        {"_a", 1, "this character has no meaning here", ATR_ERR_INPUT},
        {":v", 1, "this character has no meaning here", ATR_ERR_INPUT},
        {"caf\xc3\xa9", 4, "only plain ASCII text can stand here",
         ATR_ERR_INPUT},
        {"a\x1b[2J", 2, "only plain ASCII text can stand here", ATR_ERR_INPUT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const atr_policy nothing;
        atr_policy policy;
        atr_text_error error;
        atr_err err;

        memset(&policy, 0xaa, sizeof policy);
        err = atr_policy_parse(&policy, kit_bytes(cases[i].text), &error);
        assert_int_equal(err, cases[i].err);
        assert_string_equal(error.what, cases[i].what);
        assert_int_equal(error.column, cases[i].column);
        assert_memory_equal(&policy, &nothing, sizeof policy);
        assert_int_equal(
            atr_policy_parse(&policy, kit_bytes(cases[i].text), NULL), err);
    }
}

static void lines_are_counted(void **state)
{
    atr_policy policy;
    atr_text_error error;

    (void)state;
    assert_int_equal(
        atr_policy_parse(&policy, kit_bytes("a and\n  b or\n   not c"), &error),
        ATR_ERR_INPUT);
    assert_int_equal(error.line, 3);
    assert_int_equal(error.column, 4);
    assert_non_null(error.hint);
}

/* "x and x and ..", `count` of them, joined by `joint`, in brackets. */
static char *chain_text(const char *joint, size_t count)
{
    char *text = calloc(count + 1, strlen(joint) + 1);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        strcat(strcat(text, i == 0 ? "" : joint), "x");
    }
    return text;
}

static void expect(const char *text, atr_err err, const char *what)
{
    atr_policy policy;
    atr_text_error error;

    assert_int_equal(atr_policy_parse(&policy, kit_bytes(text), &error), err);
    if (what != NULL) {
        assert_string_equal(error.what, what);
    }
}

static void limits_hold_exactly(void **state)
{
    static const char *const joints[] = {" and ", " or "};
    static char big[40000];
    char name[ATR_ATTR_NAME_BYTES_MAX + 2];
    char *group;

    (void)state;
    for (size_t j = 0; j < 2; j++) {
        char *fits = chain_text(joints[j], 64);
        char *over = chain_text(joints[j], 65);

        expect(fits, ATR_OK, NULL);
        expect(over, ATR_ERR_LIMIT, "more than 64 parts stand side by side");
        free(fits);
        free(over);
    }

    /* 256 rows: four groups of 64. */
    group = chain_text(" and ", 64);
    snprintf(big, sizeof big, "(%s) or (%s) or (%s) or (%s)", group, group,
             group, group);
    expect(big, ATR_OK, NULL);
    strcat(big, " or y");
    expect(big, ATR_ERR_LIMIT, "the policy is too large");
    free(group);

    memset(name, 'n', sizeof name);
    name[64] = 0;
    expect(name, ATR_OK, NULL);
    name[64] = 'n';
    name[65] = 0;
    expect(name, ATR_ERR_INPUT, "the name is too long");
}

/* `depth` gates one inside the other, without needless brackets. */
static void nest(char *text, unsigned depth)
{
    text[0] = 0;
    for (unsigned i = 0; i + 1 < depth; i++) {
        strcat(text, i % 2 ? "b or (" : "a and (");
    }
    strcat(text, "a and b");
    for (unsigned i = 0; i + 1 < depth; i++) {
        strcat(text, ")");
    }
}

static void depth_is_limited(void **state)
{
    char text[1000];
    atr_policy policy;

    (void)state;
    nest(text, 32);
    policy = kit_policy(text);
    assert_string_equal(format(&policy), text);
    nest(text, 33);
    expect(text, ATR_ERR_LIMIT, "the policy is too deep");

    memset(text, '(', 32);
    strcpy(text + 32, "a");
    memset(text + 33, ')', 32);
    text[65] = 0;
    expect(text, ATR_OK, NULL);
    memset(text, '(', 33);
    text[33] = 'a';
    memset(text + 34, ')', 33);
    text[67] = 0;
    expect(text, ATR_ERR_LIMIT,
           "parentheses stand too deep inside one another");
}

/* All ranges of 4 bits: the text means what it says, and comes back. */
static void ranges_mean_what_they_say(void **state)
{
    char text[64];

    (void)state;
    for (unsigned lo = 0; lo < 16; lo++) {
        for (unsigned hi = lo; hi < 16; hi++) {
            atr_policy policy;
            atr_policy again;

            snprintf(text, sizeof text, "n#4 in %u..%u", lo, hi);
            policy = kit_policy(text);
            again = kit_policy(format(&policy));
            assert_memory_equal(&again, &policy, sizeof policy);
            for (unsigned x = 0; x < 16; x++) {
                atr_attrs attrs;

                snprintf(text, sizeof text, "n#4=%u", x);
                attrs = kit_attrs(text);
                assert_int_equal(atr_policy_admits(&policy, &attrs),
                                 lo <= x && x <= hi);
            }
        }
    }
}

static void comparisons_hold_at_their_edges(void **state)
{
    static const struct {
        const char *text;
        bool below; /* holds at 4, 5 and 6 */
        bool at;
        bool above;
    } cases[] = {
        {"n < 5", true, false, false},    {"n <= 5", true, true, false},
        {"n > 5", false, false, true},    {"n >= 5", false, true, true},
        {"n = 5", false, true, false},    {"n in 4..6", true, true, true},
        {"n in 5..6", false, true, true},
    };
    atr_attrs four = kit_attrs("n=4");
    atr_attrs five = kit_attrs("n=5");
    atr_attrs six = kit_attrs("n=6");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_policy policy = kit_policy(cases[i].text);

        assert_int_equal(atr_policy_admits(&policy, &four), cases[i].below);
        assert_int_equal(atr_policy_admits(&policy, &five), cases[i].at);
        assert_int_equal(atr_policy_admits(&policy, &six), cases[i].above);
    }
}

/* Pinned: the smallest cover, as prefix/length from the left. */
static void covers_are_pinned(void **state)
{
    static const struct {
        const char *text;
        const char *cover;
    } cases[] = {
        {"n#8 >= 18", "9/7 5/6 3/5 1/3 1/2 1/1 "},
        {"n#8 in 5..7", "5/8 3/7 "},
        {"n#8 < 18", "0/4 8/7 "},
        {"n#3 in 1..6", "1/3 1/2 2/2 6/3 "},
        {"n#8 >= 0", "0/0 "},
        {"n#8 = 7", "7/8 "},
        {"n >= 2147483648", "1/1 "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_policy policy = kit_policy(cases[i].text);
        char got[200] = "";

        for (size_t s = 0; s < policy.count; s++) {
            const atr_attr *attr = &policy.steps[s].attr;

            if (policy.steps[s].of == 0) {
                snprintf(got + strlen(got), sizeof got - strlen(got), "%u/%u ",
                         attr->bytes[attr->len - 1],
                         attr->bytes[attr->len - 5]);
            }
        }
        assert_string_equal(got, cases[i].cover);
    }
}

static void explains_in_the_words_of_the_policy(void **state)
{
    static const char *const cases[][3] = {
        {"year >= 5 and staff", "staff", "year >= 5"},
        {"year >= 5 and staff", "year=7", "staff"},
        {"year >= 5 and staff", "year=4", "year >= 5, staff"},
        {"year >= 5 and staff", "year=5, staff", ""},
        {"age#8 in 18..64 or admin", "", "age#8 in 18..64"},
        {"2 of (a, b and c, d)", "c", "a, b"},
        {"a and a", "", "a"},
        {"a and (b or (c and d))", "c", "a, b"},
        {"n = 5", "", "n = 5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_policy policy = kit_policy(cases[i][0]);
        atr_attrs attrs = kit_attrs(cases[i][1]);

        assert_int_equal(
            atr_policy_explain(written, sizeof written, &policy, &attrs),
            ATR_OK);
        assert_string_equal(written, cases[i][2]);
    }
}

static void writing_needs_room(void **state)
{
    atr_policy policy = kit_policy("alpha and beta");
    atr_attrs none = kit_attrs("");
    char text[15];

    (void)state;
    for (size_t cap = 0; cap < 15; cap++) {
        memset(text, 'x', sizeof text);
        assert_int_equal(atr_policy_format(text, cap, &policy), ATR_ERR_LIMIT);
        for (size_t i = 0; i < cap; i++) {
            assert_int_equal(text[i], 0);
        }
        assert_int_equal(text[cap], 'x');
    }
    assert_int_equal(atr_policy_format(text, 15, &policy), ATR_OK);
    assert_string_equal(text, "alpha and beta");
    assert_int_equal(atr_policy_explain(text, 11, &policy, &none),
                     ATR_ERR_LIMIT);
    assert_int_equal(atr_policy_explain(text, 12, &policy, &none), ATR_OK);
    assert_string_equal(text, "alpha, beta");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_written_canonically),
        cmocka_unit_test(is_refused_with_place),
        cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(limits_hold_exactly),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(ranges_mean_what_they_say),
        cmocka_unit_test(comparisons_hold_at_their_edges),
        cmocka_unit_test(covers_are_pinned),
        cmocka_unit_test(explains_in_the_words_of_the_policy),
        cmocka_unit_test(writing_needs_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
