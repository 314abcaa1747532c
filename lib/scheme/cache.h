/* cache.h - H(u) of attributes that stand in policies, remembered.
 *
 * Hashing to the curve is a good part of an encapsulation, and a room has one
 * policy. A cache holds the points of the attributes of one authority that
 * were asked for last; as many as one policy may have rows, so a policy never
 * puts out its own. What is in it never goes stale: a point follows from the
 * attribute. The oldest goes first.
 *
 * Points and policies are public. But whether a point is there shows in the
 * time it takes: that a policy with this attribute was used before. So only
 * attributes of policies go through a cache, which those who speak under them
 * show anyway; those of a key do not (abe.h).
 *
 * A cache changes when it is read: one thread at a time, as long as any
 * atr_abe that it was lent to is in use. 45 kB; all zero is an empty one.
 */
#ifndef ATR_CACHE_H
#define ATR_CACHE_H

#include "curve/g1.h"
#include "policy/policy.h"

#define ATR_CACHE_POINTS ATR_POLICY_ROWS_MAX

/* Which attributes are there, each at a place. */
typedef struct {
    size_t count;
    size_t next; /* where the next one is put */
    atr_attr attr[ATR_CACHE_POINTS];
} atr_cache_names;

/* atr_cache_place returns where `attr` is, or ATR_CACHE_POINTS;
 * atr_cache_enter puts in one that is not there and returns its place. */
size_t atr_cache_place(const atr_cache_names *names, const atr_attr *attr);
size_t atr_cache_enter(atr_cache_names *names, const atr_attr *attr);

typedef struct {
    atr_cache_names names;
    atr_g1_affine point[ATR_CACHE_POINTS];
} atr_cache;

/* atr_cache_find returns the point of `attr`, or NULL: it is not there, or
 * there is no cache. */
const atr_g1_affine *atr_cache_find(const atr_cache *cache,
                                    const atr_attr *attr);
/* atr_cache_put puts in one that is not there; without a cache, nothing. */
void atr_cache_put(atr_cache *cache, const atr_attr *attr,
                   const atr_g1_affine *point);

#endif
