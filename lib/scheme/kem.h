/* kem.h - the CCA-secure key encapsulation under a policy (EP-AB-KEM).
 *
 * Fujisaki-Okamoto with re-encryption and explicit rejection over a scheme of
 * abe.h (crypto notes, 5.1; doc/scheme/kem.md). The policy, the associated
 * data and the authority's fingerprint are bound in: a capsule opens only
 * under exactly the policy and context it was made for, and every satisfying
 * key gives the same answer to the same capsule.
 *
 * atr_kem is the interface that protocols use. Beside the real one, a
 * simulation may fill it with a cheap stand-in.
 */
#ifndef ATR_KEM_H
#define ATR_KEM_H

#include "scheme/abe.h"

#define ATR_KEM_KEY_BYTES 32
#define ATR_KEM_COINS_BYTES 32
#define ATR_KEM_STACK_BYTES 491520 /* what an opening needs at most */

/* One capsule to open, of many under one policy with one key. */
typedef struct {
    atr_bytes ad;
    atr_bytes capsule;
    atr_err err;                    /* out */
    uint8_t key[ATR_KEM_KEY_BYTES]; /* out: zero unless `err` is ATR_OK */
} atr_kem_opening;

typedef struct atr_kem atr_kem;
struct atr_kem {
    const void *context; /* of the real one: an atr_abe, lent */
    uint8_t scheme;      /* atr_scheme_id */
    uint8_t hm[ATR_MPK_HASH_BYTES];

    size_t (*capsule_len)(const atr_kem *kem, const atr_policy *policy);
    void (*encap)(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                  const atr_kem *kem, const atr_policy *policy, atr_bytes ad,
                  const uint8_t coins[ATR_KEM_COINS_BYTES]);
    void (*decap)(atr_kem_opening *items, size_t count, const atr_kem *kem,
                  const atr_abe_key *secret, const atr_policy *policy);
};

/* atr_kem_of makes the real KEM of an authority; `abe` is lent. */
atr_kem atr_kem_of(const atr_abe *abe);

/* atr_kem_capsule_len is the exact length of every capsule under `policy`:
 * the scheme's header and 32 bytes. */
size_t atr_kem_capsule_len(const atr_kem *kem, const atr_policy *policy);

/* atr_kem_encap makes a capsule and the key inside it. Only the randomness of
 * `rng` makes two calls differ; atr_kem_encap_derand takes the coins. */
void atr_kem_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                   const atr_kem *kem, const atr_policy *policy, atr_bytes ad,
                   atr_rng *rng);
void atr_kem_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                          const atr_kem *kem, const atr_policy *policy,
                          atr_bytes ad,
                          const uint8_t coins[ATR_KEM_COINS_BYTES]);

/* atr_kem_decap returns ATR_ERR_POLICY when the attributes of `secret` do not
 * satisfy `policy` (known to the holder alone), ATR_ERR_AUTH for every capsule
 * that encap did not make under exactly this policy, `ad` and authority. */
ATR_MUST_USE atr_err atr_kem_decap(uint8_t key[ATR_KEM_KEY_BYTES],
                                   const atr_kem *kem,
                                   const atr_abe_key *secret,
                                   const atr_policy *policy, atr_bytes ad,
                                   atr_bytes capsule);

/* atr_kem_decap_many opens `count` capsules, any number, each with its own
 * associated data. `err` and `key` of each item are what atr_kem_decap would
 * give for it alone, whatever the others are, but with probability 2^-126
 * (doc/scheme/kem.md, "Many at once"). Up to ATR_ABE_BATCH go through the
 * batches of curve/batch.h together and are compared at once with what they
 * should be, which is what makes them cheaper. Takes ATR_KEM_STACK_BYTES of
 * stack, however many. */
void atr_kem_decap_many(atr_kem_opening *items, size_t count,
                        const atr_kem *kem, const atr_abe_key *secret,
                        const atr_policy *policy);

/* atr_kem_decap_forced skips the satisfaction check and tries with the rows
 * it has: what a cheating holder can compute. It must never succeed where
 * atr_kem_decap says ATR_ERR_POLICY; `attrium demo` and the attack tests run
 * it to show so. */
ATR_MUST_USE atr_err atr_kem_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES],
                                          const atr_kem *kem,
                                          const atr_abe_key *secret,
                                          const atr_policy *policy,
                                          atr_bytes ad, atr_bytes capsule);

#endif
