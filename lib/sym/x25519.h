/* x25519.h - Diffie-Hellman of RFC 7748. */
#ifndef ATR_X25519_H
#define ATR_X25519_H

#include "base/base.h"

#define ATR_X25519_BYTES 32

/* Any 32 random bytes are a secret key. */
void atr_x25519_public(uint8_t public_key[ATR_X25519_BYTES],
                       const uint8_t secret_key[ATR_X25519_BYTES]);

/* atr_x25519_shared returns ATR_ERR_AUTH, and zeros, when the result is the
 * all-zero string: a public key of low order (RFC 7748, 6.1). */
ATR_MUST_USE atr_err atr_x25519_shared(
    uint8_t shared[ATR_X25519_BYTES],
    const uint8_t secret_key[ATR_X25519_BYTES],
    const uint8_t public_key[ATR_X25519_BYTES]);

#endif
