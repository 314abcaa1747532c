/* attr_points.h - H(u): the points of G1 that attributes stand for.
 *
 *     H(u) = hash to G1 of enc(hm, u), under a purpose string of the scheme
 */
#ifndef ATR_ATTR_POINTS_H
#define ATR_ATTR_POINTS_H

#include "policy/policy.h"
#include "scheme/cache.h"

/* One authority's way to hash. All lent. */
typedef struct {
    const char *dst;   /* of doc/conventions.md */
    const uint8_t *hm; /* SHA-256(enc(mpk)) */
    atr_cache *cache;  /* or NULL */
} atr_attr_hash;

/* atr_attr_points hashes `count` attributes. */
void atr_attr_points(atr_g1_affine *out, const atr_attr_hash *hash,
                     const atr_attr *const *attrs, size_t count);
/* atr_attr_points_of hashes `count` attributes of a set, from number `from`
 * on. */
void atr_attr_points_of(atr_g1_affine *out, const atr_attr_hash *hash,
                        const atr_attrs *attrs, size_t from, size_t count);

/* atr_attr_points_cached hashes those that are not in the cache yet, at most
 * ATR_POLICY_ROWS_MAX; atr_attr_points_of_rows does so for the rows of a
 * policy. cache.h tells for which attributes that is right. */
void atr_attr_points_cached(atr_g1_affine *out, const atr_attr_hash *hash,
                            const atr_attr *const *attrs, size_t count);
void atr_attr_points_of_rows(atr_g1_affine *out, const atr_attr_hash *hash,
                             const atr_policy *policy,
                             const atr_policy_rows *rows);

/* atr_attr_powers is points[i]^k, in constant time; `out` may be `points`. */
void atr_attr_powers(atr_g1_affine *out, const atr_g1_affine *points,
                     size_t count, const atr_fr *k);

/* atr_attr_weigh draws a random weight d_u for each attribute of a key and
 * makes of the points of the key, which are secret, and of those that are
 * hashed
 *     sum[0] = prod points[u]^{d_u},  sum[1] = prod H(u)^{d_u} */
void atr_attr_weigh(atr_g1 sum[2], const atr_attr_hash *hash,
                    const atr_attrs *attrs, const atr_g1_affine *points,
                    atr_rng *rng);

#endif
