#include "app/attrium/sanitise.h"

#define REPLACEMENT 0xfffdu
#define MARKS_MAX 4

typedef struct {
    uint32_t first;
    uint32_t last;
} range;

/* What is never shown. Sorted. */
static const range hidden[] = {
    {0x0000, 0x001f},   /* C0 (blanks are let through before) */
    {0x007f, 0x009f},   /* DEL, C1 */
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x061c, 0x061c},   /* Arabic letter mark */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer vowels without a shape */
    {0x180b, 0x180f},   /* Mongolian selectors and vowel separator */
    {0x200b, 0x200f},   /* zero width, direction marks */
    {0x202a, 0x202e},   /* direction embeddings and overrides */
    {0x2060, 0x206f},   /* word joiner .. isolates .. deprecated formats */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xd800, 0xdfff},   /* surrogates */
    {0xfe00, 0xfe0f},   /* variation selectors */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xffa0, 0xffa0},   /* half-width Hangul filler */
    {0xfff0, 0xfffb},   /* annotations */
    {0x1bca0, 0x1bca3}, /* shorthand formats */
    {0x1d173, 0x1d17a}, /* musical formats */
    {0xe0000, 0xe0fff}, /* tags, more variation selectors */
};

/* Marks that stand on the letter before them. Sorted. */
static const range marks[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
    {0x064b, 0x065f}, {0x06d6, 0x06dc}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20f0},
    {0x3099, 0x309a}, {0xfe20, 0xfe2f},
};

/* What takes two columns. Sorted. */
static const range wide[] = {
    {0x1100, 0x115e},   {0x231a, 0x231b},   {0x23e9, 0x23ec},
    {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x26a1, 0x26a1},
    {0x26c4, 0x26c5},   {0x2705, 0x2705},   {0x270a, 0x270b},
    {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},
    {0x2795, 0x2797},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff},
    {0x20000, 0x3fffd},
};

static bool within(const range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count && ranges[i].first <= point; i++) {
        if (point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

#define WITHIN(ranges, point)                                                  \
    within((ranges), sizeof(ranges) / sizeof(ranges)[0], (point))

/* The length a first byte announces, and the bits of the character in it. */
static size_t lead(uint32_t *bits, uint32_t *least, uint8_t byte)
{
    if (byte < 0x80) {
        *bits = byte;
        *least = 0;
        return 1;
    }
    if (byte >= 0xc2 && byte <= 0xdf) {
        *bits = byte & 0x1fu;
        *least = 0x80;
        return 2;
    }
    if (byte >= 0xe0 && byte <= 0xef) {
        *bits = byte & 0x0fu;
        *least = 0x800;
        return 3;
    }
    if (byte >= 0xf0 && byte <= 0xf4) {
        *bits = byte & 0x07u;
        *least = 0x10000;
        return 4;
    }
    return 0;
}

/* As atr_utf8_next, but 0 for what is not UTF-8 as well. */
static size_t decode(uint32_t *point, atr_bytes in)
{
    uint32_t bits = 0;
    uint32_t least = 0;
    size_t len = in.len == 0 ? 0 : lead(&bits, &least, in.data[0]);

    if (len == 0 || len > in.len) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((in.data[i] & 0xc0) != 0x80) {
            return 0;
        }
        bits = bits << 6 | (in.data[i] & 0x3fu);
    }
    if (bits < least || bits > 0x10ffff || (bits >= 0xd800 && bits <= 0xdfff)) {
        return 0;
    }
    *point = bits;
    return len;
}

size_t atr_utf8_next(uint32_t *point, atr_bytes in)
{
    size_t len = decode(point, in);

    if (len == 0 && in.len != 0) {
        *point = REPLACEMENT;
        len = 1;
    }
    return len;
}

unsigned atr_utf8_width(uint32_t point)
{
    if (WITHIN(hidden, point) || WITHIN(marks, point)) {
        return 0;
    }
    return WITHIN(wide, point) ? 2 : 1;
}

/* What is written for a character: itself, something else, or 0 for nothing. */
static uint32_t made_safe(uint32_t point, unsigned *marks_before)
{
    if (point == '\n' || point == '\t' || point == '\r' || point == 0x2028 ||
        point == 0x2029 || point == 0x0085) {
        point = ' ';
    }
    if (WITHIN(hidden, point)) {
        return 0;
    }
    if (!WITHIN(marks, point)) {
        *marks_before = 0;
        return point;
    }
    return ++*marks_before > MARKS_MAX ? 0 : point;
}

static size_t encode(uint8_t out[4], uint32_t point)
{
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (uint8_t)(0xc0 | point >> 6);
        out[1] = (uint8_t)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (uint8_t)(0xe0 | point >> 12);
        out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | point >> 18);
    out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (point & 0x3f));
    return 4;
}

size_t atr_sanitise(char *out, size_t cap, atr_bytes in)
{
    unsigned marks_before = 0;
    size_t len = 0;

    while (in.len != 0) {
        uint8_t bytes[4];
        uint32_t point;
        size_t took = atr_utf8_next(&point, in);
        size_t gives;

        in.data += took;
        in.len -= took;
        point = made_safe(point, &marks_before);
        if (point == 0) {
            continue;
        }
        gives = encode(bytes, point);
        if (len + gives >= cap) {
            break;
        }
        memcpy(out + len, bytes, gives);
        len += gives;
    }
    out[len] = 0;
    return len;
}
