/* hex_constants.h - written by tool/ifma_constants.py, which explains each. */
#ifndef ATR_IFMA_HEX_CONSTANTS_H
#define ATR_IFMA_HEX_CONSTANTS_H

#include <stdint.h>

/* Class 8 b + a of a + b theta: the row, bits 0 to 3; the power of beta, bits
 * 4 and 5; the sign of y, bit 6; whether the parts of the digit are negative,
 * bits 7 and 8. */
extern const uint16_t atr_ifma_hex[64];
/* Row i + 1 is theta^turn[i] times row i, plus the point. */
extern const uint8_t atr_ifma_hex_turn[10];
extern const uint64_t atr_ifma_half_g1[2]; /* x^2 / 2 */
/* What centres a scalar, in the form of an atr_fr: x^2 / 2 (1 + x^2), and
 * |x| / 2 (1 + |x| + x^2 + |x|^3). */
extern const uint64_t atr_ifma_centre_g1[4];
extern const uint64_t atr_ifma_centre_g2[4];

/* In Montgomery form, times 2^416. */
extern const uint64_t atr_ifma_beta2[8];
/* psi(x, y) = (conj(x) psi_x, conj(y) psi_y) */
extern const uint64_t atr_ifma_psi_x[2][8];
extern const uint64_t atr_ifma_psi_y[2][8];

#endif
