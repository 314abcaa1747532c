/* Attacks on periods: somebody withdrawn who keeps the old key and bypasses
 * the check of the policy, alone and with the hall; a hall that turns back,
 * far ahead, or never; and who claims to have been there.
 */
#include "kit/kit.h"
#include "policy/policy_text.h"
#include "scheme/forced.h"
#include "sim/puppet.h"

#define DAY_MS (1000ull * STAGE_DAY_S)

static stage s;

static int with_real(void **state)
{
    (void)state;
    stage_init_periods(&s, true, STAGE_DAY_S);
    s.keeps_tapes = true;
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

/* Three are there; the period turns, two have new keys, the third does what
 * it can with its old one. */
static void turn_without(size_t who)
{
    for (size_t i = 0; i < 3; i++) {
        stage_come_in(&s, i, i, day(0), i == who);
        stage_wait(&s, 1000);
    }
    for (size_t i = 0; i < 3; i++) {
        stage_say(&s, i, "all of us");
        if (i != who) {
            stage_rekey(&s, i, day(1));
        }
    }
    stage_wait(&s, DAY_MS - 1000 - s.now);
    assert_int_equal(s.people[who].texts, 2);
    stage_wait(&s, 2000);
}

/* The records that somebody has been shown, by their kind. */
static size_t shown(const stage_tape *tape, size_t from, uint8_t kind)
{
    atr_reader in =
        atr_reader_of((atr_bytes){tape->data + from, tape->len - from});
    size_t count = 0;

    while (in.left != 0) {
        atr_bytes frame = atr_read_field(&in);

        assert_true(frame.len != 0);
        count += frame.data[0] == ATR_FRAME_EVENT && frame.len > 9 &&
                 frame.data[9] == kind;
    }
    return count;
}

static void the_withdrawn_reads_nothing_more(void **state)
{
    size_t before;

    (void)state;
    turn_without(2);
    assert_int_equal(s.people[2].asked, 1);
    before = s.people[2].heard.len;
    atr_member_rekey(s.people[2].member, NULL, s.now); /* it tries anyhow */
    stage_wait(&s, 1000);
    assert_int_equal(s.people[2].refused.refusal, ATR_REFUSAL_DENIED);
    stage_say(&s, 0, "the two of us");
    stage_wait(&s, 5000);
    assert_string_equal(s.people[1].text, "the two of us");
    assert_int_equal(s.people[2].texts, 2);
    for (uint8_t kind = 1; kind <= 5; kind++) {
        assert_int_equal(shown(&s.people[2].heard, before, kind), 0);
    }
    assert_int_equal(atr_member_count(s.people[0].member), 2);
}

/* The hall gives it everything: it opens no contribution of the new period,
 * under either policy, asked or forced. */
static void not_even_together_with_the_hall(void **state)
{
    const memstore_room *room;
    atr_ake_room ake[2];
    static atr_policy policy[2];
    size_t found = 0;
    bool has_turned = false;

    (void)state;
    turn_without(2);
    room = &s.store.rooms[0];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            atr_policy_with_period(&policy[i], &s.cast.policy, day(i)), ATR_OK);
        ake[i] = (atr_ake_room){.kem = &s.cast.kem, .policy = &policy[i]};
        memcpy(ake[i].room, s.room, 32);
    }
    for (size_t i = 0; i < room->count; i++) {
        atr_bytes bytes = {room->records[i].data, room->records[i].len};
        atr_record record;
        atr_ake_part part;

        assert_int_equal(atr_record_read(&record, bytes), ATR_OK);
        has_turned |= record.kind == ATR_RECORD_TURN &&
                      atr_period_compare(record.period, day(1)) == 0;
        if (record.kind != ATR_RECORD_CONTRIBUTION || !has_turned) {
            continue;
        }
        found++;
        assert_int_equal(
            atr_ake_accept(&part, &ake[1], s.people[0].held[1], record.message),
            ATR_OK);
        for (size_t k = 0; k < 2; k++) {
            atr_ake_part stolen;
            uint8_t key[ATR_KEM_KEY_BYTES];
            atr_reader in = atr_reader_of(record.message);
            uint8_t ad[200];
            atr_builder b = atr_builder_of(ad, sizeof ad);
            uint64_t base = atr_read_u64(&in);
            atr_bytes vk = atr_read_view(&in, 32);
            atr_bytes capsule = atr_read_field(&in);

            assert_int_not_equal(atr_ake_accept(&stolen, &ake[k],
                                                s.people[2].held[0],
                                                record.message),
                                 ATR_OK);
            atr_build_field(&b, ATR_LITERAL("ATR1/AKE/contribution"));
            atr_build_field(&b, ATR_BYTES(s.room));
            atr_build_u64(&b, base);
            atr_build_field(&b, vk);
            if (atr_kem_decap_forced(key, &s.cast.kem, s.people[2].held[0],
                                     &policy[k], atr_builder_bytes(&b),
                                     capsule) == ATR_OK) {
                assert_memory_not_equal(key, part.key, sizeof key);
            }
        }
    }
    assert_int_equal(found, 2);
}

