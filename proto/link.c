#include "proto/room.h"

static const char scheme[] = "attrium://";
#define SCHEME_BYTES (sizeof scheme - 1)

/* --- parsing -------------------------------------------------------------- */

static bool is_one_of(uint8_t c, const char *set)
{
    for (; *set != '\0'; set++) {
        if ((uint8_t)*set == c) {
            return true;
        }
    }
    return false;
}

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

static bool is_name_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || is_one_of(c, "-._");
}

static bool is_six_byte(uint8_t c)
{
    return digit_of(c) >= 0 || is_one_of(c, ":.");
}

/* Takes bytes for which `belongs` holds. */
static atr_bytes take_run(atr_bytes *in, bool (*belongs)(uint8_t c))
{
    atr_bytes run = {in->data, 0};

    while (run.len < in->len && belongs(in->data[run.len])) {
        run.len++;
    }
    in->data += run.len;
    in->len -= run.len;
    return run;
}

static bool take_byte(atr_bytes *in, char c)
{
    if (in->len == 0 || in->data[0] != (uint8_t)c) {
        return false;
    }
    in->data++;
    in->len--;
    return true;
}

static bool take_host(atr_link *out, atr_bytes *in)
{
    const uint8_t *from = in->data;
    bool six = take_byte(in, '[');
    atr_bytes run = take_run(in, six ? is_six_byte : is_name_byte);
    size_t len;

    if (run.len == 0 || (six && !take_byte(in, ']'))) {
        return false;
    }
    len = (size_t)(in->data - from);
    if (len > ATR_LINK_HOST_MAX) {
        return false;
    }
    memcpy(out->host, from, len);
    return true;
}

static bool is_decimal(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool take_port(atr_link *out, atr_bytes *in)
{
    atr_bytes run = take_run(in, is_decimal);
    uint32_t port = 0;

    if (run.len == 0 || run.len > 5 || run.data[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < run.len; i++) {
        port = port * 10 + (uint32_t)(run.data[i] - '0');
    }
    out->port = (uint16_t)port;
    return port <= UINT16_MAX;
}

static bool take_hex(uint8_t out[32], atr_bytes *in)
{
    if (in->len < 64) {
        return false;
    }
    for (size_t i = 0; i < 32; i++) {
        int high = digit_of(in->data[2 * i]);
        int low = digit_of(in->data[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    in->data += 64;
    in->len -= 64;
    return true;
}

static bool take_all(atr_link *out, atr_bytes in)
{
    if (in.len < SCHEME_BYTES || in.len > ATR_LINK_TEXT_MAX ||
        memcmp(in.data, scheme, SCHEME_BYTES) != 0) {
        return false;
    }
    in.data += SCHEME_BYTES;
    in.len -= SCHEME_BYTES;
    if (!take_host(out, &in) || !take_byte(&in, ':') || !take_port(out, &in)) {
        return false;
    }
    if (take_byte(&in, '/') && in.len != 0 && in.data[0] != '#') {
        out->has_room = true;
        if (!take_hex(out->room, &in)) {
            return false;
        }
    }
    if (take_byte(&in, '#')) {
        out->has_pin = true;
        if (!take_hex(out->pin, &in)) {
            return false;
        }
    }
    return in.len == 0;
}

atr_err atr_link_parse(atr_link *out, atr_bytes text)
{
    *out = (atr_link){0};
    if (!take_all(out, text)) {
        *out = (atr_link){0};
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

/* --- formatting ----------------------------------------------------------- */

static void put_text(atr_builder *builder, const char *text)
{
    for (; *text != '\0'; text++) {
        atr_build_u8(builder, (uint8_t)*text);
    }
}

static void put_port(atr_builder *builder, unsigned port)
{
    uint8_t digits[5];
    size_t at = sizeof digits;

    do {
        digits[--at] = (uint8_t)('0' + port % 10);
        port /= 10;
    } while (port != 0);
    atr_build_bytes(builder, (atr_bytes){digits + at, sizeof digits - at});
}

static void put_hex(atr_builder *builder, const uint8_t bytes[32])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < 32; i++) {
        atr_build_u8(builder, (uint8_t)digits[bytes[i] >> 4]);
        atr_build_u8(builder, (uint8_t)digits[bytes[i] & 15]);
    }
}

atr_err atr_link_format(char *out, size_t cap, const atr_link *link)
{
    atr_builder builder = atr_builder_of((uint8_t *)out, cap);
    atr_link again;

    put_text(&builder, scheme);
    put_text(&builder, link->host);
    put_text(&builder, ":");
    put_port(&builder, link->port);
    put_text(&builder, "/");
    if (link->has_room) {
        put_hex(&builder, link->room);
    }
    if (link->has_pin) {
        put_text(&builder, "#");
        put_hex(&builder, link->pin);
    }
    /* What cannot be read again is not a link: a bad host, port 0. */
    if (atr_builder_end(&builder) == ATR_OK &&
        atr_link_parse(&again, atr_builder_bytes(&builder)) != ATR_OK) {
        atr_wipe(out, cap);
        return ATR_ERR_INPUT;
    }
    atr_build_u8(&builder, 0);
    if (atr_builder_end(&builder) != ATR_OK) {
        atr_wipe(out, cap);
        return ATR_ERR_LIMIT;
    }
    return ATR_OK;
}
