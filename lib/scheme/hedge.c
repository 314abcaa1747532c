#include "scheme/hedge.h"

#include "sym/hash.h"

/* seed = HMAC(secret; enc(domain, hm, 32 fresh bytes, to)) */
void atr_hedge_rng(atr_rng *out, const atr_hedge *hedge, atr_rng *rng)
{
    uint8_t fresh[32];
    uint8_t seed[ATR_SEED_BYTES];
    atr_hmac hmac;

    atr_rng_bytes(rng, fresh, sizeof fresh);
    ATR_SECRET(fresh, sizeof fresh);
    atr_hmac_init(&hmac, hedge->secret);
    atr_hmac_field(&hmac, hedge->domain);
    atr_hmac_field(&hmac, hedge->hm);
    atr_hmac_field(&hmac, ATR_BYTES(fresh));
    atr_hmac_field(&hmac, hedge->to);
    atr_hmac_final(&hmac, seed);
    atr_rng_init(out, seed);
    atr_wipe(fresh, sizeof fresh);
    atr_wipe(seed, sizeof seed);
}
