/* The equation numbers are those of doc/scheme/kp.md. */
#include "scheme/kp.h"

#include <assert.h>

#include "curve/batch.h"
#include "policy/policy_wire.h"
#include "scheme/fo.h"
#include "scheme/hedge.h"
#include "sym/hash.h"

_Static_assert(ATR_KP_SHARED_BYTES == ATR_FO_KEY_BYTES &&
                   ATR_KP_COINS_BYTES == ATR_FO_COINS_BYTES,
               "the sizes of the transform");

#define BATCH 32
#define ATTRS_BYTES_MAX (2 + ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX))
#define HEADER_BYTES_MAX (ATR_G2_BYTES + ATR_ATTRS_MAX * ATR_G1_BYTES)

/* Schemes ----------------------------------------------------------------- */

/* What they hash attributes under; NULL for an unknown scheme. */
static const char *attr_dst(uint8_t scheme)
{
    switch (scheme) {
    case ATR_KP_FABEO:
        return "ATR1/FABEO-KP/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_";
    case ATR_KP_GPSW:
        return "ATR1/GPSW/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_";
    default:
        return NULL;
    }
}

/* j(i), and how many there are. */
static size_t twist_of(const atr_kp *kp, const atr_policy_rows *rows,
                       size_t row)
{
    return kp->scheme == ATR_KP_GPSW ? row : rows->occurrence[row];
}

static size_t twist_count(const atr_kp *kp, const atr_policy_rows *rows)
{
    return kp->scheme == ATR_KP_GPSW ? rows->count : rows->repeats;
}

/* GPSW pays a pairing for each row, FABEO-KP for each occurrence. */
static atr_share_cost cost_of(const atr_kp *kp)
{
    return kp->scheme == ATR_KP_GPSW ? (atr_share_cost){10, 0}
                                     : (atr_share_cost){1, 3};
}

/* (1) */
void atr_kp_setup(atr_fr *alpha, uint8_t mpk[ATR_KP_MPK_BYTES],
                  atr_kp_scheme scheme, atr_rng *rng)
{
    atr_gt a;

    atr_fr_random(alpha, rng);
    ATR_SECRET(alpha, sizeof *alpha);
    atr_gt_pow(&a, &atr_gt_generator, alpha);
    ATR_PUBLIC(&a, sizeof a);
    mpk[0] = (uint8_t)scheme;
    atr_gt_write(mpk + 1, &a);
    atr_wipe_stack();
}

atr_err atr_kp_init(atr_kp *kp, const uint8_t mpk[ATR_KP_MPK_BYTES])
{
    atr_hash hash;

    memset(kp, 0, sizeof *kp);
    if (attr_dst(mpk[0]) == NULL || atr_gt_read(&kp->a, mpk + 1) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    kp->scheme = mpk[0];
    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_KP_MPK_BYTES});
    atr_hash_final(&hash, kp->hm);
    atr_g1_table_init(&kp->g1_table, &atr_g1_generator);
    atr_g2_table_init(&kp->g2_table, &atr_g2_generator);
    atr_gt_table_init(&kp->a_table, &kp->a);
    return ATR_OK;
}

#define ATTR_MESSAGE_BYTES (4 + ATR_KP_HASH_BYTES + 4 + ATR_ATTR_BYTES_MAX)

/* (2): H(u) for at most BATCH attributes. */
static void hash_attrs(atr_g1_affine *out, const atr_kp *kp,
                       const atr_attr *const *attrs, size_t count)
{
    const char *dst = attr_dst(kp->scheme);
    uint8_t memory[BATCH][ATTR_MESSAGE_BYTES];
    atr_bytes messages[BATCH];

    for (size_t k = 0; k < count; k++) {
        atr_builder message = atr_builder_of(memory[k], sizeof memory[k]);

        atr_build_field(&message, ATR_BYTES(kp->hm));
        atr_build_field(&message, (atr_bytes){attrs[k]->bytes, attrs[k]->len});
        assert(atr_builder_end(&message) == ATR_OK);
        messages[k] = atr_builder_bytes(&message);
    }
    atr_g1_hash_many(out, (atr_bytes){(const uint8_t *)dst, strlen(dst)},
                     messages, count);
}

static size_t part_of(size_t count, size_t from)
{
    return count - from < BATCH ? count - from : BATCH;
}

/* Keys -------------------------------------------------------------------- */

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

