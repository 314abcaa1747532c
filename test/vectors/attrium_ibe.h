/* attrium_ibe.h - one run of both schemes for identities from fixed seeds: what
 * tests natively and under wasm compare with attrium_ibe_answers.h. A change
 * there is a change of format.
 */
#ifndef ATTRIUM_IBE_H
#define ATTRIUM_IBE_H

#include "scheme/bf.h"
#include "scheme/dse09.h"
#include "sym/hash.h"

typedef struct {
    uint8_t identity[ATR_IDENTITY_BYTES];
    uint8_t bf_mpk[ATR_BF_MPK_BYTES];
    uint8_t bf_hm[32];
    uint8_t bf_key[ATR_BF_KEY_BYTES];
    uint8_t bf_capsule[ATR_BF_CAPSULE_BYTES];
    uint8_t bf_k[32];
    uint8_t dse_hm[32];         /* of an mpk of 1441 bytes */
    uint8_t dse_key_digest[32]; /* of a key of 928 bytes */
    uint8_t dse_capsule[ATR_DSE09_CAPSULE_BYTES];
    uint8_t dse_k[32];
    bool opened; /* both capsules open again */
} known_ibe;

static const uint8_t known_coins[32] = {1, 2, 3, 4};

static inline bool known_bf(known_ibe *out, const atr_identity *id,
                            atr_rng *rng)
{
    static atr_bf bf;
    const atr_bytes ad = ATR_LITERAL("known answer");
    atr_bf_recipient to;
    atr_bf_key key;
    uint8_t got[32];
    atr_fr s;

    atr_bf_setup(&s, out->bf_mpk, rng);
    if (atr_bf_init(&bf, out->bf_mpk) != ATR_OK) {
        return false;
    }
    memcpy(out->bf_hm, bf.hm, 32);
    atr_bf_extract(&key, &bf, &s, id);
    atr_bf_key_write(out->bf_key, &key);
    atr_bf_recipient_init(&to, &bf, id);
    atr_bf_encap_derand(out->bf_capsule, out->bf_k, &to, ad, known_coins);
    return atr_bf_decap(got, &bf, &key, ad, ATR_BYTES(out->bf_capsule)) ==
               ATR_OK &&
           memcmp(got, out->bf_k, 32) == 0;
}

static inline bool known_dse09(known_ibe *out, const atr_identity *id,
                               atr_rng *rng)
{
    static atr_dse09 dse;
    static uint8_t mpk[ATR_DSE09_MPK_BYTES];
    static uint8_t bytes[ATR_DSE09_KEY_BYTES];
    const atr_bytes ad = ATR_LITERAL("known answer");
    atr_dse09_secret msk;
    atr_dse09_key key;
    uint8_t got[32];

    atr_dse09_setup(&msk, mpk, rng);
    if (atr_dse09_init(&dse, mpk) != ATR_OK) {
        return false;
    }
    memcpy(out->dse_hm, dse.hm, 32);
    atr_dse09_extract(&key, &dse, &msk, id, rng);
    atr_dse09_key_write(bytes, &key);
    atr_hash_of(out->dse_key_digest, ATR_BYTES(bytes));
    atr_dse09_encap_derand(out->dse_capsule, out->dse_k, &dse, id, ad,
                           known_coins);
    return atr_dse09_decap(got, &dse, &key, ad, ATR_BYTES(out->dse_capsule)) ==
               ATR_OK &&
           memcmp(got, out->dse_k, 32) == 0;
}

static inline void known_ibe_compute(known_ibe *out)
{
    const uint8_t seed[ATR_SEED_BYTES] = {'i', 'b', 'e'};
    atr_identity id;
    atr_rng rng;

    atr_rng_init(&rng, seed);
    out->opened = atr_identity_of(&id, ATR_LITERAL("alice@example.org"),
                                  20261123) == ATR_OK;
    atr_identity_write(out->identity, &id);
    out->opened = out->opened && known_bf(out, &id, &rng);
    out->opened = out->opened && known_dse09(out, &id, &rng);
}

#endif
