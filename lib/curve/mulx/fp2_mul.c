/* fp2_mul.c - products in Fp2 with mulx, adcx and adox: curve/mulx/kernel.h.
 */
#define ATR_ENGINE_MULX
#include "curve/names.h"

#ifdef ATR_HAVE_MULX
#include "curve/fp2.h"
#include "curve/mulx/kernel.h"

/* Karatsuba, as in curve/fp2_mul.c. */
void atr_fp2_mul_wide(atr_fp2_wide *out, const atr_fp2 *a, const atr_fp2 *b)
{
    atr_fp_wide low;
    atr_fp_wide high;
    atr_fp s;
    atr_fp t;

    atr_fp_add_lazy(&s, &a->c0, &a->c1);
    atr_fp_add_lazy(&t, &b->c0, &b->c1);
    atr_mulx_product(low.limb, a->c0.limb, b->c0.limb);
    atr_mulx_product(high.limb, a->c1.limb, b->c1.limb);
    atr_mulx_product(out->c1.limb, s.limb, t.limb);
    atr_fp_wide_sub_sub(&out->c1, &out->c1, &low, &high);
    atr_fp_wide_sub(&out->c0, &low, &high);
}

/* (a0 + a1)(a0 - a1 mod p) and 2 a0 a1. */
void atr_fp2_sqr_wide(atr_fp2_wide *out, const atr_fp2 *a)
{
    atr_fp s;
    atr_fp d;
    atr_fp t;

    atr_fp_add_lazy(&s, &a->c0, &a->c1);
    atr_fp_sub(&d, &a->c0, &a->c1);
    atr_fp_add_lazy(&t, &a->c0, &a->c0);
    atr_mulx_product(out->c0.limb, s.limb, d.limb);
    atr_mulx_product(out->c1.limb, t.limb, a->c1.limb);
}

void atr_fp2_reduce(atr_fp2 *out, const atr_fp2_wide *a)
{
    atr_mulx_reduce_signed(&out->c0, a->c0.limb);
    atr_mulx_reduce_signed(&out->c1, a->c1.limb);
}

void atr_fp2_mul(atr_fp2 *out, const atr_fp2 *a, const atr_fp2 *b)
{
    atr_fp2_wide t;

    atr_fp2_mul_wide(&t, a, b);
    atr_mulx_reduce_signed(&out->c0, t.c0.limb);
    atr_mulx_reduce(&out->c1, t.c1.limb, t.c1.limb + 6); /* not below 0 */
}

void atr_fp2_sqr(atr_fp2 *out, const atr_fp2 *a)
{
    atr_fp s;
    atr_fp d;
    atr_fp t;

    atr_fp_add_lazy(&s, &a->c0, &a->c1);
    atr_fp_sub(&d, &a->c0, &a->c1);
    atr_fp_add_lazy(&t, &a->c0, &a->c0);
    atr_mulx_mul(&out->c1, t.limb, a->c1.limb);
    atr_mulx_mul(&out->c0, s.limb, d.limb);
}
#endif
