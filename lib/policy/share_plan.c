/* The equation numbers are those of doc/scheme/sharing.md. */
#include "policy/share.h"

#include "policy/tree.h"

static bool is_list(const atr_policy_step *s)
{
    return s->need > 1 && s->need < s->of;
}

/* (4): multiplies into `factor` the Lagrange coefficient at 0 of the point
 * `place` among the places of the used children. */
static void times_lagrange(atr_fr *factor, unsigned place,
                           const uint16_t *child, unsigned of, const bool *used)
{
    atr_fr over = *factor;
    atr_fr under = atr_fr_of(1);

    for (unsigned other = 1; other <= of; other++) {
        atr_fr a = atr_fr_of(other);
        atr_fr b = atr_fr_of(place);

        if (other == place || !used[child[other - 1]]) {
            continue;
        }
        atr_fr_sub(&b, &a, &b); /* not 0: other places differ */
        atr_fr_mul(&over, &over, &a);
        atr_fr_mul(&under, &under, &b);
    }
    atr_fr_inv(&under, &under);
    atr_fr_mul(factor, &over, &under);
}

/* Gives the children of gate `step` their factors. */
static void pass_down(atr_fr *factor, const atr_policy *policy,
                      const atr_tree *tree, const bool *used, size_t step)
{
    const atr_policy_step *s = &policy->steps[step];
    uint16_t child[ATR_POLICY_CHILDREN_MAX];

    atr_tree_children(child, tree, policy, step);
    for (unsigned i = 0; i < s->of; i++) {
        factor[child[i]] = factor[step];
        if (is_list(s) && used[child[i]]) {
            times_lagrange(&factor[child[i]], i + 1, child, s->of, used);
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
