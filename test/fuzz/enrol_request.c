/* A request as a node takes it from strangers, the secret side of one, and an
 * answer to it: refused, or exactly the bytes that are written again. */
#include "fuzz/fixed.h"

#include "proto/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void request(atr_bytes in)
{
    static atr_enrol_request got;
    uint8_t again[ATR_ENROL_REQUEST_BYTES_MAX];
    atr_builder b = atr_builder_of(again, sizeof again);

    if (atr_enrol_request_read(&got, in) != ATR_OK) {
        must(got.kind == 0 && got.attrs.count == 0 && got.identity.len == 0);
        return;
    }
    must((got.attrs.count > 0) == (got.kind == ATR_ENROL_ATTRIBUTES));
    must((got.identity.len > 0) == (got.kind == ATR_ENROL_IDENTITY));
    atr_enrol_request_build(&b, &got);
    must(atr_bytes_equal(atr_builder_bytes(&b), in));
}

static void secret(atr_bytes in)
{
    static atr_enrol got;
    uint8_t again[ATR_ENROL_BYTES_MAX];
    atr_builder b = atr_builder_of(again, sizeof again);

    if (atr_enrol_read(&got, in) == ATR_OK) {
        atr_enrol_build(&b, &got);
        must(atr_bytes_equal(atr_builder_bytes(&b), in));
    }
}

/* What is not sealed to us never opens. */
static void answer(atr_bytes in)
{
    static const uint8_t seed[ATR_SEED_BYTES] = {9};
    static atr_abe_key got;
    atr_bf_key id;
    fixed_world *w = fixed(ATR_SCHEME_FABEO);
    atr_enrol enrol;
    atr_rng rng;

    atr_rng_init(&rng, seed);
    atr_enrol_init(&enrol, &w->key.attrs, &rng);
    must(atr_enrol_open(&got, &enrol, w->abe.hm, 1, in) == ATR_ERR_AUTH);
    must(got.attrs.count == 0);
    must(atr_enrol_open_identity(&id, &enrol, w->abe.hm, 1, in) ==
         ATR_ERR_AUTH);
    must(id.id.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const atr_bytes in = {data, len};

    request(in);
    secret(in);
    answer(in);
    return 0;
}
