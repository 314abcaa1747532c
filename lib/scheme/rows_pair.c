/* Opening: the side of the key, and the pairings of both. */
#include "curve/batch.h"
#include "scheme/rows.h"

#define BATCH 32

/* The side of the key --------------------------------------------------- */

/* prod k2[u_i]^{w_i} over the rows of each twist in use: the same for all
 * headers. Secret, but which twists. */
typedef struct {
    const atr_abe_key *key;
    size_t used;
    uint16_t twist[ATR_POLICY_ROWS_MAX];
    uint16_t place[ATR_POLICY_ROWS_MAX]; /* of each twist, from 1; 0: unused */
    atr_g1 sum[ATR_POLICY_ROWS_MAX];
    atr_g1_affine point[ATR_POLICY_ROWS_MAX]; /* the sums at last */
    /* powers that wait to be computed together */
    size_t waiting;
    atr_g1 *to[BATCH];
    atr_g1_affine base[BATCH];
    atr_fr weight[BATCH];
} key_side;

static void add_waiting(key_side *side)
{
    atr_g1 power[BATCH];

    atr_g1_mul_many(power, side->base, side->weight, side->waiting);
    for (size_t i = 0; i < side->waiting; i++) {
        atr_g1_add(side->to[i], side->to[i], &power[i]);
    }
    side->waiting = 0;
    atr_wipe(power, sizeof power);
}

static atr_g1 *sum_of(key_side *side, size_t twist)
{
    if (side->place[twist] == 0) {
        atr_g1_identity(&side->sum[side->used]);
        side->twist[side->used++] = (uint16_t)twist;
        side->place[twist] = (uint16_t)side->used;
    }
    return &side->sum[side->place[twist] - 1];
}

/* base^weight: the point is secret, the weight is not. NULL: 1. */
static void add_power(key_side *side, atr_g1 *to, const atr_g1_affine *base,
                      const atr_fr *weight)
{
    const atr_fr one = atr_fr_of(1);

    if (weight == NULL || atr_fr_equal(weight, &one)) {
        atr_g1_add_affine(to, to, base);
        return;
    }
    side->to[side->waiting] = to;
    side->base[side->waiting] = *base;
    side->weight[side->waiting++] = *weight;
    if (side->waiting == BATCH) {
        add_waiting(side);
    }
}

/* Returns false when the key lacks an attribute of the plan. */
static bool sum_key(key_side *side, const atr_rows_form *form,
                    const atr_policy_rows *rows, const atr_abe_opener *opener)
{
    const atr_abe_key *key = opener->key;
    const atr_share_plan *plan = opener->plan;

    side->key = key;
    for (size_t k = 0; k < plan->count; k++) {
        size_t row = plan->row[k];
        size_t at = atr_attrs_find(&key->attrs,
                                   atr_policy_row(opener->policy, rows, row));

        if (at >= key->attrs.count) {
            return false;
        }
        add_power(side, sum_of(side, atr_rows_twist(form, rows, row)),
                  &key->k2[at], plan->all_ones ? NULL : &plan->weight[k]);
    }
    add_waiting(side);
    for (size_t t = 0; form->inverse && t < side->used; t++) {
        atr_g1_neg(&side->sum[t], &side->sum[t]);
    }
    atr_g1_to_affine_many(side->point, side->sum, side->used);
    return true;
}

/* Both -------------------------------------------------------------------- */

#define EIGHT ATR_ABE_TOGETHER
#define PAIRS_MAX (2 * EIGHT + ATR_POLICY_ROWS_MAX)

/* Z = e(k3, h) prod_j e(prod k2^w, t_j)^{+-1} / e(prod c^w, k1) for those of
 * `items` that are named, at most eight. */
static void pair_eight(atr_abe_opening *items, const size_t *which,
                       size_t count, const atr_rows_headers *x,
                       const key_side *side)
{
    const atr_abe_key *key = side->key;
    const size_t width = 2 + side->used;
    atr_gt z[EIGHT];
    atr_pair pairs[PAIRS_MAX];

    for (size_t k = 0; k < count; k++) {
        const atr_g2_affine *head = &x->points.head[which[k] * x->points.heads];
        atr_pair *to = &pairs[k * width];

        to[0] = (atr_pair){&key->k3, &head[0], NULL};
        to[1] = (atr_pair){&x->sum[which[k]], &key->k1, &key->k1_lines};
        for (size_t t = 0; t < side->used; t++) {
            to[2 + t] =
                (atr_pair){&side->point[t], &head[1 + side->twist[t]], NULL};
        }
    }
    atr_pairing_product_many(z, pairs, width, count);
    for (size_t k = 0; k < count; k++) {
        items[which[k]].z = z[k];
    }
    atr_wipe(z, sizeof z);
}

/* Each item that is well so far. */
static void recover(atr_abe_opening *items, size_t count,
                    const atr_rows_headers *x, const key_side *side)
{
    size_t well[ATR_ABE_BATCH];
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (items[i].err == ATR_OK) {
            well[n++] = i;
        }
    }
    for (size_t from = 0; from < n; from += EIGHT) {
        size_t part = n - from < EIGHT ? n - from : EIGHT;

        pair_eight(items, well + from, part, x, side);
    }
}

void atr_rows_pair(atr_abe_opening *items, size_t count,
                   const atr_rows_headers *x, const atr_rows_form *form,
                   const atr_abe_opener *opener)
{
    key_side side;

    memset(&side, 0, sizeof side);
    if (sum_key(&side, form, &x->points.rows, opener)) {
        recover(items, count, x, &side);
    } else {
        for (size_t i = 0; i < count; i++) {
            items[i].err =
                items[i].err == ATR_OK ? ATR_ERR_POLICY : items[i].err;
        }
    }
    atr_wipe(&side, sizeof side);
    atr_wipe_stack();
}
