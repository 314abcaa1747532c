/* fame_parts.h - what the two files of FAME share: the points that are
 * hashed, a batch at a time.
 */
#ifndef ATR_FAME_PARTS_H
#define ATR_FAME_PARTS_H

#include "scheme/fame.h"

#define ATR_FAME_BATCH 8 /* names, with six points each */

/* The names of a batch: attributes, or columns of a matrix by their numbers,
 * which begin with 1. Lent. */
typedef struct {
    atr_bytes dst;
    size_t count;
    atr_bytes name[ATR_FAME_BATCH];
    uint8_t number[ATR_FAME_BATCH][2];
} atr_fame_names;

/* atr_fame_name_attr adds an attribute to a batch of attributes. */
void atr_fame_name_attr(atr_fame_names *n, const atr_attr *attr);
/* atr_fame_name_columns names columns from .. from + count - 1. */
void atr_fame_name_columns(atr_fame_names *n, size_t from, size_t count);

/* H(name, l, t) for all l and t, which count from 0. */
typedef atr_g1_affine atr_fame_six[3][2];

void atr_fame_hash(atr_fame_six *out, const atr_fame *fame,
                   const atr_fame_names *n);

static inline size_t atr_fame_part(size_t count, size_t from)
{
    return count - from < ATR_FAME_BATCH ? count - from : ATR_FAME_BATCH;
}

#endif
