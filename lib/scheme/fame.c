/* The equation numbers are those of doc/scheme/fame.md. The indices l and t
 * count from 0 here. */
#include "scheme/fame_parts.h"

#include <assert.h>

#include "curve/batch.h"
#include "scheme/hedge.h"
#include "sym/hash.h"

#define BATCH ATR_FAME_BATCH
#define ATTRS_BYTES_MAX (2 + ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX))
#define C0_BYTES (3 * ATR_G2_BYTES)

/* Authorities ------------------------------------------------------------- */

/* h_t = g2^{a_t} and T_t = e(g1,g2)^{k_t a_t + k_3} */
static void write_mpk(uint8_t *g2_at, uint8_t *gt_at,
                      const atr_fame_master *master, unsigned t)
{
    atr_g2_affine affine;
    atr_fr exponent;
    atr_g2 h;
    atr_gt blind;

    atr_g2_mul(&h, &atr_g2_generator, &master->a[t]);
    atr_g2_to_affine(&affine, &h);
    atr_fr_mul(&exponent, &master->k[t], &master->a[t]);
    atr_fr_add(&exponent, &exponent, &master->k[2]);
    atr_gt_pow(&blind, &atr_gt_generator, &exponent);
    ATR_PUBLIC(&affine, sizeof affine);
    ATR_PUBLIC(&blind, sizeof blind);
    atr_g2_write(g2_at, &affine);
    atr_gt_write(gt_at, &blind);
    atr_wipe(&exponent, sizeof exponent);
    atr_wipe(&h, sizeof h);
}

/* (1) */
void atr_fame_setup(atr_fame_master *master, uint8_t mpk[ATR_FAME_MPK_BYTES],
                    atr_rng *rng)
{
    uint8_t *g2_at = mpk + 1;
    uint8_t *gt_at = mpk + 1 + 2 * ATR_G2_BYTES;

    mpk[0] = ATR_FAME_ID;
    for (unsigned t = 0; t < 2; t++) {
        atr_fr_random(&master->a[t], rng);
        atr_fr_random(&master->b[t], rng);
    }
    for (unsigned l = 0; l < 3; l++) {
        atr_fr_random(&master->k[l], rng);
    }
    ATR_SECRET(master, sizeof *master);
    for (unsigned t = 0; t < 2; t++) {
        write_mpk(g2_at + t * ATR_G2_BYTES, gt_at + t * ATR_GT_BYTES, master,
                  t);
    }
    atr_wipe_stack();
}

atr_err atr_fame_init(atr_fame *fame, const uint8_t mpk[ATR_FAME_MPK_BYTES])
{
    const uint8_t *gt_at = mpk + 1 + 2 * ATR_G2_BYTES;
    atr_hash hash;
    atr_gt blind[2];

    memset(fame, 0, sizeof *fame);
    if (mpk[0] != ATR_FAME_ID ||
        atr_g2_read_many(fame->h, NULL, mpk + 1, 2) != ATR_OK ||
        atr_gt_read(&blind[0], gt_at) != ATR_OK ||
        atr_gt_read(&blind[1], gt_at + ATR_GT_BYTES) != ATR_OK) {
        memset(fame, 0, sizeof *fame);
        return ATR_ERR_INPUT;
    }
    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_FAME_MPK_BYTES});
    atr_hash_final(&hash, fame->hm);
    atr_g1_table_init(&fame->g1_table, &atr_g1_generator);
    atr_g2_table_init(&fame->g2_table, &atr_g2_generator);
    for (unsigned t = 0; t < 2; t++) {
        atr_g2_table_init(&fame->h_table[t], &fame->h[t]);
        atr_gt_table_init(&fame->t_table[t], &blind[t]);
    }
    return ATR_OK;
}

/* Hashed points ----------------------------------------------------------- */

void atr_fame_name_attr(atr_fame_names *n, const atr_attr *attr)
{
    n->dst = ATR_LITERAL("ATR1/FAME/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_");
    n->name[n->count++] = (atr_bytes){attr->bytes, attr->len};
}

void atr_fame_name_columns(atr_fame_names *n, size_t from, size_t count)
{
    n->dst = ATR_LITERAL("ATR1/FAME/col_BLS12381G1_XMD:SHA-256_SSWU_RO_");
    n->count = count;
    for (size_t k = 0; k < count; k++) {
        n->number[k][0] = (uint8_t)((from + k) >> 8);
        n->number[k][1] = (uint8_t)(from + k);
        n->name[k] = ATR_BYTES(n->number[k]);
    }
}

#define NAME_MESSAGE_BYTES (4 + ATR_MPK_HASH_BYTES + 4 + ATR_ATTR_BYTES_MAX + 2)

