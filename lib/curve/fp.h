/* fp.h - the base field of BLS12-381: integers mod p, 381 bits.
 *
 * There are two representations: six limbs of 64 bits, with R = 2^384, and for
 * wasm32 thirteen of 30 bits, with R = 2^390. A program has one of them; only
 * bytes go from one to the other.
 *
 * Everything here runs in constant time unless its name says _vartime. The
 * outputs may be the inputs. `atr_fp_wide` holds a sum of products that is
 * reduced only when it is whole (Aranha et al., EUROCRYPT 2011, section 3). It
 * is an integer with a sign, and its sums are plain: with six limbs in two's
 * complement, which on the way may wrap mod 2^768. What is reduced must be
 * between -9.8 p^2 and 9.8 p^2, which are -p 2^384 and p 2^384 and less than
 * what thirteen limbs allow (curve/wasm30/add.h).
 */
#ifndef ATR_FP_H
#define ATR_FP_H

#include "base/base.h"
#include "base/mask.h"
#include "curve/limb.h"
#include "curve/modulus.h"

#if defined(__wasm__) && !defined(ATR_NO_WASM30)
#define ATR_ENGINE_WASM30
#endif

#define ATR_FP_BYTES 48
#define ATR_FP_WIDE_BYTES 64
#define ATR_FP_WORDS 6 /* of 64 bits hold a number */

#define ATR_FP_MODULUS                                                         \
    {                                                                          \
        ATR_FP_MODULUS0, ATR_FP_MODULUS1, ATR_FP_MODULUS2, ATR_FP_MODULUS3,    \
            ATR_FP_MODULUS4, ATR_FP_MODULUS5                                   \
    }

#ifdef ATR_ENGINE_WASM30
#include "curve/wasm30/modulus.h"

#define ATR_FP_COUNT 13

typedef struct {
    uint32_t limb[ATR_FP_COUNT]; /* of 30 bits; Montgomery form, below p */
} atr_fp;

typedef struct {
    int64_t column[2 * ATR_FP_COUNT]; /* curve/wasm30/add.h */
} atr_fp_wide;
#else
#define ATR_FP_COUNT ATR_FP_WORDS

typedef struct {
    uint64_t limb[ATR_FP_COUNT]; /* Montgomery form, below p */
} atr_fp;

typedef struct {
    uint64_t limb[2 * ATR_FP_COUNT]; /* two's complement */
} atr_fp_wide;

#define ATR_FP_LIMBS ATR_FP_MODULUS
#define ATR_FP_ONE                                                             \
    {                                                                          \
        {                                                                      \
            ATR_FP_ONE0, ATR_FP_ONE1, ATR_FP_ONE2, ATR_FP_ONE3, ATR_FP_ONE4,   \
                ATR_FP_ONE5                                                    \
        }                                                                      \
    }
#define ATR_FP_R2                                                              \
    {                                                                          \
        {                                                                      \
            ATR_FP_R20, ATR_FP_R21, ATR_FP_R22, ATR_FP_R23, ATR_FP_R24,        \
                ATR_FP_R25                                                     \
        }                                                                      \
    }
#define ATR_FP_R3                                                              \
    {                                                                          \
        {                                                                      \
            ATR_FP_R30, ATR_FP_R31, ATR_FP_R32, ATR_FP_R33, ATR_FP_R34,        \
                ATR_FP_R35                                                     \
        }                                                                      \
    }
#define ATR_FP_HIGH ATR_FP_R3
#endif

atr_fp atr_fp_of(uint64_t value);
void atr_fp_mul(atr_fp *out, const atr_fp *a, const atr_fp *b);
void atr_fp_sqr(atr_fp *out, const atr_fp *a);

/* atr_fp_mul_wide is the product of two numbers below 8 p, or of one and any
 * limbs. */
void atr_fp_mul_wide(atr_fp_wide *out, const atr_fp *a, const atr_fp *b);
/* atr_fp_reduce divides by R mod p. */
void atr_fp_reduce(atr_fp *out, const atr_fp_wide *a);
/* atr_fp_two_products is a b + c d, or a b - c d, reduced once. */
void atr_fp_two_products(atr_fp *out, const atr_fp *a, const atr_fp *b,
                         const atr_fp *c, const atr_fp *d, bool minus);

