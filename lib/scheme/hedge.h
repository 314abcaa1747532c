/* hedge.h - where the exponents of a key are drawn from.
 *
 * Not from the issuer's generator alone, but from one seeded with a hash of
 * fresh randomness, of the master secret and of what the key is for. Should
 * the generator ever repeat itself, keys for different attributes or policies
 * still share no exponent and do not combine (crypto notes, 9.3).
 */
#ifndef ATR_HEDGE_H
#define ATR_HEDGE_H

#include "base/bytes.h"
#include "base/rng.h"
#include "policy/attr.h"

typedef struct {
    atr_bytes secret; /* the master secret */
    atr_bytes domain; /* of doc/conventions.md */
    atr_bytes hm;     /* the authority */
    atr_bytes to;     /* the attributes or the policy, in bytes */
} atr_hedge;

/* atr_hedge_rng makes `out` from 32 bytes of `rng` and the parts of `hedge`;
 * wipe it after use. */
void atr_hedge_rng(atr_rng *out, const atr_hedge *hedge, atr_rng *rng);
/* atr_hedge_rng_of is the same for a key of `attrs`, in place of `to`. */
void atr_hedge_rng_of(atr_rng *out, const atr_hedge *hedge,
                      const atr_attrs *attrs, atr_rng *rng);

#endif
