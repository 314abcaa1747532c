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
 * *Why the sums meet no exception.* For points of order r. The parts of a
 * scalar, a and b in base x^2 for G1 and four parts in base |x| for G2, are
 * centred: at most half of the base in magnitude. (A constant is added to the
 * scalar before it is cut, the number whose parts are all half the base, and
 * those parts are taken away again.) A sum on its way is the power by parts
 * c_i; those that the next term concerns are 8 times the digits above it. The
 * term is the power by parts e_i of magnitude at most 5. Were the sum equal to
 * the term or its opposite, then r would divide the number with the parts
 * c_i -+ e_i. They pass half of the base by 12 at most, so the number is below
 * r in magnitude, hence 0; and since they are below the base, all are 0. A
 * multiple of 8 equals no e_i but 0, so the term is 0 and is not added. In the
 * same way the sum is the identity only when its parts are 0; their lowest
 * digit is then that of the class of 0, which is 0, and so are all above it:
 * the sum has not begun. (tool/ifma_constants.py checks the numbers.)
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