/* k2_i for `count` rows from number `from` on */
static void make_k2(atr_kp_key *out, const atr_kp *kp,
                    const atr_policy_rows *rows, const atr_fr *const share_r[2],
                    const size_t from_count[2])
{
    size_t from = from_count[0];
    size_t count = from_count[1];
    const atr_attr *attr[BATCH];
    atr_g1_affine hashed[BATCH];
    atr_g1 masked[BATCH];
    atr_g1 point[BATCH];
    atr_fr exponent[BATCH];

    for (size_t k = 0; k < count; k++) {
        attr[k] = atr_policy_row(&out->policy, rows, from + k);
        exponent[k] = share_r[1][twist_of(kp, rows, from + k)];
    }
    hash_attrs(hashed, kp, attr, count);
    atr_g1_mul_many(masked, hashed, exponent, count);
    atr_g1_table_mul_many(point, &kp->g1_table, share_r[0] + from, count);
    for (size_t k = 0; k < count; k++) {
        atr_g1_add(&point[k], &point[k], &masked[k]);
    }
    atr_g1_to_affine_many(&out->k2[from], point, count);
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(masked, sizeof masked);
    atr_wipe(point, sizeof point);
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
    atr_fr share[ATR_POLICY_ROWS_MAX];
    atr_fr r[ATR_POLICY_ROWS_MAX];
    const atr_fr *const share_r[2] = {share, r};
    atr_policy_rows rows;
    atr_rng hedged;

    memset(out, 0, sizeof *out);
    out->policy = *policy;
    atr_policy_rows_of(&rows, policy);
    out->twists = twist_count(kp, &rows);
    hedge(&hedged, kp, alpha, policy, rng);
    atr_share_split(share, alpha, policy, &hedged);
    for (size_t j = 0; j < out->twists; j++) {
        atr_fr_random(&r[j], &hedged);
    }
    atr_rng_wipe(&hedged);
    ATR_SECRET(share, sizeof share);
    ATR_SECRET(r, sizeof r);
    make_k1(out, kp, r);
    for (size_t from = 0; from < rows.count; from += BATCH) {
        make_k2(out, kp, &rows, share_r,
                (const size_t[2]){from, part_of(rows.count, from)});
    }
    atr_wipe(share, sizeof share);
    atr_wipe(r, sizeof r);
    atr_wipe_stack();
}

