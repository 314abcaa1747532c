#include "policy/number.h"

/* 01 "num" name-field width prefix-length prefix, as attr.h says. */
bool atr_number_of(atr_number *out, const atr_attr *attr)
{
    atr_reader in = atr_reader_of((atr_bytes){attr->bytes, attr->len});
    atr_bytes tag = {NULL, 0};
    atr_attr plain;
    atr_number got;

    memset(out, 0, sizeof *out);
    if (attr->len == 0 || attr->len > ATR_ATTR_BYTES_MAX) {
        return false;
    }
    tag = atr_read_view(&in, 4);
    got.name = atr_read_field(&in);
    got.width = atr_read_u8(&in);
    got.prefix_len = atr_read_u8(&in);
    got.prefix = atr_read_u32(&in);
    if (atr_reader_end(&in) != ATR_OK ||
        !atr_bytes_equal(tag, ATR_LITERAL("\001num")) ||
        atr_attr_name(&plain, got.name) != ATR_OK || got.width == 0 ||
        got.width > ATR_NUMBER_WIDTH_MAX || got.prefix_len > got.width ||
        got.prefix > atr_number_max(got.prefix_len)) {
        return false;
    }
    *out = got;
    return true;
}

bool atr_number_clash(const atr_number *a, const atr_number *b)
{
    unsigned shorter =
        a->prefix_len < b->prefix_len ? a->prefix_len : b->prefix_len;

    if (!atr_bytes_equal(a->name, b->name)) {
        return false;
    }
    return a->width != b->width ||
           (uint64_t)a->prefix >> (a->prefix_len - shorter) !=
               (uint64_t)b->prefix >> (b->prefix_len - shorter);
}

uint64_t atr_number_max(unsigned width)
{
    return ((uint64_t)1 << width) - 1;
}

atr_range atr_range_of(const atr_number *number)
{
    unsigned free = number->width - number->prefix_len;
    uint64_t lo = (uint64_t)number->prefix << free;

    return (atr_range){number->name, number->width, lo,
                       lo + atr_number_max(free)};
}

bool atr_range_next(atr_number *out, atr_range *rest)
{
    unsigned free = 0; /* the block holds 2^free values */

    if (rest->lo > rest->hi) {
        return false;
    }
    while (free < rest->width && (rest->lo >> free) % 2 == 0 &&
           rest->lo + atr_number_max(free + 1) <= rest->hi) {
        free++;
    }
    out->name = rest->name;
    out->width = rest->width;
    out->prefix_len = rest->width - free;
    out->prefix = (uint32_t)(rest->lo >> free);
    rest->lo += (uint64_t)1 << free;
    return true;
}
