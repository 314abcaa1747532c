/* The KEM: what an honest use sees. */
#include "kit/abe.h"

static uint8_t capsule[CAPSULE_BYTES_MAX];
static uint8_t second[CAPSULE_BYTES_MAX];

static const uint8_t schemes[] = {ATR_SCHEME_FABEO, ATR_SCHEME_W11};

static const char *const texts[] = {
    "ONE",
    "ONE and TWO",
    "NO or TWO",
    "(ONE or THREE) and (TWO or FOUR)",
    "2 of (ONE, NO, THREE)",
    "3 of (ONE, NO, TWO, THREE, NEVER)",
    "ONE and (ONE or TWO) and ONE",
    "ONE and year >= 5",
    "level#4 in [3, 9] and TWO",
};

static void what_goes_in_comes_out(void **state)
{
    atr_bytes ad = bytes_of("room 1, epoch 1");
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 21);
    for (size_t round = 0; round < 2; round++) {
        authority *a = authority_of(schemes[round]);
        atr_abe_key key;

        key_of(&key, a, "ONE, TWO, THREE, year=7, level#4=9", &rng);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            uint8_t sent[32];
            uint8_t got[32];
            atr_policy policy;

            policy_of(&policy, texts[i]);
            atr_kem_encap(capsule, sent, &a->kem, &policy, ad, &rng);
            assert_int_equal(
                atr_kem_decap(got, &a->kem, &key, &policy, ad,
                              (atr_bytes){capsule, atr_kem_capsule_len(
                                                       &a->kem, &policy)}),
                ATR_OK);
            assert_memory_equal(sent, got, 32);
        }
    }
}

static void the_same_coins_give_the_same_bytes(void **state)
{
    static const uint8_t coins[2][ATR_KEM_COINS_BYTES] = {{1}, {2}};
    atr_policy policy;
    uint8_t key[3][32];

    (void)state;
    policy_of(&policy, "2 of (a, b, a and c)");
    for (size_t round = 0; round < 2; round++) {
        authority *a = authority_of(schemes[round]);
        size_t len = atr_kem_capsule_len(&a->kem, &policy);
        atr_bytes ad = bytes_of("x");

        memset(capsule, 0x55, sizeof capsule);
        memset(second, 0xaa, sizeof second);
        atr_kem_encap_derand(capsule, key[0], &a->kem, &policy, ad, coins[0]);
        atr_kem_encap_derand(second, key[1], &a->kem, &policy, ad, coins[0]);
        assert_memory_equal(capsule, second, len);
        assert_memory_equal(key[0], key[1], 32);
        assert_int_equal(capsule[len], 0x55); /* nothing behind its end */
        atr_kem_encap_derand(second, key[2], &a->kem, &policy, ad, coins[1]);
        assert_memory_not_equal(key[0], key[2], 32);
        for (size_t at = 0; at + 32 <= len; at += 48) {
            assert_memory_not_equal(capsule + at, second + at, 32);
        }
    }
}

static void who_does_not_satisfy_is_told_so(void **state)
{
    static const uint8_t zero[32];
    atr_policy policy;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 22);
    policy_of(&policy, "ONE and TWO");
    for (size_t round = 0; round < 2; round++) {
        authority *a = authority_of(schemes[round]);
        uint8_t sent[32];
        uint8_t got[32] = {1};
        atr_abe_key key;

        key_of(&key, a, "ONE", &rng);
        atr_kem_encap(capsule, sent, &a->kem, &policy, bytes_of(""), &rng);
        assert_int_equal(
            atr_kem_decap(
                got, &a->kem, &key, &policy, bytes_of(""),
                (atr_bytes){capsule, atr_kem_capsule_len(&a->kem, &policy)}),
            ATR_ERR_POLICY);
        assert_memory_equal(got, zero, 32);
    }
}

static void wrong_lengths_are_refused(void **state)
{
    authority *a = authority_of(ATR_SCHEME_FABEO);
    atr_policy policy;
    atr_abe_key key;
    atr_rng rng;
    uint8_t sent[32];
    uint8_t got[32];
    size_t len;

    (void)state;
    kit_rng(&rng, 23);
    policy_of(&policy, "ONE");
    key_of(&key, a, "ONE", &rng);
    len = atr_kem_capsule_len(&a->kem, &policy);
    memset(capsule, 0, sizeof capsule);
    atr_kem_encap(capsule, sent, &a->kem, &policy, bytes_of(""), &rng);
    for (size_t cut = 0; cut <= len + 40; cut++) {
        if (cut != len) {
            assert_int_equal(atr_kem_decap(got, &a->kem, &key, &policy,
                                           bytes_of(""),
                                           (atr_bytes){capsule, cut}),
                             ATR_ERR_AUTH);
            assert_int_equal(atr_kem_decap_forced(got, &a->kem, &key, &policy,
                                                  bytes_of(""),
                                                  (atr_bytes){capsule, cut}),
                             ATR_ERR_AUTH);
        }
    }
}

