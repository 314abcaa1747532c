/* standin.h - a KEM that costs nothing, for simulations and fuzzing: it keeps
 * the promises of scheme/kem.h as long as nobody looks inside. Whoever has
 * the context can open everything.
 *
 *     capsule = nonce(32) tag(32), nonce = H(coins)
 *     tag = HMAC(secret, enc("tag", policy, ad, nonce))
 *     key = HMAC(secret, enc("key", policy, ad, nonce))
 */
#ifndef SIM_STANDIN_H
#define SIM_STANDIN_H

#include "scheme/kem.h"

#define STANDIN_CAPSULE_BYTES 64

typedef struct {
    uint8_t secret[32];
} standin;

/* standin_of makes the KEM; `context` is lent. Its keys are those of abe.h of
 * which only the attributes count. */
atr_kem standin_of(const standin *context);

/* A public key that belongs to it, in form only. */
void standin_mpk(uint8_t mpk[ATR_MPK_BYTES]);

#endif
