#include "base/bytes.h"

/* --- reading ------------------------------------------------------------ */

atr_reader atr_reader_of(atr_bytes in)
{
    return (atr_reader){.at = in.data, .left = in.len, .failed = false};
}

void atr_reader_fail(atr_reader *reader)
{
    reader->failed = true;
    reader->left = 0;
}

atr_bytes atr_read_view(atr_reader *reader, size_t len)
{
    atr_bytes view = {NULL, 0};

    if (reader->failed || len > reader->left) {
        atr_reader_fail(reader);
        return view;
    }
    if (len != 0) { /* an empty reader may hold NULL, which stays NULL */
        view = (atr_bytes){reader->at, len};
        reader->at += len;
        reader->left -= len;
    }
    return view;
}

static uint64_t read_integer(atr_reader *reader, size_t len)
{
    atr_bytes view = atr_read_view(reader, len);
    uint64_t value = 0;

    for (size_t i = 0; i < view.len; i++) {
        value = value << 8 | view.data[i];
    }
    return value;
}

uint8_t atr_read_u8(atr_reader *reader)
{
    return (uint8_t)read_integer(reader, 1);
}

uint16_t atr_read_u16(atr_reader *reader)
{
    return (uint16_t)read_integer(reader, 2);
}

uint32_t atr_read_u32(atr_reader *reader)
{
    return (uint32_t)read_integer(reader, 4);
}

uint64_t atr_read_u64(atr_reader *reader)
{
    return read_integer(reader, 8);
}

void atr_read_copy(atr_reader *reader, void *out, size_t len)
{
    atr_bytes view = atr_read_view(reader, len);

    if (len == 0) {
        return;
    }
    if (view.len == len) {
        memcpy(out, view.data, len);
    } else {
        memset(out, 0, len);
    }
}

atr_bytes atr_read_field(atr_reader *reader)
{
    size_t len = atr_read_u32(reader);

    return atr_read_view(reader, len);
}

atr_bytes atr_read_rest(atr_reader *reader)
{
    return atr_read_view(reader, reader->left);
}

atr_err atr_reader_end(const atr_reader *reader)
{
    return reader->failed || reader->left != 0 ? ATR_ERR_INPUT : ATR_OK;
}

/* --- building ----------------------------------------------------------- */

atr_builder atr_builder_of(uint8_t *memory, size_t cap)
{
    return (atr_builder){.data = memory, .len = 0, .cap = cap, .failed = false};
}

uint8_t *atr_build_space(atr_builder *builder, size_t len)
{
    uint8_t *space;

    if (builder->failed || len > builder->cap - builder->len) {
        builder->failed = true;
        return NULL;
    }
    space = builder->data + builder->len;
    builder->len += len;
    return space;
}

static void build_integer(atr_builder *builder, uint64_t value, size_t len)
{
    uint8_t *space = atr_build_space(builder, len);

    if (space == NULL) {
        return;
    }
    for (size_t i = len; i-- > 0;) {
        space[i] = (uint8_t)value;
        value >>= 8;
    }
}

void atr_build_u8(atr_builder *builder, uint8_t value)
{
    build_integer(builder, value, 1);
}

void atr_build_u16(atr_builder *builder, uint16_t value)
{
    build_integer(builder, value, 2);
}

void atr_build_u32(atr_builder *builder, uint32_t value)
{
    build_integer(builder, value, 4);
}

void atr_build_u64(atr_builder *builder, uint64_t value)
{
    build_integer(builder, value, 8);
}

void atr_build_bytes(atr_builder *builder, atr_bytes bytes)
{
    uint8_t *space;

    if (bytes.len == 0) {
        return;
    }
    space = atr_build_space(builder, bytes.len);
    if (space != NULL) {
        memcpy(space, bytes.data, bytes.len);
    }
}

/* A field is written whole or not at all. */
void atr_build_field(atr_builder *builder, atr_bytes bytes)
{
    if (bytes.len > UINT32_MAX || builder->cap - builder->len < 4 ||
        builder->cap - builder->len - 4 < bytes.len) {
        builder->failed = true;
        return;
    }
    atr_build_u32(builder, (uint32_t)bytes.len);
    atr_build_bytes(builder, bytes);
}

atr_err atr_builder_end(const atr_builder *builder)
{
    return builder->failed ? ATR_ERR_LIMIT : ATR_OK;
}

atr_bytes atr_builder_bytes(const atr_builder *builder)
{
    return (atr_bytes){builder->data, builder->len};
}
