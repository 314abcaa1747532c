#include "proto/enrol.h"

#include "sym/aead.h"
#include "sym/hash.h"
#include "sym/x25519.h"

#define VERSION 1
#define SEALED_HEAD_BYTES (ATR_X25519_BYTES + ATR_AEAD_NONCE_BYTES)
#define SEALED_EXTRA_BYTES (SEALED_HEAD_BYTES + ATR_AEAD_TAG_BYTES)

#define ID_DOMAIN "ATR1/KMS/request"
#define KEY_DOMAIN "ATR1/KMS/partial"

void atr_enrol_request_build(atr_builder *builder,
                             const atr_enrol_request *request)
{
    atr_build_u8(builder, VERSION);
    atr_build_bytes(builder, ATR_BYTES(request->reply_key));
    atr_build_bytes(builder, ATR_BYTES(request->nonce));
    atr_attrs_build(builder, &request->attrs);
}

/* A key of low order would make every answer readable by everybody. */
static bool is_reply_key(const uint8_t key[ATR_X25519_BYTES])
{
    static const uint8_t any[ATR_X25519_BYTES] = {1};
    uint8_t shared[ATR_X25519_BYTES];

    return atr_x25519_shared(shared, any, key) == ATR_OK;
}

atr_err atr_enrol_request_read(atr_enrol_request *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);

    if (atr_read_u8(&r) != VERSION) {
        atr_reader_fail(&r);
    }
    atr_read_copy(&r, out->reply_key, sizeof out->reply_key);
    atr_read_copy(&r, out->nonce, sizeof out->nonce);
    atr_attrs_read(&out->attrs, &r);
    if (out->attrs.count == 0) {
        atr_reader_fail(&r);
    }
    if (!r.failed && !is_reply_key(out->reply_key)) {
        atr_reader_fail(&r);
    }
    if (atr_reader_end(&r) != ATR_OK) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

void atr_enrol_request_id(uint8_t id[32], const uint8_t hm[32],
                          const atr_enrol_request *request)
{
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_hash hash;

    atr_enrol_request_build(&b, request);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL(ID_DOMAIN));
    atr_hash_field(&hash, (atr_bytes){hm, 32});
    atr_hash_field(&hash, atr_builder_bytes(&b));
    atr_hash_final(&hash, id);
}

void atr_enrol_init(atr_enrol *enrol, const atr_attrs *attrs, atr_rng *rng)
{
    memset(enrol, 0, sizeof *enrol);
    atr_rng_bytes(rng, enrol->secret, sizeof enrol->secret);
    ATR_SECRET(enrol->secret, sizeof enrol->secret);
    atr_x25519_public(enrol->request.reply_key, enrol->secret);
    ATR_PUBLIC(enrol->request.reply_key, sizeof enrol->request.reply_key);
    atr_rng_bytes(rng, enrol->request.nonce, sizeof enrol->request.nonce);
    enrol->request.attrs = *attrs;
}

void atr_enrol_wipe(atr_enrol *enrol)
{
    if (enrol) {
        atr_wipe(enrol, sizeof *enrol);
    }
}

void atr_enrol_build(atr_builder *builder, const atr_enrol *enrol)
{
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_enrol_request_build(&b, &enrol->request);
    atr_build_bytes(builder, ATR_LITERAL("ATRENRL"));
    atr_build_u8(builder, VERSION);
    atr_build_bytes(builder, ATR_BYTES(enrol->secret));
    atr_build_field(builder, atr_builder_bytes(&b));
}

/* Reads a mark and the version after it. */
static void read_mark(atr_reader *r, atr_bytes mark)
{
    if (!atr_bytes_equal(atr_read_view(r, mark.len), mark) ||
        atr_read_u8(r) != VERSION) {
        atr_reader_fail(r);
    }
}

