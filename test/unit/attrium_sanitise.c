/* Text of others never reaches the terminal as anything but text. */
#include "kit/kit.h"

#include "app/attrium/sanitise.h"

static void assert_clean(const char *in, size_t len, const char *want)
{
    char out[256];
    size_t got =
        atr_sanitise(out, sizeof out, (atr_bytes){(const uint8_t *)in, len});

    assert_string_equal(out, want);
    assert_int_equal(got, strlen(want));
}

#define CLEAN(in, want) assert_clean((in), sizeof(in) - 1, (want))

static void text_stays_as_it_is(void **state)
{
    (void)state;
    CLEAN("", "");
    CLEAN("Hello, world! ~", "Hello, world! ~");
    CLEAN("bl\xc3\xa5\x62\xc3\xa6r", "bl\xc3\xa5\x62\xc3\xa6r");
    CLEAN("\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x8d\x87",
          "\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x8d\x87");
}

static void controls_are_dropped(void **state)
{
    (void)state;
    CLEAN("a\033[31mb\033]0;t\007c", "a[31mb]0;tc");
    CLEAN("\001\002\010\013\016\177x", "x");
    CLEAN("a\0b", "ab");
    CLEAN("\xc2\x9b"
          "2J\xc2\x80\xc2\x9f",
          "2J"); /* C1, CSI among them */
    CLEAN("\x9b"
          "2J",
          "\xef\xbf\xbd"
          "2J"); /* not UTF-8 at all */
}

static void line_ends_become_blanks(void **state)
{
    (void)state;
    CLEAN("a\nb\tc\r", "a b c ");
    CLEAN("a\xe2\x80\xa8"
          "b\xe2\x80\xa9"
          "c\xc2\x85"
          "d",
          "a b c d");
}

static void invisible_and_turning_characters_are_dropped(void **state)
{
    (void)state;
    CLEAN("a\xe2\x80\xaetxt.exe", "atxt.exe"); /* U+202E */
    CLEAN("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xadz", "z");
    CLEAN("\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9z", "z");
    CLEAN("\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8fz", "z");
    CLEAN("\xd8\x9c\xc2\xad\xef\xbb\xbfz", "z");
    CLEAN("\xf3\xa0\x80\x81\xf3\xa0\x81\xbfz", "z"); /* tags */
    CLEAN("\xe3\x85\xa4\xef\xbe\xa0z", "z");         /* blank letters */
}

static void marks_do_not_pile_up(void **state)
{
    (void)state;
    CLEAN("e\xcc\x81", "e\xcc\x81");
    CLEAN("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81xe\xcc\x81",
          "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81xe\xcc\x81");
}

static void what_is_not_utf8_is_shown_as_such(void **state)
{
    (void)state;
    CLEAN("a\xff", "a\xef\xbf\xbd");
    CLEAN("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"); /* "/" too long */
    CLEAN("\xed\xa0\x80",
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* a surrogate */
    CLEAN("\xf4\x90\x80\x80",
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    CLEAN("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"); /* cut */
    CLEAN("\xe2\x82z", "\xef\xbf\xbd\xef\xbf\xbdz");
}

static void a_cut_is_between_characters(void **state)
{
    char out[6];

    (void)state;
    assert_int_equal(atr_sanitise(out, 4, ATR_LITERAL("abcdef")), 3);
    assert_string_equal(out, "abc");
    assert_int_equal(atr_sanitise(out, 4, ATR_LITERAL("ab\xc3\xa5z")), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(atr_sanitise(out, 1, ATR_LITERAL("ab")), 0);
    assert_string_equal(out, "");
}

/* Random bytes: the result has no control, is UTF-8, and clean already. */
static void nothing_gets_through(void **state)
{
    uint8_t in[64];
    char once[3 * sizeof in + 1];
    char twice[3 * sizeof in + 1];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 20000; i++) {
        size_t len = (size_t)atr_rng_below_vartime(&rng, sizeof in + 1);
        size_t got;

        atr_rng_bytes(&rng, in, len);
        for (size_t k = 0; k + 3 < len; k += 7) { /* more of what matters */
            in[k] = 0xe2;
            in[k + 1] = 0x80;
        }
        got = atr_sanitise(once, sizeof once, (atr_bytes){in, len});
        for (size_t k = 0; k < got; k++) {
            assert_true((uint8_t)once[k] >= 0x20 && once[k] != 0x7f);
        }
        assert_int_equal(atr_sanitise(twice, sizeof twice,
                                      (atr_bytes){(uint8_t *)once, got}),
                         got);
        assert_memory_equal(once, twice, got);
    }
}

static void widths_are_known(void **state)
{
    (void)state;
    assert_int_equal(atr_utf8_width('a'), 1);
    assert_int_equal(atr_utf8_width(0x4e2d), 2);
    assert_int_equal(atr_utf8_width(0x1f347), 2);
    assert_int_equal(atr_utf8_width(0x0301), 0);
    assert_int_equal(atr_utf8_width(0x200b), 0);
    assert_int_equal(atr_utf8_width(0x00e5), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays_as_it_is),
        cmocka_unit_test(controls_are_dropped),
        cmocka_unit_test(line_ends_become_blanks),
        cmocka_unit_test(invisible_and_turning_characters_are_dropped),
        cmocka_unit_test(marks_do_not_pile_up),
        cmocka_unit_test(what_is_not_utf8_is_shown_as_such),
        cmocka_unit_test(a_cut_is_between_characters),
        cmocka_unit_test(nothing_gets_through),
        cmocka_unit_test(widths_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
