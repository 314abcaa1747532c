#include "app/kmsd/rules_state.h"

#include <stdlib.h>

#define TOKENS_MAX 128 /* in one line */
/* --- one line into words --- */

typedef struct {
    char *text; /* ends with a zero */
    size_t len;
    size_t column;
    bool quoted;
} token;

typedef struct {
    size_t line;
    size_t count;
    token token[TOKENS_MAX + 1]; /* the last is empty: the end of the line */
    atr_fault *fault;
} words;

static atr_err complain(const words *w, size_t column, const char *what)
{
    return atr_fault_set(w->fault, ATR_ERR_INPUT, "line %zu, column %zu: %s",
                         w->line, column, what);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

/* Takes a quoted word, which begins after `*at`, and moves behind its end. */
static atr_err take_quoted(words *w, token *t, char **at, const char *end)
{
    char *to = ++*at;

    t->text = to;
    t->quoted = true;
    while (*at < end && **at != '"') {
        if (**at == '\\' && ++*at == end) {
            break;
        }
        *to++ = *(*at)++;
    }
    if (*at == end) {
        return complain(w, t->column, "this quote does not end");
    }
    t->len = (size_t)(to - t->text);
    *to = 0;
    ++*at;
    return ATR_OK;
}

/* A zero ends each word, so the byte after it is looked at first. */
static atr_err split(words *w, char *line, char *end)
{
    char *at = line;

    for (w->count = 0;;) {
        token *t = &w->token[w->count];
        atr_err err = ATR_OK;

        while (at < end && is_blank(*at)) {
            at++;
        }
        *t = (token){.text = end, .column = (size_t)(at - line) + 1};
        if (at == end || *at == '#') {
            return ATR_OK;
        }
        if (w->count == TOKENS_MAX) {
            return complain(w, t->column, "too many words in one line");
        }
        if (*at == '"') {
            err = take_quoted(w, t, &at, end);
        } else {
            t->text = at;
            while (at < end && !is_blank(*at) && *at != '"') {
                at++;
            }
            t->len = (size_t)(at - t->text);
        }
        if (err == ATR_OK && at < end && !is_blank(*at)) {
            err = complain(w, (size_t)(at - line) + 1, "want a blank here");
        }
        if (err != ATR_OK) {
            return err;
        }
        w->count++;
    }
}

static void end_words(words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        w->token[i].text[w->token[i].len] = 0;
    }
}

/* --- words into a rule --- */

static bool is_word(const token *t, const char *word)
{
    return !t->quoted && t->len == strlen(word) &&
           memcmp(t->text, word, t->len) == 0;
}

static bool is_attribute(atr_bytes text)
{
    atr_attrs *attrs = calloc(1, sizeof *attrs);
    bool ok = attrs && atr_attrs_parse(attrs, text, NULL) == ATR_OK;

    free(attrs);
    return ok;
}

static bool is_key(const char *key)
{
    return key[0] != 0 && strcspn(key, "{}=\"") == strlen(key);
}

bool atr_rules_same_key(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        const int x = *a >= 'A' && *a <= 'Z' ? *a + 32 : *a;
        const int y = *b >= 'A' && *b <= 'Z' ? *b + 32 : *b;

        if (x != y) {
            return false;
        }
    }
    return *a == *b;
}

static atr_err note_key(atr_rules *r, const words *w, const token *t,
                        const char *key)
{
    for (size_t i = 0; i < r->key_count; i++) {
        if (atr_rules_same_key(r->key[i], key)) {
            return ATR_OK;
        }
    }
    if (!is_key(key)) {
        return complain(w, t->column, "want the name of a key");
    }
    if (r->key_count == ATR_RULE_KEYS_MAX) {
        return complain(w, t->column, "too many keys in these rules");
    }
    r->key[r->key_count++] = key;
    return ATR_OK;
}

/* "name={key}" leaves "name=" and the key, which ends where "}" was. */
static bool take_number(atr_rule_item *out, char *text, size_t len)
{
    char *brace = strchr(text, '{');
    char example[ATR_ATTR_NAME_BYTES_MAX + 8];
    size_t name_len = brace ? (size_t)(brace - text) : 0;

    if (name_len == 0 || brace[-1] != '=' || text[len - 1] != '}' ||
        name_len + 1 > sizeof example) {
        return false;
    }
    memcpy(example, text, name_len);
    example[name_len] = '0';
    if (!is_attribute((atr_bytes){(uint8_t *)example, name_len + 1})) {
        return false;
    }
    text[len - 1] = 0;
    *out = (atr_rule_item){{(const uint8_t *)text, name_len}, brace + 1};
    return true;
}

