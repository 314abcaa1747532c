/* Keys of the key-policy schemes; the equation numbers are those of
 * doc/scheme/kp.md. */
#include <assert.h>

#include "curve/batch.h"
#include "policy/policy_wire.h"
#include "scheme/hedge.h"
#include "scheme/kp_parts.h"

#define BATCH 32

static size_t part_of(size_t count, size_t from)
{
    return count - from < BATCH ? count - from : BATCH;
}

/* k1_j for all j */
static void make_k1(atr_kp_key *out, const atr_kp *kp, const atr_fr *r)
{
    atr_g2 point[BATCH];

    for (size_t from = 0; from < out->twists; from += BATCH) {
        size_t part = part_of(out->twists, from);

        atr_g2_table_mul_many(point, &kp->g2_table, r + from, part);
        atr_g2_to_affine_many(&out->k1[from], point, part);
    }
    atr_wipe(point, sizeof point);
}

/* What the rows of a key are made of. */
typedef struct {
    atr_policy_rows rows;
    atr_fr share[ATR_POLICY_ROWS_MAX];         /* lambda_i */
    atr_fr r[ATR_POLICY_ROWS_MAX];             /* of each twist */
    atr_g1_affine hashed[ATR_POLICY_ROWS_MAX]; /* H(u_i) */
} making;

/* k2_i for `count` rows from number `from` on */
static void make_k2(atr_kp_key *out, const atr_kp *kp, const making *x,
                    size_t from, size_t count)
{
    atr_g1 masked[BATCH];
    atr_g1 point[BATCH];
    atr_fr exponent[BATCH];

    for (size_t k = 0; k < count; k++) {
        exponent[k] = x->r[atr_kp_twist(kp, &x->rows, from + k)];
    }
    atr_g1_mul_many(masked, x->hashed + from, exponent, count);
    atr_g1_table_mul_many(point, &kp->g1_table, x->share + from, count);
    for (size_t k = 0; k < count; k++) {
        atr_g1_add(&point[k], &point[k], &masked[k]);
    }
    atr_g1_to_affine_many(&out->k2[from], point, count);
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(masked, sizeof masked);
    atr_wipe(point, sizeof point);
}

/* H(u_i) of all rows of a key, which go through no cache. */
static void hash_rows(atr_g1_affine *out, const atr_kp *kp,
                      const atr_policy *policy, const atr_policy_rows *rows)
{
    atr_attr_hash hash = atr_kp_hash(kp);

    hash.cache = NULL;
    atr_attr_points_of_rows(out, &hash, policy, rows);
}

