#include "scheme/attr_points.h"

#include <assert.h>

#include "base/bytes.h"
#include "curve/batch.h"
#include "scheme/abe.h"

#define BATCH 32
#define MESSAGE_BYTES (4 + ATR_MPK_HASH_BYTES + 4 + ATR_ATTR_BYTES_MAX)

/* What is hashed for one attribute. */
static atr_bytes message_of(uint8_t memory[MESSAGE_BYTES],
                            const atr_attr_hash *hash, const atr_attr *attr)
{
    atr_builder message = atr_builder_of(memory, MESSAGE_BYTES);

    atr_build_field(&message, (atr_bytes){hash->hm, ATR_MPK_HASH_BYTES});
    atr_build_field(&message, (atr_bytes){attr->bytes, attr->len});
    assert(atr_builder_end(&message) == ATR_OK);
    return atr_builder_bytes(&message);
}

void atr_attr_points(atr_g1_affine *out, const atr_attr_hash *hash,
                     const atr_attr *const *attrs, size_t count)
{
    const atr_bytes dst = {(const uint8_t *)hash->dst, strlen(hash->dst)};
    uint8_t memory[BATCH][MESSAGE_BYTES];
    atr_bytes messages[BATCH];

    for (size_t from = 0; from < count; from += BATCH) {
        size_t part = count - from < BATCH ? count - from : BATCH;

        for (size_t k = 0; k < part; k++) {
            messages[k] = message_of(memory[k], hash, attrs[from + k]);
        }
        atr_g1_hash_many(out + from, dst, messages, part);
    }
}

void atr_attr_points_of(atr_g1_affine *out, const atr_attr_hash *hash,
                        const atr_attrs *attrs, size_t from, size_t count)
{
    const atr_attr *attr[ATR_ATTRS_MAX];

    for (size_t k = 0; k < count; k++) {
        attr[k] = &attrs->attr[from + k];
    }
    atr_attr_points(out, hash, attr, count);
}

void atr_attr_points_cached(atr_g1_affine *out, const atr_attr_hash *hash,
                            const atr_attr *const *attrs, size_t count)
{
    const atr_attr *missing[ATR_POLICY_ROWS_MAX] = {NULL};
    size_t place[ATR_POLICY_ROWS_MAX];
    atr_g1_affine point[ATR_POLICY_ROWS_MAX];
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        const atr_g1_affine *known = atr_cache_find(hash->cache, attrs[i]);

        if (known != NULL) {
            out[i] = *known;
        } else {
            missing[left] = attrs[i];
            place[left++] = i;
        }
    }
    atr_attr_points(point, hash, missing, left);
    for (size_t k = 0; k < left; k++) {
        out[place[k]] = point[k];
        if (atr_cache_find(hash->cache, missing[k]) == NULL) {
            atr_cache_put(hash->cache, missing[k], &point[k]);
        }
    }
}

void atr_attr_points_of_rows(atr_g1_affine *out, const atr_attr_hash *hash,
                             const atr_policy *policy,
                             const atr_policy_rows *rows)
{
    const atr_attr *attr[ATR_POLICY_ROWS_MAX];

    for (size_t i = 0; i < rows->count; i++) {
        attr[i] = atr_policy_row(policy, rows, i);
    }
    atr_attr_points_cached(out, hash, attr, rows->count);
}

void atr_attr_powers(atr_g1_affine *out, const atr_g1_affine *points,
                     size_t count, const atr_fr *k)
{
    atr_fr exponent[BATCH];
    atr_g1 power[BATCH];

    for (size_t i = 0; i < BATCH; i++) {
        exponent[i] = *k;
    }
    for (size_t from = 0; from < count; from += BATCH) {
        size_t part = count - from < BATCH ? count - from : BATCH;

        atr_g1_mul_many(power, points + from, exponent, part);
        atr_g1_to_affine_many(out + from, power, part);
    }
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(power, sizeof power);
}

void atr_attr_weigh(atr_g1 sum[2], const atr_attr_hash *hash,
                    const atr_attrs *attrs, const atr_g1_affine *points,
                    atr_rng *rng)
{
    atr_fr weight[ATR_ATTRS_MAX];
    atr_g1_affine hashed[ATR_ATTRS_MAX];

    for (size_t i = 0; i < attrs->count; i++) {
        atr_fr_weight(&weight[i], rng);
    }
    atr_attr_points_of(hashed, hash, attrs, 0, attrs->count);
    atr_g1_sum_many(&sum[0], points, weight, attrs->count);
    atr_g1_sum_many_vartime(&sum[1], hashed, weight, attrs->count);
}
