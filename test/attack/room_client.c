/* A client that does not keep to the rules: it harms nobody but itself. Two
 * honest members sit in the room all the while and talk after each attack.
 */
#include "kit/kit.h"
#include "proto/join.h"
#include "proto/text.h"
#include "sim/stage.h"
#include "sym/ed25519.h"

#define BAD 50 /* its connection */

static stage s;
static stage_tape tape;
static uint8_t frame[200000];
static atr_ake_signer bad;
static atr_rng rng;

static int begin(void **state)
{
    (void)state;
    stage_init(&s, false);
    tape = (stage_tape){0};
    for (size_t i = 0; i < 2; i++) {
        stage_come(&s, i, i);
        stage_wait(&s, 1000);
    }
    kit_rng(&rng, 42);
    atr_ake_signer_init(&bad, &rng);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stage_tape_free(&tape);
    stage_free(&s);
    return 0;
}

/* The others never notice. */
static void assert_unharmed(void)
{
    size_t before = s.people[1].texts;

    atr_hall_closed(s.hall, BAD, s.now);
    stage_say(&s, 0, "still here");
    stage_wait(&s, 3000); /* at most until the next who may confirms */
    assert_int_equal(s.people[1].texts, before + 1);
    assert_true(s.people[0].is_open && s.people[1].is_open);
    assert_int_equal(s.people[0].refused.kind, 0);
    tape.len = 0;
}

/* Opens a connection; its nonce is in `nonce`. */
static void enter(uint8_t nonce[32])
{
    assert_int_equal(stage_raw(&s, BAD, (atr_bytes){NULL, 0}, &tape), ATR_OK);
    assert_int_equal(tape.len, 5 + 34);
    memcpy(nonce, tape.data + 7, 32);
}

static atr_err give(atr_frame_type type, atr_bytes body)
{
    atr_builder b = atr_builder_of(frame, sizeof frame);

    atr_build_u32(&b, (uint32_t)(1 + body.len));
    atr_build_u8(&b, (uint8_t)type);
    atr_build_bytes(&b, body);
    return stage_raw(&s, BAD, atr_builder_bytes(&b), &tape);
}

/* The body of the newest frame of `type`, or NULL. */
static atr_bytes got(atr_frame_type type)
{
    atr_bytes found = {NULL, 0};
    size_t at = 0;

    while (at + 5 <= tape.len) {
        atr_reader r = atr_reader_of((atr_bytes){tape.data + at, 4});
        size_t len = atr_read_u32(&r);

        if (tape.data[at + 4] == type) {
            found = (atr_bytes){tape.data + at + 5, len - 1};
        }
        at += 4 + len;
    }
    return found;
}

static unsigned refusal(void)
{
    atr_bytes body = got(ATR_FRAME_REFUSED);

    return body.len == 1 ? body.data[0] : 0;
}

static atr_err open_as(const uint8_t vk[32], const atr_ake_signer *signer,
                       const uint8_t nonce[32], uint64_t after)
{
    uint8_t body[136];
    uint8_t sig[64];
    atr_builder b = atr_builder_of(body, sizeof body);
    atr_join join = {s.room, nonce, vk};

    atr_join_sign(sig, &join, after, signer->sk);
    atr_build_bytes(&b, ATR_BYTES(s.room));
    atr_build_bytes(&b, (atr_bytes){vk, 32});
    atr_build_u64(&b, after);
    atr_build_bytes(&b, ATR_BYTES(sig));
    return give(ATR_FRAME_OPEN, ATR_BYTES(body));
}

static void garbage(void **state)
{
    (void)state;
    for (size_t round = 0; round < 300; round++) {
        uint8_t nonce[32];
        size_t len = 1 + atr_rng_below_vartime(&rng, 3000);

        enter(nonce);
        atr_rng_bytes(&rng, frame, len);
        if (round % 3 != 0) { /* at least a length */
            memset(frame, 0, 3);
            frame[4] = (uint8_t)(0x41 + round % 12);
        }
        (void)!stage_raw(&s, BAD, (atr_bytes){frame, len}, &tape);
        assert_unharmed();
    }
}

