/* Frames, records and the hash table. */
#include "kit/kit.h"
#include "proto/frame.h"
#include "proto/index.h"

static uint8_t bytes[512];

static atr_record a_record(uint8_t kind)
{
    static const uint8_t inside[ATR_MESSAGE_BYTES_MIN + 3] = {1, 2, 3};
    atr_record r = {.kind = kind, .epoch = 0x0102030405060708};

    if (kind == ATR_RECORD_CONTRIBUTION) {
        r.message = ATR_BYTES(inside);
        return r;
    }
    memset(r.vk, 0x11, sizeof r.vk);
    if (kind == ATR_RECORD_LEAVE) {
        r.lost = true;
    } else if (kind == ATR_RECORD_CONFIRM) {
        memset(r.tag, 0x22, sizeof r.tag);
    } else {
        r.number = 77;
        memset(r.sig, 0x33, sizeof r.sig);
        r.sealed = (atr_bytes){inside, 9};
    }
    return r;
}

static size_t build(const atr_record *record)
{
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_record_build(&b, record);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    assert_int_equal(b.len, atr_record_len(record));
    return b.len;
}

static void records_round_trip(void **state)
{
    (void)state;
    for (uint8_t kind = 1; kind <= 4; kind++) {
        atr_record in = a_record(kind);
        size_t len = build(&in);
        atr_record out;

        assert_int_equal(atr_record_read(&out, (atr_bytes){bytes, len}),
                         ATR_OK);
        assert_int_equal(out.kind, kind);
        assert_true(out.epoch == in.epoch && out.number == in.number);
        assert_true(out.lost == in.lost);
        assert_memory_equal(out.vk, in.vk, 32);
        assert_memory_equal(out.tag, in.tag, 32);
        assert_memory_equal(out.sig, in.sig, 64);
        assert_true(atr_bytes_equal(out.sealed, in.sealed));
        assert_true(atr_bytes_equal(out.message, in.message));
    }
}

/* A contribution takes whatever follows, down to its least length. */
static void records_have_one_length(void **state)
{
    (void)state;
    for (uint8_t kind = 1; kind <= 4; kind++) {
        atr_record in = a_record(kind);
        size_t len = build(&in);
        size_t least = kind == ATR_RECORD_CONTRIBUTION ? len - 3 : len;
        atr_record out;

        for (size_t cut = 0; cut < least; cut++) {
            assert_int_equal(atr_record_read(&out, (atr_bytes){bytes, cut}),
                             ATR_ERR_INPUT);
            assert_int_equal(out.kind, 0);
        }
        bytes[len] = 0;
        if (kind != ATR_RECORD_CONTRIBUTION) {
            assert_int_equal(atr_record_read(&out, (atr_bytes){bytes, len + 1}),
                             ATR_ERR_INPUT);
        }
    }
}

static void records_are_strict(void **state)
{
    atr_record in = a_record(ATR_RECORD_LEAVE);
    atr_record out;
    size_t len;

    (void)state;
    len = build(&in);
    bytes[len - 1] = 2; /* lost is 0 or 1 */
    assert_int_equal(atr_record_read(&out, (atr_bytes){bytes, len}),
                     ATR_ERR_INPUT);
    bytes[len - 1] = 0;
    bytes[0] = 5; /* no such kind */
    assert_int_equal(atr_record_read(&out, (atr_bytes){bytes, len}),
                     ATR_ERR_INPUT);
    bytes[0] = ATR_RECORD_LEAVE;
    memset(bytes + 1, 0, 8); /* no epoch 0 */
    assert_int_equal(atr_record_read(&out, (atr_bytes){bytes, len}),
                     ATR_ERR_INPUT);
    in = a_record(ATR_RECORD_TEXT);
    in.number = 0;
    len = build(&in);
    assert_int_equal(atr_record_read(&out, (atr_bytes){bytes, len}),
                     ATR_ERR_INPUT);
}

