/* At the door: a hall that lies about the room, or challenges under another
 * policy than the room's to learn who holds which attributes.
 */
#include "kit/kit.h"
#include "policy/policy_text.h"
#include "sim/puppet.h"

static cast players;
static puppet p;

static int with_standin(void **state)
{
    (void)state;
    cast_init(&players, false, 1);
    return 0;
}

static int with_real(void **state)
{
    (void)state;
    cast_init(&players, true, 1);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    cast_free(&players);
    return 0;
}

/* Whether the member sent anything after OPEN. */
static bool is_silent(void)
{
    return puppet_take(&p, ATR_FRAME_ANSWER).data == NULL &&
           puppet_take(&p, ATR_FRAME_CONTRIBUTE).data == NULL;
}

/* Another policy under the same id. */
static void swapped_descriptor(void **state)
{
    size_t len;

    (void)state;
    puppet_init(&p, &players, 0);
    len = p.descriptor_len;
    puppet_free(&p);
    for (size_t at = 0; at < len; at++) {
        puppet_init(&p, &players, 0);
        p.descriptor[at] ^= 1;
        assert_int_equal(puppet_hello(&p), ATR_OK);
        assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, 0, 0), ATR_ERR_AUTH);
        assert_true(is_silent());
        puppet_free(&p);
    }
}

/* Knocks with key `key`, is challenged under `policy`; says what came. */
static atr_err knock(size_t key, const atr_policy *policy, bool *silent,
                     size_t *told)
{
    uint8_t secret[32];
    atr_err err;

    puppet_init(&p, &players, key);
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, 0, 0), ATR_OK);
    err = puppet_challenge(&p, policy, secret);
    *silent = is_silent();
    *told = p.seen.told.len;
    puppet_free(&p);
    return err;
}

/* Whether one satisfies the narrower policy or not, the hall sees the same:
 * nothing. */
static void narrower_policy_does_not_probe(void **state)
{
    static const char *const texts[] = {
        "ONE and TWO",
        "ONE",
        "TWO or FOUR",
        "THREE and FOUR",
        "(ONE or THREE) and (TWO or FOUR) and FIVE",
        "(THREE or ONE) and (TWO or FOUR)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        static atr_policy policy;
        bool silent;
        size_t told;
        size_t first = 0;

        assert_int_equal(atr_policy_parse(&policy,
                                          (atr_bytes){(const uint8_t *)texts[i],
                                                      strlen(texts[i])},
                                          NULL),
                         ATR_OK);
        for (size_t key = 0; key < 4; key++) {
            assert_int_equal(knock(key, &policy, &silent, &told), ATR_ERR_AUTH);
            assert_true(silent);
            first = key == 0 ? told : first;
            assert_int_equal(told, first);
        }
    }
}

static void honest_challenge_is_answered(void **state)
{
    bool silent;
    size_t told;

    (void)state;
    for (size_t key = 0; key < 4; key++) {
        assert_int_equal(knock(key, &players.policy, &silent, &told), ATR_OK);
        assert_false(silent);
    }
}

/* A challenge made for somebody else's door, by a hall in between. */
static void forwarded_challenge_is_refused(void **state)
{
    uint8_t key[32];
    atr_bytes other;
    uint8_t frame[70000];
    puppet q;

    (void)state;
    puppet_init(&p, &players, 0);
    puppet_init(&q, &players, 1);
    memset(q.nonce, 0x77, sizeof q.nonce);
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_equal(puppet_hello(&q), ATR_OK);
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, 0, 0), ATR_OK);
    assert_int_equal(puppet_room(&q, ATR_SEAT_NEW, 0, 0), ATR_OK);
    assert_int_equal(puppet_challenge(&q, &players.policy, key), ATR_OK);
    other = (atr_bytes){q.frame,
                        4 + atr_kem_capsule_len(&players.kem, &players.policy)};
    memcpy(frame, other.data, other.len);
    assert_int_equal(
        puppet_send(&p, ATR_FRAME_CHALLENGE, (atr_bytes){frame, other.len}),
        ATR_ERR_AUTH);
    assert_true(is_silent());
    puppet_free(&p);
    puppet_free(&q);
}

/* No contribution before one is admitted, whatever the hall sends. */
static void nothing_before_admission(void **state)
{
    static const uint8_t types[] = {
        ATR_FRAME_CREATED,
        ATR_FRAME_ROOMS,
        ATR_FRAME_ADMITTED,
        ATR_FRAME_EVENT,
        ATR_FRAME_ACK,
        ATR_FRAME_STALE,
        ATR_FRAME_HELLO,
        0,
        0x41,
    };

    (void)state;
    for (size_t i = 0; i < sizeof types; i++) {
        puppet_init(&p, &players, 0);
        assert_int_equal(puppet_hello(&p), ATR_OK);
        assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, 0, 0), ATR_OK);
        assert_int_not_equal(
            puppet_send(&p, types[i], (atr_bytes){p.frame, 20}), ATR_OK);
        assert_true(is_silent());
        puppet_free(&p);
    }
}

/* A hall that says one is a member already. */
static void false_seat_is_refused(void **state)
{
    (void)state;
    puppet_init(&p, &players, 0);
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_not_equal(puppet_room(&p, ATR_SEAT_MEMBER, 5, 0), ATR_OK);
    assert_true(is_silent());
    puppet_free(&p);
    puppet_init(&p, &players, 0);
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_not_equal(puppet_room(&p, ATR_SEAT_NEW, 0, 1), ATR_OK);
    puppet_free(&p);
}

/* Who does not satisfy the policy says nothing that tells so. */
static void the_one_without_stays_silent(void **state)
{
    (void)state;
    puppet_init(&p, &players, 4);
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, 0, 0), ATR_OK);
    assert_int_equal(p.seen.refused.why, ATR_ERR_POLICY);
    assert_true(is_silent());
    puppet_free(&p);
}

/* The cheat of `attrium demo`: the check skipped, with the real scheme. */
static void a_forced_key_opens_nothing(void **state)
{
    static stage s;

    (void)state;
    stage_init(&s, true);
    stage_come(&s, 0, 0);
    stage_play(&s);
    stage_come_as(&s, 1, 4, true);
    stage_play(&s);
    assert_int_equal(s.people[1].refused.refusal, ATR_REFUSAL_DENIED);
    assert_int_equal(atr_member_count(s.people[0].member), 1);
    stage_free(&s);
}

#define WITH_STANDIN(test)                                                     \
    cmocka_unit_test_setup_teardown(test, with_standin, finish)
#define WITH_REAL(test)                                                        \
    {"with_the_real_kem: " #test, test, with_real, finish, NULL}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STANDIN(swapped_descriptor),
        WITH_STANDIN(narrower_policy_does_not_probe),
        WITH_STANDIN(honest_challenge_is_answered),
        WITH_STANDIN(forwarded_challenge_is_refused),
        WITH_STANDIN(nothing_before_admission),
        WITH_STANDIN(false_seat_is_refused),
        WITH_STANDIN(the_one_without_stays_silent),
        WITH_REAL(narrower_policy_does_not_probe),
        WITH_REAL(honest_challenge_is_answered),
        WITH_REAL(forwarded_challenge_is_refused),
        WITH_REAL(a_forced_key_opens_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
