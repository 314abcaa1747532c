/* identity.h - who somebody is: a name and the period a key is good for.
 *
 * A name is compared byte by byte and never interpreted: "alice@example.org".
 * Periods are counted by the authority (policy/period.h); a key of one period
 * opens nothing of another, so keys expire by not being issued again (RFC 6539,
 * 3.1; crypto notes, 10.1). 0 where there are none.
 *
 * Bytes: length of the name (1), name and zeros (123), period (4): of one
 * length, so that a message tells nothing of the names in it.
 */
#ifndef ATR_IDENTITY_H
#define ATR_IDENTITY_H

#include "base/bytes.h"

#define ATR_IDENTITY_NAME_BYTES_MAX 123
#define ATR_IDENTITY_BYTES (1 + ATR_IDENTITY_NAME_BYTES_MAX + 4)

typedef struct {
    uint8_t len;
    uint8_t name[ATR_IDENTITY_NAME_BYTES_MAX]; /* zeros behind `len` */
    uint32_t period;
} atr_identity;

/* atr_identity_of makes an identity. A name has 1 to
 * ATR_IDENTITY_NAME_BYTES_MAX bytes, all of printable ASCII and not a blank
 * (0x21 to 0x7e): ATR_ERR_INPUT, or ATR_ERR_LIMIT when it is too long. */
ATR_MUST_USE atr_err atr_identity_of(atr_identity *out, atr_bytes name,
                                     uint32_t period);

bool atr_identity_equal(const atr_identity *a, const atr_identity *b);

/* atr_identity_read accepts exactly what atr_identity_write gives; everything
 * else is ATR_ERR_INPUT. */
ATR_MUST_USE atr_err atr_identity_read(atr_identity *out,
                                       const uint8_t in[ATR_IDENTITY_BYTES]);
void atr_identity_write(uint8_t out[ATR_IDENTITY_BYTES],
                        const atr_identity *id);

#endif
