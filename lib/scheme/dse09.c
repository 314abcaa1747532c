/* The equation numbers are those of doc/scheme/dse09.md. */
#include "scheme/dse09.h"

#include <assert.h>

#include "curve/batch.h"
#include "scheme/fo.h"
#include "sym/hash.h"

_Static_assert(ATR_DSE09_SHARED_BYTES == ATR_FO_KEY_BYTES &&
                   ATR_DSE09_COINS_BYTES == ATR_FO_COINS_BYTES,
               "the sizes of the transform");

/* Setup, keys and headers are all of one kind: each of their points is a
 * product of a few powers. So each is a table, of which point is multiplied by
 * which base to which exponent. */
typedef struct {
    uint8_t to;
    uint8_t base;
    uint8_t exponent;
} factor;

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The authority --------------------------------------------------------- */

/* The secret scalars of a setup, and what is computed from them. */
enum { S_V, S_V1, S_V2, S_A1, S_A2, S_B, S_ALPHA, S_W, S_U, S_H, S_DRAWN };

static void product(atr_fr *out, const atr_fr *a, const atr_fr *b)
{
    atr_fr_mul(out, a, b);
}

/* (1): the logarithms of the points of the mpk. */
static void public_logs(atr_fr out[ATR_DSE09_G1], const atr_fr s[S_DRAWN])
{
    out[ATR_DSE09_B] = s[S_B];
    out[ATR_DSE09_A1] = s[S_A1];
    out[ATR_DSE09_A2] = s[S_A2];
    product(&out[ATR_DSE09_BA1], &s[S_B], &s[S_A1]);
    product(&out[ATR_DSE09_BA2], &s[S_B], &s[S_A2]);
    product(&out[ATR_DSE09_TAU1], &s[S_V1], &s[S_A1]);
    atr_fr_add(&out[ATR_DSE09_TAU1], &out[ATR_DSE09_TAU1], &s[S_V]);
    product(&out[ATR_DSE09_TAU2], &s[S_V2], &s[S_A2]);
    atr_fr_add(&out[ATR_DSE09_TAU2], &out[ATR_DSE09_TAU2], &s[S_V]);
    product(&out[ATR_DSE09_TAU1B], &out[ATR_DSE09_TAU1], &s[S_B]);
    product(&out[ATR_DSE09_TAU2B], &out[ATR_DSE09_TAU2], &s[S_B]);
    out[ATR_DSE09_W1] = s[S_W];
    out[ATR_DSE09_U1] = s[S_U];
    out[ATR_DSE09_H1] = s[S_H];
}

/* (2): the logarithms of what keys are made of. */
static void secret_logs(atr_fr out[ATR_DSE09_G2], const atr_fr s[S_DRAWN])
{
    out[ATR_DSE09_W2] = s[S_W];
    out[ATR_DSE09_U2] = s[S_U];
    out[ATR_DSE09_H2] = s[S_H];
    product(&out[ATR_DSE09_X], &s[S_ALPHA], &s[S_A1]);
    atr_fr_neg(&out[ATR_DSE09_NAL], &s[S_ALPHA]);
    out[ATR_DSE09_B2] = s[S_B];
    out[ATR_DSE09_V] = s[S_V];
    out[ATR_DSE09_V1] = s[S_V1];
    out[ATR_DSE09_V2] = s[S_V2];
}

static void write_mpk(uint8_t out[ATR_DSE09_MPK_BYTES], const atr_dse09 *dse)
{
    *out++ = ATR_DSE09_ID;
    for (size_t i = 0; i < ATR_DSE09_G1; i++, out += ATR_G1_BYTES) {
        atr_g1_write(out, &dse->p[i]);
    }
    for (size_t i = 0; i < ATR_DSE09_PUBLIC_G2; i++, out += ATR_G2_BYTES) {
        atr_g2_write(out, &dse->q[i]);
    }
    atr_gt_write(out, &dse->t);
}

