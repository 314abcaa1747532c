/* XChaCha20-Poly1305 against draft-irtf-cfrg-xchacha-03, A.3.1 (typed in),
 * and Wycheproof's set xchacha20_poly1305, every case.
 */
#include "kit/kit.h"

#include "sym/aead.h"

#define TEXT_MAX 2048

typedef struct {
    uint8_t key[ATR_AEAD_KEY_BYTES];
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    uint8_t ad[TEXT_MAX];
    uint8_t plain[TEXT_MAX];
    uint8_t sealed[TEXT_MAX + ATR_AEAD_TAG_BYTES];
    size_t ad_len;
    size_t plain_len;
} aead_case;

static atr_bytes ad_of(const aead_case *c)
{
    return (atr_bytes){c->ad, c->ad_len};
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

/* Sealing gives the bytes of the vector, apart and in place; opening gives
 * the text back, apart and in place. */
static void both_ways(const aead_case *c)
{
    uint8_t out[TEXT_MAX + ATR_AEAD_TAG_BYTES];
    size_t sealed_len = c->plain_len + ATR_AEAD_TAG_BYTES;

    atr_aead_seal(out, c->key, c->nonce, ad_of(c),
                  (atr_bytes){c->plain, c->plain_len});
    assert_memory_equal(out, c->sealed, sealed_len);
    memset(out, 0xee, sizeof out);
    memcpy(out, c->plain, c->plain_len);
    atr_aead_seal(out, c->key, c->nonce, ad_of(c),
                  (atr_bytes){out, c->plain_len});
    assert_memory_equal(out, c->sealed, sealed_len);
    assert_int_equal(atr_aead_unseal(out, c->key, c->nonce, ad_of(c),
                                     (atr_bytes){out, sealed_len}),
                     ATR_OK);
    assert_memory_equal(out, c->plain, c->plain_len);
}

static void refused(const aead_case *c)
{
    uint8_t out[TEXT_MAX];

    memset(out, 0xee, sizeof out);
    assert_int_equal(
        atr_aead_unseal(
            out, c->key, c->nonce, ad_of(c),
            (atr_bytes){c->sealed, c->plain_len + ATR_AEAD_TAG_BYTES}),
        ATR_ERR_AUTH);
    assert_true(is_zero(out, c->plain_len));
}

static void load_known(aead_case *c)
{
    static const char text[] = "Ladies and Gentlemen of the class of '99: If "
                               "I could offer you only one tip for the future, "
                               "sunscreen would be it.";

    memset(c, 0, sizeof *c);
    kit_unhex(c->key, sizeof c->key,
              "808182838485868788898a8b8c8d8e8f"
              "909192939495969798999a9b9c9d9e9f");
    kit_unhex(c->nonce, sizeof c->nonce,
              "404142434445464748494a4b4c4d4e4f5051525354555657");
    c->ad_len = kit_unhex(c->ad, sizeof c->ad, "50515253c0c1c2c3c4c5c6c7");
    c->plain_len = sizeof text - 1;
    memcpy(c->plain, text, c->plain_len);
    kit_unhex(c->sealed, sizeof c->sealed,
              "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
              "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
              "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
              "21f9664c97637da9768812f615c68b13b52e"
              "c0875924c1c7987947deafd8780acf49");
}

static void known(void **state)
{
    static aead_case c;

    (void)state;
    load_known(&c);
    both_ways(&c);
}

/* Every bit of the sealed bytes, of the data beside them, of key and nonce. */
static void every_bit_counts(void **state)
{
    static aead_case c;
    uint8_t *parts[4];
    size_t lens[4];

    (void)state;
    load_known(&c);
    parts[0] = c.sealed;
    lens[0] = c.plain_len + ATR_AEAD_TAG_BYTES;
    parts[1] = c.ad;
    lens[1] = c.ad_len;
    parts[2] = c.key;
    lens[2] = sizeof c.key;
    parts[3] = c.nonce;
    lens[3] = sizeof c.nonce;
    for (size_t p = 0; p < 4; p++) {
        for (size_t bit = 0; bit < 8 * lens[p]; bit++) {
            parts[p][bit / 8] ^= (uint8_t)(1 << bit % 8);
            refused(&c);
            parts[p][bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    c.ad_len--;
    refused(&c);
}

static void every_length_counts(void **state)
{
    static aead_case c;
    uint8_t out[TEXT_MAX];

    (void)state;
    load_known(&c);
    for (size_t len = 0; len < c.plain_len + ATR_AEAD_TAG_BYTES; len++) {
        memset(out, 0xee, sizeof out);
        assert_int_equal(atr_aead_unseal(out, c.key, c.nonce, ad_of(&c),
                                         (atr_bytes){c.sealed, len}),
                         ATR_ERR_AUTH);
        if (len > ATR_AEAD_TAG_BYTES) {
            assert_true(is_zero(out, len - ATR_AEAD_TAG_BYTES));
        }
        assert_int_equal(out[len], 0xee); /* nothing beyond is touched */
    }
}

static void load(aead_case *c, const json_t *test)
{
    memset(c, 0, sizeof *c);
    kit_unhex(c->key, sizeof c->key, kit_text(test, "key"));
    kit_unhex(c->nonce, sizeof c->nonce, kit_text(test, "iv"));
    c->ad_len = kit_unhex(c->ad, sizeof c->ad, kit_text(test, "aad"));
    c->plain_len = kit_unhex(c->sealed, TEXT_MAX, kit_text(test, "ct"));
    kit_unhex(c->plain, sizeof c->plain, kit_text(test, "msg"));
    kit_unhex(c->sealed + c->plain_len, ATR_AEAD_TAG_BYTES,
              kit_text(test, "tag"));
}

/* Cases of another nonce size cannot be said through this interface, whose
 * nonce is an array of 24 bytes; they are counted. */
static void wycheproof(void **state)
{
    static aead_case c;
    json_t *root = kit_vectors("wycheproof/xchacha20_poly1305_test.json");
    size_t count = 0;
    size_t unsayable = 0;
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

            count++;
            if (kit_int(group, "ivSize") != 8 * ATR_AEAD_NONCE_BYTES) {
                assert_false(valid);
                unsayable++;
                continue;
            }
            load(&c, test);
            if (valid) {
                both_ways(&c);
            } else {
                refused(&c);
            }
        }
    }
    print_message("# %zu cases, %zu of other nonce sizes\n", count, unsayable);
    assert_int_equal(count, kit_int(root, "numberOfTests"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(every_length_counts),
        cmocka_unit_test(wycheproof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
