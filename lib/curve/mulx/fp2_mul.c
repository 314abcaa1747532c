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
    atr_fp_wide part[3];
    atr_fp s;
    atr_fp t;

    atr_fp_add_lazy(&s, &a->c0, &a->c1);
    atr_fp_add_lazy(&t, &b->c0, &b->c1);
    atr_mulx_product(part[0].limb, a->c0.limb, b->c0.limb);
    atr_mulx_product(part[1].limb, a->c1.limb, b->c1.limb);
    atr_mulx_product(part[2].limb, s.limb, t.limb);
    atr_mulx_middle(out->c1.limb, part);
    atr_fp_wide_sub(&out->c0, &part[0], &part[1]);
}

/* (a0 + a1)(a0 - a1) and 2 a0 a1. */
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
    atr_mulx_reduce(&out->c0, a->c0.limb);
    atr_mulx_reduce(&out->c1, a->c1.limb);
}

void atr_fp2_mul(atr_fp2 *out, const atr_fp2 *a, const atr_fp2 *b)
{
    atr_fp2_wide t;

    atr_fp2_mul_wide(&t, a, b);
    atr_fp2_reduce(out, &t);
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