void atr_dse09_setup(atr_dse09_secret *msk, uint8_t mpk[ATR_DSE09_MPK_BYTES],
                     atr_rng *rng)
{
    atr_fr s[S_DRAWN];
    atr_fr log[ATR_DSE09_G1];
    atr_g1 p[ATR_DSE09_G1];
    atr_g2 q[ATR_DSE09_G2];
    atr_dse09 made;

    for (size_t i = 0; i < S_DRAWN; i++) {
        atr_fr_random(&s[i], rng);
    }
    public_logs(log, s);
    for (size_t i = 0; i < ATR_DSE09_G1; i++) {
        atr_g1_mul(&p[i], &atr_g1_generator, &log[i]);
    }
    atr_g1_to_affine_many(made.p, p, ATR_DSE09_G1);
    secret_logs(log, s);
    for (size_t i = 0; i < ATR_DSE09_G2; i++) {
        atr_g2_mul(&q[i], &atr_g2_generator, &log[i]);
    }
    atr_g2_to_affine_many(msk->q, q, ATR_DSE09_G2);
    memcpy(made.q, msk->q, sizeof made.q);
    product(&log[0], &log[ATR_DSE09_X], &s[S_B]);
    atr_gt_pow(&made.t, &atr_gt_generator, &log[0]);
    ATR_PUBLIC(&made, sizeof made);
    write_mpk(mpk, &made);
    atr_wipe(s, sizeof s);
    atr_wipe(log, sizeof log);
    atr_wipe(p, sizeof p);
    atr_wipe(q, sizeof q);
    atr_wipe_stack();
}

void atr_dse09_secret_wipe(atr_dse09_secret *msk)
{
    if (msk != NULL) {
        atr_wipe(msk, sizeof *msk);
    }
}

static void fingerprint(atr_dse09 *dse, const uint8_t mpk[ATR_DSE09_MPK_BYTES])
{
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_DSE09_MPK_BYTES});
    atr_hash_final(&hash, dse->hm);
}

atr_err atr_dse09_init(atr_dse09 *dse, const uint8_t mpk[ATR_DSE09_MPK_BYTES])
{
    const uint8_t *g1 = mpk + 1;
    const uint8_t *g2 = g1 + ATR_DSE09_G1 * ATR_G1_BYTES;
    bool good = mpk[0] == ATR_DSE09_ID;

    memset(dse, 0, sizeof *dse);
    good = good && atr_g1_read_many(dse->p, NULL, g1, ATR_DSE09_G1) == ATR_OK;
    for (size_t i = 0; good && i < ATR_DSE09_PUBLIC_G2; i++) {
        good = atr_g2_read(&dse->q[i], g2 + i * ATR_G2_BYTES) == ATR_OK;
    }
    good = good && atr_gt_read(&dse->t, g2 + ATR_DSE09_PUBLIC_G2 *
                                                 ATR_G2_BYTES) == ATR_OK;
    if (!good) {
        memset(dse, 0, sizeof *dse);
        return ATR_ERR_INPUT;
    }
    fingerprint(dse, mpk);
    return ATR_OK;
}

/* (3): I = Hr("ATR1/DSE/id"; enc(hm, id)) */
static void hash_identity(atr_fr *out, const atr_dse09 *dse,
                          const uint8_t id[ATR_IDENTITY_BYTES])
{
    uint8_t memory[4 + ATR_DSE09_HASH_BYTES + 4 + ATR_IDENTITY_BYTES];
    atr_builder message = atr_builder_of(memory, sizeof memory);

    atr_build_field(&message, ATR_BYTES(dse->hm));
    atr_build_field(&message, (atr_bytes){id, ATR_IDENTITY_BYTES});
    assert(atr_builder_end(&message) == ATR_OK);
    atr_fr_hash(out, ATR_LITERAL("ATR1/DSE/id"), atr_builder_bytes(&message));
}

/* Keys ------------------------------------------------------------------ */

enum { K_ONE, K_R, K_R1, K_R2, K_Z1, K_Z2, K_NZ1, K_NZ2, K_IR1, K_TR1, K_ALL };
#define GENERATOR 255

/* (4), D1 .. D7 at 0 .. 6, K at 7. */
static const factor key_form[] = {
    {0, ATR_DSE09_X, K_ONE},   {0, ATR_DSE09_V, K_R},
    {1, ATR_DSE09_NAL, K_ONE}, {1, ATR_DSE09_V1, K_R},
    {1, GENERATOR, K_Z1},      {2, ATR_DSE09_B2, K_NZ1},
    {3, ATR_DSE09_V2, K_R},    {3, GENERATOR, K_Z2},
    {4, ATR_DSE09_B2, K_NZ2},  {5, ATR_DSE09_B2, K_R2},
    {6, GENERATOR, K_R1},      {7, ATR_DSE09_U2, K_IR1},
    {7, ATR_DSE09_W2, K_TR1},  {7, ATR_DSE09_H2, K_R1},
};

