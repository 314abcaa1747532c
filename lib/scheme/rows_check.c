/* The public check. */
#include "curve/batch.h"
#include "scheme/rows.h"

/* h and the twists are paired, and one point more. */
#define PAIRS_MAX (ATR_POLICY_ROWS_MAX + 2)

typedef struct {
    atr_fr weight[ATR_POLICY_ROWS_MAX];
    atr_fr whole; /* the weight of the secret itself */
    atr_g1_affine hashed[ATR_POLICY_ROWS_MAX];
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
    atr_fr some_weight[ATR_POLICY_ROWS_MAX];
    size_t pairs;
    atr_g1 p[PAIRS_MAX];
    const atr_g2_affine *q[PAIRS_MAX];
} weighing;

static void add_pair(weighing *w, const atr_g1 *p, bool negate,
                     const atr_g2_affine *q)
{
    w->p[w->pairs] = *p;
    if (negate) {
        atr_g1_neg(&w->p[w->pairs], p);
    }
    w->q[w->pairs++] = q;
}

static void weigh_twists(weighing *w, const atr_rows_form *form,
                         const atr_rows_points *x)
{
    for (size_t j = 0; j + 1 < x->heads; j++) {
        size_t count = 0;
        atr_g1 sum;

        for (size_t i = 0; i < x->rows.count; i++) {
            if (atr_rows_twist(form, &x->rows, i) == j) {
                w->some[count] = w->hashed[i];
                w->some_weight[count++] = w->weight[i];
            }
        }
        atr_g1_sum_many_vartime(&sum, w->some, w->some_weight, count);
        add_pair(w, &sum, !form->inverse, &x->head[1 + j]);
    }
}

/* e(prod c_i^{x_i}, g2) = e(base^{x}, h) prod_j e(prod H(u_i)^{x_i}, t_j)^{+-1}
 * for random x_i with sum x_i lambda_i = x s. */
atr_err atr_rows_check(const atr_rows_form *form, const atr_abe *abe,
                       const atr_policy *policy, atr_bytes header, atr_rng *rng)
{
    atr_abe_opening item = {.header = header};
    atr_g1_affine p[PAIRS_MAX];
    atr_pair pairs[PAIRS_MAX];
    atr_rows_points x;
    weighing w;
    atr_g1 sum;
    atr_gt product;

    atr_rows_read_heads(&x, form, policy, &item, 1);
    atr_rows_read_rows(&x, &item, 1, false);
    if (item.err != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    w.pairs = 0;
    atr_share_check_weights(w.weight, &w.whole, policy, rng);
    atr_g1_mul_vartime(&sum, &abe->base, &w.whole);
    add_pair(&w, &sum, true, &x.head[0]);
    atr_g1_sum_many_vartime(&sum, x.row, w.weight, x.rows.count);
    add_pair(&w, &sum, false, &atr_g2_generator);
    atr_abe_row_points(w.hashed, abe, policy, &x.rows);
    weigh_twists(&w, form, &x);
    atr_g1_to_affine_many(p, w.p, w.pairs);
    for (size_t i = 0; i < w.pairs; i++) {
        pairs[i] = (atr_pair){&p[i], w.q[i], NULL};
    }
    atr_pairing_product(&product, pairs, w.pairs);
    return atr_gt_is_one(&product) ? ATR_OK : ATR_ERR_AUTH;
}