static atr_err take_item(atr_rules *r, const words *w, const token *t)
{
    atr_rule_item *out = &r->item[r->item_count];

    if (r->item_count == ATR_RULES_ITEMS_MAX) {
        return complain(w, t->column, "too many attributes in these rules");
    }
    *out = (atr_rule_item){{(const uint8_t *)t->text, t->len}, NULL};
    if (t->quoted ||
        (!is_attribute(out->text) && !take_number(out, t->text, t->len))) {
        return complain(w, t->column, "not an attribute");
    }
    r->item_count++;
    return out->key ? note_key(r, w, t, out->key) : ATR_OK;
}

/* KEY, or KEY is|begins|ends VALUE; `*at` moves behind it. */
static atr_err take_condition(atr_rules *r, const words *w, size_t *at)
{
    static const char *const names[] = {[ATR_RULE_IS] = "is",
                                        [ATR_RULE_BEGINS] = "begins",
                                        [ATR_RULE_ENDS] = "ends"};
    const token *t = &w->token[*at];
    atr_rule_condition *c = &r->condition[r->condition_count];

    if (r->condition_count == ATR_RULES_CONDITIONS_MAX) {
        return complain(w, t->column, "too many conditions in these rules");
    }
    if (*at == w->count || is_word(t, "and")) {
        return complain(w, t->column, "want a key here");
    }
    *c = (atr_rule_condition){.key = t->text, .relation = ATR_RULE_HAS};
    for (atr_rule_relation k = ATR_RULE_IS;
         k <= ATR_RULE_ENDS && *at + 1 < w->count; k++) {
        if (is_word(&w->token[*at + 1], names[k])) {
            c->relation = k;
        }
    }
    *at += 1;
    if (c->relation != ATR_RULE_HAS) {
        const token *value = &w->token[++*at];

        if (*at == w->count || value->len == 0) {
            return complain(w, value->column, "want a value here");
        }
        c->value = (atr_bytes){(const uint8_t *)value->text, value->len};
        *at += 1;
    }
    r->condition_count++;
    return note_key(r, w, t, c->key);
}

static atr_err take_rule(atr_rules *r, const words *w)
{
    size_t at = 1;
    atr_err err = ATR_OK;

    if (!is_word(&w->token[0], "give")) {
        return complain(w, w->token[0].column, "a rule begins with \"give\"");
    }
    if (r->rule_count == ATR_RULES_MAX) {
        return complain(w, 1, "too many rules");
    }
    while (err == ATR_OK && at < w->count && !is_word(&w->token[at], "if")) {
        err = take_item(r, w, &w->token[at++]);
    }
    if (err == ATR_OK && at == 1) {
        err = complain(w, w->token[1].column, "want an attribute here");
    }
    for (bool first = true; err == ATR_OK && at < w->count; first = false) {
        if (!first && !is_word(&w->token[at], "and")) {
            err = complain(w, w->token[at].column,
                           "want \"and\", \"is\", \"begins\" or \"ends\"");
        } else {
            at++;
            err = take_condition(r, w, &at);
        }
    }
    r->rule[r->rule_count++] = (atr_rule){r->item_count, r->condition_count};
    return err;
}

static atr_err take_lines(atr_rules *r, char *text, size_t len,
                          atr_fault *fault)
{
    words *w = calloc(1, sizeof *w);
    char *end = text + len;
    atr_err err = ATR_OK;

    if (!w) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    w->fault = fault;
    for (char *at = text; err == ATR_OK && at < end;) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        char *next = stop ? stop + 1 : end;

        w->line++;
        stop = stop ? stop : end;
        if (stop > at && stop[-1] == '\r') {
            stop--;
        }
        err = split(w, at, stop);
        if (err == ATR_OK && w->count > 0) {
            end_words(w);
            err = take_rule(r, w);
        }
        at = next;
    }
    free(w);
    return err;
}

atr_err atr_rules_parse(atr_rules **out, atr_bytes text, atr_fault *fault)
{
    atr_rules *r;
    atr_err err;

    *out = NULL;
    if (text.len > ATR_RULES_BYTES_MAX) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "more than 64 KiB of rules");
    }
    if (text.len > 0 && memchr(text.data, 0, text.len)) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "a zero byte in the rules");
    }
    r = calloc(1, sizeof *r);
    if (!r || !(r->text = calloc(1, text.len + 1))) {
        free(r);
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    if (text.len > 0) {
        memcpy(r->text, text.data, text.len);
    }
    err = take_lines(r, r->text, text.len, fault);
    if (err == ATR_OK && r->rule_count == 0) {
        err = atr_fault_set(fault, ATR_ERR_INPUT, "no rule in this file");
    }
    if (err != ATR_OK) {
        atr_rules_free(r);
        return err;
    }
    *out = r;
    return ATR_OK;
}

void atr_rules_free(atr_rules *rules)
{
    if (rules) {
        free(rules->text);
        free(rules);
    }
}

size_t atr_rules_keys(const char *keys[ATR_RULE_KEYS_MAX],
                      const atr_rules *rules)
{
    memcpy(keys, rules->key, rules->key_count * sizeof keys[0]);
    return rules->key_count;
}
