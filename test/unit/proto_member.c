/* A room of a few people and a hall, played without a network. */
#include "kit/kit.h"
#include "sim/stage.h"

static stage s;

static int begin(void **state)
{
    (void)state;
    stage_init(&s, false);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stage_free(&s);
    return 0;
}

static void gather(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        stage_come(&s, i, i % 4);
        stage_wait(&s, 1000);
    }
}

static void assert_same_key(size_t count)
{
    uint8_t first[32];
    uint8_t mark[32];

    assert_true(atr_member_key_mark(s.people[0].member, first));
    for (size_t i = 0; i < count; i++) {
        assert_true(atr_member_is_keyed(s.people[i].member));
        assert_true(atr_member_key_mark(s.people[i].member, mark));
        assert_memory_equal(mark, first, 32);
    }
}

static void four_meet_and_talk(void **state)
{
    (void)state;
    gather(4);
    assert_same_key(4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(atr_member_count(s.people[i].member), 4);
        stage_say(&s, i, "hello");
        stage_play(&s);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(s.people[i].texts, 3);
        assert_int_equal(s.people[i].own, 1);
        assert_int_equal(s.people[i].sent, 1);
        assert_int_equal(atr_member_waiting(s.people[i].member), 0);
        assert_string_equal(s.people[i].text, "hello");
    }
    assert_string_equal(s.people[0].nick, "nick3");
}

static void the_one_without_is_told(void **state)
{
    (void)state;
    gather(2);
    stage_come(&s, 4, 4);
    stage_play(&s);
    assert_int_equal(s.people[4].refused.kind, ATR_EVENT_REFUSED);
    assert_int_equal(s.people[4].refused.why, ATR_ERR_POLICY);
    assert_true(s.people[4].is_closed);
    stage_come_as(&s, 5, 4, true); /* and answers all the same */
    stage_play(&s);
    assert_int_equal(s.people[5].refused.refusal, ATR_REFUSAL_DENIED);
    assert_int_equal(atr_member_count(s.people[0].member), 2);
}

static void alone_one_may_speak(void **state)
{
    (void)state;
    gather(1);
    assert_int_equal(s.people[0].keyed, 1);
    stage_say(&s, 0, "echo");
    stage_play(&s);
    assert_int_equal(s.people[0].own, 1);
}

/* What is said before the key is there waits for it. */
static void texts_wait_for_the_key(void **state)
{
    (void)state;
    stage_come(&s, 0, 0);
    stage_say(&s, 0, "early");
    stage_play(&s);
    assert_int_equal(s.people[0].own, 1);
    for (size_t i = 0; i < 100; i++) {
        stage_say(&s, 0, "many");
    }
    stage_play(&s);
    assert_int_equal(s.people[0].own, 101);
    assert_int_equal(atr_member_waiting(s.people[0].member), 0);
}

static void leaving_changes_the_key(void **state)
{
    uint8_t before[32];
    uint8_t after[32];

    (void)state;
    gather(3);
    assert_true(atr_member_key_mark(s.people[0].member, before));
    stage_say(&s, 2, "last words");
    atr_member_leave(s.people[2].member, s.now);
    stage_play(&s);
    assert_true(s.people[2].is_closed);
    assert_string_equal(s.people[0].text, "last words");
    assert_false(atr_member_is_keyed(s.people[0].member)); /* closed */
    stage_wait(&s, 10000);
    assert_true(atr_member_key_mark(s.people[0].member, after));
    assert_memory_not_equal(before, after, 32);
    assert_same_key(2);
    assert_int_equal(s.people[0].left, 1);
    assert_int_equal(atr_member_say(s.people[2].member, ATR_LITERAL("x"),
                                    &(uint64_t){0}, s.now),
                     ATR_ERR_STATE);
}

static void a_lost_one_resumes_within_grace(void **state)
{
    (void)state;
    gather(3);
    stage_close(&s, 1);
    for (size_t i = 0; i < 5; i++) {
        stage_say(&s, 0, "meanwhile");
    }
    stage_say(&s, 1, "offline");
    stage_wait(&s, 5000);
    assert_int_equal(s.people[1].texts, 0);
    stage_open(&s, 1);
    stage_play(&s);
    assert_int_equal(s.people[1].texts, 5);
    assert_string_equal(s.people[0].text, "offline");
    assert_int_equal(s.people[0].left, 0);
}

