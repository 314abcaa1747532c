#include "app/armour.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

#define LINE 64 /* characters of base64, which are 48 bytes */

void atr_hex_write(char *out, atr_bytes bytes)
{
    sodium_bin2hex(out, 2 * bytes.len + 1, bytes.data, bytes.len);
}

atr_err atr_hex_read(uint8_t *out, size_t len, const char *text)
{
    size_t got = 0;
    const char *end = NULL;

    if (strlen(text) != 2 * len ||
        sodium_hex2bin(out, len, text, 2 * len, NULL, &got, &end) != 0 ||
        got != len || *end != 0) {
        memset(out, 0, len);
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

void atr_base64_write(char *out, atr_bytes bytes)
{
    sodium_bin2base64(out, ATR_BASE64_TEXT_MAX(bytes.len), bytes.data,
                      bytes.len, sodium_base64_VARIANT_ORIGINAL);
}

/* Blanks in `ignored` are passed over. */
static atr_err read_base64(uint8_t *out, size_t *len, size_t cap,
                           atr_bytes text, const char *ignored)
{
    const char *from = (const char *)text.data;
    const char *end = NULL;
    size_t got = 0;

    *len = 0;
    errno = 0; /* ERANGE: it does not fit, or the padding is missing */
    if (sodium_base642bin(out, cap, from, text.len, ignored, &got, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != from + text.len) {
        bool is_full = errno == ERANGE && text.len / 4 * 3 > cap;

        sodium_memzero(out, cap);
        return is_full ? ATR_ERR_LIMIT : ATR_ERR_INPUT;
    }
    *len = got;
    return ATR_OK;
}

atr_err atr_base64_read(uint8_t *out, size_t *len, size_t cap, const char *text)
{
    return read_base64(out, len, cap,
                       (atr_bytes){(const uint8_t *)text, strlen(text)}, NULL);
}

void atr_fingerprint_write(char out[ATR_FINGERPRINT_TEXT_MAX],
                           const uint8_t hash[32])
{
    size_t at = 0;

    for (size_t i = 0; i < 32; i += 2) {
        atr_hex_write(out + at, (atr_bytes){hash + i, 2});
        at += 4;
        out[at++] = i == 30 ? 0 : ' ';
    }
}

atr_err atr_fingerprint_read(uint8_t hash[32], const char *text)
{
    char digits[65] = {0};
    size_t count = 0;

    for (const char *c = text; *c; c++) {
        if (*c == ' ' || *c == ':') {
            continue;
        }
        if (count == 64) {
            memset(hash, 0, 32);
            return ATR_ERR_INPUT;
        }
        digits[count++] = *c;
    }
    return atr_hex_read(hash, 32, digits);
}

static size_t mark_len(const char *label)
{
    return sizeof "-----BEGIN -----\n" - 1 + strlen(label);
}

size_t atr_armour_len(const char *label, size_t len)
{
    size_t digits = (len + 2) / 3 * 4;

    return 2 * mark_len(label) - 2 + digits + (digits + LINE - 1) / LINE + 1;
}

void atr_armour_write(char *out, const char *label, atr_bytes bytes)
{
    char *at = out + sprintf(out, "-----BEGIN %s-----\n", label);

    for (size_t i = 0; i < bytes.len; i += LINE / 4 * 3) {
        size_t left = bytes.len - i;
        size_t now = left < LINE / 4 * 3 ? left : LINE / 4 * 3;

        atr_base64_write(at, (atr_bytes){bytes.data + i, now});
        at += (now + 2) / 3 * 4;
        *at++ = '\n';
    }
    sprintf(at, "-----END %s-----\n", label);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static atr_bytes trim(atr_bytes in)
{
    while (in.len > 0 && is_blank(in.data[0])) {
        in.data++;
        in.len--;
    }
    while (in.len > 0 && is_blank(in.data[in.len - 1])) {
        in.len--;
    }
    return in;
}

static bool begins(atr_bytes in, const char *mark)
{
    size_t len = strlen(mark);

    return in.len >= len && memcmp(in.data, mark, len) == 0;
}

bool atr_armour_is(atr_bytes in)
{
    return begins(trim(in), "-----BEGIN ATTRIUM ");
}

bool atr_armour_is_of(atr_bytes in, const char *label)
{
    char head[64];

    snprintf(head, sizeof head, "-----BEGIN %s-----", label);
    return begins(trim(in), head);
}

atr_err atr_armour_read(uint8_t *out, size_t *len, size_t cap,
                        const char *label, atr_bytes in)
{
    char head[64];
    char tail[64];
    atr_bytes body = trim(in);

    *len = 0;
    if (!atr_armour_is(in)) {
        if (in.len > cap) {
            return ATR_ERR_LIMIT;
        }
        memcpy(out, in.data, in.len);
        *len = in.len;
        return ATR_OK;
    }
    snprintf(head, sizeof head, "-----BEGIN %s-----", label);
    snprintf(tail, sizeof tail, "-----END %s-----", label);
    if (!begins(body, head) || body.len < strlen(head) + strlen(tail) ||
        memcmp(body.data + body.len - strlen(tail), tail, strlen(tail)) != 0) {
        return ATR_ERR_INPUT;
    }
    body.data += strlen(head);
    body.len -= strlen(head) + strlen(tail);
    return read_base64(out, len, cap, trim(body), "\r\n");
}
