/* fp_mul.c - products mod p in portable C; mulx/fp_mul.c has them for x86-64,
 * wasm30/fp_mul.c for wasm32.
 */
#include "curve/fp.h"

#ifndef ATR_ENGINE_WASM30

static const uint64_t modulus[6] = ATR_FP_LIMBS;

#define UNROLL _Pragma("GCC unroll 12")

/* The columns of a product and of the multiple of p that clears its lower
 * half, summed together (Koc, Acar and Kaliski, 1996, FIPS). `a` may be any
 * six limbs and `b` is below p, or both are below 2 p: the result before the
 * last subtraction stays below 2 p. */
void atr_fp_mul(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    atr_column c = {0, 0, 0};
    uint64_t m[6];
    uint64_t t[6];

    UNROLL for (int k = 0; k < 6; k++)
    {
        UNROLL for (int i = 0; i < k; i++)
        {
            atr_column_mul(&c, a->limb[i], b->limb[k - i]);
            atr_column_mul(&c, m[i], modulus[k - i]);
        }
        atr_column_mul(&c, a->limb[k], b->limb[0]);
        m[k] = c.r0 * ATR_FP_INVERSE;
        atr_column_mul(&c, m[k], modulus[0]);
        (void)atr_column_next(&c);
    }
    UNROLL for (int k = 6; k < 11; k++)
    {
        UNROLL for (int i = k - 5; i < 6; i++)
        {
            atr_column_mul(&c, a->limb[i], b->limb[k - i]);
            atr_column_mul(&c, m[i], modulus[k - i]);
        }
        t[k - 6] = atr_column_next(&c);
    }
    t[5] = c.r0;
    atr_fp_reduce_once(out, t);
}

void atr_fp_mul_wide(atr_fp_wide *out, const atr_fp *a, const atr_fp *b)
{
    atr_column c = {0, 0, 0};

    UNROLL for (int k = 0; k < 11; k++)
    {
        UNROLL for (int i = k < 6 ? 0 : k - 5; i <= (k < 6 ? k : 5); i++)
        {
            atr_column_mul(&c, a->limb[i], b->limb[k - i]);
        }
        out->limb[k] = atr_column_next(&c);
    }
    out->limb[11] = c.r0;
}

/* With p 2^384 added below 0 the result before the last subtraction stays
 * below 2 p. */
void atr_fp_reduce(atr_fp *out, const atr_fp_wide *a)
{
    uint64_t below = atr_mask_barrier(0 - (a->limb[11] >> 63));
    atr_column c = {0, 0, 0};
    atr_carry carry = 0;
    uint64_t m[6];
    uint64_t t[6];

    UNROLL for (int k = 0; k < 6; k++)
    {
        atr_column_add(&c, a->limb[k], 0);
        UNROLL for (int i = 0; i < k; i++)
        {
            atr_column_mul(&c, m[i], modulus[k - i]);
        }
        m[k] = c.r0 * ATR_FP_INVERSE;
        atr_column_mul(&c, m[k], modulus[0]);
        (void)atr_column_next(&c);
    }
    UNROLL for (int k = 6; k < 12; k++)
    {
        uint64_t lift = modulus[k - 6] & below;

        atr_column_add(&c, atr_limb_add(a->limb[k], lift, &carry), 0);
        UNROLL for (int i = k - 5; i < 6; i++)
        {
            atr_column_mul(&c, m[i], modulus[k - i]);
        }
        t[k - 6] = atr_column_next(&c);
    }
    atr_fp_reduce_once(out, t);
}

/* Each column: its products of different limbs twice, and a square. */
static inline void sqr_wide(atr_fp_wide *out, const atr_fp *a)
{
    atr_column c = {0, 0, 0};

    UNROLL for (int k = 0; k < 11; k++)
    {
        atr_column twice = {0, 0, 0};
        atr_carry carry = 0;

        UNROLL for (int i = k < 6 ? 0 : k - 5; 2 * i < k; i++)
        {
            atr_column_mul(&twice, a->limb[i], a->limb[k - i]);
        }
        atr_column_double(&twice);
        if (k % 2 == 0) {
            atr_column_mul(&twice, a->limb[k / 2], a->limb[k / 2]);
        }
        c.r0 = atr_limb_add(c.r0, twice.r0, &carry);
        c.r1 = atr_limb_add(c.r1, twice.r1, &carry);
        c.r2 = atr_limb_add(c.r2, twice.r2, &carry);
        out->limb[k] = atr_column_next(&c);
    }
    out->limb[11] = c.r0;
}

void atr_fp_sqr(atr_fp *out, const atr_fp *a)
{
    atr_fp_wide t;

    sqr_wide(&t, a);
    atr_fp_reduce(out, &t);
}

void atr_fp_two_products(atr_fp *out, const atr_fp *a, const atr_fp *b,
                         const atr_fp *c, const atr_fp *d, bool minus)
{
    atr_fp_wide s;
    atr_fp_wide t;

    atr_fp_mul_wide(&s, a, b);
    atr_fp_mul_wide(&t, c, d);
    if (minus) {
        atr_fp_wide_sub(&s, &s, &t);
    } else {
        atr_fp_wide_add(&s, &s, &t);
    }
    atr_fp_reduce(out, &s);
}

#endif
