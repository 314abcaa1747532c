/* Memory with a limit and the queue on top of it: what is refused changes
 * nothing, what is given back is wiped, and every request may fail.
 */
#include "kit/kit.h"

static void counts_and_limits(void **state)
{
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, 100);
    uint8_t *a = atr_mem_alloc(&mem, 60);
    uint8_t *b;

    (void)state;
    assert_non_null(a);
    assert_int_equal(mem.used, 60);
    assert_null(atr_mem_alloc(&mem, 41));
    assert_null(atr_mem_alloc(&mem, SIZE_MAX));
    assert_int_equal(mem.used, 60);
    b = atr_mem_alloc(&mem, 40);
    assert_non_null(b);
    assert_null(atr_mem_alloc(&mem, 1));
    assert_null(atr_mem_alloc(&mem, 0));
    atr_mem_free(&mem, a, 60);
    assert_int_equal(mem.used, 40);
    atr_mem_free(&mem, b, 40);
    atr_mem_free(&mem, NULL, 7);
    assert_int_equal(mem.used, 0);
    assert_int_equal(heap.blocks, 0);
}

/* A host that hands out dirty memory and keeps what it gets back, so that a
 * test can look at it. */
typedef struct {
    uint8_t blocks[4][128];
    size_t next;
} dirty;

static void *dirty_resize(void *context, void *block, size_t old_len,
                          size_t new_len)
{
    dirty *d = context;

    (void)block;
    (void)old_len;
    if (new_len == 0) {
        return NULL;
    }
    assert_true(d->next < 4 && new_len <= sizeof d->blocks[0]);
    memset(d->blocks[d->next], 0xee, sizeof d->blocks[0]);
    return d->blocks[d->next++];
}

static size_t nonzero(const uint8_t *bytes, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        count += bytes[i] != 0;
    }
    return count;
}

static void new_is_zero_and_old_is_wiped(void **state)
{
    dirty d = {0};
    atr_mem mem = {.resize = dirty_resize, .context = &d, .limit = 1000};
    uint8_t *block = atr_mem_alloc(&mem, 32);

    (void)state;
    assert_int_equal(nonzero(block, 32), 0);
    memset(block, 7, 32);
    block = atr_mem_resize(&mem, block, 32, 64);
    assert_ptr_equal(block, d.blocks[1]);
    assert_int_equal(nonzero(d.blocks[0], 32), 0); /* the place it left */
    assert_int_equal(nonzero(block, 32), 32);
    assert_int_equal(nonzero(block + 32, 32), 0);
    memset(block, 7, 64);
    block = atr_mem_resize(&mem, block, 64, 16);
    assert_int_equal(nonzero(d.blocks[1], 64), 0);
    assert_int_equal(nonzero(block, 16), 16);
    assert_int_equal(mem.used, 16);
    atr_mem_free(&mem, block, 16);
    assert_int_equal(nonzero(d.blocks[2], 16), 0);
}

/* Each request in turn is refused; the block and the count stay. */
static void refused_changes_nothing(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 2; n++) {
        kit_heap heap = {.fail_at = n};
        atr_mem mem = kit_mem(&heap, 1000);
        uint8_t *block = atr_mem_alloc(&mem, 10);
        uint8_t *more;

        if (n == 1) {
            assert_null(block);
            assert_int_equal(mem.used, 0);
            continue;
        }
        memset(block, 7, 10);
        more = atr_mem_resize(&mem, block, 10, 20);
        assert_null(more);
        assert_int_equal(mem.used, 10);
        assert_int_equal(nonzero(block, 10), 10);
        atr_mem_free(&mem, block, 10);
        assert_int_equal(heap.blocks, 0);
    }
}

/* --- the queue ---------------------------------------------------------- */

/* What goes in comes out, in order, whatever the sizes; checked against
 * counting. */
static void queue_is_a_queue(void **state)
{
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, 1 << 20);
    atr_queue queue = {0};
    atr_rng rng;
    uint8_t in = 0;
    uint8_t out = 0;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (unsigned round = 0; round < 5000; round++) {
        uint8_t chunk[300];
        size_t len = atr_rng_below_vartime(&rng, sizeof chunk);
        atr_bytes waiting;

        for (size_t i = 0; i < len; i++) {
            chunk[i] = in++;
        }
        assert_int_equal(
            atr_queue_append(&queue, &mem, (atr_bytes){chunk, len}), ATR_OK);
        waiting = atr_queue_bytes(&queue);
        len = atr_rng_below_vartime(&rng, waiting.len + 1);
        for (size_t i = 0; i < len; i++) {
            assert_int_equal(waiting.data[i], out++);
        }
        atr_queue_take(&queue, &mem, len);
        assert_true(mem.used == queue.cap);
    }
    atr_queue_wipe(&queue, &mem);
    atr_queue_wipe(&queue, &mem);
    atr_queue_wipe(NULL, &mem);
    assert_int_equal(mem.used, 0);
    assert_int_equal(heap.blocks, 0);
}

