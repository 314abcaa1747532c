/* limb.h - arithmetic on 64-bit limbs with carry, for the two fields. */
#ifndef ATR_LIMB_H
#define ATR_LIMB_H

#include "base/base.h"
#include "base/mask.h"

__extension__ typedef unsigned __int128 atr_u128;

/* atr_limb_add returns a + b + *carry and leaves the carry, 0 or 1. */
static inline uint64_t atr_limb_add(uint64_t a, uint64_t b, uint64_t *carry)
{
    atr_u128 sum = (atr_u128)a + b + *carry;

    *carry = (uint64_t)(sum >> 64);
    return (uint64_t)sum;
}

/* atr_limb_sub returns a - b - *borrow and leaves the borrow, 0 or 1. */
static inline uint64_t atr_limb_sub(uint64_t a, uint64_t b, uint64_t *borrow)
{
    atr_u128 difference = (atr_u128)a - b - *borrow;

    *borrow = (uint64_t)(difference >> 64) & 1;
    return (uint64_t)difference;
}

/* atr_limb_mul_add returns the low half of a b + c + *carry and leaves the
 * high half: it cannot overflow. */
static inline uint64_t atr_limb_mul_add(uint64_t a, uint64_t b, uint64_t c,
                                        uint64_t *carry)
{
    atr_u128 sum = (atr_u128)a * b + c + *carry;

    *carry = (uint64_t)(sum >> 64);
    return (uint64_t)sum;
}

/* atr_limb_read is 8 bytes, big-endian. */
static inline uint64_t atr_limb_read(const uint8_t in[8])
{
    uint64_t out = 0;

    for (int i = 0; i < 8; i++) {
        out = out << 8 | in[i];
    }
    return out;
}

static inline void atr_limb_write(uint8_t out[8], uint64_t a)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(a >> (56 - 8 * i));
    }
}

#endif