atr_err atr_enrol_read(atr_enrol *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    uint8_t reply_key[ATR_X25519_BYTES];
    atr_bytes request;
    atr_err err;

    read_mark(&r, ATR_LITERAL("ATRENRL"));
    atr_read_copy(&r, out->secret, sizeof out->secret);
    request = atr_read_field(&r);
    if ((err = atr_reader_end(&r)) != ATR_OK ||
        (err = atr_enrol_request_read(&out->request, request)) != ATR_OK) {
        goto out;
    }
    /* A secret that is not the request's could never open an answer. */
    atr_x25519_public(reply_key, out->secret);
    if (memcmp(reply_key, out->request.reply_key, sizeof reply_key) != 0) {
        err = ATR_ERR_INPUT;
    }
out:
    if (err != ATR_OK) {
        atr_enrol_wipe(out);
    }
    return err;
}

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

atr_err atr_enrol_seal(atr_builder *out, const uint8_t hm[32],
                       const atr_enrol_request *request, uint8_t node,
                       const atr_abe_key *partial, atr_rng *rng)
{
    uint8_t plain[ATR_ABE_KEY_BYTES_MAX];
    uint8_t secret[ATR_X25519_BYTES];
    uint8_t shared[ATR_X25519_BYTES] = {0};
    uint8_t eph[ATR_X25519_BYTES];
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    seal_keys keys = {0};
    atr_builder p = atr_builder_of(plain, sizeof plain);
    uint8_t *space;
    atr_err err;

    atr_rng_bytes(rng, secret, sizeof secret);
    ATR_SECRET(secret, sizeof secret);
    atr_rng_bytes(rng, nonce, sizeof nonce);
    atr_x25519_public(eph, secret);
    ATR_PUBLIC(eph, sizeof eph);
    atr_abe_key_build(&p, partial);
    if ((err = atr_builder_end(&p)) != ATR_OK ||
        (err = atr_x25519_shared(shared, secret, request->reply_key)) !=
            ATR_OK) {
        goto out;
    }
    derive(&keys, shared, hm, request, node, eph);
    if (out->failed || out->cap - out->len < p.len + SEALED_EXTRA_BYTES) {
        err = ATR_ERR_LIMIT;
        goto out;
    }
    atr_build_bytes(out, ATR_BYTES(eph));
    atr_build_bytes(out, ATR_BYTES(nonce));
    space = atr_build_space(out, p.len + ATR_AEAD_TAG_BYTES);
    atr_aead_seal(space, keys.key, nonce, ATR_BYTES(keys.ad),
                  atr_builder_bytes(&p));
    ATR_PUBLIC(space, p.len + ATR_AEAD_TAG_BYTES);
out:
    atr_wipe(plain, sizeof plain);
    atr_wipe(secret, sizeof secret);
    atr_wipe(shared, sizeof shared);
    atr_wipe(&keys, sizeof keys);
    return err;
}

atr_err atr_enrol_open(atr_abe_key *partial, const atr_enrol *enrol,
                       const uint8_t hm[32], uint8_t node, atr_bytes sealed)
{
    uint8_t plain[ATR_ABE_KEY_BYTES_MAX];
    uint8_t shared[ATR_X25519_BYTES] = {0};
    seal_keys keys = {0};
    atr_bytes body;
    atr_err err = ATR_ERR_AUTH;

    memset(partial, 0, sizeof *partial);
    if (sealed.len < SEALED_EXTRA_BYTES ||
        sealed.len > ATR_ENROL_SEALED_BYTES_MAX) {
        return ATR_ERR_AUTH;
    }
    body = (atr_bytes){sealed.data + SEALED_HEAD_BYTES,
                       sealed.len - SEALED_HEAD_BYTES};
    if ((err = atr_x25519_shared(shared, enrol->secret, sealed.data)) !=
        ATR_OK) {
        goto out;
    }
    derive(&keys, shared, hm, &enrol->request, node, sealed.data);
    err = atr_aead_unseal(plain, keys.key, sealed.data + ATR_X25519_BYTES,
                          ATR_BYTES(keys.ad), body);
    if (err == ATR_OK &&
        atr_abe_key_read(partial,
                         (atr_bytes){plain, body.len - ATR_AEAD_TAG_BYTES}) !=
            ATR_OK) {
        err = ATR_ERR_AUTH; /* the node sealed no key */
    }
out:
    if (err != ATR_OK) {
        atr_abe_key_wipe(partial);
    }
    atr_wipe(plain, sizeof plain);
    atr_wipe(shared, sizeof shared);
    atr_wipe(&keys, sizeof keys);
    return err;
}
