/* The door of a hall: who comes new costs it an encapsulation, so it makes so
 * many a second, and the others wait their turn. By a virtual clock. */
#include "kit/kit.h"
#include "sim/stage.h"
#include "proto/join.h"
#include "sym/ed25519.h"

#define COUNT 320
#define FIRST 100

static stage s;
static atr_rng rng;
static stage_tape tapes[COUNT];

static int begin(void **state)
{
    (void)state;
    kit_rng(&rng, 17);
    stage_init(&s, false);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        stage_tape_free(&tapes[i]);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        atr_hall_closed(s.hall, FIRST + i, s.now);
    }
    stage_free(&s);
    return 0;
}

static void start_with(uint32_t rate)
{
    stage_stop_hall(&s);
    s.limits.challenges_per_second = rate;
    stage_start_hall(&s);
}

/* Passes on what the hall has for a connection. */
static void hear(size_t i)
{
    atr_bytes out;

    assert_int_equal(atr_hall_flush(s.hall, s.now), ATR_OK);
    while ((out = atr_hall_outgoing(s.hall, FIRST + (uint32_t)i)).len != 0) {
        stage_tape_add(&tapes[i], out);
        atr_hall_sent(s.hall, FIRST + (uint32_t)i, out.len);
    }
}

/* The body of the newest frame of `type`; NULL: none. */
static const uint8_t *told(size_t i, atr_frame_type type)
{
    const uint8_t *found = NULL;
    size_t at = 0;

    hear(i);
    while (at + 5 <= tapes[i].len) {
        atr_reader reader = atr_reader_of((atr_bytes){tapes[i].data + at, 4});

        if (tapes[i].data[at + 4] == type) {
            found = tapes[i].data + at + 5;
        }
        at += 4 + atr_read_u32(&reader);
    }
    return found;
}

static bool is_challenged(size_t i)
{
    return told(i, ATR_FRAME_CHALLENGE) != NULL;
}

static unsigned refusal(size_t i)
{
    const uint8_t *body = told(i, ATR_FRAME_REFUSED);

    return body == NULL ? 0 : *body;
}

/* Connects, and wants to be let in under a fresh key. */
static void knock(size_t i)
{
    uint8_t bytes[4 + 1 + 32 + 32 + 8 + 64];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    uint32_t conn = FIRST + (uint32_t)i;
    atr_ake_signer signer;
    atr_join join = {s.room, NULL, NULL};
    uint8_t sig[64];

    assert_int_equal(atr_hall_opened(s.hall, conn, s.now), ATR_OK);
    join.nonce = told(i, ATR_FRAME_HELLO) + 2;
    atr_ake_signer_init(&signer, &rng);
    join.vk = signer.vk;
    atr_join_sign(sig, &join, 0, signer.sk);
    atr_build_u32(&b, sizeof bytes - 4);
    atr_build_u8(&b, ATR_FRAME_OPEN);
    atr_build_bytes(&b, ATR_BYTES(s.room));
    atr_build_bytes(&b, ATR_BYTES(signer.vk));
    atr_build_u64(&b, 0);
    atr_build_bytes(&b, ATR_BYTES(sig));
    assert_int_equal(atr_hall_recv(s.hall, conn, ATR_BYTES(bytes), s.now),
                     ATR_OK);
}

static void knock_all(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        knock(i);
    }
}

static size_t count_challenged(void)
{
    size_t count = 0;

    for (size_t i = 0; i < COUNT; i++) {
        count += is_challenged(i);
    }
    return count;
}

static void pass(uint64_t ms)
{
    s.now += ms;
    atr_hall_tick(s.hall, s.now);
}

static uint64_t delayed(void)
{
    atr_hall_stats stats;

    atr_hall_stats_of(s.hall, &stats);
    return stats.delayed;
}

/* --- tests ---------------------------------------------------------------- */

static void a_crowd_after_a_calm_is_let_in_at_once(void **state)
{
    (void)state;
    knock_all(0, 201);
    assert_int_equal(count_challenged(), 200);
    assert_int_equal(delayed(), 1);
    assert_true(atr_hall_deadline(s.hall) == s.now + 10);
    pass(9);
    assert_false(is_challenged(200));
    assert_true(atr_hall_deadline(s.hall) == s.now + 1);
    pass(1);
    assert_true(is_challenged(200));
    pass(1000); /* half of it is back */
    knock_all(201, 302);
    assert_int_equal(count_challenged(), 301);
}

/* A calm of a second or of an hour gives back what was spent, and no more. */
static void a_long_calm_gives_no_more(void **state)
{
    (void)state;
    start_with(20);
    knock_all(0, 40);
    assert_int_equal(count_challenged(), 40);
    s.now += 1500;
    knock_all(40, 50);
    s.now += 1500; /* 20 were left, and 30 are back */
    knock_all(50, 91);
    assert_int_equal(count_challenged(), 90);
    atr_hall_closed(s.hall, FIRST + 90, s.now);
    s.now += 3600000;
    knock_all(91, 132);
    assert_int_equal(count_challenged(), 130);
}

static void the_line_is_served_in_order(void **state)
{
    (void)state;
    start_with(2);
    knock_all(0, 8);
    assert_int_equal(count_challenged(), 4);
    atr_hall_closed(s.hall, FIRST + 5, s.now);
    pass(499);
    assert_int_equal(count_challenged(), 4);
    pass(1);
    assert_true(is_challenged(4));
    s.now += 500; /* a token is back, but it is not the newcomer's */
    knock(8);
    assert_false(is_challenged(8));
    atr_hall_tick(s.hall, s.now);
    assert_true(is_challenged(6)); /* 5 has gone */
    assert_false(is_challenged(7));
    pass(500);
    assert_true(is_challenged(7));
    pass(500);
    assert_true(is_challenged(8));
    assert_int_equal(delayed(), 5);
}

