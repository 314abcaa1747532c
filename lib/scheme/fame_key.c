/* Keys of FAME; the equation numbers are those of doc/scheme/fame.md. The
 * indices l and t count from 0 here. */
#include "base/bytes.h"
#include "curve/batch.h"
#include "scheme/fame_parts.h"
#include "scheme/hedge.h"

#define BATCH ATR_FAME_BATCH

/* The exponents of one key: Br_l, 1 / a_t, and Br_l / a_t. */
typedef struct {
    atr_fr br[3];
    atr_fr inverse[2];
    atr_fr ratio[3][2];
    atr_rng sigma; /* where each sigma comes from */
} exponents;

static void seed_exponents(atr_rng *out, const atr_fame *fame,
                           const atr_fame_master *master,
                           const atr_attrs *attrs, atr_rng *rng)
{
    const atr_fr *const all[7] = {&master->a[0], &master->a[1], &master->b[0],
                                  &master->b[1], &master->k[0], &master->k[1],
                                  &master->k[2]};
    uint8_t secret[7 * ATR_FR_BYTES];
    const atr_hedge hedge = {
        .secret = ATR_BYTES(secret),
        .domain = ATR_LITERAL("ATR1/FAME/KEYGEN"),
        .hm = ATR_BYTES(fame->hm),
    };

    for (size_t i = 0; i < 7; i++) {
        atr_fr_write(secret + i * ATR_FR_BYTES, all[i]);
    }
    atr_hedge_rng_of(out, &hedge, attrs, rng);
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

/* H(name, l, t)^{Br_l / a_t} for some names */
static void mask_names(atr_g1 (*out)[3][2], const exponents *x,
                       const atr_fame_six *hashed, size_t count)
{
    atr_fr exponent[BATCH][3][2];

    for (size_t k = 0; k < count; k++) {
        memcpy(exponent[k], x->ratio, sizeof exponent[k]);
    }
    atr_g1_mul_many(out[0][0], hashed[0][0], exponent[0][0], 6 * count);
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

/* The points of some names, and what their triples add to g1: k_1, k_2, k_3
 * for K' and zeros for K_u. */
typedef struct {
    atr_fame_six hashed[BATCH];
    size_t count;
    const atr_fr *base;
} named;

static void make_triples(atr_g1_affine (*out)[3], const atr_fame *fame,
                         exponents *x, const named *n)
{
    atr_fr exponent[BATCH][3];
    atr_g1 mask[BATCH][3][2];
    atr_g1 point[BATCH][3];

    for (size_t k = 0; k < n->count; k++) {
        draw_sigma(exponent[k], x, n->base);
    }
    atr_g1_table_mul_many(point[0], &fame->g1_table, exponent[0], 3 * n->count);
    mask_names(mask, x, n->hashed, n->count);
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

/* H(u, l, t) of the next attributes of a set; returns how many. */
static size_t hash_part(atr_fame_six *out, const atr_fame *fame,
                        const atr_attrs *attrs, size_t from)
{
    size_t part = atr_fame_part(attrs->count, from);
    const atr_attr *attr[BATCH];

    for (size_t k = 0; k < part; k++) {
        attr[k] = &attrs->attr[from + k];
    }
    atr_fame_attr_points(out, fame, attr, part);
    return part;
}

/* (3) */
void atr_fame_keygen(atr_fame_key *out, const atr_fame *fame,
                     const atr_fame_master *master, const atr_attrs *attrs,
                     atr_rng *rng)
{
    static const atr_fr zeros[3];
    atr_g2 k0[3];
    exponents x;
    named n;

    memset(out, 0, sizeof *out);
    out->attrs = *attrs;
    seed_exponents(&x.sigma, fame, master, attrs, rng);
    draw_exponents(&x, master);
    atr_g2_table_mul_many(k0, &fame->g2_table, x.br, 3);
    atr_g2_to_affine_many(out->k0, k0, 3);
    n.count = 1;
    n.base = master->k;
    atr_fame_column_points(n.hashed, fame, 1);
    make_triples(&out->own, fame, &x, &n);
    n.base = zeros;
    for (size_t from = 0; from < attrs->count; from += BATCH) {
        n.count = hash_part(n.hashed, fame, attrs, from);
        make_triples(&out->ku[from], fame, &x, &n);
    }
    atr_fame_key_ready(out);
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
static void weigh(balance *b, const named *n, const atr_g1_affine (*triple)[3],
                  const weights *w)
{
    atr_g1_affine some[2 * BATCH];
    atr_fr weight[2 * BATCH];
    atr_g1 term[BATCH][3];
    atr_g1 sum;

    atr_g1_mul_many(term[0], triple[0], w->d[0], 3 * n->count);
    for (unsigned l = 0; l < 3; l++) {
        for (size_t k = 0; k < n->count; k++) {
            atr_g1_add(&b->p[l], &b->p[l], &term[k][l]);
            for (unsigned t = 0; t < 2; t++) {
                some[2 * k + t] = n->hashed[k][l][t];
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
        pair[i] = (atr_pair){&affine[i], with[i],
                             i < 3 ? NULL : &key->k0_lines[i - 3]};
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
    named n = {.count = 1};
    atr_mask good;

    for (unsigned i = 0; i < 3; i++) {
        atr_g1_identity(&b.p[i]);
        atr_g1_identity(&b.q[i]);
    }
    atr_fame_column_points(n.hashed, fame, 1);
    draw_weights(&w, 1, rng);
    d[0] = w.d[0][0];
    d[1] = w.d[0][1];
    weigh(&b, &n, &key->own, &w);
    for (size_t from = 0; from < key->attrs.count; from += BATCH) {
        n.count = hash_part(n.hashed, fame, &key->attrs, from);
        draw_weights(&w, n.count, rng);
        weigh(&b, &n, &key->ku[from], &w);
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
    atr_bytes k0 = atr_read_view(&reader, 3 * ATR_G2_BYTES);
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
    atr_fame_key_ready(out);
    return ATR_OK;
}

void atr_fame_key_ready(atr_fame_key *key)
{
    for (unsigned l = 0; l < 3; l++) {
        atr_g2_lines_init(&key->k0_lines[l], &key->k0[l]);
    }
}

void atr_fame_key_wipe(atr_fame_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}
