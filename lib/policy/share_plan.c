/* The equation numbers are those of doc/scheme/sharing.md. */
#include "policy/share.h"

#include "policy/tree.h"

static bool is_list(const atr_policy_step *s)
{
    return s->need > 1 && s->need < s->of;
}

/* out[n] = 1 / a[n], none of which is 0, for one inversion in all. */
static void invert_all(atr_fr *out, const atr_fr *a, size_t count)
{
    atr_fr product = atr_fr_of(1);

    for (size_t n = 0; n < count; n++) {
        out[n] = product; /* of all before */
        atr_fr_mul(&product, &product, &a[n]);
    }
    atr_fr_inv(&product, &product);
    for (size_t n = count; n-- > 0;) {
        atr_fr_mul(&out[n], &out[n], &product);
        atr_fr_mul(&product, &product, &a[n]);
    }
}

/* (4): the Lagrange coefficients at 0 of `count` different places. */
static void lagrange(atr_fr *out, const uint8_t *place, size_t count)
{
    atr_fr over[ATR_POLICY_CHILDREN_MAX];
    atr_fr under[ATR_POLICY_CHILDREN_MAX];

    for (size_t n = 0; n < count; n++) {
        over[n] = atr_fr_of(1);
        under[n] = atr_fr_of(1);
        for (size_t m = 0; m < count; m++) {
            atr_fr i = atr_fr_of(place[m]);
            atr_fr j = atr_fr_of(place[n]);

            if (m != n) {
                atr_fr_sub(&j, &i, &j); /* not 0: places differ */
                atr_fr_mul(&over[n], &over[n], &i);
                atr_fr_mul(&under[n], &under[n], &j);
            }
        }
    }
    invert_all(out, under, count);
    for (size_t n = 0; n < count; n++) {
        atr_fr_mul(&out[n], &out[n], &over[n]);
    }
}

/* Gives the used children of gate `step` their factors. */
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
        lagrange(weight, place, count);
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
