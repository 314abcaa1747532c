/* text.h - one text of a room: padded, sealed under its sender's key of the
 * epoch, and signed by its sender.
 *
 *     plain  = kind(1) nick-len(1) nick text-len(2) text zeros, in all 256,
 *              1024, 4096 or 16384 bytes: the smallest class that holds it
 *     sealed = nonce(24) AEAD(sender key, nonce,
 *              ad = enc("ATR1/ROOM/text", room, epoch(8), sid, vk, number(8)),
 *              plain)
 *     sig over enc("ATR1/ROOM/text-sign", room, epoch(8), sid, number(8),
 *                  H(sealed))
 *
 * An observer sees the class and who sent it (by pseudonym), no more.
 */
#ifndef ATR_TEXT_H
#define ATR_TEXT_H

#include "kex/ake.h"

#define ATR_NICK_BYTES_MAX 32
#define ATR_TEXT_BYTES_MAX 16000
#define ATR_TEXT_PLAIN_BYTES_MAX 16384
#define ATR_TEXT_OVER_BYTES (24 + 16) /* sealed is longer by */

typedef enum {
    ATR_TEXT_SAID = 0,
    ATR_TEXT_NICK = 1 /* only says what the sender calls itself */
} atr_text_kind;

typedef struct {
    uint8_t kind;
    atr_bytes nick; /* a label of proto/utf8.h, or empty */
    atr_bytes text; /* UTF-8; empty exactly when kind is ATR_TEXT_NICK */
} atr_text;

/* Where a text stands. Lent. */
typedef struct {
    const uint8_t *room;
    const uint8_t *vk; /* the sender's */
    const atr_ake_keys *keys;
    uint64_t epoch;
    uint64_t number;
} atr_text_place;

/* atr_text_plain_len returns the class of `text`. */
size_t atr_text_plain_len(const atr_text *text);

/* atr_text_is_sealed_len returns whether some class has sealed texts of `len`
 * bytes: what a hall can check. */
bool atr_text_is_sealed_len(size_t len);

/* atr_text_seal writes atr_text_plain_len(text) + ATR_TEXT_OVER_BYTES bytes,
 * under a fresh random nonce. */
void atr_text_seal(uint8_t *sealed, const atr_text *text,
                   const atr_text_place *place, atr_rng *rng);

/* atr_text_unseal writes sealed.len - ATR_TEXT_OVER_BYTES bytes to `plain`,
 * into which `out` then points. ATR_ERR_AUTH when it was not sealed here,
 * ATR_ERR_INPUT when it was, by somebody who does not keep to the form. */
ATR_MUST_USE atr_err atr_text_unseal(atr_text *out, uint8_t *plain,
                                     const atr_text_place *place,
                                     atr_bytes sealed);

void atr_text_sign(uint8_t sig[64], const atr_text_place *place,
                   atr_bytes sealed, const uint8_t sk[64]);
/* ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_text_verify(const uint8_t sig[64],
                                     const atr_text_place *place,
                                     atr_bytes sealed);

#endif