/* atr_fp_inv of 0 is 0. */
void atr_fp_inv(atr_fp *out, const atr_fp *a);
/* atr_fp_inv_many inverts `count` elements in place, none of them 0, with
 * one inversion; `spare` holds `count` elements. */
void atr_fp_inv_many(atr_fp *all, atr_fp *spare, size_t count);

/* atr_fp_pow_root is a^((p-3)/4), from which come square roots. */
void atr_fp_pow_root(atr_fp *out, const atr_fp *a);
/* atr_fp_is_cube tells whether a is the cube of something other than 0. */
atr_mask atr_fp_is_cube(const atr_fp *a);
/* atr_fp_sqrt is a^((p+1)/4): a square root of `a` if there is one, which the
 * mask tells, or else of -a. */
atr_mask atr_fp_sqrt(atr_fp *out, const atr_fp *a);

atr_mask atr_fp_is_zero(const atr_fp *a);
atr_mask atr_fp_equal(const atr_fp *a, const atr_fp *b);
/* atr_fp_is_high tells whether the number is above (p-1)/2. */
atr_mask atr_fp_is_high(const atr_fp *a);
/* atr_fp_is_odd is sgn0 of RFC 9380, 4.1. */
atr_mask atr_fp_is_odd(const atr_fp *a);

/* 48 bytes, big-endian. Reading refuses p and above with ATR_ERR_INPUT. */
ATR_MUST_USE atr_err atr_fp_read(atr_fp *out, const uint8_t in[ATR_FP_BYTES]);
void atr_fp_write(uint8_t out[ATR_FP_BYTES], const atr_fp *a);
/* atr_fp_read_wide takes 64 bytes, big-endian, mod p (RFC 9380, 5.2). */
void atr_fp_read_wide(atr_fp *out, const uint8_t in[ATR_FP_WIDE_BYTES]);

#ifdef ATR_ENGINE_WASM30
#include "curve/wasm30/add.h"
#else
static inline void atr_fp_select(atr_fp *out, atr_mask mask, const atr_fp *yes,
                                 const atr_fp *no)
{
    for (int i = 0; i < 6; i++) {
        out->limb[i] = atr_mask_select(mask, yes->limb[i], no->limb[i]);
    }
}

/* atr_fp_words are the limbs, lowest first, and atr_fp_of_words takes them:
 * no number leaves Montgomery form or enters it. */
static inline void atr_fp_words(uint64_t out[ATR_FP_WORDS], const atr_fp *a)
{
    memcpy(out, a->limb, sizeof a->limb);
}

static inline void atr_fp_of_words(atr_fp *out, const uint64_t in[ATR_FP_WORDS])
{
    memcpy(out->limb, in, sizeof out->limb);
}

/* atr_fp_reduce_once takes a number below 2 p. */
static inline void atr_fp_reduce_once(atr_fp *out, const uint64_t a[6])
{
    static const uint64_t p[6] = ATR_FP_LIMBS;
    atr_carry borrow = 0;
    uint64_t t[6];
    uint64_t below;

    for (int i = 0; i < 6; i++) {
        t[i] = atr_limb_sub(a[i], p[i], &borrow);
    }
    below = 0 - (uint64_t)borrow;
    for (int i = 0; i < 6; i++) {
        out->limb[i] = atr_mask_select(below, a[i], t[i]);
    }
}

#ifdef ATR_ENGINE_MULX
#include "curve/mulx/add.h"
#else
/* The sum of six limbs without reduction: below 2 p for reduced inputs. */
static inline void atr_fp_add_lazy(atr_fp *out, const atr_fp *a,
                                   const atr_fp *b)
{
    atr_carry carry = 0;

    for (int i = 0; i < 6; i++) {
        out->limb[i] = atr_limb_add(a->limb[i], b->limb[i], &carry);
    }
}

