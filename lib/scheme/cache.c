#include "scheme/cache.h"

size_t atr_cache_place(const atr_cache_names *names, const atr_attr *attr)
{
    for (size_t i = 0; i < names->count; i++) {
        if (atr_attr_equal(&names->attr[i], attr)) {
            return i;
        }
    }
    return ATR_CACHE_POINTS;
}

size_t atr_cache_enter(atr_cache_names *names, const atr_attr *attr)
{
    size_t place = names->next;

    names->attr[place] = *attr;
    names->next = (place + 1) % ATR_CACHE_POINTS;
    if (names->count < ATR_CACHE_POINTS) {
        names->count++;
    }
    return place;
}

const atr_g1_affine *atr_cache_find(const atr_cache *cache,
                                    const atr_attr *attr)
{
    size_t place =
        cache == NULL ? ATR_CACHE_POINTS : atr_cache_place(&cache->names, attr);

    return place == ATR_CACHE_POINTS ? NULL : &cache->point[place];
}

void atr_cache_put(atr_cache *cache, const atr_attr *attr,
                   const atr_g1_affine *point)
{
    if (cache != NULL) {
        cache->point[atr_cache_enter(&cache->names, attr)] = *point;
    }
}
