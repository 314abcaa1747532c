#include "policy/attr.h"

#include "policy/number.h"

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool atr_attr_is_name_byte(uint8_t c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == ':' || c == '@' || c == '/' || c == '-';
}

/* Whether `name` is `word` (in lower case), whatever the case of `name`. */
static bool is_word(atr_bytes name, const char *word)
{
    for (size_t i = 0; i < name.len; i++) {
        if (word[i] == 0 || !is_letter(name.data[i]) ||
            (name.data[i] | 0x20) != (uint8_t)word[i]) {
            return false;
        }
    }
    return word[name.len] == 0;
}

atr_word atr_attr_word(atr_bytes name)
{
    static const char *const words[] = {
        [ATR_WORD_AND] = "and", [ATR_WORD_OR] = "or",   [ATR_WORD_OF] = "of",
        [ATR_WORD_IN] = "in",   [ATR_WORD_NOT] = "not",
    };

    for (unsigned w = ATR_WORD_AND; w <= ATR_WORD_NOT; w++) {
        if (is_word(name, words[w])) {
            return (atr_word)w;
        }
    }
    return ATR_WORD_NONE;
}

bool atr_attr_equal(const atr_attr *a, const atr_attr *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

atr_err atr_attr_name(atr_attr *out, atr_bytes name)
{
    memset(out, 0, sizeof *out);
    if (name.len == 0 || name.len > ATR_ATTR_NAME_BYTES_MAX ||
        !is_letter(name.data[0]) || atr_attr_word(name) != ATR_WORD_NONE) {
        return ATR_ERR_INPUT;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!atr_attr_is_name_byte(name.data[i])) {
            return ATR_ERR_INPUT;
        }
    }
    memcpy(out->bytes, name.data, name.len);
    out->len = (uint8_t)name.len;
    return ATR_OK;
}

atr_err atr_attr_prefix(atr_attr *out, atr_bytes name, unsigned width,
                        unsigned prefix_len, uint32_t prefix)
{
    atr_attr made = {0};
    atr_attr plain;
    atr_builder builder = atr_builder_of(made.bytes, sizeof made.bytes);
    atr_err err;

    if ((err = atr_attr_name(&plain, name)) != ATR_OK) {
        goto out;
    }
    if (width == 0 || width > ATR_NUMBER_WIDTH_MAX || prefix_len > width ||
        prefix > atr_number_max(prefix_len)) {
        err = ATR_ERR_INPUT;
        goto out;
    }
    atr_build_bytes(&builder, ATR_LITERAL("\001num"));
    atr_build_field(&builder, name);
    atr_build_u8(&builder, (uint8_t)width);
    atr_build_u8(&builder, (uint8_t)prefix_len);
    atr_build_u32(&builder, prefix);
    made.len = (uint8_t)builder.len;
    err = atr_builder_end(&builder);
out:
    *out = err == ATR_OK ? made : (atr_attr){0};
    return err;
}

atr_err atr_attr_check(const atr_attr *attr)
{
    atr_attr plain;
    atr_number number;

    if (attr->len > ATR_ATTR_BYTES_MAX) {
        return ATR_ERR_INPUT;
    }
    if (atr_number_of(&number, attr)) {
        return ATR_OK;
    }
    return atr_attr_name(&plain, (atr_bytes){attr->bytes, attr->len});
}
