#include "scheme/rows.h"

#include "curve/batch.h"

/* Points multiplied (curve/batch.h), made affine and written at once. */
#define BATCH 32

/* h and the twists are paired, and one point more. */
#define PAIRS_MAX (ATR_POLICY_ROWS_MAX + 2)

static size_t twist_count(const atr_rows_form *form,
                          const atr_policy_rows *rows)
{
    return form->twist_each_row ? rows->count : rows->repeats;
}

static size_t twist_of(const atr_rows_form *form, const atr_policy_rows *rows,
                       size_t row)
{
    return form->twist_each_row ? row : rows->occurrence[row];
}

size_t atr_rows_len(const atr_rows_form *form, const atr_policy_rows *rows)
{
    return (1 + twist_count(form, rows)) * ATR_G2_BYTES +
           rows->count * ATR_G1_BYTES;
}

/* Encapsulation ------------------------------------------------------- */

typedef struct {
    atr_policy_rows rows;
    size_t twists;
    atr_fr head[1 + ATR_POLICY_ROWS_MAX]; /* s, then e_0, e_1, .. */
    atr_fr share[ATR_POLICY_ROWS_MAX];    /* lambda_i */
} exponents;

static void draw(exponents *x, const atr_rows_form *form,
                 const atr_policy *policy, atr_rng *coins)
{
    atr_policy_rows_of(&x->rows, policy);
    x->twists = twist_count(form, &x->rows);
    atr_fr_random(&x->head[0], coins);
    atr_share_split(x->share, &x->head[0], policy, coins);
    for (size_t j = 0; j < x->twists; j++) {
        atr_fr_random(&x->head[1 + j], coins);
    }
}

/* h and t_j: powers of g2. */
static void write_head(uint8_t *out, const atr_abe *abe, const exponents *x)
{
    size_t count = 1 + x->twists;
    atr_g2 point[BATCH];
    atr_g2_affine affine[BATCH];

    for (size_t from = 0; from < count; from += BATCH) {
        size_t part = count - from < BATCH ? count - from : BATCH;

        for (size_t k = 0; k < part; k++) {
            atr_g2_table_mul(&point[k], &abe->g2_table, &x->head[from + k]);
        }
        atr_g2_to_affine_many(affine, point, part);
        for (size_t k = 0; k < part; k++) {
            atr_g2_write(out + (from + k) * ATR_G2_BYTES, &affine[k]);
        }
    }
    atr_wipe(point, sizeof point); /* the z of a point tells of its making */
}

/* c_i = base^{lambda_i} H(u_i)^{+-e} for `count` rows, at most BATCH. */
static void make_rows(atr_g1 *out, const atr_rows_form *form,
                      const atr_abe *abe, const atr_policy *policy,
                      const exponents *x, const size_t from_count[2])
{
    size_t from = from_count[0];
    size_t count = from_count[1];
    const atr_attr *attr[BATCH];
    atr_g1_affine hashed[BATCH];
    atr_g1 masked[BATCH];
    atr_fr e[BATCH];

    for (size_t k = 0; k < count; k++) {
        e[k] = x->head[1 + twist_of(form, &x->rows, from + k)];
        if (form->inverse) {
            atr_fr_neg(&e[k], &e[k]);
        }
        attr[k] = atr_policy_row(policy, &x->rows, from + k);
    }
    atr_abe_attr_points(hashed, abe, attr, count);
    atr_g1_mul_many(masked, hashed, e, count);
    atr_g1_table_mul_many(out, &abe->base_table, &x->share[from], count);
    for (size_t k = 0; k < count; k++) {
        atr_g1_add(&out[k], &out[k], &masked[k]);
    }
    atr_wipe(e, sizeof e);
    atr_wipe(masked, sizeof masked);
}

static void write_rows(uint8_t *out, const atr_rows_form *form,
                       const atr_abe *abe, const atr_policy *policy,
                       const exponents *x)
{
    atr_g1 point[BATCH];
    atr_g1_affine affine[BATCH];

    for (size_t from = 0; from < x->rows.count; from += BATCH) {
        size_t left = x->rows.count - from;
        size_t part = left < BATCH ? left : BATCH;

        make_rows(point, form, abe, policy, x, (const size_t[2]){from, part});
        atr_g1_to_affine_many(affine, point, part);
        for (size_t k = 0; k < part; k++) {
            atr_g1_write(out + (from + k) * ATR_G1_BYTES, &affine[k]);
        }
    }
    atr_wipe(point, sizeof point);
}

void atr_rows_encap(uint8_t *header, atr_gt *z, const atr_rows_form *form,
                    const atr_abe *abe, const atr_policy *policy,
                    atr_rng *coins)
{
    exponents x;

    draw(&x, form, policy, coins);
    ATR_SECRET(x.head, sizeof x.head);
    ATR_SECRET(x.share, sizeof x.share);
    atr_gt_table_pow_many(z, &abe->a_table, &x.head[0], 1);
    write_head(header, abe, &x);
    write_rows(header + (1 + x.twists) * ATR_G2_BYTES, form, abe, policy, &x);
    atr_wipe(&x, sizeof x);
    atr_wipe_stack();
}

