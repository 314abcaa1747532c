/* Comparing many headers at once with what their coins make: random sums of
 * their points. Why that is enough: doc/scheme/kem.md, whose equation numbers
 * these are. */
#include "curve/batch.h"
#include "scheme/rows.h"

#define BATCH 32 /* points multiplied at once */

/* The left sides: of the points --------------------------------------------
 */

void atr_rows_sum_begin(atr_rows_summing *x, const atr_abe_sums *sums,
                        bool unsure)
{
    x->unsure = unsure;
    atr_rng_init(&x->weights, sums->seed.row);
    atr_rng_init(&x->coins, sums->seed.order);
    atr_weighing_begin(&x->row);
}

static void draw(atr_weight *weights, size_t count, atr_rng *rng)
{
    for (size_t t = 0; 8 * t < count; t++) {
        atr_weight_draw(&weights[t], rng);
    }
}

void atr_rows_sum_rows(atr_rows_summing *x, const atr_g1_affine *row,
                       size_t count)
{
    atr_weight weights[ATR_POLICY_ROWS_MAX / 8];

    draw(weights, count, &x->weights);
    atr_weighing_add_vartime(&x->row, row, weights, count,
                             x->unsure ? &x->coins : NULL);
}

bool atr_rows_sum_end(atr_abe_sums *sums, const atr_rows_summing *x)
{
    atr_weighing_sum_vartime(sums->row, &x->row);
    return !x->unsure || atr_weighing_in_subgroup_vartime(&x->row);
}

void atr_rows_sum_heads(atr_abe_sums *sums, const atr_g2_affine *head,
                        size_t count)
{
    atr_weight weights[ATR_ROWS_HEADS_MAX / 8];
    atr_rng rng;

    atr_rng_init(&rng, sums->seed.head);
    draw(weights, count, &rng);
    atr_g2_weigh_vartime(sums->head, head, weights, count);
}

/* The right sides: of the exponents ----------------------------------------
 */

/* The weights once more, one after another, as numbers: u_{k / 8} v_{k mod 8}.
 */
typedef struct {
    atr_rng rng;
    const atr_fr *lane; /* v */
    atr_fr eight;       /* u */
    size_t next;
} weights;

static atr_fr weight_next(weights *w)
{
    atr_weight u;
    atr_fr out;

    if (w->next % 8 == 0) {
        atr_weight_draw(&u, &w->rng);
        atr_weight_fr_vartime(&w->eight, &u);
    }
    atr_fr_mul(&out, &w->eight, &w->lane[w->next++ % 8]);
    return out;
}

/* Of base, of each H(u_i), and of g2: secret until all is found the same. */
typedef struct {
    const atr_rows_form *form;
    atr_policy_rows rows;
    size_t heads;
    atr_fr lane[8];
    atr_fr base;
    atr_fr hashed[ATR_POLICY_ROWS_MAX];
    atr_fr head;
    /* of the item at hand */
    atr_fr own[1 + ATR_POLICY_ROWS_MAX]; /* s, e_0, .. */
    atr_fr share[ATR_POLICY_ROWS_MAX];
} exponents;

static void add_term(atr_fr *sum, const atr_fr *weight, const atr_fr *number)
{
    atr_fr term;

    atr_fr_mul(&term, weight, number);
    atr_fr_add(sum, sum, &term);
    atr_wipe(&term, sizeof term);
}

/* Zero where an item was refused, as its points are. */
static void draw_item(exponents *x, const uint8_t *seed,
                      const atr_policy *policy)
{
    atr_rng coins;

    memset(x->own, 0, sizeof x->own);
    memset(x->share, 0, sizeof x->share);
    if (seed != NULL) {
        atr_rng_init(&coins, seed);
        atr_rows_draw(x->own, x->share, x->heads, policy, &coins);
        atr_rng_wipe(&coins);
    }
}

static void add_item(exponents *x, weights *of_row, weights *of_head)
{
    for (size_t i = 0; i < x->rows.count; i++) {
        const atr_fr w = weight_next(of_row);
        const size_t twist = atr_rows_twist(x->form, &x->rows, i);

        add_term(&x->base, &w, &x->share[i]);
        add_term(&x->hashed[i], &w, &x->own[1 + twist]);
    }
    for (size_t j = 0; j < x->heads; j++) {
        const atr_fr w = weight_next(of_head);

        add_term(&x->head, &w, &x->own[j]);
    }
}

