/* constants.h - written by tool/curve_constants.py, which explains each. */
/* clang-format off */
#ifndef ATR_CONSTANTS_H
#define ATR_CONSTANTS_H

#include "curve/fp2.h"
#include "curve/gt.h"

extern const atr_fp atr_fp_beta; /* the endomorphism of G1 is x -> beta x */
extern const atr_fp2 atr_fp2_psi_x; /* psi(x, y) = (conj(x) psi_x, */
extern const atr_fp2 atr_fp2_psi_y; /*             conj(y) psi_y) */
extern const atr_fp2 atr_fp2_frobenius[6]; /* (1+u)^(i(p-1)/6) */
extern const atr_fp atr_fp_frobenius2[6]; /* (1+u)^(i(p^2-1)/6) */
extern const atr_fp atr_sswu1_a; /* RFC 9380, 8.8.1 */
extern const atr_fp atr_sswu1_b;
extern const atr_fp atr_sswu1_root; /* sqrt(-Z) */
extern const atr_fp2 atr_sswu2_a; /* RFC 9380, 8.8.2 */
extern const atr_fp2 atr_sswu2_b;
extern const atr_fp2 atr_sswu2_ba; /* -B/A */
extern const atr_fp2 atr_sswu2_exception; /* B/(Z A) */
extern const atr_fp2 atr_sswu2_z;
extern const atr_fp atr_sswu2_root; /* sqrt(-norm(Z)) */

/* The isogenies of RFC 9380, E.2 and E.3, lowest coefficient first. */
extern const atr_fp atr_iso1_xnum[12];
extern const atr_fp atr_iso1_xden[11];
extern const atr_fp atr_iso1_ynum[16];
extern const atr_fp atr_iso1_yden[16];
extern const atr_fp2 atr_iso2_xnum[4];
extern const atr_fp2 atr_iso2_xden[3];
extern const atr_fp2 atr_iso2_ynum[4];
extern const atr_fp2 atr_iso2_yden[4];

#endif
