#include "curve/names.h"

#include "curve/g2.h"

#define ROOM(name) atr_g2_##name
#define FIELD(name) atr_fp2_##name
#define AFFINE atr_g2_affine
#define ELEMENT atr_fp2
#define BYTES ATR_G2_BYTES
#define WIDE_BYTES ATR_G2_WIDE_BYTES

static void curve_value(atr_fp2 *out, const atr_fp2 *x)
{
    const atr_fp four = atr_fp_of(4);
    const atr_fp2 b = {four, four};
    atr_fp2 t;

    atr_fp2_sqr(&t, x);
    atr_fp2_mul(&t, &t, x);
    atr_fp2_add(out, &t, &b);
}

#include "curve/encoding.inc"
