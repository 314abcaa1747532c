/* FAME as a KEM. The equation numbers are those of doc/scheme/fame.md; the
 * indices l and t count from 0 here. */
#include "scheme/fame_parts.h"

#include <assert.h>

#include "curve/batch.h"
#include "policy/policy_wire.h"
#include "scheme/fo.h"

#define BATCH ATR_FAME_BATCH
#define C0_BYTES (3 * ATR_G2_BYTES)
#define HEADER_BYTES_MAX (C0_BYTES + ATR_POLICY_ROWS_MAX * 3 * ATR_G1_BYTES)

/* Each row costs the same. */
static const atr_share_cost cost = {.row = 1, .repeated = 0};

/* Encapsulation ----------------------------------------------------------- */

/* One capsule: what its core needs, and the policy in its byte form. */
typedef struct {
    const atr_fame *fame;
    const atr_policy *policy;
    atr_policy_rows rows;
    uint8_t tree[ATR_POLICY_BYTES_MAX];
    atr_fo fo;
} transform;

bool atr_fame_takes(const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    return rows.repeats == 1;
}

static size_t header_len(const atr_policy_rows *rows)
{
    return C0_BYTES + rows->count * 3 * ATR_G1_BYTES;
}

size_t atr_fame_capsule_len(const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    return header_len(&rows) + ATR_FO_MASKED_BYTES;
}

/* The columns of the matrix, and one of its rows. */
typedef struct {
    size_t columns;
    atr_fr entry[ATR_POLICY_ROWS_MAX];        /* M_ij */
    atr_fame_six column[ATR_POLICY_ROWS_MAX]; /* H(col j, l, t) */
} matrix;

static void hash_columns(matrix *m, const transform *t)
{
    atr_fame_names n;

    m->columns = atr_share_columns(t->policy);
    for (size_t from = 0; from < m->columns; from += BATCH) {
        atr_fame_name_columns(&n, 1 + from, atr_fame_part(m->columns, from));
        atr_fame_hash(&m->column[from], t->fame, &n);
    }
}

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