/* The forced way is no weaker than the honest one. */
static void forcing_opens_what_is_one_s_own(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 24);
    for (size_t round = 0; round < 2; round++) {
        authority *a = authority_of(schemes[round]);
        atr_abe_key key;

        key_of(&key, a, "ONE, TWO, THREE, year=7, level#4=9", &rng);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            uint8_t sent[32];
            uint8_t got[32];
            atr_policy policy;

            policy_of(&policy, texts[i]);
            atr_kem_encap(capsule, sent, &a->kem, &policy, bytes_of("x"), &rng);
            assert_int_equal(atr_kem_decap_forced(
                                 got, &a->kem, &key, &policy, bytes_of("x"),
                                 (atr_bytes){capsule, atr_kem_capsule_len(
                                                          &a->kem, &policy)}),
                             ATR_OK);
            assert_memory_equal(sent, got, 32);
        }
    }
}

/* With a cache, hot, cold, too small or shared by policies, the bytes are
 * those without. */
static void a_cache_changes_nothing(void **state)
{
    static atr_cache cache;
    static authority cached;
    static const uint8_t coins[ATR_KEM_COINS_BYTES] = {3};
    atr_policy policy;
    uint8_t key[2][32];

    (void)state;
    for (size_t round = 0; round < 2; round++) {
        authority *a = authority_of(schemes[round]);

        cached = *a;
        cached.kem.context = &cached.abe;
        atr_abe_lend_cache(&cached.abe, &cache);
        assert_int_equal(cache.names.count,
                         0); /* nothing of another authority */
        for (size_t i = 0; i < 300; i++) {
            char text[32];
            size_t len;

            snprintf(text, sizeof text, "x%zu and x%zu and A", i, i / 2);
            policy_of(&policy, i < 2 ? texts[6] : text);
            len = atr_kem_capsule_len(&a->kem, &policy);
            atr_kem_encap_derand(second, key[1], &cached.kem, &policy,
                                 bytes_of("x"), coins);
            if (i % 25 < 2) {
                atr_kem_encap_derand(capsule, key[0], &a->kem, &policy,
                                     bytes_of("x"), coins);
                assert_memory_equal(capsule, second, len);
                assert_memory_equal(key[0], key[1], 32);
            }
        }
        assert_int_equal(cache.names.count, ATR_CACHE_POINTS);
    }
}

static void the_cache_answers(void **state)
{
    static atr_cache cache;
    atr_attr attr[ATR_CACHE_POINTS + 2];
    atr_g1_affine point = atr_g1_generator;

    (void)state;
    for (size_t i = 0; i < ATR_CACHE_POINTS + 2; i++) {
        char name[16];

        snprintf(name, sizeof name, "u%zu", i);
        assert_int_equal(atr_attr_name(&attr[i], bytes_of(name)), ATR_OK);
        assert_null(atr_cache_find(NULL, &attr[i]));
        assert_null(atr_cache_find(&cache, &attr[i]));
        memcpy(&point, &i, sizeof i);
        atr_cache_put(&cache, &attr[i], &point);
        assert_memory_equal(atr_cache_find(&cache, &attr[i]), &i, sizeof i);
    }
    assert_null(atr_cache_find(&cache, &attr[0])); /* the oldest have gone */
    assert_null(atr_cache_find(&cache, &attr[1]));
    for (size_t i = 2; i < ATR_CACHE_POINTS + 2; i++) {
        assert_memory_equal(atr_cache_find(&cache, &attr[i]), &i, sizeof i);
    }
}

static void the_largest_policy_works(void **state)
{
    static char text[8192];
    authority *a = authority_of(ATR_SCHEME_FABEO);
    static atr_policy policy;
    static atr_abe_key key;
    uint8_t sent[32];
    uint8_t got[32];
    size_t at = 0;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 25);
    for (unsigned i = 0; i < 4; i++) { /* at most 64 children a gate */
        at += (size_t)snprintf(text + at, sizeof text - at, "%s(",
                               i == 0 ? "" : " and ");
        for (unsigned j = 0; j < 64; j++) {
            at += (size_t)snprintf(text + at, sizeof text - at, "%sg%um%u",
                                   j == 0 ? "" : " or ", i, j);
        }
        at += (size_t)snprintf(text + at, sizeof text - at, ")");
    }
    policy_of(&policy, text);
    key_of(&key, a, "g0m63, g1m0, g2m31, g3m63", &rng);
    atr_kem_encap(capsule, sent, &a->kem, &policy, bytes_of("x"), &rng);
    assert_int_equal(atr_kem_decap(got, &a->kem, &key, &policy, bytes_of("x"),
                                   (atr_bytes){capsule, atr_kem_capsule_len(
                                                            &a->kem, &policy)}),
                     ATR_OK);
    assert_memory_equal(sent, got, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(the_same_coins_give_the_same_bytes),
        cmocka_unit_test(who_does_not_satisfy_is_told_so),
        cmocka_unit_test(wrong_lengths_are_refused),
        cmocka_unit_test(forcing_opens_what_is_one_s_own),
        cmocka_unit_test(a_cache_changes_nothing),
        cmocka_unit_test(the_cache_answers),
        cmocka_unit_test(the_largest_policy_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
