/* constants.h - written by tool/ifma_constants.py, which explains each. */
#ifndef ATR_IFMA_CONSTANTS_H
#define ATR_IFMA_CONSTANTS_H

#include <stdint.h>

/* -1/p mod 2^52 */
#define ATR_IFMA_INVERSE 0x3fffcfffcfffdULL
/* 2^416 / p, rounded down */
#define ATR_IFMA_RECIPROCAL 0x00009d835d2f3ULL

extern const uint64_t atr_ifma_p[8];
extern const uint64_t atr_ifma_less_p[8]; /* 2^416 - p */
extern const uint64_t atr_ifma_slack[8]; /* 2^8 p */
extern const uint64_t atr_ifma_plain_one[8];
extern const uint64_t atr_ifma_enter[8]; /* 2^448: from 2^384 to 2^416 */
extern const uint64_t atr_ifma_leave[8]; /* 2^384: back */

/* In Montgomery form, times 2^416. */
extern const uint64_t atr_ifma_one[8];
extern const uint64_t atr_ifma_half[8]; /* 1 / 2 */
extern const uint64_t atr_ifma_four[8]; /* of the curve equation */
extern const uint64_t atr_ifma_z[8];    /* 11, RFC 9380, 8.8.1 */
extern const uint64_t atr_ifma_beta[8]; /* the endomorphism */
extern const uint64_t atr_ifma_sswu_a[8];
extern const uint64_t atr_ifma_sswu_b[8];
extern const uint64_t atr_ifma_sswu_b3[8]; /* 3 B */
extern const uint64_t atr_ifma_sswu_root[8]; /* sqrt(-Z) */

/* The isogeny of RFC 9380, E.2, lowest coefficient first. */
extern const uint64_t atr_ifma_xnum[12][8];
extern const uint64_t atr_ifma_xden[11][8];
extern const uint64_t atr_ifma_ynum[16][8];
extern const uint64_t atr_ifma_yden[16][8];

/* xi^(i (p - 1) / 6), its parts one after another, and xi^(i (p^2 - 1) / 6). */
extern const uint64_t atr_ifma_frobenius[12][8];
extern const uint64_t atr_ifma_frobenius2[6][8];

/* six.h: 2^12 p; 63 p; the top digit of 64 p and a margin. */
extern const uint64_t atr_ifma_six_slack[8];
extern const uint64_t atr_ifma_six_near[8];
#define ATR_IFMA_SIX_TOP 0x680847ULL

#endif
