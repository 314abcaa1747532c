/* batch_g1.c - many points of G1: eight at a time, and the rest one after
 * another.
 */
#include "curve/batch_parts.h"

#include "curve/expand.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/engine.h"
#endif

#ifdef ATR_WITH_IFMA

static void mul_lanes(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k,
                      size_t count)
{
    atr_g1_affine a8[ATR_LANES] = {0};
    atr_fr k8[ATR_LANES] = {0};
    atr_g1 out8[ATR_LANES];

    for (size_t i = 0; i < count; i += ATR_LANES) {
        size_t n = atr_lanes(count - i);

        memcpy(a8, a + i, n * sizeof *a);
        memcpy(k8, k + i, n * sizeof *k);
        atr_ifma_g1_mul(out8, a8, k8);
        memcpy(out + i, out8, n * sizeof *out);
    }
    atr_wipe(a8, sizeof a8);
    atr_wipe(k8, sizeof k8);
    atr_wipe(out8, sizeof out8);
}

static void table_mul_lanes(atr_g1 *out, const atr_g1_table *table,
                            const atr_fr *k, size_t count)
{
    atr_ifma_g1_table_mul(out, table, k, count);
}

#define FLAGS 0xe0
#define FLAG_COMPRESSED 0x80
#define FLAG_HIGH 0x20

/* What can be said of an encoding before its square root: a number below p
 * under the flags of a point that is not the identity. */
static bool read_x(atr_fp *x, const uint8_t in[ATR_G1_BYTES])
{
    uint8_t copy[ATR_G1_BYTES];

    memcpy(copy, in, sizeof copy);
    copy[0] &= (uint8_t)~FLAGS;
    return (in[0] & FLAGS & ~FLAG_HIGH) == FLAG_COMPRESSED &&
           atr_fp_read(x, copy) == ATR_OK;
}

static atr_err read_eight(atr_g1_affine *out, atr_err *errs, const uint8_t *in,
                          size_t count)
{
    atr_fp x[ATR_LANES] = {0};
    atr_fp y[ATR_LANES];
    uint8_t good = 0;
    atr_err err = ATR_OK;

    for (size_t l = 0; l < count; l++) {
        good |= (uint8_t)(read_x(&x[l], in + l * ATR_G1_BYTES) << l);
    }
    good &= atr_ifma_g1_solve(y, x);
    for (size_t l = 0; l < count; l++) {
        bool high = in[l * ATR_G1_BYTES] & FLAG_HIGH;
        bool fits = good >> l & 1;

        if ((atr_fp_is_high(&y[l]) != 0) != high) {
            atr_fp_neg(&y[l], &y[l]);
        }
        out[l] = fits ? (atr_g1_affine){x[l], y[l]} : (atr_g1_affine){0};
        errs[l] = fits ? ATR_OK : ATR_ERR_INPUT;
        err = fits ? err : ATR_ERR_INPUT;
    }
    return err;
}

static atr_err read_lanes(atr_g1_affine *out, atr_err *errs, const uint8_t *in,
                          size_t count)
{
    atr_err err = ATR_OK;

    for (size_t i = 0; i < count; i += ATR_LANES) {
        atr_err errs8[ATR_LANES];
        size_t n = atr_lanes(count - i);

        if (read_eight(out + i, errs8, in + i * ATR_G1_BYTES, n) != ATR_OK) {
            err = ATR_ERR_INPUT;
        }
        if (errs != NULL) {
            memcpy(errs + i, errs8, n * sizeof errs8[0]);
        }
    }
    return err;
}

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

#else

/* Never called: the share of an engine that is not there is 0. */
static void mul_lanes(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k,
                      size_t count)
{
    (void)out, (void)a, (void)k, (void)count;
}

static void table_mul_lanes(atr_g1 *out, const atr_g1_table *table,
                            const atr_fr *k, size_t count)
{
    (void)out, (void)table, (void)k, (void)count;
}

static atr_err read_lanes(atr_g1_affine *out, atr_err *errs, const uint8_t *in,
                          size_t count)
{
    (void)out, (void)errs, (void)in, (void)count;
    return ATR_OK;
}

static void hash_lanes(atr_g1_affine *out, atr_bytes dst,
                       const atr_bytes *messages, size_t count)
{
    (void)out, (void)dst, (void)messages, (void)count;
}

#endif

/* Many: the engine's share, then the rest one after another ------------- */

void atr_g1_mul_many(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k,
                     size_t count)
{
    size_t done = atr_batch_share_but_one(count);

    mul_lanes(out, a, k, done);
    for (size_t i = done; i < count; i++) {
        atr_g1_mul(&out[i], &a[i], &k[i]);
    }
}

/* Below four, bringing the table into the engine's form does not pay. */
#define TABLE_MIN 4

void atr_g1_table_mul_many(atr_g1 *out, const atr_g1_table *table,
                           const atr_fr *k, size_t count)
{
    size_t done = count < TABLE_MIN ? 0 : atr_batch_share_but_one(count);

    if (done > 0) {
        table_mul_lanes(out, table, k, done);
    }
    for (size_t i = done; i < count; i++) {
        atr_g1_table_mul(&out[i], table, &k[i]);
    }
}

atr_err atr_g1_read_many(atr_g1_affine *out, atr_err *errs, const uint8_t *in,
                         size_t count)
{
    size_t done = atr_batch_share_but_one(count);
    atr_err err = read_lanes(out, errs, in, done);

    for (size_t i = done; i < count; i++) {
        atr_err one = atr_g1_read(&out[i], in + i * ATR_G1_BYTES);

        if (one != ATR_OK) {
            err = one;
        }
        if (errs != NULL) {
            errs[i] = one;
        }
    }
    return err;
}

void atr_g1_hash_many(atr_g1_affine *out, atr_bytes dst,
                      const atr_bytes *messages, size_t count)
{
    size_t done = atr_batch_share(count);

    hash_lanes(out, dst, messages, done);
    for (size_t i = done; i < count; i++) {
        atr_g1_hash(&out[i], dst, messages[i]);
    }
}

#define SUM_MIN 4
#define SUM_PART 32

void atr_g1_sum_many_vartime(atr_g1 *out, const atr_g1_affine *a,
                             const atr_fr *k, size_t count)
{
    size_t done = count < SUM_MIN ? 0 : atr_batch_share_but_one(count);
    atr_g1 power[SUM_PART];
    atr_g1 sum;

    atr_g1_sum_vartime(&sum, a + done, k + done, count - done);
    for (size_t i = 0; i < done; i += SUM_PART) {
        size_t part = done - i < SUM_PART ? done - i : SUM_PART;

        mul_lanes(power, a + i, k + i, part);
        for (size_t j = 0; j < part; j++) {
            atr_g1_add(&sum, &sum, &power[j]);
        }
    }
    *out = sum;
}
