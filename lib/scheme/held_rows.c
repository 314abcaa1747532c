#include "scheme/held_rows.h"

#include "curve/batch.h"

void atr_held_rows_of(atr_held_rows *out, const atr_share_plan *plan,
                      const atr_policy *policy, const atr_policy_rows *rows,
                      const atr_attrs *attrs)
{
    out->count = 0;
    out->all_ones = plan->all_ones;
    for (size_t k = 0; k < plan->count; k++) {
        size_t at =
            atr_attrs_find(attrs, atr_policy_row(policy, rows, plan->row[k]));

        if (at < attrs->count) {
            out->row[out->count] = plan->row[k];
            out->at[out->count] = (uint16_t)at;
            out->weight[out->count++] =
                plan->all_ones ? atr_fr_of(1) : plan->weight[k];
        }
    }
}

static void sum_ones(atr_g1 *out, const atr_g1_affine *points, size_t count)
{
    atr_g1_identity(out);
    for (size_t k = 0; k < count; k++) {
        atr_g1_add_affine(out, out, &points[k]);
    }
}

void atr_held_rows_sum(atr_g1 *out, const atr_held_rows *held,
                       const atr_g1_affine *points)
{
    if (held->all_ones) {
        sum_ones(out, points, held->count);
    } else {
        atr_g1_sum_many(out, points, held->weight, held->count);
    }
}

void atr_held_rows_sum_vartime(atr_g1 *out, const atr_held_rows *held,
                               const atr_g1_affine *points)
{
    if (held->all_ones) {
        sum_ones(out, points, held->count);
    } else {
        atr_g1_sum_many_vartime(out, points, held->weight, held->count);
    }
}
