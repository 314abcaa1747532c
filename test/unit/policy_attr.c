/* Attributes and sets of them: what users may write, what the library
 * derives, lists as text and as bytes.
 */
#include "kit/policy.h"

static atr_err name(const char *text)
{
    atr_attr attr;
    atr_err err = atr_attr_name(&attr, kit_bytes(text));

    assert_int_equal(attr.len, err == ATR_OK ? strlen(text) : 0);
    assert_int_equal(err == ATR_OK, atr_attr_check(&attr) == ATR_OK);
    return err;
}

static void names_are_told_apart_from_words(void **state)
{
    static const char *const good[] = {
        "a",       "Z9",    "hr_manager", "ntnu.no:student",
        "a@b/c-d", "order", "android",    "inn",
        "nott",    "o",     "i",          "an",
        "nand",    "of:x",
    };
    static const char *const bad[] = {
        "",    "and", "AND", "aNd", "or", "Or",          "OF",      "in",
        "iN",  "not", "NOT", "9a",  "_a", ".a",          ":a",      "-a",
        "a b", "a#8", "a,b", "a\"", "a(", "caf\xc3\xa9", "\x01num", "a\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(name(good[i]), ATR_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(name(bad[i]), ATR_ERR_INPUT);
    }
}

/* Pinned: a prefix attribute is hashed to a point, so its bytes are forever. */
static void derived_bytes_are_pinned(void **state)
{
    atr_attr attr;

    (void)state;
    assert_int_equal(atr_attr_prefix(&attr, kit_bytes("age"), 8, 3, 5), ATR_OK);
    assert_hex(attr.bytes, attr.len, "016e756d00000003616765080300000005");
    assert_int_equal(
        atr_attr_prefix(&attr, kit_bytes("year"), 32, 32, UINT32_MAX), ATR_OK);
    assert_hex(attr.bytes, attr.len, "016e756d00000004796561722020ffffffff");
}

static void prefixes_stay_in_their_bounds(void **state)
{
    static const struct {
        const char *name;
        unsigned width;
        unsigned len;
        uint32_t prefix;
        atr_err err;
    } cases[] = {
        {"n", 8, 0, 0, ATR_OK},          {"n", 8, 0, 1, ATR_ERR_INPUT},
        {"n", 8, 3, 7, ATR_OK},          {"n", 8, 3, 8, ATR_ERR_INPUT},
        {"n", 8, 8, 255, ATR_OK},        {"n", 8, 9, 0, ATR_ERR_INPUT},
        {"n", 0, 0, 0, ATR_ERR_INPUT},   {"n", 33, 1, 0, ATR_ERR_INPUT},
        {"and", 8, 1, 0, ATR_ERR_INPUT}, {"", 8, 1, 0, ATR_ERR_INPUT},
    };
    char longest[65];
    atr_attr attr;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(atr_attr_prefix(&attr, kit_bytes(cases[i].name),
                                         cases[i].width, cases[i].len,
                                         cases[i].prefix),
                         cases[i].err);
        assert_int_equal(atr_attr_check(&attr), cases[i].err);
    }
    memset(longest, 'n', 64);
    longest[64] = 0;
    assert_int_equal(atr_attr_prefix(&attr, kit_bytes(longest), 32, 32, 1),
                     ATR_OK);
    assert_true(attr.len <= ATR_ATTR_BYTES_MAX);
}

static void sets_are_sorted_and_single(void **state)
{
    static const char *const order[] = {"m", "c", "x", "a", "c", "mm", "M"};
    static const char *const sorted[] = {"M", "a", "c", "m", "mm", "x"};
    atr_attrs set;
    atr_attr attr;

    (void)state;
    memset(&set, 0, sizeof set);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(atr_attr_name(&attr, kit_bytes(order[i])), ATR_OK);
        assert_int_equal(atr_attrs_add(&set, &attr), ATR_OK);
    }
    assert_int_equal(set.count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(atr_attr_name(&attr, kit_bytes(sorted[i])), ATR_OK);
        assert_int_equal(atr_attrs_find(&set, &attr), i);
        assert_true(atr_attr_equal(&set.attr[i], &attr));
    }
    assert_int_equal(atr_attr_name(&attr, kit_bytes("b")), ATR_OK);
    assert_int_equal(atr_attrs_find(&set, &attr), ATR_ATTRS_MAX);
    assert_false(atr_attrs_has(&set, &attr));
}

