/* mask.h - secret booleans: all ones or all zero, never a branch. */
#ifndef ATR_MASK_H
#define ATR_MASK_H

#include "base/base.h"

typedef uint64_t atr_mask; /* UINT64_MAX for true, 0 for false */

/* atr_mask_barrier returns `x` and hides from the compiler that it is a
 * mask, so that no branch can be made of it. */
static inline uint64_t atr_mask_barrier(uint64_t x)
{
    __asm__("" : "+r"(x));
    return x;
}

/* atr_mask_from_bit returns the mask of `bit`, which is 0 or 1. */
static inline atr_mask atr_mask_from_bit(uint64_t bit)
{
    return atr_mask_barrier(0 - bit);
}

/* atr_mask_is_zero returns true when `x` is 0. */
static inline atr_mask atr_mask_is_zero(uint64_t x)
{
    return atr_mask_from_bit(1 ^ ((x | (0 - x)) >> 63));
}

static inline atr_mask atr_mask_equal(uint64_t a, uint64_t b)
{
    return atr_mask_is_zero(a ^ b);
}

/* atr_mask_select returns `yes` where `mask` is true and `no` elsewhere. */
static inline uint64_t atr_mask_select(atr_mask mask, uint64_t yes, uint64_t no)
{
    return no ^ (atr_mask_barrier(mask) & (yes ^ no));
}

#endif
