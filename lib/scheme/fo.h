/* fo.h - from security against chosen plaintexts to chosen ciphertexts.
 *
 * Fujisaki-Okamoto with re-encryption and explicit rejection (crypto notes,
 * 5.1), once for every scheme. A scheme hands in its CPA core: a function that
 * makes a header and a blinding Z from coins. What the capsule is made *to*,
 * the bytes of a policy or of an identity, is bound in with the fingerprint of
 * the authority and the context. Equations: doc/scheme/kem.md.
 */
#ifndef ATR_FO_H
#define ATR_FO_H

#include "base/bytes.h"
#include "base/rng.h"
#include "curve/gt.h"

#define ATR_FO_MASKED_BYTES 32 /* d, at the end of a capsule */
#define ATR_FO_KEY_BYTES 32
#define ATR_FO_COINS_BYTES 32

typedef struct {
    /* Draws all it needs from `coins`; writes the header and, unless `z` is
     * NULL, Z. The same coins give the same header. */
    void (*encap)(uint8_t *header, atr_gt *z, const void *context,
                  atr_rng *coins);
    const void *context;
    size_t header_len;
    atr_bytes hm; /* of the authority, its scheme and mpk */
    atr_bytes to; /* the policy or the identity */
    atr_bytes ad;
} atr_fo;

/* atr_fo_encap writes a capsule of header_len + 32 bytes and its key. */
void atr_fo_encap(uint8_t *capsule, uint8_t key[ATR_FO_KEY_BYTES],
                  const atr_fo *fo, const uint8_t m[ATR_FO_COINS_BYTES]);

/* What a capsule is made again from: secret. */
typedef struct {
    uint8_t kbar[32];
    uint8_t seed[ATR_SEED_BYTES]; /* of the coins */
} atr_fo_again;

/* The parts of atr_fo_decap, for who makes the headers of several capsules
 * again at once: atr_fo_recover finds the seed of the coins, to be given to the
 * core, and atr_fo_confirm compares with the header `made` of them. Who knows
 * of another way whether they are the same, and that is public, tells
 * atr_fo_conclude. Both wipe `again`. */
void atr_fo_recover(atr_fo_again *out, const atr_fo *fo, const atr_gt *z,
                    const uint8_t *capsule);
ATR_MUST_USE atr_err atr_fo_confirm(uint8_t key[ATR_FO_KEY_BYTES],
                                    atr_fo_again *again, const atr_fo *fo,
                                    const uint8_t *made,
                                    const uint8_t *capsule);
ATR_MUST_USE atr_err atr_fo_conclude(uint8_t key[ATR_FO_KEY_BYTES],
                                     atr_fo_again *again, const atr_fo *fo,
                                     const uint8_t *capsule, bool same);

/* atr_fo_decap goes from Z to the key: recovers m, makes the header again in
 * `again` (header_len bytes, wiped), compares every byte. The work is the same
 * whatever the outcome: ATR_OK, or ATR_ERR_AUTH and a key of zeros. */
ATR_MUST_USE atr_err atr_fo_decap(uint8_t key[ATR_FO_KEY_BYTES], uint8_t *again,
                                  const atr_fo *fo, const atr_gt *z,
                                  const uint8_t *capsule);

#endif
