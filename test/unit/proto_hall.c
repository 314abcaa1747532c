/* The hall's own duties: deadlines, limits, long logs, slow readers. */
#include "kit/kit.h"
#include "sim/stage.h"

static stage s;
static stage_tape tape;

static int begin(void **state)
{
    (void)state;
    stage_init(&s, false);
    tape = (stage_tape){0};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stage_tape_free(&tape);
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

/* The refusal that ends a tape; 0: none. */
static unsigned refusal(void)
{
    static const uint8_t head[] = {0, 0, 0, 2, ATR_FRAME_REFUSED};

    return tape.len >= 6 && memcmp(tape.data + tape.len - 6, head, 5) == 0
               ? tape.data[tape.len - 1]
               : 0;
}

static void who_says_nothing_is_shown_out(void **state)
{
    (void)state;
    assert_int_equal(stage_raw(&s, 9, (atr_bytes){NULL, 0}, &tape), ATR_OK);
    s.now += s.limits.answer_ms - 1;
    atr_hall_tick(s.hall, s.now);
    assert_false(atr_hall_is_over(s.hall, 9));
    assert_true(atr_hall_deadline(s.hall) == s.now + 1);
    s.now += 1;
    atr_hall_tick(s.hall, s.now);
    assert_true(atr_hall_is_over(s.hall, 9));
    (void)!stage_raw(&s, 9, (atr_bytes){NULL, 0}, &tape);
    assert_int_equal(refusal(), ATR_REFUSAL_SLOW);
    atr_hall_closed(s.hall, 9, s.now);
    assert_true(atr_hall_deadline(s.hall) == ATR_NEVER);
}

static void an_idle_connection_is_small(void **state)
{
    size_t before = s.hall_mem.used;

    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(stage_raw(&s, 100 + i, (atr_bytes){NULL, 0}, NULL),
                         ATR_OK);
    }
    assert_true(s.hall_mem.used - before < 1000 * 1024);
    print_message("# %zu bytes a connection\n",
                  (s.hall_mem.used - before) / 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        atr_hall_closed(s.hall, 100 + i, s.now);
    }
}

static void a_draining_hall_refuses(void **state)
{
    (void)state;
    gather(2);
    atr_hall_drain(s.hall);
    stage_play(&s);
    assert_int_equal(s.people[0].refused.refusal, ATR_REFUSAL_CLOSING);
    assert_int_equal(atr_hall_opened(s.hall, 9, s.now), ATR_ERR_STATE);
    assert_true(atr_hall_is_over(s.hall, 9));
    atr_hall_tick(s.hall, s.now + 1000000); /* nobody is sent away */
    assert_true(atr_hall_deadline(s.hall) == ATR_NEVER);
    assert_int_equal(atr_hall_flush(s.hall, s.now), ATR_OK);
    stage_stop_hall(&s);
    stage_start_hall(&s);
    stage_open(&s, 0);
    stage_open(&s, 1);
    stage_play(&s);
    assert_true(atr_member_is_keyed(s.people[0].member));
    assert_int_equal(s.people[0].left, 0);
}

static void a_full_room_is_full(void **state)
{
    (void)state;
    stage_stop_hall(&s);
    s.limits.members_max = 2;
    stage_start_hall(&s);
    gather(3);
    assert_int_equal(s.people[2].refused.refusal, ATR_REFUSAL_FULL);
    assert_int_equal(s.people[2].refused.why, ATR_ERR_LIMIT);
    assert_int_equal(atr_member_count(s.people[0].member), 2);
}

static void speak(size_t who, size_t count)
{
    static char text[12001];

    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < count; i++) {
        stage_say(&s, who, text);
        stage_play(&s);
    }
}

/* A long absence comes back in chunks: the queue never holds it all. */
static void a_long_log_comes_in_chunks(void **state)
{
    size_t most = 0;
    atr_bytes out;

    (void)state;
    gather(2);
    stage_close(&s, 1);
    speak(0, 100);
    stage_open(&s, 1);
    while (s.people[1].texts < 100) {
        assert_int_equal(atr_hall_flush(s.hall, s.now), ATR_OK);
        out = atr_hall_outgoing(s.hall, 1);
        most = out.len > most ? out.len : most;
        out.len = out.len < 1000 ? out.len : 1000; /* reads slowly */
        assert_int_equal(atr_member_recv(s.people[1].member, out, s.now),
                         ATR_OK);
        stage_take_events(&s.people[1]);
        atr_hall_sent(s.hall, 1, out.len);
        out = atr_member_outgoing(s.people[1].member);
        assert_int_equal(atr_hall_recv(s.hall, 1, out, s.now), ATR_OK);
        atr_member_sent(s.people[1].member, out.len);
    }
    assert_true(most < 90000);
    stage_play(&s);
    assert_true(atr_member_is_keyed(s.people[1].member));
}

