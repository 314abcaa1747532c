/* Reading headers, and their side of the opening. */
#include "curve/batch.h"
#include "scheme/rows.h"

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

void atr_rows_read_heads(atr_rows_points *out, const atr_rows_form *form,
                         const atr_policy *policy, atr_abe_opening *items,
                         size_t count)
{
    uint8_t wire[ATR_ROWS_HEADS_MAX * ATR_G2_BYTES] = {0};
    atr_err errs[ATR_ROWS_HEADS_MAX];

    atr_policy_rows_of(&out->rows, policy);
    out->heads = atr_rows_heads(form, &out->rows);
    for (size_t i = 0; i < count; i++) {
        bool fits = items[i].header.len == atr_rows_len(form, &out->rows);

        items[i].err = fits ? ATR_OK : ATR_ERR_AUTH;
    }
    gather(wire, items, count, 0, out->heads * ATR_G2_BYTES);
    if (atr_g2_read_many(out->head, errs, wire, count * out->heads) != ATR_OK) {
        refuse(items, errs, out->heads, count);
    }
}

void atr_rows_read_rows(atr_rows_points *out, atr_abe_opening *items,
                        size_t count, bool summed)
{
    const size_t all = count * out->rows.count;
    atr_err err;
    uint8_t wire[ATR_POLICY_ROWS_MAX * ATR_G1_BYTES] = {0};
    atr_err errs[ATR_POLICY_ROWS_MAX];

    gather(wire, items, count, out->heads * ATR_G2_BYTES,
           out->rows.count * ATR_G1_BYTES);
    err = summed ? atr_g1_read_curve_many(out->row, errs, wire, all)
                 : atr_g1_read_many(out->row, errs, wire, all);
    if (err != ATR_OK) {
        refuse(items, errs, out->rows.count, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].err != ATR_OK) {
            memset(&out->row[i * out->rows.count], 0,
                   out->rows.count * sizeof out->row[0]);
        }
    }
}

/* The points of all headers -------------------------------------------- */

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

/* All rows, a part of the headers at a time: false when one is found not to
 * have order r by the sums alone. Apart, so that the pairings do without its
 * stack. */
__attribute__((noinline)) static bool
sum_all_rows(atr_g1_affine *out, atr_rows_points *x, atr_abe_opening *items,
             size_t count, const atr_abe_opener *opener, bool unsure)
{
    atr_g1 sum[ATR_ABE_BATCH];
    atr_rows_summing sums;

    if (opener->sums != NULL) {
        atr_rows_sum_begin(&sums, opener->sums, unsure);
    }
    for (size_t from = 0; from < count; from += atr_rows_part(&x->rows)) {
        size_t most = atr_rows_part(&x->rows);
        size_t part = count - from < most ? count - from : most;

        atr_rows_read_rows(x, items + from, part, unsure);
        for (size_t i = 0; i < part; i++) {
            sum_rows(&sum[from + i], &x->row[i * x->rows.count], opener->plan);
        }
        if (opener->sums != NULL) {
            atr_rows_sum_rows(&sums, x->row, part * x->rows.count);
        }
    }
    atr_g1_to_affine_many(out, sum, count);
    return opener->sums == NULL || atr_rows_sum_end(opener->sums, &sums);
}

static void sum_all_heads(atr_rows_points *x, const atr_abe_opening *items,
                          size_t count, atr_abe_sums *sums)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].err != ATR_OK) {
            memset(&x->head[i * x->heads], 0, x->heads * sizeof x->head[0]);
        }
    }
    if (sums != NULL) {
        atr_rows_sum_heads(sums, x->head, count * x->heads);
    }
}

/* From how many rows on their sums take less time than a test of the order of
 * each (bench_kem). */
#define UNSURE_LEAST 512

void atr_rows_decap(atr_abe_opening *items, size_t count,
                    const atr_rows_form *form, const atr_abe_opener *opener)
{
    atr_rows_headers x;
    bool unsure;

    for (size_t i = 0; i < count; i++) {
        memset(&items[i].z, 0, sizeof items[i].z);
    }
    atr_rows_read_heads(&x.points, form, opener->policy, items, count);
    unsure =
        opener->sums != NULL && count * x.points.rows.count >= UNSURE_LEAST;
    if (!sum_all_rows(x.sum, &x.points, items, count, opener, unsure)) {
        /* some row has another order: each is asked for its own */
        (void)sum_all_rows(x.sum, &x.points, items, count, opener, false);
    }
    sum_all_heads(&x.points, items, count, opener->sums);
    atr_rows_pair(items, count, &x, form, opener);
}