/* What is hashed for one name, l and t. */
static atr_bytes message_of(uint8_t memory[NAME_MESSAGE_BYTES],
                            const atr_fame *fame, atr_bytes name, unsigned l,
                            unsigned t)
{
    atr_builder message = atr_builder_of(memory, NAME_MESSAGE_BYTES);

    atr_build_field(&message, ATR_BYTES(fame->hm));
    atr_build_field(&message, name);
    atr_build_u8(&message, (uint8_t)(1 + l));
    atr_build_u8(&message, (uint8_t)(1 + t));
    assert(atr_builder_end(&message) == ATR_OK);
    return atr_builder_bytes(&message);
}

/* (2) */
void atr_fame_hash(atr_fame_six *out, const atr_fame *fame,
                   const atr_fame_names *n)
{
    uint8_t memory[6 * BATCH][NAME_MESSAGE_BYTES];
    atr_bytes messages[6 * BATCH];

    for (unsigned i = 0; i < 6 * n->count; i++) {
        messages[i] =
            message_of(memory[i], fame, n->name[i / 6], i % 6 / 2, i % 2);
    }
    atr_g1_hash_many(out[0][0], n->dst, messages, 6 * n->count);
}

static void name_part(atr_fame_names *n, const atr_attrs *attrs, size_t from)
{
    size_t part = atr_fame_part(attrs->count, from);

    n->count = 0;
    for (size_t k = 0; k < part; k++) {
        atr_fame_name_attr(n, &attrs->attr[from + k]);
    }
}

/* Keys -------------------------------------------------------------------- */

/* The exponents of one key: Br_l, 1 / a_t, and Br_l / a_t. */
typedef struct {
    atr_fr br[3];
    atr_fr inverse[2];
    atr_fr ratio[3][2];
    atr_rng sigma; /* where each sigma comes from */
} exponents;

static void hedge(atr_rng *out, const atr_fame *fame,
                  const atr_fame_master *master, const atr_attrs *attrs,
                  atr_rng *rng)
{
    const atr_fr *const all[7] = {&master->a[0], &master->a[1], &master->b[0],
                                  &master->b[1], &master->k[0], &master->k[1],
                                  &master->k[2]};
    uint8_t memory[ATTRS_BYTES_MAX];
    uint8_t secret[7 * ATR_FR_BYTES];
    atr_builder list = atr_builder_of(memory, sizeof memory);

    atr_attrs_build(&list, attrs);
    assert(atr_builder_end(&list) == ATR_OK);
    for (size_t i = 0; i < 7; i++) {
        atr_fr_write(secret + i * ATR_FR_BYTES, all[i]);
    }
    atr_hedge_rng(out,
                  &(atr_hedge){ATR_BYTES(secret),
                               ATR_LITERAL("ATR1/FAME/KEYGEN"),
                               ATR_BYTES(fame->hm), atr_builder_bytes(&list)},
                  rng);
    atr_wipe(secret, sizeof secret);
}

static void draw_exponents(exponents *x, const atr_fame_master *master)
{
    atr_fr r[2];

    for (unsigned t = 0; t < 2; t++) {
        atr_fr_random(&r[t], &x->sigma);
        atr_fr_mul(&x->br[t], &master->b[t], &r[t]);
        atr_fr_inv(&x->inverse[t], &master->a[t]);
    }
    atr_fr_add(&x->br[2], &r[0], &r[1]);
    ATR_SECRET(x->br, sizeof x->br);
    for (unsigned l = 0; l < 3; l++) {
        for (unsigned t = 0; t < 2; t++) {
            atr_fr_mul(&x->ratio[l][t], &x->br[l], &x->inverse[t]);
        }
    }
    atr_wipe(r, sizeof r);
}

/* H(name, l, t)^{Br_l / a_t} for all names */
static void mask_names(atr_g1 (*out)[3][2], const atr_fame *fame,
                       const exponents *x, const atr_fame_names *n)
{
    atr_fame_six hashed[BATCH];
    atr_fr exponent[BATCH][3][2];

    for (size_t k = 0; k < n->count; k++) {
        memcpy(exponent[k], x->ratio, sizeof exponent[k]);
    }
    atr_fame_hash(hashed, fame, n);
    atr_g1_mul_many(out[0][0], hashed[0][0], exponent[0][0], 6 * n->count);
    atr_wipe(exponent, sizeof exponent);
}

/* The exponents of g1: base_t + sigma / a_t, and base_3 - sigma. */
static void draw_sigma(atr_fr out[3], exponents *x, const atr_fr base[3])
{
    atr_fr sigma;

    atr_fr_random(&sigma, &x->sigma);
    ATR_SECRET(&sigma, sizeof sigma);
    for (unsigned t = 0; t < 2; t++) {
        atr_fr_mul(&out[t], &sigma, &x->inverse[t]);
        atr_fr_add(&out[t], &out[t], &base[t]);
    }
    atr_fr_sub(&out[2], &base[2], &sigma);
    atr_wipe(&sigma, sizeof sigma);
}

