#include "curve/names.h"

#include "curve/g2.h"

#include "curve/constants.h"
#include "curve/scalar.h"

#define ROOM(name) atr_g2_##name
#define FIELD(name) atr_fp2_##name
#define POINT atr_g2
#define AFFINE atr_g2_affine
#define TABLE atr_g2_table
#define TABLE_ROWS ATR_G2_TABLE_ROWS
#define TABLE_COLS ATR_G2_TABLE_COLS
#define ELEMENT atr_fp2
#define STREAMS 4
#define STREAM_BITS 64
#define WINDOW_BITS 4
#define WINDOW_ROWS 8

static const atr_fp2 field_one = {ATR_FP_ONE, {{0}}};

static void triple(atr_fp2 *out, const atr_fp2 *a)
{
    atr_fp2 t;

    atr_fp2_dbl(&t, a);
    atr_fp2_add(out, &t, a);
}

/* 3b = 12 (1 + u) */
static void mul_3b(atr_fp2 *out, const atr_fp2 *a)
{
    triple(out, a);
    atr_fp2_dbl(out, out);
    atr_fp2_dbl(out, out);
    atr_fp2_mul_xi(out, out);
}

/* x^3 + 4 (1 + u) */
static void curve_value(atr_fp2 *out, const atr_fp2 *x)
{
    atr_fp2 b;
    atr_fp2 t;

    atr_fp2_dbl(&b, &field_one);
    atr_fp2_dbl(&b, &b);
    atr_fp2_mul_xi(&b, &b);
    atr_fp2_sqr(&t, x);
    atr_fp2_mul(&t, &t, x);
    atr_fp2_add(out, &t, &b);
}

static void split(uint64_t digits[4][1], const atr_fr *k)
{
    atr_scalar_split(&digits[0][0], k);
}

/* psi (Galbraith and Scott, PAIRING 2008): untwist, Frobenius, twist. */
static void psi(atr_g2 *out, const atr_g2 *a)
{
    atr_fp2_conj(&out->x, &a->x);
    atr_fp2_conj(&out->y, &a->y);
    atr_fp2_conj(&out->z, &a->z);
    atr_fp2_mul(&out->x, &out->x, &atr_fp2_psi_x);
    atr_fp2_mul(&out->y, &out->y, &atr_fp2_psi_y);
}

/* |x| times a point of G2 is -psi of it. */
static void endomorphism(atr_g2 *out, const atr_g2 *a)
{
    psi(out, a);
    atr_fp2_neg(&out->y, &out->y);
}

#include "curve/group.inc"
#include "curve/group_mul.inc"
#include "curve/group_vartime.inc"

/* Scott, ePrint 2021/1130, section 4: psi(P) = x P. */
bool atr_g2_in_subgroup_vartime(const atr_g2_affine *a)
{
    atr_g2 p;
    atr_g2 fast;
    atr_g2 slow;

    atr_g2_from_affine(&p, a);
    endomorphism(&fast, &p);
    mul_x(&slow, &p);
    return atr_g2_equal(&fast, &slow) != 0;
}

/* Budroni and Pintore, ePrint 2017/419 (RFC 9380, G.3):
 * [x^2 - x - 1] P + [x - 1] psi(P) + psi(psi(2 P)). With m = |x| that is
 * m (m P + P - psi(P)) - P - psi(P) + psi(psi(2 P)). */
void atr_g2_clear_cofactor(atr_g2 *out, const atr_g2 *a)
{
    atr_g2 p;
    atr_g2 t;
    atr_g2 minus_both; /* -P - psi(P) */
    atr_g2 minus_psi;
    atr_g2 twice;

    settle(&p, a);
    endomorphism(&minus_psi, &p);
    atr_g2_neg(&minus_both, &p);
    add(&minus_both, &minus_both, &minus_psi);
    atr_g2_dbl(&twice, &p);
    psi(&twice, &twice);
    psi(&twice, &twice);
    mul_x(&t, &p);
    add(&t, &t, &p);
    add(&t, &t, &minus_psi);
    mul_x(&t, &t);
    add(&t, &t, &minus_both);
    add(out, &t, &twice);
}
