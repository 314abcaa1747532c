/* g2.h - the group G2 of BLS12-381: y^2 = x^3 + 4(u+1) over Fp2.
 *
 * `atr_g2` is a point in projective coordinates, for arithmetic;
 * `atr_g2_affine` is what is stored and paired. Points come from bytes only
 * through the `_read` functions, which check everything, or from a hash.
 *
 * Functions with `_vartime` in their name take public data only.
 */
#ifndef ATR_G2_H
#define ATR_G2_H

#include "base/base.h"
#include "base/mask.h"
#include "curve/fp2.h"
#include "curve/fr.h"

#define ATR_G2_BYTES 96
#define ATR_G2_WIDE_BYTES 192 /* uncompressed */

typedef struct {
    atr_fp2 x, y, z; /* (x/z, y/z); the identity has z = 0 */
} atr_g2;

typedef struct {
    atr_fp2 x, y; /* the identity is (0, 0), which is not on the curve */
} atr_g2_affine;

extern const atr_g2_affine atr_g2_generator;

/* atr_g2_identity is (0, 1, 0); all zero is taken for the identity too. */
void atr_g2_identity(atr_g2 *out);
void atr_g2_from_affine(atr_g2 *out, const atr_g2_affine *a);
void atr_g2_to_affine(atr_g2_affine *out, const atr_g2 *a);
/* atr_g2_to_affine_many shares one inversion between `count` points. */
void atr_g2_to_affine_many(atr_g2_affine *out, const atr_g2 *in, size_t count);

/* Complete: right for equal, opposite and identity inputs, in constant time. */
void atr_g2_add(atr_g2 *out, const atr_g2 *a, const atr_g2 *b);
void atr_g2_add_affine(atr_g2 *out, const atr_g2 *a, const atr_g2_affine *b);
void atr_g2_dbl(atr_g2 *out, const atr_g2 *a);
void atr_g2_neg(atr_g2 *out, const atr_g2 *a);
atr_mask atr_g2_is_identity(const atr_g2 *a);
atr_mask atr_g2_equal(const atr_g2 *a, const atr_g2 *b);
void atr_g2_select(atr_g2 *out, atr_mask mask, const atr_g2 *yes,
                   const atr_g2 *no);
void atr_g2_affine_neg(atr_g2_affine *out, const atr_g2_affine *a);
atr_mask atr_g2_affine_equal(const atr_g2_affine *a, const atr_g2_affine *b);
bool atr_g2_affine_is_identity_vartime(const atr_g2_affine *a);

/* atr_g2_mul is a^k in constant time (the scalar and the point may be
 * secret). As all multiplications here it takes points of the subgroup, since
 * an endomorphism stands for a power; others come from no `_read`. */
void atr_g2_mul(atr_g2 *out, const atr_g2_affine *a, const atr_fr *k);
void atr_g2_mul_vartime(atr_g2 *out, const atr_g2_affine *a, const atr_fr *k);

/* atr_g2_sum_vartime is the product of a[i]^k[i]: multi-scalar
 * multiplication of public points by public scalars. */
void atr_g2_sum_vartime(atr_g2 *out, const atr_g2_affine *a, const atr_fr *k,
                        size_t count);

/* A table for many constant-time multiplications of one point. */
#define ATR_G2_TABLE_ROWS 32
#define ATR_G2_TABLE_COLS 8
typedef struct {
    atr_g2_affine entry[ATR_G2_TABLE_ROWS][ATR_G2_TABLE_COLS];
} atr_g2_table;
void atr_g2_table_init(atr_g2_table *table, const atr_g2_affine *a);
void atr_g2_table_mul(atr_g2 *out, const atr_g2_table *table, const atr_fr *k);

/* atr_g2_in_subgroup_vartime tells whether a point of the curve has order
 * dividing r (Scott, ePrint 2021/1130). */
bool atr_g2_in_subgroup_vartime(const atr_g2_affine *a);
bool atr_g2_on_curve_vartime(const atr_g2_affine *a);

/* The zkcrypto encoding. `_read` accepts exactly what `_write` gives for a
 * point of the subgroup other than the identity; everything else is
 * ATR_ERR_INPUT. `_read_any` and `_read_wide_any` accept the identity too.
 * The bytes are public. */
ATR_MUST_USE atr_err atr_g2_read(atr_g2_affine *out,
                                 const uint8_t in[ATR_G2_BYTES]);
ATR_MUST_USE atr_err atr_g2_read_any(atr_g2_affine *out,
                                     const uint8_t in[ATR_G2_BYTES]);
ATR_MUST_USE atr_err atr_g2_read_wide(atr_g2_affine *out,
                                      const uint8_t in[ATR_G2_WIDE_BYTES]);
ATR_MUST_USE atr_err atr_g2_read_wide_any(atr_g2_affine *out,
                                          const uint8_t in[ATR_G2_WIDE_BYTES]);
void atr_g2_write(uint8_t out[ATR_G2_BYTES], const atr_g2_affine *a);
void atr_g2_write_wide(uint8_t out[ATR_G2_WIDE_BYTES], const atr_g2_affine *a);

/* atr_g2_hash is hash_to_curve of suite BLS12381G2_XMD:SHA-256_SSWU_RO_
 * (RFC 9380, 8.8.2); atr_g2_encode is encode_to_curve (NU). Constant time. */
void atr_g2_hash(atr_g2_affine *out, atr_bytes dst, atr_bytes message);
void atr_g2_encode(atr_g2_affine *out, atr_bytes dst, atr_bytes message);

/* atr_g2_map is map_to_curve of one field element: the map of 6.6.3 with its
 * isogeny. The point is not yet in the subgroup; atr_g2_clear_cofactor is
 * multiplication by h_eff. */
void atr_g2_map(atr_g2 *out, const atr_fp2 *u);
void atr_g2_clear_cofactor(atr_g2 *out, const atr_g2 *a);

#endif