static void draw_key(atr_fr x[K_ALL], atr_fr *tag, const atr_fr *id,
                     atr_rng *rng)
{
    x[K_ONE] = atr_fr_of(1);
    atr_fr_random(&x[K_R1], rng);
    atr_fr_random(&x[K_R2], rng);
    atr_fr_random(&x[K_Z1], rng);
    atr_fr_random(&x[K_Z2], rng);
    atr_fr_random(tag, rng);
    atr_fr_add(&x[K_R], &x[K_R1], &x[K_R2]);
    atr_fr_neg(&x[K_NZ1], &x[K_Z1]);
    atr_fr_neg(&x[K_NZ2], &x[K_Z2]);
    atr_fr_mul(&x[K_IR1], id, &x[K_R1]);
    atr_fr_mul(&x[K_TR1], tag, &x[K_R1]);
}

void atr_dse09_extract(atr_dse09_key *out, const atr_dse09 *dse,
                       const atr_dse09_secret *msk, const atr_identity *id,
                       atr_rng *rng)
{
    atr_g2 d[ATR_DSE09_KEY_POINTS] = {0};
    uint8_t bytes[ATR_IDENTITY_BYTES];
    atr_fr x[K_ALL];
    atr_fr hashed;
    atr_g2 power;

    memset(out, 0, sizeof *out);
    out->id = *id;
    atr_identity_write(bytes, id);
    hash_identity(&hashed, dse, bytes);
    draw_key(x, &out->tag, &hashed, rng);
    for (size_t i = 0; i < COUNT(key_form); i++) {
        const factor *f = &key_form[i];

        atr_g2_mul(&power,
                   f->base == GENERATOR ? &atr_g2_generator : &msk->q[f->base],
                   &x[f->exponent]);
        atr_g2_add(&d[f->to], &d[f->to], &power);
    }
    atr_g2_to_affine_many(out->d, d, ATR_DSE09_KEY_POINTS);
    atr_wipe(d, sizeof d);
    atr_wipe(x, sizeof x);
    atr_wipe(&power, sizeof power);
    atr_wipe_stack();
}

atr_err atr_dse09_key_read(atr_dse09_key *out,
                           const uint8_t in[ATR_DSE09_KEY_BYTES])
{
    const uint8_t *at = in + ATR_IDENTITY_BYTES;
    bool good = atr_identity_read(&out->id, in) == ATR_OK;

    for (size_t i = 0; good && i < ATR_DSE09_KEY_POINTS; i++) {
        good = atr_g2_read(&out->d[i], at) == ATR_OK;
        at += ATR_G2_BYTES;
    }
    if (!good || atr_fr_read(&out->tag, at) != ATR_OK) {
        atr_wipe(out, sizeof *out);
        return ATR_ERR_INPUT;
    }
    ATR_SECRET(out->d, sizeof out->d);
    ATR_SECRET(&out->tag, sizeof out->tag);
    return ATR_OK;
}

void atr_dse09_key_write(uint8_t out[ATR_DSE09_KEY_BYTES],
                         const atr_dse09_key *key)
{
    uint8_t *at = out + ATR_IDENTITY_BYTES;

    atr_identity_write(out, &key->id);
    for (size_t i = 0; i < ATR_DSE09_KEY_POINTS; i++, at += ATR_G2_BYTES) {
        atr_g2_write(at, &key->d[i]);
    }
    atr_fr_write(at, &key->tag);
}

void atr_dse09_key_wipe(atr_dse09_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}

/* Encapsulation --------------------------------------------------------- */

enum { X_S, X_S1, X_S2, X_T, X_NT, X_IT, X_TAGT, X_ALL };
enum { C1, C2, C3, C4, C5, C6, C7, E1, E2 };

/* (5) */
static const factor header_form[] = {
    {C1, ATR_DSE09_B, X_S},      {C2, ATR_DSE09_BA1, X_S1},
    {C3, ATR_DSE09_A1, X_S1},    {C4, ATR_DSE09_BA2, X_S2},
    {C5, ATR_DSE09_A2, X_S2},    {C6, ATR_DSE09_TAU1, X_S1},
    {C6, ATR_DSE09_TAU2, X_S2},  {C7, ATR_DSE09_TAU1B, X_S1},
    {C7, ATR_DSE09_TAU2B, X_S2}, {C7, ATR_DSE09_W1, X_NT},
    {E1, ATR_DSE09_U1, X_IT},    {E1, ATR_DSE09_W1, X_TAGT},
    {E1, ATR_DSE09_H1, X_T},     {E2, GENERATOR, X_T},
};