/* Each frame at each phase, in form or not. */
static void frames_out_of_order(void **state)
{
    static const uint8_t types[] = {0,    1,    8,    0x40, 0x45, 0x46,
                                    0x47, 0x48, 0x49, 0x4a, 0xff};

    (void)state;
    for (size_t i = 0; i < sizeof types; i++) {
        for (size_t len = 0; len <= 200; len += 40) {
            uint8_t body[200] = {0};
            uint8_t nonce[32];

            enter(nonce);
            assert_int_not_equal(give(types[i], (atr_bytes){body, len}),
                                 ATR_OK);
            assert_int_equal(refusal(), types[i] >= 0x41 && types[i] <= 0x49
                                            ? ATR_REFUSAL_ORDER
                                            : ATR_REFUSAL_MALFORMED);
            assert_unharmed();
            /* with a challenge open */
            enter(nonce);
            assert_int_equal(open_as(bad.vk, &bad, nonce, 0), ATR_OK);
            assert_int_not_equal(give(types[i], (atr_bytes){body, len}),
                                 ATR_OK);
            assert_null(got(ATR_FRAME_ADMITTED).data);
            assert_null(got(ATR_FRAME_EVENT).data);
            assert_unharmed();
        }
    }
    assert_int_equal(atr_member_count(s.people[0].member), 2);
}

static void lengths_out_of_bounds(void **state)
{
    static const uint32_t lengths[] = {0, 40000, 131073, 0x7fffffff,
                                       0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        atr_builder b = atr_builder_of(frame, sizeof frame);
        size_t before;
        uint8_t nonce[32];

        enter(nonce);
        before = s.hall_mem.used;
        atr_build_u32(&b, lengths[i]);
        assert_int_not_equal(stage_raw(&s, BAD, atr_builder_bytes(&b), &tape),
                             ATR_OK);
        assert_int_equal(refusal(), ATR_REFUSAL_MALFORMED);
        assert_true(s.hall_mem.used <= before); /* nothing set aside */
        assert_unharmed();
    }
}

/* A frame that never ends holds no more than was sent. */
static void truncated_frames(void **state)
{
    uint8_t body[136] = {0};
    atr_builder b;

    (void)state;
    for (size_t cut = 1; cut < 5 + sizeof body; cut++) {
        uint8_t nonce[32];

        enter(nonce);
        b = atr_builder_of(frame, sizeof frame);
        atr_build_u32(&b, 1 + sizeof body);
        atr_build_u8(&b, ATR_FRAME_OPEN);
        atr_build_bytes(&b, ATR_BYTES(body));
        assert_int_equal(stage_raw(&s, BAD, (atr_bytes){frame, cut}, &tape),
                         ATR_OK);
        assert_unharmed(); /* closes it */
    }
}

/* Bodies too short or too long for their type. */
static void bodies_of_wrong_length(void **state)
{
    static const struct {
        uint8_t type;
        size_t len;
    } exact[] = {
        {ATR_FRAME_LIST, 32}, {ATR_FRAME_LOOK, 32}, {ATR_FRAME_OPEN, 136}};
    static uint8_t body[200];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t len = 0; len < 200; len++) {
            uint8_t nonce[32];

            if (len == exact[i].len) {
                continue;
            }
            enter(nonce);
            assert_int_equal(give(exact[i].type, (atr_bytes){body, len}),
                             ATR_ERR_INPUT);
            assert_int_equal(refusal(), ATR_REFUSAL_MALFORMED);
            atr_hall_closed(s.hall, BAD, s.now);
            tape.len = 0;
        }
    }
    assert_unharmed();
}

