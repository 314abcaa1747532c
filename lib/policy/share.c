/* The equation numbers are those of doc/scheme/sharing.md. */
#include "policy/share.h"

#include <assert.h>

#include "policy/shamir.h"
#include "policy/tree.h"

static bool is_and(const atr_policy_step *s)
{
    return s->need == s->of;
}

/* (1): m - 1 children get coins, the last what is missing to the value. */
static void split_and(atr_fr *value, const uint16_t *child, unsigned of,
                      const atr_fr *whole, atr_rng *rng)
{
    atr_fr rest = *whole;

    for (unsigned i = 0; i + 1 < of; i++) {
        atr_fr_random(&value[child[i]], rng);
        atr_fr_sub(&rest, &rest, &value[child[i]]);
    }
    value[child[of - 1]] = rest;
    atr_wipe(&rest, sizeof rest);
}

/* (2): child i gets f(i), where f(0) is the value. */
static void split_list(atr_fr *value, const uint16_t *child,
                       const atr_policy_step *s, const atr_fr *whole,
                       atr_rng *rng)
{
    atr_shamir_share share[ATR_POLICY_CHILDREN_MAX];
    atr_err err = atr_shamir_split(share, s->of, s->need, whole, rng);

    assert(err == ATR_OK); /* a policy is checked before it comes here */
    for (unsigned i = 0; i < s->of; i++) {
        value[child[i]] = share[i].value;
    }
    atr_wipe(share, sizeof share);
}

void atr_share_split(atr_fr *shares, const atr_fr *secret,
                     const atr_policy *policy, atr_rng *rng)
{
    atr_fr value[ATR_POLICY_STEPS_MAX];
    uint16_t child[ATR_POLICY_CHILDREN_MAX];
    atr_tree tree;
    size_t row = 0;

    atr_tree_of(&tree, policy);
    value[tree.order[0]] = *secret;
    for (size_t i = 0; i < tree.count; i++) {
        size_t step = tree.order[i];
        const atr_policy_step *s = &policy->steps[step];

        if (s->of == 0) {
            shares[row++] = value[step];
            continue;
        }
        atr_tree_children(child, &tree, policy, step);
        if (s->need == 1) { /* "or": the value itself */
            for (unsigned c = 0; c < s->of; c++) {
                value[child[c]] = value[step];
            }
        } else if (is_and(s)) {
            split_and(value, child, s->of, &value[step], rng);
        } else {
            split_list(value, child, s, &value[step], rng);
        }
    }
    atr_wipe(value, sizeof value);
}

/* Columns that gate `s` adds to the matrix: one a coin. */
static size_t coins_of(const atr_policy_step *s)
{
    return s->of == 0 ? 0 : s->need - (size_t)1;
}

size_t atr_share_columns(const atr_policy *policy)
{
    size_t columns = 1;

    for (size_t i = 0; i < policy->count; i++) {
        columns += coins_of(&policy->steps[i]);
    }
    return columns;
}

/* Where the columns of each gate begin, in the order of the coins. */
static void columns_of(uint16_t column[ATR_POLICY_STEPS_MAX],
                       const atr_policy *policy, const atr_tree *tree)
{
    size_t next = 1;

    for (size_t i = 0; i < tree->count; i++) {
        column[tree->order[i]] = (uint16_t)next;
        next += coins_of(&policy->steps[tree->order[i]]);
    }
}

/* Writes what gate `s` adds to the row of its child `place`, and returns
 * whether the row of the gate itself belongs to it too. */
static bool add_gate(atr_fr *out, const atr_policy_step *s, unsigned place)
{
    atr_fr point = atr_fr_of(place);
    atr_fr power = point;

    if (s->need == 1) {
        return true;
    }
    if (is_and(s) && place < s->of) {
        out[place - 1] = atr_fr_of(1);
        return false;
    }
    for (unsigned j = 0; j + 1 < s->need; j++) {
        if (is_and(s)) {
            power = atr_fr_of(1);
            atr_fr_neg(&power, &power);
        }
        out[j] = power;
        atr_fr_mul(&power, &power, &point);
    }
    return true;
}

void atr_share_matrix_row(atr_fr *out, const atr_policy *policy, size_t row)
{
    uint16_t column[ATR_POLICY_STEPS_MAX];
    atr_policy_rows rows;
    atr_tree tree;
    bool upwards = true;
    size_t step;

    atr_tree_of(&tree, policy);
    atr_policy_rows_of(&rows, policy);
    columns_of(column, policy, &tree);
    memset(out, 0, atr_share_columns(policy) * sizeof *out);
    step = rows.step[row];
    while (upwards && tree.parent[step] != step) {
        size_t gate = tree.parent[step];

        upwards = add_gate(&out[column[gate]], &policy->steps[gate],
                           tree.place[step]);
        step = gate;
    }
    out[0] = atr_fr_of(upwards);
}