static inline void atr_fp_add(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    atr_fp t;

    atr_fp_add_lazy(&t, a, b);
    atr_fp_reduce_once(out, t.limb);
}

static inline void atr_fp_sub(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    static const uint64_t p[6] = ATR_FP_LIMBS;
    atr_carry borrow = 0;
    atr_carry carry = 0;
    uint64_t negative;
    uint64_t t[6];

    for (int i = 0; i < 6; i++) {
        t[i] = atr_limb_sub(a->limb[i], b->limb[i], &borrow);
    }
    negative = atr_mask_barrier(0 - (uint64_t)borrow);
    for (int i = 0; i < 6; i++) {
        out->limb[i] = atr_limb_add(t[i], p[i] & negative, &carry);
    }
}

static inline void atr_fp_wide_add(atr_fp_wide *out, const atr_fp_wide *a,
                                   const atr_fp_wide *b)
{
    atr_carry carry = 0;

    for (int i = 0; i < 12; i++) {
        out->limb[i] = atr_limb_add(a->limb[i], b->limb[i], &carry);
    }
}

static inline void atr_fp_wide_sub(atr_fp_wide *out, const atr_fp_wide *a,
                                   const atr_fp_wide *b)
{
    atr_carry borrow = 0;

    for (int i = 0; i < 12; i++) {
        out->limb[i] = atr_limb_sub(a->limb[i], b->limb[i], &borrow);
    }
}
#endif

/* atr_fp_wide_fold takes a number up to twice as large to one that may be
 * reduced: it adds p 2^384 below 0 and subtracts it elsewhere. */
static inline void atr_fp_wide_fold(atr_fp_wide *a)
{
    static const uint64_t p[6] = ATR_FP_LIMBS;
    uint64_t minus = atr_mask_barrier((a->limb[11] >> 63) - 1);
    atr_carry carry = (atr_carry)(minus & 1);

    for (int i = 0; i < 6; i++) {
        a->limb[6 + i] = atr_limb_add(a->limb[6 + i], p[i] ^ minus, &carry);
    }
}

/* atr_fp_half is a / 2. */
static inline void atr_fp_half(atr_fp *out, const atr_fp *a)
{
    static const uint64_t p[6] = ATR_FP_LIMBS;
    uint64_t odd = atr_mask_barrier(0 - (a->limb[0] & 1));
    atr_carry carry = 0;
    uint64_t t[6];

    for (int i = 0; i < 6; i++) {
        t[i] = atr_limb_add(a->limb[i], p[i] & odd, &carry);
    }
    for (int i = 0; i < 5; i++) {
        out->limb[i] = t[i] >> 1 | t[i + 1] << 63;
    }
    out->limb[5] = t[5] >> 1;
}
#endif

#ifndef ATR_ENGINE_MULX
/* Three at once save loads and stores: a + b + c, a + b - c, a - b - c. */
static inline void atr_fp_wide_add_add(atr_fp_wide *out, const atr_fp_wide *a,
                                       const atr_fp_wide *b,
                                       const atr_fp_wide *c)
{
    atr_fp_wide_add(out, a, b);
    atr_fp_wide_add(out, out, c);
}

static inline void atr_fp_wide_add_sub(atr_fp_wide *out, const atr_fp_wide *a,
                                       const atr_fp_wide *b,
                                       const atr_fp_wide *c)
{
    atr_fp_wide_add(out, a, b);
    atr_fp_wide_sub(out, out, c);
}

static inline void atr_fp_wide_sub_sub(atr_fp_wide *out, const atr_fp_wide *a,
                                       const atr_fp_wide *b,
                                       const atr_fp_wide *c)
{
    atr_fp_wide_sub(out, a, b);
    atr_fp_wide_sub(out, out, c);
}
#endif

static inline void atr_fp_dbl(atr_fp *out, const atr_fp *a)
{
    atr_fp_add(out, a, a);
}

static inline void atr_fp_neg(atr_fp *out, const atr_fp *a)
{
    const atr_fp zero = {{0}};

    atr_fp_sub(out, &zero, a);
}

#endif
