/* W09 as a scheme of cp.h; the equation numbers are those of
 * doc/scheme/w09.md. */
#include "curve/batch.h"
#include "scheme/cp_parts.h"
#include "scheme/w09_parts.h"

#define BATCH 32

/* Encapsulation ----------------------------------------------------------- */

/* What the rows of a header are made of. */
typedef struct {
    atr_fr share[ATR_POLICY_ROWS_MAX]; /* lambda_i */
    atr_fr r[ATR_POLICY_ROWS_MAX];
    atr_g1_affine hashed[ATR_POLICY_ROWS_MAX]; /* H(u_i) */
} making;

/* C_i for `count` rows from number `from` on */
static void make_c(atr_g1 *out, const atr_w09 *w09, const making *x,
                   size_t from, size_t count)
{
    atr_g1 masked[BATCH];
    atr_fr exponent[BATCH];

    for (size_t k = 0; k < count; k++) {
        atr_fr_neg(&exponent[k], &x->r[from + k]);
    }
    atr_g1_mul_many(masked, x->hashed + from, exponent, count);
    atr_g1_table_mul_many(out, &w09->base_table, x->share + from, count);
    for (size_t k = 0; k < count; k++) {
        atr_g1_add(&out[k], &out[k], &masked[k]);
    }
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(masked, sizeof masked);
}

static void write_rows(uint8_t *out, const atr_w09 *w09, const making *x,
                       size_t rows)
{
    uint8_t *d_at = out + rows * ATR_G1_BYTES;
    atr_g1_affine c[BATCH];
    atr_g2_affine d[BATCH];
    atr_g1 c_point[BATCH];
    atr_g2 d_point[BATCH];

    for (size_t from = 0; from < rows; from += BATCH) {
        size_t part = rows - from < BATCH ? rows - from : BATCH;

        make_c(c_point, w09, x, from, part);
        atr_g1_to_affine_many(c, c_point, part);
        atr_g2_table_mul_many(d_point, &w09->g2_table, x->r + from, part);
        atr_g2_to_affine_many(d, d_point, part);
        for (size_t k = 0; k < part; k++) {
            atr_g1_write(out + (from + k) * ATR_G1_BYTES, &c[k]);
            atr_g2_write(d_at + (from + k) * ATR_G2_BYTES, &d[k]);
        }
    }
    atr_wipe(c_point, sizeof c_point); /* the z of a point tells its making */
    atr_wipe(d_point, sizeof d_point);
}

/* (4) */
static void encap_core(uint8_t *header, atr_gt *z, const void *context,
                       atr_rng *coins)
{
    const atr_cp_transform *t = context;
    const atr_w09 *w09 = t->cp->authority;
    const atr_attr_hash hash = atr_w09_hash(w09);
    atr_g1_affine affine;
    atr_g1 point;
    making x;
    atr_fr s;

    atr_fr_random(&s, coins);
    atr_share_split(x.share, &s, t->policy, coins);
    for (size_t i = 0; i < t->rows.count; i++) {
        atr_fr_random(&x.r[i], coins);
    }
    ATR_SECRET(&s, sizeof s);
    ATR_SECRET(x.share, sizeof x.share);
    ATR_SECRET(x.r, sizeof x.r);
    atr_attr_points_of_rows(x.hashed, &hash, t->policy, &t->rows);
    atr_g1_table_mul_many(&point, &w09->g1_table, &s, 1);
    atr_g1_to_affine(&affine, &point);
    atr_g1_write(header, &affine);
    write_rows(header + ATR_G1_BYTES, w09, &x, t->rows.count);
    if (z != NULL) {
        atr_gt_table_pow_many(z, &w09->a_table, &s, 1);
    }
    atr_wipe(&s, sizeof s);
    atr_wipe(&x, sizeof x);
    atr_wipe(&point, sizeof point);
}

/* Decapsulation ----------------------------------------------------------- */

#define PAIRS_MAX (2 + ATR_POLICY_ROWS_MAX)

