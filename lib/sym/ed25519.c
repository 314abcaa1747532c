#include "sym/ed25519.h"

#include <sodium.h>

void atr_ed25519_keypair(uint8_t public_key[ATR_ED25519_PUBLIC_BYTES],
                         uint8_t secret_key[ATR_ED25519_SECRET_BYTES],
                         const uint8_t seed[32])
{
    (void)crypto_sign_seed_keypair(public_key, secret_key, seed);
}

void atr_ed25519_sign(uint8_t sig[ATR_ED25519_SIG_BYTES],
                      const uint8_t secret_key[ATR_ED25519_SECRET_BYTES],
                      atr_bytes message)
{
    (void)crypto_sign_detached(sig, NULL, message.data, message.len,
                               secret_key);
}

/* libsodium checks what the header promises: S below the group order, a key
 * that is canonical and not of small order, and R not of small order. */
atr_err atr_ed25519_verify(const uint8_t sig[ATR_ED25519_SIG_BYTES],
                           const uint8_t public_key[ATR_ED25519_PUBLIC_BYTES],
                           atr_bytes message)
{
    if (crypto_sign_verify_detached(sig, message.data, message.len,
                                    public_key) != 0) {
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}
