/* The equation numbers are those of doc/scheme/w09.md. */
#include "scheme/w09.h"

#include <assert.h>

#include "curve/batch.h"
#include "policy/policy_wire.h"
#include "scheme/fo.h"
#include "scheme/hedge.h"
#include "sym/hash.h"

#define BATCH 32
#define ATTRS_BYTES_MAX (2 + ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX))
#define HEADER_BYTES_MAX                                                       \
    (ATR_G1_BYTES + ATR_POLICY_ROWS_MAX * (ATR_G1_BYTES + ATR_G2_BYTES))

/* A pairing for each attribute in use. */
static const atr_share_cost cost = {.row = 10, .repeated = 0};

static size_t part_of(size_t count, size_t from)
{
    return count - from < BATCH ? count - from : BATCH;
}

/* Authorities ------------------------------------------------------------- */

/* (1) */
void atr_w09_setup(atr_w09_master *master, uint8_t mpk[ATR_W09_MPK_BYTES],
                   atr_rng *rng)
{
    atr_g1_affine base;
    atr_fr alpha;
    atr_fr a;
    atr_gt blind;
    atr_g1 g1;
    atr_g2 g2[2];

    atr_fr_random(&alpha, rng);
    atr_fr_random(&a, rng);
    ATR_SECRET(&alpha, sizeof alpha);
    ATR_SECRET(&a, sizeof a);
    atr_g2_mul(&g2[0], &atr_g2_generator, &alpha);
    atr_g2_mul(&g2[1], &atr_g2_generator, &a);
    atr_g2_to_affine(&master->alpha, &g2[0]);
    atr_g2_to_affine(&master->a, &g2[1]);
    atr_gt_pow(&blind, &atr_gt_generator, &alpha);
    atr_g1_mul(&g1, &atr_g1_generator, &a);
    atr_g1_to_affine(&base, &g1);
    ATR_PUBLIC(&blind, sizeof blind);
    ATR_PUBLIC(&base, sizeof base);
    mpk[0] = ATR_W09_ID;
    atr_gt_write(mpk + 1, &blind);
    atr_g1_write(mpk + 1 + ATR_GT_BYTES, &base);
    atr_wipe(&alpha, sizeof alpha);
    atr_wipe(&a, sizeof a);
    atr_wipe(&g1, sizeof g1);
    atr_wipe(g2, sizeof g2);
    atr_wipe_stack();
}

atr_err atr_w09_init(atr_w09 *w09, const uint8_t mpk[ATR_W09_MPK_BYTES])
{
    atr_hash hash;

    memset(w09, 0, sizeof *w09);
    if (mpk[0] != ATR_W09_ID || atr_gt_read(&w09->a, mpk + 1) != ATR_OK ||
        atr_g1_read(&w09->base, mpk + 1 + ATR_GT_BYTES) != ATR_OK) {
        memset(w09, 0, sizeof *w09);
        return ATR_ERR_INPUT;
    }
    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_W09_MPK_BYTES});
    atr_hash_final(&hash, w09->hm);
    atr_g1_table_init(&w09->g1_table, &atr_g1_generator);
    atr_g1_table_init(&w09->base_table, &w09->base);
    atr_g2_table_init(&w09->g2_table, &atr_g2_generator);
    atr_gt_table_init(&w09->a_table, &w09->a);
    return ATR_OK;
}

#define ATTR_MESSAGE_BYTES (4 + ATR_MPK_HASH_BYTES + 4 + ATR_ATTR_BYTES_MAX)

/* (2): H(u) for at most BATCH attributes. */
static void hash_attrs(atr_g1_affine *out, const atr_w09 *w09,
                       const atr_attr *const *attrs, size_t count)
{
    uint8_t memory[BATCH][ATTR_MESSAGE_BYTES];
    atr_bytes messages[BATCH];

    for (size_t k = 0; k < count; k++) {
        atr_builder message = atr_builder_of(memory[k], sizeof memory[k]);

        atr_build_field(&message, ATR_BYTES(w09->hm));
        atr_build_field(&message, (atr_bytes){attrs[k]->bytes, attrs[k]->len});
        assert(atr_builder_end(&message) == ATR_OK);
        messages[k] = atr_builder_bytes(&message);
    }
    atr_g1_hash_many(
        out, ATR_LITERAL("ATR1/W09/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_"),
        messages, count);
}

/* The same for those of a set, from number `from` on. */
static void hash_part(atr_g1_affine *out, const atr_w09 *w09,
                      const atr_attrs *attrs, const size_t from_count[2])
{
    const atr_attr *attr[BATCH];

    for (size_t k = 0; k < from_count[1]; k++) {
        attr[k] = &attrs->attr[from_count[0] + k];
    }
    hash_attrs(out, w09, attr, from_count[1]);
}