/* The three points of each name; `base` is k_1, k_2, k_3 for K' and zeros
 * for K_u. */
static void make_triples(atr_g1_affine (*out)[3], const atr_fame *fame,
                         exponents *x, const atr_fame_names *n,
                         const atr_fr base[3])
{
    atr_fr exponent[BATCH][3];
    atr_g1 mask[BATCH][3][2];
    atr_g1 point[BATCH][3];

    for (size_t k = 0; k < n->count; k++) {
        draw_sigma(exponent[k], x, base);
    }
    atr_g1_table_mul_many(point[0], &fame->g1_table, exponent[0], 3 * n->count);
    mask_names(mask, fame, x, n);
    for (size_t k = 0; k < n->count; k++) {
        for (unsigned l = 0; l < 3; l++) {
            atr_g1_add(&point[k][0], &point[k][0], &mask[k][l][0]);
            atr_g1_add(&point[k][1], &point[k][1], &mask[k][l][1]);
        }
    }
    atr_g1_to_affine_many(out[0], point[0], 3 * n->count);
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(mask, sizeof mask);
    atr_wipe(point, sizeof point);
}

/* (3) */
void atr_fame_keygen(atr_fame_key *out, const atr_fame *fame,
                     const atr_fame_master *master, const atr_attrs *attrs,
                     atr_rng *rng)
{
    static const atr_fr zeros[3];
    atr_g2 k0[3];
    exponents x;
    atr_fame_names n;

    memset(out, 0, sizeof *out);
    out->attrs = *attrs;
    hedge(&x.sigma, fame, master, attrs, rng);
    draw_exponents(&x, master);
    atr_g2_table_mul_many(k0, &fame->g2_table, x.br, 3);
    atr_g2_to_affine_many(out->k0, k0, 3);
    atr_fame_name_columns(&n, 1, 1);
    make_triples(&out->own, fame, &x, &n, master->k);
    for (size_t from = 0; from < attrs->count; from += BATCH) {
        name_part(&n, attrs, from);
        make_triples(&out->ku[from], fame, &x, &n, zeros);
    }
    atr_rng_wipe(&x.sigma);
    atr_wipe(&x, sizeof x);
    atr_wipe(k0, sizeof k0);
    atr_wipe_stack();
}

/* The two sides of (6), growing: p[t] with h_1, h_2 and g2, of secret points;
 * q[l] with K0_l, of hashed ones. */
typedef struct {
    atr_g1 p[3];
    atr_g1 q[3];
} balance;

/* d_{x,1}, d_{x,2} of some names, and their sums. */
typedef struct {
    atr_fr d[BATCH][3];
} weights;

static void draw_weights(weights *w, size_t count, atr_rng *rng)
{
    for (size_t k = 0; k < count; k++) {
        atr_fr_weight(&w->d[k][0], rng);
        atr_fr_weight(&w->d[k][1], rng);
        atr_fr_add(&w->d[k][2], &w->d[k][0], &w->d[k][1]);
    }
}

/* Adds some triples of a key. */
static void weigh(balance *b, const atr_fame *fame, const atr_fame_names *n,
                  const atr_g1_affine (*triple)[3], const weights *w)
{
    atr_fame_six hashed[BATCH];
    atr_g1_affine some[2 * BATCH];
    atr_fr weight[2 * BATCH];
    atr_g1 term[BATCH][3];
    atr_g1 sum;

    atr_g1_mul_many(term[0], triple[0], w->d[0], 3 * n->count);
    atr_fame_hash(hashed, fame, n);
    for (unsigned l = 0; l < 3; l++) {
        for (size_t k = 0; k < n->count; k++) {
            atr_g1_add(&b->p[l], &b->p[l], &term[k][l]);
            for (unsigned t = 0; t < 2; t++) {
                some[2 * k + t] = hashed[k][l][t];
                weight[2 * k + t] = w->d[k][t];
            }
        }
        atr_g1_sum_many_vartime(&sum, some, weight, 2 * n->count);
        atr_g1_add(&b->q[l], &b->q[l], &sum);
    }
    atr_wipe(term, sizeof term);
}