/* Another's pseudonym is public; its seat is not to be had by knowing it. */
static void another_ones_seat(void **state)
{
    uint8_t nonce[32];
    atr_member_info info;

    (void)state;
    atr_member_at(s.people[0].member, 1, &info);
    enter(nonce);
    assert_int_equal(open_as(info.vk, &bad, nonce, 0), ATR_ERR_AUTH);
    assert_int_equal(refusal(), ATR_REFUSAL_DENIED);
    assert_unharmed();
}

/* What the owner of a seat once sent, sent again on another connection. */
static void replayed_open(void **state)
{
    uint8_t nonce[32];

    (void)state;
    stage_free(&s);
    stage_init(&s, false);
    s.keeps_tapes = true;
    for (size_t i = 0; i < 2; i++) {
        stage_come(&s, i, i);
        stage_wait(&s, 1000);
    }
    enter(nonce);
    assert_int_equal(
        stage_raw(&s, BAD,
                  (atr_bytes){s.people[1].told.data, s.people[1].told.len},
                  &tape),
        ATR_ERR_AUTH);
    assert_int_equal(refusal(), ATR_REFUSAL_DENIED);
    assert_unharmed();
}

/* --- through the door, with a key that satisfies the policy --------------- */

static void answer(const uint8_t nonce[32], size_t key)
{
    atr_bytes challenge = got(ATR_FRAME_CHALLENGE);
    atr_join join = {s.room, nonce, bad.vk};
    uint8_t ad[ATR_JOIN_AD_BYTES];
    uint8_t secret[32];
    uint8_t tag[32];

    atr_join_ad(ad, &join);
    assert_int_equal(
        atr_kem_decap(secret, &s.cast.kem, s.cast.keys[key], &s.cast.policy,
                      ATR_BYTES(ad),
                      (atr_bytes){challenge.data + 4, challenge.len - 4}),
        ATR_OK);
    atr_join_answer(tag, &join, secret);
    assert_int_equal(give(ATR_FRAME_ANSWER, ATR_BYTES(tag)), ATR_OK);
    assert_non_null(got(ATR_FRAME_ADMITTED).data);
}

static void admitted(uint8_t nonce[32])
{
    enter(nonce);
    assert_int_equal(open_as(bad.vk, &bad, nonce, 0), ATR_OK);
    answer(nonce, 0);
}

static atr_err contribute_as(const atr_ake_signer *signer, uint64_t base,
                             size_t bend)
{
    atr_ake_room room = {.kem = &s.cast.kem, .policy = &s.cast.policy};
    uint8_t message[1024];
    size_t len;
    atr_ake_part part;

    memcpy(room.room, s.room, 32);
    len = atr_ake_message_len(&room);
    atr_ake_contribute(message, &part, &room, base, signer, &rng);
    if (bend < len) {
        message[bend] ^= 1;
    }
    return give(ATR_FRAME_CONTRIBUTE, (atr_bytes){message, len});
}

static void wrong_answers(void **state)
{
    uint8_t nonce[32];
    uint8_t tag[32] = {0};

    (void)state;
    enter(nonce);
    assert_int_equal(open_as(bad.vk, &bad, nonce, 0), ATR_OK);
    assert_int_equal(give(ATR_FRAME_ANSWER, ATR_BYTES(tag)), ATR_ERR_AUTH);
    assert_int_equal(refusal(), ATR_REFUSAL_DENIED);
    assert_int_not_equal(give(ATR_FRAME_ANSWER, ATR_BYTES(tag)), ATR_OK);
    assert_unharmed();
}

