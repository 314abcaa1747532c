/* dse09_parts.h - what the two files of Waters 2009 share.
 */
#ifndef ATR_DSE09_PARTS_H
#define ATR_DSE09_PARTS_H

#include "scheme/dse09.h"

/* Keys and headers are of one kind: each of their points is a product of a few
 * powers. So each is a table, of which point is multiplied by which base to
 * which exponent. */
typedef struct {
    uint8_t to;
    uint8_t base;
    uint8_t exponent;
} atr_dse09_factor;

#define ATR_DSE09_GENERATOR 255 /* as a base */

/* (3): I = Hr("ATR1/DSE/id"; enc(hm, id)) */
void atr_dse09_hash_identity(atr_fr *out, const atr_dse09 *dse,
                             const uint8_t id[ATR_IDENTITY_BYTES]);

#endif
