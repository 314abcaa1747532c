/* entropy.h - the only source of randomness, for seeding atr_rng. */
#ifndef ATR_ENTROPY_H
#define ATR_ENTROPY_H

#include "base/rng.h"

/* atr_entropy_seed fills `seed` from getrandom(2), which blocks only before
 * the machine has gathered any entropy at all. Seed again after fork. Aborts
 * when the kernel cannot give randomness: nothing safe can be done then. */
void atr_entropy_seed(uint8_t seed[ATR_SEED_BYTES]);

/* atr_entropy_rng seeds `rng` with fresh entropy. */
void atr_entropy_rng(atr_rng *rng);

#endif
