/* Capsules from bytes; the first byte chooses the scheme. A capsule opens only
 * if making it again from what was inside gives the same bytes, so there is
 * nothing to compare here but what must hold on refusal. */
#include "fuzz/fixed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t zero[ATR_KEM_KEY_BYTES];
    uint8_t key[ATR_KEM_KEY_BYTES] = {1};
    const fixed_world *w;
    atr_err public_err;
    atr_bytes capsule;
    atr_err err;

    if (len == 0) {
        return 0;
    }
    w = fixed((data[0] & 1) == 0 ? ATR_SCHEME_FABEO : ATR_SCHEME_W11);
    capsule = (atr_bytes){data + 1, len - 1};
    err = atr_kem_decap(key, &w->kem, &w->key, &w->policy, ATR_LITERAL("fuzz"),
                        capsule);
    must(err == ATR_OK || err == ATR_ERR_AUTH);
    must((err == ATR_OK) == (memcmp(key, zero, sizeof key) != 0));
    if (capsule.len > 32) {
        atr_rng rng;
        const uint8_t seed[ATR_SEED_BYTES] = {9};

        atr_rng_init(&rng, seed);
        capsule.len -= 32;
        public_err = w->abe.scheme->check(&w->abe, &w->policy, capsule, &rng);
        must(err != ATR_OK || public_err == ATR_OK);
    }
    return 0;
}