static void add_items(exponents *x, const atr_abe_sums *sums,
                      const atr_policy *policy)
{
    const size_t part = atr_rows_part(&x->rows);
    weights of_row = {.lane = x->lane};
    weights of_head = {.lane = x->lane};

    atr_rng_init(&of_row.rng, sums->seed.row);
    atr_rng_init(&of_head.rng, sums->seed.head);
    for (size_t i = 0; i < sums->count; i++) {
        if (i % part == 0) {
            of_row.next = 0; /* a part begins with a new eight */
        }
        draw_item(x, sums->coins[i], policy);
        add_item(x, &of_row, &of_head);
    }
    for (size_t i = 0; x->form->inverse && i < x->rows.count; i++) {
        atr_fr_neg(&x->hashed[i], &x->hashed[i]);
    }
}

/* base^x prod H(u_i)^{x_i} */
static void make_rows(atr_g1 *out, const exponents *x, const atr_abe *abe,
                      const atr_policy *policy)
{
    atr_g1_affine hashed[ATR_POLICY_ROWS_MAX];
    atr_g1 power[BATCH];

    atr_abe_row_points(hashed, abe, policy, &x->rows);
    atr_g1_table_mul_many(out, &abe->base_table, &x->base, 1);
    for (size_t from = 0; from < x->rows.count; from += BATCH) {
        size_t left = x->rows.count - from;
        size_t part = left < BATCH ? left : BATCH;

        atr_g1_mul_many(power, &hashed[from], &x->hashed[from], part);
        for (size_t i = 0; i < part; i++) {
            atr_g1_add(out, out, &power[i]);
        }
    }
    atr_wipe(power, sizeof power);
}

/* Both sides ------------------------------------------------------------- */

/* (5) */
static bool same_rows(const exponents *x, const atr_abe *abe,
                      const atr_policy *policy, const atr_g1 sum[8])
{
    atr_g1_affine affine[8];
    atr_g1 power[8];
    atr_g1 got;
    atr_g1 made;
    atr_mask same;

    atr_g1_to_affine_many(affine, sum, 8);
    atr_g1_mul_many_vartime(power, affine, x->lane, 8);
    got = power[0];
    for (size_t l = 1; l < 8; l++) {
        atr_g1_add(&got, &got, &power[l]);
    }
    make_rows(&made, x, abe, policy);
    same = atr_g1_equal(&got, &made);
    ATR_PUBLIC(&same, sizeof same);
    atr_wipe(&made, sizeof made);
    return same != 0;
}

/* (6) */
static bool same_heads(const exponents *x, const atr_abe *abe,
                       const atr_g2 sum[8])
{
    atr_g2_affine affine[8];
    atr_g2 power[8];
    atr_g2 got;
    atr_g2 made;
    atr_mask same;

    atr_g2_to_affine_many(affine, sum, 8);
    atr_g2_mul_many_vartime(power, affine, x->lane, 8);
    got = power[0];
    for (size_t l = 1; l < 8; l++) {
        atr_g2_add(&got, &got, &power[l]);
    }
    atr_g2_table_mul_many(&made, &abe->g2_table, &x->head, 1);
    same = atr_g2_equal(&got, &made);
    ATR_PUBLIC(&same, sizeof same);
    atr_wipe(&made, sizeof made);
    return same != 0;
}

bool atr_rows_same(const atr_abe_sums *sums, const atr_rows_form *form,
                   const atr_abe *abe, const atr_policy *policy)
{
    atr_rng rng;
    exponents x;
    bool same;

    memset(&x, 0, sizeof x);
    x.form = form;
    atr_policy_rows_of(&x.rows, policy);
    x.heads = atr_rows_heads(form, &x.rows);
    atr_rng_init(&rng, sums->seed.lane);
    for (size_t l = 0; l < 8; l++) {
        atr_fr_weight(&x.lane[l], &rng);
    }
    ATR_PUBLIC(x.lane, sizeof x.lane);
    add_items(&x, sums, policy);
    same = same_rows(&x, abe, policy, sums->row) &&
           same_heads(&x, abe, sums->head);
    atr_wipe(&x, sizeof x);
    atr_wipe_stack();
    return same;
}
