/* The equation numbers are those of doc/scheme/sharing.md. */
#include "policy/share.h"

#include "policy/shamir.h"
#include "policy/tree.h"

static bool is_list(const atr_policy_step *s)
{
    return s->need > 1 && s->need < s->of;
}

/* Gives the used children of gate `step` their factors: (4). */
static void pass_down(atr_fr *factor, const atr_policy *policy,
                      const atr_tree *tree, const bool *used, size_t step)
{
    const atr_policy_step *s = &policy->steps[step];
    uint16_t child[ATR_POLICY_CHILDREN_MAX] = {0};
    uint8_t place[ATR_POLICY_CHILDREN_MAX] = {0};
    atr_fr weight[ATR_POLICY_CHILDREN_MAX];
    size_t count = 0;

    atr_tree_children(child, tree, policy, step);
    for (unsigned i = 0; i < s->of; i++) {
        if (used[child[i]]) {
            place[count++] = (uint8_t)(i + 1);
        }
    }
    if (is_list(s)) {
        atr_shamir_weights(weight, place, count, 0);
    }
    for (size_t n = 0; n < count; n++) {
        atr_fr *out = &factor[child[place[n] - 1]];

        *out = factor[step];
        if (is_list(s)) {
            atr_fr_mul(out, out, &weight[n]);
        }
    }
}

static void price(uint64_t cost[ATR_POLICY_STEPS_MAX], const atr_policy *policy,
                  const atr_policy_rows *rows, const atr_attrs *attrs,
                  atr_share_cost unit)
{
    for (size_t row = 0; row < rows->count; row++) {
        uint64_t extra = rows->occurrence[row] == 0 ? 0 : unit.repeated;
        bool owned = atr_attrs_has(attrs, atr_policy_row(policy, rows, row));

        cost[rows->step[row]] = owned ? unit.row + extra : ATR_TREE_NEVER;
    }
}

/* Writes the weights of the used steps; (3) for "or" and "and". */
static void weigh(atr_share_plan *out, const atr_policy *policy,
                  const atr_policy_rows *rows, const atr_tree *tree,
                  const bool *used)
{
    atr_fr factor[ATR_POLICY_STEPS_MAX];

    out->all_ones = true;
    factor[policy->count - 1] = atr_fr_of(1);
    for (size_t i = policy->count; i-- > 0;) { /* parents come first */
        if (used[i] && policy->steps[i].of != 0) {
            pass_down(factor, policy, tree, used, i);
            out->all_ones &= !is_list(&policy->steps[i]);
        }
    }
    for (size_t row = 0; row < rows->count; row++) {
        if (used[rows->step[row]]) {
            out->row[out->count] = (uint16_t)row;
            out->weight[out->count] = factor[rows->step[row]];
            out->count++;
        }
    }
}

atr_err atr_share_plan_make(atr_share_plan *out, const atr_policy *policy,
                            const atr_attrs *attrs, atr_share_cost cost)
{
    uint64_t costs[ATR_POLICY_STEPS_MAX] = {0};
    bool used[ATR_POLICY_STEPS_MAX];
    atr_policy_rows rows;
    atr_tree tree;

    memset(out, 0, sizeof *out);
    atr_tree_of(&tree, policy);
    atr_policy_rows_of(&rows, policy);
    price(costs, policy, &rows, attrs, cost);
    if (!atr_tree_choose(used, costs, &tree, policy)) {
        return ATR_ERR_POLICY;
    }
    weigh(out, policy, &rows, &tree, used);
    return ATR_OK;
}