static void after_grace_one_joins_again(void **state)
{
    (void)state;
    gather(2);
    stage_say(&s, 1, "one");
    stage_play(&s);
    stage_close(&s, 1);
    stage_say(&s, 1, "two");
    stage_wait(&s, 11000);
    assert_int_equal(s.people[0].left, 1);
    stage_open(&s, 1);
    stage_wait(&s, 1000);
    assert_same_key(2);
    assert_int_equal(s.people[0].texts, 2);
    assert_string_equal(s.people[0].text, "two");
    assert_int_equal(s.people[1].sent, 2);
}

/* The hall is stopped and started from its store: nobody notices much. */
static void the_hall_may_restart(void **state)
{
    (void)state;
    gather(3);
    stage_say(&s, 0, "before");
    stage_play(&s);
    stage_stop_hall(&s);
    stage_say(&s, 1, "while down");
    stage_start_hall(&s);
    for (size_t i = 0; i < 3; i++) {
        stage_open(&s, i);
    }
    stage_play(&s);
    assert_same_key(3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s.people[i].texts + s.people[i].own, 2);
        assert_int_equal(s.people[i].left, 0);
    }
}

static void what_may_be_said(void **state)
{
    static uint8_t large[ATR_TEXT_BYTES_MAX + 1];
    static const uint8_t broken[] = {0xc3};
    uint64_t number;

    (void)state;
    memset(large, 'x', sizeof large);
    gather(2);
    assert_int_equal(atr_member_say(s.people[0].member, (atr_bytes){NULL, 0},
                                    &number, s.now),
                     ATR_ERR_INPUT);
    assert_int_equal(
        atr_member_say(s.people[0].member, ATR_BYTES(large), &number, s.now),
        ATR_ERR_INPUT);
    assert_int_equal(
        atr_member_say(s.people[0].member, ATR_BYTES(broken), &number, s.now),
        ATR_ERR_INPUT);
    assert_int_equal(atr_member_say(s.people[0].member,
                                    (atr_bytes){large, ATR_TEXT_BYTES_MAX},
                                    &number, s.now),
                     ATR_OK);
    stage_play(&s);
    assert_int_equal(s.people[1].texts, 1);
    assert_int_equal(
        atr_member_nick(s.people[0].member, ATR_LITERAL("a\nb"), s.now),
        ATR_ERR_INPUT);
    assert_int_equal(
        atr_member_nick(s.people[0].member, ATR_LITERAL("new"), s.now), ATR_OK);
    stage_play(&s);
    assert_string_equal(s.people[1].nick, "new");
    assert_int_equal(s.people[1].texts, 1); /* a nick is no text */
}

static void too_much_waiting_is_refused(void **state)
{
    uint64_t number;
    atr_err err = ATR_OK;
    size_t said = 0;

    (void)state;
    gather(1);
    stage_close(&s, 0);
    while (err == ATR_OK && said < 5000) {
        err = atr_member_say(s.people[0].member, ATR_LITERAL("x"), &number,
                             s.now);
        said += err == ATR_OK;
    }
    assert_int_equal(err, ATR_ERR_LIMIT);
    assert_int_equal(said, 1024);
    stage_open(&s, 0);
    stage_play(&s);
    assert_int_equal(s.people[0].own, 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(four_meet_and_talk, begin, finish),
        cmocka_unit_test_setup_teardown(the_one_without_is_told, begin, finish),
        cmocka_unit_test_setup_teardown(alone_one_may_speak, begin, finish),
        cmocka_unit_test_setup_teardown(texts_wait_for_the_key, begin, finish),
        cmocka_unit_test_setup_teardown(leaving_changes_the_key, begin, finish),
        cmocka_unit_test_setup_teardown(a_lost_one_resumes_within_grace, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(after_grace_one_joins_again, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(the_hall_may_restart, begin, finish),
        cmocka_unit_test_setup_teardown(what_may_be_said, begin, finish),
        cmocka_unit_test_setup_teardown(too_much_waiting_is_refused, begin,
                                        finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