/* Keys -------------------------------------------------------------------- */

/* t, hedged. */
static void draw_exponent(atr_fr *t, const atr_w09 *w09,
                          const atr_w09_master *master, const atr_attrs *attrs,
                          atr_rng *rng)
{
    uint8_t memory[ATTRS_BYTES_MAX];
    uint8_t secret[2 * ATR_G2_BYTES];
    atr_builder list = atr_builder_of(memory, sizeof memory);
    atr_rng hedged;

    atr_attrs_build(&list, attrs);
    assert(atr_builder_end(&list) == ATR_OK);
    atr_g2_write(secret, &master->alpha);
    atr_g2_write(secret + ATR_G2_BYTES, &master->a);
    atr_hedge_rng(&hedged,
                  &(atr_hedge){ATR_BYTES(secret),
                               ATR_LITERAL("ATR1/W09/KEYGEN"),
                               ATR_BYTES(w09->hm), atr_builder_bytes(&list)},
                  rng);
    atr_fr_random(t, &hedged);
    ATR_SECRET(t, sizeof *t);
    atr_rng_wipe(&hedged);
    atr_wipe(secret, sizeof secret);
}

/* K_u = H(u)^t for all attributes */
static void make_ku(atr_w09_key *out, const atr_w09 *w09, const atr_fr *t)
{
    atr_g1_affine hashed[BATCH];
    atr_fr exponent[BATCH];
    atr_g1 point[BATCH];

    for (size_t k = 0; k < BATCH; k++) {
        exponent[k] = *t;
    }
    for (size_t from = 0; from < out->attrs.count; from += BATCH) {
        size_t part = part_of(out->attrs.count, from);

        hash_part(hashed, w09, &out->attrs, (const size_t[2]){from, part});
        atr_g1_mul_many(point, hashed, exponent, part);
        atr_g1_to_affine_many(&out->ku[from], point, part);
    }
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(point, sizeof point);
}

/* (3) */
void atr_w09_keygen(atr_w09_key *out, const atr_w09 *w09,
                    const atr_w09_master *master, const atr_attrs *attrs,
                    atr_rng *rng)
{
    atr_fr t;
    atr_g2 k;
    atr_g2 l;

    memset(out, 0, sizeof *out);
    out->attrs = *attrs;
    draw_exponent(&t, w09, master, attrs, rng);
    atr_g2_mul(&k, &master->a, &t);
    atr_g2_add_affine(&k, &k, &master->alpha);
    atr_g2_to_affine(&out->k, &k);
    atr_g2_table_mul_many(&l, &w09->g2_table, &t, 1);
    atr_g2_to_affine(&out->l, &l);
    make_ku(out, w09, &t);
    atr_wipe(&t, sizeof t);
    atr_wipe(&k, sizeof k);
    atr_wipe(&l, sizeof l);
    atr_wipe_stack();
}

/* prod K_u^{d_u} and base prod H(u)^{d_u} for random d_u: the points of the key
 * are secret, those of the hash are not. */
static void weigh_key(atr_g1 sum[2], const atr_w09 *w09, const atr_w09_key *key,
                      atr_rng *rng)
{
    atr_fr weight[ATR_ATTRS_MAX];
    atr_g1_affine hashed[ATR_ATTRS_MAX];
    atr_g1 term[BATCH];

    for (size_t i = 0; i < key->attrs.count; i++) {
        atr_fr_weight(&weight[i], rng);
    }
    atr_g1_identity(&sum[0]);
    for (size_t from = 0; from < key->attrs.count; from += BATCH) {
        size_t part = part_of(key->attrs.count, from);

        hash_part(&hashed[from], w09, &key->attrs,
                  (const size_t[2]){from, part});
        atr_g1_mul_many(term, &key->ku[from], &weight[from], part);
        for (size_t k = 0; k < part; k++) {
            atr_g1_add(&sum[0], &sum[0], &term[k]);
        }
    }
    atr_g1_sum_many_vartime(&sum[1], hashed, weight, key->attrs.count);
    atr_g1_add_affine(&sum[1], &sum[1], &w09->base);
    atr_wipe(term, sizeof term);
}

