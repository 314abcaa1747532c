/* hex.h - digits of scalars for the groups with an automorphism of order six.
 *
 * On G1 and on G2 the power by x^2, x being the curve parameter, is cheap: a
 * point (X, Y) becomes (beta X, -Y). Call it theta; theta^2 = theta - 1, since
 * x^4 - x^2 + 1 = r. A scalar is written a + b theta, two numbers of half its
 * size, and their digits in base 8 are taken together: one of the 64 classes
 * mod 8, for which a point of its class in the plane lattice Z[theta] is
 * added. Six rotations by theta, which cost a multiplication and a sign, make
 * 63 classes from eleven rows: one addition spends six bits of the scalar.
 *
 * *Why the sums meet no exception.* The parts a, b (and for G2 all four parts
 * of base |x|) are centred: at most half of x^2 (of |x|) in magnitude, by
 * adding a constant to the scalar before it is cut, and taking its parts away
 * afterwards (Fr is not changed: the constant is the number that has these
 * parts). After some digits the sum is the power by parts c_i that are the
 * upper digits of these, times 8, and the next term is that by parts e_i of
 * magnitude at most 5. Were the sum equal to plus or minus the term, or the
 * identity, the sum of (c_i -+ e_i) |x|^i, or x^2i, would be a multiple of r.
 * It is below r in magnitude, since no part passes half of |x| by more than
 * 12, so it would be 0; and as no part reaches |x|, all of them would be 0:
 * 8 c_i = +-e_i, so that c_i = e_i = 0. A term of 0 is not added, and the sum
 * is 0 only before the first digit that is not. This holds for points of order
 * r. (tool/ifma_constants.py checks the numbers.)
 */
#ifndef ATR_IFMA_HEX_H
#define ATR_IFMA_HEX_H

#include "curve/fr.h"

#define ATR_HEX_ROWS 11
#define ATR_HEX_BITS 3
#define ATR_HEX_DIGITS_MAX 43

/* Digits of eight lanes, lowest first, in the lower seven bits: the row, 1 to
 * 11, or 0 for the digit 0; two bits that say which power of beta; and whether
 * y is negated. */
typedef struct {
    _Alignas(64) uint64_t digit[ATR_HEX_DIGITS_MAX][8];
} atr_hex;

#define ATR_HEX_ROW 0xf
#define ATR_HEX_BETA 0x10
#define ATR_HEX_BETA2 0x20
#define ATR_HEX_MINUS 0x40

/* Numbers of eight lanes, of one limb or of two, in two's complement. */
typedef struct {
    _Alignas(64) uint64_t limb[2][8];
} atr_hex_number;

/* atr_hex_recode takes a + b theta, of `limbs` limbs, to `count` digits, which
 * reach past its top. Constant time. */
void atr_hex_recode(atr_hex *out, size_t count, const atr_hex_number *a,
                    const atr_hex_number *b, size_t limbs);

/* atr_hex_split_g1 is k = a + b x^2, with the digits that suffice for it;
 * atr_hex_split_g2 is k = a[0] + b[0] x^2 + |x| (a[1] + b[1] x^2), of one limb
 * each. Eight scalars; constant time. */
#define ATR_HEX_DIGITS_G1 43
void atr_hex_split_g1(atr_hex_number *a, atr_hex_number *b, const atr_fr k[8]);
#define ATR_HEX_DIGITS_G2 22
void atr_hex_split_g2(atr_hex_number a[2], atr_hex_number b[2],
                      const atr_fr k[8]);

#endif
