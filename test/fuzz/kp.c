/* Key-policy encryption from bytes: a first byte of 0 or 1 chooses between a
 * key and a capsule to the attributes A and B. */
#include "fuzz/fixed.h"
#include "scheme/kp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

typedef struct {
    atr_kp kp;
    atr_kp_key key;
    atr_attrs attrs;
    bool ready;
} kp_world;

static kp_world *world(void)
{
    static kp_world w;

    if (!w.ready) {
        uint8_t seed[ATR_SEED_BYTES] = {3};
        uint8_t mpk[ATR_KP_MPK_BYTES];
        atr_policy policy;
        atr_fr alpha;
        atr_rng rng;

        atr_rng_init(&rng, seed);
        atr_kp_setup(&alpha, mpk, ATR_KP_FABEO, &rng);
        must(atr_kp_init(&w.kp, mpk) == ATR_OK);
        must(atr_policy_parse(&policy, ATR_LITERAL("A and B"), NULL) == ATR_OK);
        must(atr_attrs_parse(&w.attrs, ATR_LITERAL("A, B"), NULL) == ATR_OK);
        atr_kp_keygen(&w.key, &w.kp, &alpha, &policy, &rng);
        w.ready = true;
    }
    return &w;
}

static void try_key(kp_world *w, atr_bytes in)
{
    static const atr_kp_key zero;
    static atr_kp_key key;
    static uint8_t again[1 << 17];
    atr_builder builder = atr_builder_of(again, sizeof again);

    if (atr_kp_key_read(&key, &w->kp, in) != ATR_OK) {
        must(memcmp(&key, &zero, sizeof key) == 0);
        return;
    }
    atr_kp_key_build(&builder, &w->kp, &key);
    must(atr_bytes_equal(atr_builder_bytes(&builder), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t zero[ATR_KP_SHARED_BYTES];
    kp_world *w = world();
    uint8_t key[ATR_KP_SHARED_BYTES];
    atr_kp_sealed sealed;
    atr_err err;

    if (len == 0) {
        return 0;
    }
    if (data[0] == 0) {
        try_key(w, (atr_bytes){data + 1, len - 1});
        return 0;
    }
    sealed = (atr_kp_sealed){
        .attrs = &w->attrs, .ad = {NULL, 0}, .capsule = {data + 1, len - 1}};
    err = atr_kp_decap(key, &w->kp, &w->key, &sealed);
    must(err == ATR_OK || err == ATR_ERR_AUTH);
    must(err == ATR_OK || memcmp(key, zero, sizeof key) == 0);
    return 0;
}
