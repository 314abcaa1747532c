#include "proto/utf8.h"

#define NOT_A_CODE UINT32_MAX

/* Takes one code point from the front of `in`; NOT_A_CODE for overlong forms,
 * surrogates, codes above 10ffff, and pieces. */
static uint32_t take(atr_bytes *in)
{
    static const uint32_t lowest[4] = {0, 0x80, 0x800, 0x10000};
    uint8_t first = in->data[0];
    size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint32_t code = more == 0 ? first : first & (0x3fu >> more);

    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || in->len <= more) {
        return NOT_A_CODE;
    }
    for (size_t i = 1; i <= more; i++) {
        if ((in->data[i] & 0xc0) != 0x80) {
            return NOT_A_CODE;
        }
        code = code << 6 | (in->data[i] & 0x3fu);
    }
    in->data += more + 1;
    in->len -= more + 1;
    if (code < lowest[more] || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff)) {
        return NOT_A_CODE;
    }
    return code;
}

bool atr_utf8_is_text(atr_bytes bytes)
{
    while (bytes.len != 0) {
        uint32_t code = take(&bytes);

        if (code == NOT_A_CODE || code == 0) {
            return false;
        }
    }
    return true;
}

static bool is_hidden(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},
        {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfe00, 0xfe0f},
        {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0x10ffff},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i][0] && code <= ranges[i][1]) {
            return true;
        }
    }
    return false;
}

bool atr_utf8_is_label(atr_bytes bytes)
{
    while (bytes.len != 0) {
        uint32_t code = take(&bytes);

        if (code == NOT_A_CODE || is_hidden(code)) {
            return false;
        }
    }
    return true;
}