/* T_1^{d_1} T_2^{d_2} = the sides of `b`, paired? */
static atr_mask balanced(const balance *b, const atr_fame *fame,
                         const atr_fame_key *key, const atr_fr d[2])
{
    const atr_g2_affine *const with[6] = {&fame->h[0],       &fame->h[1],
                                          &atr_g2_generator, &key->k0[0],
                                          &key->k0[1],       &key->k0[2]};
    atr_g1 point[6];
    atr_g1_affine affine[6];
    atr_pair pair[6];
    atr_gt left;
    atr_gt right[2];
    atr_mask same;

    for (unsigned i = 0; i < 3; i++) {
        point[i] = b->p[i];
        atr_g1_neg(&point[3 + i], &b->q[i]);
    }
    atr_g1_to_affine_many(affine, point, 6);
    for (unsigned i = 0; i < 6; i++) {
        pair[i] = (atr_pair){&affine[i], with[i], NULL};
    }
    atr_pairing_product(&left, pair, 6);
    atr_gt_table_pow(&right[0], &fame->t_table[0], &d[0]);
    atr_gt_table_pow(&right[1], &fame->t_table[1], &d[1]);
    atr_gt_mul(&right[0], &right[0], &right[1]);
    same = atr_gt_equal(&left, &right[0]);
    atr_wipe(point, sizeof point);
    atr_wipe(affine, sizeof affine);
    atr_wipe(&left, sizeof left);
    return same;
}

/* (6) */
atr_err atr_fame_key_check(const atr_fame *fame, const atr_fame_key *key,
                           atr_rng *rng)
{
    atr_fr d[2];
    weights w;
    balance b;
    atr_fame_names n;
    atr_mask good;

    for (unsigned i = 0; i < 3; i++) {
        atr_g1_identity(&b.p[i]);
        atr_g1_identity(&b.q[i]);
    }
    atr_fame_name_columns(&n, 1, 1);
    draw_weights(&w, 1, rng);
    d[0] = w.d[0][0];
    d[1] = w.d[0][1];
    weigh(&b, fame, &n, &key->own, &w);
    for (size_t from = 0; from < key->attrs.count; from += BATCH) {
        name_part(&n, &key->attrs, from);
        draw_weights(&w, n.count, rng);
        weigh(&b, fame, &n, &key->ku[from], &w);
    }
    good = balanced(&b, fame, key, d);
    ATR_PUBLIC(&good, sizeof good); /* one bit: accepted or not */
    for (unsigned l = 0; l < 3; l++) {
        if (atr_g2_affine_is_identity_vartime(&key->k0[l])) {
            good = 0; /* a mask of the key would be missing */
        }
    }
    atr_wipe(&b, sizeof b);
    atr_wipe_stack();
    return good ? ATR_OK : ATR_ERR_AUTH;
}

static void build_triple(atr_builder *builder, const atr_g1_affine triple[3])
{
    uint8_t bytes[3][ATR_G1_BYTES];

    for (unsigned t = 0; t < 3; t++) {
        atr_g1_write(bytes[t], &triple[t]);
        atr_build_bytes(builder, ATR_BYTES(bytes[t]));
    }
    atr_wipe(bytes, sizeof bytes);
}

void atr_fame_key_build(atr_builder *builder, const atr_fame_key *key)
{
    uint8_t g2[ATR_G2_BYTES];

    for (unsigned l = 0; l < 3; l++) {
        atr_g2_write(g2, &key->k0[l]);
        atr_build_bytes(builder, ATR_BYTES(g2));
    }
    build_triple(builder, key->own);
    atr_attrs_build(builder, &key->attrs);
    for (size_t i = 0; i < key->attrs.count; i++) {
        build_triple(builder, key->ku[i]);
    }
    atr_wipe(g2, sizeof g2);
}

atr_err atr_fame_key_read(atr_fame_key *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_bytes k0 = atr_read_view(&reader, C0_BYTES);
    atr_bytes own = atr_read_view(&reader, 3 * ATR_G1_BYTES);
    atr_bytes ku;
    atr_err err;

    memset(out, 0, sizeof *out);
    atr_attrs_read(&out->attrs, &reader);
    ku = atr_read_view(&reader, out->attrs.count * 3 * ATR_G1_BYTES);
    if (!reader.failed &&
        (atr_g2_read_many(out->k0, NULL, k0.data, 3) != ATR_OK ||
         atr_g1_read_many(out->own, NULL, own.data, 3) != ATR_OK ||
         atr_g1_read_many(out->ku[0], NULL, ku.data, 3 * out->attrs.count) !=
             ATR_OK)) {
        atr_reader_fail(&reader);
    }
    if ((err = atr_reader_end(&reader)) != ATR_OK) {
        atr_wipe(out, sizeof *out);
        return err;
    }
    ATR_SECRET(out->k0, sizeof out->k0);
    ATR_SECRET(out->own, sizeof out->own);
    ATR_SECRET(out->ku, sizeof out->ku);
    return ATR_OK;
}

void atr_fame_key_wipe(atr_fame_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}
