#include "scheme/identity.h"

#include <assert.h>

static bool is_name(atr_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < 0x21 || name.data[i] > 0x7e) {
            return false;
        }
    }
    return name.len != 0;
}

atr_err atr_identity_of(atr_identity *out, atr_bytes name, uint32_t period)
{
    memset(out, 0, sizeof *out);
    if (name.len > ATR_IDENTITY_NAME_BYTES_MAX) {
        return ATR_ERR_LIMIT;
    }
    if (!is_name(name)) {
        return ATR_ERR_INPUT;
    }
    out->len = (uint8_t)name.len;
    memcpy(out->name, name.data, name.len);
    out->period = period;
    return ATR_OK;
}

bool atr_identity_equal(const atr_identity *a, const atr_identity *b)
{
    return a->len == b->len && a->period == b->period &&
           memcmp(a->name, b->name, a->len) == 0;
}

atr_err atr_identity_read(atr_identity *out,
                          const uint8_t in[ATR_IDENTITY_BYTES])
{
    atr_reader reader = atr_reader_of((atr_bytes){in, ATR_IDENTITY_BYTES});
    const size_t len = atr_read_u8(&reader);
    const atr_bytes name = atr_read_view(&reader, ATR_IDENTITY_NAME_BYTES_MAX);
    const uint32_t period = atr_read_u32(&reader);
    uint8_t rest = 0;

    for (size_t i = len; i < ATR_IDENTITY_NAME_BYTES_MAX; i++) {
        rest |= name.data[i];
    }
    if (rest != 0 || atr_reader_end(&reader) != ATR_OK ||
        atr_identity_of(out, (atr_bytes){name.data, len}, period) != ATR_OK) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

void atr_identity_write(uint8_t out[ATR_IDENTITY_BYTES], const atr_identity *id)
{
    atr_builder builder = atr_builder_of(out, ATR_IDENTITY_BYTES);

    atr_build_u8(&builder, id->len);
    atr_build_bytes(&builder, ATR_BYTES(id->name));
    atr_build_u32(&builder, id->period);
    assert(atr_builder_end(&builder) == ATR_OK);
}