/* (6) */
atr_err atr_w09_key_check(const atr_w09 *w09, const atr_w09_key *key,
                          atr_rng *rng)
{
    atr_g1_affine p[2];
    const atr_pair pairs[3] = {{&atr_g1_generator, &key->k, NULL},
                               {&p[0], &atr_g2_generator, NULL},
                               {&p[1], &key->l, NULL}};
    atr_g1 sum[2];
    atr_gt quotient;
    atr_mask good;

    weigh_key(sum, w09, key, rng);
    atr_g1_neg(&sum[1], &sum[1]);
    atr_g1_to_affine_many(p, sum, 2);
    atr_pairing_product(&quotient, pairs, 3);
    good = atr_gt_equal(&quotient, &w09->a);
    ATR_PUBLIC(&good, sizeof good); /* one bit: accepted or not */
    if (atr_g2_affine_is_identity_vartime(&key->l)) {
        good = 0; /* t = 0 would show g2^alpha */
    }
    atr_wipe(p, sizeof p);
    atr_wipe(sum, sizeof sum);
    atr_wipe(&quotient, sizeof quotient);
    atr_wipe_stack();
    return good ? ATR_OK : ATR_ERR_AUTH;
}

void atr_w09_key_build(atr_builder *builder, const atr_w09_key *key)
{
    uint8_t bytes[2 * ATR_G2_BYTES];

    atr_g2_write(bytes, &key->k);
    atr_g2_write(bytes + ATR_G2_BYTES, &key->l);
    atr_build_bytes(builder, ATR_BYTES(bytes));
    atr_attrs_build(builder, &key->attrs);
    for (size_t i = 0; i < key->attrs.count; i++) {
        atr_g1_write(bytes, &key->ku[i]);
        atr_build_bytes(builder, (atr_bytes){bytes, ATR_G1_BYTES});
    }
    atr_wipe(bytes, sizeof bytes);
}

atr_err atr_w09_key_read(atr_w09_key *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_bytes head = atr_read_view(&reader, 2 * ATR_G2_BYTES);
    atr_bytes points;
    atr_err err;

    memset(out, 0, sizeof *out);
    atr_attrs_read(&out->attrs, &reader);
    points = atr_read_view(&reader, out->attrs.count * ATR_G1_BYTES);
    if (!reader.failed &&
        (atr_g2_read(&out->k, head.data) != ATR_OK ||
         atr_g2_read(&out->l, head.data + ATR_G2_BYTES) != ATR_OK ||
         atr_g1_read_many(out->ku, NULL, points.data, out->attrs.count) !=
             ATR_OK)) {
        atr_reader_fail(&reader);
    }
    if ((err = atr_reader_end(&reader)) != ATR_OK) {
        atr_wipe(out, sizeof *out);
        return err;
    }
    ATR_SECRET(&out->k, sizeof out->k);
    ATR_SECRET(&out->l, sizeof out->l);
    ATR_SECRET(out->ku, sizeof out->ku);
    return ATR_OK;
}

void atr_w09_key_wipe(atr_w09_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}

/* Encapsulation ----------------------------------------------------------- */

/* One capsule: what its core needs, and the policy in its byte form. */
typedef struct {
    const atr_w09 *w09;
    const atr_policy *policy;
    atr_policy_rows rows;
    uint8_t tree[ATR_POLICY_BYTES_MAX];
    atr_fo fo;
} transform;

static size_t header_len(const atr_policy_rows *rows)
{
    return ATR_G1_BYTES + rows->count * (ATR_G1_BYTES + ATR_G2_BYTES);
}

size_t atr_w09_capsule_len(const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    return header_len(&rows) + ATR_FO_MASKED_BYTES;
}

/* C_i for `count` rows from number `from` on */
static void make_c(atr_g1 *out, const transform *t, const atr_fr *share,
                   const atr_fr *r, const size_t from_count[2])
{
    size_t from = from_count[0];
    size_t count = from_count[1];
    const atr_attr *attr[BATCH];
    atr_g1_affine hashed[BATCH];
    atr_g1 masked[BATCH];
    atr_fr exponent[BATCH];

    for (size_t k = 0; k < count; k++) {
        attr[k] = atr_policy_row(t->policy, &t->rows, from + k);
        atr_fr_neg(&exponent[k], &r[from + k]);
    }
    hash_attrs(hashed, t->w09, attr, count);
    atr_g1_mul_many(masked, hashed, exponent, count);
    atr_g1_table_mul_many(out, &t->w09->base_table, share + from, count);
    for (size_t k = 0; k < count; k++) {
        atr_g1_add(&out[k], &out[k], &masked[k]);
    }
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(masked, sizeof masked);
}