/* In another's name, in the future, bent in any place: the roster stays. */
static void hostile_contributions(void **state)
{
    atr_ake_signer other;
    uint64_t epoch = atr_member_epoch(s.people[0].member);
    uint8_t nonce[32];

    (void)state;
    atr_ake_signer_init(&other, &rng);
    admitted(nonce);
    assert_int_equal(contribute_as(&other, epoch, SIZE_MAX), ATR_ERR_AUTH);
    assert_int_equal(refusal(), ATR_REFUSAL_DENIED);
    assert_unharmed();
    admitted(nonce);
    assert_int_equal(contribute_as(&bad, epoch + 1, SIZE_MAX), ATR_ERR_INPUT);
    assert_unharmed();
    for (size_t at = 0; at < 170; at += 3) {
        admitted(nonce);
        assert_int_not_equal(contribute_as(&bad, epoch, at), ATR_OK);
        assert_unharmed();
    }
    assert_int_equal(atr_member_count(s.people[0].member), 2);
    assert_true(atr_member_epoch(s.people[0].member) == epoch);
}

/* A member that sends the same contribution again, or an old one. */
static void contributions_again(void **state)
{
    uint8_t copy[1100];
    size_t len;
    uint8_t nonce[32];

    (void)state;
    admitted(nonce);
    assert_int_equal(
        contribute_as(&bad, atr_member_epoch(s.people[0].member), SIZE_MAX),
        ATR_OK);
    len = 5 + 8 + 32 + 4 + STANDIN_CAPSULE_BYTES + 64;
    memcpy(copy, frame, len);
    stage_wait(&s, 1000);
    assert_int_equal(atr_member_count(s.people[0].member), 3);
    assert_int_equal(stage_raw(&s, BAD, (atr_bytes){copy, len}, &tape),
                     ATR_ERR_AUTH);
    stage_wait(&s, 20000); /* and by time it is gone */
    assert_int_equal(atr_member_count(s.people[0].member), 2);
    assert_unharmed();
}

/* A newcomer may be ATR_EPOCH_WINDOW epochs late, a member not at all, and
 * not without a leave: no record is written that members would not take. */
static void late_contributions(void **state)
{
    atr_member *witness = s.people[0].member;
    uint64_t epoch;
    uint8_t nonce[32];

    (void)state;
    while ((epoch = atr_member_epoch(witness)) <= ATR_EPOCH_WINDOW) {
        atr_ake_signer_init(&bad, &rng);
        admitted(nonce);
        assert_int_equal(contribute_as(&bad, epoch, SIZE_MAX), ATR_OK);
        assert_null(got(ATR_FRAME_STALE).data);
        assert_int_equal(contribute_as(&bad, epoch + 1, SIZE_MAX), ATR_OK);
        assert_int_equal(got(ATR_FRAME_STALE).len, 16);
        assert_int_equal(give(ATR_FRAME_LEAVE, (atr_bytes){NULL, 0}), ATR_OK);
        atr_hall_closed(s.hall, BAD, s.now);
        tape.len = 0;
        stage_wait(&s, 100);
        assert_true(atr_member_epoch(witness) == epoch + 3); /* renewed */
    }

    atr_ake_signer_init(&bad, &rng);
    admitted(nonce);
    assert_int_equal(
        contribute_as(&bad, epoch - ATR_EPOCH_WINDOW - 1, SIZE_MAX), ATR_OK);
    assert_int_equal(got(ATR_FRAME_STALE).len, 16);
    assert_int_equal(contribute_as(&bad, epoch - ATR_EPOCH_WINDOW, SIZE_MAX),
                     ATR_OK);
    stage_play(&s);
    assert_true(atr_member_epoch(witness) == epoch + 1);
    assert_unharmed();
}

