/* The answer of a node: its partial key, sealed to the request. */
#include "proto/enrol.h"

#include "sym/aead.h"
#include "sym/hash.h"
#include "sym/x25519.h"

#define SEALED_HEAD_BYTES (ATR_X25519_BYTES + ATR_AEAD_NONCE_BYTES)
#define SEALED_EXTRA_BYTES (SEALED_HEAD_BYTES + ATR_AEAD_TAG_BYTES)

#define KEY_DOMAIN "ATR1/KMS/partial"

_Static_assert(ATR_BF_KEY_BYTES <= ATR_ABE_KEY_BYTES_MAX,
               "a sealed identity key is no longer than an attribute key");

/* The key between request and node, and the data bound to the seal. */
typedef struct {
    uint8_t key[ATR_AEAD_KEY_BYTES];
    uint8_t ad[4 + 32 + 4 + 1];
} seal_keys;

static void derive(seal_keys *out, const uint8_t shared[ATR_X25519_BYTES],
                   const uint8_t hm[32], const atr_enrol_request *request,
                   uint8_t node, const uint8_t eph[ATR_X25519_BYTES])
{
    uint8_t id[ATR_HASH_BYTES];
    uint8_t context[(4 + 32) * 4 + 4 + 1];
    atr_builder c = atr_builder_of(context, sizeof context);
    atr_builder ad = atr_builder_of(out->ad, sizeof out->ad);

    atr_enrol_request_id(id, hm, request);
    atr_build_field(&c, (atr_bytes){hm, 32});
    atr_build_field(&c, ATR_BYTES(id));
    atr_build_field(&c, (atr_bytes){&node, 1});
    atr_build_field(&c, (atr_bytes){eph, ATR_X25519_BYTES});
    atr_build_field(&c, ATR_BYTES(request->reply_key));
    atr_kdf(out->key, sizeof out->key, KEY_DOMAIN,
            (atr_bytes){shared, ATR_X25519_BYTES}, atr_builder_bytes(&c));
    atr_build_field(&ad, ATR_BYTES(id));
    atr_build_field(&ad, (atr_bytes){&node, 1});
}

static atr_err seal(atr_builder *out, const uint8_t hm[32],
                    const atr_enrol_request *request, uint8_t node,
                    atr_bytes partial, atr_rng *rng)
{
    uint8_t secret[ATR_X25519_BYTES];
    uint8_t shared[ATR_X25519_BYTES] = {0};
    uint8_t eph[ATR_X25519_BYTES];
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    seal_keys keys = {0};
    uint8_t *space;
    atr_err err;

    atr_rng_bytes(rng, secret, sizeof secret);
    ATR_SECRET(secret, sizeof secret);
    atr_rng_bytes(rng, nonce, sizeof nonce);
    atr_x25519_public(eph, secret);
    ATR_PUBLIC(eph, sizeof eph);
    if ((err = atr_x25519_shared(shared, secret, request->reply_key)) !=
        ATR_OK) {
        goto out;
    }
    derive(&keys, shared, hm, request, node, eph);
    if (out->failed || out->cap - out->len < partial.len + SEALED_EXTRA_BYTES) {
        err = ATR_ERR_LIMIT;
        goto out;
    }
    atr_build_bytes(out, ATR_BYTES(eph));
    atr_build_bytes(out, ATR_BYTES(nonce));
    space = atr_build_space(out, partial.len + ATR_AEAD_TAG_BYTES);
    atr_aead_seal(space, keys.key, nonce, ATR_BYTES(keys.ad), partial);
    ATR_PUBLIC(space, partial.len + ATR_AEAD_TAG_BYTES);
out:
    atr_wipe(secret, sizeof secret);
    atr_wipe(shared, sizeof shared);
    atr_wipe(&keys, sizeof keys);
    return err;
}