/* Decapsulation ------------------------------------------------------- */

typedef struct {
    atr_policy_rows rows;
    size_t twists;
    size_t pairs;
    atr_g1_affine row[ATR_POLICY_ROWS_MAX]; /* c_i */
    atr_g1_affine p[PAIRS_MAX];
    atr_g2_affine q[PAIRS_MAX];
} opening;

static atr_err read_rows(opening *o, atr_bytes header)
{
    const uint8_t *at = header.data + (1 + o->twists) * ATR_G2_BYTES;

    return atr_g1_read_many(o->row, NULL, at, o->rows.count) == ATR_OK
               ? ATR_OK
               : ATR_ERR_AUTH;
}

/* The length, then every point of G1; those of G2 are read where they are
 * paired. */
static atr_err begin(opening *o, const atr_rows_form *form,
                     const atr_policy *policy, atr_bytes header)
{
    atr_policy_rows_of(&o->rows, policy);
    o->twists = twist_count(form, &o->rows);
    o->pairs = 0;
    if (header.len != atr_rows_len(form, &o->rows)) {
        return ATR_ERR_AUTH;
    }
    return read_rows(o, header);
}

static atr_err read_twist(atr_g2_affine *out, atr_bytes header, size_t twist)
{
    const uint8_t *at = header.data + (1 + twist) * ATR_G2_BYTES;

    return atr_g2_read(out, at) == ATR_OK ? ATR_OK : ATR_ERR_AUTH;
}

static atr_err read_head(atr_g2_affine *out, atr_bytes header)
{
    return atr_g2_read(out, header.data) == ATR_OK ? ATR_OK : ATR_ERR_AUTH;
}

/* The product of c_i^{w_i}: all of it public. */
static void sum_rows(atr_g1 *out, const opening *o, const atr_share_plan *plan)
{
    atr_g1_affine used[ATR_POLICY_ROWS_MAX];

    for (size_t k = 0; k < plan->count; k++) {
        used[k] = o->row[plan->row[k]];
    }
    if (!plan->all_ones) {
        atr_g1_sum_many_vartime(out, used, plan->weight, plan->count);
        return;
    }
    *out = (atr_g1){0};
    for (size_t k = 0; k < plan->count; k++) {
        if (k == 0) {
            atr_g1_from_affine(out, &used[k]);
        } else {
            atr_g1_add_affine(out, out, &used[k]);
        }
    }
}

/* Powers waiting for their product. */
typedef struct {
    size_t count;
    atr_g1_affine p[BATCH];
    atr_fr k[BATCH];
} terms;

static void add_terms(atr_g1 *sum, terms *t)
{
    atr_g1 power[BATCH];

    atr_g1_mul_many(power, t->p, t->k, t->count);
    for (size_t i = 0; i < t->count; i++) {
        atr_g1_add(sum, sum, &power[i]);
    }
    t->count = 0;
    atr_wipe(power, sizeof power);
}

/* p^weight: the point is secret, the weight is not. */
static void add_term(atr_g1 *sum, terms *t, const atr_g1_affine *p,
                     const atr_fr *weight)
{
    const atr_fr one = atr_fr_of(1);

    if (atr_fr_equal(weight, &one)) {
        atr_g1_add_affine(sum, sum, p);
        return;
    }
    t->p[t->count] = *p;
    t->k[t->count++] = *weight;
    if (t->count == BATCH) {
        add_terms(sum, t);
    }
}

/* The product of k2[u_i]^{w_i} over the rows of one twist. Returns how many
 * rows there were, or SIZE_MAX when the key lacks an attribute. */
static size_t sum_key(atr_g1 *out, const opening *o, const atr_rows_form *form,
                      const atr_rows_task *task, size_t twist)
{
    const atr_fr one = atr_fr_of(1);
    terms t = {0};
    size_t found = 0;

    atr_g1_identity(out);
    for (size_t k = 0; k < task->plan->count && found != SIZE_MAX; k++) {
        size_t row = task->plan->row[k];
        size_t at;

        if (twist_of(form, &o->rows, row) != twist) {
            continue;
        }
        at = atr_attrs_find(&task->key->attrs,
                            atr_policy_row(task->policy, &o->rows, row));
        if (at >= task->key->attrs.count) {
            found = SIZE_MAX;
        } else {
            add_term(out, &t, &task->key->k2[at],
                     task->plan->all_ones ? &one : &task->plan->weight[k]);
            found++;
        }
    }
    add_terms(out, &t);
    atr_wipe(&t, sizeof t);
    return found;
}

