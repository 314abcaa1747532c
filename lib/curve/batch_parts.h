/* batch_parts.h - what the files of batch.h have in common. */
#ifndef ATR_BATCH_PARTS_H
#define ATR_BATCH_PARTS_H

#include "curve/batch.h"

/* atr_batch_share is how many of `count` items the eight-way engine takes:
 * all, or none where it is not in use. */
size_t atr_batch_share(size_t count);
/* atr_batch_share_but_one is the same where a rest of one is cheaper alone. */
size_t atr_batch_share_but_one(size_t count);

/* atr_lanes is how many lanes the next of `left` items fill. */
static inline size_t atr_lanes(size_t left)
{
    return left < 8 ? left : 8;
}

#endif
