#include "policy/policy.h"

#include "policy/tree.h"

static bool is_zero(const atr_attr *attr)
{
    uint8_t any = attr->len;

    for (size_t i = 0; i < ATR_ATTR_BYTES_MAX; i++) {
        any |= attr->bytes[i];
    }
    return any == 0;
}

/* Takes the children of gate `s` off the stack of depths, `deep`, and puts
 * its own on: one more than the deepest of them. */
static atr_err check_gate(uint8_t *deep, size_t *held, const atr_policy_step *s)
{
    uint8_t deepest = 0;

    if (s->of < 2 || s->of > *held || s->need == 0 || s->need > s->of ||
        !is_zero(&s->attr)) {
        return ATR_ERR_INPUT;
    }
    if (s->of > ATR_POLICY_CHILDREN_MAX) {
        return ATR_ERR_LIMIT;
    }
    for (unsigned i = 0; i < s->of; i++) {
        (*held)--;
        deepest = deep[*held] > deepest ? deep[*held] : deepest;
    }
    deep[(*held)++] = (uint8_t)(deepest + 1);
    return deepest < ATR_POLICY_DEPTH_MAX ? ATR_OK : ATR_ERR_LIMIT;
}

atr_err atr_policy_check(const atr_policy *policy)
{
    uint8_t deep[ATR_POLICY_ROWS_MAX]; /* of results waiting for a gate */
    size_t held = 0;
    size_t rows = 0;
    atr_err err = ATR_OK;

    if (policy->count == 0) {
        return ATR_ERR_INPUT;
    }
    if (policy->count > ATR_POLICY_STEPS_MAX) {
        return ATR_ERR_LIMIT;
    }
    for (size_t i = 0; i < policy->count && err == ATR_OK; i++) {
        const atr_policy_step *s = &policy->steps[i];

        if (s->of != 0) {
            err = check_gate(deep, &held, s);
        } else if (s->need != 0 || atr_attr_check(&s->attr) != ATR_OK) {
            err = ATR_ERR_INPUT;
        } else if (rows++ == ATR_POLICY_ROWS_MAX) {
            err = ATR_ERR_LIMIT;
        } else {
            deep[held++] = 0;
        }
    }
    return err == ATR_OK && held != 1 ? ATR_ERR_INPUT : err;
}

bool atr_policy_admits(const atr_policy *policy, const atr_attrs *attrs)
{
    bool holds[ATR_POLICY_STEPS_MAX] = {false}; /* no steps, no access */
    size_t top = 0;

    for (size_t i = 0; i < policy->count; i++) {
        const atr_policy_step *s = &policy->steps[i];
        size_t met = 0;

        for (unsigned k = 0; k < s->of; k++) {
            met += holds[--top];
        }
        holds[top++] = s->of ? met >= s->need : atr_attrs_has(attrs, &s->attr);
    }
    return holds[0];
}

void atr_policy_rows_of(atr_policy_rows *out, const atr_policy *policy)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < policy->count; i++) {
        size_t row = out->count;
        uint16_t earlier = 0;

        if (policy->steps[i].of != 0) {
            continue;
        }
        for (size_t j = 0; j < row; j++) {
            earlier += atr_attr_equal(&policy->steps[out->step[j]].attr,
                                      &policy->steps[i].attr);
        }
        out->step[row] = (uint16_t)i;
        out->occurrence[row] = earlier;
        out->count++;
        if (out->repeats < (size_t)earlier + 1) {
            out->repeats = (size_t)earlier + 1;
        }
    }
}

const atr_attr *atr_policy_row(const atr_policy *policy,
                               const atr_policy_rows *rows, size_t row)
{
    return &policy->steps[rows->step[row]].attr;
}

void atr_policy_lacks(atr_attrs *missing, const atr_policy *policy,
                      const atr_attrs *attrs)
{
    uint16_t step[ATR_POLICY_ROWS_MAX];
    size_t count = atr_tree_lacking(step, policy, attrs);

    memset(missing, 0, sizeof *missing);
    for (size_t i = 0; i < count; i++) {
        /* Never full: a policy has no more rows than a set has room for. */
        if (atr_attrs_add(missing, &policy->steps[step[i]].attr) != ATR_OK) {
            return;
        }
    }
}
