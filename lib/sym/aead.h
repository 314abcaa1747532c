/* aead.h - XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), tag at the end. */
#ifndef ATR_AEAD_H
#define ATR_AEAD_H

#include "base/base.h"

#define ATR_AEAD_KEY_BYTES 32
#define ATR_AEAD_NONCE_BYTES 24
#define ATR_AEAD_TAG_BYTES 16

/* atr_aead_seal writes plain.len + ATR_AEAD_TAG_BYTES bytes to `out`, which
 * may be where `plain` stands. One nonce, one message: never twice under one
 * key; random nonces of 24 bytes are safe. */
void atr_aead_seal(uint8_t *out, const uint8_t key[ATR_AEAD_KEY_BYTES],
                   const uint8_t nonce[ATR_AEAD_NONCE_BYTES], atr_bytes ad,
                   atr_bytes plain);

/* atr_aead_unseal writes sealed.len - ATR_AEAD_TAG_BYTES bytes to `out`.
 * Returns ATR_ERR_AUTH, and zeros in `out`, when the tag does not fit or
 * `sealed` is too short. */
ATR_MUST_USE atr_err atr_aead_unseal(
    uint8_t *out, const uint8_t key[ATR_AEAD_KEY_BYTES],
    const uint8_t nonce[ATR_AEAD_NONCE_BYTES], atr_bytes ad, atr_bytes sealed);

#endif
