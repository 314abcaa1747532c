/* modulus.h - written by tool/curve_constants.py, which explains each. */
/* clang-format off */
#ifndef ATR_MODULUS_H
#define ATR_MODULUS_H

/* The parameter x is minus this; p and r follow from it. */
#define ATR_CURVE_X 0xd201000000010000ULL
/* floor((2^128 - 1) / x) - 2^64, for division by it. */
#define ATR_CURVE_X_RECIPROCAL 0x381204ca56cd56b5ULL

/* The modulus, lowest limb first; -1/modulus mod 2^64; and in
 * Montgomery form 1, 2^384 and 2^768. */
#define ATR_FP_MODULUS0 0xb9feffffffffaaabULL
#define ATR_FP_MODULUS1 0x1eabfffeb153ffffULL
#define ATR_FP_MODULUS2 0x6730d2a0f6b0f624ULL
#define ATR_FP_MODULUS3 0x64774b84f38512bfULL
#define ATR_FP_MODULUS4 0x4b1ba7b6434bacd7ULL
#define ATR_FP_MODULUS5 0x1a0111ea397fe69aULL
#define ATR_FP_ONE0 0x760900000002fffdULL
#define ATR_FP_ONE1 0xebf4000bc40c0002ULL
#define ATR_FP_ONE2 0x5f48985753c758baULL
#define ATR_FP_ONE3 0x77ce585370525745ULL
#define ATR_FP_ONE4 0x5c071a97a256ec6dULL
#define ATR_FP_ONE5 0x15f65ec3fa80e493ULL
#define ATR_FP_R20 0xf4df1f341c341746ULL
#define ATR_FP_R21 0x0a76e6a609d104f1ULL
#define ATR_FP_R22 0x8de5476c4c95b6d5ULL
#define ATR_FP_R23 0x67eb88a9939d83c0ULL
#define ATR_FP_R24 0x9a793e85b519952dULL
#define ATR_FP_R25 0x11988fe592cae3aaULL
#define ATR_FP_R30 0xed48ac6bd94ca1e0ULL
#define ATR_FP_R31 0x315f831e03a7adf8ULL
#define ATR_FP_R32 0x9a53352a615e29ddULL
#define ATR_FP_R33 0x34c04e5e921e1761ULL
#define ATR_FP_R34 0x2512d43565724728ULL
#define ATR_FP_R35 0x0aa6346091755d4dULL
#define ATR_FP_INVERSE 0x89f3fffcfffcfffdULL

/* The modulus, lowest limb first; -1/modulus mod 2^64; and in
 * Montgomery form 1, 2^256 and 2^512. */
#define ATR_FR_MODULUS0 0xffffffff00000001ULL
#define ATR_FR_MODULUS1 0x53bda402fffe5bfeULL
#define ATR_FR_MODULUS2 0x3339d80809a1d805ULL
#define ATR_FR_MODULUS3 0x73eda753299d7d48ULL
#define ATR_FR_ONE0 0x00000001fffffffeULL
#define ATR_FR_ONE1 0x5884b7fa00034802ULL
#define ATR_FR_ONE2 0x998c4fefecbc4ff5ULL
#define ATR_FR_ONE3 0x1824b159acc5056fULL
#define ATR_FR_R20 0xc999e990f3f29c6dULL
#define ATR_FR_R21 0x2b6cedcb87925c23ULL
#define ATR_FR_R22 0x05d314967254398fULL
#define ATR_FR_R23 0x0748d9d99f59ff11ULL
#define ATR_FR_R30 0xc62c1807439b73afULL
#define ATR_FR_R31 0x1b3e0d188cf06990ULL
#define ATR_FR_R32 0x73d13c71c7b5f418ULL
#define ATR_FR_R33 0x6e2a5bb9c8db33e9ULL
#define ATR_FR_INVERSE 0xfffffffeffffffffULL

/* (p - 1) / 2 */
#define ATR_FP_HALF0 0xdcff7fffffffd555ULL
#define ATR_FP_HALF1 0x0f55ffff58a9ffffULL
#define ATR_FP_HALF2 0xb39869507b587b12ULL
#define ATR_FP_HALF3 0xb23ba5c279c2895fULL
#define ATR_FP_HALF4 0x258dd3db21a5d66bULL
#define ATR_FP_HALF5 0x0d0088f51cbff34dULL

/* (p - 1) / 3 */
#define ATR_FP_THIRD0 0x9354ffffffffe38eULL
#define ATR_FP_THIRD1 0x0a395554e5c6aaaaULL
#define ATR_FP_THIRD2 0xcd104635a790520cULL
#define ATR_FP_THIRD3 0xcc27c3d6fbd7063fULL
#define ATR_FP_THIRD4 0x190937e76bc3e447ULL
#define ATR_FP_THIRD5 0x08ab05f8bdd54cdeULL

#endif
