/* fame_parts.h - what the files of FAME share: the points that are hashed.
 */
#ifndef ATR_FAME_PARTS_H
#define ATR_FAME_PARTS_H

#include "scheme/fame.h"

#define ATR_FAME_BATCH 8 /* names, with six points each */

static inline size_t atr_fame_part(size_t count, size_t from)
{
    return count - from < ATR_FAME_BATCH ? count - from : ATR_FAME_BATCH;
}

/* atr_fame_attr_points is H(u, l, t) of at most ATR_FAME_BATCH attributes;
 * atr_fame_row_points is the same through the cache, for those of policies. */
void atr_fame_attr_points(atr_fame_six *out, const atr_fame *fame,
                          const atr_attr *const *attrs, size_t count);
void atr_fame_row_points(atr_fame_six *out, const atr_fame *fame,
                         const atr_attr *const *attrs, size_t count);

/* atr_fame_column_points is H(col j, l, t) for j = 1 .. count. */
void atr_fame_column_points(atr_fame_six *out, const atr_fame *fame,
                            size_t count);

#endif
