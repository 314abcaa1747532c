/* ed25519.h - signatures of RFC 8032. */
#ifndef ATR_ED25519_H
#define ATR_ED25519_H

#include "base/base.h"

#define ATR_ED25519_PUBLIC_BYTES 32
#define ATR_ED25519_SECRET_BYTES 64 /* seed, then public key */
#define ATR_ED25519_SIG_BYTES 64

void atr_ed25519_keypair(uint8_t public_key[ATR_ED25519_PUBLIC_BYTES],
                         uint8_t secret_key[ATR_ED25519_SECRET_BYTES],
                         const uint8_t seed[32]);
void atr_ed25519_sign(uint8_t sig[ATR_ED25519_SIG_BYTES],
                      const uint8_t secret_key[ATR_ED25519_SECRET_BYTES],
                      atr_bytes message);
/* atr_ed25519_verify returns ATR_OK or ATR_ERR_AUTH. Keys of small order and
 * non-canonical encodings are refused. */
ATR_MUST_USE atr_err
atr_ed25519_verify(const uint8_t sig[ATR_ED25519_SIG_BYTES],
                   const uint8_t public_key[ATR_ED25519_PUBLIC_BYTES],
                   atr_bytes message);

#endif
