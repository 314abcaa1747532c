/* limb.h - arithmetic on 64-bit limbs with carry, for the two fields. */
#ifndef ATR_LIMB_H
#define ATR_LIMB_H

#include "base/base.h"
#include "base/mask.h"

__extension__ typedef unsigned __int128 atr_u128;

/* A carry or borrow, 0 or 1. The compilers see chains of carries only through
 * builtins of their own, without which an addition takes three times as long;
 * the plain form below them means the same. */
#if defined(__clang__)
typedef unsigned long long atr_carry;
#elif defined(__x86_64__)
typedef unsigned char atr_carry;
#else
typedef uint64_t atr_carry;
#endif

/* atr_limb_add returns a + b + *carry and leaves the carry. */
static inline uint64_t atr_limb_add(uint64_t a, uint64_t b, atr_carry *carry)
{
#if defined(__clang__)
    return __builtin_addcll(a, b, *carry, carry);
#elif defined(__x86_64__)
    unsigned long long sum;

    *carry = __builtin_ia32_addcarryx_u64(*carry, a, b, &sum);
    return sum;
#else
    atr_u128 sum = (atr_u128)a + b + *carry;

    *carry = (uint64_t)(sum >> 64);
    return (uint64_t)sum;
#endif
}

/* atr_limb_sub returns a - b - *borrow and leaves the borrow. */
static inline uint64_t atr_limb_sub(uint64_t a, uint64_t b, atr_carry *borrow)
{
#if defined(__clang__)
    return __builtin_subcll(a, b, *borrow, borrow);
#elif defined(__x86_64__)
    unsigned long long difference;

    *borrow = __builtin_ia32_sbb_u64(*borrow, a, b, &difference);
    return difference;
#else
    atr_u128 difference = (atr_u128)a - b - *borrow;

    *borrow = (uint64_t)(difference >> 64) & 1;
    return (uint64_t)difference;
#endif
}

/* Three limbs that sum up a column of products, lowest first. */
typedef struct {
    uint64_t r0, r1, r2;
} atr_column;

static inline void atr_column_add(atr_column *c, uint64_t low, uint64_t high)
{
    atr_carry carry = 0;

    c->r0 = atr_limb_add(c->r0, low, &carry);
    c->r1 = atr_limb_add(c->r1, high, &carry);
    c->r2 = atr_limb_add(c->r2, 0, &carry);
}

static inline void atr_column_mul(atr_column *c, uint64_t a, uint64_t b)
{
    atr_u128 product = (atr_u128)a * b;

    atr_column_add(c, (uint64_t)product, (uint64_t)(product >> 64));
}

static inline void atr_column_double(atr_column *c)
{
    atr_carry carry = 0;

    c->r0 = atr_limb_add(c->r0, c->r0, &carry);
    c->r1 = atr_limb_add(c->r1, c->r1, &carry);
    c->r2 = atr_limb_add(c->r2, c->r2, &carry);
}

/* atr_column_next returns the lowest limb and moves to the next column. */
static inline uint64_t atr_column_next(atr_column *c)
{
    uint64_t out = c->r0;

    c->r0 = c->r1;
    c->r1 = c->r2;
    c->r2 = 0;
    return out;
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