static void sets_have_an_end(void **state)
{
    static atr_attrs set;
    static atr_attrs before;
    atr_attr attr;
    char text[16];

    (void)state;
    for (unsigned i = 0; i < ATR_ATTRS_MAX; i++) {
        snprintf(text, sizeof text, "n%u", i);
        assert_int_equal(atr_attr_name(&attr, kit_bytes(text)), ATR_OK);
        assert_int_equal(atr_attrs_add(&set, &attr), ATR_OK);
        if (i == ATR_ATTRS_MAX - 4) { /* three places are left for four */
            before = set;
            assert_int_equal(atr_attrs_add_number(&set, kit_bytes("x"), 3, 1),
                             ATR_ERR_LIMIT);
            assert_memory_equal(&set, &before, sizeof set);
        }
    }
    assert_int_equal(atr_attrs_add(&set, &attr), ATR_OK); /* there already */
    assert_int_equal(atr_attr_name(&attr, kit_bytes("y")), ATR_OK);
    assert_int_equal(atr_attrs_add(&set, &attr), ATR_ERR_LIMIT);
}

static void numbers_have_one_value(void **state)
{
    atr_attrs set = kit_attrs("a");
    atr_bytes n = kit_bytes("n");

    (void)state;
    assert_int_equal(atr_attrs_add_number(&set, n, 8, 42), ATR_OK);
    assert_int_equal(set.count, 1 + 9);
    assert_int_equal(atr_attrs_add_number(&set, n, 8, 42), ATR_OK);
    assert_int_equal(set.count, 1 + 9);
    assert_int_equal(atr_attrs_add_number(&set, n, 8, 43), ATR_ERR_INPUT);
    assert_int_equal(atr_attrs_add_number(&set, n, 16, 42), ATR_ERR_INPUT);
    assert_int_equal(atr_attrs_add_number(&set, n, 8, 256), ATR_ERR_INPUT);
    assert_int_equal(atr_attrs_add_number(&set, kit_bytes("or"), 8, 1),
                     ATR_ERR_INPUT);
    assert_int_equal(set.count, 1 + 9);
    assert_int_equal(atr_attrs_add_number(&set, kit_bytes("m"), 1, 1), ATR_OK);
    assert_int_equal(set.count, 1 + 9 + 2);
}

static void lists_are_written_canonically(void **state)
{
    static const char *const cases[][2] = {
        {"TWO, ONE,THREE", "ONE, THREE, TWO"},
        {"TWO ONE\n\tTHREE", "ONE, THREE, TWO"},
        {"ONE, ONE", "ONE"},
        {"staff, year=5", "year=5, staff"},
        {"age#8 = 42 year = 0", "age#8=42, year=0"},
        {"age#32=42", "age=42"},
        {"d=2016-12-15", "d=17150"},
        {"n#1=1, n", "n#1=1, n"},
    };
    char text[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_attrs set = kit_attrs(cases[i][0]);
        atr_attrs again;

        assert_int_equal(atr_attrs_format(text, sizeof text, &set), ATR_OK);
        assert_string_equal(text, cases[i][1]);
        again = kit_attrs(text);
        assert_memory_equal(&again, &set, sizeof set);
        assert_int_equal(atr_attrs_format(text, strlen(cases[i][1]), &set),
                         ATR_ERR_LIMIT);
    }
}

