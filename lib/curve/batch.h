/* batch.h - the same operation on many independent items of G1, G2 and GT, and
 * many pairings.
 *
 * Each function means a loop over the function of one item (g1.h, g2.h, gt.h,
 * pairing.h) and gives the same results; any `count` will do, 0 too. On x86-64
 * with AVX-512 IFMA eight items are computed at a time, otherwise one after
 * another.
 *
 * What is constant time for one item is constant time here: the time depends
 * on `count` and on what is public, with either engine.
 */
#ifndef ATR_BATCH_H
#define ATR_BATCH_H

#include "curve/g1.h"
#include "curve/g2.h"
#include "curve/gt.h"
#include "curve/pairing.h"
#include "curve/weight.h"

/* What computes. The first call of any function here asks the processor once
 * and keeps the answer in one atomic number: no other state, no environment.
 */
typedef enum {
    ATR_BATCH_PORTABLE = 1, /* C, everywhere */
    ATR_BATCH_IFMA          /* AVX-512 F, DQ, BW, VL, IFMA */
} atr_batch_engine;

/* atr_batch_engine_in_use returns the engine. */
atr_batch_engine atr_batch_engine_in_use(void);
/* atr_batch_engine_set chooses the engine of the whole process, for tests and
 * for hosts that know better; it returns false, and changes nothing, when this
 * machine or this build lacks it. */
bool atr_batch_engine_set(atr_batch_engine engine);
/* atr_batch_engine_name is "portable" or "ifma". */
const char *atr_batch_engine_name(atr_batch_engine engine);

/* atr_g1_mul_many is out[i] = a[i]^k[i], as atr_g1_mul. */
void atr_g1_mul_many(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k,
                     size_t count);

/* atr_g1_mul_many_vartime is the same for public points and scalars, as
 * atr_g1_mul_vartime: short scalars take less time when all eight that are
 * computed together are short. */
void atr_g1_mul_many_vartime(atr_g1 *out, const atr_g1_affine *a,
                             const atr_fr *k, size_t count);

/* atr_g1_table_mul_many is out[i] = b^k[i] for the point b of the table, as
 * atr_g1_table_mul. Where there are eight lanes, it takes less time than that
 * even for one. */
void atr_g1_table_mul_many(atr_g1 *out, const atr_g1_table *table,
                           const atr_fr *k, size_t count);

/* atr_g1_read_many reads `count` encodings, one after another in `in`, as
 * atr_g1_read: errs[i] (unless `errs` is NULL) and out[i] are what that gives
 * for item i, whatever the others are. Returns ATR_ERR_INPUT when any is
 * refused. The bytes are public. */
ATR_MUST_USE atr_err atr_g1_read_many(atr_g1_affine *out, atr_err *errs,
                                      const uint8_t *in, size_t count);

/* atr_g1_read_curve_many is the same as atr_g1_read_curve: points whose order
 * is yet to be told, by weighing.h. */
ATR_MUST_USE atr_err atr_g1_read_curve_many(atr_g1_affine *out, atr_err *errs,
                                            const uint8_t *in, size_t count);

/* atr_g1_hash_many is atr_g1_hash of each message, all under one `dst`. */
void atr_g1_hash_many(atr_g1_affine *out, atr_bytes dst,
                      const atr_bytes *messages, size_t count);

/* atr_g1_sum_many is the product of a[i]^k[i], as atr_g1_mul_many. */
void atr_g1_sum_many(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k,
                     size_t count);

/* atr_g1_sum_many_vartime is atr_g1_sum_vartime: with few terms and without
 * the engine the very same, else powers computed many at a time. */
void atr_g1_sum_many_vartime(atr_g1 *out, const atr_g1_affine *a,
                             const atr_fr *k, size_t count);

/* The same in G2. */
void atr_g2_mul_many(atr_g2 *out, const atr_g2_affine *a, const atr_fr *k,
                     size_t count);
void atr_g2_mul_many_vartime(atr_g2 *out, const atr_g2_affine *a,
                             const atr_fr *k, size_t count);
void atr_g2_table_mul_many(atr_g2 *out, const atr_g2_table *table,
                           const atr_fr *k, size_t count);
ATR_MUST_USE atr_err atr_g2_read_many(atr_g2_affine *out, atr_err *errs,
                                      const uint8_t *in, size_t count);
/* atr_g2_weigh_vartime is out[l] = the product of a[8 t + l]^weights[t] over
 * all 8 t + l < count, for l = 0 .. 7: points that may be any, eight of them
 * under each weight. In G1 weighing.h does it. */
void atr_g2_weigh_vartime(atr_g2 out[8], const atr_g2_affine *a,
                          const atr_weight *weights, size_t count);

/* atr_pairing_many is out[i] = e(p[i], q[i]), as atr_pairing. */
void atr_pairing_many(atr_gt *out, const atr_g1_affine *p,
                      const atr_g2_affine *q, size_t count);

/* atr_pairing_product_many is the product of `width` pairings for each of
 * `count` items: out[i] is atr_pairing_product of pairs[i width] and the next
 * ones. Lines are of use eight items at a time where all eight bring the same
 * ones at the same place: one key that opens many capsules. */
void atr_pairing_product_many(atr_gt *out, const atr_pair *pairs, size_t width,
                              size_t count);

/* atr_gt_pow_many is out[i] = a[i]^k[i], as atr_gt_pow. */
void atr_gt_pow_many(atr_gt *out, const atr_gt *a, const atr_fr *k,
                     size_t count);
void atr_gt_pow_many_vartime(atr_gt *out, const atr_gt *a, const atr_fr *k,
                             size_t count);

/* atr_gt_table_pow_many is out[i] = b^k[i] for the element b of the table, as
 * atr_gt_table_pow. A single power gains too: its digits are shared out. */
void atr_gt_table_pow_many(atr_gt *out, const atr_gt_table *table,
                           const atr_fr *k, size_t count);

#endif
