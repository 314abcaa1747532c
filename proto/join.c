#include "proto/join.h"

#include "sym/ed25519.h"
#include "sym/hash.h"

#define OPEN_BYTES (4 + 14 + 3 * 36 + 8)

static void build_open(uint8_t out[OPEN_BYTES], const atr_join *join,
                       uint64_t after)
{
    atr_builder builder = atr_builder_of(out, OPEN_BYTES);

    atr_build_field(&builder, ATR_LITERAL("ATR1/HALL/open"));
    atr_build_field(&builder, (atr_bytes){join->nonce, 32});
    atr_build_field(&builder, (atr_bytes){join->room, 32});
    atr_build_field(&builder, (atr_bytes){join->vk, 32});
    atr_build_u64(&builder, after);
}

void atr_join_sign(uint8_t sig[64], const atr_join *join, uint64_t after,
                   const uint8_t sk[64])
{
    uint8_t message[OPEN_BYTES];

    build_open(message, join, after);
    atr_ed25519_sign(sig, sk, ATR_BYTES(message));
}

atr_err atr_join_verify(const uint8_t sig[64], const atr_join *join,
                        uint64_t after)
{
    uint8_t message[OPEN_BYTES];

    build_open(message, join, after);
    return atr_ed25519_verify(sig, join->vk, ATR_BYTES(message));
}

void atr_join_ad(uint8_t ad[ATR_JOIN_AD_BYTES], const atr_join *join)
{
    atr_builder builder = atr_builder_of(ad, ATR_JOIN_AD_BYTES);

    atr_build_field(&builder, ATR_LITERAL("ATR1/HALL/challenge"));
    atr_build_field(&builder, (atr_bytes){join->room, 32});
    atr_build_field(&builder, (atr_bytes){join->nonce, 32});
    atr_build_field(&builder, (atr_bytes){join->vk, 32});
}

void atr_join_answer(uint8_t tag[ATR_JOIN_TAG_BYTES], const atr_join *join,
                     const uint8_t key[32])
{
    atr_hmac hmac;

    atr_hmac_init(&hmac, (atr_bytes){key, 32});
    atr_hmac_field(&hmac, ATR_LITERAL("ATR1/HALL/answer"));
    atr_hmac_field(&hmac, (atr_bytes){join->room, 32});
    atr_hmac_field(&hmac, (atr_bytes){join->nonce, 32});
    atr_hmac_field(&hmac, (atr_bytes){join->vk, 32});
    atr_hmac_final(&hmac, tag);
}
