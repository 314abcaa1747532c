/* Periods of a room: how they turn, with keys that are there in time, late or
 * early, over lost connections and a hall that was down.
 */
#include "kit/kit.h"
#include "policy/policy_text.h"
#include "proto/visitor.h"
#include "sim/stage.h"

#define DAY_MS (1000ull * STAGE_DAY_S)

static stage s;

static int begin(void **state)
{
    (void)state;
    stage_init_periods(&s, false, STAGE_DAY_S);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stage_free(&s);
    return 0;
}

static atr_period day(uint64_t n)
{
    return (atr_period){STAGE_PERIOD + n, 0};
}

static void gather(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        stage_come_in(&s, i, i % 4, day(0), false);
        stage_wait(&s, 1000);
    }
}

/* To one second before or after the end of day `n`. */
static void wait_until(uint64_t n, int seconds)
{
    atr_time until = (n + 1) * DAY_MS + (uint64_t)(1000 * seconds);

    stage_wait(&s, until - s.now);
}

static atr_period period_of(size_t who)
{
    atr_period period;

    assert_true(atr_member_period(s.people[who].member, &period));
    return period;
}

static bool is_keyed(size_t who)
{
    return atr_member_is_keyed(s.people[who].member);
}

static uint32_t id_of(size_t at, size_t vk_of)
{
    atr_member_info own = {0};

    for (size_t i = 0; i < atr_member_count(s.people[vk_of].member); i++) {
        atr_member_at(s.people[vk_of].member, i, &own);
        if (own.mine) {
            break;
        }
    }
    for (size_t i = 0; i < atr_member_count(s.people[at].member); i++) {
        atr_member_info info;

        atr_member_at(s.people[at].member, i, &info);
        if (memcmp(info.vk, own.vk, 32) == 0) {
            return info.member;
        }
    }
    return 0;
}

static void a_room_begins_in_its_period(void **state)
{
    atr_hall_stats stats;

    (void)state;
    gather(2);
    assert_int_equal(atr_period_compare(period_of(0), day(0)), 0);
    assert_true(is_keyed(0) && is_keyed(1));
    stage_say(&s, 0, "hello");
    stage_wait(&s, 1000);
    assert_string_equal(s.people[1].text, "hello");
    atr_hall_stats_of(s.hall, &stats);
    assert_int_equal(stats.turns, 1);
    assert_int_equal(s.people[0].turns, 0);
}

/* With the next key at hand nobody notices more than a moment. */
static void all_come_in_again(void **state)
{
    uint32_t id;

    (void)state;
    gather(3);
    for (size_t i = 0; i < 3; i++) {
        stage_rekey(&s, i, day(1));
    }
    id = id_of(0, 1);
    wait_until(0, -1);
    assert_int_equal(s.people[0].turns, 0);
    wait_until(0, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s.people[i].turns, 1);
        assert_int_equal(s.people[i].asked, 0);
        assert_int_equal(s.people[i].again, 3);
        assert_int_equal(s.people[i].left, 0);
        assert_int_equal(atr_period_compare(period_of(i), day(1)), 0);
    }
    stage_wait(&s, 5000);
    assert_true(is_keyed(0) && is_keyed(1) && is_keyed(2));
    assert_int_equal(id_of(0, 1), id); /* who one was one is */
}

static void texts_that_wait_go_over_the_turn(void **state)
{
    (void)state;
    gather(2);
    wait_until(0, -1);
    stage_close(&s, 0);
    for (int i = 0; i < 40; i++) {
        stage_say(&s, 0, "before");
    }
    wait_until(0, 1);
    stage_rekey(&s, 1, day(1));
    stage_wait(&s, 1000);
    stage_open(&s, 0);
    stage_wait(&s, 1000);
    assert_int_equal(s.people[0].asked, 1);
    assert_int_equal(atr_member_waiting(s.people[0].member), 40);
    stage_say(&s, 0, "after");
    stage_rekey(&s, 0, day(1));
    stage_wait(&s, 5000);
    assert_int_equal(s.people[1].texts, 41);
    assert_int_equal(s.people[0].sent, 41);
    assert_string_equal(s.people[1].text, "after");
}

