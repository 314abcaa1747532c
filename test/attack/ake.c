/* Attacks on the group key exchange by who has no attributes, and by who is
 * inside. */
#include "kit/room.h"
#include "sym/hash.h"

static const char *const people[] = {"ONE, TWO", "THREE, FOUR", "ONE, FOUR"};

#define COUNT 3

static atr_ake_room room;
static atr_policy policy;
static member all[COUNT];
static atr_rng rng;

static int setup(void **state)
{
    authority *a = authority_of(ATR_SCHEME_FABEO);

    (void)state;
    kit_rng(&rng, 61);
    room_init(&room, &policy, a);
    for (size_t i = 0; i < COUNT; i++) {
        member_init(&all[i], a, &room, people[i], &rng);
    }
    return 0;
}

/* A KEM whose capsules are copies: with it, anybody contributes a capsule that
 * somebody else made, under a signature of their own. */
static size_t copied_len(const atr_kem *kem, const atr_policy *under)
{
    (void)kem;
    return atr_kem_capsule_len(room.kem, under);
}

static void copy_capsule(uint8_t *capsule, uint8_t key[32], const atr_kem *kem,
                         const atr_policy *under, atr_bytes ad,
                         const uint8_t coins[32])
{
    (void)ad;
    (void)coins;
    memset(key, 0, 32);
    memcpy(capsule, kem->context, copied_len(kem, under));
}

static atr_bytes replay(uint8_t out[MESSAGE_BYTES_MAX], const member *victim,
                        const atr_ake_room *where, uint64_t base,
                        const atr_ake_signer *thief)
{
    atr_kem copying = *where->kem;
    atr_ake_room with = *where;
    atr_ake_part part;

    copying.context = victim->bytes + 8 + 32 + 4;
    copying.capsule_len = copied_len;
    copying.encap = copy_capsule;
    with.kem = &copying;
    atr_ake_contribute(out, &part, &with, base, thief, &rng);
    return (atr_bytes){out, atr_ake_message_len(where)};
}

static void the_replaying_itself_works(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES_MAX];
    atr_bytes copy = replay(bytes, &all[0], &room, 0, &all[0].signer);

    (void)state; /* the owner's own: byte for byte the same message */
    assert_true(atr_bytes_equal(copy, all[0].message));
}

static void replay_under_another_signature(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES_MAX];
    atr_ake_signer thief;
    atr_ake_part part;
    atr_bytes copy;

    (void)state;
    atr_ake_signer_init(&thief, &rng);
    copy = replay(bytes, &all[0], &room, 0, &thief);
    assert_int_equal(atr_ake_verify(&part, &room, copy), ATR_OK); /* signed */
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(atr_ake_accept(&part, &room, &all[i].secret, copy),
                         ATR_ERR_AUTH);
    }
}

static void replay_in_another_epoch(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES_MAX];
    atr_ake_part part;
    atr_bytes copy = replay(bytes, &all[0], &room, 1, &all[0].signer);

    (void)state;
    assert_int_equal(atr_ake_verify(&part, &room, copy), ATR_OK);
    assert_int_equal(atr_ake_accept(&part, &room, &all[1].secret, copy),
                     ATR_ERR_AUTH);
}

static void replay_in_another_room(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES_MAX];
    atr_ake_room other = room;
    atr_ake_part part;
    atr_bytes copy;

    (void)state;
    other.room[0] ^= 1;
    assert_int_equal(atr_ake_verify(&part, &other, all[0].message),
                     ATR_ERR_AUTH); /* as it is */
    copy = replay(bytes, &all[0], &other, 0, &all[0].signer);
    assert_int_equal(atr_ake_accept(&part, &other, &all[1].secret, copy),
                     ATR_ERR_AUTH);
}

#define ARRIVALS 19

/* Good ones, cut ones, forged ones and replays, in any order. */
static void many_are_judged_as_each_alone(void **state)
{
    static uint8_t bytes[ARRIVALS][MESSAGE_BYTES_MAX];
    static atr_ake_arrival items[ARRIVALS];
    size_t good = 0;

    (void)state;
    for (size_t i = 0; i < ARRIVALS; i++) {
        atr_bytes message = all[i % 2].message;
        uint64_t kind = atr_rng_below_vartime(&rng, 8);
        atr_ake_signer thief;

        memset(&items[i], 0x77, sizeof items[i]);
        memcpy(bytes[i], message.data, message.len);
        message.data = bytes[i];
        if (kind == 0) {
            message.len--;
        } else if (kind == 1) {
            bytes[i][message.len - 1] ^= 1;
        } else if (kind == 2) {
            atr_ake_signer_init(&thief, &rng);
            message = replay(bytes[i], &all[i % 2], &room, 0, &thief);
        }
        items[i].message = message;
    }
    atr_ake_accept_many(items, ARRIVALS, &room, &all[2].secret);
    for (size_t i = 0; i < ARRIVALS; i++) {
        atr_ake_part part;
        atr_err err =
            atr_ake_accept(&part, &room, &all[2].secret, items[i].message);

        assert_int_equal(items[i].err, err);
        assert_memory_equal(&items[i].part, &part, sizeof part);
        if (err == ATR_OK) {
            assert_memory_equal(&part, &all[i % 2].part, sizeof part);
            good++;
        }
    }
    assert_in_range(good, 1, ARRIVALS - 1);
}

