#include "scheme/cache.h"

const atr_g1_affine *atr_cache_find(const atr_cache *cache,
                                    const atr_attr *attr)
{
    for (size_t i = 0; cache != NULL && i < cache->count; i++) {
        if (atr_attr_equal(&cache->attr[i], attr)) {
            return &cache->point[i];
        }
    }
    return NULL;
}

void atr_cache_put(atr_cache *cache, const atr_attr *attr,
                   const atr_g1_affine *point)
{
    if (cache == NULL) {
        return;
    }
    cache->attr[cache->next] = *attr;
    cache->point[cache->next] = *point;
    cache->next = (cache->next + 1) % ATR_CACHE_POINTS;
    if (cache->count < ATR_CACHE_POINTS) {
        cache->count++;
    }
}
