/* A rule file, and one entry that holds every key the file asks for: what
 * comes out is a list of attributes that a person can write, or nothing. */
#include <stdlib.h>

#include "app/kmsd/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static atr_attrs attrs;
    static char list[ATR_ATTRS_TEXT_BYTES_MAX];
    const char *keys[ATR_RULE_KEYS_MAX];
    atr_claim claims[2 * ATR_RULE_KEYS_MAX];
    atr_fault fault = {""};
    atr_rules *rules;
    size_t count;

    if (atr_rules_parse(&rules, (atr_bytes){data, len}, &fault) != ATR_OK) {
        must(rules == NULL && fault.text[0] != 0);
        return 0;
    }
    count = atr_rules_keys(keys, rules);
    for (size_t i = 0; i < count; i++) {
        const atr_bytes key = {(const uint8_t *)keys[i], strlen(keys[i])};

        claims[i] = (atr_claim){key, ATR_LITERAL("12")};
        claims[count + i] = (atr_claim){key, {data, len}};
    }
    for (size_t some = count; some <= 2 * count; some += count + 1) {
        if (atr_rules_apply(&attrs, rules, claims, some, &fault) != ATR_OK) {
            must(attrs.count == 0);
        } else if (attrs.count > 0) {
            must(atr_attrs_format(list, sizeof list, &attrs) == ATR_OK);
        }
    }
    atr_rules_free(rules);
    return 0;
}
