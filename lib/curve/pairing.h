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

/* The lines of a point of G2 that is paired often, in the order of the Miller
 * loop, still without the point of G1: 63 tangents and 5 chords, 19.6 kB. As
 * secret as the point; those of the identity are zero. */
#define ATR_G2_LINES 68
typedef struct {
    atr_fp12_line line[ATR_G2_LINES];
} atr_g2_lines;
void atr_g2_lines_init(atr_g2_lines *out, const atr_g2_affine *q);

/* Two points to be paired. `lines` are those of q, or NULL. */
typedef struct {
    const atr_g1_affine *p;
    const atr_g2_affine *q;
    const atr_g2_lines *lines;
} atr_pair;

/* atr_pairing_product is the product of e(p, q) over the pairs, with one loop
 * for all, whether they have lines or not, and one final exponentiation; a
 * pair with an identity counts as 1. Any `count`. */
void atr_pairing_product(atr_gt *out, const atr_pair *pairs, size_t count);

#endif
