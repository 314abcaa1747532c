/* FAME and W09 between the honest. */
#include "kex/ake.h"
#include "kit/cp.h"
#include "sym/hash.h"

static const struct {
    const char *policy;
    const char *attrs;
    bool opens;
    bool repeats; /* an attribute twice: not for FAME */
} cases[] = {
    {"A", "A", true, false},
    {"A", "B", false, false},
    {"A and B", "A, B", true, false},
    {"A and B", "A, C", false, false},
    {"A or B", "B", true, false},
    {"(A or B) and (A or C)", "A", true, true},
    {"(A or B) and (A or C)", "B", false, true},
    {"(A and B) or (A and C)", "A, C, D", true, true},
    {"(ONE or THREE) and (TWO or FOUR)", "THREE, TWO", true, false},
    {"(A and B and C) or D", "A, B, C", true, false},
    {"2 of (A, B, C)", "A, C", true, false},
    {"2 of (A, B, C)", "C", false, false},
    {"3 of (A, B, (C and D), E)", "B, C, D, E", true, false},
    {"2 of (A, B, (A and D))", "A, D", true, true},
    {"level >= 5", "level=7", true, false},
    {"level >= 5", "level=4", false, false},
};
#define CASES (sizeof cases / sizeof cases[0])

static uint64_t seed;

static int setup(void **state)
{
    (void)state;
    seed = kit_seed();
    return 0;
}

static void who_satisfies_opens(void **state)
{
    static const uint8_t zero[ATR_KEM_KEY_BYTES];
    static cp_key key;
    static cp_letter letter;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        for (size_t i = 0; i < CASES; i++) {
            uint8_t got[ATR_KEM_KEY_BYTES];

            if (s == CP_FAME && cases[i].repeats) {
                continue;
            }
            cp_key_of(&key, a, cases[i].attrs, &rng);
            cp_letter_to(&letter, a, cases[i].policy, &rng);
            assert_int_equal(cp_key_check(a, &key, &rng), ATR_OK);
            assert_int_equal(cp_open(got, a, &key, &letter, NULL),
                             cases[i].opens ? ATR_OK : ATR_ERR_POLICY);
            assert_memory_equal(got, cases[i].opens ? letter.key : zero,
                                sizeof got);
        }
    }
}

/* FAME is not secure for them. */
static void fame_refuses_an_attribute_twice(void **state)
{
    static const uint8_t zero[ATR_KEM_KEY_BYTES];
    const uint8_t coins[ATR_KEM_COINS_BYTES] = {4};
    const cp_authority *a = cp_authority_of(CP_FAME, 0);
    const atr_cp cp = cp_of(a, NULL);
    static cp_key key;
    static cp_letter letter;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    cp_key_of(&key, a, "A, B, C, D", &rng);
    for (size_t i = 0; i < CASES; i++) {
        uint8_t got[ATR_KEM_KEY_BYTES] = {1};

        memset(letter.key, 1, sizeof letter.key);
        assert_int_equal(cp_seal(&letter, a, cases[i].policy, coins),
                         cases[i].repeats ? ATR_ERR_INPUT : ATR_OK);
        assert_int_equal(atr_cp_takes(&cp, &letter.policy), !cases[i].repeats);
        if (cases[i].repeats) {
            assert_memory_equal(letter.key, zero, sizeof zero);
            assert_int_equal(cp_open(got, a, &key, &letter, NULL),
                             ATR_ERR_INPUT);
            assert_memory_equal(got, zero, sizeof zero);
        }
    }
}

