/* sodium.h - stands in for libsodium's header in wasm32 builds: the functions
 * that lib/ uses, as imports of the module "sodium", which the host supplies
 * (tool/wasm/sodium.mjs from libsodium.js). Lengths are 32-bit here.
 */
#ifndef ATR_WASM_SODIUM_H
#define ATR_WASM_SODIUM_H

#include <stddef.h>
#include <stdint.h>

/* The layouts of libsodium: sizes 104 and 208, told to it byte for byte. */
typedef struct {
    uint32_t state[8];
    uint64_t count;
    uint8_t buf[64];
} crypto_hash_sha256_state;

typedef struct {
    crypto_hash_sha256_state ictx;
    crypto_hash_sha256_state octx;
} crypto_auth_hmacsha256_state;

_Static_assert(sizeof(crypto_hash_sha256_state) == 104, "as in libsodium");
_Static_assert(sizeof(crypto_auth_hmacsha256_state) == 208, "as in libsodium");

#define crypto_stream_chacha20_ietf_NONCEBYTES 12U

#define SODIUM_IMPORT(name)                                                    \
    __attribute__((import_module("sodium"), import_name(#name))) extern int name

SODIUM_IMPORT(crypto_hash_sha256_init)(crypto_hash_sha256_state *state);
SODIUM_IMPORT(crypto_hash_sha256_update)
(crypto_hash_sha256_state *state, const uint8_t *in, size_t len);
SODIUM_IMPORT(crypto_hash_sha256_final)
(crypto_hash_sha256_state *state, uint8_t *out);

SODIUM_IMPORT(crypto_auth_hmacsha256_init)
(crypto_auth_hmacsha256_state *state, const uint8_t *key, size_t len);
SODIUM_IMPORT(crypto_auth_hmacsha256_update)
(crypto_auth_hmacsha256_state *state, const uint8_t *in, size_t len);
SODIUM_IMPORT(crypto_auth_hmacsha256_final)
(crypto_auth_hmacsha256_state *state, uint8_t *out);

/* Where libsodium writes the length of its result, callers here pass NULL. */
SODIUM_IMPORT(crypto_aead_xchacha20poly1305_ietf_encrypt)
(uint8_t *out, unsigned long long *out_len, const uint8_t *plain, size_t len,
 const uint8_t *ad, size_t ad_len, const uint8_t *no_secret_nonce,
 const uint8_t *nonce, const uint8_t *key);
SODIUM_IMPORT(crypto_aead_xchacha20poly1305_ietf_decrypt)
(uint8_t *out, unsigned long long *out_len, uint8_t *no_secret_nonce,
 const uint8_t *sealed, size_t len, const uint8_t *ad, size_t ad_len,
 const uint8_t *nonce, const uint8_t *key);

SODIUM_IMPORT(crypto_stream_chacha20_ietf)
(uint8_t *out, size_t len, const uint8_t *nonce, const uint8_t *key);

SODIUM_IMPORT(crypto_scalarmult_curve25519_base)
(uint8_t *public_key, const uint8_t *secret_key);
SODIUM_IMPORT(crypto_scalarmult_curve25519)
(uint8_t *shared, const uint8_t *secret_key, const uint8_t *public_key);

SODIUM_IMPORT(crypto_sign_seed_keypair)
(uint8_t *public_key, uint8_t *secret_key, const uint8_t *seed);
SODIUM_IMPORT(crypto_sign_detached)
(uint8_t *sig, unsigned long long *sig_len, const uint8_t *message, size_t len,
 const uint8_t *secret_key);
SODIUM_IMPORT(crypto_sign_verify_detached)
(const uint8_t *sig, const uint8_t *message, size_t len,
 const uint8_t *public_key);

#define crypto_core_ristretto255_NONREDUCEDSCALARBYTES 64U

SODIUM_IMPORT(crypto_core_ristretto255_is_valid_point)(const uint8_t *point);
SODIUM_IMPORT(crypto_core_ristretto255_add)
(uint8_t *sum, const uint8_t *a, const uint8_t *b);
SODIUM_IMPORT(crypto_core_ristretto255_sub)
(uint8_t *difference, const uint8_t *a, const uint8_t *b);
SODIUM_IMPORT(crypto_core_ristretto255_scalar_invert)
(uint8_t *inverse, const uint8_t *scalar);
SODIUM_IMPORT(crypto_core_ristretto255_scalar_reduce)
(uint8_t *scalar, const uint8_t *wide);
SODIUM_IMPORT(crypto_core_ristretto255_scalar_mul)
(uint8_t *product, const uint8_t *a, const uint8_t *b);
SODIUM_IMPORT(crypto_scalarmult_ristretto255)
(uint8_t *product, const uint8_t *scalar, const uint8_t *point);

/* These work on memory of this side only. */
static inline void sodium_memzero(void *memory, size_t len)
{
    volatile uint8_t *at = memory;

    while (len-- != 0) {
        *at++ = 0;
    }
}

static inline int sodium_memcmp(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t differs = 0;

    for (size_t i = 0; i < len; i++) {
        differs |= (uint8_t)(x[i] ^ y[i]);
    }
    return differs == 0 ? 0 : -1;
}

#endif
