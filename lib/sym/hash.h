/* hash.h - SHA-256, HMAC-SHA-256 and HKDF (RFC 5869).
 *
 * Every derived key has a domain string of its own (doc/conventions.md), so
 * `atr_kdf` takes it as an argument: it cannot be forgotten.
 */
#ifndef ATR_HASH_H
#define ATR_HASH_H

#include <sodium.h>

#include "base/base.h"

#define ATR_HASH_BYTES 32

typedef struct {
    crypto_hash_sha256_state state;
} atr_hash;

void atr_hash_init(atr_hash *hash);
void atr_hash_update(atr_hash *hash, atr_bytes bytes);

/* atr_hash_field adds a 4-byte length and the bytes: the injective `enc`. */
void atr_hash_field(atr_hash *hash, atr_bytes bytes);
void atr_hash_u32(atr_hash *hash, uint32_t value); /* 4 bytes, no length */
void atr_hash_u64(atr_hash *hash, uint64_t value); /* 8 bytes, no length */
/* atr_hash_final writes the digest and wipes the state. */
void atr_hash_final(atr_hash *hash, uint8_t out[ATR_HASH_BYTES]);

/* atr_hash_of is the digest of `bytes` alone. */
void atr_hash_of(uint8_t out[ATR_HASH_BYTES], atr_bytes bytes);

typedef struct {
    crypto_auth_hmacsha256_state state;
} atr_hmac;

void atr_hmac_init(atr_hmac *hmac, atr_bytes key);
void atr_hmac_update(atr_hmac *hmac, atr_bytes bytes);
void atr_hmac_field(atr_hmac *hmac, atr_bytes bytes);
void atr_hmac_final(atr_hmac *hmac, uint8_t out[ATR_HASH_BYTES]);

void atr_hmac_of(uint8_t out[ATR_HASH_BYTES], atr_bytes key, atr_bytes bytes);

/* HKDF-Extract: an empty salt counts as 32 zero bytes (RFC 5869, 2.2). */
void atr_hkdf_extract(uint8_t prk[ATR_HASH_BYTES], atr_bytes salt,
                      atr_bytes ikm);

/* HKDF-Expand; `out_len` is at most 255 * 32 (RFC 5869, 2.3). */
void atr_hkdf_expand(uint8_t *out, size_t out_len,
                     const uint8_t prk[ATR_HASH_BYTES], atr_bytes info);

/* atr_kdf derives `out` from `ikm` for one purpose:
 * Expand(Extract(salt = domain, ikm), info = enc(domain, context)). */
void atr_kdf(uint8_t *out, size_t out_len, const char *domain, atr_bytes ikm,
             atr_bytes context);

/* atr_kdf_begin and atr_kdf_end are atr_kdf with no context, of an input that
 * is fed in between, field by field. */
void atr_kdf_begin(atr_hmac *extract, atr_bytes domain);
void atr_kdf_end(uint8_t *out, size_t out_len, atr_hmac *extract,
                 atr_bytes domain);

#endif
