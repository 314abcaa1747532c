/* mem.h - memory handed in from outside, with a limit.
 *
 * The library itself never allocates. `proto/` keeps what grows (rosters,
 * queues, buffers) in memory it takes through one atr_mem, so that a host
 * decides where it comes from, a limit holds per room or per hall, and a test
 * can make the n-th request fail.
 */
#ifndef ATR_MEM_H
#define ATR_MEM_H

#include "base/base.h"

typedef struct {
    /* resize is realloc with both sizes told: `new_len` 0 frees and returns
     * NULL; NULL with `new_len` not 0 means refused, the old block lives. */
    void *(*resize)(void *context, void *block, size_t old_len, size_t new_len);
    void *context;
    size_t used;  /* bytes out at present, kept by the functions below */
    size_t limit; /* most bytes out at once */
} atr_mem;

/* atr_mem_resize moves `block` to `new_len` bytes; new bytes are zero and
 * bytes given back are wiped. Returns NULL when refused, or when `new_len`
 * is 0. */
void *atr_mem_resize(atr_mem *mem, void *block, size_t old_len, size_t new_len);

/* atr_mem_alloc returns `len` zero bytes, or NULL. */
void *atr_mem_alloc(atr_mem *mem, size_t len);

/* atr_mem_free wipes and returns a block; NULL is accepted. */
void atr_mem_free(atr_mem *mem, void *block, size_t len);

/* A byte queue that grows: append at the end, take from the front. */
typedef struct {
    uint8_t *data;
    size_t from; /* first byte not yet taken */
    size_t len;  /* bytes in use, from the start of `data` */
    size_t cap;
} atr_queue;

/* atr_queue_space makes room for `len` more bytes and returns where they go,
 * or NULL; atr_queue_added counts them in. Returns ATR_ERR_LIMIT through the
 * NULL of the first. */
uint8_t *atr_queue_space(atr_queue *queue, atr_mem *mem, size_t len);
void atr_queue_added(atr_queue *queue, size_t len);

/* atr_queue_append copies `bytes` to the end, or returns ATR_ERR_LIMIT and
 * changes nothing. */
ATR_MUST_USE atr_err atr_queue_append(atr_queue *queue, atr_mem *mem,
                                      atr_bytes bytes);

/* atr_queue_bytes borrows what waits; atr_queue_take drops `len` of it. An
 * empty queue gives its memory back. */
atr_bytes atr_queue_bytes(const atr_queue *queue);
void atr_queue_take(atr_queue *queue, atr_mem *mem, size_t len);
void atr_queue_wipe(atr_queue *queue, atr_mem *mem);

#endif
