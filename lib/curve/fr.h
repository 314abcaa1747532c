/* fr.h - the scalar field of BLS12-381: integers mod the group order r.
 *
 * Everything here runs in constant time unless its name says _vartime.
 */
#ifndef ATR_FR_H
#define ATR_FR_H

#include "base/base.h"
#include "base/mask.h"
#include "base/rng.h"

#define ATR_FR_BYTES 32
#define ATR_FR_WIDE_BYTES 48

typedef struct {
    uint64_t limb[4]; /* Montgomery form, below r */
} atr_fr;

atr_fr atr_fr_of(uint64_t value);
void atr_fr_add(atr_fr *out, const atr_fr *a, const atr_fr *b);
void atr_fr_sub(atr_fr *out, const atr_fr *a, const atr_fr *b);
void atr_fr_neg(atr_fr *out, const atr_fr *a);
void atr_fr_mul(atr_fr *out, const atr_fr *a, const atr_fr *b);
void atr_fr_sqr(atr_fr *out, const atr_fr *a);
/* atr_fr_inv of 0 is 0. */
void atr_fr_inv(atr_fr *out, const atr_fr *a);
atr_mask atr_fr_is_zero(const atr_fr *a);
atr_mask atr_fr_equal(const atr_fr *a, const atr_fr *b);

/* atr_fr_select is `yes` where `mask` is true and `no` elsewhere. */
void atr_fr_select(atr_fr *out, atr_mask mask, const atr_fr *yes,
                   const atr_fr *no);

/* atr_fr_limbs leaves Montgomery form: the integer below r, lowest limb
 * first. */
void atr_fr_limbs(uint64_t out[4], const atr_fr *a);

/* atr_fr_eval evaluates the polynomial of `count` coefficients, lowest first,
 * at the small public point `x`. */
void atr_fr_eval(atr_fr *out, const atr_fr *poly, size_t count, uint64_t x);

/* 32 bytes, big-endian. Reading refuses r and above with ATR_ERR_INPUT. */
ATR_MUST_USE atr_err atr_fr_read(atr_fr *out, const uint8_t in[ATR_FR_BYTES]);
void atr_fr_write(uint8_t out[ATR_FR_BYTES], const atr_fr *a);

/* atr_fr_reduce takes 48 bytes, big-endian, mod r: the last step of
 * hash_to_field (RFC 9380, 5.2) and of every random scalar. */
void atr_fr_reduce(atr_fr *out, const uint8_t in[ATR_FR_WIDE_BYTES]);

/* atr_fr_random is uniform in 1 .. r-1 (0 is drawn again). */
void atr_fr_random(atr_fr *out, atr_rng *rng);

/* atr_fr_weight is a + b x^2, x being the curve parameter, for uniform a and b
 * below 2^64: one of 2^128 different numbers, for random combinations of
 * equations. A power by it takes half the time of a full one, since powers by
 * x^2 are cheap in G1 and in G2. */
void atr_fr_weight(atr_fr *out, atr_rng *rng);

/* atr_fr_hash is hash_to_field (RFC 9380, 5.2) for one scalar. */
void atr_fr_hash(atr_fr *out, atr_bytes dst, atr_bytes message);

#endif
