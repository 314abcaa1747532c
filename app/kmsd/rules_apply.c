#include <stdlib.h>

#include "app/kmsd/rules_state.h"

#define DIGITS_MAX 10

static bool is_claim_of(const atr_claim *claim, const char *key)
{
    char name[256];

    if (claim->key.len >= sizeof name) {
        return false;
    }
    memcpy(name, claim->key.data, claim->key.len);
    name[claim->key.len] = 0;
    return strlen(name) == claim->key.len && atr_rules_same_key(name, key);
}

static bool is_match(const atr_rule_condition *c, atr_bytes value)
{
    switch (c->relation) {
    case ATR_RULE_HAS:
        return value.len > 0;
    case ATR_RULE_IS:
        return atr_bytes_equal(value, c->value);
    case ATR_RULE_BEGINS:
        return value.len >= c->value.len &&
               memcmp(value.data, c->value.data, c->value.len) == 0;
    case ATR_RULE_ENDS:
        return value.len >= c->value.len &&
               memcmp(value.data + value.len - c->value.len, c->value.data,
                      c->value.len) == 0;
    }
    return false;
}

static bool holds(const atr_rule_condition *c, const atr_claim *claims,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_claim_of(&claims[i], c->key) && is_match(c, claims[i].value)) {
            return true;
        }
    }
    return false;
}

/* The one value of `key` when it is a number, or nothing. */
static atr_bytes number_of(const char *key, const atr_claim *claims,
                           size_t count)
{
    atr_bytes found = {NULL, 0};

    for (size_t i = 0; i < count; i++) {
        if (is_claim_of(&claims[i], key)) {
            if (found.len > 0) {
                return (atr_bytes){NULL, 0};
            }
            found = claims[i].value;
        }
    }
    if (found.len > DIGITS_MAX) {
        return (atr_bytes){NULL, 0};
    }
    for (size_t i = 0; i < found.len; i++) {
        if (found.data[i] < '0' || found.data[i] > '9') {
            return (atr_bytes){NULL, 0};
        }
    }
    return found;
}

static void give(atr_builder *list, const atr_rule_item *it,
                 const atr_claim *claims, size_t count)
{
    atr_bytes number = {NULL, 0};

    if (it->key && (number = number_of(it->key, claims, count)).len == 0) {
        return;
    }
    atr_build_bytes(list, it->text);
    atr_build_bytes(list, number);
    atr_build_u8(list, ' ');
}

/* Writes what is earned as a list, which is then read like any other. */
static void apply(atr_builder *list, const atr_rules *r,
                  const atr_claim *claims, size_t count)
{
    size_t i = 0;
    size_t c = 0;

    for (size_t n = 0; n < r->rule_count; n++) {
        bool earned = true;

        for (; c < r->rule[n].conditions_end; c++) {
            earned = earned && holds(&r->condition[c], claims, count);
        }
        for (; i < r->rule[n].items_end; i++) {
            if (earned) {
                give(list, &r->item[i], claims, count);
            }
        }
    }
}

atr_err atr_rules_apply(atr_attrs *out, const atr_rules *rules,
                        const atr_claim *claims, size_t count, atr_fault *fault)
{
    uint8_t *memory = malloc(ATR_ATTRS_TEXT_BYTES_MAX);
    atr_builder list = atr_builder_of(memory, ATR_ATTRS_TEXT_BYTES_MAX);
    atr_text_error error;
    atr_err err;

    memset(out, 0, sizeof *out);
    if (!memory) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    apply(&list, rules, claims, count);
    err = atr_builder_end(&list);
    if (err == ATR_OK && list.len > 0 &&
        (err = atr_attrs_parse(out, atr_builder_bytes(&list), &error)) !=
            ATR_OK) {
        (void)atr_fault_set(fault, err, "what the rules give: %s", error.what);
    } else if (err != ATR_OK) {
        (void)atr_fault_set(fault, err, "the rules give too much");
    }
    free(memory);
    return err;
}
