#include "curve/expand.h"

#include <assert.h>

#include "sym/hash.h"

/* A tag of at most 255 bytes: longer ones are hashed (RFC 9380, 5.3.3). */
typedef struct {
    uint8_t hashed[ATR_HASH_BYTES];
    atr_bytes bytes;
} tag;

static void tag_init(tag *out, atr_bytes dst)
{
    atr_hash hash;

    out->bytes = dst;
    if (dst.len > 255) {
        atr_hash_init(&hash);
        atr_hash_update(&hash, ATR_LITERAL("H2C-OVERSIZE-DST-"));
        atr_hash_update(&hash, dst);
        atr_hash_final(&hash, out->hashed);
        out->bytes = ATR_BYTES(out->hashed);
    }
}

/* finish adds DST_prime and gives the digest. */
static void finish(atr_hash *hash, const tag *dst, uint8_t out[ATR_HASH_BYTES])
{
    uint8_t len = (uint8_t)dst->bytes.len;

    atr_hash_update(hash, dst->bytes);
    atr_hash_update(hash, (atr_bytes){&len, 1});
    atr_hash_final(hash, out);
}

void atr_expand_xmd(uint8_t *out, size_t out_len, atr_bytes dst,
                    atr_bytes message)
{
    static const uint8_t z_pad[64] = {0};
    const uint8_t len[3] = {(uint8_t)(out_len >> 8), (uint8_t)out_len, 0};
    uint8_t first[ATR_HASH_BYTES];
    uint8_t block[ATR_HASH_BYTES] = {0};
    atr_hash hash;
    tag t;

    assert(out_len <= ATR_EXPAND_BYTES_MAX);
    tag_init(&t, dst);
    atr_hash_init(&hash);
    atr_hash_update(&hash, ATR_BYTES(z_pad));
    atr_hash_update(&hash, message);
    atr_hash_update(&hash, ATR_BYTES(len));
    finish(&hash, &t, first);
    for (uint8_t i = 1; out_len > 0; i++) {
        size_t take = out_len < sizeof block ? out_len : sizeof block;

        for (size_t k = 0; k < sizeof block; k++) {
            block[k] ^= first[k];
        }
        atr_hash_init(&hash);
        atr_hash_update(&hash, ATR_BYTES(block));
        atr_hash_update(&hash, (atr_bytes){&i, 1});
        finish(&hash, &t, block);
        memcpy(out, block, take);
        out += take;
        out_len -= take;
    }
    atr_wipe(first, sizeof first);
    atr_wipe(block, sizeof block);
}