static void a_key_survives_its_bytes(void **state)
{
    static cp_key key;
    static cp_key again;
    static uint8_t bytes[65536];
    static uint8_t twice[65536];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);
        atr_builder one = atr_builder_of(bytes, sizeof bytes);
        atr_builder two = atr_builder_of(twice, sizeof twice);

        cp_key_of(&key, a, "A, B, level=7", &rng);
        cp_key_build(&one, a, &key);
        assert_int_equal(atr_builder_end(&one), ATR_OK);
        assert_int_equal(cp_key_read(&again, a, atr_builder_bytes(&one)),
                         ATR_OK);
        assert_int_equal(cp_key_check(a, &again, &rng), ATR_OK);
        cp_key_build(&two, a, &again);
        assert_int_equal(one.len, two.len);
        assert_memory_equal(bytes, twice, one.len);
        for (size_t cut = 0; cut < one.len; cut += 13) {
            assert_int_not_equal(
                cp_key_read(&again, a, (atr_bytes){bytes, cut}), ATR_OK);
        }
        bytes[one.len] = 0;
        assert_int_not_equal(
            cp_key_read(&again, a, (atr_bytes){bytes, one.len + 1}), ATR_OK);
    }
}

/* More attributes and rows than go together in one batch. */
static void many_rows(void **state)
{
    static const char *const forms[] = {"", "39 of "};
    static cp_key key;
    static cp_letter letter;
    char attrs[1024] = "";
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (int i = 0; i < 40; i++) {
        sprintf(attrs + strlen(attrs), "%sa%d", i == 0 ? "" : ", ", i);
    }
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        cp_key_of(&key, a, attrs, &rng);
        assert_int_equal(cp_key_check(a, &key, &rng), ATR_OK);
        for (size_t f = 0; f < 2; f++) {
            uint8_t got[ATR_KEM_KEY_BYTES];
            char text[1024];

            sprintf(text, "%s(", forms[f]);
            for (int i = 0; i < 40; i++) {
                sprintf(text + strlen(text), "%sa%d",
                        i == 0   ? ""
                        : f == 0 ? " and "
                                 : ", ",
                        i);
            }
            strcat(text, ")");
            cp_letter_to(&letter, a, text, &rng);
            assert_int_equal(cp_open(got, a, &key, &letter, NULL), ATR_OK);
            assert_memory_equal(got, letter.key, sizeof got);
        }
    }
}

static void an_mpk_is_checked(void **state)
{
    static cp_authority a;

    (void)state;
    memcpy(a.mpk, cp_authority_of(CP_W09, 0)->mpk, sizeof a.mpk);
    a.mpk[0] = ATR_FAME_ID;
    assert_int_equal(atr_w09_init(&a.w09, a.mpk), ATR_ERR_INPUT);
    a.mpk[0] = ATR_W09_ID;
    assert_int_equal(atr_w09_init(&a.w09, a.mpk), ATR_OK);
    a.mpk[300] ^= 1;
    assert_int_equal(atr_w09_init(&a.w09, a.mpk), ATR_ERR_INPUT);
    a.mpk[300] ^= 1;
    a.mpk[1 + ATR_GT_BYTES + 20] ^= 1;
    assert_int_equal(atr_w09_init(&a.w09, a.mpk), ATR_ERR_INPUT);
    for (size_t at = 0; at < ATR_FAME_MPK_BYTES; at += 96) {
        memcpy(a.mpk, cp_authority_of(CP_FAME, 0)->mpk, sizeof a.mpk);
        assert_int_equal(atr_fame_init(&a.fame, a.mpk), ATR_OK);
        a.mpk[at] ^= 1;
        assert_int_equal(atr_fame_init(&a.fame, a.mpk), ATR_ERR_INPUT);
    }
}