static void write_rows(uint8_t *out, const transform *t, const atr_fr *share,
                       const atr_fr *r)
{
    uint8_t *d_at = out + t->rows.count * ATR_G1_BYTES;
    atr_g1_affine c[BATCH];
    atr_g2_affine d[BATCH];
    atr_g1 c_point[BATCH];
    atr_g2 d_point[BATCH];

    for (size_t from = 0; from < t->rows.count; from += BATCH) {
        size_t part = part_of(t->rows.count, from);

        make_c(c_point, t, share, r, (const size_t[2]){from, part});
        atr_g1_to_affine_many(c, c_point, part);
        atr_g2_table_mul_many(d_point, &t->w09->g2_table, r + from, part);
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
    const transform *t = context;
    atr_fr share[ATR_POLICY_ROWS_MAX];
    atr_fr r[ATR_POLICY_ROWS_MAX];
    atr_g1_affine affine;
    atr_g1 point;
    atr_fr s;

    atr_fr_random(&s, coins);
    atr_share_split(share, &s, t->policy, coins);
    for (size_t i = 0; i < t->rows.count; i++) {
        atr_fr_random(&r[i], coins);
    }
    ATR_SECRET(&s, sizeof s);
    ATR_SECRET(share, sizeof share);
    ATR_SECRET(r, sizeof r);
    atr_g1_table_mul_many(&point, &t->w09->g1_table, &s, 1);
    atr_g1_to_affine(&affine, &point);
    atr_g1_write(header, &affine);
    write_rows(header + ATR_G1_BYTES, t, share, r);
    if (z != NULL) {
        atr_gt_table_pow(z, &t->w09->a_table, &s);
    }
    atr_wipe(&s, sizeof s);
    atr_wipe(share, sizeof share);
    atr_wipe(r, sizeof r);
    atr_wipe(&point, sizeof point);
}

static void begin(transform *t, const atr_w09 *w09, const atr_policy *policy,
                  atr_bytes ad)
{
    atr_builder tree = atr_builder_of(t->tree, sizeof t->tree);

    atr_policy_build(&tree, policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    atr_policy_rows_of(&t->rows, policy);
    t->w09 = w09;
    t->policy = policy;
    t->fo = (atr_fo){
        .encap = encap_core,
        .context = t,
        .header_len = header_len(&t->rows),
        .hm = ATR_BYTES(w09->hm),
        .to = atr_builder_bytes(&tree),
        .ad = ad,
    };
}

void atr_w09_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                          const atr_w09 *w09, const atr_policy *policy,
                          atr_bytes ad,
                          const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    transform t;

    begin(&t, w09, policy, ad);
    atr_fo_encap(capsule, key, &t.fo, coins);
    atr_wipe_stack();
}

void atr_w09_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                   const atr_w09 *w09, const atr_policy *policy, atr_bytes ad,
                   atr_rng *rng)
{
    uint8_t coins[ATR_KEM_COINS_BYTES];

    atr_rng_bytes(rng, coins, sizeof coins);
    ATR_SECRET(coins, sizeof coins);
    atr_w09_encap_derand(capsule, key, w09, policy, ad, coins);
    atr_wipe(coins, sizeof coins);
}

/* Decapsulation ----------------------------------------------------------- */

#define PAIRS_MAX (2 + ATR_POLICY_ROWS_MAX)

typedef struct {
    const atr_w09_key *secret;
    atr_g1_affine c0; /* C' */
    atr_g1_affine c[ATR_POLICY_ROWS_MAX];
    atr_g2_affine d[ATR_POLICY_ROWS_MAX];
    size_t used; /* rows that the key has an attribute for */
    size_t row[ATR_POLICY_ROWS_MAX];
    size_t at[ATR_POLICY_ROWS_MAX]; /* where the key has it */
    atr_fr weight[ATR_POLICY_ROWS_MAX];
    atr_g1_affine p[PAIRS_MAX];
    atr_g2_affine q[PAIRS_MAX];
    size_t pairs;
} opening;

