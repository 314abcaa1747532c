#include "curve/names.h"

#include "curve/g1.h"

#define ROOM(name) atr_g1_##name
#define FIELD(name) atr_fp_##name
#define AFFINE atr_g1_affine
#define ELEMENT atr_fp
#define BYTES ATR_G1_BYTES
#define WIDE_BYTES ATR_G1_WIDE_BYTES

static void curve_value(atr_fp *out, const atr_fp *x)
{
    const atr_fp four = atr_fp_of(4);
    atr_fp t;

    atr_fp_sqr(&t, x);
    atr_fp_mul(&t, &t, x);
    atr_fp_add(out, &t, &four);
}

#include "curve/encoding.inc"

atr_err atr_g1_read_curve(atr_g1_affine *out, const uint8_t in[ATR_G1_BYTES])
{
    atr_err err = read_curve(out, in);

    return err == ATR_OK && atr_g1_affine_is_identity_vartime(out)
               ? ATR_ERR_INPUT
               : err;
}
