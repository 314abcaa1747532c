/* join.h - what both sides of a door compute: the signature that opens a room
 * and the answer to the hall's challenge.
 *
 *     sig over enc("ATR1/HALL/open", nonce, room, vk, after(8))
 *     capsule for ad = enc("ATR1/HALL/challenge", room, nonce, vk)
 *     tag = HMAC(K, enc("ATR1/HALL/answer", room, nonce, vk))
 *
 * The nonce is the hall's for this connection, so nothing of it can be used
 * on another one.
 */
#ifndef ATR_JOIN_H
#define ATR_JOIN_H

#include "base/bytes.h"

#define ATR_JOIN_NONCE_BYTES 32
#define ATR_JOIN_TAG_BYTES 32
#define ATR_JOIN_AD_BYTES (3 * 36 + 4 + 19)

/* Lent, 32 bytes each. */
typedef struct {
    const uint8_t *room;
    const uint8_t *nonce;
    const uint8_t *vk;
} atr_join;

void atr_join_sign(uint8_t sig[64], const atr_join *join, uint64_t after,
                   const uint8_t sk[64]);
/* ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_join_verify(const uint8_t sig[64],
                                     const atr_join *join, uint64_t after);

void atr_join_ad(uint8_t ad[ATR_JOIN_AD_BYTES], const atr_join *join);
void atr_join_answer(uint8_t tag[ATR_JOIN_TAG_BYTES], const atr_join *join,
                     const uint8_t key[32]);

#endif
