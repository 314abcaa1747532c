#include "host/conf_state.h"

/* A line of text and where it stands, for messages. */
typedef struct {
    atr_bytes text;
    const char *name;
    unsigned line;
    atr_fault *fault;
} place;

static bool has_section(const atr_conf *conf, const char *section)
{
    for (size_t i = 0; i < conf->count; i++) {
        if (strcmp(conf->keys[i].section, section) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static atr_bytes trim(atr_bytes text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

static atr_err complain(const place *at, const char *text)
{
    return atr_fault_set(at->fault, ATR_ERR_INPUT, "%s line %u: %s", at->name,
                         at->line, text);
}

/* Copies a word of a section or key: letters, digits, "-" and "_". */
static bool copy_word(char out[64], atr_bytes word)
{
    if (word.len == 0 || word.len >= 64) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '_')) {
            return false;
        }
        out[i] = (char)c;
    }
    out[word.len] = 0;
    return true;
}

/* "a # comment" is a; "\"a # b\"" is a # b. Outside of quotes a comment begins
 * with a blank and "#". */
static atr_err copy_value(char out[ATR_CONF_VALUE_BYTES_MAX], atr_bytes text,
                          const place *at)
{
    bool quoted = text.len > 0 && text.data[0] == '"';
    size_t end = quoted;

    while (end < text.len &&
           (quoted ? text.data[end] != '"'
                   : !(text.data[end] == '#' &&
                       (end == 0 || is_blank(text.data[end - 1]))))) {
        end++;
    }
    if (quoted) {
        atr_bytes rest;

        if (end == text.len) {
            return complain(at, "the quote is not closed");
        }
        rest = trim((atr_bytes){text.data + end + 1, text.len - end - 1});
        if (rest.len > 0 && rest.data[0] != '#') {
            return complain(at, "something follows the closing quote");
        }
        text = (atr_bytes){text.data + 1, end - 1};
    } else {
        text = trim((atr_bytes){text.data, end});
    }
    if (text.len >= ATR_CONF_VALUE_BYTES_MAX) {
        return complain(at, "the value is too long");
    }
    if (text.len > 0) {
        memcpy(out, text.data, text.len);
    }
    out[text.len] = 0;
    return ATR_OK;
}

static atr_err parse_section(char section[64], const atr_conf *conf,
                             const place *at)
{
    atr_bytes line = at->text;
    char text[128];

    if (line.data[line.len - 1] != ']' ||
        !copy_word(section, trim((atr_bytes){line.data + 1, line.len - 2}))) {
        return complain(at, "a section is one word in [brackets]");
    }
    if (!has_section(conf, section)) {
        (void)snprintf(text, sizeof text, "unknown section [%s]", section);
        return complain(at, text);
    }
    return ATR_OK;
}

static atr_err parse_pair(atr_conf *conf, const char *section, const place *at)
{
    const uint8_t *equals = memchr(at->text.data, '=', at->text.len);
    char word[64];
    char text[ATR_CONF_VALUE_BYTES_MAX];
    char where[256];
    const atr_conf_key *key;
    size_t len;
    atr_err err;

    if (equals == NULL) {
        return complain(at, "neither [section] nor key = value");
    }
    len = (size_t)(equals - at->text.data);
    if (!copy_word(word, trim((atr_bytes){at->text.data, len}))) {
        return complain(at, "a key is one word of a-z, 0-9, - and _");
    }
    if (section[0] == 0) {
        return complain(at, "a key before the first [section]");
    }
    key = atr_conf_find(conf, section, word);
    if (key == NULL) {
        (void)snprintf(where, sizeof where, "unknown key %s in [%s]", word,
                       section);
        return complain(at, where);
    }
    if (atr_conf_value_of(conf, key)->set_in == conf->reading) {
        (void)snprintf(where, sizeof where, "%s for the second time", word);
        return complain(at, where);
    }
    err = copy_value(text,
                     trim((atr_bytes){equals + 1, at->text.len - len - 1}), at);
    if (err != ATR_OK) {
        return err;
    }
    (void)snprintf(where, sizeof where, "%.200s line %u", at->name, at->line);
    atr_conf_value_of(conf, key)->set_in = conf->reading;
    return atr_conf_put(conf, key, text, where, at->fault);
}

static atr_err parse_line(atr_conf *conf, char section[64], const place *at)
{
    for (size_t i = 0; i < at->text.len; i++) {
        uint8_t c = at->text.data[i];

        if (c < ' ' && c != '\t') {
            return complain(at, "a control character");
        }
    }
    if (at->text.len == 0 || at->text.data[0] == '#') {
        return ATR_OK;
    }
    if (at->text.data[0] == '[') {
        return parse_section(section, conf, at);
    }
    return parse_pair(conf, section, at);
}

atr_err atr_conf_parse(atr_conf *conf, const char *name, atr_bytes text,
                       atr_fault *fault)
{
    char section[64] = "";
    place at = {{NULL, 0}, name, 0, fault};
    atr_err err = ATR_OK;

    conf->reading++;
    if (text.len > ATR_CONF_BYTES_MAX) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "%s: too large", name);
    }
    while (text.len > 0 && err == ATR_OK) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        size_t len = end != NULL ? (size_t)(end - text.data) : text.len;

        at.line++;
        at.text = trim((atr_bytes){text.data, len});
        err = parse_line(conf, section, &at);
        len += end != NULL;
        text.data += len;
        text.len -= len;
    }
    return err;
}

static void print_doc(FILE *out, const char *doc)
{
    while (*doc != 0) {
        size_t len = strcspn(doc, "\n");

        (void)fprintf(out, "# %.*s\n", (int)len, doc);
        doc += len + (doc[len] == '\n');
    }
}

/* Quotes are needed where a value would not read back as it is. */
static bool needs_quotes(const char *text)
{
    size_t len = strlen(text);

    return len > 0 &&
           (is_blank((uint8_t)text[0]) || is_blank((uint8_t)text[len - 1]) ||
            strchr(text, '#') != NULL);
}

void atr_conf_print_default(FILE *out, const char *title,
                            const atr_conf_key *keys, size_t count)
{
    const char *section = "";

    print_doc(out, title);
    for (size_t i = 0; i < count; i++) {
        const char *quote = needs_quotes(keys[i].preset) ? "\"" : "";

        if (strcmp(section, keys[i].section) != 0) {
            section = keys[i].section;
            (void)fprintf(out, "\n[%s]\n", section);
        }
        (void)fprintf(out, "\n");
        print_doc(out, keys[i].doc);
        (void)fprintf(out, "#%s = %s%s%s\n", keys[i].key, quote, keys[i].preset,
                      quote);
    }
}