/* Every point, used or not. */
static atr_err read_header(opening *o, const atr_policy_rows *rows,
                           atr_bytes capsule)
{
    const uint8_t *c_at = capsule.data + ATR_G1_BYTES;
    const uint8_t *d_at = c_at + rows->count * ATR_G1_BYTES;

    if (capsule.len != header_len(rows) + ATR_FO_MASKED_BYTES ||
        atr_g1_read(&o->c0, capsule.data) != ATR_OK ||
        atr_g1_read_many(o->c, NULL, c_at, rows->count) != ATR_OK ||
        atr_g2_read_many(o->d, NULL, d_at, rows->count) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}

static void choose_rows(opening *o, const atr_policy *policy,
                        const atr_policy_rows *rows, const atr_share_plan *plan)
{
    o->used = 0;
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

/* C' with K, and 1 / prod C_i^{w_i} with L */
static void pair_head(opening *o)
{
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
    atr_g1 sum;

    for (size_t k = 0; k < o->used; k++) {
        some[k] = o->c[o->row[k]];
    }
    atr_g1_sum_many_vartime(&sum, some, o->weight, o->used);
    atr_g1_neg(&sum, &sum);
    o->p[0] = o->c0;
    o->q[0] = o->secret->k;
    atr_g1_to_affine(&o->p[1], &sum);
    o->q[1] = o->secret->l;
    o->pairs = 2;
}

/* 1 / K_u with prod_{u_i = u} D_i^{w_i}, for attribute `at` of the key: the
 * powers are of what is public. */
static void pair_attr(opening *o, size_t at)
{
    atr_g2_affine some[ATR_POLICY_ROWS_MAX];
    atr_fr weight[ATR_POLICY_ROWS_MAX];
    size_t count = 0;
    atr_g2 sum;

    for (size_t k = 0; k < o->used; k++) {
        if (o->at[k] == at) {
            some[count] = o->d[o->row[k]];
            weight[count++] = o->weight[k];
        }
    }
    if (count != 0) {
        atr_g2_sum_vartime(&sum, some, weight, count);
        atr_g2_to_affine(&o->q[o->pairs], &sum);
        atr_g1_affine_neg(&o->p[o->pairs++], &o->secret->ku[at]);
    }
}

static void multiply_pairs(atr_gt *z, const opening *o)
{
    atr_pair pair[PAIRS_MAX];

    for (size_t i = 0; i < o->pairs; i++) {
        pair[i] = (atr_pair){&o->p[i], &o->q[i], NULL};
    }
    atr_pairing_product(z, pair, o->pairs);
}

/* (5) */
atr_err atr_w09_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES], const atr_w09 *w09,
                             const atr_w09_key *secret,
                             const atr_share_plan *plan,
                             const atr_w09_sealed *sealed)
{
    uint8_t again[HEADER_BYTES_MAX];
    transform t;
    opening o;
    atr_gt z;
    atr_err err;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    begin(&t, w09, sealed->policy, sealed->ad);
    o.secret = secret;
    if ((err = read_header(&o, &t.rows, sealed->capsule)) == ATR_OK) {
        choose_rows(&o, sealed->policy, &t.rows, plan);
        pair_head(&o);
        for (size_t at = 0; at < secret->attrs.count; at++) {
            pair_attr(&o, at);
        }
        multiply_pairs(&z, &o);
        err = atr_fo_decap(key, again, &t.fo, &z, sealed->capsule.data);
    }
    atr_wipe(&o, sizeof o);
    atr_wipe(&z, sizeof z);
    atr_wipe_stack();
    return err;
}

atr_err atr_w09_decap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_w09 *w09,
                      const atr_w09_key *secret, const atr_w09_sealed *sealed)
{
    atr_share_plan plan;
    atr_err err =
        atr_share_plan_make(&plan, sealed->policy, &secret->attrs, cost);

    if (err != ATR_OK) {
        memset(key, 0, ATR_KEM_KEY_BYTES);
        return err;
    }
    return atr_w09_decap_forced(key, w09, secret, &plan, sealed);
}

/* The interface of kem.h -------------------------------------------------- */

static size_t kem_capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    (void)kem;
    return atr_w09_capsule_len(policy);
}

static void kem_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                      const atr_kem *kem, const atr_policy *policy,
                      atr_bytes ad, const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    const atr_w09_member *member = kem->context;

    atr_w09_encap_derand(capsule, key, member->w09, policy, ad, coins);
}

static void kem_decap(atr_kem_opening *items, size_t count, const atr_kem *kem,
                      const atr_abe_key *secret, const atr_policy *policy)
{
    const atr_w09_member *member = kem->context;

    (void)secret;
    for (size_t i = 0; i < count; i++) {
        const atr_w09_sealed sealed = {policy, items[i].ad, items[i].capsule};

        items[i].err =
            atr_w09_decap(items[i].key, member->w09, member->key, &sealed);
    }
}

atr_kem atr_w09_kem(const atr_w09_member *member)
{
    atr_kem kem = {
        .context = member,
        .scheme = ATR_W09_ID,
        .capsule_len = kem_capsule_len,
        .encap = kem_encap,
        .decap = kem_decap,
    };

    memcpy(kem.hm, member->w09->hm, sizeof kem.hm);
    return kem;
}
