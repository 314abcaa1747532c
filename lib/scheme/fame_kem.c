/* FAME as a scheme of cp.h; the equation numbers are those of
 * doc/scheme/fame.md. The indices l and t count from 0 here. */
#include "curve/batch.h"
#include "scheme/cp_parts.h"
#include "scheme/fame_parts.h"

#define BATCH ATR_FAME_BATCH
#define C0_BYTES (3 * ATR_G2_BYTES)

/* Encapsulation ----------------------------------------------------------- */

/* The columns of the matrix, and one of its rows. */
typedef struct {
    size_t columns;
    atr_fr entry[ATR_POLICY_ROWS_MAX];        /* M_ij */
    atr_fame_six column[ATR_POLICY_ROWS_MAX]; /* H(col j, l, t) */
} matrix;

/* Times prod_j H(col j, l, t)^{M_ij}, in which nothing is secret. Outside
 * lists (k of m) every M_ij is 0, 1 or -1. */
static void add_columns(atr_g1 *sum, const matrix *m, unsigned l, unsigned t)
{
    const atr_fr one = atr_fr_of(1);
    atr_fr minus;
    atr_fr entry[ATR_POLICY_ROWS_MAX];
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
    size_t count = 0;
    atr_g1 rest;

    atr_fr_neg(&minus, &one);
    for (size_t j = 0; j < m->columns; j++) {
        const atr_g1_affine *column = &m->column[j][l][t];
        atr_g1_affine negated;

        if (atr_fr_equal(&m->entry[j], &one)) {
            atr_g1_add_affine(sum, sum, column);
        } else if (atr_fr_equal(&m->entry[j], &minus)) {
            atr_g1_affine_neg(&negated, column);
            atr_g1_add_affine(sum, sum, &negated);
        } else if (!atr_fr_is_zero(&m->entry[j])) {
            some[count] = *column;
            entry[count++] = m->entry[j];
        }
    }
    if (count != 0) {
        atr_g1_sum_many_vartime(&rest, some, entry, count);
        atr_g1_add(sum, sum, &rest);
    }
}

/* What of C_{i,l} is raised to s_t, for the rows from number `from` on. */
static void make_bases(atr_fame_six *out, matrix *m, const atr_cp_transform *t,
                       size_t from, size_t count)
{
    const atr_attr *attr[BATCH];
    atr_g1 point[BATCH][3][2];

    for (size_t k = 0; k < count; k++) {
        attr[k] = atr_policy_row(t->policy, &t->rows, from + k);
    }
    atr_fame_row_points(out, t->cp->authority, attr, count);
    for (size_t k = 0; k < count; k++) {
        atr_share_matrix_row(m->entry, t->policy, from + k);
        for (unsigned i = 0; i < 6; i++) {
            atr_g1_from_affine(&point[k][i / 2][i % 2], &out[k][i / 2][i % 2]);
            add_columns(&point[k][i / 2][i % 2], m, i / 2, i % 2);
        }
    }
    atr_g1_to_affine_many(out[0][0], point[0][0], 6 * count);
}

/* C_{i,l} for some rows */
static void write_part(uint8_t *out, const atr_fame_six *base, size_t count,
                       const atr_fr s[2])
{
    atr_fr exponent[6 * BATCH];
    atr_g1 power[6 * BATCH];
    atr_g1 c[3 * BATCH];
    atr_g1_affine affine[3 * BATCH];

    for (size_t i = 0; i < 6 * count; i++) {
        exponent[i] = s[i % 2];
    }
    atr_g1_mul_many(power, base[0][0], exponent, 6 * count);
    for (size_t i = 0; i < 3 * count; i++) {
        atr_g1_add(&c[i], &power[2 * i], &power[2 * i + 1]);
    }
    atr_g1_to_affine_many(affine, c, 3 * count);
    for (size_t i = 0; i < 3 * count; i++) {
        atr_g1_write(out + i * ATR_G1_BYTES, &affine[i]);
    }
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(power, sizeof power);
    atr_wipe(c, sizeof c);
}

static void write_rows(uint8_t *out, const atr_cp_transform *t,
                       const atr_fr s[2])
{
    atr_fame_six base[BATCH];
    matrix m;

    m.columns = atr_share_columns(t->policy);
    atr_fame_column_points(m.column, t->cp->authority, m.columns);
    for (size_t from = 0; from < t->rows.count; from += BATCH) {
        size_t part = atr_fame_part(t->rows.count, from);

        make_bases(base, &m, t, from, part);
        write_part(out + from * 3 * ATR_G1_BYTES, base, part, s);
    }
}