static void hedge(atr_rng *out, const atr_kp *kp, const atr_fr *alpha,
                  const atr_policy *policy, atr_rng *rng)
{
    uint8_t memory[ATR_POLICY_BYTES_MAX];
    uint8_t secret[ATR_FR_BYTES];
    atr_builder tree = atr_builder_of(memory, sizeof memory);

    atr_policy_build(&tree, policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    atr_fr_write(secret, alpha);
    atr_hedge_rng(out,
                  &(atr_hedge){ATR_BYTES(secret), ATR_LITERAL("ATR1/KP/KEYGEN"),
                               ATR_BYTES(kp->hm), atr_builder_bytes(&tree)},
                  rng);
    atr_wipe(secret, sizeof secret);
}

/* (3) */
void atr_kp_keygen(atr_kp_key *out, const atr_kp *kp, const atr_fr *alpha,
                   const atr_policy *policy, atr_rng *rng)
{
    atr_rng hedged;
    making x;

    memset(out, 0, sizeof *out);
    out->policy = *policy;
    atr_policy_rows_of(&x.rows, policy);
    out->twists = atr_kp_twists(kp, &x.rows);
    hedge(&hedged, kp, alpha, policy, rng);
    atr_share_split(x.share, alpha, policy, &hedged);
    for (size_t j = 0; j < out->twists; j++) {
        atr_fr_random(&x.r[j], &hedged);
    }
    atr_rng_wipe(&hedged);
    ATR_SECRET(x.share, sizeof x.share);
    ATR_SECRET(x.r, sizeof x.r);
    hash_rows(x.hashed, kp, policy, &x.rows);
    make_k1(out, kp, x.r);
    for (size_t from = 0; from < x.rows.count; from += BATCH) {
        make_k2(out, kp, &x, from, part_of(x.rows.count, from));
    }
    atr_kp_key_ready(out);
    atr_wipe(&x, sizeof x);
    atr_wipe_stack();
}

/* The two sides of (6): p[0] with g2, p[1 + j] with k1_j. */
typedef struct {
    atr_policy_rows rows;
    atr_fr weight[ATR_POLICY_ROWS_MAX];
    atr_fr whole; /* the weight of alpha itself */
    atr_g1_affine hashed[ATR_POLICY_ROWS_MAX];
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
    atr_fr some_weight[ATR_POLICY_ROWS_MAX];
    atr_g1_affine p[1 + ATR_POLICY_ROWS_MAX];
    atr_pair pair[1 + ATR_POLICY_ROWS_MAX];
} weighing;

/* 1 / prod_{j(i) = twist} H(u_i)^{x_i} */
static void weigh_twist(weighing *w, const atr_kp *kp, const atr_kp_key *key,
                        size_t twist)
{
    size_t count = 0;
    atr_g1 sum;

    for (size_t i = 0; i < w->rows.count; i++) {
        if (atr_kp_twist(kp, &w->rows, i) == twist) {
            w->some[count] = w->hashed[i];
            w->some_weight[count++] = w->weight[i];
        }
    }
    atr_g1_sum_many_vartime(&sum, w->some, w->some_weight, count);
    atr_g1_neg(&sum, &sum);
    atr_g1_to_affine(&w->p[1 + twist], &sum);
    w->pair[1 + twist] = (atr_pair){&w->p[1 + twist], &key->k1[twist],
                                    twist == 0 ? &key->k1_lines : NULL};
}

/* (6) */
atr_err atr_kp_key_check(const atr_kp *kp, const atr_kp_key *key, atr_rng *rng)
{
    weighing w;
    atr_g1 sum;
    atr_gt left;
    atr_gt right;
    atr_mask good;

    atr_policy_rows_of(&w.rows, &key->policy);
    atr_share_check_weights(w.weight, &w.whole, &key->policy, rng);
    hash_rows(w.hashed, kp, &key->policy, &w.rows);
    atr_g1_sum_many(&sum, key->k2, w.weight, w.rows.count);
    atr_g1_to_affine(&w.p[0], &sum);
    w.pair[0] = (atr_pair){&w.p[0], &atr_g2_generator, NULL};
    for (size_t j = 0; j < key->twists; j++) {
        weigh_twist(&w, kp, key, j);
    }
    atr_pairing_product(&left, w.pair, 1 + key->twists);
    atr_gt_table_pow(&right, &kp->a_table, &w.whole);
    good = atr_gt_equal(&left, &right);
    ATR_PUBLIC(&good, sizeof good); /* one bit: accepted or not */
    atr_wipe(&w, sizeof w);
    atr_wipe(&sum, sizeof sum);
    atr_wipe(&left, sizeof left);
    atr_wipe_stack();
    return good ? ATR_OK : ATR_ERR_AUTH;
}

void atr_kp_key_build(atr_builder *builder, const atr_kp *kp,
                      const atr_kp_key *key)
{
    uint8_t tree[ATR_POLICY_BYTES_MAX];
    atr_builder policy = atr_builder_of(tree, sizeof tree);
    atr_policy_rows rows;
    uint8_t bytes[ATR_G2_BYTES];

    atr_policy_rows_of(&rows, &key->policy);
    atr_policy_build(&policy, &key->policy);
    assert(atr_builder_end(&policy) == ATR_OK);
    atr_build_field(builder, atr_builder_bytes(&policy));
    for (size_t j = 0; j < atr_kp_twists(kp, &rows); j++) {
        atr_g2_write(bytes, &key->k1[j]);
        atr_build_bytes(builder, (atr_bytes){bytes, ATR_G2_BYTES});
    }
    for (size_t i = 0; i < rows.count; i++) {
        atr_g1_write(bytes, &key->k2[i]);
        atr_build_bytes(builder, (atr_bytes){bytes, ATR_G1_BYTES});
    }
    atr_wipe(bytes, sizeof bytes);
}

static void read_points(atr_kp_key *out, size_t rows, atr_reader *reader)
{
    atr_bytes k1 = atr_read_view(reader, out->twists * ATR_G2_BYTES);
    atr_bytes k2 = atr_read_view(reader, rows * ATR_G1_BYTES);

    if (!reader->failed &&
        (atr_g2_read_many(out->k1, NULL, k1.data, out->twists) != ATR_OK ||
         atr_g1_read_many(out->k2, NULL, k2.data, rows) != ATR_OK)) {
        atr_reader_fail(reader);
    }
}

atr_err atr_kp_key_read(atr_kp_key *out, const atr_kp *kp, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_bytes tree = atr_read_field(&reader);
    atr_policy_rows rows;
    atr_err err;

    memset(out, 0, sizeof *out);
    if ((err = atr_policy_read(&out->policy, tree)) == ATR_OK) {
        atr_policy_rows_of(&rows, &out->policy);
        out->twists = atr_kp_twists(kp, &rows);
        read_points(out, rows.count, &reader);
        err = atr_reader_end(&reader);
    }
    if (err != ATR_OK) {
        atr_wipe(out, sizeof *out);
        return err;
    }
    ATR_SECRET(out->k1, sizeof out->k1);
    ATR_SECRET(out->k2, sizeof out->k2);
    atr_kp_key_ready(out);
    return ATR_OK;
}

void atr_kp_key_ready(atr_kp_key *key)
{
    atr_g2_lines_init(&key->k1_lines, &key->k1[0]);
}

void atr_kp_key_wipe(atr_kp_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}
