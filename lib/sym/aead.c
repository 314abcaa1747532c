#include "sym/aead.h"

#include <sodium.h>

void atr_aead_seal(uint8_t *out, const uint8_t key[ATR_AEAD_KEY_BYTES],
                   const uint8_t nonce[ATR_AEAD_NONCE_BYTES], atr_bytes ad,
                   atr_bytes plain)
{
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, NULL, plain.data, plain.len, ad.data, ad.len, NULL, nonce, key);
}

atr_err atr_aead_unseal(uint8_t *out, const uint8_t key[ATR_AEAD_KEY_BYTES],
                        const uint8_t nonce[ATR_AEAD_NONCE_BYTES], atr_bytes ad,
                        atr_bytes sealed)
{
    int bad;

    if (sealed.len < ATR_AEAD_TAG_BYTES) {
        return ATR_ERR_AUTH; /* no room in `out`, so nothing to clear */
    }
    ATR_PUBLIC(key, ATR_AEAD_KEY_BYTES); /* libsodium branches on the tag */
    bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
        out, NULL, NULL, sealed.data, sealed.len, ad.data, ad.len, nonce, key);
    if (bad != 0) {
        atr_wipe(out, sealed.len - ATR_AEAD_TAG_BYTES);
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}
