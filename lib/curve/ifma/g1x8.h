/* g1x8.h - eight points of G1 at once, in projective coordinates.
 *
 * The complete formulas of Renes, Costello and Batina (EUROCRYPT 2016),
 * algorithms 7, 8 and 9, as in group.inc: no input is an exception, so lanes
 * never differ in what they do. Coordinates of a result are below 2 p; those
 * of an input may be differences (fp8.h). The outputs may be the inputs.
 */
#ifndef ATR_IFMA_G1X8_H
#define ATR_IFMA_G1X8_H

#include "curve/g1.h"
#include "curve/ifma/fp8.h"

typedef struct {
    atr_fp8 x, y, z;
} atr_g1x8;

void atr_g1x8_identity(atr_g1x8 *out);
void atr_g1x8_dbl(atr_g1x8 *out, const atr_g1x8 *a);
/* atr_g1x8_dbl_run doubles `count` times; long runs go by shorter formulas. */
void atr_g1x8_dbl_run(atr_g1x8 *a, int count);
void atr_g1x8_add(atr_g1x8 *out, const atr_g1x8 *a, const atr_g1x8 *b);
/* atr_g1x8_add_finite adds affine points, none of them the identity. */
void atr_g1x8_add_finite(atr_g1x8 *out, const atr_g1x8 *a, const atr_fp8 *x,
                         const atr_fp8 *y);
void atr_g1x8_select(atr_g1x8 *out, uint8_t mask, const atr_g1x8 *yes,
                     const atr_g1x8 *no);
/* atr_g1x8_mul_x is a^|x| of the curve parameter. */
void atr_g1x8_mul_x(atr_g1x8 *out, const atr_g1x8 *a);

/* atr_g1x8_in_subgroup tells, a bit a lane, whether points of the curve have
 * order r. They are public. */
uint8_t atr_g1x8_in_subgroup(const atr_fp8 *x, const atr_fp8 *y);

void atr_g1x8_load(atr_g1x8 *out, const atr_g1 in[8]);
void atr_g1x8_store(atr_g1 out[8], const atr_g1x8 *a);

/* atr_ifma_clear empties the vector registers of what was computed. */
void atr_ifma_clear(void);

#endif
