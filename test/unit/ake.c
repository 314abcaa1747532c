/* AB-AKE in one round, between honest members. */
#include "kit/room.h"
#include "policy/policy_wire.h"
#include "sym/hash.h"

static const char *const people[] = {"THREE, ONE, TWO", "THREE, TWO, FOUR",
                                     "ONE, THREE, FOUR", "ONE, TWO, FIVE"};

#define COUNT 4

static atr_ake_room room;
static atr_policy policy;
static member all[COUNT];
static atr_rng rng;

static int setup(void **state)
{
    authority *a = authority_of(ATR_SCHEME_FABEO);

    (void)state;
    kit_rng(&rng, 51);
    room_init(&room, &policy, a);
    for (size_t i = 0; i < COUNT; i++) {
        member_init(&all[i], a, &room, people[i], &rng);
    }
    return 0;
}

static void everybody_computes_the_same_keys(void **state)
{
    atr_ake_keys first = {0};

    (void)state;
    for (size_t me = 0; me < COUNT; me++) {
        atr_ake_part parts[COUNT];
        atr_ake_keys keys;

        for (size_t i = 0; i < COUNT; i++) {
            size_t at = (i + me) % COUNT; /* any order */

            if (at == me) {
                parts[i] = all[me].part;
                continue;
            }
            assert_int_equal(atr_ake_accept(&parts[i], &room, &all[me].secret,
                                            all[at].message),
                             ATR_OK);
            assert_memory_equal(&parts[i], &all[at].part, sizeof parts[i]);
        }
        assert_int_equal(atr_ake_agree(&keys, &room, 4, parts, COUNT), ATR_OK);
        if (me == 0) {
            first = keys;
        }
        assert_memory_equal(&keys, &first, sizeof keys);
    }
    assert_memory_not_equal(first.session, first.confirm, 32);
    assert_memory_not_equal(first.session, first.sid, 32);
}

static void a_hall_verifies_without_a_key(void **state)
{
    static const uint8_t zero[32];
    atr_ake_part part;

    (void)state;
    assert_int_equal(atr_ake_verify(&part, &room, all[0].message), ATR_OK);
    assert_memory_equal(part.vk, all[0].signer.vk, 32);
    assert_memory_equal(part.digest, all[0].part.digest, 32);
    assert_memory_equal(part.key, zero, 32);
    assert_int_equal(part.base, 0);
}

static void every_byte_of_a_message_counts(void **state)
{
    static const uint8_t zero[sizeof(atr_ake_part)];
    static uint8_t bytes[MESSAGE_BYTES_MAX];
    const size_t len = all[0].message.len;
    atr_ake_part part;

    (void)state;
    memcpy(bytes, all[0].bytes, len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= (uint8_t)(1 << (i % 8));
        assert_int_not_equal(
            atr_ake_verify(&part, &room, (atr_bytes){bytes, len}), ATR_OK);
        assert_memory_equal(&part, zero, sizeof part);
        bytes[i] = all[0].bytes[i];
    }
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(atr_ake_verify(&part, &room, (atr_bytes){bytes, cut}),
                         ATR_ERR_INPUT);
    }
    assert_int_equal(atr_ake_verify(&part, &room, (atr_bytes){bytes, len + 1}),
                     ATR_ERR_INPUT);
}

static void who_does_not_satisfy_accepts_nothing(void **state)
{
    static member outsider;
    atr_ake_part part;

    (void)state;
    key_of(&outsider.secret, authority_of(ATR_SCHEME_FABEO), "FIVE", &rng);
    assert_int_equal(
        atr_ake_accept(&part, &room, &outsider.secret, all[0].message),
        ATR_ERR_POLICY);
}

/* Room, policy, epoch, and each part bound into the keys. */
static void the_keys_depend_on_all_of_it(void **state)
{
    atr_ake_part parts[COUNT];
    atr_ake_room other = room;
    atr_policy narrower;
    atr_ake_keys keys;
    atr_ake_keys changed;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        parts[i] = all[i].part;
    }
    assert_int_equal(atr_ake_agree(&keys, &room, 4, parts, COUNT), ATR_OK);
    assert_int_equal(atr_ake_agree(&changed, &room, 5, parts, COUNT), ATR_OK);
    assert_memory_not_equal(keys.session, changed.session, 32);
    assert_memory_not_equal(keys.sid, changed.sid, 32);
    other.room[31] ^= 1;
    assert_int_equal(atr_ake_agree(&changed, &other, 4, parts, COUNT), ATR_OK);
    assert_memory_not_equal(keys.session, changed.session, 32);
    other = room;
    policy_of(&narrower, "(ONE or THREE) and TWO");
    other.policy = &narrower;
    assert_int_equal(atr_ake_agree(&changed, &other, 4, parts, COUNT), ATR_OK);
    assert_memory_not_equal(keys.session, changed.session, 32);
    assert_int_equal(atr_ake_agree(&changed, &room, 4, parts, COUNT - 1),
                     ATR_OK);
    assert_memory_not_equal(keys.session, changed.session, 32);
}