/* Who is a moment later than the others reads what they said in it. */
static void who_is_late_reads_what_was_said(void **state)
{
    (void)state;
    gather(3);
    stage_rekey(&s, 0, day(1));
    stage_rekey(&s, 1, day(1));
    wait_until(0, 1);
    stage_say(&s, 0, "already");
    stage_wait(&s, 5000);
    assert_int_equal(s.people[1].texts, 1);
    assert_int_equal(s.people[2].texts, 0);
    assert_int_equal(s.people[2].asked, 1);
    stage_rekey(&s, 2, day(1));
    stage_wait(&s, 5000);
    assert_int_equal(s.people[2].texts, 1);
    assert_string_equal(s.people[2].text, "already");
    assert_true(is_keyed(0) && is_keyed(2));
}

/* Also when the patience of the hall was not enough. */
static void even_over_a_lost_connection(void **state)
{
    (void)state;
    gather(3);
    stage_rekey(&s, 0, day(1));
    stage_rekey(&s, 1, day(1));
    wait_until(0, -2);
    stage_say(&s, 1, "unread"); /* by 2, who is cut off */
    stage_close(&s, 2);
    wait_until(0, 1);
    stage_say(&s, 0, "already");
    stage_wait(&s, 600000);
    stage_open(&s, 2);
    stage_wait(&s, 1000);
    assert_string_equal(s.people[2].text, "unread");
    assert_int_equal(s.people[2].asked, 1);
    stage_wait(&s, s.limits.answer_ms);
    assert_false(s.people[2].is_open);
    assert_int_equal(s.people[2].refused.refusal, ATR_REFUSAL_SLOW);
    stage_rekey(&s, 2, day(1));
    stage_open(&s, 2);
    stage_wait(&s, 5000);
    assert_true(is_keyed(2));
    assert_int_equal(s.people[2].texts, 2);
    assert_string_equal(s.people[2].text, "already");
}

/* Cut off before the period turned, it reads up to there and then comes in. */
static void resumption_goes_over_a_turn(void **state)
{
    (void)state;
    gather(3);
    stage_rekey(&s, 0, day(1));
    stage_rekey(&s, 1, day(1));
    wait_until(0, -2);
    stage_close(&s, 2);
    stage_say(&s, 0, "last of the old");
    wait_until(0, 1);
    stage_say(&s, 1, "first of the new");
    stage_wait(&s, 1000);
    stage_open(&s, 2);
    stage_wait(&s, 100);
    assert_int_equal(s.people[2].texts, 1);
    assert_string_equal(s.people[2].text, "last of the old");
    assert_int_equal(s.people[2].turns, 1);
    stage_rekey(&s, 2, day(1));
    stage_wait(&s, 5000);
    assert_int_equal(s.people[2].texts, 2);
    assert_string_equal(s.people[2].text, "first of the new");
    assert_int_equal(s.people[2].left, 0);
    assert_true(is_keyed(2));
}

/* After two turns it is a newcomer as any other. */
static void who_misses_a_whole_period_begins_anew(void **state)
{
    (void)state;
    gather(2);
    wait_until(0, -2);
    stage_close(&s, 1);
    stage_rekey(&s, 0, day(1));
    wait_until(0, 1);
    stage_rekey(&s, 0, day(2));
    wait_until(1, 1);
    stage_rekey(&s, 1, day(2));
    stage_open(&s, 1);
    stage_wait(&s, 5000);
    assert_int_equal(s.people[1].left, 2);
    assert_true(is_keyed(0) && is_keyed(1));
    assert_int_equal(atr_period_compare(period_of(1), day(2)), 0);
}

static void a_hall_that_was_down_finds_that_it_turned(void **state)
{
    (void)state;
    gather(2);
    stage_say(&s, 0, "one");
    wait_until(0, -1);
    stage_stop_hall(&s);
    stage_say(&s, 0, "two");
    s.now += DAY_MS / 2;
    stage_start_hall(&s);
    stage_open(&s, 0);
    stage_open(&s, 1);
    stage_wait(&s, 100);
    assert_int_equal(s.people[0].turns, 1);
    assert_int_equal(s.people[1].asked, 1);
    stage_rekey(&s, 0, day(1));
    stage_rekey(&s, 1, day(1));
    stage_wait(&s, 5000);
    assert_int_equal(s.people[1].texts, 2);
    assert_int_equal(s.people[0].sent, 2);
    stage_stop_hall(&s); /* and what it turned to is in its log */
    stage_start_hall(&s);
    stage_open(&s, 0);
    stage_open(&s, 1);
    stage_wait(&s, 5000);
    assert_true(is_keyed(0) && is_keyed(1));
    assert_int_equal(s.people[0].turns, 1);
}

