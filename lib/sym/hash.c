#include "sym/hash.h"

#include <assert.h>

/* libsodium's functions here return 0 always. */

static void store_u32(uint8_t out[4], size_t value)
{
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

/* --- SHA-256 ------------------------------------------------------------ */

void atr_hash_init(atr_hash *hash)
{
    (void)crypto_hash_sha256_init(&hash->state);
}

void atr_hash_update(atr_hash *hash, atr_bytes bytes)
{
    if (bytes.len != 0) {
        (void)crypto_hash_sha256_update(&hash->state, bytes.data, bytes.len);
    }
}

void atr_hash_field(atr_hash *hash, atr_bytes bytes)
{
    assert(bytes.len <= UINT32_MAX);
    atr_hash_u32(hash, (uint32_t)bytes.len);
    atr_hash_update(hash, bytes);
}

void atr_hash_u32(atr_hash *hash, uint32_t value)
{
    uint8_t bytes[4];

    store_u32(bytes, value);
    atr_hash_update(hash, ATR_BYTES(bytes));
}

void atr_hash_u64(atr_hash *hash, uint64_t value)
{
    atr_hash_u32(hash, (uint32_t)(value >> 32));
    atr_hash_u32(hash, (uint32_t)value);
}

void atr_hash_final(atr_hash *hash, uint8_t out[ATR_HASH_BYTES])
{
    (void)crypto_hash_sha256_final(&hash->state, out);
    atr_wipe(hash, sizeof *hash);
}

void atr_hash_of(uint8_t out[ATR_HASH_BYTES], atr_bytes bytes)
{
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_update(&hash, bytes);
    atr_hash_final(&hash, out);
}

/* --- HMAC-SHA-256 (RFC 2104) -------------------------------------------- */

void atr_hmac_init(atr_hmac *hmac, atr_bytes key)
{
    static const uint8_t none[1] = {0};

    (void)crypto_auth_hmacsha256_init(&hmac->state,
                                      key.len != 0 ? key.data : none, key.len);
}

void atr_hmac_update(atr_hmac *hmac, atr_bytes bytes)
{
    if (bytes.len != 0) {
        (void)crypto_auth_hmacsha256_update(&hmac->state, bytes.data,
                                            bytes.len);
    }
}

void atr_hmac_field(atr_hmac *hmac, atr_bytes bytes)
{
    uint8_t len[4];

    assert(bytes.len <= UINT32_MAX);
    store_u32(len, bytes.len);
    atr_hmac_update(hmac, ATR_BYTES(len));
    atr_hmac_update(hmac, bytes);
}

void atr_hmac_final(atr_hmac *hmac, uint8_t out[ATR_HASH_BYTES])
{
    (void)crypto_auth_hmacsha256_final(&hmac->state, out);
    atr_wipe(hmac, sizeof *hmac);
}

void atr_hmac_of(uint8_t out[ATR_HASH_BYTES], atr_bytes key, atr_bytes bytes)
{
    atr_hmac hmac;

    atr_hmac_init(&hmac, key);
    atr_hmac_update(&hmac, bytes);
    atr_hmac_final(&hmac, out);
}

/* --- HKDF (RFC 5869) ---------------------------------------------------- */

/* HMAC pads its key with zeros, so an empty salt is the salt of 32 zeros. */
void atr_hkdf_extract(uint8_t prk[ATR_HASH_BYTES], atr_bytes salt,
                      atr_bytes ikm)
{
    atr_hmac_of(prk, salt, ikm);
}

/* T(i) = HMAC(prk, T(i-1) | info | i), the output their concatenation.
 * `info` comes in two parts, so that atr_kdf need not join them. */
static void expand(uint8_t *out, size_t out_len,
                   const uint8_t prk[ATR_HASH_BYTES],
                   void (*add_info)(atr_hmac *hmac, const atr_bytes info[2]),
                   const atr_bytes info[2])
{
    uint8_t block[ATR_HASH_BYTES] = {0};
    uint8_t counter = 0;

    assert(out_len <= 255 * ATR_HASH_BYTES);
    while (out_len != 0) {
        size_t part = out_len < sizeof block ? out_len : sizeof block;
        atr_hmac hmac;

        atr_hmac_init(&hmac, (atr_bytes){prk, ATR_HASH_BYTES});
        if (counter != 0) {
            atr_hmac_update(&hmac, ATR_BYTES(block));
        }
        counter++;
        add_info(&hmac, info);
        atr_hmac_update(&hmac, (atr_bytes){&counter, 1});
        atr_hmac_final(&hmac, block);
        memcpy(out, block, part);
        out += part;
        out_len -= part;
    }
    atr_wipe(block, sizeof block);
}

static void add_plain(atr_hmac *hmac, const atr_bytes info[2])
{
    atr_hmac_update(hmac, info[0]);
    atr_hmac_update(hmac, info[1]);
}

static void add_fields(atr_hmac *hmac, const atr_bytes info[2])
{
    atr_hmac_field(hmac, info[0]);
    atr_hmac_field(hmac, info[1]);
}

void atr_hkdf_expand(uint8_t *out, size_t out_len,
                     const uint8_t prk[ATR_HASH_BYTES], atr_bytes info)
{
    const atr_bytes parts[2] = {info, {NULL, 0}};

    expand(out, out_len, prk, add_plain, parts);
}

void atr_kdf(uint8_t *out, size_t out_len, const char *domain, atr_bytes ikm,
             atr_bytes context)
{
    const atr_bytes name = {(const uint8_t *)domain, strlen(domain)};
    const atr_bytes info[2] = {name, context};
    uint8_t prk[ATR_HASH_BYTES];

    atr_hkdf_extract(prk, name, ikm);
    expand(out, out_len, prk, add_fields, info);
    atr_wipe(prk, sizeof prk);
}

void atr_kdf_begin(atr_hmac *extract, atr_bytes domain)
{
    atr_hmac_init(extract, domain);
}

void atr_kdf_end(uint8_t *out, size_t out_len, atr_hmac *extract,
                 atr_bytes domain)
{
    const atr_bytes info[2] = {domain, {NULL, 0}};
    uint8_t prk[ATR_HASH_BYTES];

    atr_hmac_final(extract, prk);
    expand(out, out_len, prk, add_fields, info);
    atr_wipe(prk, sizeof prk);
}
