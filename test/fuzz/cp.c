/* FAME and W09 from bytes: a first byte of 0 to 3 chooses between a key and a
 * capsule under "A and B", of W09 or of FAME. */
#include "fuzz/fixed.h"
#include "scheme/fame.h"
#include "scheme/w09.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

typedef struct {
    atr_w09 w09;
    atr_w09_key w09_key;
    atr_fame fame;
    atr_fame_key fame_key;
    atr_policy policy;
    bool ready;
} cp_world;

static cp_world *world(void)
{
    static cp_world w;

    if (!w.ready) {
        uint8_t seed[ATR_SEED_BYTES] = {4};
        uint8_t mpk[ATR_FAME_MPK_BYTES];
        atr_w09_master w09;
        atr_fame_master fame;
        atr_attrs attrs;
        atr_rng rng;

        atr_rng_init(&rng, seed);
        must(atr_policy_parse(&w.policy, ATR_LITERAL("A and B"), NULL) ==
             ATR_OK);
        must(atr_attrs_parse(&attrs, ATR_LITERAL("A, B"), NULL) == ATR_OK);
        atr_w09_setup(&w09, mpk, &rng);
        must(atr_w09_init(&w.w09, mpk) == ATR_OK);
        atr_w09_keygen(&w.w09_key, &w.w09, &w09, &attrs, &rng);
        atr_fame_setup(&fame, mpk, &rng);
        must(atr_fame_init(&w.fame, mpk) == ATR_OK);
        atr_fame_keygen(&w.fame_key, &w.fame, &fame, &attrs, &rng);
        w.ready = true;
    }
    return &w;
}

static uint8_t again[1 << 17];

static void try_w09_key(atr_bytes in)
{
    static const atr_w09_key zero;
    static atr_w09_key key;
    atr_builder builder = atr_builder_of(again, sizeof again);

    if (atr_w09_key_read(&key, in) != ATR_OK) {
        must(memcmp(&key, &zero, sizeof key) == 0);
        return;
    }
    atr_w09_key_build(&builder, &key);
    must(atr_bytes_equal(atr_builder_bytes(&builder), in));
}

static void try_fame_key(atr_bytes in)
{
    static const atr_fame_key zero;
    static atr_fame_key key;
    atr_builder builder = atr_builder_of(again, sizeof again);

    if (atr_fame_key_read(&key, in) != ATR_OK) {
        must(memcmp(&key, &zero, sizeof key) == 0);
        return;
    }
    atr_fame_key_build(&builder, &key);
    must(atr_bytes_equal(atr_builder_bytes(&builder), in));
}

static void try_capsule(const cp_world *w, bool is_fame, atr_bytes in)
{
    static const uint8_t zero[ATR_KEM_KEY_BYTES];
    const atr_bytes ad = {NULL, 0};
    uint8_t key[ATR_KEM_KEY_BYTES];
    const atr_cp cp = is_fame ? atr_fame_cp(&w->fame, &w->fame_key)
                              : atr_w09_cp(&w->w09, &w->w09_key);
    atr_err err = atr_cp_decap(key, &cp, &(atr_cp_sealed){&w->policy, ad, in});

    must(err == ATR_OK || err == ATR_ERR_AUTH);
    must(err == ATR_OK || memcmp(key, zero, sizeof key) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_bytes in;

    if (len == 0) {
        return 0;
    }
    in = (atr_bytes){data + 1, len - 1};
    switch (data[0]) {
    case 0:
        try_w09_key(in);
        break;
    case 1:
        try_fame_key(in);
        break;
    default:
        try_capsule(world(), data[0] == 3, in);
    }
    return 0;
}