typedef struct {
    const atr_dse09 *dse;
    uint8_t id[ATR_IDENTITY_BYTES];
    atr_fo fo;
} transform;

static void draw_header(atr_fr x[X_ALL], atr_fr *tag, const atr_fr *id,
                        atr_rng *coins)
{
    atr_fr_random(&x[X_S1], coins);
    atr_fr_random(&x[X_S2], coins);
    atr_fr_random(&x[X_T], coins);
    atr_fr_random(tag, coins);
    atr_fr_add(&x[X_S], &x[X_S1], &x[X_S2]);
    atr_fr_neg(&x[X_NT], &x[X_T]);
    atr_fr_mul(&x[X_IT], id, &x[X_T]);
    atr_fr_mul(&x[X_TAGT], tag, &x[X_T]);
}

static void make_points(atr_g1 out[ATR_DSE09_HEADER_POINTS],
                        const atr_dse09 *dse, const atr_fr x[X_ALL])
{
    atr_g1_affine base[COUNT(header_form)];
    atr_fr exponent[COUNT(header_form)];
    atr_g1 power[COUNT(header_form)];

    for (size_t i = 0; i < COUNT(header_form); i++) {
        const factor *f = &header_form[i];

        base[i] = f->base == GENERATOR ? atr_g1_generator : dse->p[f->base];
        exponent[i] = x[f->exponent];
    }
    atr_g1_mul_many(power, base, exponent, COUNT(header_form));
    memset(out, 0, ATR_DSE09_HEADER_POINTS * sizeof *out);
    for (size_t i = 0; i < COUNT(header_form); i++) {
        atr_g1 *to = &out[header_form[i].to];

        atr_g1_add(to, to, &power[i]);
    }
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(power, sizeof power);
}

/* (5), (6): the header and Z = T^{s2}. */
static void encap_core(uint8_t *header, atr_gt *z, const void *context,
                       atr_rng *coins)
{
    const transform *t = context;
    atr_g1_affine affine[ATR_DSE09_HEADER_POINTS];
    atr_g1 point[ATR_DSE09_HEADER_POINTS];
    atr_fr x[X_ALL];
    atr_fr id;
    atr_fr tag;

    hash_identity(&id, t->dse, t->id);
    draw_header(x, &tag, &id, coins);
    make_points(point, t->dse, x);
    atr_g1_to_affine_many(affine, point, ATR_DSE09_HEADER_POINTS);
    for (size_t i = 0; i < ATR_DSE09_HEADER_POINTS; i++) {
        atr_g1_write(header + i * ATR_G1_BYTES, &affine[i]);
    }
    atr_fr_write(header + ATR_DSE09_HEADER_POINTS * ATR_G1_BYTES, &tag);
    if (z != NULL) {
        atr_gt_pow(z, &t->dse->t, &x[X_S2]);
    }
    atr_wipe(point, sizeof point);
    atr_wipe(x, sizeof x);
}

static void begin(transform *t, const atr_dse09 *dse, const atr_identity *id,
                  atr_bytes ad)
{
    t->dse = dse;
    atr_identity_write(t->id, id);
    t->fo = (atr_fo){
        .encap = encap_core,
        .context = t,
        .header_len = ATR_DSE09_HEADER_BYTES,
        .hm = ATR_BYTES(dse->hm),
        .to = ATR_BYTES(t->id),
        .ad = ad,
    };
}

void atr_dse09_encap_derand(uint8_t capsule[ATR_DSE09_CAPSULE_BYTES],
                            uint8_t key[ATR_DSE09_SHARED_BYTES],
                            const atr_dse09 *dse, const atr_identity *to,
                            atr_bytes ad,
                            const uint8_t coins[ATR_DSE09_COINS_BYTES])
{
    transform t;

    begin(&t, dse, to, ad);
    atr_fo_encap(capsule, key, &t.fo, coins);
    atr_wipe_stack();
}

void atr_dse09_encap(uint8_t capsule[ATR_DSE09_CAPSULE_BYTES],
                     uint8_t key[ATR_DSE09_SHARED_BYTES], const atr_dse09 *dse,
                     const atr_identity *to, atr_bytes ad, atr_rng *rng)
{
    uint8_t coins[ATR_DSE09_COINS_BYTES];

    atr_rng_bytes(rng, coins, sizeof coins);
    ATR_SECRET(coins, sizeof coins);
    atr_dse09_encap_derand(capsule, key, dse, to, ad, coins);
    atr_wipe(coins, sizeof coins);
}

