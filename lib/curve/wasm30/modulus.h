/* modulus.h - written by tool/curve_constants.py, which explains each. */
/* clang-format off */
#ifndef ATR_WASM30_MODULUS_H
#define ATR_WASM30_MODULUS_H

/* p in 30-bit limbs, lowest first; R, R^2, R^3 and 2^384 R^2 mod p for
 * R = 2^390; and -1/p mod 2^30. */
#define ATR_FP_LIMBS \
    { \
    0x3fffaaabU, 0x27fbffffU, 0x153ffffbU, 0x2affffacU, 0x30f6241eU, \
    0x034a83daU, 0x112bf673U, 0x12e13ce1U, 0x2cd76477U, 0x1ed90d2eU, \
    0x29a4b1baU, 0x3a8e5ff9U, 0x001a0111U}
#define ATR_FP_ONE \
    {{ \
    0x00d1ff2eU, 0x19d80000U, 0x34800ac4U, 0x2e00cde6U, 0x02431c84U, \
    0x269f83a2U, 0x3dcf80ddU, 0x09b42da0U, 0x25eec26cU, 0x15d98f12U, \
    0x04b29f14U, 0x259fcfa0U, 0x00015de9U}}
#define ATR_FP_R2 \
    {{ \
    0x0510070fU, 0x3b19070dU, 0x0132243aU, 0x299bb0e8U, 0x3507af6eU, \
    0x3b81ec77U, 0x21b145efU, 0x0a487bb4U, 0x370a4144U, 0x05dcb4cbU, \
    0x18c97900U, 0x3812b364U, 0x000f696eU}}
#define ATR_FP_R3 \
    {{ \
    0x1347c98dU, 0x2c2194ccU, 0x1b027ceaU, 0x2b8cb5a5U, 0x1214bbdeU, \
    0x0b5efd04U, 0x39edd0bfU, 0x1b2b39a4U, 0x32b00b66U, 0x1d1b6db4U, \
    0x3b8f0b8fU, 0x12c853b7U, 0x0006d0afU}}
#define ATR_FP_HIGH \
    {{ \
    0x0c4cfdd1U, 0x3d4ef653U, 0x39b909f1U, 0x1d7a32b5U, 0x2168790bU, \
    0x3b769775U, 0x249ce387U, 0x0ccca8aeU, 0x044ee36cU, 0x058136ddU, \
    0x1932919bU, 0x2f2abeccU, 0x000a43adU}}
#define ATR_FP_INVERSE30 0x3ffcfffdU

#endif
