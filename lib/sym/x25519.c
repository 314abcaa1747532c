#include "sym/x25519.h"

#include <sodium.h>

/* The base point has prime order, so this never fails. */
void atr_x25519_public(uint8_t public_key[ATR_X25519_BYTES],
                       const uint8_t secret_key[ATR_X25519_BYTES])
{
    (void)crypto_scalarmult_curve25519_base(public_key, secret_key);
}

/* libsodium refuses low order on its own; the result is looked at as well,
 * so that the promise does not hang on its version. */
atr_err atr_x25519_shared(uint8_t shared[ATR_X25519_BYTES],
                          const uint8_t secret_key[ATR_X25519_BYTES],
                          const uint8_t public_key[ATR_X25519_BYTES])
{
    static const uint8_t zero[ATR_X25519_BYTES] = {0};
    int bad = crypto_scalarmult_curve25519(shared, secret_key, public_key);
    bool low = atr_secret_equal(shared, zero, sizeof zero);

    ATR_PUBLIC(&bad, sizeof bad);
    ATR_PUBLIC(&low, sizeof low);
    if (bad != 0 || low) {
        atr_wipe(shared, ATR_X25519_BYTES);
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}