static void who_waits_too_long_is_told(void **state)
{
    (void)state;
    s.limits.answer_ms = 3000;
    start_with(1);
    knock_all(0, 8);
    assert_int_equal(count_challenged(), 2);
    pass(1000);
    pass(1000);
    assert_int_equal(count_challenged(), 4);
    assert_int_equal(refusal(0), 0);
    pass(1000);
    assert_int_equal(count_challenged(), 5); /* the fifth at the last moment */
    assert_int_equal(refusal(0), ATR_REFUSAL_SLOW);
    assert_int_equal(refusal(1), ATR_REFUSAL_SLOW);
    assert_int_equal(refusal(2), 0); /* has its own time for the answer */
    for (size_t i = 5; i < 8; i++) {
        assert_int_equal(refusal(i), ATR_REFUSAL_SLOW);
        assert_true(atr_hall_is_over(s.hall, FIRST + (uint32_t)i));
    }
    pass(1000);
    assert_int_equal(refusal(2), ATR_REFUSAL_SLOW);
}

/* Real members come in, one by one, and come back without waiting. */
static void members_come_back_without_waiting(void **state)
{
    (void)state;
    start_with(1);
    for (size_t i = 0; i < 5; i++) {
        stage_come(&s, i, i % 4);
    }
    stage_wait(&s, 10000);
    assert_int_equal(atr_member_count(s.people[0].member), 5);
    assert_int_equal(delayed(), 3);
    knock_all(0, 3);
    for (size_t i = 0; i < 5; i++) {
        stage_close(&s, i);
        stage_open(&s, i);
    }
    stage_play(&s);
    for (size_t i = 0; i < 5; i++) {
        assert_true(atr_member_is_keyed(s.people[i].member));
    }
    assert_false(is_challenged(2));
}

static void who_stands_in_line_says_nothing(void **state)
{
    static const uint8_t list[4 + 1 + 32] = {0, 0, 0, 33, ATR_FRAME_LIST};
    static const uint8_t much[] = {0, 1, 0, 0, ATR_FRAME_CREATE};

    (void)state;
    start_with(1);
    knock_all(0, 4);
    assert_int_equal(atr_hall_recv(s.hall, FIRST + 2, ATR_BYTES(list), s.now),
                     ATR_ERR_STATE);
    assert_int_equal(refusal(2), ATR_REFUSAL_ORDER);
    assert_int_equal(atr_hall_recv(s.hall, FIRST + 3, ATR_BYTES(much), s.now),
                     ATR_ERR_LIMIT);
    assert_int_equal(refusal(3), ATR_REFUSAL_MALFORMED);
    pass(5000); /* neither is in the line any more */
    assert_int_equal(count_challenged(), 2);
}

static void without_a_limit_nobody_waits(void **state)
{
    (void)state;
    start_with(0);
    knock_all(0, COUNT);
    assert_int_equal(count_challenged(), COUNT);
    assert_int_equal(delayed(), 0);
}

/* All who wait at once, but not all in one turn of the loop. */
static void the_limit_is_lifted(void **state)
{
    (void)state;
    start_with(1);
    knock_all(0, 42);
    assert_int_equal(count_challenged(), 2);
    s.limits.challenges_per_second = 0;
    atr_hall_set_limits(s.hall, &s.limits, s.now);
    assert_true(atr_hall_deadline(s.hall) <= s.now);
    pass(0);
    assert_int_equal(count_challenged(), 34);
    assert_true(atr_hall_deadline(s.hall) <= s.now);
    pass(0);
    assert_int_equal(count_challenged(), 42);
    assert_true(atr_hall_deadline(s.hall) > s.now);
    s.limits.challenges_per_second = 3; /* and put on again */
    atr_hall_set_limits(s.hall, &s.limits, s.now);
    knock_all(42, 49);
    assert_int_equal(count_challenged(), 48);
    s.limits.challenges_per_second = 1; /* what is spent stays spent */
    atr_hall_set_limits(s.hall, &s.limits, s.now);
    assert_true(atr_hall_deadline(s.hall) == s.now + 1000);
}

static void the_room_fills_while_one_waits(void **state)
{
    (void)state;
    start_with(1);
    knock_all(0, 3);
    s.limits.members_max = 0;
    atr_hall_set_limits(s.hall, &s.limits, s.now);
    pass(1000);
    assert_int_equal(refusal(2), ATR_REFUSAL_FULL);
    assert_false(is_challenged(2));
}

static void a_closing_hall_says_so_to_the_line(void **state)
{
    (void)state;
    start_with(1);
    knock_all(0, 3);
    atr_hall_drain(s.hall);
    assert_int_equal(refusal(2), ATR_REFUSAL_CLOSING);
    assert_true(atr_hall_deadline(s.hall) == ATR_NEVER);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_crowd_after_a_calm_is_let_in_at_once),
        SCENE(a_long_calm_gives_no_more),
        SCENE(the_line_is_served_in_order),
        SCENE(who_waits_too_long_is_told),
        SCENE(members_come_back_without_waiting),
        SCENE(who_stands_in_line_says_nothing),
        SCENE(without_a_limit_nobody_waits),
        SCENE(the_limit_is_lifted),
        SCENE(the_room_fills_while_one_waits),
        SCENE(a_closing_hall_says_so_to_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
