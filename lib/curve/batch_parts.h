/* batch_parts.h - what the files of batch.h have in common. */
#ifndef ATR_BATCH_PARTS_H
#define ATR_BATCH_PARTS_H

#include "curve/batch.h"

/* atr_batch_share is how many of `count` items the eight-way engine takes:
 * all, or none where it is not in use. */
size_t atr_batch_share(size_t count);
/* atr_batch_share_from is the same where a rest of fewer than `least` items,
 * below eight, is done sooner one after another. */
size_t atr_batch_share_from(size_t count, size_t least);

/* Those numbers: eight lanes take as long for one item as for eight, so this
 * is their time over that of one item alone, with the fastest engine of each
 * (bench_curve_batch). */
#define ATR_G1_MUL_LEAST 2
#define ATR_G1_READ_LEAST 2
#define ATR_G1_HASH_LEAST 2
#define ATR_G1_TABLE_MUL_LEAST 4 /* fewer: each over all lanes */
/* A sum needs so many terms, which then all go to the lanes. */
#define ATR_G1_SUM_LEAST 4
#define ATR_G2_MUL_LEAST 2
#define ATR_G2_READ_LEAST 2
#define ATR_G2_TABLE_MUL_LEAST 5

/* How many weights go into one sum of the engine, which bounds its stack. */
#define ATR_G1_WEIGH_MAX 32
#define ATR_G2_WEIGH_MAX 16

/* atr_lanes is how many lanes the next of `left` items fill. */
static inline size_t atr_lanes(size_t left)
{
    return left < 8 ? left : 8;
}

#endif
