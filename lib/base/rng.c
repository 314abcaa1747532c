#include "base/rng.h"

#include <sodium.h>

/* One refill is 32 bytes of the next key and then the pool, all from one
 * ChaCha20 stream (RFC 8439, zero nonce, counter from 0) under the present
 * key, which is gone afterwards. A key makes one stream, so the nonce may be
 * constant. */
static void refill(atr_rng *rng)
{
    static const uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES] = {0};
    uint8_t stream[sizeof rng->key + ATR_RNG_POOL_BYTES];

    crypto_stream_chacha20_ietf(stream, sizeof stream, nonce, rng->key);
    memcpy(rng->key, stream, sizeof rng->key);
    memcpy(rng->pool, stream + sizeof rng->key, sizeof rng->pool);
    rng->left = sizeof rng->pool;
    atr_wipe(stream, sizeof stream);
}

void atr_rng_init(atr_rng *rng, const uint8_t seed[ATR_SEED_BYTES])
{
    memset(rng, 0, sizeof *rng);
    memcpy(rng->key, seed, sizeof rng->key);
}

void atr_rng_wipe(atr_rng *rng)
{
    if (rng != NULL) {
        atr_wipe(rng, sizeof *rng);
    }
}

/* Bytes are erased from the pool as they are given out. */
void atr_rng_bytes(atr_rng *rng, void *out, size_t len)
{
    uint8_t *to = out;

    while (len != 0) {
        uint8_t *from;
        size_t part;

        if (rng->left == 0) {
            refill(rng);
        }
        part = len < rng->left ? len : rng->left;
        from = rng->pool + (sizeof rng->pool - rng->left);
        memcpy(to, from, part);
        atr_wipe(from, part);
        rng->left -= part;
        to += part;
        len -= part;
    }
}

uint64_t atr_rng_below_vartime(atr_rng *rng, uint64_t bound)
{
    /* 2^64 mod bound: the lowest draws, dropped so that the rest divide
     * evenly. */
    uint64_t drop = (0 - bound) % bound;

    for (;;) {
        uint8_t bytes[8];
        uint64_t draw = 0;

        atr_rng_bytes(rng, bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++) {
            draw = draw << 8 | bytes[i];
        }
        if (draw >= drop) {
            return draw % bound;
        }
    }
}