/* A hall that shows members a wider policy under the same room. */
static void policy_swap(void **state)
{
    atr_ake_room other = room;
    atr_policy wider;
    atr_ake_part part;

    (void)state;
    policy_of(&wider, "(ONE or FIVE) and (TWO or FOUR)");
    other.policy = &wider;
    assert_int_equal(
        atr_ake_accept(&part, &other, &all[2].secret, all[0].message),
        ATR_ERR_AUTH);
}

static void the_same_contribution_twice(void **state)
{
    atr_ake_part parts[COUNT + 1];
    atr_ake_keys keys;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        parts[i] = all[i].part;
    }
    for (size_t i = 0; i < COUNT; i++) {
        parts[COUNT] = all[i].part;
        assert_int_equal(atr_ake_agree(&keys, &room, 1, parts, COUNT + 1),
                         ATR_ERR_INPUT);
        parts[COUNT].vk[0] ^= 1; /* the same message, another name */
        assert_int_equal(atr_ake_agree(&keys, &room, 1, parts, COUNT + 1),
                         ATR_ERR_INPUT);
        parts[COUNT] = all[i].part; /* another message of one member */
        parts[COUNT].digest[0] ^= 1;
        assert_int_equal(atr_ake_agree(&keys, &room, 1, parts, COUNT + 1),
                         ATR_ERR_INPUT);
    }
}

/* The combiner of the paper, without the index inside: f_K1 xor f_K2 .. */
static void xor_combiner(uint8_t out[32], const uint8_t (*keys)[32],
                         size_t count, const char *sid)
{
    memset(out, 0, 32);
    for (size_t i = 0; i < count; i++) {
        uint8_t tag[32];

        atr_hmac_of(tag, ATR_BYTES(keys[i]), bytes_of(sid));
        for (size_t k = 0; k < 32; k++) {
            out[k] ^= tag[k];
        }
    }
}

/* The test of the test: with the plain xor, who replays an honest contribution
 * cancels it and knows the key; ours refuses the duplicate, and would not
 * cancel if it did not. */
static void duplicates_cancel_in_an_xor_but_not_here(void **state)
{
    uint8_t keys[3][32];
    uint8_t attacker[1][32];
    uint8_t room_key[32];
    uint8_t guess[32];
    atr_ake_part parts[2];
    atr_ake_keys ours;
    atr_ake_keys alone;

    (void)state;
    memcpy(keys[0], all[0].part.key, 32); /* honest */
    memcpy(keys[1], all[0].part.key, 32); /* replayed */
    memset(keys[2], 0x77, 32);            /* the attacker's own */
    memset(attacker[0], 0x77, 32);
    xor_combiner(room_key, keys, 3, "sid");
    xor_combiner(guess, attacker, 1, "sid");
    assert_memory_equal(room_key, guess, 32); /* the attack */
    parts[0] = all[0].part;
    parts[1] = all[0].part; /* past the check: both names changed */
    parts[1].digest[0] ^= 1;
    parts[1].vk[0] ^= 1;
    assert_int_equal(atr_ake_agree(&ours, &room, 1, parts, 2), ATR_OK);
    memset(parts[0].key, 0, 32);
    memset(parts[1].key, 0, 32);
    assert_int_equal(atr_ake_agree(&alone, &room, 1, parts, 2), ATR_OK);
    assert_memory_not_equal(ours.session, alone.session, 32);
}

/* Section 13: in the thesis only the last contribution counted. */
static void every_contribution_changes_the_key(void **state)
{
    atr_ake_part parts[COUNT];
    atr_ake_keys keys;
    atr_ake_keys changed;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        parts[i] = all[i].part;
    }
    assert_int_equal(atr_ake_agree(&keys, &room, 1, parts, COUNT), ATR_OK);
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t at = 0; at < 32; at++) {
            parts[i].key[at] ^= 0x20;
            assert_int_equal(atr_ake_agree(&changed, &room, 1, parts, COUNT),
                             ATR_OK);
            assert_memory_equal(keys.sid, changed.sid, 32);
            assert_memory_not_equal(keys.session, changed.session, 32);
            assert_memory_not_equal(keys.confirm, changed.confirm, 32);
            parts[i].key[at] ^= 0x20;
        }
    }
}