/* One pair for each twist in use; all twists are read. */
static atr_err pair_twists(opening *o, const atr_rows_form *form,
                           const atr_rows_task *task)
{
    atr_err err = ATR_OK;
    atr_g1 sum = {0};

    for (size_t j = 0; j < o->twists && err == ATR_OK; j++) {
        size_t found;

        if ((err = read_twist(&o->q[o->pairs], task->header, j)) != ATR_OK) {
            break;
        }
        found = sum_key(&sum, o, form, task, j);
        if (found == SIZE_MAX) {
            err = ATR_ERR_POLICY;
        } else if (found != 0) {
            if (form->inverse) {
                atr_g1_neg(&sum, &sum);
            }
            atr_g1_to_affine(&o->p[o->pairs++], &sum);
        }
    }
    atr_wipe(&sum, sizeof sum);
    return err;
}

static void multiply_pairs(atr_gt *out, const opening *o)
{
    atr_pair pairs[PAIRS_MAX];

    for (size_t i = 0; i < o->pairs; i++) {
        pairs[i] = (atr_pair){&o->p[i], &o->q[i], NULL};
    }
    atr_pairing_product(out, pairs, o->pairs);
}

/* Z = e(k3, h) prod_j e(prod k2^w, t_j)^{+-1} / e(prod c^w, k1). */
atr_err atr_rows_decap(atr_gt *z, const atr_rows_form *form,
                       const atr_rows_task *task)
{
    atr_g1 sum = {0};
    opening o;
    atr_err err;

    memset(z, 0, sizeof *z);
    if ((err = begin(&o, form, task->policy, task->header)) != ATR_OK ||
        (err = read_head(&o.q[0], task->header)) != ATR_OK) {
        goto out;
    }
    o.p[0] = task->key->k3;
    sum_rows(&sum, &o, task->plan);
    atr_g1_neg(&sum, &sum);
    atr_g1_to_affine(&o.p[1], &sum);
    o.q[1] = task->key->k1;
    o.pairs = 2;
    if ((err = pair_twists(&o, form, task)) != ATR_OK) {
        goto out;
    }
    multiply_pairs(z, &o);
out:
    atr_wipe(&o, sizeof o);
    atr_wipe_stack();
    return err;
}

/* The public check ---------------------------------------------------- */

typedef struct {
    atr_fr weight[ATR_POLICY_ROWS_MAX];
    atr_fr whole; /* the weight of the secret itself */
    atr_g1_affine hashed[ATR_POLICY_ROWS_MAX];
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
    atr_fr some_weight[ATR_POLICY_ROWS_MAX];
} weighing;

static void add_pair(opening *o, atr_g1 *p, bool negate)
{
    if (negate) {
        atr_g1_neg(p, p);
    }
    atr_g1_to_affine(&o->p[o->pairs++], p);
}

static atr_err weigh_twists(opening *o, weighing *w, const atr_rows_form *form,
                            atr_bytes header)
{
    for (size_t j = 0; j < o->twists; j++) {
        size_t count = 0;
        atr_g1 sum;

        for (size_t i = 0; i < o->rows.count; i++) {
            if (twist_of(form, &o->rows, i) == j) {
                w->some[count] = w->hashed[i];
                w->some_weight[count++] = w->weight[i];
            }
        }
        if (read_twist(&o->q[o->pairs], header, j) != ATR_OK) {
            return ATR_ERR_AUTH;
        }
        atr_g1_sum_many_vartime(&sum, w->some, w->some_weight, count);
        add_pair(o, &sum, !form->inverse);
    }
    return ATR_OK;
}

/* e(prod c_i^{x_i}, g2) = e(base^{x}, h) prod_j e(prod H(u_i)^{x_i}, t_j)^{+-1}
 * for random x_i with sum x_i lambda_i = x s. */
atr_err atr_rows_check(const atr_rows_form *form, const atr_abe *abe,
                       const atr_policy *policy, atr_bytes header, atr_rng *rng)
{
    const atr_attr *attr[ATR_POLICY_ROWS_MAX];
    opening o;
    weighing w;
    atr_g1 sum;
    atr_gt product;

    if (begin(&o, form, policy, header) != ATR_OK ||
        read_head(&o.q[0], header) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    atr_share_check_weights(w.weight, &w.whole, policy, rng);
    atr_g1_mul_vartime(&sum, &abe->base, &w.whole);
    add_pair(&o, &sum, true);
    o.q[o.pairs] = atr_g2_generator;
    atr_g1_sum_many_vartime(&sum, o.row, w.weight, o.rows.count);
    add_pair(&o, &sum, false);
    for (size_t i = 0; i < o.rows.count; i++) {
        attr[i] = atr_policy_row(policy, &o.rows, i);
    }
    atr_abe_attr_points(w.hashed, abe, attr, o.rows.count);
    if (weigh_twists(&o, &w, form, header) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    multiply_pairs(&product, &o);
    return atr_gt_is_one(&product) ? ATR_OK : ATR_ERR_AUTH;
}