/* --- the order of the parts ------------------------------------------------
 */

#define MANY 1000

static atr_ake_part many[ATR_AKE_PARTS_MAX + 1];

/* Parts that nobody made; with `alike` their digests differ only at the
 * end. */
static void make_up_parts(atr_ake_part *parts, size_t count, bool alike)
{
    for (size_t i = 0; i < count; i++) {
        atr_rng_bytes(&rng, parts[i].vk, sizeof parts[i].vk);
        atr_rng_bytes(&rng, parts[i].key, sizeof parts[i].key);
        atr_rng_bytes(&rng, parts[i].digest, sizeof parts[i].digest);
        if (alike) {
            memset(parts[i].digest, 0x7f, 28);
        }
    }
}

static int by_digest(const void *a, const void *b)
{
    const atr_ake_part *left = a;
    const atr_ake_part *right = b;

    return memcmp(left->digest, right->digest, sizeof left->digest);
}

/* (4) and (5) of doc/scheme/ake.md from a list that is sorted. */
static void agree_by_hand(atr_ake_keys *out, uint64_t epoch,
                          const atr_ake_part *sorted, size_t count)
{
    uint8_t memory[ATR_POLICY_BYTES_MAX];
    atr_builder tree = atr_builder_of(memory, sizeof memory);
    uint8_t root[32];
    atr_hash hash;
    atr_hmac hmac;

    atr_policy_build(&tree, room.policy);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/AKE/sid"));
    atr_hash_field(&hash, ATR_BYTES(room.room));
    atr_hash_field(&hash, atr_builder_bytes(&tree));
    atr_hash_u64(&hash, epoch);
    atr_hash_field(&hash, ATR_BYTES(room.kem->hm));
    atr_hash_u32(&hash, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        atr_hash_field(&hash, ATR_BYTES(sorted[i].digest));
    }
    atr_hash_final(&hash, out->sid);
    atr_hmac_init(&hmac, ATR_BYTES(out->sid));
    for (size_t i = 0; i < count; i++) {
        atr_hmac_field(&hmac, ATR_BYTES(sorted[i].key));
    }
    atr_hmac_final(&hmac, root);
    atr_hkdf_expand(out->session, 32, root, ATR_LITERAL("ATR1/AKE/session"));
    atr_hkdf_expand(out->confirm, 32, root,
                    ATR_LITERAL("ATR1/AKE/confirm-key"));
}

static void parts_are_taken_in_the_order_of_their_digests(void **state)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 7, 8, 16, 17, 100, MANY};

    (void)state;
    for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++) {
        size_t count = counts[n];
        atr_ake_keys keys;
        atr_ake_keys expected;

        make_up_parts(many, count, n % 2 == 1);
        assert_int_equal(atr_ake_agree(&keys, &room, 9, many, count), ATR_OK);
        qsort(many, count, sizeof many[0], by_digest);
        agree_by_hand(&expected, 9, many, count);
        assert_memory_equal(&keys, &expected, sizeof keys);
        assert_int_equal(atr_ake_agree(&keys, &room, 9, many, count), ATR_OK);
        assert_memory_equal(&keys, &expected, sizeof keys);
        for (size_t i = 0; i < count / 2; i++) {
            atr_ake_part part = many[i];

            many[i] = many[count - 1 - i];
            many[count - 1 - i] = part;
        }
        assert_int_equal(atr_ake_agree(&keys, &room, 9, many, count), ATR_OK);
        assert_memory_equal(&keys, &expected, sizeof keys);
    }
}

/* Wherever the two stand. */
static void the_same_part_twice_is_seen(void **state)
{
    static const atr_ake_keys zero;
    const size_t count = 33;
    atr_ake_keys keys;

    (void)state;
    make_up_parts(many, count, false);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            const atr_ake_part kept = many[i];

            memcpy(many[i].vk, many[j].vk, sizeof many[i].vk);
            assert_int_equal(atr_ake_agree(&keys, &room, 1, many, count),
                             ATR_ERR_INPUT);
            assert_memory_equal(&keys, &zero, sizeof keys);
            many[i] = kept;
            memcpy(many[i].digest, many[j].digest, sizeof many[i].digest);
            assert_int_equal(atr_ake_agree(&keys, &room, 1, many, count),
                             ATR_ERR_INPUT);
            assert_memory_equal(&keys, &zero, sizeof keys);
            many[i] = kept;
        }
    }
    assert_int_equal(atr_ake_agree(&keys, &room, 1, many, count), ATR_OK);
}

