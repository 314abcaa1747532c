/* The line editor: keys in, a line and a picture out. */
#include "kit/kit.h"

#include "app/attrium/edit.h"

typedef struct {
    atr_edit edit;
    char lines[8][64]; /* those that were entered */
    size_t count;
    atr_edit_result last;
} typist;

static void type_bytes(typist *t, const char *keys, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        t->last = atr_edit_byte(&t->edit, (uint8_t)keys[i]);
        if (t->last == ATR_EDIT_LINE && t->count < 8) {
            snprintf(t->lines[t->count++], sizeof t->lines[0], "%.60s",
                     (const char *)t->edit.done);
        }
    }
}

#define TYPE(t, keys) type_bytes((t), (keys), sizeof(keys) - 1)

static int start(void **state)
{
    typist *t = calloc(1, sizeof *t);

    atr_edit_init(&t->edit);
    *state = t;
    return 0;
}

static int stop(void **state)
{
    typist *t = *state;

    atr_edit_wipe(&t->edit);
    free(t);
    return 0;
}

static void assert_line(const typist *t, const char *text, size_t at)
{
    assert_int_equal(t->edit.len, strlen(text));
    assert_memory_equal(t->edit.line, text, strlen(text));
    assert_int_equal(t->edit.at, at);
}

static void what_is_typed_is_the_line(void **state)
{
    typist *t = *state;

    TYPE(t, "bl\xc3\xa5\xe2\x82\xac\xf0\x9f\x8d\x87!");
    assert_line(t, "bl\xc3\xa5\xe2\x82\xac\xf0\x9f\x8d\x87!", 12);
    TYPE(t, "\r");
    assert_string_equal(t->lines[0], "bl\xc3\xa5\xe2\x82\xac\xf0\x9f\x8d\x87!");
    assert_line(t, "", 0);
}

static void keys_move_by_characters_and_words(void **state)
{
    typist *t = *state;

    TYPE(t, "one tw\xc3\xb8 three");
    TYPE(t, "\033b");
    assert_int_equal(t->edit.at, 9);
    TYPE(t, "\033b");
    assert_int_equal(t->edit.at, 4);
    TYPE(t, "\033[C\033[C\033[C");
    assert_int_equal(t->edit.at, 8); /* behind a character of two bytes */
    TYPE(t, "\033[D");
    assert_int_equal(t->edit.at, 6);
    TYPE(t, "\001");
    assert_int_equal(t->edit.at, 0);
    TYPE(t, "\033[D\033b\002");
    assert_int_equal(t->edit.at, 0);
    TYPE(t, "\033f");
    assert_int_equal(t->edit.at, 3);
    TYPE(t, "\005\033[C\033f\006");
    assert_int_equal(t->edit.at, 14);
    TYPE(t, "\033[H");
    assert_int_equal(t->edit.at, 0);
    TYPE(t, "\033OF");
    assert_int_equal(t->edit.at, 14);
    TYPE(t, "\033[1~\033[1;5C");
    assert_int_equal(t->edit.at, 3);
}

static void keys_delete_and_bring_back(void **state)
{
    typist *t = *state;

    TYPE(t, "one two three\027");
    assert_line(t, "one two ", 8);
    TYPE(t, "\177\177");
    assert_line(t, "one tw", 6);
    TYPE(t, "\001\004");
    assert_line(t, "ne tw", 0);
    TYPE(t, "\033d");
    assert_line(t, " tw", 0);
    TYPE(t, "\005\031");
    assert_line(t, " twne", 5);
    TYPE(t, "\033[D\013");
    assert_line(t, " twn", 4);
    TYPE(t, "\025");
    assert_line(t, "", 0);
    TYPE(t, "\031\031");
    assert_line(t, " twn twn", 8);
    TYPE(t, "\001\033[3~");
    assert_line(t, "twn twn", 0);
    TYPE(t, "\177\010");
    assert_line(t, "twn twn", 0);
}

static void history_goes_back_and_forth(void **state)
{
    typist *t = *state;

    TYPE(t, "first\rsecond\rsecond\r\r");
    TYPE(t, "\033[A");
    assert_line(t, "second", 6);
    TYPE(t, "\020");
    assert_line(t, "first", 5);
    TYPE(t, "\033[A");
    assert_line(t, "first", 5);
    TYPE(t, "!\r");
    assert_string_equal(t->lines[4], "first!");
    TYPE(t, "\033OA\033OB");
    assert_line(t, "", 0);
    TYPE(t, "\016");
    assert_line(t, "", 0);
    for (int i = 0; i < 3 * ATR_EDIT_HISTORY_MAX; i++) {
        char keys[16];

        snprintf(keys, sizeof keys, "%d\r", i);
        type_bytes(t, keys, strlen(keys));
    }
    assert_int_equal(t->edit.history_count, ATR_EDIT_HISTORY_MAX);
    TYPE(t, "\033[A");
    assert_line(t, "191", 3);
}

