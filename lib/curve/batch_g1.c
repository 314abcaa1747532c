/* batch_g1.c - many points of G1: batch.inc, hashes and sums. */
#include "curve/batch_parts.h"

#include "curve/expand.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/engine.h"
#endif

#define ROOM(name) atr_g1_##name
#define ENGINE(name) atr_ifma_g1_##name
#define FIELD(name) atr_fp_##name
#define POINT atr_g1
#define AFFINE atr_g1_affine
#define TABLE atr_g1_table
#define ELEMENT atr_fp
#define BYTES ATR_G1_BYTES
#define MUL_LEAST ATR_G1_MUL_LEAST
#define TABLE_MUL_LEAST ATR_G1_TABLE_MUL_LEAST
#define READ_LEAST ATR_G1_READ_LEAST

#include "curve/batch.inc"

#ifdef ATR_WITH_IFMA

#define HASH_PART 32 /* points that share an inversion */

/* hash_to_field of up to eight messages, then both maps. Up to four messages
 * fill the lanes with both of their field elements. */
static void hash_eight(atr_g1 *out, atr_bytes dst, const atr_bytes *messages,
                       size_t count)
{
    size_t half = count > ATR_LANES / 2 ? ATR_LANES : ATR_LANES / 2;
    uint8_t bytes[2 * ATR_FP_WIDE_BYTES];
    atr_fp u[2 * ATR_LANES] = {0};
    atr_g1 p[ATR_LANES];

    for (size_t l = 0; l < count; l++) {
        atr_expand_xmd(bytes, sizeof bytes, dst, messages[l]);
        atr_fp_read_wide(&u[l], bytes);
        atr_fp_read_wide(&u[half + l], bytes + ATR_FP_WIDE_BYTES);
    }
    if (half == ATR_LANES) {
        atr_ifma_g1_map(p, u);
    } else {
        atr_ifma_g1_map_four(p, u);
    }
    memcpy(out, p, count * sizeof *out);
    atr_wipe(bytes, sizeof bytes);
    atr_wipe(u, sizeof u);
    atr_wipe(p, sizeof p);
}

static void hash_lanes(atr_g1_affine *out, atr_bytes dst,
                       const atr_bytes *messages, size_t count)
{
    atr_g1 p[HASH_PART];

    for (size_t i = 0; i < count; i += HASH_PART) {
        size_t part = count - i < HASH_PART ? count - i : HASH_PART;

        for (size_t j = 0; j < part; j += ATR_LANES) {
            hash_eight(p + j, dst, messages + i + j, atr_lanes(part - j));
        }
        atr_g1_to_affine_many(out + i, p, part);
    }
    atr_wipe(p, sizeof p);
}

#define SUM_PART ATR_IFMA_SUM_MAX

/* Adds the terms, at most SUM_PART. The lanes take no identity: the generator
 * with the scalar 0 stands for one, and for a term that is not there. */
static void sum_lanes(atr_g1 *sum, const atr_g1_affine *a, const atr_fr *k,
                      size_t count)
{
    atr_g1_affine points[SUM_PART];
    atr_fr scalars[SUM_PART];
    atr_g1 out[ATR_LANES];
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (!atr_g1_affine_is_identity_vartime(&a[i])) {
            points[n] = a[i];
            scalars[n++] = k[i];
        }
    }
    for (; n % ATR_LANES != 0 || n == 0; n++) {
        points[n] = atr_g1_generator;
        scalars[n] = (atr_fr){{0}};
    }
    atr_ifma_g1_sum_vartime(out, points, scalars, n);
    for (int l = 0; l < ATR_LANES; l++) {
        atr_g1_add(sum, sum, &out[l]);
    }
}

#else

#define SUM_PART 1

static void sum_lanes(atr_g1 *sum, const atr_g1_affine *a, const atr_fr *k,
                      size_t count)
{
    (void)sum, (void)a, (void)k, (void)count;
}

static void hash_lanes(atr_g1_affine *out, atr_bytes dst,
                       const atr_bytes *messages, size_t count)
{
    (void)out, (void)dst, (void)messages, (void)count;
}

#endif

void atr_g1_hash_many(atr_g1_affine *out, atr_bytes dst,
                      const atr_bytes *messages, size_t count)
{
    size_t done = atr_batch_share_from(count, ATR_G1_HASH_LEAST);

    hash_lanes(out, dst, messages, done);
    for (size_t i = done; i < count; i++) {
        atr_g1_hash(&out[i], dst, messages[i]);
    }
}

atr_err atr_g1_read_curve_many(atr_g1_affine *out, atr_err *errs,
                               const uint8_t *in, size_t count)
{
    return read_all(out, errs, in, count, SOLVE(solve_curve),
                    atr_g1_read_curve);
}

#define POWERS 32 /* made at a time */

void atr_g1_sum_many(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k,
                     size_t count)
{
    atr_g1 power[POWERS];
    atr_g1 sum;

    atr_g1_identity(&sum);
    for (size_t i = 0; i < count; i += POWERS) {
        size_t part = count - i < POWERS ? count - i : POWERS;

        atr_g1_mul_many(power, a + i, k + i, part);
        for (size_t j = 0; j < part; j++) {
            atr_g1_add(&sum, &sum, &power[j]);
        }
    }
    *out = sum;
    atr_wipe(power, sizeof power);
    atr_wipe(&sum, sizeof sum);
}

void atr_g1_sum_many_vartime(atr_g1 *out, const atr_g1_affine *a,
                             const atr_fr *k, size_t count)
{
    size_t done = count < ATR_G1_SUM_LEAST ? 0 : atr_batch_share(count);
    atr_g1 sum;

    atr_g1_sum_vartime(&sum, a + done, k + done, count - done);
    for (size_t i = 0; i < done; i += SUM_PART) {
        size_t part = done - i < SUM_PART ? done - i : SUM_PART;

        sum_lanes(&sum, a + i, k + i, part);
    }
    *out = sum;
}
