/* g2x8.h - eight points of G2 at once, in projective coordinates: what g1x8.h
 * is for G1. Coordinates of a result are reduced; those of an input may be
 * differences. The outputs may be the inputs.
 */
#ifndef ATR_IFMA_G2X8_H
#define ATR_IFMA_G2X8_H

#include "curve/g2.h"
#include "curve/ifma/fp2x8.h"

typedef struct {
    atr_fp2x8 x, y, z;
} atr_g2x8;

void atr_g2x8_identity(atr_g2x8 *out);
void atr_g2x8_dbl(atr_g2x8 *out, const atr_g2x8 *a);
void atr_g2x8_add(atr_g2x8 *out, const atr_g2x8 *a, const atr_g2x8 *b);
/* atr_g2x8_add_finite adds affine points, none of them the identity. */
void atr_g2x8_add_finite(atr_g2x8 *out, const atr_g2x8 *a, const atr_fp2x8 *x,
                         const atr_fp2x8 *y);
void atr_g2x8_select(atr_g2x8 *out, uint8_t mask, const atr_g2x8 *yes,
                     const atr_g2x8 *no);
/* atr_g2x8_in_subgroup tells, a bit a lane, whether points of the curve have
 * order r. They are public. */
uint8_t atr_g2x8_in_subgroup(const atr_fp2x8 *x, const atr_fp2x8 *y);

void atr_g2x8_store(atr_g2 out[8], const atr_g2x8 *a);

#endif