atr_err atr_enrol_seal(atr_builder *out, const uint8_t hm[32],
                       const atr_enrol_request *request, uint8_t node,
                       const atr_abe_key *partial, atr_rng *rng)
{
    uint8_t plain[ATR_ABE_KEY_BYTES_MAX];
    atr_builder p = atr_builder_of(plain, sizeof plain);
    atr_err err;

    atr_abe_key_build(&p, partial);
    if ((err = atr_builder_end(&p)) == ATR_OK) {
        err = seal(out, hm, request, node, atr_builder_bytes(&p), rng);
    }
    atr_wipe(plain, sizeof plain);
    return err;
}

atr_err atr_enrol_seal_identity(atr_builder *out, const uint8_t hm[32],
                                const atr_enrol_request *request, uint8_t node,
                                const atr_bf_key *partial, atr_rng *rng)
{
    uint8_t plain[ATR_BF_KEY_BYTES];
    atr_err err;

    atr_bf_key_write(plain, partial);
    err = seal(out, hm, request, node, ATR_BYTES(plain), rng);
    atr_wipe(plain, sizeof plain);
    return err;
}

/* Opens into `plain`, whose length is that of `sealed` without the extra. */
static atr_err open_sealed(uint8_t plain[ATR_ABE_KEY_BYTES_MAX],
                           const atr_enrol *enrol, const uint8_t hm[32],
                           uint8_t node, atr_bytes sealed)
{
    uint8_t shared[ATR_X25519_BYTES] = {0};
    seal_keys keys = {0};
    atr_err err;

    if (sealed.len < SEALED_EXTRA_BYTES ||
        sealed.len > ATR_ENROL_SEALED_BYTES_MAX) {
        return ATR_ERR_AUTH;
    }
    if ((err = atr_x25519_shared(shared, enrol->secret, sealed.data)) ==
        ATR_OK) {
        derive(&keys, shared, hm, &enrol->request, node, sealed.data);
        err = atr_aead_unseal(plain, keys.key, sealed.data + ATR_X25519_BYTES,
                              ATR_BYTES(keys.ad),
                              (atr_bytes){sealed.data + SEALED_HEAD_BYTES,
                                          sealed.len - SEALED_HEAD_BYTES});
    }
    atr_wipe(shared, sizeof shared);
    atr_wipe(&keys, sizeof keys);
    return err;
}

atr_err atr_enrol_open(atr_abe_key *partial, const atr_enrol *enrol,
                       const uint8_t hm[32], uint8_t node, atr_bytes sealed)
{
    uint8_t plain[ATR_ABE_KEY_BYTES_MAX];
    atr_err err = open_sealed(plain, enrol, hm, node, sealed);

    memset(partial, 0, sizeof *partial);
    if (err == ATR_OK &&
        atr_abe_key_read(partial,
                         (atr_bytes){plain, sealed.len - SEALED_EXTRA_BYTES}) !=
            ATR_OK) {
        err = ATR_ERR_AUTH; /* the node sealed no key */
    }
    if (err != ATR_OK) {
        atr_abe_key_wipe(partial);
    }
    atr_wipe(plain, sizeof plain);
    return err;
}

atr_err atr_enrol_open_identity(atr_bf_key *partial, const atr_enrol *enrol,
                                const uint8_t hm[32], uint8_t node,
                                atr_bytes sealed)
{
    uint8_t plain[ATR_ABE_KEY_BYTES_MAX];
    atr_err err = open_sealed(plain, enrol, hm, node, sealed);

    memset(partial, 0, sizeof *partial);
    if (err == ATR_OK && (sealed.len != SEALED_EXTRA_BYTES + ATR_BF_KEY_BYTES ||
                          atr_bf_key_read(partial, plain) != ATR_OK)) {
        err = ATR_ERR_AUTH; /* the node sealed no identity key */
    }
    if (err != ATR_OK) {
        atr_bf_key_wipe(partial);
    }
    atr_wipe(plain, sizeof plain);
    return err;
}