/* Those of the pages of the schemes, and of the crypto notes, section 4. */
static void sizes(void **state)
{
    static const size_t rows[] = {1, 5, 10, 50};
    static const size_t headers[CP_SCHEMES][4] = {{192, 768, 1488, 7248},
                                                  {432, 1008, 1728, 7488}};
    static const size_t keys[CP_SCHEMES] = {672, 1872};
    static uint8_t bytes[65536];
    static cp_key key;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);
        const atr_cp cp = cp_of(a, NULL);
        atr_builder builder = atr_builder_of(bytes, sizeof bytes);

        for (size_t i = 0; i < 4; i++) {
            char text[1024] = "a0";
            atr_policy policy;

            for (size_t k = 1; k < rows[i]; k++) {
                sprintf(text + strlen(text), " and a%zu", k);
            }
            policy_of(&policy, text);
            assert_int_equal(atr_cp_capsule_len(&cp, &policy),
                             headers[s][i] + 32);
        }
        cp_key_of(&key, a, "A, B, C, D, E, F, G, H, I, J", &rng);
        cp_key_build(&builder, a, &key);
        assert_int_equal(builder.len, keys[s] + 2 + 10 * 2);
    }
}

/* The bytes of this version, pinned: SHA-256 of a key and of a capsule made
 * from fixed coins, and the key in it. */
static const char *const pinned[CP_SCHEMES][3] = {
    {"ce89291a3044092c0016fcd9782835b5d9236a78d0f6817cc0f92369ff324ce4",
     "d6d3790cdf3788eedca16dde311e1be54d32d28b17d22ea6c685be9cf50a62cd",
     "dd751a02c79f362b14447c721be6083330cd1da2195f4c772a1c0b499777754c"},
    {"b38a195e1b69f34bcce87da771091963a0998f9d873a08e76e9c555bb6fa599e",
     "1b95e34580937d21abfa2cd2a1b2ba5c8dba6c55c03f36e0feec9465ac07cf84",
     "49791bd8178a189b7cccbe9bad889dc590b5e8709ecd753a92ac3b5c68188bc2"},
};

static void known_answers(void **state)
{
    const uint8_t coins[ATR_KEM_COINS_BYTES] = {1, 2, 3};
    static cp_key key;
    static cp_letter letter;
    static uint8_t bytes[65536];

    (void)state;
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);
        atr_builder builder = atr_builder_of(bytes, sizeof bytes);
        uint8_t digest[ATR_HASH_BYTES];
        atr_rng rng;

        kit_rng(&rng, 7);
        cp_key_of(&key, a, "A, B, D", &rng);
        cp_key_build(&builder, a, &key);
        atr_hash_of(digest, atr_builder_bytes(&builder));
        assert_hex(digest, sizeof digest, pinned[s][0]);
        assert_int_equal(
            cp_seal(&letter, a, "2 of (A, B, (C and D), E)", coins), ATR_OK);
        atr_hash_of(digest, (atr_bytes){letter.bytes, letter.len});
        assert_hex(digest, sizeof digest, pinned[s][1]);
        assert_hex(letter.key, sizeof letter.key, pinned[s][2]);
    }
}

static void check_face(const atr_kem *kem, const cp_authority *a,
                       const cp_key *key, atr_rng *rng)
{
    static const atr_abe_key none;
    static cp_letter letter;
    uint8_t got[ATR_KEM_KEY_BYTES];

    policy_of(&letter.policy, "(ONE or THREE) and (TWO or FOUR)");
    letter.ad = ATR_LITERAL("context");
    letter.len = atr_kem_capsule_len(kem, &letter.policy);
    atr_kem_encap(letter.bytes, letter.key, kem, &letter.policy, letter.ad,
                  rng);
    assert_int_equal(cp_open(got, a, key, &letter, NULL), ATR_OK);
    assert_memory_equal(got, letter.key, sizeof got);
    assert_int_equal(atr_kem_decap(got, kem, &none, &letter.policy, letter.ad,
                                   (atr_bytes){letter.bytes, letter.len}),
                     ATR_OK);
    assert_memory_equal(got, letter.key, sizeof got);
    assert_int_equal(atr_kem_decap(got, kem, &none, &letter.policy, letter.ad,
                                   (atr_bytes){letter.bytes, letter.len - 1}),
                     ATR_ERR_AUTH);
}