/* h_1^{s_1}, h_2^{s_2}, g2^{s_1 + s_2} */
static void write_c0(uint8_t *out, const atr_fame *fame, const atr_fr s[2])
{
    atr_fr sum;
    atr_g2 point[3];
    atr_g2_affine affine[3];

    atr_fr_add(&sum, &s[0], &s[1]);
    atr_g2_table_mul_many(&point[0], &fame->h_table[0], &s[0], 1);
    atr_g2_table_mul_many(&point[1], &fame->h_table[1], &s[1], 1);
    atr_g2_table_mul_many(&point[2], &fame->g2_table, &sum, 1);
    atr_g2_to_affine_many(affine, point, 3);
    for (unsigned l = 0; l < 3; l++) {
        atr_g2_write(out + l * ATR_G2_BYTES, &affine[l]);
    }
    atr_wipe(&sum, sizeof sum);
    atr_wipe(point, sizeof point);
}

/* (4) */
static void encap_core(uint8_t *header, atr_gt *z, const void *context,
                       atr_rng *coins)
{
    const atr_cp_transform *t = context;
    const atr_fame *fame = t->cp->authority;
    atr_fr s[2];
    atr_gt other;

    atr_fr_random(&s[0], coins);
    atr_fr_random(&s[1], coins);
    ATR_SECRET(s, sizeof s);
    write_c0(header, fame, s);
    write_rows(header + C0_BYTES, t, s);
    if (z != NULL) {
        atr_gt_table_pow_many(z, &fame->t_table[0], &s[0], 1);
        atr_gt_table_pow_many(&other, &fame->t_table[1], &s[1], 1);
        atr_gt_mul(z, z, &other);
        atr_wipe(&other, sizeof other);
    }
    atr_wipe(s, sizeof s);
}

/* Decapsulation ----------------------------------------------------------- */

typedef struct {
    const atr_fame_key *secret;
    const atr_held_rows *held;
    atr_g2_affine c0[3];
    atr_g1_affine c[ATR_POLICY_ROWS_MAX][3];
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
} opening;

static atr_err read_header(opening *o, size_t rows, const uint8_t *header)
{
    if (atr_g2_read_many(o->c0, NULL, header, 3) != ATR_OK ||
        atr_g1_read_many(o->c[0], NULL, header + C0_BYTES, 3 * rows) !=
            ATR_OK) {
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}

/* K'_l prod K_{u_i,l}^{w_i}: the points are secret, the weights are not. */
static void sum_key(atr_g1 *out, opening *o, unsigned l)
{
    for (size_t k = 0; k < o->held->count; k++) {
        o->some[k] = o->secret->ku[o->held->at[k]][l];
    }
    atr_held_rows_sum(out, o->held, o->some);
    atr_g1_add_affine(out, out, &o->secret->own[l]);
}

/* 1 / prod C_{i,l}^{w_i} */
static void sum_rows(atr_g1 *out, opening *o, unsigned l)
{
    for (size_t k = 0; k < o->held->count; k++) {
        o->some[k] = o->c[o->held->row[k]][l];
    }
    atr_held_rows_sum_vartime(out, o->held, o->some);
    atr_g1_neg(out, out);
}

/* (5) */
static void recover(atr_gt *z, opening *o)
{
    const atr_fame_key *secret = o->secret;
    atr_g1 point[6];
    atr_g1_affine affine[6];
    atr_pair pair[6];

    for (unsigned l = 0; l < 3; l++) {
        sum_key(&point[l], o, l);
        sum_rows(&point[3 + l], o, l);
    }
    atr_g1_to_affine_many(affine, point, 6);
    for (unsigned l = 0; l < 3; l++) {
        pair[l] = (atr_pair){&affine[l], &o->c0[l], NULL};
        pair[3 + l] =
            (atr_pair){&affine[3 + l], &secret->k0[l], &secret->k0_lines[l]};
    }
    atr_pairing_product(z, pair, 6);
    atr_wipe(point, sizeof point);
    atr_wipe(affine, sizeof affine);
}

static atr_err open_header(atr_gt *z, const atr_cp_transform *t,
                           const atr_held_rows *held, const uint8_t *header)
{
    opening o;
    atr_err err;

    o.secret = t->cp->key;
    o.held = held;
    if ((err = read_header(&o, t->rows.count, header)) == ATR_OK) {
        recover(z, &o);
    }
    atr_wipe(&o, sizeof o);
    return err;
}

static const atr_cp_scheme scheme = {
    .id = ATR_FAME_ID,
    .one_use = true,
    .cost = {.row = 1, .repeated = 0}, /* each row the same */
    .head_bytes = C0_BYTES,
    .row_bytes = 3 * ATR_G1_BYTES,
    .encap = encap_core,
    .open = open_header,
};

atr_cp atr_fame_cp(const atr_fame *fame, const atr_fame_key *key)
{
    return (atr_cp){&scheme, fame, fame->hm, key,
                    key == NULL ? NULL : &key->attrs};
}