/* --- a hall that lies about the time ---------------------------------------
 */

static cast players;
static puppet p;
static puppet_friend friend;
static puppet_friend own;
static atr_abe_key *key;

static int with_puppet(void **state)
{
    (void)state;
    cast_init(&players, false, 1);
    friend.message_len = 0;
    key = cast_key(&players, 0, day(0));
    puppet_init_periods(&p, &players, key, day(0));
    puppet_join(&p, &friend, &own);
    return 0;
}

static int without_puppet(void **state)
{
    (void)state;
    puppet_free(&p);
    cast_free(&players);
    free(key);
    return 0;
}

static atr_err turn_to(atr_period period)
{
    atr_record record = {
        .kind = ATR_RECORD_TURN, .epoch = p.epoch + 1, .period = period};
    atr_err err = puppet_event(&p, p.seq + 1, &record);

    p.seq += err == ATR_OK;
    p.epoch += err == ATR_OK;
    return err;
}

static void to_the_past(void **state)
{
    (void)state;
    assert_true(atr_member_is_keyed(p.member));
    assert_int_equal(turn_to((atr_period){STAGE_PERIOD - 1, 5}), ATR_ERR_AUTH);
    assert_int_equal(p.seen.turns, 0);
}

static void to_the_same(void **state)
{
    (void)state;
    assert_int_equal(turn_to(day(0)), ATR_ERR_AUTH);
    assert_int_equal(p.seen.turns, 0);
}

static void too_early(void **state)
{
    (void)state;
    assert_int_equal(turn_to(day(1)), ATR_ERR_STATE);
    assert_int_equal(p.seen.refused.refusal, ATR_REFUSAL_PERIOD);
    assert_int_equal(p.seen.turns, 0);
}

static void within_the_grace(void **state)
{
    (void)state;
    p.now = DAY_MS - 3599000;
    assert_int_equal(turn_to(day(1)), ATR_OK);
    assert_int_equal(p.seen.turns, 1);
    assert_int_equal(p.seen.asked, 1);
    assert_int_equal(atr_member_count(p.member), 0);
    assert_null(puppet_take(&p, ATR_FRAME_LEAVE).data);
}

/* Who keeps a period for ever keeps somebody in who is to be out. */
static void never(void **state)
{
    const atr_time due = DAY_MS + 3600000;

    (void)state;
    assert_true(atr_member_deadline(p.member) == due);
    atr_member_tick(p.member, due - 1);
    stage_take_events(&p.seen);
    assert_int_equal(p.seen.refused.refusal, 0);
    atr_member_tick(p.member, due);
    stage_take_events(&p.seen);
    assert_int_equal(p.seen.refused.refusal, ATR_REFUSAL_PERIOD);
}

/* After a turn nothing comes before ROOM: not a text, not a contribution. */
static void a_log_that_goes_on(void **state)
{
    (void)state;
    p.now = DAY_MS;
    assert_int_equal(turn_to(day(1)), ATR_OK);
    puppet_friend_make(&friend, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &friend), ATR_ERR_INPUT);
}

static void in_a_room_without(void **state)
{
    (void)state;
    puppet_free(&p);
    friend.message_len = 0;
    puppet_init(&p, &players, 0);
    puppet_join(&p, &friend, &own);
    assert_int_equal(turn_to(day(0)), ATR_ERR_AUTH);
    assert_true(atr_member_count(p.member) == 2);
}

/* --- who claims what at the hall -------------------------------------------
 */

