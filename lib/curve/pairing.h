/* pairing.h - the optimal ate pairing e: G1 x G2 -> GT of BLS12-381.
 *
 * Points may be secret: time depends only on how many pairs there are and on
 * whether one of them is the identity.
 */
#ifndef ATR_PAIRING_H
#define ATR_PAIRING_H

#include "curve/g1.h"
#include "curve/g2.h"
#include "curve/gt.h"

void atr_pairing(atr_gt *out, const atr_g1_affine *p, const atr_g2_affine *q);

/* atr_pairing_product is the product of e(p[i], q[i]), with one final
 * exponentiation; a pair with an identity counts as 1. Any `count`. */
void atr_pairing_product(atr_gt *out, const atr_g1_affine *p,
                         const atr_g2_affine *q, size_t count);

#endif
