/* rng.h - the deterministic generator with fast key erasure.
 *
 * A stream of ChaCha20 under a key that is replaced with each refill, so that
 * a later look at the state shows nothing of what was given out before. It is
 * seeded with 32 bytes by the host and cannot fail. The same seed gives the
 * same stream on every platform. Never copy one; never use one after fork.
 */
#ifndef ATR_RNG_H
#define ATR_RNG_H

#include "base/base.h"

#define ATR_SEED_BYTES 32
#define ATR_RNG_POOL_BYTES 480

typedef struct {
    uint8_t key[32];
    uint8_t pool[ATR_RNG_POOL_BYTES];
    size_t left; /* unused bytes at the end of `pool` */
} atr_rng;

void atr_rng_init(atr_rng *rng, const uint8_t seed[ATR_SEED_BYTES]);
void atr_rng_wipe(atr_rng *rng);
void atr_rng_bytes(atr_rng *rng, void *out, size_t len);

/* atr_rng_below returns a uniform number in 0 .. bound-1; `bound` is not 0.
 * Takes time that depends on the result's rejections; for public choices. */
uint64_t atr_rng_below_vartime(atr_rng *rng, uint64_t bound);

#endif