/* A member that speaks out of turn, in another class, without a key. */
static void hostile_texts(void **state)
{
    static const struct {
        uint64_t number;
        int64_t epoch; /* relative to now */
        uint32_t len;
        atr_err err;
    } texts[] = {
        {0, 0, 296, ATR_ERR_INPUT},
        {1, 1, 296, ATR_ERR_INPUT},
        {1, 0, 295, ATR_ERR_INPUT},
        {1, 0, 297, ATR_ERR_INPUT},
        {1, 0, 0, ATR_ERR_INPUT},
        {2, 0, 296, ATR_ERR_STATE},
        {UINT64_MAX, 0, 296, ATR_ERR_STATE},
        {1, -1, 296, ATR_OK},
        {1, 0, 296, ATR_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t body[600] = {0};
        atr_builder b = atr_builder_of(body, sizeof body);
        size_t heard = s.people[0].texts;
        uint64_t epoch;
        uint8_t nonce[32];

        atr_ake_signer_init(&bad, &rng);
        admitted(nonce);
        epoch = atr_member_epoch(s.people[0].member);
        assert_int_equal(contribute_as(&bad, epoch, SIZE_MAX), ATR_OK);
        stage_wait(&s, 2000);
        epoch = atr_member_epoch(s.people[0].member);
        atr_build_u64(&b, texts[i].number);
        atr_build_u64(&b, epoch + (uint64_t)texts[i].epoch);
        (void)atr_build_space(&b, 64);
        atr_build_u32(&b, texts[i].len);
        (void)atr_build_space(&b, texts[i].len);
        assert_int_equal(give(ATR_FRAME_TEXT, atr_builder_bytes(&b)),
                         texts[i].err);
        stage_play(&s);
        assert_int_equal(s.people[0].texts, heard); /* nobody reads it */
        assert_unharmed();
        stage_wait(&s, 30000); /* gone, and the room has a new key */
        assert_int_equal(atr_member_count(s.people[0].member), 2);
    }
}

/* Two connections of one newcomer: one seat. */
static void two_doors_at_once(void **state)
{
    uint8_t nonce[32];
    uint8_t frame_of_first[1100];
    size_t len = 5 + 8 + 32 + 4 + STANDIN_CAPSULE_BYTES + 64;
    stage_tape other = {0};
    atr_join join = {s.room, nonce, bad.vk};
    uint8_t sig[64];
    atr_builder b;

    (void)state;
    admitted(nonce);
    assert_int_equal(
        contribute_as(&bad, atr_member_epoch(s.people[0].member), SIZE_MAX),
        ATR_OK);
    memcpy(frame_of_first, frame, len);
    /* the same key on another connection takes the seat over */
    assert_int_equal(stage_raw(&s, BAD + 1, (atr_bytes){NULL, 0}, &other),
                     ATR_OK);
    memcpy(nonce, other.data + 7, 32);
    atr_join_sign(sig, &join, 0, bad.sk);
    b = atr_builder_of(frame, sizeof frame);
    atr_build_u32(&b, 137);
    atr_build_u8(&b, ATR_FRAME_OPEN);
    atr_build_bytes(&b, ATR_BYTES(s.room));
    atr_build_bytes(&b, ATR_BYTES(bad.vk));
    atr_build_u64(&b, 0);
    atr_build_bytes(&b, ATR_BYTES(sig));
    assert_int_equal(stage_raw(&s, BAD + 1, atr_builder_bytes(&b), &other),
                     ATR_OK);
    assert_true(atr_hall_is_over(s.hall, BAD));
    assert_false(atr_hall_is_over(s.hall, BAD + 1));
    atr_hall_closed(s.hall, BAD + 1, s.now);
    stage_tape_free(&other);
    assert_unharmed();
}

int main(void)
{
#define SCENE(name) cmocka_unit_test_setup_teardown(name, begin, finish)
    const struct CMUnitTest tests[] = {
        SCENE(garbage),
        SCENE(frames_out_of_order),
        SCENE(lengths_out_of_bounds),
        SCENE(truncated_frames),
        SCENE(bodies_of_wrong_length),
        SCENE(another_ones_seat),
        SCENE(replayed_open),
        SCENE(wrong_answers),
        SCENE(hostile_contributions),
        SCENE(contributions_again),
        SCENE(late_contributions),
        SCENE(hostile_texts),
        SCENE(two_doors_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
