#include "host/entropy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void atr_entropy_seed(uint8_t seed[ATR_SEED_BYTES])
{
    size_t have = 0;

    while (have < ATR_SEED_BYTES) {
        ssize_t got = getrandom(seed + have, ATR_SEED_BYTES - have, 0);

        if (got > 0) {
            have += (size_t)got;
        } else if (errno != EINTR) {
            abort();
        }
    }
    ATR_SECRET(seed, ATR_SEED_BYTES);
}

void atr_entropy_rng(atr_rng *rng)
{
    uint8_t seed[ATR_SEED_BYTES];

    atr_entropy_seed(seed);
    atr_rng_init(rng, seed);
    atr_wipe(seed, sizeof seed);
}
