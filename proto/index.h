/* index.h - a hash table from 32-byte keys to small numbers.
 *
 * Verification keys and room ids are chosen by others, so the hash is keyed
 * with a secret and nobody can make many of them meet in one place.
 */
#ifndef ATR_INDEX_H
#define ATR_INDEX_H

#include "base/mem.h"

#define ATR_INDEX_KEY_BYTES 32
#define ATR_INDEX_NONE UINT32_MAX

typedef struct {
    uint8_t key[ATR_INDEX_KEY_BYTES];
    uint32_t value; /* ATR_INDEX_NONE in an empty place */
} atr_index_slot;

/* All zero but `secret` is an empty one. */
typedef struct {
    atr_index_slot *slots;
    size_t cap; /* 0 or a power of two, at least twice `count` */
    size_t count;
    uint64_t secret[2];
} atr_index;

/* atr_index_reserve makes room for `count` keys in all, or returns
 * ATR_ERR_LIMIT; then atr_index_put of a new key cannot fail. */
ATR_MUST_USE atr_err atr_index_reserve(atr_index *index, atr_mem *mem,
                                       size_t count);

/* atr_index_find returns the value of `key`, or ATR_INDEX_NONE. */
uint32_t atr_index_find(const atr_index *index, const uint8_t *key);

/* atr_index_put adds a key that is not there; room must be reserved. */
void atr_index_put(atr_index *index, const uint8_t *key, uint32_t value);

/* atr_index_drop removes `key`, and lowers each value above the one it had by
 * one: for arrays that close the gap. */
void atr_index_drop(atr_index *index, const uint8_t *key);

void atr_index_wipe(atr_index *index, atr_mem *mem);

#endif
