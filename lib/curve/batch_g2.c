/* batch_g2.c - many points of G2: batch.inc, and sums under common weights. */
#include "curve/batch_parts.h"

#ifdef ATR_WITH_IFMA
#include "curve/ifma/engine.h"
#endif

#define ROOM(name) atr_g2_##name
#define ENGINE(name) atr_ifma_g2_##name
#define FIELD(name) atr_fp2_##name
#define POINT atr_g2
#define AFFINE atr_g2_affine
#define TABLE atr_g2_table
#define ELEMENT atr_fp2
#define BYTES ATR_G2_BYTES
#define MUL_LEAST ATR_G2_MUL_LEAST
#define TABLE_MUL_LEAST ATR_G2_TABLE_MUL_LEAST
#define READ_LEAST ATR_G2_READ_LEAST

#include "curve/batch.inc"

/* Sums under common weights ---------------------------------------------- */

#ifdef ATR_WITH_IFMA
#define weigh_lanes atr_ifma_g2_weigh
#else
static uint8_t weigh_lanes(atr_g2 out[8], const atr_g2_affine *a,
                           const atr_weight *weights, size_t count)
{
    (void)out, (void)a, (void)weights, (void)count;
    return 0;
}
#endif

/* The sums of `lanes` alone, a bit each; at most ATR_G2_WEIGH_MAX weights. */
static void weigh_singly(atr_g2 out[8], uint8_t lanes, const atr_g2_affine *a,
                         const atr_weight *weights, size_t count)
{
    atr_g2_affine point[ATR_G2_WEIGH_MAX];
    atr_fr k[ATR_G2_WEIGH_MAX];

    for (size_t t = 0; 8 * t < count; t++) {
        atr_weight_fr_vartime(&k[t], &weights[t]);
    }
    for (size_t l = 0; l < 8; l++) {
        size_t n = 0;

        for (; 8 * n + l < count; n++) {
            point[n] = a[8 * n + l];
        }
        if (lanes >> l & 1) {
            atr_g2_sum_vartime(&out[l], point, k, n);
        }
    }
}

void atr_g2_weigh_vartime(atr_g2 out[8], const atr_g2_affine *a,
                          const atr_weight *weights, size_t count)
{
    const size_t most = (size_t)8 * ATR_G2_WEIGH_MAX;

    for (size_t l = 0; l < 8; l++) {
        atr_g2_identity(&out[l]);
    }
    for (size_t i = 0; i < count; i += most) {
        size_t n = count - i < most ? count - i : most;
        uint8_t left = 0xff;
        atr_g2 sum[8];

        if (atr_batch_share(n) == n) {
            left = weigh_lanes(sum, a + i, weights + i / 8, n);
        }
        if (left != 0) {
            weigh_singly(sum, left, a + i, weights + i / 8, n);
        }
        for (size_t l = 0; l < 8; l++) {
            atr_g2_add(&out[l], &out[l], &sum[l]);
        }
    }
}
