/* The laws of the reader and the builder: what is built is read back, and
 * neither ever goes past its end.
 */
#include "kit/kit.h"

#include "base/bytes.h"

static void integers_are_big_endian(void **state)
{
    uint8_t memory[15];
    atr_builder builder = atr_builder_of(memory, sizeof memory);
    atr_reader reader;

    (void)state;
    atr_build_u8(&builder, 0x01);
    atr_build_u16(&builder, 0x0203);
    atr_build_u32(&builder, 0x04050607);
    atr_build_u64(&builder, 0x08090a0b0c0d0e0f);
    assert_int_equal(atr_builder_end(&builder), ATR_OK);
    assert_hex(memory, builder.len, "0102030405060708090a0b0c0d0e0f");
    reader = atr_reader_of(atr_builder_bytes(&builder));
    assert_int_equal(atr_read_u8(&reader), 0x01);
    assert_int_equal(atr_read_u16(&reader), 0x0203);
    assert_int_equal(atr_read_u32(&reader), 0x04050607);
    assert_true(atr_read_u64(&reader) == 0x08090a0b0c0d0e0f);
    assert_int_equal(atr_reader_end(&reader), ATR_OK);
}

/* Each law for every length from nothing to all: a reader cut short fails,
 * stays failed, and shows nothing of what it could have read. */
static void reader_cut_anywhere_fails(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 0, 0, 0, 2, 'o', 'k', 9};

    (void)state;
    for (size_t len = 0; len <= sizeof bytes; len++) {
        atr_reader reader = atr_reader_of((atr_bytes){bytes, len});
        uint8_t copy[2] = {0xee, 0xee};
        atr_bytes field;
        atr_bytes rest;

        (void)atr_read_u8(&reader);
        atr_read_copy(&reader, copy, sizeof copy);
        assert_int_equal(copy[0], len >= 3 ? 2 : 0);
        field = atr_read_field(&reader);
        assert_int_equal(field.len, len >= 9 ? 2 : 0);
        assert_int_equal(atr_read_u8(&reader), len >= 10 ? 9 : 0);
        rest = atr_read_rest(&reader);
        assert_int_equal(rest.len, 0);
        assert_int_equal(atr_reader_end(&reader),
                         len == sizeof bytes ? ATR_OK : ATR_ERR_INPUT);
    }
}

static void trailing_bytes_are_an_error(void **state)
{
    static const uint8_t bytes[] = {1, 2};
    atr_reader reader = atr_reader_of(ATR_BYTES(bytes));

    (void)state;
    (void)atr_read_u8(&reader);
    assert_int_equal(atr_reader_end(&reader), ATR_ERR_INPUT);
    assert_int_equal(atr_read_rest(&reader).len, 1);
    assert_int_equal(atr_reader_end(&reader), ATR_OK);
    atr_reader_fail(&reader);
    assert_int_equal(atr_reader_end(&reader), ATR_ERR_INPUT);
}

/* A field whose length says far more than there is: no wrap, no read. */
static void field_length_is_not_believed(void **state)
{
    static const uint8_t lengths[][4] = {{0, 0, 0, 2},
                                         {0xff, 0xff, 0xff, 0xff},
                                         {0x80, 0, 0, 0},
                                         {0xff, 0xff, 0xff, 0xfc}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        uint8_t bytes[5] = {0};
        atr_reader reader;

        memcpy(bytes, lengths[i], 4);
        reader = atr_reader_of(ATR_BYTES(bytes));
        assert_null(atr_read_field(&reader).data);
        assert_int_equal(atr_reader_end(&reader), ATR_ERR_INPUT);
    }
}

static void nothing_reads_as_nothing(void **state)
{
    atr_reader reader = atr_reader_of((atr_bytes){NULL, 0});

    (void)state;
    assert_int_equal(atr_read_view(&reader, 0).len, 0);
    atr_read_copy(&reader, NULL, 0);
    assert_int_equal(atr_reader_end(&reader), ATR_OK);
    assert_int_equal(atr_read_u64(&reader), 0);
    assert_int_equal(atr_reader_end(&reader), ATR_ERR_INPUT);
}

/* Two fields, three integers, any capacity: all fits, or the builder fails,
 * and never a byte is written past the capacity. */
static void builder_stops_at_its_end(void **state)
{
    (void)state;
    for (size_t cap = 0; cap <= 20; cap++) {
        uint8_t memory[24];
        atr_builder builder = atr_builder_of(memory, cap);

        memset(memory, 0xee, sizeof memory);
        atr_build_u16(&builder, 1);
        atr_build_field(&builder, ATR_LITERAL("ok"));
        atr_build_u32(&builder, 2);
        atr_build_field(&builder, ATR_LITERAL(""));
        atr_build_bytes(&builder, ATR_LITERAL("abc"));
        atr_build_bytes(&builder, (atr_bytes){NULL, 0});
        assert_int_equal(atr_builder_end(&builder),
                         cap >= 19 ? ATR_OK : ATR_ERR_LIMIT);
        assert_true(builder.len <= cap);
        for (size_t i = cap; i < sizeof memory; i++) {
            assert_int_equal(memory[i], 0xee);
        }
    }
}

/* Once failed, nothing more is written, not even what would fit. */
static void builder_stays_failed(void **state)
{
    uint8_t memory[4];
    atr_builder builder = atr_builder_of(memory, sizeof memory);

    (void)state;
    atr_build_field(&builder, ATR_LITERAL("x"));
    atr_build_u8(&builder, 1);
    assert_int_equal(builder.len, 0);
    assert_null(atr_build_space(&builder, 1));
    assert_null(atr_build_space(&builder, SIZE_MAX));
    assert_int_equal(atr_builder_end(&builder), ATR_ERR_LIMIT);
}

/* Random fields come back as they went in, and the encoding of two lists is
 * the same only when the lists are: `enc` is injective. */
static void fields_come_back(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t content[64];
        uint8_t memory[512];
        size_t from[8];
        size_t len[8];
        size_t count = 1 + atr_rng_below_vartime(&rng, 8);
        atr_builder builder = atr_builder_of(memory, sizeof memory);
        atr_reader reader;

        atr_rng_bytes(&rng, content, sizeof content);
        for (size_t i = 0; i < count; i++) {
            from[i] = atr_rng_below_vartime(&rng, sizeof content);
            len[i] = atr_rng_below_vartime(&rng, sizeof content - from[i] + 1);
            atr_build_field(&builder, (atr_bytes){content + from[i], len[i]});
        }
        assert_int_equal(atr_builder_end(&builder), ATR_OK);
        reader = atr_reader_of(atr_builder_bytes(&builder));
        for (size_t i = 0; i < count; i++) {
            assert_true(
                atr_bytes_equal(atr_read_field(&reader),
                                (atr_bytes){content + from[i], len[i]}));
        }
        assert_int_equal(atr_reader_end(&reader), ATR_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(reader_cut_anywhere_fails),
        cmocka_unit_test(trailing_bytes_are_an_error),
        cmocka_unit_test(field_length_is_not_believed),
        cmocka_unit_test(nothing_reads_as_nothing),
        cmocka_unit_test(builder_stops_at_its_end),
        cmocka_unit_test(builder_stays_failed),
        cmocka_unit_test(fields_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
