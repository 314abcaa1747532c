/* IBAKE between honest people, and its use. */
#include "kit/ibake.h"
#include "sym/hash.h"

static town here;
static person alice;
static person bob;
static atr_rng rng;

static int setup(void **state)
{
    (void)state;
    town_init(&here, 4000);
    person_init(&alice, &here, "alice@example.org", 7);
    person_init(&bob, &here, "bob@example.org", 7);
    kit_rng(&rng, kit_seed());
    return 0;
}

static void both_hold_one_key(void **state)
{
    static const uint8_t zero[32];
    exchange e;
    exchange f;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 5, &rng);
    assert_int_equal(atr_ibake_expects(&e.i), 0);
    assert_int_equal(atr_ibake_expects(&e.r), 0);
    exchange_finish(&e);
    assert_memory_equal(&e.keys[0], &e.keys[1], sizeof e.keys[0]);
    assert_memory_not_equal(e.keys[0].session, zero, 32);
    assert_memory_not_equal(e.keys[0].session, e.keys[0].sid, 32);
    exchange_begin(&f, &alice, &bob);
    exchange_run(&f, 5, &rng);
    exchange_finish(&f);
    assert_memory_not_equal(e.keys[0].session, f.keys[0].session, 32);
    assert_memory_not_equal(e.keys[0].sid, f.keys[0].sid, 32);
}

static void messages_have_the_documented_size(void **state)
{
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    assert_int_equal(e.len[0], 432);
    assert_int_equal(e.len[1], 464);
    assert_int_equal(e.len[2], 464);
    assert_int_equal(e.len[3], 32);
}

static void a_side_has_keys_only_at_its_end(void **state)
{
    static const atr_ibake_keys zero;

    (void)state;
    for (size_t count = 0; count <= 4; count++) {
        exchange e;
        atr_ibake_keys keys;

        exchange_begin(&e, &alice, &bob);
        exchange_run(&e, count, &rng);
        memset(&keys, 1, sizeof keys);
        assert_int_equal(atr_ibake_finish(&keys, &e.i), ATR_ERR_STATE);
        assert_memory_equal(&keys, &zero, sizeof keys);
        assert_int_equal(atr_ibake_finish(&keys, &e.r),
                         count == 4 ? ATR_OK : ATR_ERR_STATE);
    }
}

static void nothing_follows_the_end(void **state)
{
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    size_t len = 1;
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 5, &rng);
    assert_int_equal(
        atr_ibake_step(&e.i, out, &len, (atr_bytes){NULL, 0}, &rng),
        ATR_ERR_STATE);
    assert_int_equal(len, 0);
    exchange_finish(&e);
    assert_int_equal(atr_ibake_finish(&e.keys[0], &e.i), ATR_ERR_STATE);
    atr_ibake_wipe(&e.i);
    atr_ibake_wipe(NULL);
}

static void nobody_speaks_with_itself(void **state)
{
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    size_t len = 1;
    atr_ibake s;

    (void)state;
    assert_int_equal(
        atr_ibake_init(&s, ATR_IBAKE_INITIATOR, &alice.key, &alice.at),
        ATR_ERR_INPUT);
    assert_int_equal(atr_ibake_step(&s, out, &len, (atr_bytes){NULL, 0}, &rng),
                     ATR_ERR_STATE);
}

/* Both keys again from what the two points are and what was sent: (4) to (6)
 * of doc/scheme/ibake.md. */
static void keys_follow_the_equations(void **state)
{
    uint8_t memory[1024];
    uint8_t id[2][ATR_IDENTITY_BYTES];
    uint8_t x_point[32];
    uint8_t y_point[32];
    uint8_t shared[32];
    uint8_t digest[32];
    uint8_t sid[32];
    uint8_t root[32];
    uint8_t key[32];
    uint8_t tag[32];
    atr_builder all = atr_builder_of(memory, sizeof memory);
    atr_builder tagged;
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    memcpy(x_point, e.before[1].x_point, 32);
    memcpy(y_point, e.before[2].y_point, 32);
    assert_int_equal(atr_x25519_shared(shared, e.before[1].secret, y_point),
                     ATR_OK);
    atr_identity_write(id[0], &alice.key.id);
    atr_identity_write(id[1], &bob.key.id);
    atr_build_field(&all, ATR_LITERAL("ATR1/IBAKE/sid"));
    atr_build_field(&all, ATR_BYTES(here.bf.hm));
    atr_build_field(&all, ATR_BYTES(id[0]));
    atr_build_field(&all, ATR_BYTES(id[1]));
    atr_build_field(&all, ATR_BYTES(x_point));
    atr_build_field(&all, ATR_BYTES(y_point));
    for (size_t n = 0; n < 3; n++) {
        atr_hash_of(digest, (atr_bytes){e.message[n], n == 1 ? e.len[1] : 432});
        atr_build_field(&all, ATR_BYTES(digest));
    }
    atr_hash_of(sid, atr_builder_bytes(&all));
    atr_hkdf_extract(root, ATR_BYTES(sid), ATR_BYTES(shared));
    atr_hkdf_expand(key, 32, root, ATR_LITERAL("ATR1/IBAKE/session"));
    assert_memory_equal(key, e.r.keys.session, 32);
    assert_memory_equal(sid, e.r.keys.sid, 32);
    atr_hkdf_expand(key, 32, root, ATR_LITERAL("ATR1/IBAKE/confirm-key"));
    for (size_t who = 0; who < 2; who++) {
        tagged = atr_builder_of(memory, sizeof memory);
        atr_build_field(&tagged, ATR_LITERAL("ATR1/IBAKE/confirm"));
        atr_build_field(&tagged, ATR_BYTES(id[who]));
        atr_build_field(&tagged, ATR_BYTES(sid));
        atr_hmac_of(tag, ATR_BYTES(key), atr_builder_bytes(&tagged));
        assert_memory_equal(tag, who == 0 ? e.message[2] + 432 : e.message[3],
                            32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_hold_one_key),
        cmocka_unit_test(messages_have_the_documented_size),
        cmocka_unit_test(a_side_has_keys_only_at_its_end),
        cmocka_unit_test(nothing_follows_the_end),
        cmocka_unit_test(nobody_speaks_with_itself),
        cmocka_unit_test(keys_follow_the_equations),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
