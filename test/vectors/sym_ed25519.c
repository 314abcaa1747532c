/* Ed25519 against RFC 8032, 7.1 (typed in), and Wycheproof's set ed25519,
 * every case. There is no "acceptable" in that set: libsodium's verification
 * refuses each of its invalid cases, the malleable ones (S not below the
 * group order) among them. Where implementations differ - small order, not
 * canonical - it is strict, which the last tests pin.
 */
#include "kit/kit.h"

#include "sym/ed25519.h"

typedef struct {
    const char *seed;
    const char *public_key;
    const char *message;
    const char *sig;
} rfc_case;

/* RFC 8032, 7.1, TEST 1 to 3. */
static const rfc_case rfc_cases[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc_cases / sizeof rfc_cases[0]; i++) {
        const rfc_case *c = &rfc_cases[i];
        uint8_t seed[32];
        uint8_t public_key[ATR_ED25519_PUBLIC_BYTES];
        uint8_t secret_key[ATR_ED25519_SECRET_BYTES];
        uint8_t text[8];
        uint8_t sig[ATR_ED25519_SIG_BYTES];
        atr_bytes message = {text, kit_unhex(text, sizeof text, c->message)};

        kit_unhex(seed, sizeof seed, c->seed);
        atr_ed25519_keypair(public_key, secret_key, seed);
        assert_hex(public_key, sizeof public_key, c->public_key);
        atr_ed25519_sign(sig, secret_key, message);
        assert_hex(sig, sizeof sig, c->sig);
        assert_int_equal(atr_ed25519_verify(sig, public_key, message), ATR_OK);
    }
}

static void every_bit_counts(void **state)
{
    static const uint8_t seed[32] = {7};
    uint8_t public_key[ATR_ED25519_PUBLIC_BYTES];
    uint8_t secret_key[ATR_ED25519_SECRET_BYTES];
    uint8_t sig[ATR_ED25519_SIG_BYTES];
    uint8_t text[] = "the room opens";
    uint8_t *parts[3] = {sig, public_key, text};
    size_t lens[3] = {sizeof sig, sizeof public_key, sizeof text};

    (void)state;
    atr_ed25519_keypair(public_key, secret_key, seed);
    atr_ed25519_sign(sig, secret_key, ATR_BYTES(text));
    assert_int_equal(atr_ed25519_verify(sig, public_key, ATR_BYTES(text)),
                     ATR_OK);
    for (size_t p = 0; p < 3; p++) {
        for (size_t bit = 0; bit < 8 * lens[p]; bit++) {
            parts[p][bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(
                atr_ed25519_verify(sig, public_key, ATR_BYTES(text)),
                ATR_ERR_AUTH);
            parts[p][bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

/* With a public key of small order one signature would fit every message:
 * R and A the neutral element, S zero. Both encodings of it, and points of
 * order 2, 4 and 8 (RFC 8032 leaves these to the implementation). */
static void small_order(void **state)
{
    static const char *const keys[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    };

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        uint8_t public_key[ATR_ED25519_PUBLIC_BYTES];
        uint8_t sig[ATR_ED25519_SIG_BYTES] = {1};

        kit_unhex(public_key, sizeof public_key, keys[i]);
        assert_int_equal(atr_ed25519_verify(sig, public_key, ATR_LITERAL("a")),
                         ATR_ERR_AUTH);
        assert_int_equal(atr_ed25519_verify(sig, public_key, ATR_LITERAL("b")),
                         ATR_ERR_AUTH);
    }
}

static bool verifies(const json_t *group, const json_t *test)
{
    static uint8_t text[4096];
    uint8_t sig[256];
    uint8_t public_key[ATR_ED25519_PUBLIC_BYTES];
    size_t sig_len = kit_unhex(sig, sizeof sig, kit_text(test, "sig"));
    size_t len = kit_unhex(text, sizeof text, kit_text(test, "msg"));

    kit_unhex(public_key, sizeof public_key,
              kit_text(json_object_get(group, "publicKey"), "pk"));
    /* A signature here is an array of 64 bytes: readers of messages refuse
     * any other length before they come here. */
    return sig_len == ATR_ED25519_SIG_BYTES &&
           atr_ed25519_verify(sig, public_key, (atr_bytes){text, len}) ==
               ATR_OK;
}

static void wycheproof(void **state)
{
    json_t *root = kit_vectors("wycheproof/ed25519_test.json");
    size_t count = 0;
    size_t g;
    size_t t;
    json_t *group;
    json_t *test;

    (void)state;
    json_array_foreach(json_object_get(root, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), t, test)
        {
            bool valid = strcmp(kit_text(test, "result"), "valid") == 0;

            if (verifies(group, test) != valid) {
                fail_msg("tcId %d: %s", (int)kit_int(test, "tcId"),
                         kit_text(test, "comment"));
            }
            count++;
        }
    }
    print_message("# %zu cases\n", count);
    assert_int_equal(count, kit_int(root, "numberOfTests"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(small_order),
        cmocka_unit_test(wycheproof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