/* Who stops reading is cut off, and the others never notice. */
static void a_stopped_reader_is_cut(void **state)
{
    atr_hall_stats stats;

    (void)state;
    stage_stop_hall(&s);
    s.limits.conn_bytes_max = 200000;
    stage_start_hall(&s);
    gather(3);
    s.people[2].is_open = false; /* no longer taken care of */
    speak(0, 30);
    assert_true(atr_hall_is_over(s.hall, 2));
    assert_int_equal(atr_hall_outgoing(s.hall, 2).len, 0);
    assert_int_equal(s.people[1].texts, 30);
    atr_hall_stats_of(s.hall, &stats);
    assert_int_equal(stats.cut_slow, 1);
    s.people[2].is_open = true;
    stage_close(&s, 2);
    stage_open(&s, 2);
    stage_play(&s);
    assert_int_equal(s.people[2].texts, 30); /* and gets all in the end */
}

/* Much at once is no reason to cut somebody who reads. */
static void a_burst_cuts_nobody(void **state)
{
    static char text[12001];

    (void)state;
    stage_stop_hall(&s);
    s.limits.conn_bytes_max = 100000;
    stage_start_hall(&s);
    gather(2);
    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < 20; i++) {
        stage_say(&s, 0, text);
    }
    stage_play(&s);
    assert_int_equal(s.people[1].texts, 20);
    assert_int_equal(s.people[1].refused.kind, 0);
    assert_true(s.people[1].is_open);
}

/* Nothing that waits for the commit is shown before it. */
static void nothing_is_said_before_the_commit(void **state)
{
    atr_bytes out;

    (void)state;
    gather(2);
    stage_say(&s, 0, "x");
    out = atr_member_outgoing(s.people[0].member);
    assert_int_equal(atr_hall_recv(s.hall, 0, out, s.now), ATR_OK);
    atr_member_sent(s.people[0].member, out.len);
    assert_int_equal(atr_hall_outgoing(s.hall, 0).len, 0);
    assert_int_equal(atr_hall_outgoing(s.hall, 1).len, 0);
    s.store.fail_in = 1;
    assert_int_equal(atr_hall_flush(s.hall, s.now), ATR_ERR_IO);
    assert_int_equal(atr_hall_outgoing(s.hall, 0).len, 0);
    assert_int_equal(atr_hall_outgoing(s.hall, 1).len, 0);
    assert_int_equal(atr_hall_recv(s.hall, 0, out, s.now), ATR_ERR_IO);
    stage_stop_hall(&s);
    stage_start_hall(&s);
    stage_open(&s, 0);
    stage_open(&s, 1);
    stage_play(&s);
    assert_int_equal(s.people[1].texts, 1);
    assert_int_equal(s.people[0].own, 1);
}

/* A second connection of the same key takes the seat from the first. */
static void the_newer_connection_counts(void **state)
{
    (void)state;
    gather(2);
    atr_member_closed(s.people[1].member, s.now); /* the hall knows nothing */
    atr_member_opened(s.people[1].member, s.now);
    s.people[1].is_open = false;
    assert_int_equal(atr_hall_opened(s.hall, 20, s.now), ATR_OK);
    for (size_t i = 0; i < 3; i++) {
        atr_bytes out;

        assert_int_equal(atr_hall_flush(s.hall, s.now), ATR_OK);
        out = atr_hall_outgoing(s.hall, 20);
        assert_int_equal(atr_member_recv(s.people[1].member, out, s.now),
                         ATR_OK);
        atr_hall_sent(s.hall, 20, out.len);
        out = atr_member_outgoing(s.people[1].member);
        assert_int_equal(atr_hall_recv(s.hall, 20, out, s.now), ATR_OK);
        atr_member_sent(s.people[1].member, out.len);
    }
    assert_true(atr_hall_is_over(s.hall, 1));
    assert_false(atr_hall_is_over(s.hall, 20));
    assert_true(atr_member_is_keyed(s.people[1].member));
}

/* A damaged store is an error, not a room with other people in it. */
static void a_damaged_store_is_refused(void **state)
{
    memstore_room *room;

    (void)state;
    gather(2);
    stage_stop_hall(&s);
    room = &s.store.rooms[0];
    for (size_t i = 0; i < room->count; i++) {
        for (size_t at = 0; at < 9; at++) { /* kind and epoch */
            room->records[i].data[at] ^= 0x80;
            assert_int_equal(stage_try_hall(&s), ATR_ERR_INPUT);
            room->records[i].data[at] ^= 0x80;
        }
    }
    for (size_t at = 0; at < room->head.len; at += 7) {
        room->head.data[at] ^= 1;
        assert_int_equal(stage_try_hall(&s), ATR_ERR_INPUT);
        room->head.data[at] ^= 1;
    }
    stage_start_hall(&s);
}

/* --- limits that change while the hall runs ------------------------------- */

