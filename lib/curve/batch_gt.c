/* batch_gt.c - many pairings and powers in GT: eight at a time, and the rest
 * one after another.
 */
#include "curve/batch_parts.h"

#include "curve/pairing_parts.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/engine.h"
#include "curve/ifma/pairing.h"
#endif

/* From how many items on eight lanes, not all in use, are faster than one item
 * after another in the lanes of one (doc/performance.md has the times). Powers
 * of a table go alone below that, their digits shared out over the lanes. */
#define PAIRING_MIN 5
#define FINAL_MIN 5
#define POW_MIN 4
#define TABLE_MIN 5

/* The engine's share when a rest of fewer than `min` is cheaper alone. */
static size_t share_from(size_t count, size_t min)
{
    size_t rest = count % 8;

    return atr_batch_share(rest < min ? count - rest : count);
}

#ifdef ATR_WITH_IFMA

static void product_lanes(atr_gt *out, const atr_pair *pairs, size_t width,
                          size_t count)
{
    atr_gt out8[ATR_LANES];

    for (size_t i = 0; i < count; i += ATR_LANES) {
        size_t n = atr_lanes(count - i);

        atr_ifma_pairing_x8(out8, pairs + i * width, width, n);
        memcpy(out + i, out8, n * sizeof *out);
    }
    atr_wipe(out8, sizeof out8);
}

static void final_lanes(atr_fp12 *out, const atr_fp12 *f, size_t count)
{
    atr_fp12 f8[ATR_LANES];

    for (size_t i = 0; i < count; i += ATR_LANES) {
        size_t n = atr_lanes(count - i);

        for (size_t l = 0; l < ATR_LANES; l++) {
            f8[l] = f[i + (l < n ? l : 0)];
        }
        atr_ifma_final(f8, f8);
        memcpy(out + i, f8, n * sizeof *out);
    }
    atr_wipe(f8, sizeof f8);
}

static void pow_lanes(atr_gt *out, const atr_gt *a, const atr_fr *k,
                      size_t count)
{
    atr_gt a8[ATR_LANES];
    atr_fr k8[ATR_LANES] = {0};

    for (size_t i = 0; i < count; i += ATR_LANES) {
        size_t n = atr_lanes(count - i);

        for (size_t l = 0; l < ATR_LANES; l++) {
            a8[l] = a[i + (l < n ? l : 0)];
        }
        memcpy(k8, k + i, n * sizeof *k);
        atr_ifma_gt_pow_x8(a8, a8, k8);
        memcpy(out + i, a8, n * sizeof *out);
    }
    atr_wipe(a8, sizeof a8);
    atr_wipe(k8, sizeof k8);
}

static void table_pow_lanes(atr_gt *out, const atr_gt_table *table,
                            const atr_fr *k, size_t count)
{
    atr_fr k8[ATR_LANES] = {0};
    atr_gt out8[ATR_LANES];

    for (size_t i = 0; i < count; i += ATR_LANES) {
        size_t n = atr_lanes(count - i);

        memcpy(k8, k + i, n * sizeof *k);
        atr_ifma_gt_table_pow_x8(out8, table, k8);
        memcpy(out + i, out8, n * sizeof *out);
    }
    atr_wipe(k8, sizeof k8);
    atr_wipe(out8, sizeof out8);
}

static void table_pow_alone(atr_gt *out, const atr_gt_table *table,
                            const atr_fr *k)
{
    if (atr_batch_share(1) == 1) {
        atr_ifma_gt_table_pow(out, table, k);
    } else {
        atr_gt_table_pow(out, table, k);
    }
}

#else

/* Never called with items: the share of an engine that is not there is 0. */
static void product_lanes(atr_gt *out, const atr_pair *pairs, size_t width,
                          size_t count)
{
    (void)out, (void)pairs, (void)width, (void)count;
}

static void final_lanes(atr_fp12 *out, const atr_fp12 *f, size_t count)
{
    (void)out, (void)f, (void)count;
}

static void pow_lanes(atr_gt *out, const atr_gt *a, const atr_fr *k,
                      size_t count)
{
    (void)out, (void)a, (void)k, (void)count;
}

static void table_pow_lanes(atr_gt *out, const atr_gt_table *table,
                            const atr_fr *k, size_t count)
{
    (void)out, (void)table, (void)k, (void)count;
}

static void table_pow_alone(atr_gt *out, const atr_gt_table *table,
                            const atr_fr *k)
{
    atr_gt_table_pow(out, table, k);
}

#endif

#define PART 64 /* pairs made at a time */

void atr_pairing_many(atr_gt *out, const atr_g1_affine *p,
                      const atr_g2_affine *q, size_t count)
{
    atr_pair pairs[PART];

    for (size_t i = 0; i < count; i += PART) {
        size_t n = count - i < PART ? count - i : PART;

        for (size_t j = 0; j < n; j++) {
            pairs[j] = (atr_pair){&p[i + j], &q[i + j], NULL};
        }
        atr_pairing_product_many(out + i, pairs, 1, n);
    }
}

void atr_pairing_product_many(atr_gt *out, const atr_pair *pairs, size_t width,
                              size_t count)
{
    size_t done = share_from(count, PAIRING_MIN);

    product_lanes(out, pairs, width, done);
    for (size_t i = done; i < count; i++) {
        atr_pairing_product(&out[i], pairs + i * width, width);
    }
}

void atr_pairing_final_many(atr_fp12 *out, const atr_fp12 *f, size_t count)
{
    size_t done = share_from(count, FINAL_MIN);

    final_lanes(out, f, done);
    for (size_t i = done; i < count; i++) {
        atr_pairing_final(&out[i], &f[i]);
    }
}

void atr_gt_pow_many(atr_gt *out, const atr_gt *a, const atr_fr *k,
                     size_t count)
{
    size_t done = share_from(count, POW_MIN);

    pow_lanes(out, a, k, done);
    for (size_t i = done; i < count; i++) {
        atr_gt_pow(&out[i], &a[i], &k[i]);
    }
}

/* The lanes' constant-time power is the faster one as well. */
void atr_gt_pow_many_vartime(atr_gt *out, const atr_gt *a, const atr_fr *k,
                             size_t count)
{
    size_t done = share_from(count, POW_MIN);

    pow_lanes(out, a, k, done);
    for (size_t i = done; i < count; i++) {
        atr_gt_pow_vartime(&out[i], &a[i], &k[i]);
    }
}

void atr_gt_table_pow_many(atr_gt *out, const atr_gt_table *table,
                           const atr_fr *k, size_t count)
{
    size_t done = share_from(count, TABLE_MIN);

    table_pow_lanes(out, table, k, done);
    for (size_t i = done; i < count; i++) {
        table_pow_alone(&out[i], table, &k[i]);
    }
}
