#include "proto/enrol.h"

#include "sym/hash.h"
#include "sym/x25519.h"

#define VERSION 1 /* of the secret side */

#define ID_DOMAIN "ATR1/KMS/request"

void atr_enrol_request_build(atr_builder *builder,
                             const atr_enrol_request *request)
{
    uint8_t identity[ATR_IDENTITY_BYTES];

    atr_build_u8(builder, (uint8_t)request->kind);
    atr_build_bytes(builder, ATR_BYTES(request->reply_key));
    atr_build_bytes(builder, ATR_BYTES(request->nonce));
    if (request->kind == ATR_ENROL_IDENTITY) {
        atr_identity_write(identity, &request->identity);
        atr_build_bytes(builder, ATR_BYTES(identity));
    } else {
        atr_attrs_build(builder, &request->attrs);
    }
}

/* A key of low order would make every answer readable by everybody. */
static bool is_reply_key(const uint8_t key[ATR_X25519_BYTES])
{
    static const uint8_t any[ATR_X25519_BYTES] = {1};
    uint8_t shared[ATR_X25519_BYTES];

    return atr_x25519_shared(shared, any, key) == ATR_OK;
}

/* What is asked for; a kind that nobody knows is refused. */
static void read_wanted(atr_enrol_request *out, atr_reader *r)
{
    atr_bytes identity;

    switch (out->kind) {
    case ATR_ENROL_ATTRIBUTES:
        atr_attrs_read(&out->attrs, r);
        if (out->attrs.count == 0) {
            atr_reader_fail(r);
        }
        break;
    case ATR_ENROL_IDENTITY:
        identity = atr_read_view(r, ATR_IDENTITY_BYTES);
        if (r->failed ||
            atr_identity_read(&out->identity, identity.data) != ATR_OK) {
            atr_reader_fail(r);
        }
        break;
    default:
        atr_reader_fail(r);
    }
}

atr_err atr_enrol_request_read(atr_enrol_request *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);

    memset(out, 0, sizeof *out);
    out->kind = (atr_enrol_kind)atr_read_u8(&r);
    atr_read_copy(&r, out->reply_key, sizeof out->reply_key);
    atr_read_copy(&r, out->nonce, sizeof out->nonce);
    read_wanted(out, &r);
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

static void begin(atr_enrol *enrol, atr_enrol_kind kind, atr_rng *rng)
{
    memset(enrol, 0, sizeof *enrol);
    enrol->request.kind = kind;
    atr_rng_bytes(rng, enrol->secret, sizeof enrol->secret);
    ATR_SECRET(enrol->secret, sizeof enrol->secret);
    atr_x25519_public(enrol->request.reply_key, enrol->secret);
    ATR_PUBLIC(enrol->request.reply_key, sizeof enrol->request.reply_key);
    atr_rng_bytes(rng, enrol->request.nonce, sizeof enrol->request.nonce);
}

void atr_enrol_init(atr_enrol *enrol, const atr_attrs *attrs, atr_rng *rng)
{
    begin(enrol, ATR_ENROL_ATTRIBUTES, rng);
    enrol->request.attrs = *attrs;
}

void atr_enrol_init_identity(atr_enrol *enrol, const atr_identity *identity,
                             atr_rng *rng)
{
    begin(enrol, ATR_ENROL_IDENTITY, rng);
    enrol->request.identity = *identity;
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
