/* expand.h - expand_message_xmd with SHA-256 (RFC 9380, 5.3.1). */
#ifndef ATR_EXPAND_H
#define ATR_EXPAND_H

#include "base/base.h"

#define ATR_EXPAND_BYTES_MAX 8160 /* 255 blocks of 32 bytes */

/* atr_expand_xmd fills `out` from `message` under the domain separation tag
 * `dst` of any length (RFC 9380, 5.3.3). */
void atr_expand_xmd(uint8_t *out, size_t out_len, atr_bytes dst,
                    atr_bytes message);

#endif