static void wrong_lists_are_refused_with_place(void **state)
{
    static const struct {
        const char *text;
        size_t column;
        const char *what;
        atr_err err;
    } cases[] = {
        {"", 1, "an attribute is missing here", ATR_ERR_INPUT},
        {"a,", 3, "an attribute is missing after the comma", ATR_ERR_INPUT},
        {",a", 1, "an attribute is missing here", ATR_ERR_INPUT},
        {"a,,b", 3, "an attribute is missing here", ATR_ERR_INPUT},
        {"a and b", 3, "an attribute is missing here", ATR_ERR_INPUT},
        {"a|b", 2, "this sign is not used here", ATR_ERR_INPUT},
        {"a, 5", 4, "an attribute is missing here", ATR_ERR_INPUT},
        {"year >= 5", 6, "an attribute is missing here", ATR_ERR_INPUT},
        {"year=", 6, "a number is missing", ATR_ERR_INPUT},
        {"year=5#8", 7, "an attribute is missing here", ATR_ERR_INPUT},
        {"year#8", 7, "a value is missing after the width", ATR_ERR_INPUT},
        {"year#8=256", 8, "the number does not fit its width", ATR_ERR_INPUT},
        {"year#40=1", 6, "this is not a width in bits", ATR_ERR_INPUT},
        {"n=5, n=9", 6, "this number has another value or width already",
         ATR_ERR_INPUT},
        {"n#8=5, n#16=5", 8, "this number has another value or width already",
         ATR_ERR_INPUT},
        {"a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1", 29, "there are too many attributes",
         ATR_ERR_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const atr_attrs nothing;
        atr_attrs set;
        atr_text_error error;

        memset(&set, 0xaa, sizeof set);
        assert_int_equal(
            atr_attrs_parse(&set, kit_bytes(cases[i].text), &error),
            cases[i].err);
        assert_string_equal(error.what, cases[i].what);
        assert_int_equal(error.column, cases[i].column);
        assert_memory_equal(&set, &nothing, sizeof set);
    }
}

static void sets_travel_as_bytes(void **state)
{
    static uint8_t bytes[ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX) + 2];
    atr_attrs set = kit_attrs("b, a, n#2=2");
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    atr_attrs_build(&out, &set);
    assert_int_equal(atr_builder_end(&out), ATR_OK);
    assert_hex(bytes, out.len,
               "0005"
               "0f016e756d000000016e020000000000"
               "0f016e756d000000016e020100000001"
               "0f016e756d000000016e020200000002"
               "0161"
               "0162");
    for (size_t len = 0; len <= out.len; len++) {
        atr_reader in = atr_reader_of((atr_bytes){bytes, len});
        atr_attrs again;

        atr_attrs_read(&again, &in);
        assert_int_equal(in.failed, len < out.len);
        assert_int_equal(again.count, len < out.len ? 0 : set.count);
        if (len == out.len) {
            assert_memory_equal(&again, &set, sizeof set);
        }
    }
}

static void wrong_bytes_are_refused(void **state)
{
    static const char *const cases[] = {
        "000201620161",                       /* out of order */
        "000201610161",                       /* a double */
        "00010100",                           /* not a name */
        "0001036f6f7f",                       /* a byte no name has */
        "000103616e64",                       /* a word of the grammar */
        "000100",                             /* an empty name */
        "0101",                               /* too many, and not there */
        "00010d016e756d000000016e0201000001", /* cut inside */
        /* a prefix that does not fit its length */
        "00010f016e756d000000016e020100000002",
        /* a width of 33 */
        "00010f016e756d000000016e210100000001",
        /* two values of one number */
        "00020f016e756d000000016e0202000000010f016e756d000000016e02020000"
        "0002",
        /* one number in two widths */
        "00020f016e756d000000016e0200000000000f016e756d000000016e03000000"
        "0000",
    };
    uint8_t bytes[100];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = kit_unhex(bytes, sizeof bytes, cases[i]);
        atr_reader in = atr_reader_of((atr_bytes){bytes, len});
        atr_attrs set;

        memset(&set, 0xaa, sizeof set);
        atr_attrs_read(&set, &in);
        assert_true(in.failed);
        assert_int_equal(set.count, 0);
    }
}

static void attributes_are_shown_as_conditions(void **state)
{
    char text[100];
    atr_attr attr;

    (void)state;
    assert_int_equal(atr_attr_prefix(&attr, kit_bytes("year"), 32, 29, 1),
                     ATR_OK);
    assert_int_equal(atr_attr_format(text, sizeof text, &attr), ATR_OK);
    assert_string_equal(text, "year in 8..15");
    assert_int_equal(atr_attr_prefix(&attr, kit_bytes("n"), 8, 0, 0), ATR_OK);
    assert_int_equal(atr_attr_format(text, sizeof text, &attr), ATR_OK);
    assert_string_equal(text, "n#8 >= 0");
    assert_int_equal(atr_attr_name(&attr, kit_bytes("staff")), ATR_OK);
    assert_int_equal(atr_attr_format(text, 6, &attr), ATR_OK);
    assert_string_equal(text, "staff");
    assert_int_equal(atr_attr_format(text, 5, &attr), ATR_ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_told_apart_from_words),
        cmocka_unit_test(derived_bytes_are_pinned),
        cmocka_unit_test(prefixes_stay_in_their_bounds),
        cmocka_unit_test(sets_are_sorted_and_single),
        cmocka_unit_test(sets_have_an_end),
        cmocka_unit_test(numbers_have_one_value),
        cmocka_unit_test(lists_are_written_canonically),
        cmocka_unit_test(wrong_lists_are_refused_with_place),
        cmocka_unit_test(sets_travel_as_bytes),
        cmocka_unit_test(wrong_bytes_are_refused),
        cmocka_unit_test(attributes_are_shown_as_conditions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