static void queue_gives_its_memory_back(void **state)
{
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, 1000);
    atr_queue queue = {0};

    (void)state;
    assert_int_equal(atr_queue_append(&queue, &mem, ATR_LITERAL("abc")),
                     ATR_OK);
    atr_queue_take(&queue, &mem, 2);
    assert_int_equal(atr_queue_bytes(&queue).len, 1);
    assert_int_equal(heap.blocks, 1);
    atr_queue_take(&queue, &mem, 1);
    assert_int_equal(atr_queue_bytes(&queue).len, 0);
    assert_int_equal(heap.blocks, 0);
    assert_int_equal(atr_queue_append(&queue, &mem, (atr_bytes){NULL, 0}),
                     ATR_OK);
    assert_int_equal(heap.blocks, 0);
}

/* Up to the limit and no further; and a queue that is refused keeps what it
 * has. The last bytes fit although doubling would not. */
static void queue_keeps_its_limit(void **state)
{
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, 100);
    atr_queue queue = {0};
    uint8_t chunk[101] = {0};

    (void)state;
    assert_int_equal(atr_queue_append(&queue, &mem, ATR_BYTES(chunk)),
                     ATR_ERR_LIMIT);
    for (unsigned i = 0; i < 10; i++) {
        memset(chunk, (int)i + 1, 10);
        assert_int_equal(atr_queue_append(&queue, &mem, (atr_bytes){chunk, 10}),
                         ATR_OK);
    }
    assert_int_equal(atr_queue_append(&queue, &mem, (atr_bytes){chunk, 1}),
                     ATR_ERR_LIMIT);
    assert_null(atr_queue_space(&queue, &mem, SIZE_MAX));
    assert_int_equal(atr_queue_bytes(&queue).len, 100);
    assert_int_equal(atr_queue_bytes(&queue).data[99], 10);
    /* Room at the front counts, though it is less than half. */
    atr_queue_take(&queue, &mem, 10);
    assert_int_equal(atr_queue_append(&queue, &mem, (atr_bytes){chunk, 10}),
                     ATR_OK);
    assert_int_equal(atr_queue_bytes(&queue).len, 100);
    assert_int_equal(atr_queue_bytes(&queue).data[0], 2);
    atr_queue_wipe(&queue, &mem);
    assert_int_equal(mem.used, 0);
}

/* The n-th request fails, for every n: what was in the queue stays. */
static void queue_survives_each_refusal(void **state)
{
    bool refused = true;

    (void)state;
    for (size_t n = 1; refused; n++) {
        kit_heap heap = {.fail_at = n};
        atr_mem mem = kit_mem(&heap, 1 << 20);
        atr_queue queue = {0};
        uint8_t chunk[50];
        size_t in = 0;

        refused = false;
        for (unsigned i = 0; i < 40; i++) {
            memset(chunk, (int)i, sizeof chunk);
            if (atr_queue_append(&queue, &mem, ATR_BYTES(chunk)) == ATR_OK) {
                in += sizeof chunk;
            } else {
                refused = true;
            }
        }
        /* Doubling that is refused is tried again with just enough. */
        assert_int_equal(atr_queue_bytes(&queue).len, in);
        assert_true(in >= 39 * sizeof chunk);
        atr_queue_wipe(&queue, &mem);
        assert_int_equal(mem.used, 0);
        assert_int_equal(heap.blocks, 0);
        refused = refused || heap.fail_at == 0;
        assert_true(n < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_limits),
        cmocka_unit_test(new_is_zero_and_old_is_wiped),
        cmocka_unit_test(refused_changes_nothing),
        cmocka_unit_test(queue_is_a_queue),
        cmocka_unit_test(queue_gives_its_memory_back),
        cmocka_unit_test(queue_keeps_its_limit),
        cmocka_unit_test(queue_survives_each_refusal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
