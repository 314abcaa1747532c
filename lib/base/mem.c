#include "base/mem.h"

/* Shrinking wipes what is given back while it is still ours. Growing asks
 * for a new block and copies, rather than letting the host move the bytes,
 * so that the old place is wiped too. */
static void *move_block(atr_mem *mem, void *block, size_t old_len,
                        size_t new_len)
{
    size_t kept = old_len < new_len ? old_len : new_len;
    uint8_t *moved = mem->resize(mem->context, NULL, 0, new_len);

    if (moved == NULL) {
        return NULL;
    }
    if (block != NULL) {
        memcpy(moved, block, kept);
    }
    memset(moved + kept, 0, new_len - kept);
    if (block != NULL) {
        atr_wipe(block, old_len);
        (void)mem->resize(mem->context, block, old_len, 0);
    }
    return moved;
}

/* The limit counts the sizes before and after, not both blocks at once
 * during the move. */
void *atr_mem_resize(atr_mem *mem, void *block, size_t old_len, size_t new_len)
{
    size_t others = mem->used - old_len;
    void *moved;

    if (new_len == 0) {
        atr_mem_free(mem, block, old_len);
        return NULL;
    }
    if (new_len == old_len) {
        return block;
    }
    if (others > mem->limit || new_len > mem->limit - others) {
        return NULL;
    }
    moved = move_block(mem, block, old_len, new_len);
    if (moved != NULL) {
        mem->used = others + new_len;
    }
    return moved;
}

void *atr_mem_alloc(atr_mem *mem, size_t len)
{
    return atr_mem_resize(mem, NULL, 0, len);
}

void atr_mem_free(atr_mem *mem, void *block, size_t len)
{
    if (block == NULL) {
        return;
    }
    atr_wipe(block, len);
    (void)mem->resize(mem->context, block, len, 0);
    mem->used -= len;
}

/* --- the queue ---------------------------------------------------------- */

static void move_to_front(atr_queue *queue)
{
    size_t waiting = queue->len - queue->from;

    if (queue->from == 0) {
        return;
    }
    memmove(queue->data, queue->data + queue->from, waiting);
    atr_wipe(queue->data + waiting, queue->from);
    queue->from = 0;
    queue->len = waiting;
}

/* A block of twice the size, so that appending stays linear; or, where that
 * is refused, of just `need` bytes. */
static bool grow(atr_queue *queue, atr_mem *mem, size_t need)
{
    size_t doubled = queue->cap > SIZE_MAX / 2 ? SIZE_MAX : queue->cap * 2;
    size_t ample = need < 64 ? 64 : need;
    size_t cap = doubled > ample ? doubled : ample;
    void *data = atr_mem_resize(mem, queue->data, queue->cap, cap);

    if (data == NULL && need > queue->cap) {
        cap = need;
        data = atr_mem_resize(mem, queue->data, queue->cap, cap);
    }
    if (data == NULL) {
        return false;
    }
    queue->data = data;
    queue->cap = cap;
    return true;
}

uint8_t *atr_queue_space(atr_queue *queue, atr_mem *mem, size_t len)
{
    size_t waiting = queue->len - queue->from;

    if (len > SIZE_MAX - waiting) {
        return NULL;
    }
    if (queue->data == NULL || len > queue->cap - queue->len) {
        bool fits = queue->data != NULL && waiting + len <= queue->cap;
        bool worth = queue->from >= queue->cap / 2;

        /* Moving little to the front again and again would cost much; with
         * half of the block free each byte moves once on average. */
        if (!(fits && worth) && !grow(queue, mem, waiting + len) && !fits) {
            return NULL;
        }
        move_to_front(queue);
    }
    return queue->data + queue->len;
}

void atr_queue_added(atr_queue *queue, size_t len)
{
    queue->len += len;
}

atr_err atr_queue_append(atr_queue *queue, atr_mem *mem, atr_bytes bytes)
{
    uint8_t *space;

    if (bytes.len == 0) {
        return ATR_OK;
    }
    space = atr_queue_space(queue, mem, bytes.len);
    if (space == NULL) {
        return ATR_ERR_LIMIT;
    }
    memcpy(space, bytes.data, bytes.len);
    atr_queue_added(queue, bytes.len);
    return ATR_OK;
}

atr_bytes atr_queue_bytes(const atr_queue *queue)
{
    if (queue->len == queue->from) {
        return (atr_bytes){NULL, 0};
    }
    return (atr_bytes){queue->data + queue->from, queue->len - queue->from};
}

void atr_queue_take(atr_queue *queue, atr_mem *mem, size_t len)
{
    queue->from += len;
    if (queue->from == queue->len) {
        atr_queue_wipe(queue, mem);
    }
}

void atr_queue_wipe(atr_queue *queue, atr_mem *mem)
{
    if (queue == NULL) {
        return;
    }
    atr_mem_free(mem, queue->data, queue->cap);
    *queue = (atr_queue){0};
}
