/* The equation numbers are those of doc/scheme/sharing.md. */
#include "policy/share.h"

#include "policy/tree.h"

/* (5): the weights of the children sum up to that of the gate. */
static void spread_or(atr_fr *weight, const uint16_t *child, unsigned of,
                      const atr_fr *whole, atr_rng *rng)
{
    atr_fr rest = *whole;

    for (unsigned i = 0; i + 1 < of; i++) {
        atr_fr_weight(&weight[child[i]], rng);
        atr_fr_sub(&rest, &rest, &weight[child[i]]);
    }
    weight[child[of - 1]] = rest;
}

/* (6): child j of m gets (-1)^(m-j) binomial(m, j) g(j), for a random g of
 * degree m - k with (-1)^m g(0) = -weight of the gate. */
static void spread_list(atr_fr *weight, const uint16_t *child,
                        const atr_policy_step *s, const atr_fr *whole,
                        atr_rng *rng)
{
    atr_fr g[ATR_POLICY_CHILDREN_MAX];
    unsigned m = s->of;
    uint64_t binomial = 1; /* at most binomial(64, 32), below 2^61 */

    g[0] = *whole;
    if (m % 2 == 0) {
        atr_fr_neg(&g[0], &g[0]);
    }
    for (unsigned i = 1; i <= m - s->need; i++) {
        atr_fr_weight(&g[i], rng);
    }
    for (unsigned j = 1; j <= m; j++) {
        atr_fr *out = &weight[child[j - 1]];
        atr_fr factor;

        binomial = binomial / j * (m - j + 1) + binomial % j * (m - j + 1) / j;
        factor = atr_fr_of(binomial);
        if ((m - j) % 2 == 1) {
            atr_fr_neg(&factor, &factor);
        }
        atr_fr_eval(out, g, m - s->need + 1, j);
        atr_fr_mul(out, out, &factor);
    }
}

void atr_share_check_weights(atr_fr *weights, atr_fr *c0,
                             const atr_policy *policy, atr_rng *rng)
{
    atr_fr weight[ATR_POLICY_STEPS_MAX];
    uint16_t child[ATR_POLICY_CHILDREN_MAX];
    atr_tree tree;
    size_t row = 0;

    atr_tree_of(&tree, policy);
    atr_fr_weight(c0, rng);
    weight[tree.order[0]] = *c0;
    for (size_t i = 0; i < tree.count; i++) {
        size_t step = tree.order[i];
        const atr_policy_step *s = &policy->steps[step];

        if (s->of == 0) {
            weights[row++] = weight[step];
            continue;
        }
        atr_tree_children(child, &tree, policy, step);
        if (s->need == s->of) { /* "and": all carry that of the gate */
            for (unsigned c = 0; c < s->of; c++) {
                weight[child[c]] = weight[step];
            }
        } else if (s->need == 1) {
            spread_or(weight, child, s->of, &weight[step], rng);
        } else {
            spread_list(weight, child, s, &weight[step], rng);
        }
    }
}
