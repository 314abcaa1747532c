#include "app/kmsd/universe.h"

#include <stdlib.h>

typedef struct {
    atr_bytes left;
    size_t line; /* of the word last given */
    size_t next_line;
} word_list;

static bool is_gap(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

/* Takes what lies between words: gaps and comments. */
static void skip(word_list *list)
{
    bool comment = false;

    while (list->left.len > 0) {
        uint8_t c = list->left.data[0];

        if (c == '\n') {
            comment = false;
            list->next_line++;
        } else if (c == '#') {
            comment = true;
        } else if (!comment && !is_gap(c)) {
            return;
        }
        list->left.data++;
        list->left.len--;
    }
}

/* Empty at the end. */
static atr_bytes next_word(word_list *list)
{
    atr_bytes word = {NULL, 0};

    skip(list);
    list->line = list->next_line;
    word.data = list->left.data;
    while (list->left.len > 0 && !is_gap(list->left.data[0])) {
        word.len++;
        list->left.data++;
        list->left.len--;
    }
    return word;
}

static word_list words_of(atr_bytes universe)
{
    return (word_list){.left = universe, .next_line = 1};
}

/* "name", "name=", "name#8=". */
static bool is_word(atr_bytes word)
{
    atr_attr attr;
    size_t name_len = word.len;

    if (word.data[word.len - 1] == '=') {
        const uint8_t *width = memchr(word.data, '#', word.len);

        name_len = width ? (size_t)(width - word.data) : word.len - 1;
        for (size_t i = name_len + 1; width && i + 1 < word.len; i++) {
            if (word.data[i] < '0' || word.data[i] > '9') {
                return false;
            }
        }
    }
    return atr_attr_name(&attr, (atr_bytes){word.data, name_len}) == ATR_OK;
}

atr_err atr_universe_check(atr_bytes universe, atr_fault *fault)
{
    word_list list = words_of(universe);
    atr_bytes word;

    while ((word = next_word(&list)).len > 0) {
        if (!is_word(word)) {
            return atr_fault_set(fault, ATR_ERR_INPUT,
                                 "line %zu: not an attribute: %.*s", list.line,
                                 (int)(word.len > 80 ? 80 : word.len),
                                 (const char *)word.data);
        }
    }
    return ATR_OK;
}

static bool has_word(atr_bytes universe, atr_bytes wanted)
{
    word_list list = words_of(universe);
    atr_bytes word;
    bool empty = true;

    while ((word = next_word(&list)).len > 0) {
        empty = false;
        if (atr_bytes_equal(word, wanted)) {
            return true;
        }
    }
    return empty;
}

/* Each of the canonical text's items must be a word, numbers up to "=". */
static atr_err check_items(const char *text, atr_bytes universe,
                           atr_fault *fault)
{
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, ",");
        size_t key = strcspn(at, "=");
        atr_bytes item = {(const uint8_t *)at, key < len ? key + 1 : len};

        if (!has_word(universe, item)) {
            return atr_fault_set(fault, ATR_ERR_INPUT,
                                 "this authority does not give: %.*s", (int)len,
                                 at);
        }
        at += len;
        at += strspn(at, ", ");
    }
    return ATR_OK;
}

atr_err atr_universe_admits(char text[ATR_ATTRS_TEXT_MAX], atr_bytes universe,
                            const atr_attrs *attrs, atr_fault *fault)
{
    atr_attrs *again = calloc(1, sizeof *again);
    atr_err err;

    text[0] = 0;
    if (!again) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    if (atr_attrs_format(text, ATR_ATTRS_TEXT_MAX, attrs) != ATR_OK ||
        atr_attrs_parse(again, (atr_bytes){(uint8_t *)text, strlen(text)},
                        NULL) != ATR_OK ||
        again->count != attrs->count ||
        memcmp(again->attr, attrs->attr,
               attrs->count * sizeof attrs->attr[0]) != 0) {
        err = atr_fault_set(fault, ATR_ERR_INPUT,
                            "attributes that nobody can write");
    } else {
        err = check_items(text, universe, fault);
    }
    if (err != ATR_OK) {
        text[0] = 0;
    }
    free(again);
    return err;
}
