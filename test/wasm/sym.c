/* Known answers of lib/base and lib/sym. Sources: RFC 6234 (SHA-256 "abc"),
 * RFC 4231 test case 2, RFC 5869 A.1, RFC 7748 6.1, RFC 8032 7.1 test 2,
 * draft-irtf-cfrg-xchacha-03 A.3.1, RFC 9496 A.1.
 */
#include "kit/tap.h"
#include "base/bytes.h"
#include "base/rng.h"
#include "sym/aead.h"
#include "sym/ed25519.h"
#include "sym/hash.h"
#include "sym/ristretto.h"
#include "sym/x25519.h"

static void unhex(uint8_t *out, const char *hex)
{
    for (; hex[0] != '\0'; hex += 2) {
        unsigned value = 0;

        for (size_t i = 0; i < 2; i++) {
            char c = hex[i];

            value = value << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        *out++ = (uint8_t)value;
    }
}

static void sha256(void)
{
    uint8_t digest[ATR_HASH_BYTES];
    atr_hash hash;

    atr_hash_of(digest, ATR_LITERAL("abc"));
    tap_hex(digest, sizeof digest,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    atr_hash_init(&hash);
    atr_hash_update(&hash, ATR_LITERAL("a"));
    atr_hash_update(&hash, ATR_LITERAL("bc"));
    atr_hash_final(&hash, digest);
    tap_hex(digest, sizeof digest,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void hmac(void)
{
    uint8_t mac[ATR_HASH_BYTES];

    atr_hmac_of(mac, ATR_LITERAL("Jefe"),
                ATR_LITERAL("what do ya want for nothing?"));
    tap_hex(mac, sizeof mac,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void hkdf(void)
{
    uint8_t ikm[22];
    uint8_t salt[13];
    uint8_t info[10];
    uint8_t prk[ATR_HASH_BYTES];
    uint8_t okm[42];

    memset(ikm, 0x0b, sizeof ikm);
    unhex(salt, "000102030405060708090a0b0c");
    unhex(info, "f0f1f2f3f4f5f6f7f8f9");
    atr_hkdf_extract(prk, ATR_BYTES(salt), ATR_BYTES(ikm));
    atr_hkdf_expand(okm, sizeof okm, prk, ATR_BYTES(info));
    tap_hex(okm, sizeof okm,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
            "34007208d5b887185865");
}

static void aead(void)
{
    static const char text[] = "Ladies and Gentlemen of the class of '99: If "
                               "I could offer you only one tip for the future, "
                               "sunscreen would be it.";
    uint8_t key[32];
    uint8_t nonce[24];
    uint8_t ad[12];
    uint8_t sealed[sizeof text - 1 + ATR_AEAD_TAG_BYTES];
    uint8_t opened[sizeof text - 1];

    unhex(key, "808182838485868788898a8b8c8d8e8f"
               "909192939495969798999a9b9c9d9e9f");
    unhex(nonce, "404142434445464748494a4b4c4d4e4f5051525354555657");
    unhex(ad, "50515253c0c1c2c3c4c5c6c7");
    atr_aead_seal(sealed, key, nonce, ATR_BYTES(ad), ATR_LITERAL(text));
    tap_hex(sealed, 16, "bd6d179d3e83d43b9576579493c0e939");
    tap_hex(sealed + sizeof text - 1, 16, "c0875924c1c7987947deafd8780acf49");
    tap_is(atr_aead_unseal(opened, key, nonce, ATR_BYTES(ad),
                           ATR_BYTES(sealed)) == ATR_OK);
    tap_is(memcmp(opened, text, sizeof opened) == 0);
    sealed[3] ^= 1;
    tap_is(atr_aead_unseal(opened, key, nonce, ATR_BYTES(ad),
                           ATR_BYTES(sealed)) == ATR_ERR_AUTH);
    tap_is(opened[0] == 0 && opened[sizeof opened - 1] == 0);
}

static void x25519(void)
{
    uint8_t alice[32];
    uint8_t bob[32];
    uint8_t public_key[32];
    uint8_t shared[32];
    uint8_t low[32] = {0};

    unhex(alice,
          "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    atr_x25519_public(public_key, alice);
    tap_hex(public_key, 32,
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    unhex(bob,
          "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    tap_is(atr_x25519_shared(shared, alice, bob) == ATR_OK);
    tap_hex(shared, 32,
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    tap_is(atr_x25519_shared(shared, alice, low) == ATR_ERR_AUTH);
}

static void ed25519(void)
{
    uint8_t seed[32];
    uint8_t public_key[32];
    uint8_t secret_key[64];
    uint8_t sig[64];
    uint8_t message[1] = {0x72};

    unhex(seed,
          "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    atr_ed25519_keypair(public_key, secret_key, seed);
    tap_hex(public_key, 32,
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    atr_ed25519_sign(sig, secret_key, ATR_BYTES(message));
    tap_hex(sig, 64,
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    tap_is(atr_ed25519_verify(sig, public_key, ATR_BYTES(message)) == ATR_OK);
    sig[0] ^= 1;
    tap_is(atr_ed25519_verify(sig, public_key, ATR_BYTES(message)) ==
           ATR_ERR_AUTH);
}

/* The stream is pinned in test/unit/base_rng.c too; it is one on all. */
static void rng(void)
{
    uint8_t seed[ATR_SEED_BYTES] = {0};
    uint8_t out[32];
    atr_rng generator;

    atr_rng_init(&generator, seed);
    atr_rng_bytes(&generator, out, sizeof out);
    tap_hex(out, sizeof out,
            "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586");
}

static void ristretto(void)
{
    atr_ristretto_scalar three;
    atr_ristretto power;
    atr_ristretto sum;

    atr_ristretto_scalar_of(&three, 3);
    atr_ristretto_mul(&power, &atr_ristretto_generator, &three);
    tap_hex(power.byte, sizeof power.byte,
            "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259");
    tap_is(atr_ristretto_read(&sum, power.byte) == ATR_OK);
    atr_ristretto_scalar_inv(&three, &three);
    atr_ristretto_mul(&sum, &sum, &three);
    atr_ristretto_sub(&sum, &power, &sum);
    tap_hex(sum.byte, sizeof sum.byte,
            "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919");
    atr_ristretto_sub(&sum, &sum, &sum);
    tap_is(atr_ristretto_read(&sum, sum.byte) == ATR_ERR_INPUT);
}

static void bytes(void)
{
    uint8_t memory[32];
    atr_builder builder = atr_builder_of(memory, sizeof memory);
    atr_reader reader;

    atr_build_u16(&builder, 0x0102);
    atr_build_u64(&builder, 0x1122334455667788);
    atr_build_field(&builder, ATR_LITERAL("ok"));
    tap_is(atr_builder_end(&builder) == ATR_OK);
    tap_hex(memory, builder.len, "01021122334455667788000000026f6b");
    reader = atr_reader_of(atr_builder_bytes(&builder));
    tap_is(atr_read_u16(&reader) == 0x0102);
    tap_is(atr_read_u64(&reader) == 0x1122334455667788);
    tap_is(atr_bytes_equal(atr_read_field(&reader), ATR_LITERAL("ok")));
    tap_is(atr_reader_end(&reader) == ATR_OK);
}

int main(void)
{
    static const tap_test tests[] = {
        {"SHA-256", sha256},
        {"HMAC-SHA-256", hmac},
        {"HKDF", hkdf},
        {"XChaCha20-Poly1305", aead},
        {"X25519", x25519},
        {"Ed25519", ed25519},
        {"rng", rng},
        {"bytes", bytes},
        {"ristretto255", ristretto},
    };

    return TAP_RUN(tests);
}
