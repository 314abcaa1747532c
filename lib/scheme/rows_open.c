/* Reading headers and opening them. */
#include "curve/batch.h"
#include "scheme/rows.h"

#define BATCH 32

/* Reading --------------------------------------------------------------- */

/* The part of every header from `at` on, one after another; zeros, which are no
 * point, for one that is bad already. */
static void gather(uint8_t *wire, const atr_abe_opening *items, size_t count,
                   size_t at, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].err == ATR_OK) {
            memcpy(wire + i * len, items[i].header.data + at, len);
        }
    }
}

/* `each` points of an item are bad if one of them is. */
static void refuse(atr_abe_opening *items, const atr_err *errs, size_t each,
                   size_t count)
{
    for (size_t at = 0; at < count * each; at++) {
        if (errs[at] != ATR_OK) {
            items[at / each].err = ATR_ERR_AUTH;
        }
    }
}

static void read_heads(atr_rows_points *out, atr_abe_opening *items,
                       size_t count)
{
    uint8_t wire[ATR_ROWS_HEADS_MAX * ATR_G2_BYTES] = {0};
    atr_err errs[ATR_ROWS_HEADS_MAX];

    gather(wire, items, count, 0, out->heads * ATR_G2_BYTES);
    if (atr_g2_read_many(out->head, errs, wire, count * out->heads) != ATR_OK) {
        refuse(items, errs, out->heads, count);
    }
}

static void read_rows(atr_rows_points *out, atr_abe_opening *items,
                      size_t count)
{
    uint8_t wire[ATR_POLICY_ROWS_MAX * ATR_G1_BYTES] = {0};
    atr_err errs[ATR_POLICY_ROWS_MAX];

    gather(wire, items, count, out->heads * ATR_G2_BYTES,
           out->rows.count * ATR_G1_BYTES);
    if (atr_g1_read_many(out->row, errs, wire, count * out->rows.count) !=
        ATR_OK) {
        refuse(items, errs, out->rows.count, count);
    }
}

void atr_rows_read(atr_rows_points *out, const atr_rows_form *form,
                   const atr_policy *policy, atr_abe_opening *items,
                   size_t count)
{
    atr_policy_rows_of(&out->rows, policy);
    out->heads = atr_rows_heads(form, &out->rows);
    for (size_t i = 0; i < count; i++) {
        bool fits = items[i].header.len == atr_rows_len(form, &out->rows);

        items[i].err = fits ? ATR_OK : ATR_ERR_AUTH;
    }
    read_heads(out, items, count);
    read_rows(out, items, count);
}

/* The side of the key --------------------------------------------------- */

/* prod k2[u_i]^{w_i} over the rows of each twist in use: the same for all
 * headers. Secret, but which twists. */
typedef struct {
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

/* The side of the headers ----------------------------------------------- */

/* The product of c_i^{-w_i}, `row` being c_0, ..: all of it public. */
static void sum_rows(atr_g1 *out, const atr_g1_affine *row,
                     const atr_share_plan *plan)
{
    atr_g1_affine used[ATR_POLICY_ROWS_MAX];

    for (size_t k = 0; k < plan->count; k++) {
        used[k] = row[plan->row[k]];
    }
    if (plan->all_ones) {
        atr_g1_identity(out);
        for (size_t k = 0; k < plan->count; k++) {
            atr_g1_add_affine(out, out, &used[k]);
        }
    } else {
        atr_g1_sum_many_vartime(out, used, plan->weight, plan->count);
    }
    atr_g1_neg(out, out);
}

/* Both -------------------------------------------------------------------- */

#define PAIRS_MAX (2 * ATR_ABE_TOGETHER + ATR_POLICY_ROWS_MAX)

/* Z = e(k3, h) prod_j e(prod k2^w, t_j)^{+-1} / e(prod c^w, k1) for each item
 * that is well so far. */
static void recover(atr_abe_opening *items, size_t count,
                    const atr_rows_points *x, const key_side *side,
                    const atr_abe_opener *opener)
{
    const atr_abe_key *key = opener->key;
    const size_t width = 2 + side->used;
    size_t well[ATR_ABE_TOGETHER];
    size_t n = 0;
    atr_g1 sum[ATR_ABE_TOGETHER];
    atr_g1_affine affine[ATR_ABE_TOGETHER];
    atr_gt z[ATR_ABE_TOGETHER];
    atr_pair pairs[PAIRS_MAX];

    for (size_t i = 0; i < count; i++) {
        if (items[i].err == ATR_OK) {
            sum_rows(&sum[n], &x->row[i * x->rows.count], opener->plan);
            well[n++] = i;
        }
    }
    atr_g1_to_affine_many(affine, sum, n);
    for (size_t k = 0; k < n; k++) {
        const atr_g2_affine *head = &x->head[well[k] * x->heads];
        atr_pair *to = &pairs[k * width];

        to[0] = (atr_pair){&key->k3, &head[0], NULL};
        to[1] = (atr_pair){&affine[k], &key->k1, &key->k1_lines};
        for (size_t t = 0; t < side->used; t++) {
            to[2 + t] =
                (atr_pair){&side->point[t], &head[1 + side->twist[t]], NULL};
        }
    }
    atr_pairing_product_many(z, pairs, width, n);
    for (size_t k = 0; k < n; k++) {
        items[well[k]].z = z[k];
    }
    atr_wipe(z, sizeof z);
}

void atr_rows_decap(atr_abe_opening *items, size_t count,
                    const atr_rows_form *form, const atr_abe_opener *opener)
{
    atr_rows_points x;
    key_side side;

    memset(&side, 0, sizeof side);
    for (size_t i = 0; i < count; i++) {
        memset(&items[i].z, 0, sizeof items[i].z);
    }
    atr_rows_read(&x, form, opener->policy, items, count);
    if (sum_key(&side, form, &x.rows, opener)) {
        recover(items, count, &x, &side, opener);
    } else {
        for (size_t i = 0; i < count; i++) {
            items[i].err =
                items[i].err == ATR_OK ? ATR_ERR_POLICY : items[i].err;
        }
    }
    atr_wipe(&side, sizeof side);
    atr_wipe_stack();
}