static void set_limits(void)
{
    atr_hall_set_limits(s.hall, &s.limits, s.now);
}

static void fewer_members_than_there_are(void **state)
{
    (void)state;
    gather(3);
    s.limits.members_max = 2;
    set_limits();
    stage_come(&s, 3, 3);
    stage_play(&s);
    assert_int_equal(s.people[3].refused.refusal, ATR_REFUSAL_FULL);
    stage_close(&s, 3);
    stage_close(&s, 2); /* who is a member comes back */
    stage_open(&s, 2);
    stage_say(&s, 2, "still here");
    stage_play(&s);
    assert_int_equal(s.people[0].texts, 1);
    assert_int_equal(atr_member_count(s.people[0].member), 3);
    s.limits.members_max = 4;
    set_limits();
    stage_open(&s, 3);
    stage_wait(&s, 1000);
    assert_true(atr_member_is_keyed(s.people[3].member));
    assert_int_equal(atr_member_count(s.people[0].member), 4);
}

static void connect_raw(uint32_t conn)
{
    assert_int_equal(stage_raw(&s, conn, (atr_bytes){NULL, 0}, NULL), ATR_OK);
}

static void new_times_count_from_now(void **state)
{
    (void)state;
    connect_raw(10); /* until 20,000 after this */
    s.now += 15000;
    connect_raw(11);
    s.limits.answer_ms = 8000;
    set_limits();
    connect_raw(12);
    assert_true(atr_hall_deadline(s.hall) == s.now + 5000); /* as before */
    s.now += 5000;
    atr_hall_tick(s.hall, s.now);
    assert_true(atr_hall_is_over(s.hall, 10));
    assert_true(atr_hall_deadline(s.hall) == s.now + 3000);
    s.limits.answer_ms = 30000; /* nobody's time becomes longer */
    set_limits();
    connect_raw(13);
    s.now += 3000;
    atr_hall_tick(s.hall, s.now);
    assert_true(atr_hall_is_over(s.hall, 11));
    assert_true(atr_hall_is_over(s.hall, 12));
    assert_false(atr_hall_is_over(s.hall, 13));
    assert_true(atr_hall_deadline(s.hall) == s.now + 27000);
    for (uint32_t conn = 10; conn < 14; conn++) {
        atr_hall_closed(s.hall, conn, s.now);
    }
}

static void who_is_away_has_a_grace_from_now(void **state)
{
    atr_time due;

    (void)state;
    gather(3);
    stage_close(&s, 1);
    s.now += 4000; /* of 10,000 */
    stage_close(&s, 2);
    s.limits.grace_ms = 2000;
    set_limits();
    due = s.now + 2000;
    assert_true(atr_hall_deadline(s.hall) == due);
    stage_wait(&s, 1999);
    assert_int_equal(s.people[0].left, 0);
    stage_wait(&s, 1);
    assert_int_equal(s.people[0].left, 2);
    s.limits.grace_ms = 50000;
    set_limits();
    stage_open(&s, 1);
    stage_wait(&s, 3000);
    stage_close(&s, 1);
    s.limits.grace_ms = 90000; /* too late for who is away already */
    set_limits();
    stage_wait(&s, 49000);
    assert_int_equal(s.people[0].left, 2);
    stage_wait(&s, 1000);
    assert_int_equal(s.people[0].left, 3);
}

/* A slow reader may lag as far as when it came; one who comes now may not. */
static void present_connections_keep_their_bytes(void **state)
{
    (void)state;
    gather(3);
    s.people[2].is_open = false; /* reads nothing */
    s.limits.conn_bytes_max = 100000;
    set_limits();
    speak(0, 20);
    assert_false(atr_hall_is_over(s.hall, 2));
    s.people[2].is_open = true;
    stage_close(&s, 2);
    stage_open(&s, 2);
    stage_play(&s);
    assert_int_equal(s.people[2].texts, 20);
    s.people[2].is_open = false;
    speak(0, 20);
    assert_true(atr_hall_is_over(s.hall, 2));
    s.people[2].is_open = true;
    stage_close(&s, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_says_nothing_is_shown_out, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(an_idle_connection_is_small, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(a_draining_hall_refuses, begin, finish),
        cmocka_unit_test_setup_teardown(a_full_room_is_full, begin, finish),
        cmocka_unit_test_setup_teardown(a_long_log_comes_in_chunks, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(a_stopped_reader_is_cut, begin, finish),
        cmocka_unit_test_setup_teardown(a_burst_cuts_nobody, begin, finish),
        cmocka_unit_test_setup_teardown(nothing_is_said_before_the_commit,
                                        begin, finish),
        cmocka_unit_test_setup_teardown(the_newer_connection_counts, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(a_damaged_store_is_refused, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(fewer_members_than_there_are, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(new_times_count_from_now, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(who_is_away_has_a_grace_from_now, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(present_connections_keep_their_bytes,
                                        begin, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