typedef struct {
    const atr_w09_key *secret;
    const atr_held_rows *held;
    atr_g1_affine c0; /* C' */
    atr_g1_affine c[ATR_POLICY_ROWS_MAX];
    atr_g2_affine d[ATR_POLICY_ROWS_MAX];
    /* pairs but the first two: attributes, and sums of D until affine */
    size_t count;
    size_t at[ATR_POLICY_ROWS_MAX];
    atr_g2 sum[ATR_POLICY_ROWS_MAX];
    atr_g1_affine p[PAIRS_MAX];
    atr_g2_affine q[ATR_POLICY_ROWS_MAX];
    atr_pair pair[PAIRS_MAX];
} opening;

static atr_err read_header(opening *o, size_t rows, const uint8_t *header)
{
    const uint8_t *c_at = header + ATR_G1_BYTES;
    const uint8_t *d_at = c_at + rows * ATR_G1_BYTES;

    if (atr_g1_read(&o->c0, header) != ATR_OK ||
        atr_g1_read_many(o->c, NULL, c_at, rows) != ATR_OK ||
        atr_g2_read_many(o->d, NULL, d_at, rows) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}

/* C' with K, and 1 / prod C_i^{w_i} with L */
static void pair_head(opening *o)
{
    const atr_held_rows *held = o->held;
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
    atr_g1 sum;

    for (size_t k = 0; k < held->count; k++) {
        some[k] = o->c[held->row[k]];
    }
    atr_held_rows_sum_vartime(&sum, held, some);
    atr_g1_neg(&sum, &sum);
    atr_g1_to_affine(&o->p[1], &sum);
    o->pair[0] = (atr_pair){&o->c0, &o->secret->k, &o->secret->k_lines};
    o->pair[1] = (atr_pair){&o->p[1], &o->secret->l, &o->secret->l_lines};
}

/* prod_{u_i = u} D_i^{w_i}, for attribute `at` of the key: the powers are of
 * what is public. */
static void sum_attr(opening *o, size_t at)
{
    const atr_held_rows *held = o->held;
    atr_g2_affine some[ATR_POLICY_ROWS_MAX];
    atr_fr weight[ATR_POLICY_ROWS_MAX];
    size_t count = 0;

    for (size_t k = 0; k < held->count; k++) {
        if (held->at[k] == at) {
            some[count] = o->d[held->row[k]];
            weight[count++] = held->weight[k];
        }
    }
    if (count == 1 && held->all_ones) {
        atr_g2_from_affine(&o->sum[o->count], &some[0]);
    } else if (count != 0) {
        atr_g2_sum_vartime(&o->sum[o->count], some, weight, count);
    }
    if (count != 0) {
        o->at[o->count++] = at;
    }
}

/* Each such sum with 1 / K_u. */
static void pair_attrs(opening *o)
{
    o->count = 0;
    for (size_t at = 0; at < o->secret->attrs.count; at++) {
        sum_attr(o, at);
    }
    atr_g2_to_affine_many(o->q, o->sum, o->count);
    for (size_t i = 0; i < o->count; i++) {
        atr_g1_affine_neg(&o->p[2 + i], &o->secret->ku[o->at[i]]);
        o->pair[2 + i] = (atr_pair){&o->p[2 + i], &o->q[i], NULL};
    }
}

/* (5) */
static atr_err open_header(atr_gt *z, const atr_cp_transform *t,
                           const atr_held_rows *held, const uint8_t *header)
{
    opening o;
    atr_err err;

    o.secret = t->cp->key;
    o.held = held;
    if ((err = read_header(&o, t->rows.count, header)) == ATR_OK) {
        pair_head(&o);
        pair_attrs(&o);
        atr_pairing_product(z, o.pair, 2 + o.count);
    }
    atr_wipe(&o, sizeof o);
    return err;
}

static const atr_cp_scheme scheme = {
    .id = ATR_W09_ID,
    .cost = {.row = 10, .repeated = 0}, /* a pairing for each attribute */
    .head_bytes = ATR_G1_BYTES,
    .row_bytes = ATR_G1_BYTES + ATR_G2_BYTES,
    .encap = encap_core,
    .open = open_header,
};

atr_cp atr_w09_cp(const atr_w09 *w09, const atr_w09_key *key)
{
    return (atr_cp){&scheme, w09, w09->hm, key,
                    key == NULL ? NULL : &key->attrs};
}
