/* A page of counts: what can be read is found again, and builds the same. */
#include <stdlib.h>

#include "proto/holders.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static atr_holding each[ATR_HOLDERS_MAX];
    static uint8_t again[ATR_HOLDERS_BYTES_MAX];
    atr_builder b = atr_builder_of(again, sizeof again);
    atr_holders h;
    atr_reader reader;
    size_t count = 0;

    if (atr_holders_read(&h, (atr_bytes){data, len}) != ATR_OK) {
        return 0;
    }
    reader = atr_reader_of(h.each);
    while (reader.left > 0) {
        atr_holding *one = &each[count++];
        const atr_bytes name = atr_read_field(&reader);

        memset(one, 0, sizeof *one);
        one->attr.len = (uint8_t)name.len;
        memcpy(one->attr.bytes, name.data, name.len);
        one->people = atr_read_u32(&reader);
        if (count <= 64 && atr_holders_of(&h, &one->attr) != one->people) {
            abort();
        }
    }
    atr_holders_build(&b, h.total, each, count);
    if (!atr_bytes_equal(atr_builder_bytes(&b), (atr_bytes){data, len})) {
        abort();
    }
    return 0;
}
