#include "app/dearmour.h"

#include <stdio.h>

#include "app/armour.h"

#define LINE 64

void atr_dearmour_init(atr_dearmour *out, const char *label)
{
    memset(out, 0, sizeof *out);
    out->label = label;
}

static bool is_blank(const atr_dearmour *d)
{
    return strspn(d->line, " \t") == d->len;
}

static bool is_mark(const atr_dearmour *d, const char *word)
{
    char mark[ATR_DEARMOUR_LINE_MAX];

    snprintf(mark, sizeof mark, "-----%s %s-----", word, d->label);
    return strlen(mark) == d->len && memcmp(mark, d->line, d->len) == 0;
}

static atr_err take_body(atr_dearmour *d, uint8_t *out, size_t *len)
{
    if (d->is_last || d->len == 0 || d->len > LINE || d->len % 4 != 0 ||
        strlen(d->line) != d->len) {
        return ATR_ERR_INPUT;
    }
    d->is_last = d->len < LINE || d->line[LINE - 1] == '=';
    return atr_base64_read(out, len, ATR_DEARMOUR_BYTES_MAX, d->line);
}

/* The line, which ends with a zero, is whole. */
static atr_err take_line(atr_dearmour *d, uint8_t *out, size_t *len)
{
    if (d->len > 0 && d->line[d->len - 1] == '\r') {
        d->len--;
    }
    d->line[d->len] = 0;
    switch (d->part) {
    case ATR_DEARMOUR_HEAD:
        if (is_mark(d, "BEGIN")) {
            d->part = ATR_DEARMOUR_BODY;
            return ATR_OK;
        }
        return is_blank(d) ? ATR_OK : ATR_ERR_INPUT;
    case ATR_DEARMOUR_BODY:
        if (is_mark(d, "END")) {
            d->part = ATR_DEARMOUR_TAIL;
            return ATR_OK;
        }
        return take_body(d, out, len);
    default:
        return is_blank(d) ? ATR_OK : ATR_ERR_INPUT;
    }
}

atr_err atr_dearmour_take(atr_dearmour *dearmour,
                          uint8_t out[ATR_DEARMOUR_BYTES_MAX], size_t *len,
                          uint8_t character)
{
    atr_err err;

    *len = 0;
    if (character != '\n') {
        if (dearmour->len + 1 >= sizeof dearmour->line) {
            return ATR_ERR_INPUT;
        }
        dearmour->line[dearmour->len++] = (char)character;
        return ATR_OK;
    }
    err = take_line(dearmour, out, len);
    dearmour->len = 0;
    return err;
}

atr_err atr_dearmour_end(atr_dearmour *dearmour,
                         uint8_t out[ATR_DEARMOUR_BYTES_MAX], size_t *len)
{
    atr_err err = atr_dearmour_take(dearmour, out, len, '\n');

    return err == ATR_OK && dearmour->part != ATR_DEARMOUR_TAIL ? ATR_ERR_INPUT
                                                                : err;
}