static atr_cp cached_of(const cp_authority *a)
{
    static cp_authority cached;
    static atr_cache points;
    static atr_fame_cache sixes;

    cached = *a;
    atr_w09_lend_cache(&cached.w09, &points);
    atr_fame_lend_cache(&cached.fame, &sixes);
    return cp_of(&cached, NULL);
}

/* With a cache, filling and full, the bytes are those without. */
static void a_cache_changes_nothing(void **state)
{
    static const char *const texts[] = {
        "A", "2 of (A, B, C, D, E)", "A and (B or C) and D",
        "2 of (A, B, C, D, E, F, G, H, I, J, K, L)"};
    const uint8_t coins[ATR_KEM_COINS_BYTES] = {6};
    static cp_letter letter[2];

    (void)state;
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);
        const atr_cp cached = cached_of(a);

        for (size_t i = 0; i < 280; i++) {
            char text[64];

            snprintf(text, sizeof text, "x%zu and x%zu", i, i + 1000);
            assert_int_equal(
                cp_seal(&letter[0], a, i < 8 ? texts[i % 4] : text, coins),
                ATR_OK);
            assert_int_equal(atr_cp_encap_derand(letter[1].bytes, letter[1].key,
                                                 &cached, &letter[0].policy,
                                                 letter[0].ad, coins),
                             ATR_OK);
            assert_memory_equal(letter[0].bytes, letter[1].bytes,
                                letter[0].len);
            assert_memory_equal(letter[0].key, letter[1].key,
                                sizeof letter[0].key);
        }
    }
}

/* One who runs a protocol. */
typedef struct {
    cp_key key;
    atr_cp cp;
    atr_kem kem;
    atr_ake_room room;
    atr_ake_part parts[2];
    atr_ake_keys keys;
} person;

static void person_init(person *who, const cp_authority *a, const char *attrs,
                        const atr_policy *policy, atr_rng *rng)
{
    cp_key_of(&who->key, a, attrs, rng);
    who->cp = cp_of(a, &who->key);
    who->kem = atr_cp_kem(&who->cp);
    who->room = (atr_ake_room){.kem = &who->kem, .policy = policy};
}

/* Opens what the other one, in place 1 - at, has said. */
static void person_hears(person *who, size_t at, const uint8_t *message)
{
    static const atr_abe_key none;
    const atr_bytes bytes = {message, atr_ake_message_len(&who->room)};

    assert_int_equal(
        atr_ake_accept(&who->parts[1 - at], &who->room, &none, bytes), ATR_OK);
    assert_int_equal(atr_ake_agree(&who->keys, &who->room, 2, who->parts, 2),
                     ATR_OK);
}

/* What protocols run over is the same KEM, and AB-AKE runs over it. */
static void the_interface_of_protocols(void **state)
{
    static const char *const attrs[2] = {"THREE, TWO", "ONE, FOUR"};
    static person people[2];
    static uint8_t message[2][CP_CAPSULE_BYTES_MAX];
    atr_policy policy;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    policy_of(&policy, "(ONE or THREE) and (TWO or FOUR)");
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        for (size_t i = 0; i < 2; i++) {
            person *who = &people[i];
            atr_ake_signer signer;

            person_init(who, a, attrs[i], &policy, &rng);
            check_face(&who->kem, a, &who->key, &rng);
            atr_ake_signer_init(&signer, &rng);
            atr_ake_contribute(message[i], &who->parts[i], &who->room, 1,
                               &signer, &rng);
        }
        person_hears(&people[0], 0, message[1]);
        person_hears(&people[1], 1, message[0]);
        assert_memory_equal(&people[0].keys, &people[1].keys,
                            sizeof people[0].keys);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_satisfies_opens),
        cmocka_unit_test(fame_refuses_an_attribute_twice),
        cmocka_unit_test(a_key_survives_its_bytes),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(an_mpk_is_checked),
        cmocka_unit_test(sizes),
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_cache_changes_nothing),
        cmocka_unit_test(the_interface_of_protocols),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
