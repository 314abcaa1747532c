#include "policy/attr.h"

#include "policy/number.h"
#include "policy/period.h"

int atr_attr_compare(const atr_attr *a, const atr_attr *b)
{
    size_t shorter = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->bytes, b->bytes, shorter);

    return order != 0 ? order : (int)a->len - (int)b->len;
}

/* The first index whose attribute is not below `attr`. */
static size_t place_of(const atr_attrs *attrs, const atr_attr *attr)
{
    size_t from = 0;
    size_t to = attrs->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (atr_attr_compare(&attrs->attr[middle], attr) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

size_t atr_attrs_find(const atr_attrs *attrs, const atr_attr *attr)
{
    size_t at = place_of(attrs, attr);
    bool found = at < attrs->count && atr_attr_equal(&attrs->attr[at], attr);

    return found ? at : ATR_ATTRS_MAX;
}

bool atr_attrs_has(const atr_attrs *attrs, const atr_attr *attr)
{
    return atr_attrs_find(attrs, attr) != ATR_ATTRS_MAX;
}

atr_err atr_attrs_add(atr_attrs *attrs, const atr_attr *attr)
{
    size_t at = place_of(attrs, attr);

    if (at < attrs->count && atr_attr_equal(&attrs->attr[at], attr)) {
        return ATR_OK;
    }
    if (attrs->count == ATR_ATTRS_MAX) {
        return ATR_ERR_LIMIT;
    }
    memmove(&attrs->attr[at + 1], &attrs->attr[at],
            (attrs->count - at) * sizeof attrs->attr[0]);
    attrs->attr[at] = *attr;
    attrs->count++;
    return ATR_OK;
}

/* What of the prefixes of `whole` is not yet in `attrs`, or an error. */
static atr_err count_new(size_t *missing, const atr_attrs *attrs,
                         const atr_number *whole)
{
    atr_number held;

    *missing = whole->width + 1;
    for (size_t i = 0; i < attrs->count; i++) {
        if (!atr_number_of(&held, &attrs->attr[i])) {
            continue;
        }
        if (atr_number_clash(&held, whole)) {
            return ATR_ERR_INPUT;
        }
        *missing -= atr_bytes_equal(held.name, whole->name);
    }
    return ATR_OK;
}

atr_err atr_attrs_add_number(atr_attrs *attrs, atr_bytes name, unsigned width,
                             uint32_t value)
{
    atr_number whole = {name, width, width, value};
    atr_attr attr;
    size_t missing;
    atr_err err;

    if ((err = atr_attr_prefix(&attr, name, width, width, value)) != ATR_OK ||
        (err = count_new(&missing, attrs, &whole)) != ATR_OK) {
        return err;
    }
    if (missing > ATR_ATTRS_MAX - attrs->count) {
        return ATR_ERR_LIMIT;
    }
    for (unsigned len = 0; len <= width && err == ATR_OK; len++) {
        uint32_t prefix = (uint32_t)((uint64_t)value >> (width - len));

        if ((err = atr_attr_prefix(&attr, name, width, len, prefix)) ==
            ATR_OK) {
            err = atr_attrs_add(attrs, &attr);
        }
    }
    return err;
}

void atr_attrs_build(atr_builder *builder, const atr_attrs *attrs)
{
    atr_build_u16(builder, (uint16_t)attrs->count);
    for (size_t i = 0; i < attrs->count; i++) {
        const atr_attr *attr = &attrs->attr[i];

        atr_build_u8(builder, attr->len);
        atr_build_bytes(builder, (atr_bytes){attr->bytes, attr->len});
    }
}

/* Prefixes of one number stand together, shorter ones first, so that those of
 * two values meet as neighbours somewhere. */
static bool may_follow(const atr_attr *before, const atr_attr *attr)
{
    atr_number a;
    atr_number b;

    if (atr_attr_compare(before, attr) >= 0) {
        return false;
    }
    return !atr_number_of(&a, before) || !atr_number_of(&b, attr) ||
           !atr_number_clash(&a, &b);
}

/* `*periods` is how many labels of periods may still come. */
static bool read_one(atr_attr *out, atr_reader *reader, unsigned *periods)
{
    atr_period period;

    out->len = atr_read_u8(reader);
    if (out->len > ATR_ATTR_BYTES_MAX) {
        return false;
    }
    atr_read_copy(reader, out->bytes, out->len);
    if (atr_period_of(&period, out)) {
        return (*periods)-- > 0;
    }
    return atr_attr_check(out) == ATR_OK;
}

static void read_all(atr_attrs *out, atr_reader *reader, unsigned periods)
{
    size_t count = atr_read_u16(reader);
    bool good = count <= ATR_ATTRS_MAX;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count && good; i++) {
        good = read_one(&out->attr[i], reader, &periods) &&
               (i == 0 || may_follow(&out->attr[i - 1], &out->attr[i]));
    }
    out->count = count;
    if (!good || reader->failed) {
        atr_reader_fail(reader);
        memset(out, 0, sizeof *out);
    }
}

void atr_attrs_read(atr_attrs *out, atr_reader *reader)
{
    read_all(out, reader, 0);
}

void atr_attrs_read_held(atr_attrs *out, atr_reader *reader)
{
    read_all(out, reader, 1);
}
