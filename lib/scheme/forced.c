#include "scheme/forced.h"

void atr_forced_begin(atr_forced_try *attempt, const atr_abe *abe,
                      const atr_abe_key *own, const atr_policy *policy)
{
    attempt->abe = abe;
    attempt->own = own;
    attempt->policy = policy;
    attempt->step = 0;
    attempt->single = 0;
    attempt->key = *own;
    atr_policy_rows_of(&attempt->rows, policy);
    atr_policy_lacks(&attempt->lacking, policy, &own->attrs);
}

static bool owns_row(const atr_forced_try *attempt, size_t row)
{
    return atr_attrs_has(&attempt->own->attrs,
                         atr_policy_row(attempt->policy, &attempt->rows, row));
}

static void use_row(atr_share_plan *plan, size_t row, const atr_fr *weight)
{
    plan->row[plan->count] = (uint16_t)row;
    plan->weight[plan->count++] = *weight;
}

/* Every row whose attribute is there, with weight 1. */
static bool all_own_rows(atr_forced_try *attempt)
{
    const atr_fr one = atr_fr_of(1);

    attempt->key = *attempt->own;
    attempt->plan = (atr_share_plan){.all_ones = true};
    for (size_t i = 0; i < attempt->rows.count; i++) {
        if (owns_row(attempt, i)) {
            use_row(&attempt->plan, i, &one);
        }
    }
    return true;
}

/* One row alone: finds a gate that gives a child the whole secret. */
static bool single_row(atr_forced_try *attempt)
{
    const atr_fr one = atr_fr_of(1);

    while (attempt->single < attempt->rows.count) {
        size_t row = attempt->single++;

        if (owns_row(attempt, row)) {
            attempt->plan = (atr_share_plan){.all_ones = true};
            use_row(&attempt->plan, row, &one);
            return true;
        }
    }
    return false;
}

/* The plan of a key that has also what is lacking; false when the set of
 * attributes grows too large for one. */
static bool pretend(atr_forced_try *attempt, atr_attrs *attrs)
{
    *attrs = attempt->own->attrs;
    for (size_t i = 0; i < attempt->lacking.count; i++) {
        if (atr_attrs_add(attrs, &attempt->lacking.attr[i]) != ATR_OK) {
            return false;
        }
    }
    return atr_share_plan_make(&attempt->plan, attempt->policy, attrs,
                               attempt->abe->scheme->cost) == ATR_OK;
}

/* Weights as if all were there, but only the rows that are: finds shares of
 * zero, and coefficients that do not depend on the others. */
static bool pretended_weights(atr_forced_try *attempt)
{
    atr_share_plan *plan = &attempt->plan;
    atr_attrs attrs;
    size_t kept = 0;

    if (!pretend(attempt, &attrs)) {
        return false;
    }
    for (size_t k = 0; k < plan->count; k++) {
        if (owns_row(attempt, plan->row[k])) {
            plan->row[kept] = plan->row[k];
            plan->weight[kept++] = plan->weight[k];
        }
    }
    plan->count = kept;
    attempt->key = *attempt->own;
    return true;
}

/* A whole satisfying set, where the attributes that lack are relabelled: their
 * part of the key is that of another attribute, or k3 when `from_k3`. */
static bool relabelled(atr_forced_try *attempt, bool from_k3)
{
    const atr_abe_key *own = attempt->own;
    atr_attrs attrs;

    if (!pretend(attempt, &attrs) || (!from_k3 && own->attrs.count == 0)) {
        return false;
    }
    attempt->key.attrs = attrs;
    for (size_t i = 0; i < attrs.count; i++) {
        size_t at = atr_attrs_find(&own->attrs, &attrs.attr[i]);

        if (at < own->attrs.count) {
            attempt->key.k2[i] = own->k2[at];
        } else {
            attempt->key.k2[i] = from_k3 ? own->k3 : own->k2[0];
        }
    }
    return true;
}

bool atr_forced_next(atr_forced_try *attempt)
{
    for (;;) {
        bool ready;

        switch (attempt->step) {
        case 0:
            ready = pretended_weights(attempt);
            break;
        case 1:
            ready = all_own_rows(attempt);
            break;
        case 2:
            ready = single_row(attempt);
            break;
        case 3:
        case 4:
            ready = relabelled(attempt, attempt->step == 4);
            break;
        default:
            return false;
        }
        if (!ready || attempt->step != 2) {
            attempt->step++;
        }
        if (ready) {
            return true;
        }
    }
}

void atr_forced_wipe(atr_forced_try *attempt)
{
    if (attempt != NULL) {
        atr_wipe(attempt, sizeof *attempt);
    }
}
