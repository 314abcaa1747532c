#include "policy/tree.h"

/* Going backwards through the children of `step`: the last one is the step
 * before the gate, and each other one ends before its right neighbour. */
static void link_children(atr_tree *tree, const atr_policy *policy, size_t step)
{
    size_t child = step;

    for (size_t place = policy->steps[step].of; place > 0; place--) {
        child = child == step ? step - 1 : tree->first[child] - (size_t)1;
        tree->parent[child] = (uint16_t)step;
        tree->place[child] = (uint8_t)place;
    }
    tree->first[step] = child == step ? (uint16_t)step : tree->first[child];
}

static void order_steps(atr_tree *tree, const atr_policy *policy)
{
    uint16_t waiting[ATR_POLICY_STEPS_MAX];
    size_t top = 0;
    size_t done = 0;

    waiting[top++] = (uint16_t)(policy->count - 1);
    while (top > 0) {
        size_t step = waiting[--top];
        size_t child = step - 1; /* the last one, where there is any */

        tree->order[done++] = (uint16_t)step;
        for (unsigned i = policy->steps[step].of; i > 0; i--) {
            waiting[top++] = (uint16_t)child;
            child = tree->first[child] - (size_t)1;
        }
    }
}

void atr_tree_of(atr_tree *out, const atr_policy *policy)
{
    size_t root = policy->count - 1;

    memset(out, 0, sizeof *out);
    out->count = policy->count;
    for (size_t i = 0; i < policy->count; i++) {
        link_children(out, policy, i);
    }
    out->parent[root] = (uint16_t)root;
    order_steps(out, policy);
}

void atr_tree_children(uint16_t child[ATR_POLICY_CHILDREN_MAX],
                       const atr_tree *tree, const atr_policy *policy,
                       size_t step)
{
    size_t at = step - 1;

    for (size_t i = policy->steps[step].of; i-- > 0;) {
        child[i] = (uint16_t)at;
        at = tree->first[at] - (size_t)1;
    }
}

/* Marks the `need` cheapest of `of` costs and returns their sum. */
static uint64_t pick(bool picked[ATR_POLICY_CHILDREN_MAX],
                     const uint64_t cost[ATR_POLICY_CHILDREN_MAX],
                     unsigned need, unsigned of)
{
    uint64_t sum = 0;

    memset(picked, 0, ATR_POLICY_CHILDREN_MAX * sizeof picked[0]);
    for (unsigned n = 0; n < need; n++) {
        unsigned best = of;

        for (unsigned i = 0; i < of; i++) {
            if (!picked[i] && (best == of || cost[i] < cost[best])) {
                best = i;
            }
        }
        if (cost[best] == ATR_TREE_NEVER) {
            return ATR_TREE_NEVER;
        }
        picked[best] = true;
        sum += cost[best];
    }
    return sum;
}

/* What gate `step` costs, with its chosen children marked. */
static uint64_t pick_children(bool picked[ATR_POLICY_CHILDREN_MAX],
                              uint16_t child[ATR_POLICY_CHILDREN_MAX],
                              const uint64_t *cost, const atr_tree *tree,
                              const atr_policy *policy, size_t step)
{
    const atr_policy_step *s = &policy->steps[step];
    uint64_t costs[ATR_POLICY_CHILDREN_MAX] = {0};

    atr_tree_children(child, tree, policy, step);
    for (unsigned i = 0; i < s->of; i++) {
        costs[i] = cost[child[i]];
    }
    return pick(picked, costs, s->need, s->of);
}

bool atr_tree_choose(bool used[ATR_POLICY_STEPS_MAX],
                     uint64_t cost[ATR_POLICY_STEPS_MAX], const atr_tree *tree,
                     const atr_policy *policy)
{
    size_t root = policy->count - 1;
    bool picked[ATR_POLICY_CHILDREN_MAX] = {false};
    uint16_t child[ATR_POLICY_CHILDREN_MAX] = {0};

    memset(used, 0, ATR_POLICY_STEPS_MAX * sizeof used[0]);
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->steps[i].of != 0) {
            cost[i] = pick_children(picked, child, cost, tree, policy, i);
        }
    }
    used[root] = cost[root] != ATR_TREE_NEVER;
    for (size_t i = policy->count; i-- > 0;) { /* parents come first */
        if (!used[i] || policy->steps[i].of == 0) {
            continue;
        }
        (void)pick_children(picked, child, cost, tree, policy, i);
        for (unsigned c = 0; c < policy->steps[i].of; c++) {
            used[child[c]] = picked[c];
        }
    }
    return used[root];
}

size_t atr_tree_lacking(uint16_t step[ATR_POLICY_ROWS_MAX],
                        const atr_policy *policy, const atr_attrs *attrs)
{
    atr_tree tree;
    bool used[ATR_POLICY_STEPS_MAX];
    uint64_t cost[ATR_POLICY_STEPS_MAX] = {0};
    size_t count = 0;

    atr_tree_of(&tree, policy);
    for (size_t i = 0; i < policy->count; i++) {
        const atr_policy_step *s = &policy->steps[i];

        cost[i] = s->of == 0 && !atr_attrs_has(attrs, &s->attr);
    }
    if (!atr_tree_choose(used, cost, &tree, policy)) {
        return 0; /* cannot be: every leaf has a price */
    }
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->steps[i].of == 0 && used[i] && cost[i] != 0) {
            step[count++] = (uint16_t)i;
        }
    }
    return count;
}

static bool same_number(const atr_number *a, const atr_number *b)
{
    return atr_bytes_equal(a->name, b->name) && a->width == b->width &&
           a->prefix_len == b->prefix_len && a->prefix == b->prefix;
}

bool atr_tree_range(atr_range *out, const atr_policy *policy, size_t step)
{
    const atr_policy_step *s = &policy->steps[step];
    size_t from = step - s->of;
    size_t to = s->of == 0 ? step + 1 : step; /* past the last leaf */
    atr_number held;
    atr_number block;
    atr_range rest;

    memset(out, 0, sizeof *out);
    if (s->need > 1 || s->of > step ||
        !atr_number_of(&held, &policy->steps[from].attr)) {
        return false;
    }
    rest = atr_range_of(&held);
    if (!atr_number_of(&held, &policy->steps[to - 1].attr)) {
        return false;
    }
    rest.hi = atr_range_of(&held).hi;
    *out = rest;
    for (size_t i = from; i < to; i++) {
        if (policy->steps[i].of != 0 ||
            !atr_number_of(&held, &policy->steps[i].attr) ||
            !atr_range_next(&block, &rest) || !same_number(&held, &block)) {
            memset(out, 0, sizeof *out);
            return false;
        }
    }
    return rest.lo > rest.hi;
}
