/* tree.h - finding one's way in a policy: its steps are in postfix order, and
 * most of what is done with one goes from the root down. All of it is public.
 */
#ifndef ATR_TREE_H
#define ATR_TREE_H

#include "policy/number.h"
#include "policy/policy.h"

typedef struct {
    size_t count;                          /* as in the policy */
    uint16_t first[ATR_POLICY_STEPS_MAX];  /* where each subtree begins */
    uint16_t parent[ATR_POLICY_STEPS_MAX]; /* the root is its own */
    uint8_t place[ATR_POLICY_STEPS_MAX];   /* child 1, 2, ..; 0 at the root */
    /* Prefix order: each gate before its children, these left to right. */
    uint16_t order[ATR_POLICY_STEPS_MAX];
} atr_tree;

void atr_tree_of(atr_tree *out, const atr_policy *policy);

/* atr_tree_children lists the children of gate `step`, left to right. */
void atr_tree_children(uint16_t child[ATR_POLICY_CHILDREN_MAX],
                       const atr_tree *tree, const atr_policy *policy,
                       size_t step);

#define ATR_TREE_NEVER UINT64_MAX

/* atr_tree_choose marks in `used` the steps of the cheapest way to satisfy
 * `policy`, where the leaf at step i costs cost[i] (ATR_TREE_NEVER: it cannot
 * be had) and a leaf used twice is paid twice; the earlier child among equals.
 * The cost of each gate is written to `cost`. Returns false, and marks none,
 * when there is no way. */
ATR_MUST_USE bool atr_tree_choose(bool used[ATR_POLICY_STEPS_MAX],
                                  uint64_t cost[ATR_POLICY_STEPS_MAX],
                                  const atr_tree *tree,
                                  const atr_policy *policy);

/* atr_tree_lacking lists the leaves of a cheapest way to satisfy `policy` that
 * are not in `attrs`, in order, and returns how many. */
size_t atr_tree_lacking(uint16_t step[ATR_POLICY_ROWS_MAX],
                        const atr_policy *policy, const atr_attrs *attrs);

/* atr_tree_range returns whether step `step` is what the text of one
 * comparison parses to: a number leaf, or the "or" of the smallest cover of
 * `*out`, in order. */
bool atr_tree_range(atr_range *out, const atr_policy *policy, size_t step);

#endif