static int with_standin(void **state)
{
    (void)state;
    stage_init_periods(&s, false, STAGE_DAY_S);
    s.keeps_tapes = true;
    return 0;
}

/* The seat that a ROOM in `tape` gives; 9: there is none. */
static unsigned seat_in(const stage_tape *tape)
{
    atr_reader in = atr_reader_of((atr_bytes){tape->data, tape->len});
    unsigned seat = 9;

    while (in.left != 0) {
        atr_bytes frame = atr_read_field(&in);

        if (frame.len > 29 && frame.data[0] == ATR_FRAME_ROOM) {
            seat = frame.data[frame.len - 21];
        }
    }
    return seat;
}

static unsigned ask(uint32_t conn, const atr_ake_signer *signer, uint64_t after)
{
    stage_tape tape = {0};
    uint8_t bytes[5 + 136];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    uint8_t sig[64];
    unsigned seat;
    atr_join join;

    assert_int_equal(stage_raw(&s, conn, (atr_bytes){NULL, 0}, &tape), ATR_OK);
    join = (atr_join){s.room, tape.data + 7, signer->vk};
    atr_join_sign(sig, &join, after, signer->sk);
    atr_build_u32(&b, 137);
    atr_build_u8(&b, ATR_FRAME_OPEN);
    atr_build_bytes(&b, ATR_BYTES(s.room));
    atr_build_bytes(&b, ATR_BYTES(signer->vk));
    atr_build_u64(&b, after);
    atr_build_bytes(&b, ATR_BYTES(sig));
    assert_int_equal(stage_raw(&s, conn, atr_builder_bytes(&b), &tape), ATR_OK);
    seat = seat_in(&tape);
    stage_tape_free(&tape);
    atr_hall_closed(s.hall, conn, s.now);
    return seat;
}

/* A stranger is a newcomer wherever it says it has read to. */
static void a_stranger_says_it_was_there(void **state)
{
    atr_ake_signer stranger;
    atr_rng rng;
    const uint8_t seed[32] = {77};

    (void)state;
    turn_without(2);
    atr_rng_init(&rng, seed);
    atr_ake_signer_init(&stranger, &rng);
    for (uint64_t after = 0; after < s.store.rooms->count + 2; after++) {
        assert_int_equal(ask(STAGE_RAW + 1, &stranger, after), ATR_SEAT_NEW);
    }
}

/* Frames that were on their way when the period turned do nothing, and end
 * nothing; one who asks before it can have read of the turn is refused. */
static void late_frames_count_for_nothing(void **state)
{
    static const uint8_t rubbish[] = {0, 0, 0, 2, ATR_FRAME_TEXT, 7};
    atr_hall_stats before;
    atr_hall_stats after;

    (void)state;
    turn_without(2);
    atr_hall_stats_of(s.hall, &before);
    assert_int_equal(atr_hall_recv(s.hall, 2, ATR_BYTES(rubbish), s.now),
                     ATR_OK);
    atr_hall_stats_of(s.hall, &after);
    assert_int_equal(after.malformed, before.malformed);
    assert_int_equal(after.texts, before.texts);
    assert_false(atr_hall_is_over(s.hall, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_withdrawn_reads_nothing_more,
                                        with_real, finish),
        cmocka_unit_test_setup_teardown(not_even_together_with_the_hall,
                                        with_real, finish),
        cmocka_unit_test_setup_teardown(to_the_past, with_puppet,
                                        without_puppet),
        cmocka_unit_test_setup_teardown(to_the_same, with_puppet,
                                        without_puppet),
        cmocka_unit_test_setup_teardown(too_early, with_puppet, without_puppet),
        cmocka_unit_test_setup_teardown(within_the_grace, with_puppet,
                                        without_puppet),
        cmocka_unit_test_setup_teardown(never, with_puppet, without_puppet),
        cmocka_unit_test_setup_teardown(a_log_that_goes_on, with_puppet,
                                        without_puppet),
        cmocka_unit_test_setup_teardown(in_a_room_without, with_puppet,
                                        without_puppet),
        cmocka_unit_test_setup_teardown(a_stranger_says_it_was_there,
                                        with_standin, finish),
        cmocka_unit_test_setup_teardown(late_frames_count_for_nothing,
                                        with_standin, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