static void a_paste_stays_in_the_line(void **state)
{
    typist *t = *state;

    TYPE(t, "\033[200~rm\r\nall\t\003\004\033[201~");
    assert_int_equal(t->count, 0);
    assert_line(t, "rm  all ", 8);
    TYPE(t, "\r");
    assert_string_equal(t->lines[0], "rm  all ");
}

static void controls_are_told(void **state)
{
    typist *t = *state;

    TYPE(t, "\004");
    assert_int_equal(t->last, ATR_EDIT_END);
    TYPE(t, "x\003");
    assert_int_equal(t->last, ATR_EDIT_INTERRUPT);
    assert_line(t, "x", 1);
    TYPE(t, "\032");
    assert_int_equal(t->last, ATR_EDIT_SUSPEND);
    TYPE(t, "\014");
    assert_int_equal(t->last, ATR_EDIT_REDRAW);
    TYPE(t, "\004");
    assert_int_equal(t->last, ATR_EDIT_CHANGED); /* not the end any more */
    atr_edit_clear(&t->edit);
    assert_line(t, "", 0);
}

static void what_is_no_character_is_dropped(void **state)
{
    typist *t = *state;

    TYPE(t, "a\x80\xff\xc3z\xc2\x9b\xe2\x82q\033[99;99zb\033Ob");
    assert_line(t, "azqb", 4);
}

static void a_full_line_takes_no_more(void **state)
{
    typist *t = *state;

    for (int i = 0; i < ATR_EDIT_BYTES_MAX + 10; i++) {
        TYPE(t, "x");
    }
    assert_int_equal(t->edit.len, ATR_EDIT_BYTES_MAX);
    assert_true(t->edit.full);
    TYPE(t, "\xc3\xa5");
    assert_int_equal(t->edit.len, ATR_EDIT_BYTES_MAX);
    TYPE(t, "\r");
    assert_int_equal(t->edit.done_len, ATR_EDIT_BYTES_MAX);
    assert_int_equal(t->edit.done[ATR_EDIT_BYTES_MAX], 0);
}

static void assert_picture(const typist *t, unsigned columns, const char *want)
{
    char out[512];
    size_t len = atr_edit_draw(out, sizeof out - 1, &t->edit, "> ", columns);

    out[len] = 0;
    assert_string_equal(out, want);
}

static void the_picture_stays_on_one_row(void **state)
{
    typist *t = *state;

    assert_picture(t, 20, "\r\033[K> \r\033[2C");
    TYPE(t, "hello");
    assert_picture(t, 20, "\r\033[K> hello\r\033[7C");
    TYPE(t, "\001");
    assert_picture(t, 20, "\r\033[K> hello\r\033[2C");
    TYPE(t, "\005 and a long line");
    assert_picture(t, 20, "\r\033[K>  and a long line\r\033[18C");
    TYPE(t, "\001");
    assert_picture(t, 20, "\r\033[K> hello and a long\r\033[2C");
}

static void wide_characters_count_twice(void **state)
{
    typist *t = *state;

    TYPE(t, "\xe4\xb8\xad\xe6\x96\x87");
    assert_picture(t, 20, "\r\033[K> \xe4\xb8\xad\xe6\x96\x87\r\033[6C");
}

/* Whatever is typed, in whatever window: within the buffers, whole characters,
 * and never a picture wider than the window. */
static void anything_may_be_typed(void **state)
{
    static const char pieces[] = "ab \033\033[[OACD3~200;\r\177\001\005\013\025"
                                 "\027\031\xc3\xa5\xe4\xb8\xad\xff\x80";
    typist *t = *state;
    char out[4 * 60 + 128];
    atr_rng rng;

    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 20000; i++) {
        unsigned columns = (unsigned)atr_rng_below_vartime(&rng, 60) + 1;
        char key = pieces[atr_rng_below_vartime(&rng, sizeof pieces - 1)];

        type_bytes(t, &key, 1);
        assert_true(t->edit.at <= t->edit.len);
        assert_true(t->edit.at == t->edit.len ||
                    (t->edit.line[t->edit.at] & 0xc0) != 0x80);
        assert_true(atr_edit_draw(out, sizeof out, &t->edit, "> ", columns) <=
                    sizeof out);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(what_is_typed_is_the_line),
        TEST(keys_move_by_characters_and_words),
        TEST(keys_delete_and_bring_back),
        TEST(history_goes_back_and_forth),
        TEST(a_paste_stays_in_the_line),
        TEST(controls_are_told),
        TEST(what_is_no_character_is_dropped),
        TEST(a_full_line_takes_no_more),
        TEST(the_picture_stays_on_one_row),
        TEST(wide_characters_count_twice),
        TEST(anything_may_be_typed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
