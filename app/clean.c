#include "app/cli.h"

typedef struct {
    uint32_t from;
    uint32_t to;
} span;

/* Control and format characters, direction overrides, what is invisible, and
 * what is no character at all. */
static const span hidden[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},
    {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},
    {0x2028, 0x202e},   {0x2060, 0x206f},   {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},
    {0xfe00, 0xfe0d},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff}};

static bool is_hidden(uint32_t c)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (c >= hidden[i].from && c <= hidden[i].to) {
            return true;
        }
    }
    return false;
}

/* Returns how many bytes the first character takes, or 0 when it is not
 * UTF-8 in its shortest form. `left` is not 0. */
static size_t decode(uint32_t *c, const uint8_t *at, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = at[0] < 0x80           ? 1
                 : (at[0] >> 5) == 0x06 ? 2
                 : (at[0] >> 4) == 0x0e ? 3
                 : (at[0] >> 3) == 0x1e ? 4
                                        : 0;

    if (len == 0 || len > left) {
        return 0;
    }
    *c = len == 1 ? at[0] : (uint32_t)(at[0] & (0x7f >> len));
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
        *c = *c << 6 | (at[i] & 0x3f);
    }
    return *c < least[len] || *c > 0x10ffff ? 0 : len;
}

void atr_cli_clean(char *out, size_t cap, atr_bytes text)
{
    size_t at = 0;
    size_t len;

    for (size_t i = 0; i < text.len; i += len) {
        uint32_t c = 0;
        size_t used = decode(&c, text.data + i, text.len - i);
        bool bad = used == 0 || is_hidden(c);
        size_t need = bad ? 1 : used;

        len = used ? used : 1;
        if (at + need + 1 > cap) {
            break;
        }
        if (bad) {
            out[at] = '?';
        } else {
            memcpy(out + at, text.data + i, need);
        }
        at += need;
    }
    if (cap > 0) {
        out[at] = 0;
    }
}