/* A generation is a turn within the period. */
static void a_generation_turns_at_once(void **state)
{
    (void)state;
    gather(2);
    s.generation = 1;
    atr_hall_recheck(s.hall, s.now);
    stage_wait(&s, 1000);
    assert_int_equal(s.people[0].asked, 1);
    stage_rekey(&s, 0, (atr_period){STAGE_PERIOD, 1});
    stage_rekey(&s, 1, (atr_period){STAGE_PERIOD, 1});
    stage_wait(&s, 5000);
    assert_true(is_keyed(0) && is_keyed(1));
    stage_stop_hall(&s);
    s.generation = 0; /* forgotten: but the log knows */
    stage_start_hall(&s);
    stage_open(&s, 0);
    stage_wait(&s, 1000);
    assert_int_equal(s.people[0].turns, 1);
    wait_until(0, 1);
    assert_int_equal(period_of(0).number, STAGE_PERIOD + 1);
    assert_int_equal(period_of(0).generation, 1);
}

static void who_gets_no_key_drops_out(void **state)
{
    (void)state;
    gather(2);
    stage_rekey(&s, 0, day(1));
    wait_until(0, 1);
    assert_int_equal(s.people[1].asked, 1);
    assert_false(s.people[1].is_closed);
    atr_member_rekey(s.people[1].member, NULL, s.now);
    stage_take_events(&s.people[1]);
    assert_int_equal(s.people[1].refused.why, ATR_ERR_POLICY);
    assert_true(s.people[1].is_closed);
    stage_wait(&s, 5000);
    assert_true(is_keyed(0));
    assert_int_equal(atr_member_count(s.people[0].member), 1);
}

/* An old key at the door, and one of a period that is not there yet. */
static void at_the_door_the_period_counts(void **state)
{
    (void)state;
    wait_until(0, 1);
    stage_come_in(&s, 0, 0, day(0), false);
    stage_wait(&s, 100);
    assert_int_equal(s.people[0].asked, 1);
    assert_false(s.people[0].is_open);
    stage_rekey(&s, 0, day(1));
    stage_open(&s, 0);
    stage_wait(&s, 5000);
    assert_true(is_keyed(0));
    stage_come_in(&s, 1, 1, day(2), false);
    stage_wait(&s, 100);
    assert_int_equal(s.people[1].asked, 0);
    assert_int_equal(s.people[1].refused.refusal, ATR_REFUSAL_PERIOD);
    assert_false(s.people[1].is_closed);
    stage_come_in(&s, 2, 4, day(1), false); /* the attributes count too */
    stage_wait(&s, 100);
    assert_int_equal(s.people[2].refused.why, ATR_ERR_POLICY);
}

/* A challenge that was under way when the period turned is void. */
static void between_challenge_and_answer(void **state)
{
    (void)state;
    wait_until(0, -1);
    stage_come_in(&s, 0, 0, day(0), false);
    stage_wait(&s, 0);
    assert_true(is_keyed(0));
    stage_come_in(&s, 1, 1, day(0), false);
    assert_int_equal(atr_hall_flush(s.hall, s.now), ATR_OK);
    for (int i = 0; i < 2; i++) { /* HELLO, OPEN; ROOM, ANSWER */
        atr_bytes out = atr_hall_outgoing(s.hall, 1);

        assert_int_equal(atr_member_recv(s.people[1].member, out, s.now),
                         ATR_OK);
        atr_hall_sent(s.hall, 1, out.len);
        if (i == 0) {
            out = atr_member_outgoing(s.people[1].member);
            assert_int_equal(atr_hall_recv(s.hall, 1, out, s.now), ATR_OK);
            atr_member_sent(s.people[1].member, out.len);
            assert_int_equal(atr_hall_flush(s.hall, s.now), ATR_OK);
        }
    }
    s.now += 2000;
    atr_hall_tick(s.hall, s.now);
    stage_play(&s);
    assert_int_equal(s.people[1].refused.refusal, ATR_REFUSAL_PERIOD);
    assert_false(s.people[1].is_open);
    stage_rekey(&s, 1, day(1));
    stage_open(&s, 1);
    stage_wait(&s, 5000);
    assert_true(is_keyed(1));
}

