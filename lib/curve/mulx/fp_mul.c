/* fp_mul.c - products mod p with mulx, adcx and adox: curve/mulx/kernel.h. */
#define ATR_ENGINE_MULX
#include "curve/names.h"

#ifdef ATR_HAVE_MULX
#include "curve/fp.h"
#include "curve/mulx/kernel.h"

const uint64_t atr_mulx_modulus[7] = {
    ATR_FP_MODULUS0, ATR_FP_MODULUS1, ATR_FP_MODULUS2, ATR_FP_MODULUS3,
    ATR_FP_MODULUS4, ATR_FP_MODULUS5, ATR_FP_INVERSE};

void atr_fp_mul(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    atr_mulx_mul(out, a->limb, b->limb);
}

void atr_fp_sqr(atr_fp *out, const atr_fp *a)
{
    atr_mulx_mul(out, a->limb, a->limb);
}

void atr_fp_mul_wide(atr_fp_wide *out, const atr_fp *a, const atr_fp *b)
{
    atr_mulx_product(out->limb, a->limb, b->limb);
}

void atr_fp_reduce(atr_fp *out, const atr_fp_wide *a)
{
    atr_mulx_reduce_signed(out, a->limb);
}

/* a b + c d, or a b + c (p - d), in one sum. */
void atr_fp_two_products(atr_fp *out, const atr_fp *a, const atr_fp *b,
                         const atr_fp *c, const atr_fp *d, bool minus)
{
    const atr_fp x[2] = {*a, *c};
    atr_fp y[2] = {*b, *d};

    if (minus) {
        atr_mulx_opposite(&y[1], d);
    }
    atr_mulx_two(out, x, y);
}
#endif