static void as_many_parts_as_the_limit_says(void **state)
{
    atr_ake_keys keys;

    (void)state;
    make_up_parts(many, ATR_AKE_PARTS_MAX + 1, false);
    assert_int_equal(atr_ake_agree(&keys, &room, 1, many, ATR_AKE_PARTS_MAX),
                     ATR_OK);
    assert_int_equal(
        atr_ake_agree(&keys, &room, 1, many, ATR_AKE_PARTS_MAX + 1),
        ATR_ERR_INPUT);
}

static void one_member_alone_has_a_key(void **state)
{
    atr_ake_keys keys;

    (void)state;
    assert_int_equal(atr_ake_agree(&keys, &room, 1, &all[0].part, 1), ATR_OK);
    assert_int_equal(atr_ake_agree(&keys, &room, 1, &all[0].part, 0),
                     ATR_ERR_INPUT);
}

static void confirmations_are_of_one_member_and_epoch(void **state)
{
    atr_ake_part parts[2] = {all[0].part, all[1].part};
    uint8_t tag[ATR_AKE_TAG_BYTES];
    atr_ake_keys keys;
    atr_ake_keys later;

    (void)state;
    assert_int_equal(atr_ake_agree(&keys, &room, 2, parts, 2), ATR_OK);
    assert_int_equal(atr_ake_agree(&later, &room, 3, parts, 2), ATR_OK);
    atr_ake_confirm(tag, &keys, parts[0].vk);
    assert_int_equal(atr_ake_confirm_check(tag, &keys, parts[0].vk), ATR_OK);
    assert_int_equal(atr_ake_confirm_check(tag, &keys, parts[1].vk),
                     ATR_ERR_AUTH);
    assert_int_equal(atr_ake_confirm_check(tag, &later, parts[0].vk),
                     ATR_ERR_AUTH);
    for (size_t i = 0; i < sizeof tag; i++) {
        tag[i] ^= 1;
        assert_int_equal(atr_ake_confirm_check(tag, &keys, parts[0].vk),
                         ATR_ERR_AUTH);
        tag[i] ^= 1;
    }
}

static void every_sender_has_a_key_of_its_own(void **state)
{
    atr_ake_part parts[2] = {all[0].part, all[1].part};
    uint8_t key[3][32];
    atr_ake_keys keys;
    atr_ake_keys later;

    (void)state;
    assert_int_equal(atr_ake_agree(&keys, &room, 2, parts, 2), ATR_OK);
    assert_int_equal(atr_ake_agree(&later, &room, 3, parts, 2), ATR_OK);
    atr_ake_sender_key(key[0], &keys, parts[0].vk);
    atr_ake_sender_key(key[1], &keys, parts[1].vk);
    atr_ake_sender_key(key[2], &later, parts[0].vk);
    assert_memory_not_equal(key[0], key[1], 32);
    assert_memory_not_equal(key[0], key[2], 32);
    assert_memory_not_equal(key[0], keys.session, 32);
}

static void wiped_is_zero(void **state)
{
    static const uint8_t zero[sizeof(atr_ake_signer) + sizeof(atr_ake_keys)];
    atr_ake_signer signer;
    atr_ake_keys keys;

    (void)state;
    atr_ake_signer_init(&signer, &rng);
    assert_int_equal(atr_ake_agree(&keys, &room, 1, &all[0].part, 1), ATR_OK);
    atr_ake_signer_wipe(&signer);
    atr_ake_keys_wipe(&keys);
    assert_memory_equal(&signer, zero, sizeof signer);
    assert_memory_equal(&keys, zero, sizeof keys);
    atr_ake_signer_wipe(NULL);
    atr_ake_keys_wipe(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_computes_the_same_keys),
        cmocka_unit_test(a_hall_verifies_without_a_key),
        cmocka_unit_test(every_byte_of_a_message_counts),
        cmocka_unit_test(who_does_not_satisfy_accepts_nothing),
        cmocka_unit_test(the_keys_depend_on_all_of_it),
        cmocka_unit_test(parts_are_taken_in_the_order_of_their_digests),
        cmocka_unit_test(the_same_part_twice_is_seen),
        cmocka_unit_test(as_many_parts_as_the_limit_says),
        cmocka_unit_test(one_member_alone_has_a_key),
        cmocka_unit_test(confirmations_are_of_one_member_and_epoch),
        cmocka_unit_test(every_sender_has_a_key_of_its_own),
        cmocka_unit_test(wiped_is_zero),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