/* Within the grace a clock may be behind or ahead, further it may not. */
static void clocks_differ(void **state)
{
    static const struct {
        int64_t skew_s;
        bool is_in;
    } cases[] = {
        {0, true},      {3700, true},  {-3500, true},
        {-3700, false}, {89800, true}, {90010, false},
    };

    (void)state;
    wait_until(0, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        stage_come_in(&s, i, 0, day(1), false);
        atr_member_set_clock(
            s.people[i].member,
            stage_unix_ms(&s) + (uint64_t)(1000 * cases[i].skew_s), s.now);
        stage_wait(&s, 2000);
        assert_int_equal(is_keyed(i), cases[i].is_in);
        assert_int_equal(s.people[i].refused.refusal,
                         cases[i].is_in ? 0 : ATR_REFUSAL_PERIOD);
    }
}

/* In a room without periods a key that has one is a key. */
static void rooms_without_do_not_mind(void **state)
{
    static stage plain;
    atr_period period;

    (void)state;
    stage_init(&plain, false);
    stage_come_in(&plain, 0, 0, day(7), false);
    stage_come(&plain, 1, 1);
    stage_wait(&plain, 400 * DAY_MS);
    assert_true(atr_member_is_keyed(plain.people[0].member));
    assert_true(atr_member_is_keyed(plain.people[1].member));
    assert_false(atr_member_period(plain.people[0].member, &period));
    assert_true(atr_hall_deadline(plain.hall) == ATR_NEVER);
    stage_free(&plain);
}

/* --- descriptors ---------------------------------------------------------- */

static atr_room_descriptor room;
static uint8_t bytes[ATR_ROOM_DESCRIPTOR_BYTES_MAX];

static atr_bytes build(void)
{
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    atr_room_build(&out, &room);
    assert_int_equal(atr_builder_end(&out), ATR_OK);
    return atr_builder_bytes(&out);
}

static void both_versions_are_read(void **state)
{
    static atr_room_descriptor again;

    (void)state;
    stage_descriptor(&room, &s);
    assert_int_equal(room.version, 2);
    assert_int_equal(atr_room_read(&again, build()), ATR_OK);
    assert_memory_equal(&again, &room, sizeof room);
    room.period_s = 0;
    room.min_crowd = 70000;
    assert_int_equal(atr_room_read(&again, build()), ATR_OK);
    assert_memory_equal(&again, &room, sizeof room);
    room.version = 1;
    assert_int_equal(atr_room_read(&again, build()), ATR_OK);
    assert_int_equal(again.period_s, 0);
    assert_int_equal(again.min_crowd, 0);
    room.version = 3;
    assert_int_equal(atr_room_read(&again, build()), ATR_ERR_INPUT);
}

/* 256 rows leave none for the period; without periods they are welcome. */
static void a_policy_without_room_is_refused(void **state)
{
    static atr_room_descriptor again;
    static char text[8192];
    size_t len = 0;
    atr_mem mem = stage_mem();
    atr_visitor visitor;

    (void)state;
    stage_descriptor(&room, &s);
    for (unsigned i = 0; i < 256; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%sa%u%s",
                                i == 0        ? ""
                                : i % 64 == 0 ? " and "
                                              : " or ",
                                i % 64 == 0 ? "(" : "", i,
                                i % 64 == 63 ? ")" : "");
    }
    assert_int_equal(
        atr_policy_parse(&room.policy, (atr_bytes){(uint8_t *)text, len}, NULL),
        ATR_OK);
    assert_int_equal(atr_room_read(&again, build()), ATR_ERR_LIMIT);
    assert_int_equal(atr_visitor_init(&visitor, &mem, ATR_VISIT_CREATE, &room,
                                      s.cast.mpk, NULL),
                     ATR_ERR_LIMIT);
    room.period_s = 0;
    assert_int_equal(atr_room_read(&again, build()), ATR_OK);
}

int main(void)
{
#define SCENE(name) cmocka_unit_test_setup_teardown(name, begin, finish)
    const struct CMUnitTest tests[] = {
        SCENE(a_room_begins_in_its_period),
        SCENE(all_come_in_again),
        SCENE(texts_that_wait_go_over_the_turn),
        SCENE(who_is_late_reads_what_was_said),
        SCENE(even_over_a_lost_connection),
        SCENE(resumption_goes_over_a_turn),
        SCENE(who_misses_a_whole_period_begins_anew),
        SCENE(a_hall_that_was_down_finds_that_it_turned),
        SCENE(a_generation_turns_at_once),
        SCENE(who_gets_no_key_drops_out),
        SCENE(at_the_door_the_period_counts),
        SCENE(between_challenge_and_answer),
        SCENE(clocks_differ),
        cmocka_unit_test(rooms_without_do_not_mind),
        SCENE(both_versions_are_read),
        SCENE(a_policy_without_room_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
