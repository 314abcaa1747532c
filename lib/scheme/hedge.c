#include "scheme/hedge.h"

#include <assert.h>

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

void atr_hedge_rng_of(atr_rng *out, const atr_hedge *hedge,
                      const atr_attrs *attrs, atr_rng *rng)
{
    uint8_t memory[ATR_ATTRS_BYTES_MAX];
    atr_builder list = atr_builder_of(memory, sizeof memory);
    atr_hedge whole = *hedge;

    atr_attrs_build(&list, attrs);
    assert(atr_builder_end(&list) == ATR_OK);
    whole.to = atr_builder_bytes(&list);
    atr_hedge_rng(out, &whole, rng);
}