/* The secret points of a key, and public weights. */
static void sum_secret(atr_g1 *out, const atr_g1_affine *points,
                       const atr_fr *weights, size_t count)
{
    atr_g1 term[BATCH];

    atr_g1_identity(out);
    for (size_t from = 0; from < count; from += BATCH) {
        size_t part = part_of(count, from);

        atr_g1_mul_many(term, points + from, weights + from, part);
        for (size_t k = 0; k < part; k++) {
            atr_g1_add(out, out, &term[k]);
        }
    }
    atr_wipe(term, sizeof term);
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

static void hash_rows(weighing *w, const atr_kp *kp, const atr_policy *policy)
{
    for (size_t from = 0; from < w->rows.count; from += BATCH) {
        size_t part = part_of(w->rows.count, from);
        const atr_attr *attr[BATCH];

        for (size_t k = 0; k < part; k++) {
            attr[k] = atr_policy_row(policy, &w->rows, from + k);
        }
        hash_attrs(&w->hashed[from], kp, attr, part);
    }
}

/* 1 / prod_{j(i) = twist} H(u_i)^{x_i} */
static void weigh_twist(weighing *w, const atr_kp *kp, const atr_kp_key *key,
                        size_t twist)
{
    size_t count = 0;
    atr_g1 sum;

    for (size_t i = 0; i < w->rows.count; i++) {
        if (twist_of(kp, &w->rows, i) == twist) {
            w->some[count] = w->hashed[i];
            w->some_weight[count++] = w->weight[i];
        }
    }
    atr_g1_sum_many_vartime(&sum, w->some, w->some_weight, count);
    atr_g1_neg(&sum, &sum);
    atr_g1_to_affine(&w->p[1 + twist], &sum);
    w->pair[1 + twist] = (atr_pair){&w->p[1 + twist], &key->k1[twist], NULL};
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
    hash_rows(&w, kp, &key->policy);
    sum_secret(&sum, key->k2, w.weight, w.rows.count);
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
    for (size_t j = 0; j < twist_count(kp, &rows); j++) {
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
        out->twists = twist_count(kp, &rows);
        read_points(out, rows.count, &reader);
        err = atr_reader_end(&reader);
    }
    if (err != ATR_OK) {
        atr_wipe(out, sizeof *out);
        return err;
    }
    ATR_SECRET(out->k1, sizeof out->k1);
    ATR_SECRET(out->k2, sizeof out->k2);
    return ATR_OK;
}

void atr_kp_key_wipe(atr_kp_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}

/* Encapsulation ----------------------------------------------------------- */

static size_t header_len(const atr_attrs *attrs)
{
    return ATR_G2_BYTES + attrs->count * ATR_G1_BYTES;
}

size_t atr_kp_capsule_len(const atr_attrs *attrs)
{
    return header_len(attrs) + ATR_FO_MASKED_BYTES;
}

/* One capsule: what its core needs, and the attributes in their byte form. */
typedef struct {
    const atr_kp *kp;
    const atr_attrs *attrs;
    uint8_t list[ATTRS_BYTES_MAX];
    atr_fo fo;
} transform;

/* c1_u = H(u)^s for all attributes */
static void write_c1(uint8_t *out, const transform *t, const atr_fr *s)
{
    atr_g1_affine affine[BATCH];
    atr_g1 point[BATCH];
    atr_fr exponent[BATCH];

    for (size_t k = 0; k < BATCH; k++) {
        exponent[k] = *s;
    }
    for (size_t from = 0; from < t->attrs->count; from += BATCH) {
        size_t part = part_of(t->attrs->count, from);
        const atr_attr *attr[BATCH];

        for (size_t k = 0; k < part; k++) {
            attr[k] = &t->attrs->attr[from + k];
        }
        hash_attrs(affine, t->kp, attr, part);
        atr_g1_mul_many(point, affine, exponent, part);
        atr_g1_to_affine_many(affine, point, part);
        for (size_t k = 0; k < part; k++) {
            atr_g1_write(out + (from + k) * ATR_G1_BYTES, &affine[k]);
        }
    }
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(point, sizeof point);
}

/* (4) */
static void encap_core(uint8_t *header, atr_gt *z, const void *context,
                       atr_rng *coins)
{
    const transform *t = context;
    atr_g2_affine affine;
    atr_g2 c2;
    atr_fr s;

    atr_fr_random(&s, coins);
    ATR_SECRET(&s, sizeof s);
    atr_g2_table_mul_many(&c2, &t->kp->g2_table, &s, 1);
    atr_g2_to_affine(&affine, &c2);
    atr_g2_write(header, &affine);
    write_c1(header + ATR_G2_BYTES, t, &s);
    if (z != NULL) {
        atr_gt_table_pow(z, &t->kp->a_table, &s);
    }
    atr_wipe(&s, sizeof s);
    atr_wipe(&c2, sizeof c2);
}

static void begin(transform *t, const atr_kp *kp, const atr_attrs *attrs,
                  atr_bytes ad)
{
    atr_builder list = atr_builder_of(t->list, sizeof t->list);

    atr_attrs_build(&list, attrs);
    assert(atr_builder_end(&list) == ATR_OK);
    t->kp = kp;
    t->attrs = attrs;
    t->fo = (atr_fo){
        .encap = encap_core,
        .context = t,
        .header_len = header_len(attrs),
        .hm = ATR_BYTES(kp->hm),
        .to = atr_builder_bytes(&list),
        .ad = ad,
    };
}

void atr_kp_encap_derand(uint8_t *capsule, uint8_t key[ATR_KP_SHARED_BYTES],
                         const atr_kp *kp, const atr_attrs *attrs, atr_bytes ad,
                         const uint8_t coins[ATR_KP_COINS_BYTES])
{
    transform t;

    assert(attrs->count != 0);
    begin(&t, kp, attrs, ad);
    atr_fo_encap(capsule, key, &t.fo, coins);
    ATR_PUBLIC(capsule, atr_kp_capsule_len(attrs));
    atr_wipe_stack();
}

void atr_kp_encap(uint8_t *capsule, uint8_t key[ATR_KP_SHARED_BYTES],
                  const atr_kp *kp, const atr_attrs *attrs, atr_bytes ad,
                  atr_rng *rng)
{
    uint8_t coins[ATR_KP_COINS_BYTES];

    atr_rng_bytes(rng, coins, sizeof coins);
    ATR_SECRET(coins, sizeof coins);
    atr_kp_encap_derand(capsule, key, kp, attrs, ad, coins);
    atr_wipe(coins, sizeof coins);
}

/* Decapsulation ----------------------------------------------------------- */

typedef struct {
    atr_policy_rows rows;
    atr_g2_affine c2;
    atr_g1_affine c1[ATR_ATTRS_MAX];
    size_t used; /* rows that the capsule has an attribute for */
    size_t row[ATR_POLICY_ROWS_MAX];
    atr_fr weight[ATR_POLICY_ROWS_MAX];
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
    atr_fr some_weight[ATR_POLICY_ROWS_MAX];
    atr_g1_affine p[1 + ATR_POLICY_ROWS_MAX];
    atr_pair pair[1 + ATR_POLICY_ROWS_MAX];
    size_t pairs;
} opening;

/* Every point, used or not. */
static atr_err read_header(opening *o, const atr_kp_sealed *sealed)
{
    const uint8_t *at = sealed->capsule.data;

    if (sealed->attrs->count == 0 ||
        sealed->capsule.len != atr_kp_capsule_len(sealed->attrs) ||
        atr_g2_read(&o->c2, at) != ATR_OK ||
        atr_g1_read_many(o->c1, NULL, at + ATR_G2_BYTES,
                         sealed->attrs->count) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}

static void choose_rows(opening *o, const atr_kp_key *secret,
                        const atr_share_plan *plan, const atr_attrs *attrs)
{
    atr_policy_rows_of(&o->rows, &secret->policy);
    o->used = 0;
    for (size_t k = 0; k < plan->count; k++) {
        const atr_attr *attr =
            atr_policy_row(&secret->policy, &o->rows, plan->row[k]);

        if (atr_attrs_has(attrs, attr)) {
            o->row[o->used] = plan->row[k];
            o->weight[o->used++] =
                plan->all_ones ? atr_fr_of(1) : plan->weight[k];
        }
    }
}

/* prod k2_i^{w_i} with c2 */
static void pair_rows(opening *o, const atr_kp_key *secret)
{
    atr_g1 sum;

    for (size_t k = 0; k < o->used; k++) {
        o->some[k] = secret->k2[o->row[k]];
    }
    sum_secret(&sum, o->some, o->weight, o->used);
    atr_g1_to_affine(&o->p[0], &sum);
    o->pair[0] = (atr_pair){&o->p[0], &o->c2, NULL};
    o->pairs = 1;
    atr_wipe(&sum, sizeof sum);
}

/* 1 / prod_{j(i) = twist} c1_{u_i}^{w_i} with k1: public points. */
static void pair_twist(opening *o, const atr_kp *kp, const atr_kp_key *secret,
                       const atr_attrs *attrs, size_t twist)
{
    size_t count = 0;
    atr_g1 sum;

    for (size_t k = 0; k < o->used; k++) {
        if (twist_of(kp, &o->rows, o->row[k]) == twist) {
            o->some[count] = o->c1[atr_attrs_find(
                attrs, atr_policy_row(&secret->policy, &o->rows, o->row[k]))];
            o->some_weight[count++] = o->weight[k];
        }
    }
    if (count != 0) {
        atr_g1_sum_many_vartime(&sum, o->some, o->some_weight, count);
        atr_g1_neg(&sum, &sum);
        atr_g1_to_affine(&o->p[o->pairs], &sum);
        o->pair[o->pairs] =
            (atr_pair){&o->p[o->pairs], &secret->k1[twist], NULL};
        o->pairs++;
    }
}

/* (5) */
atr_err atr_kp_decap_forced(uint8_t key[ATR_KP_SHARED_BYTES], const atr_kp *kp,
                            const atr_kp_key *secret,
                            const atr_share_plan *plan,
                            const atr_kp_sealed *sealed)
{
    uint8_t again[HEADER_BYTES_MAX];
    transform t;
    opening o;
    atr_gt z;
    atr_err err;

    memset(key, 0, ATR_KP_SHARED_BYTES);
    if ((err = read_header(&o, sealed)) == ATR_OK) {
        choose_rows(&o, secret, plan, sealed->attrs);
        pair_rows(&o, secret);
        for (size_t j = 0; j < secret->twists; j++) {
            pair_twist(&o, kp, secret, sealed->attrs, j);
        }
        atr_pairing_product(&z, o.pair, o.pairs);
        begin(&t, kp, sealed->attrs, sealed->ad);
        err = atr_fo_decap(key, again, &t.fo, &z, sealed->capsule.data);
    }
    atr_wipe(&o, sizeof o);
    atr_wipe(&z, sizeof z);
    atr_wipe_stack();
    return err;
}

atr_err atr_kp_decap(uint8_t key[ATR_KP_SHARED_BYTES], const atr_kp *kp,
                     const atr_kp_key *secret, const atr_kp_sealed *sealed)
{
    atr_share_plan plan;
    atr_err err =
        atr_share_plan_make(&plan, &secret->policy, sealed->attrs, cost_of(kp));

    if (err != ATR_OK) {
        memset(key, 0, ATR_KP_SHARED_BYTES);
        return err;
    }
    return atr_kp_decap_forced(key, kp, secret, &plan, sealed);
}
