/* gt.h - the target group GT: the subgroup of order r of Fp12*.
 *
 * The bytes are the twelve coordinates c0.c0.c0, c0.c0.c1, c0.c1.c0, ..,
 * c1.c2.c1 (f = c0 + c1 w, c = a0 + a1 v + a2 v^2, a = x + y u), each 48
 * bytes big-endian. The value of a pairing is that of the common libraries:
 * final exponent 3 (p^12 - 1) / r.
 */
#ifndef ATR_GT_H
#define ATR_GT_H

#include "base/base.h"
#include "base/mask.h"
#include "curve/fp12.h"
#include "curve/fr.h"

#define ATR_GT_BYTES 576

typedef struct {
    atr_fp12 f;
} atr_gt;

extern const atr_gt atr_gt_generator; /* e(g1, g2) */

void atr_gt_one(atr_gt *out);
void atr_gt_mul(atr_gt *out, const atr_gt *a, const atr_gt *b);
void atr_gt_inv(atr_gt *out, const atr_gt *a);
/* atr_gt_pow is a^k in constant time. */
void atr_gt_pow(atr_gt *out, const atr_gt *a, const atr_fr *k);
void atr_gt_pow_vartime(atr_gt *out, const atr_gt *a, const atr_fr *k);
atr_mask atr_gt_equal(const atr_gt *a, const atr_gt *b);
atr_mask atr_gt_is_one(const atr_gt *a);

/* A table for many constant-time powers of one base. */
#define ATR_GT_TABLE_ROWS 32
#define ATR_GT_TABLE_COLS 8
typedef struct {
    atr_gt entry[ATR_GT_TABLE_ROWS][ATR_GT_TABLE_COLS];
} atr_gt_table;
void atr_gt_table_init(atr_gt_table *table, const atr_gt *a);
void atr_gt_table_pow(atr_gt *out, const atr_gt_table *table, const atr_fr *k);

/* atr_gt_read accepts elements of order r only: canonical coordinates, in
 * the subgroup, not 1. Everything else is ATR_ERR_INPUT. */
ATR_MUST_USE atr_err atr_gt_read(atr_gt *out, const uint8_t in[ATR_GT_BYTES]);
void atr_gt_write(uint8_t out[ATR_GT_BYTES], const atr_gt *a);

#endif
