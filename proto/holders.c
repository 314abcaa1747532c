#include "proto/holders.h"

#define VERSION 1

void atr_holders_build(atr_builder *builder, uint32_t total,
                       const atr_holding *each, size_t count)
{
    size_t held = 0;

    for (size_t i = 0; i < count; i++) {
        held += each[i].people != 0;
    }
    atr_build_u8(builder, VERSION);
    atr_build_u32(builder, total);
    atr_build_u16(builder, (uint16_t)held);
    for (size_t i = 0; i < count; i++) {
        if (each[i].people != 0) {
            atr_build_field(builder,
                            (atr_bytes){each[i].attr.bytes, each[i].attr.len});
            atr_build_u32(builder, each[i].people);
        }
    }
}

/* Takes one; zero, and the reader fails, where none stands there. */
static atr_holding read_one(atr_reader *reader)
{
    const atr_bytes name = atr_read_field(reader);
    atr_holding out = {.people = atr_read_u32(reader)};

    if (name.len > sizeof out.attr.bytes) {
        atr_reader_fail(reader);
    }
    if (reader->failed) {
        return (atr_holding){.people = 0};
    }
    out.attr.len = (uint8_t)name.len;
    if (name.len != 0) {
        memcpy(out.attr.bytes, name.data, name.len);
    }
    return out;
}

atr_err atr_holders_read(atr_holders *out, atr_bytes page)
{
    atr_reader reader = atr_reader_of(page);
    const unsigned version = atr_read_u8(&reader);
    const uint32_t total = atr_read_u32(&reader);
    const size_t count = atr_read_u16(&reader);
    atr_attr last = {.len = 0};
    atr_bytes each;

    *out = (atr_holders){.total = 0};
    if (version != VERSION || count > ATR_HOLDERS_MAX) {
        return ATR_ERR_INPUT;
    }
    each = (atr_bytes){reader.at, reader.left};
    for (size_t i = 0; i < count; i++) {
        const atr_holding one = read_one(&reader);

        if (one.people == 0 || one.people > total ||
            atr_attr_check(&one.attr) != ATR_OK ||
            atr_attr_compare(&last, &one.attr) >= 0) {
            return ATR_ERR_INPUT;
        }
        last = one.attr;
    }
    if (atr_reader_end(&reader) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    *out = (atr_holders){total, each};
    return ATR_OK;
}

uint32_t atr_holders_of(void *holders, const atr_attr *attr)
{
    const atr_holders *h = holders;
    atr_reader reader = atr_reader_of(h->each);

    while (reader.left > 0 && !reader.failed) {
        const atr_holding one = read_one(&reader);

        if (atr_attr_equal(&one.attr, attr)) {
            return one.people;
        }
    }
    return 0;
}