/* What of C_{i,l} is raised to s_t, for some rows. */
static void make_bases(atr_fame_six *out, matrix *m, const transform *t,
                       const size_t from_count[2])
{
    atr_g1 point[BATCH][3][2];
    atr_fame_names n = {.count = 0};

    for (size_t k = 0; k < from_count[1]; k++) {
        atr_fame_name_attr(
            &n, atr_policy_row(t->policy, &t->rows, from_count[0] + k));
    }
    atr_fame_hash(out, t->fame, &n);
    for (size_t k = 0; k < n.count; k++) {
        atr_share_matrix_row(m->entry, t->policy, from_count[0] + k);
        for (unsigned i = 0; i < 6; i++) {
            atr_g1_from_affine(&point[k][i / 2][i % 2], &out[k][i / 2][i % 2]);
            add_columns(&point[k][i / 2][i % 2], m, i / 2, i % 2);
        }
    }
    atr_g1_to_affine_many(out[0][0], point[0][0], 6 * n.count);
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

static void write_rows(uint8_t *out, const transform *t, const atr_fr s[2])
{
    atr_fame_six base[BATCH];
    matrix m;

    hash_columns(&m, t);
    for (size_t from = 0; from < t->rows.count; from += BATCH) {
        size_t part = atr_fame_part(t->rows.count, from);

        make_bases(base, &m, t, (const size_t[2]){from, part});
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
    const transform *t = context;
    atr_fr s[2];
    atr_gt other;

    atr_fr_random(&s[0], coins);
    atr_fr_random(&s[1], coins);
    ATR_SECRET(s, sizeof s);
    write_c0(header, t->fame, s);
    write_rows(header + C0_BYTES, t, s);
    if (z != NULL) {
        atr_gt_table_pow(z, &t->fame->t_table[0], &s[0]);
        atr_gt_table_pow(&other, &t->fame->t_table[1], &s[1]);
        atr_gt_mul(z, z, &other);
        atr_wipe(&other, sizeof other);
    }
    atr_wipe(s, sizeof s);
}

static void begin(transform *t, const atr_fame *fame, const atr_policy *policy,
                  atr_bytes ad)
{
    atr_builder tree = atr_builder_of(t->tree, sizeof t->tree);

    atr_policy_build(&tree, policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    atr_policy_rows_of(&t->rows, policy);
    t->fame = fame;
    t->policy = policy;
    t->fo = (atr_fo){
        .encap = encap_core,
        .context = t,
        .header_len = header_len(&t->rows),
        .hm = ATR_BYTES(fame->hm),
        .to = atr_builder_bytes(&tree),
        .ad = ad,
    };
}

atr_err atr_fame_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                              const atr_fame *fame, const atr_policy *policy,
                              atr_bytes ad,
                              const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    transform t;

    if (!atr_fame_takes(policy)) {
        memset(key, 0, ATR_KEM_KEY_BYTES);
        return ATR_ERR_INPUT;
    }
    begin(&t, fame, policy, ad);
    atr_fo_encap(capsule, key, &t.fo, coins);
    atr_wipe_stack();
    return ATR_OK;
}

atr_err atr_fame_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                       const atr_fame *fame, const atr_policy *policy,
                       atr_bytes ad, atr_rng *rng)
{
    uint8_t coins[ATR_KEM_COINS_BYTES];
    atr_err err;

    atr_rng_bytes(rng, coins, sizeof coins);
    ATR_SECRET(coins, sizeof coins);
    err = atr_fame_encap_derand(capsule, key, fame, policy, ad, coins);
    atr_wipe(coins, sizeof coins);
    return err;
}

/* Decapsulation ----------------------------------------------------------- */

typedef struct {
    const atr_fame_key *secret;
    atr_g2_affine c0[3];
    atr_g1_affine c[ATR_POLICY_ROWS_MAX][3];
    bool all_ones;
    size_t used; /* rows that the key has an attribute for */
    size_t row[ATR_POLICY_ROWS_MAX];
    size_t at[ATR_POLICY_ROWS_MAX]; /* where the key has it */
    atr_fr weight[ATR_POLICY_ROWS_MAX];
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
} opening;

/* Every point, used or not. */
static atr_err read_header(opening *o, const atr_policy_rows *rows,
                           atr_bytes capsule)
{
    if (capsule.len != header_len(rows) + ATR_FO_MASKED_BYTES ||
        atr_g2_read_many(o->c0, NULL, capsule.data, 3) != ATR_OK ||
        atr_g1_read_many(o->c[0], NULL, capsule.data + C0_BYTES,
                         3 * rows->count) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}

static void choose_rows(opening *o, const atr_policy *policy,
                        const atr_policy_rows *rows, const atr_share_plan *plan)
{
    o->used = 0;
    o->all_ones = plan->all_ones;
    for (size_t k = 0; k < plan->count; k++) {
        size_t at = atr_attrs_find(&o->secret->attrs,
                                   atr_policy_row(policy, rows, plan->row[k]));

        if (at < o->secret->attrs.count) {
            o->row[o->used] = plan->row[k];
            o->at[o->used] = at;
            o->weight[o->used++] =
                plan->all_ones ? atr_fr_of(1) : plan->weight[k];
        }
    }
}

/* K'_l prod K_{u_i,l}^{w_i}: the points are secret, the weights are not. */
static void sum_key(atr_g1 *out, opening *o, unsigned l)
{
    atr_g1 term[BATCH];

    atr_g1_from_affine(out, &o->secret->own[l]);
    for (size_t from = 0; from < o->used; from += BATCH) {
        size_t part = atr_fame_part(o->used, from);

        for (size_t k = 0; k < part; k++) {
            o->some[k] = o->secret->ku[o->at[from + k]][l];
            atr_g1_from_affine(&term[k], &o->some[k]);
        }
        if (!o->all_ones) {
            atr_g1_mul_many(term, o->some, o->weight + from, part);
        }
        for (size_t k = 0; k < part; k++) {
            atr_g1_add(out, out, &term[k]);
        }
    }
    atr_wipe(term, sizeof term);
}

/* 1 / prod C_{i,l}^{w_i} */
static void sum_rows(atr_g1 *out, opening *o, unsigned l)
{
    for (size_t k = 0; k < o->used; k++) {
        o->some[k] = o->c[o->row[k]][l];
    }
    atr_g1_sum_many_vartime(out, o->some, o->weight, o->used);
    atr_g1_neg(out, out);
}

/* (5) */
static void recover(atr_gt *z, opening *o)
{
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
        pair[3 + l] = (atr_pair){&affine[3 + l], &o->secret->k0[l], NULL};
    }
    atr_pairing_product(z, pair, 6);
    atr_wipe(point, sizeof point);
    atr_wipe(affine, sizeof affine);
}

atr_err atr_fame_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES],
                              const atr_fame *fame, const atr_fame_key *secret,
                              const atr_share_plan *plan,
                              const atr_fame_sealed *sealed)
{
    uint8_t again[HEADER_BYTES_MAX];
    transform t;
    opening o;
    atr_gt z;
    atr_err err;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    begin(&t, fame, sealed->policy, sealed->ad);
    o.secret = secret;
    if ((err = read_header(&o, &t.rows, sealed->capsule)) == ATR_OK) {
        choose_rows(&o, sealed->policy, &t.rows, plan);
        recover(&z, &o);
        err = atr_fo_decap(key, again, &t.fo, &z, sealed->capsule.data);
    }
    atr_wipe(&o, sizeof o);
    atr_wipe(&z, sizeof z);
    atr_wipe_stack();
    return err;
}

atr_err atr_fame_decap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_fame *fame,
                       const atr_fame_key *secret,
                       const atr_fame_sealed *sealed)
{
    atr_share_plan plan;
    atr_err err = ATR_ERR_INPUT;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    if (!atr_fame_takes(sealed->policy) ||
        (err = atr_share_plan_make(&plan, sealed->policy, &secret->attrs,
                                   cost)) != ATR_OK) {
        return err;
    }
    return atr_fame_decap_forced(key, fame, secret, &plan, sealed);
}

/* The interface of kem.h -------------------------------------------------- */

static size_t kem_capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    (void)kem;
    return atr_fame_capsule_len(policy);
}

static void kem_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                      const atr_kem *kem, const atr_policy *policy,
                      atr_bytes ad, const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    const atr_fame_member *member = kem->context;
    atr_err err =
        atr_fame_encap_derand(capsule, key, member->fame, policy, ad, coins);

    assert(err == ATR_OK); /* the policy is such as atr_fame_takes */
    (void)err;
}

static void kem_decap(atr_kem_opening *items, size_t count, const atr_kem *kem,
                      const atr_abe_key *secret, const atr_policy *policy)
{
    const atr_fame_member *member = kem->context;

    (void)secret;
    for (size_t i = 0; i < count; i++) {
        const atr_fame_sealed sealed = {policy, items[i].ad, items[i].capsule};

        items[i].err =
            atr_fame_decap(items[i].key, member->fame, member->key, &sealed);
    }
}

atr_kem atr_fame_kem(const atr_fame_member *member)
{
    atr_kem kem = {
        .context = member,
        .scheme = ATR_FAME_ID,
        .capsule_len = kem_capsule_len,
        .encap = kem_encap,
        .decap = kem_decap,
    };

    memcpy(kem.hm, member->fame->hm, sizeof kem.hm);
    return kem;
}
