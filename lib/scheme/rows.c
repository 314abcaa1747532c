/* Making: the other directions are rows_open.c, rows_same.c, rows_check.c. */
#include "scheme/rows.h"

#include "curve/batch.h"

/* Points multiplied (curve/batch.h), made affine and written at once. */
#define BATCH 32

size_t atr_abe_together(const atr_policy_rows *rows)
{
    size_t fit = ATR_POLICY_ROWS_MAX / rows->count;

    return fit < ATR_ABE_TOGETHER ? fit : ATR_ABE_TOGETHER;
}

size_t atr_rows_batch(const atr_rows_form *form, const atr_policy_rows *rows)
{
    size_t fit = ATR_ROWS_HEADS_MAX / atr_rows_heads(form, rows);

    return fit < ATR_ABE_BATCH ? fit : ATR_ABE_BATCH;
}

size_t atr_rows_part(const atr_policy_rows *rows)
{
    return ATR_POLICY_ROWS_MAX / rows->count;
}

size_t atr_rows_heads(const atr_rows_form *form, const atr_policy_rows *rows)
{
    return 1 + (form->twist_each_row ? rows->count : rows->repeats);
}

size_t atr_rows_twist(const atr_rows_form *form, const atr_policy_rows *rows,
                      size_t row)
{
    return form->twist_each_row ? row : rows->occurrence[row];
}

size_t atr_rows_len(const atr_rows_form *form, const atr_policy_rows *rows)
{
    return atr_rows_heads(form, rows) * ATR_G2_BYTES +
           rows->count * ATR_G1_BYTES;
}

/* All exponents, item after item, and the points they are for. */
typedef struct {
    const atr_rows_form *form;
    atr_policy_rows rows;
    size_t heads;                              /* of one item */
    atr_fr head[ATR_ROWS_HEADS_MAX];           /* s, then e_0, e_1, .. */
    atr_fr share[ATR_POLICY_ROWS_MAX];         /* lambda_i */
    atr_g1_affine hashed[ATR_POLICY_ROWS_MAX]; /* H(u_i), of the policy */
} making;

void atr_rows_draw(atr_fr *head, atr_fr *share, size_t heads,
                   const atr_policy *policy, atr_rng *coins)
{
    atr_fr_random(&head[0], coins);
    atr_share_split(share, &head[0], policy, coins);
    for (size_t j = 1; j < heads; j++) {
        atr_fr_random(&head[j], coins);
    }
}

/* h and t_j: powers of g2. */
static void write_heads(const atr_abe_making *items, size_t count,
                        const atr_abe *abe, const making *x)
{
    atr_g2 point[BATCH];
    atr_g2_affine affine[BATCH];

    for (size_t from = 0; from < count * x->heads; from += BATCH) {
        size_t left = count * x->heads - from;
        size_t part = left < BATCH ? left : BATCH;

        atr_g2_table_mul_many(point, &abe->g2_table, &x->head[from], part);
        atr_g2_to_affine_many(affine, point, part);
        for (size_t k = 0; k < part; k++) {
            size_t at = from + k;

            atr_g2_write(items[at / x->heads].header +
                             at % x->heads * ATR_G2_BYTES,
                         &affine[k]);
        }
    }
    atr_wipe(point, sizeof point); /* the z of a point tells of its making */
}

/* c_i = base^{lambda_i} H(u_i)^{+-e} for `count` rows, at most BATCH. */
static void make_rows(atr_g1 *out, const atr_abe *abe, const making *x,
                      size_t from, size_t count)
{
    atr_g1_affine hashed[BATCH];
    atr_g1 masked[BATCH];
    atr_fr e[BATCH];

    for (size_t k = 0; k < count; k++) {
        size_t item = (from + k) / x->rows.count;
        size_t row = (from + k) % x->rows.count;

        hashed[k] = x->hashed[row];
        e[k] = x->head[item * x->heads + 1 +
                       atr_rows_twist(x->form, &x->rows, row)];
        if (x->form->inverse) {
            atr_fr_neg(&e[k], &e[k]);
        }
    }
    atr_g1_mul_many(masked, hashed, e, count);
    atr_g1_table_mul_many(out, &abe->base_table, &x->share[from], count);
    for (size_t k = 0; k < count; k++) {
        atr_g1_add(&out[k], &out[k], &masked[k]);
    }
    atr_wipe(e, sizeof e);
    atr_wipe(masked, sizeof masked);
}

static void write_rows(const atr_abe_making *items, size_t count,
                       const atr_abe *abe, const making *x)
{
    size_t rows = x->rows.count;
    atr_g1 point[BATCH];
    atr_g1_affine affine[BATCH];

    for (size_t from = 0; from < count * rows; from += BATCH) {
        size_t left = count * rows - from;
        size_t part = left < BATCH ? left : BATCH;

        make_rows(point, abe, x, from, part);
        atr_g1_to_affine_many(affine, point, part);
        for (size_t k = 0; k < part; k++) {
            size_t at = from + k;

            atr_g1_write(items[at / rows].header + x->heads * ATR_G2_BYTES +
                             at % rows * ATR_G1_BYTES,
                         &affine[k]);
        }
    }
    atr_wipe(point, sizeof point);
}

void atr_rows_encap(const atr_abe_making *items, size_t count,
                    const atr_rows_form *form, const atr_abe *abe,
                    const atr_policy *policy)
{
    making x = {.form = form};

    atr_policy_rows_of(&x.rows, policy);
    x.heads = atr_rows_heads(form, &x.rows);
    for (size_t i = 0; i < count; i++) {
        atr_rows_draw(&x.head[i * x.heads], &x.share[i * x.rows.count], x.heads,
                      policy, items[i].coins);
    }
    ATR_SECRET(x.head, sizeof x.head);
    ATR_SECRET(x.share, sizeof x.share);
    for (size_t i = 0; i < count; i++) {
        if (items[i].z != NULL) {
            atr_gt_table_pow_many(items[i].z, &abe->a_table,
                                  &x.head[i * x.heads], 1);
        }
    }
    atr_abe_row_points(x.hashed, abe, policy, &x.rows);
    write_heads(items, count, abe, &x);
    write_rows(items, count, abe, &x);
    atr_wipe(&x, sizeof x);
    atr_wipe_stack();
}
