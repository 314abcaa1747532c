/* Key-policy encryption between the honest: FABEO-KP and GPSW. */
#include "kit/kp.h"
#include "sym/hash.h"

static const struct {
    const char *policy;
    const char *attrs;
    bool opens;
} cases[] = {
    {"A", "A", true},
    {"A", "B", false},
    {"A and B", "A, B", true},
    {"A and B", "A, C", false},
    {"A or B", "B", true},
    {"(A or B) and (A or C)", "A", true}, /* an attribute twice */
    {"(A or B) and (A or C)", "B", false},
    {"(A and B) or (A and C)", "A, C, D", true},
    {"2 of (A, B, C)", "A, C", true},
    {"2 of (A, B, C)", "C", false},
    {"2 of (A, B, (A and D))", "A, D", true},
    {"level >= 5", "level=7", true},
    {"level >= 5", "level=4", false},
};

static uint64_t seed;

static int setup(void **state)
{
    (void)state;
    seed = kit_seed();
    return 0;
}

static void who_satisfies_opens(void **state)
{
    static atr_kp_key key;
    static kp_letter letter;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            static const uint8_t zero[ATR_KP_SHARED_BYTES];
            uint8_t got[ATR_KP_SHARED_BYTES];

            kp_key_of(&key, a, cases[i].policy, &rng);
            kp_letter_to(&letter, a, cases[i].attrs, &rng);
            assert_int_equal(atr_kp_key_check(&a->kp, &key, &rng), ATR_OK);
            assert_int_equal(atr_kp_decap(got, &a->kp, &key, &letter.sealed),
                             cases[i].opens ? ATR_OK : ATR_ERR_POLICY);
            assert_memory_equal(got, cases[i].opens ? letter.key : zero,
                                sizeof got);
        }
        atr_kp_key_wipe(&key);
    }
}

static void a_key_survives_its_bytes(void **state)
{
    static atr_kp_key key;
    static atr_kp_key again;
    static uint8_t bytes[65536];
    static uint8_t twice[65536];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            atr_builder one = atr_builder_of(bytes, sizeof bytes);
            atr_builder two = atr_builder_of(twice, sizeof twice);

            kp_key_of(&key, a, cases[i].policy, &rng);
            atr_kp_key_build(&one, &a->kp, &key);
            assert_int_equal(atr_builder_end(&one), ATR_OK);
            assert_int_equal(
                atr_kp_key_read(&again, &a->kp, atr_builder_bytes(&one)),
                ATR_OK);
            assert_int_equal(atr_kp_key_check(&a->kp, &again, &rng), ATR_OK);
            atr_kp_key_build(&two, &a->kp, &again);
            assert_int_equal(one.len, two.len);
            assert_memory_equal(bytes, twice, one.len);
            for (size_t cut = 0; cut < one.len; cut += 13) {
                assert_int_not_equal(
                    atr_kp_key_read(&again, &a->kp, (atr_bytes){bytes, cut}),
                    ATR_OK);
            }
            bytes[one.len] = 0;
            assert_int_not_equal(
                atr_kp_key_read(&again, &a->kp,
                                (atr_bytes){bytes, one.len + 1}),
                ATR_OK);
        }
    }
}

static void an_mpk_is_checked(void **state)
{
    static atr_kp kp;
    uint8_t mpk[ATR_KP_MPK_BYTES];

    (void)state;
    memcpy(mpk, kp_authority_of(0)->mpk, sizeof mpk);
    mpk[0] = 0x10;
    assert_int_equal(atr_kp_init(&kp, mpk), ATR_ERR_INPUT);
    memcpy(mpk, kp_authority_of(0)->mpk, sizeof mpk);
    mpk[300] ^= 1;
    assert_int_equal(atr_kp_init(&kp, mpk), ATR_ERR_INPUT);
}

/* The bytes of this version, pinned: SHA-256 of a key and of a capsule made
 * from fixed coins, and the key in it. */
static const char *const pinned[KP_SCHEMES][3] = {
    {"3d1ebdbffea365482fb3ece7d8f1b9a052141486eba6942c40afda898c1cfad8",
     "6a319cc8d2e1de8e040750bf76364a64ad6d4b11acd63f3f925f2f108e7c8420",
     "f847eb3b142a394a672b94be56fac19de32e8ab3d61819d6b6946778ae381534"},
    {"8968030948498592db9e7782e379845fcb7c4eca0d5172d36af4ac1d77fe626d",
     "0dc9884cdd2f64d5fc2b8c9de78c85f7d226372b5abfa824e859a9b39935f218",
     "a229964842fe39a6a3d808a187c01d634c87c725f95c208bb04883b00be00c03"},
};

static void known_answers(void **state)
{
    static atr_kp_key key;
    static uint8_t bytes[65536];
    const uint8_t coins[ATR_KP_COINS_BYTES] = {1, 2, 3};

    (void)state;
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);
        atr_builder builder = atr_builder_of(bytes, sizeof bytes);
        uint8_t shared[ATR_KP_SHARED_BYTES];
        uint8_t capsule[KP_CAPSULE_BYTES_MAX];
        uint8_t digest[ATR_HASH_BYTES];
        atr_attrs attrs;
        atr_rng rng;

        kit_rng(&rng, 7);
        kp_key_of(&key, a, "2 of (A, B, (A and D))", &rng);
        atr_kp_key_build(&builder, &a->kp, &key);
        atr_hash_of(digest, atr_builder_bytes(&builder));
        assert_hex(digest, sizeof digest, pinned[s][0]);
        attrs_of(&attrs, "A, B, D");
        atr_kp_encap_derand(capsule, shared, &a->kp, &attrs,
                            ATR_LITERAL("context"), coins);
        atr_hash_of(digest, (atr_bytes){capsule, atr_kp_capsule_len(&attrs)});
        assert_hex(digest, sizeof digest, pinned[s][1]);
        assert_hex(shared, sizeof shared, pinned[s][2]);
    }
}

/* With a cache, filling and full, the bytes are those without. */
static void a_cache_changes_nothing(void **state)
{
    const uint8_t coins[ATR_KP_COINS_BYTES] = {5};
    static atr_cache cache;
    static atr_kp cached;
    uint8_t bytes[2][KP_CAPSULE_BYTES_MAX];
    uint8_t key[2][ATR_KP_SHARED_BYTES];

    (void)state;
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);

        cached = a->kp;
        atr_kp_lend_cache(&cached, &cache);
        for (size_t i = 0; i < 300; i++) {
            char text[32];
            atr_attrs attrs;

            snprintf(text, sizeof text, "x%zu, x%zu, A", i, i / 2);
            attrs_of(&attrs, text);
            atr_kp_encap_derand(bytes[1], key[1], &cached, &attrs,
                                ATR_LITERAL("x"), coins);
            if (i % 25 < 2) {
                atr_kp_encap_derand(bytes[0], key[0], &a->kp, &attrs,
                                    ATR_LITERAL("x"), coins);
                assert_memory_equal(bytes[0], bytes[1],
                                    atr_kp_capsule_len(&attrs));
                assert_memory_equal(key[0], key[1], sizeof key[0]);
            }
        }
        assert_int_equal(cache.names.count, ATR_CACHE_POINTS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_satisfies_opens),
        cmocka_unit_test(a_key_survives_its_bytes),
        cmocka_unit_test(an_mpk_is_checked),
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_cache_changes_nothing),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
