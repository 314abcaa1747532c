#include "proto/index.h"

static uint64_t word_of(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

static size_t place_of(const atr_index *index, const uint8_t *key)
{
    uint64_t hash = index->secret[0];

    for (size_t i = 0; i < ATR_INDEX_KEY_BYTES; i += 8) {
        hash = (hash ^ word_of(key + i)) * (index->secret[1] | 1);
        hash ^= hash >> 29;
    }
    return (size_t)(hash ^ hash >> 32) & (index->cap - 1);
}

/* The slot of `key`, or the empty one where it would go. */
static atr_index_slot *slot_of(const atr_index *index, const uint8_t *key)
{
    size_t at = place_of(index, key);

    while (index->slots[at].value != ATR_INDEX_NONE &&
           memcmp(index->slots[at].key, key, ATR_INDEX_KEY_BYTES) != 0) {
        at = (at + 1) & (index->cap - 1);
    }
    return &index->slots[at];
}

static void add(atr_index *index, const uint8_t *key, uint32_t value)
{
    atr_index_slot *slot = slot_of(index, key);

    memcpy(slot->key, key, ATR_INDEX_KEY_BYTES);
    slot->value = value;
}

atr_err atr_index_reserve(atr_index *index, atr_mem *mem, size_t count)
{
    atr_index old = *index;
    size_t cap = old.cap == 0 ? 8 : old.cap;

    while (cap < 2 * count) {
        cap *= 2;
    }
    if (cap == old.cap) {
        return ATR_OK;
    }
    index->slots = atr_mem_alloc(mem, cap * sizeof *index->slots);
    if (index->slots == NULL) {
        index->slots = old.slots;
        return ATR_ERR_LIMIT;
    }
    index->cap = cap;
    for (size_t i = 0; i < cap; i++) {
        index->slots[i].value = ATR_INDEX_NONE;
    }
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].value != ATR_INDEX_NONE) {
            add(index, old.slots[i].key, old.slots[i].value);
        }
    }
    atr_mem_free(mem, old.slots, old.cap * sizeof *old.slots);
    return ATR_OK;
}

uint32_t atr_index_find(const atr_index *index, const uint8_t *key)
{
    return index->cap == 0 ? ATR_INDEX_NONE : slot_of(index, key)->value;
}

void atr_index_put(atr_index *index, const uint8_t *key, uint32_t value)
{
    add(index, key, value);
    index->count++;
}

/* Later keys of the same run move up, so that no search stops too early. */
static void close_gap(atr_index *index, size_t gap)
{
    size_t at = gap;

    for (;;) {
        size_t home;

        at = (at + 1) & (index->cap - 1);
        if (index->slots[at].value == ATR_INDEX_NONE) {
            return;
        }
        home = place_of(index, index->slots[at].key);
        if (((at - home) & (index->cap - 1)) >=
            ((at - gap) & (index->cap - 1))) {
            index->slots[gap] = index->slots[at];
            index->slots[at].value = ATR_INDEX_NONE;
            gap = at;
        }
    }
}

void atr_index_drop(atr_index *index, const uint8_t *key)
{
    atr_index_slot *slot = index->cap != 0 ? slot_of(index, key) : NULL;
    uint32_t value;

    if (slot == NULL || slot->value == ATR_INDEX_NONE) {
        return;
    }
    value = slot->value;
    slot->value = ATR_INDEX_NONE;
    close_gap(index, (size_t)(slot - index->slots));
    index->count--;
    for (size_t i = 0; i < index->cap; i++) {
        atr_index_slot *other = &index->slots[i];

        other->value -= other->value != ATR_INDEX_NONE && other->value > value;
    }
}

void atr_index_wipe(atr_index *index, atr_mem *mem)
{
    atr_mem_free(mem, index->slots, index->cap * sizeof *index->slots);
    index->slots = NULL;
    index->cap = 0;
    index->count = 0;
}