/* Whoever made a contribution of its own without attributes learns its own
 * K alone: forcing the others opens nothing. */
static void an_outsider_forces_nothing(void **state)
{
    static atr_abe_key five;

    (void)state;
    key_of(&five, authority_of(ATR_SCHEME_FABEO), "FIVE, ONE", &rng);
    for (size_t i = 0; i < COUNT; i++) {
        const size_t at = 8 + 32 + 4;
        const atr_bytes capsule = {all[i].bytes + at,
                                   atr_kem_capsule_len(room.kem, &policy)};
        uint8_t memory[128];
        atr_builder ad = atr_builder_of(memory, sizeof memory);
        uint8_t key[32];

        atr_build_field(&ad, ATR_LITERAL("ATR1/AKE/contribution"));
        atr_build_field(&ad, ATR_BYTES(room.room));
        atr_build_u64(&ad, 0);
        atr_build_field(&ad, ATR_BYTES(all[i].signer.vk));
        assert_int_equal(atr_kem_decap(key, room.kem, &all[0].secret, &policy,
                                       atr_builder_bytes(&ad), capsule),
                         ATR_OK); /* so the context is the right one */
        assert_memory_equal(key, all[i].part.key, 32);
        assert_int_equal(atr_kem_decap_forced(key, room.kem, &five, &policy,
                                              atr_builder_bytes(&ad), capsule),
                         ATR_ERR_AUTH);
    }
}

/* What the algebra allows, and doc/limits.md says: whoever gets hold of one
 * satisfying key opens all that was recorded before, and follows after. */
static void open_all(atr_ake_keys *keys, const atr_abe_key *stolen,
                     uint64_t epoch)
{
    atr_ake_part parts[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(
            atr_ake_accept(&parts[i], &room, stolen, all[i].message), ATR_OK);
    }
    assert_int_equal(atr_ake_agree(keys, &room, epoch, parts, COUNT), ATR_OK);
}

static void a_stolen_key_opens_yesterdays_session(void **state)
{
    static atr_abe_key stolen; /* of somebody who never was in the room */
    atr_ake_part parts[COUNT];
    atr_ake_keys theirs;
    atr_ake_keys keys;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        parts[i] = all[i].part;
    }
    assert_int_equal(atr_ake_agree(&theirs, &room, 4, parts, COUNT), ATR_OK);
    key_of(&stolen, authority_of(ATR_SCHEME_FABEO), "ONE, FOUR", &rng);
    open_all(&keys, &stolen, 4);
    assert_memory_equal(&keys, &theirs, sizeof keys);
}

/* Member 0 has left, and member 1 has contributed afresh. Without an attribute
 * key the leaver's parts do not give the new session; with it they do. */
static void a_leaver_follows_with_its_attribute_key(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES_MAX];
    const atr_bytes message = {bytes, atr_ake_message_len(&room)};
    atr_ake_part fresh;
    atr_ake_part parts[COUNT - 1];
    atr_ake_keys theirs;
    atr_ake_keys keys;

    (void)state;
    for (size_t i = 1; i < COUNT; i++) {
        parts[i - 1] = all[i].part;
    }
    atr_ake_contribute(bytes, &fresh, &room, 4, &all[1].signer, &rng);
    parts[0] = fresh;
    assert_int_equal(atr_ake_agree(&theirs, &room, 5, parts, COUNT - 1),
                     ATR_OK);
    parts[0] = all[1].part; /* what the leaver has of member 1 */
    assert_int_equal(atr_ake_agree(&keys, &room, 5, parts, COUNT - 1), ATR_OK);
    assert_memory_not_equal(keys.session, theirs.session, 32);
    assert_int_equal(atr_ake_accept(&parts[0], &room, &all[0].secret, message),
                     ATR_OK);
    assert_int_equal(atr_ake_agree(&keys, &room, 5, parts, COUNT - 1), ATR_OK);
    assert_memory_equal(keys.session, theirs.session, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_replaying_itself_works),
        cmocka_unit_test(replay_under_another_signature),
        cmocka_unit_test(replay_in_another_epoch),
        cmocka_unit_test(replay_in_another_room),
        cmocka_unit_test(many_are_judged_as_each_alone),
        cmocka_unit_test(policy_swap),
        cmocka_unit_test(the_same_contribution_twice),
        cmocka_unit_test(duplicates_cancel_in_an_xor_but_not_here),
        cmocka_unit_test(every_contribution_changes_the_key),
        cmocka_unit_test(an_outsider_forces_nothing),
        cmocka_unit_test(a_stolen_key_opens_yesterdays_session),
        cmocka_unit_test(a_leaver_follows_with_its_attribute_key),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