/* Decapsulation --------------------------------------------------------- */

/* E1 and E2 to the power 1 / (tag_c - tag_k). Equal tags are refused: there
 * the key holder learns nothing, and there is nothing to divide by. */
static atr_err untag(atr_g1 out[2], const atr_g1_affine point[2],
                     const atr_fr *capsule_tag, const atr_fr *key_tag)
{
    atr_fr inverse[2];
    atr_mask equal;

    atr_fr_sub(&inverse[0], capsule_tag, key_tag);
    equal = atr_fr_is_zero(&inverse[0]);
    ATR_PUBLIC(&equal, sizeof equal);
    atr_fr_inv(&inverse[0], &inverse[0]);
    inverse[1] = inverse[0];
    atr_g1_mul_many(out, point, inverse, 2);
    atr_wipe(inverse, sizeof inverse);
    return equal ? ATR_ERR_AUTH : ATR_OK;
}

/* (7) as one product of eight pairings: those of C7 and E1 are both with D7. */
static atr_err open_header(atr_gt *z, const atr_dse09_key *key,
                           const uint8_t *header)
{
    atr_g1_affine p[ATR_DSE09_HEADER_POINTS];
    atr_pair pairs[ATR_DSE09_KEY_POINTS];
    atr_fr tag;
    atr_g1 e[2];
    atr_err err;

    if (atr_g1_read_many(p, NULL, header, ATR_DSE09_HEADER_POINTS) != ATR_OK ||
        atr_fr_read(&tag, header + ATR_DSE09_HEADER_POINTS * ATR_G1_BYTES) !=
            ATR_OK) {
        return ATR_ERR_AUTH;
    }
    err = untag(e, &p[E1], &tag, &key->tag);
    if (err == ATR_OK) {
        atr_g1_add_affine(&e[0], &e[0], &p[C7]);
        atr_g1_neg(&e[0], &e[0]);
        atr_g1_affine_neg(&p[C6], &p[C6]);
        atr_g1_to_affine_many(&p[C7], e, 2);
        for (size_t i = 0; i < ATR_DSE09_KEY_POINTS; i++) {
            pairs[i] = (atr_pair){.p = &p[i], .q = &key->d[i]};
        }
        atr_pairing_product(z, pairs, ATR_DSE09_KEY_POINTS);
    }
    atr_wipe(e, sizeof e);
    atr_wipe(p, sizeof p);
    return err;
}

atr_err atr_dse09_decap(uint8_t key[ATR_DSE09_SHARED_BYTES],
                        const atr_dse09 *dse, const atr_dse09_key *secret,
                        atr_bytes ad, atr_bytes capsule)
{
    uint8_t again[ATR_DSE09_HEADER_BYTES];
    transform t;
    atr_gt z;
    atr_err err;

    memset(key, 0, ATR_DSE09_SHARED_BYTES);
    if (capsule.len != ATR_DSE09_CAPSULE_BYTES) {
        return ATR_ERR_AUTH;
    }
    err = open_header(&z, secret, capsule.data);
    if (err == ATR_OK) {
        begin(&t, dse, &secret->id, ad);
        err = atr_fo_decap(key, again, &t.fo, &z, capsule.data);
    }
    atr_wipe(&z, sizeof z);
    atr_wipe_stack();
    return err;
}

/* (8): a wrong key opens a random header with probability about 3 / r. */
atr_err atr_dse09_key_check(const atr_dse09 *dse, const atr_dse09_key *key,
                            atr_rng *rng)
{
    uint8_t header[ATR_DSE09_HEADER_BYTES];
    transform t;
    atr_gt sent;
    atr_gt got;
    atr_mask good;
    atr_err err;

    begin(&t, dse, &key->id, (atr_bytes){NULL, 0});
    encap_core(header, &sent, &t, rng);
    ATR_PUBLIC(header, sizeof header);
    err = open_header(&got, key, header);
    if (err == ATR_OK) {
        good = atr_gt_equal(&sent, &got);
        ATR_PUBLIC(&good, sizeof good); /* one bit: accepted or not */
        err = good ? ATR_OK : ATR_ERR_AUTH;
    }
    atr_wipe(&sent, sizeof sent);
    atr_wipe(&got, sizeof got);
    atr_wipe_stack();
    return err;
}
