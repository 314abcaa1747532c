#include "curve/names.h"

#include "curve/g1.h"

#include "curve/constants.h"
#include "curve/scalar.h"

#define ROOM(name) atr_g1_##name
#define FIELD(name) atr_fp_##name
#define POINT atr_g1
#define AFFINE atr_g1_affine
#define TABLE atr_g1_table
#define TABLE_ROWS ATR_G1_TABLE_ROWS
#define TABLE_COLS ATR_G1_TABLE_COLS
#define ELEMENT atr_fp
#define STREAMS 2
#define STREAM_BITS 128
#define WINDOW_BITS 5
#define WINDOW_ROWS 16

static const atr_fp field_one = ATR_FP_ONE;

static void triple(atr_fp *out, const atr_fp *a)
{
    atr_fp t;

    atr_fp_dbl(&t, a);
    atr_fp_add(out, &t, a);
}

/* 3b = 12 */
static void mul_3b(atr_fp *out, const atr_fp *a)
{
    triple(out, a);
    atr_fp_dbl(out, out);
    atr_fp_dbl(out, out);
}

/* x^3 + 4 */
static void curve_value(atr_fp *out, const atr_fp *x)
{
    atr_fp four;
    atr_fp t;

    atr_fp_dbl(&four, &field_one);
    atr_fp_dbl(&four, &four);
    atr_fp_sqr(&t, x);
    atr_fp_mul(&t, &t, x);
    atr_fp_add(out, &t, &four);
}

/* k = k0 + k1 x^2, both below 2^128: d0 + d1 |x| and d2 + d3 |x|. */
static void split(uint64_t digits[2][2], const atr_fr *k)
{
    uint64_t d[4];

    atr_scalar_split(d, k);
    for (int i = 0; i < 2; i++) {
        uint64_t carry = 0;

        digits[i][0] =
            atr_limb_mul_add(d[2 * i + 1], ATR_CURVE_X, d[2 * i], &carry);
        digits[i][1] = carry;
    }
    atr_wipe(d, sizeof d);
}

/* x^2 times a point of G1 is (beta x, -y). */
static void endomorphism(atr_g1 *out, const atr_g1 *a)
{
    atr_fp_mul(&out->x, &a->x, &atr_fp_beta);
    atr_fp_neg(&out->y, &a->y);
    out->z = a->z;
}

#include "curve/group.inc"
#include "curve/group_mul.inc"
#include "curve/group_vartime.inc"

/* Scott, ePrint 2021/1130, section 5: (beta x, y) = -x^2 (x, y). */
bool atr_g1_in_subgroup_vartime(const atr_g1_affine *a)
{
    atr_g1 p;
    atr_g1 fast;
    atr_g1 slow;

    atr_g1_from_affine(&p, a);
    endomorphism(&fast, &p);
    mul_x(&slow, &p);
    mul_x(&slow, &slow);
    return atr_g1_equal(&fast, &slow) != 0;
}

/* h_eff = 1 - x (RFC 9380, 8.8.1). */
void atr_g1_clear_cofactor(atr_g1 *out, const atr_g1 *a)
{
    atr_g1 p;
    atr_g1 t;

    settle(&p, a);
    mul_x(&t, &p);
    add(out, &t, &p);
}
