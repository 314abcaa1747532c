/* g1.h - the group G1 of BLS12-381: y^2 = x^3 + 4 over Fp.
 *
 * `atr_g1` is a point in projective coordinates, for arithmetic;
 * `atr_g1_affine` is what is stored and paired. Points come from bytes only
 * through the `_read` functions, which check everything, or from a hash.
 *
 * Functions with `_vartime` in their name take public data only.
 */
#ifndef ATR_G1_H
#define ATR_G1_H

#include "base/base.h"
#include "base/mask.h"
#include "curve/fp.h"
#include "curve/fr.h"

#define ATR_G1_BYTES 48
#define ATR_G1_WIDE_BYTES 96 /* uncompressed */

typedef struct {
    atr_fp x, y, z; /* (x/z, y/z); the identity has z = 0 */
} atr_g1;

typedef struct {
    atr_fp x, y; /* the identity is (0, 0), which is not on the curve */
} atr_g1_affine;

extern const atr_g1_affine atr_g1_generator;

/* atr_g1_identity is (0, 1, 0); all zero is taken for the identity too. */
void atr_g1_identity(atr_g1 *out);
void atr_g1_from_affine(atr_g1 *out, const atr_g1_affine *a);
void atr_g1_to_affine(atr_g1_affine *out, const atr_g1 *a);
/* atr_g1_to_affine_many shares one inversion between `count` points. */
void atr_g1_to_affine_many(atr_g1_affine *out, const atr_g1 *in, size_t count);

/* Complete: right for equal, opposite and identity inputs, in constant time. */
void atr_g1_add(atr_g1 *out, const atr_g1 *a, const atr_g1 *b);
void atr_g1_add_affine(atr_g1 *out, const atr_g1 *a, const atr_g1_affine *b);
void atr_g1_dbl(atr_g1 *out, const atr_g1 *a);
void atr_g1_neg(atr_g1 *out, const atr_g1 *a);
atr_mask atr_g1_is_identity(const atr_g1 *a);
atr_mask atr_g1_equal(const atr_g1 *a, const atr_g1 *b);
void atr_g1_select(atr_g1 *out, atr_mask mask, const atr_g1 *yes,
                   const atr_g1 *no);
void atr_g1_affine_neg(atr_g1_affine *out, const atr_g1_affine *a);
atr_mask atr_g1_affine_equal(const atr_g1_affine *a, const atr_g1_affine *b);
bool atr_g1_affine_is_identity_vartime(const atr_g1_affine *a);

/* atr_g1_mul is a^k in constant time (the scalar and the point may be
 * secret). As all multiplications here it takes points of the subgroup, since
 * an endomorphism stands for a power; others come from no `_read`. */
void atr_g1_mul(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k);
void atr_g1_mul_vartime(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k);

/* atr_g1_sum_vartime is the product of a[i]^k[i]: multi-scalar
 * multiplication of public points by public scalars. */
void atr_g1_sum_vartime(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k,
                        size_t count);

/* A table for many constant-time multiplications of one point. */
#define ATR_G1_TABLE_ROWS 32
#define ATR_G1_TABLE_COLS 8
typedef struct {
    atr_g1_affine entry[ATR_G1_TABLE_ROWS][ATR_G1_TABLE_COLS];
} atr_g1_table;
void atr_g1_table_init(atr_g1_table *table, const atr_g1_affine *a);
void atr_g1_table_mul(atr_g1 *out, const atr_g1_table *table, const atr_fr *k);

/* atr_g1_in_subgroup_vartime tells whether a point of the curve has order
 * dividing r (Scott, ePrint 2021/1130). */
bool atr_g1_in_subgroup_vartime(const atr_g1_affine *a);
bool atr_g1_on_curve_vartime(const atr_g1_affine *a);

/* The zkcrypto encoding. `_read` accepts exactly what `_write` gives for a
 * point of the subgroup other than the identity; everything else is
 * ATR_ERR_INPUT. `_read_any` and `_read_wide_any` accept the identity too.
 * The bytes are public. */
ATR_MUST_USE atr_err atr_g1_read(atr_g1_affine *out,
                                 const uint8_t in[ATR_G1_BYTES]);
ATR_MUST_USE atr_err atr_g1_read_any(atr_g1_affine *out,
                                     const uint8_t in[ATR_G1_BYTES]);
ATR_MUST_USE atr_err atr_g1_read_wide(atr_g1_affine *out,
                                      const uint8_t in[ATR_G1_WIDE_BYTES]);
ATR_MUST_USE atr_err atr_g1_read_wide_any(atr_g1_affine *out,
                                          const uint8_t in[ATR_G1_WIDE_BYTES]);
/* atr_g1_read_curve is _read but for the order: what it gives may be any point
 * of the curve but the identity, and is good for weighing.h alone. */
ATR_MUST_USE atr_err atr_g1_read_curve(atr_g1_affine *out,
                                       const uint8_t in[ATR_G1_BYTES]);
void atr_g1_write(uint8_t out[ATR_G1_BYTES], const atr_g1_affine *a);
void atr_g1_write_wide(uint8_t out[ATR_G1_WIDE_BYTES], const atr_g1_affine *a);

/* atr_g1_hash is hash_to_curve of suite BLS12381G1_XMD:SHA-256_SSWU_RO_
 * (RFC 9380, 8.8.1); atr_g1_encode is encode_to_curve (NU). Constant time. */
void atr_g1_hash(atr_g1_affine *out, atr_bytes dst, atr_bytes message);
void atr_g1_encode(atr_g1_affine *out, atr_bytes dst, atr_bytes message);

/* atr_g1_map is map_to_curve of one field element: the map of 6.6.3 with its
 * isogeny. The point is not yet in the subgroup; atr_g1_clear_cofactor is
 * multiplication by h_eff. */
void atr_g1_map(atr_g1 *out, const atr_fp *u);
void atr_g1_clear_cofactor(atr_g1 *out, const atr_g1 *a);

#endif
