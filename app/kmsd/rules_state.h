/* rules_state.h - rules as they are kept, for rules.c and rules_apply.c. */
#ifndef ATR_RULES_STATE_H
#define ATR_RULES_STATE_H

#include "app/kmsd/rules.h"

#define ATR_RULES_CONDITIONS_MAX 2000
#define ATR_RULES_ITEMS_MAX 2000
typedef enum {
    ATR_RULE_HAS,
    ATR_RULE_IS,
    ATR_RULE_BEGINS,
    ATR_RULE_ENDS
} atr_rule_relation;

typedef struct {
    const char *key;
    atr_rule_relation relation;
    atr_bytes value;
} atr_rule_condition;

/* An attribute as it is written; or, with a key, "name=" before its number. */
typedef struct {
    atr_bytes text;
    const char *key;
} atr_rule_item;

/* The items and conditions before these numbers, and after those of the rule
 * before. */
typedef struct {
    size_t items_end;
    size_t conditions_end;
} atr_rule;

struct atr_rules {
    char *text; /* a copy; words end with a zero, quotes are resolved */
    size_t rule_count;
    size_t item_count;
    size_t condition_count;
    size_t key_count;
    atr_rule rule[ATR_RULES_MAX];
    atr_rule_item item[ATR_RULES_ITEMS_MAX];
    atr_rule_condition condition[ATR_RULES_CONDITIONS_MAX];
    const char *key[ATR_RULE_KEYS_MAX];
};

/* atr_rules_same_key compares without regard to the case of ASCII letters. */
bool atr_rules_same_key(const char *a, const char *b);

#endif
