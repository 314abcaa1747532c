/* add.c - sums and differences in limbs of 30 bits: curve/wasm30/add.h. */
#include "curve/fp.h"

#ifdef ATR_ENGINE_WASM30

#define N ATR_FP_COUNT
#define MASK ATR_WASM30_MASK
#define UNROLL ATR_WASM30_UNROLL

/* Each step is a sum of two limbs, less one, plus a carry of -1, 0 or 1: in 32
 * bits, with a sign. The last carry is -1 where the number is below 0. */
void atr_fp_add(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    static const uint32_t p[N] = ATR_FP_LIMBS;
    uint32_t t[N];
    int32_t carry = 0;

    UNROLL for (int i = 0; i < N; i++)
    {
        carry += (int32_t)(a->limb[i] + b->limb[i] - p[i]);
        t[i] = (uint32_t)carry & MASK;
        carry >>= 30;
    }
    atr_wasm30_lift(out, t, carry);
}

void atr_fp_sub(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    uint32_t t[N];
    int32_t carry = 0;

    UNROLL for (int i = 0; i < N; i++)
    {
        carry += (int32_t)(a->limb[i] - b->limb[i]);
        t[i] = (uint32_t)carry & MASK;
        carry >>= 30;
    }
    atr_wasm30_lift(out, t, carry);
}

void atr_fp_add_lazy(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    uint32_t sum = 0;

    UNROLL for (int i = 0; i < N; i++)
    {
        sum += a->limb[i] + b->limb[i];
        out->limb[i] = sum & MASK;
        sum >>= 30;
    }
}

void atr_fp_wide_add(atr_fp_wide *out, const atr_fp_wide *a,
                     const atr_fp_wide *b)
{
    UNROLL for (int i = 0; i < 2 * N; i++)
    {
        out->column[i] = a->column[i] + b->column[i];
    }
}

void atr_fp_wide_sub(atr_fp_wide *out, const atr_fp_wide *a,
                     const atr_fp_wide *b)
{
    UNROLL for (int i = 0; i < 2 * N; i++)
    {
        out->column[i] = a->column[i] - b->column[i];
    }
}

#endif
