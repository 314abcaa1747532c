/* Constant time of lib/base and lib/sym: secrets are marked undefined, and
 * valgrind stops at a branch or an address that depends on them.
 */
#include "kit/tap.h"

#include "base/mask.h"
#include "base/rng.h"
#include "sym/aead.h"
#include "sym/ed25519.h"
#include "sym/hash.h"
#include "sym/x25519.h"

static void masks(void)
{
    uint64_t secret = 7;
    uint64_t out;

    ATR_SECRET(&secret, sizeof secret);
    out = atr_mask_select(atr_mask_is_zero(secret), 1, secret);
    out ^= atr_mask_select(atr_mask_equal(secret, 7), 1, 2);
    ATR_PUBLIC(&out, sizeof out);
    tap_is(out == (7 ^ 1));
}

static void comparison(void)
{
    uint8_t a[32] = {1};
    uint8_t b[32] = {1};
    bool same;

    ATR_SECRET(a, sizeof a);
    same = atr_secret_equal(a, b, sizeof a);
    ATR_PUBLIC(&same, sizeof same);
    tap_is(same);
}

/* The generator takes no branch on its key or its output. */
static void generator(void)
{
    uint8_t seed[ATR_SEED_BYTES] = {1};
    uint8_t out[1000];
    atr_rng rng;

    ATR_SECRET(seed, sizeof seed);
    atr_rng_init(&rng, seed);
    atr_rng_bytes(&rng, out, sizeof out);
    ATR_PUBLIC(out, sizeof out);
    tap_is(out[0] != out[1] || out[1] != out[2]);
}

static void kdf(void)
{
    uint8_t ikm[48] = {1};
    uint8_t out[64];

    ATR_SECRET(ikm, sizeof ikm);
    atr_kdf(out, sizeof out, "Attrium/test/v1", ATR_BYTES(ikm),
            ATR_LITERAL("x"));
    ATR_PUBLIC(out, sizeof out);
    tap_is(out[0] != out[1] || out[1] != out[2]);
}

/* Whether the tag fits is public; key and text are not. */
static void aead(void)
{
    uint8_t key[ATR_AEAD_KEY_BYTES] = {1};
    uint8_t nonce[ATR_AEAD_NONCE_BYTES] = {2};
    uint8_t text[40] = "the text";
    uint8_t sealed[sizeof text + ATR_AEAD_TAG_BYTES];

    ATR_SECRET(key, sizeof key);
    ATR_SECRET(text, sizeof text);
    atr_aead_seal(sealed, key, nonce, ATR_LITERAL("ad"), ATR_BYTES(text));
    ATR_PUBLIC(sealed, sizeof sealed);
    tap_is(sealed[0] != sealed[1] || sealed[1] != sealed[2]);
}

static void x25519(void)
{
    uint8_t secret_key[ATR_X25519_BYTES] = {1};
    uint8_t public_key[ATR_X25519_BYTES];

    ATR_SECRET(secret_key, sizeof secret_key);
    atr_x25519_public(public_key, secret_key);
    ATR_PUBLIC(public_key, sizeof public_key);
    tap_is(public_key[0] != public_key[1] || public_key[1] != public_key[2]);
}

static void ed25519(void)
{
    uint8_t seed[32] = {1};
    uint8_t public_key[ATR_ED25519_PUBLIC_BYTES];
    uint8_t secret_key[ATR_ED25519_SECRET_BYTES];
    uint8_t sig[ATR_ED25519_SIG_BYTES];

    ATR_SECRET(seed, sizeof seed);
    atr_ed25519_keypair(public_key, secret_key, seed);
    ATR_PUBLIC(public_key, sizeof public_key);
    atr_ed25519_sign(sig, secret_key, ATR_LITERAL("message"));
    ATR_PUBLIC(sig, sizeof sig);
    tap_is(atr_ed25519_verify(sig, public_key, ATR_LITERAL("message")) ==
           ATR_OK);
}

int main(void)
{
    static const tap_test tests[] = {
        {"masks", masks},         {"comparison", comparison},
        {"generator", generator}, {"kdf", kdf},
        {"aead", aead},           {"x25519", x25519},
        {"ed25519", ed25519},
    };

    return TAP_RUN(tests);
}
