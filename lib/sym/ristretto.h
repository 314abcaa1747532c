/* ristretto.h - the prime-order group ristretto255 (RFC 9496), for group
 * Diffie-Hellman. A point is its 32 canonical bytes; a scalar a number below
 * the group's order, 32 bytes little-endian. Scalars are secret, points public
 * unless the caller says otherwise. Constant time.
 */
#ifndef ATR_RISTRETTO_H
#define ATR_RISTRETTO_H

#include "base/rng.h"

#define ATR_RISTRETTO_BYTES 32

typedef struct {
    uint8_t byte[ATR_RISTRETTO_BYTES];
} atr_ristretto;

typedef struct {
    uint8_t byte[32];
} atr_ristretto_scalar;

extern const atr_ristretto atr_ristretto_generator;

/* atr_ristretto_read takes 32 bytes for a point. ATR_ERR_INPUT when they are
 * not its canonical encoding, and for the identity. */
ATR_MUST_USE atr_err atr_ristretto_read(atr_ristretto *out,
                                        const uint8_t in[ATR_RISTRETTO_BYTES]);
/* atr_ristretto_read_any accepts the identity too. */
ATR_MUST_USE atr_err atr_ristretto_read_any(
    atr_ristretto *out, const uint8_t in[ATR_RISTRETTO_BYTES]);

/* A scalar that is never 0. */
void atr_ristretto_scalar_random(atr_ristretto_scalar *out, atr_rng *rng);
void atr_ristretto_scalar_of(atr_ristretto_scalar *out, uint32_t number);
void atr_ristretto_scalar_mul(atr_ristretto_scalar *out,
                              const atr_ristretto_scalar *a,
                              const atr_ristretto_scalar *b);
/* atr_ristretto_scalar_inv is 1/a; `a` is not 0. */
void atr_ristretto_scalar_inv(atr_ristretto_scalar *out,
                              const atr_ristretto_scalar *a);

/* atr_ristretto_mul is a^k; outputs may be inputs, here and below. The points
 * come from these functions: other bytes give the identity. */
void atr_ristretto_mul(atr_ristretto *out, const atr_ristretto *a,
                       const atr_ristretto_scalar *k);
void atr_ristretto_add(atr_ristretto *out, const atr_ristretto *a,
                       const atr_ristretto *b);
void atr_ristretto_sub(atr_ristretto *out, const atr_ristretto *a,
                       const atr_ristretto *b);

#endif