static void frames_arrive_in_any_pieces(void **state)
{
    static const uint8_t stream[] = {0, 0, 0,    1, 0x49, 0, 0,
                                     0, 4, 0x45, 7, 8,    9};
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, 1000);

    (void)state;
    for (size_t cut = 0; cut <= sizeof stream; cut++) {
        atr_framer framer = {.limit = 4};
        size_t frames = 0;
        atr_bytes pieces[2] = {{stream, cut},
                               {stream + cut, sizeof stream - cut}};

        for (size_t i = 0; i < 2; i++) {
            uint8_t type;
            atr_bytes body;
            atr_err err;

            assert_int_equal(atr_framer_put(&framer, &mem, pieces[i]), ATR_OK);
            while (atr_framer_next(&framer, &type, &body, &err)) {
                assert_int_equal(type, frames == 0 ? 0x49 : 0x45);
                assert_int_equal(body.len, frames == 0 ? 0 : 3);
                atr_framer_drop(&framer, &mem);
                frames++;
            }
            assert_int_equal(err, ATR_OK);
        }
        assert_int_equal(frames, 2);
        assert_int_equal(mem.used, 0); /* an idle connection holds nothing */
    }
}

static void frame_lengths_are_limited(void **state)
{
    static const uint8_t zero[] = {0, 0, 0, 0};
    static const uint8_t large[] = {0, 0, 0, 5};
    static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff};
    const atr_bytes lengths[] = {ATR_BYTES(zero), ATR_BYTES(large),
                                 ATR_BYTES(huge)};
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, 1000);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        atr_framer framer = {.limit = 4};
        uint8_t type;
        atr_bytes body;
        atr_err err;

        assert_int_equal(atr_framer_put(&framer, &mem, lengths[i]), ATR_OK);
        assert_false(atr_framer_next(&framer, &type, &body, &err));
        assert_int_equal(err, ATR_ERR_LIMIT);
        atr_framer_wipe(&framer, &mem);
    }
}

static void frames_are_built_whole_or_not(void **state)
{
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, 200);
    atr_queue out = {0};
    atr_builder body = atr_frame_begin(&out, &mem, ATR_FRAME_ACK, 16);

    (void)state;
    atr_build_u64(&body, 1);
    assert_int_equal(atr_frame_end(&out, &body), ATR_ERR_LIMIT);
    assert_int_equal(atr_queue_bytes(&out).len, 0);
    body = atr_frame_begin(&out, &mem, ATR_FRAME_ACK, 16);
    atr_build_u64(&body, 1);
    atr_build_u64(&body, 2);
    assert_int_equal(atr_frame_end(&out, &body), ATR_OK);
    assert_hex(atr_queue_bytes(&out).data, 21,
               "0000001109"
               "0000000000000001"
               "0000000000000002");
    body = atr_frame_begin(&out, &mem, ATR_FRAME_TEXT, 1000);
    assert_int_equal(atr_frame_end(&out, &body), ATR_ERR_LIMIT);
    assert_int_equal(atr_queue_bytes(&out).len, 21);
    atr_queue_wipe(&out, &mem);
}

/* Against an array: keys that come and go, and values that close ranks. */
static void the_index_finds_all(void **state)
{
    static uint8_t keys[300][32];
    size_t count = 0;
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, SIZE_MAX);
    atr_index index = {.secret = {5, 7}};
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t step = 0; step < 3000; step++) {
        if (count == 0 ||
            (count < 300 && atr_rng_below_vartime(&rng, 100) < 55)) {
            atr_rng_bytes(&rng, keys[count], 32);
            assert_int_equal(atr_index_reserve(&index, &mem, count + 1),
                             ATR_OK);
            atr_index_put(&index, keys[count], (uint32_t)count);
            count++;
        } else {
            size_t at = atr_rng_below_vartime(&rng, count);
            uint8_t gone[32];

            memcpy(gone, keys[at], 32);
            atr_index_drop(&index, gone);
            memmove(keys[at], keys[at + 1], (count - at - 1) * 32);
            count--;
            assert_int_equal(atr_index_find(&index, gone), ATR_INDEX_NONE);
        }
        for (size_t i = 0; i < count; i += 1 + i / 8) {
            assert_int_equal(atr_index_find(&index, keys[i]), i);
        }
    }
    atr_index_wipe(&index, &mem);
    assert_int_equal(mem.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_round_trip),
        cmocka_unit_test(records_have_one_length),
        cmocka_unit_test(records_are_strict),
        cmocka_unit_test(frames_arrive_in_any_pieces),
        cmocka_unit_test(frame_lengths_are_limited),
        cmocka_unit_test(frames_are_built_whole_or_not),
        cmocka_unit_test(the_index_finds_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
