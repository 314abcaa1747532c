#include "host/head.h"

#include <strings.h>

static bool is_token(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The length of the head with its empty line, or 0. */
static size_t end_of_head(atr_bytes in)
{
    for (size_t i = 3; i < in.len; i++) {
        if (memcmp(in.data + i - 3, "\r\n\r\n", 4) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Cuts the next line off `*rest`, without its CR LF. False when the line is
 * not one: a bare LF or CR, or a control character. */
static bool next_line(atr_bytes *line, atr_bytes *rest)
{
    size_t i = 0;

    while (i < rest->len && rest->data[i] != '\r') {
        uint8_t c = rest->data[i];

        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
        i++;
    }
    if (rest->len - i < 2 || rest->data[i + 1] != '\n') {
        return false;
    }
    *line = (atr_bytes){rest->data, i};
    rest->data += i + 2;
    rest->len -= i + 2;
    return true;
}

static size_t name_length(atr_bytes line)
{
    size_t i = 0;

    while (i < line.len && is_token(line.data[i])) {
        i++;
    }
    return i < line.len && line.data[i] == ':' ? i : 0;
}

/* "HTTP/1.1 200 OK"; the reason may be missing with its blank. */
static int parse_status(atr_bytes line)
{
    int status = 0;

    if (line.len < 12 || memcmp(line.data, "HTTP/1.", 7) != 0 ||
        (line.data[7] != '0' && line.data[7] != '1') || line.data[8] != ' ' ||
        (line.len > 12 && line.data[12] != ' ')) {
        return 0;
    }
    for (int i = 9; i < 12; i++) {
        if (line.data[i] < '0' || line.data[i] > '9') {
            return 0;
        }
        status = status * 10 + (line.data[i] - '0');
    }
    return status >= 100 && status <= 599 ? status : 0;
}

atr_err atr_head_parse(atr_head *out, size_t *used, atr_bytes in)
{
    size_t len = end_of_head(in);
    atr_bytes rest = {in.data, len};
    atr_bytes line = {NULL, 0};
    atr_head head;

    *out = (atr_head){0, {NULL, 0}};
    *used = 0;
    if (len == 0) {
        return in.len < ATR_HEAD_BYTES_MAX ? ATR_ERR_STATE : ATR_ERR_LIMIT;
    }
    if (len > ATR_HEAD_BYTES_MAX) {
        return ATR_ERR_LIMIT;
    }
    if (!next_line(&line, &rest) || (head.status = parse_status(line)) == 0) {
        return ATR_ERR_INPUT;
    }
    head.lines = (atr_bytes){rest.data, rest.len - 2};
    do {
        if (!next_line(&line, &rest) ||
            (line.len > 0 && name_length(line) == 0)) {
            return ATR_ERR_INPUT;
        }
    } while (line.len > 0);
    *out = head;
    *used = len;
    return ATR_OK;
}

atr_bytes atr_head_value(unsigned *count, const atr_head *head,
                         const char *name)
{
    atr_bytes rest = head->lines;
    atr_bytes line;
    atr_bytes found = {NULL, 0};

    *count = 0;
    while (rest.len > 0 && next_line(&line, &rest)) {
        size_t len = name_length(line);

        if (len != strlen(name) ||
            strncasecmp((const char *)line.data, name, len) != 0) {
            continue;
        }
        ++*count;
        if (*count == 1) {
            found = (atr_bytes){line.data + len + 1, line.len - len - 1};
        }
    }
    while (found.len > 0 && is_blank(found.data[0])) {
        found.data++;
        found.len--;
    }
    while (found.len > 0 && is_blank(found.data[found.len - 1])) {
        found.len--;
    }
    return found;
}

bool atr_head_is(atr_bytes value, const char *text)
{
    return value.len == strlen(text) && value.len > 0 &&
           strncasecmp((const char *)value.data, text, value.len) == 0;
}

atr_err atr_head_length(uint64_t *len, const atr_head *head)
{
    unsigned count;
    atr_bytes value = atr_head_value(&count, head, "Content-Length");
    uint64_t sum = 0;

    *len = 0;
    if (count == 0) {
        return ATR_ERR_STATE;
    }
    if (count > 1 || value.len == 0 || value.len > 15) {
        return ATR_ERR_INPUT;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return ATR_ERR_INPUT;
        }
        sum = sum * 10 + (uint64_t)(value.data[i] - '0');
    }
    *len = sum;
    return ATR_OK;
}
