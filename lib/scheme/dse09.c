/* Authority and keys; the equation numbers are those of doc/scheme/dse09.md. */
#include <assert.h>

#include "curve/batch.h"
#include "scheme/dse09_parts.h"
#include "scheme/hedge.h"
#include "sym/hash.h"

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

static void write_mpk(uint8_t out[ATR_DSE09_MPK_BYTES],
                      const atr_g1_affine p[ATR_DSE09_G1],
                      const atr_g2_affine q[ATR_DSE09_PUBLIC_G2],
                      const atr_gt *t)
{
    *out++ = ATR_DSE09_ID;
    for (size_t i = 0; i < ATR_DSE09_G1; i++, out += ATR_G1_BYTES) {
        atr_g1_write(out, &p[i]);
    }
    for (size_t i = 0; i < ATR_DSE09_PUBLIC_G2; i++, out += ATR_G2_BYTES) {
        atr_g2_write(out, &q[i]);
    }
    atr_gt_write(out, t);
}

void atr_dse09_setup(atr_dse09_secret *msk, uint8_t mpk[ATR_DSE09_MPK_BYTES],
                     atr_rng *rng)
{
    atr_fr s[S_DRAWN];
    atr_fr log[ATR_DSE09_G1];
    atr_g1_affine p[ATR_DSE09_G1];
    atr_g1 p_made[ATR_DSE09_G1];
    atr_g2 q_made[ATR_DSE09_G2];
    atr_gt t;

    for (size_t i = 0; i < S_DRAWN; i++) {
        atr_fr_random(&s[i], rng);
    }
    for (size_t i = 0; i < ATR_DSE09_G1; i++) {
        p[i] = atr_g1_generator;
    }
    for (size_t i = 0; i < ATR_DSE09_G2; i++) {
        msk->q[i] = atr_g2_generator;
    }
    public_logs(log, s);
    atr_g1_mul_many(p_made, p, log, ATR_DSE09_G1);
    atr_g1_to_affine_many(p, p_made, ATR_DSE09_G1);
    secret_logs(log, s);
    atr_g2_mul_many(q_made, msk->q, log, ATR_DSE09_G2);
    atr_g2_to_affine_many(msk->q, q_made, ATR_DSE09_G2);
    product(&log[0], &log[ATR_DSE09_X], &s[S_B]);
    atr_gt_pow(&t, &atr_gt_generator, &log[0]);
    write_mpk(mpk, p, msk->q, &t);
    ATR_PUBLIC(mpk, ATR_DSE09_MPK_BYTES);
    atr_wipe(s, sizeof s);
    atr_wipe(log, sizeof log);
    atr_wipe(p_made, sizeof p_made);
    atr_wipe(q_made, sizeof q_made);
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

static void make_tables(atr_dse09 *dse)
{
    const atr_g1_affine *const points[ATR_DSE09_TABLES] = {
        &atr_g1_generator, &dse->p[ATR_DSE09_B], &dse->p[ATR_DSE09_A1],
        &dse->p[ATR_DSE09_W1], &dse->p[ATR_DSE09_U1]};

    for (size_t i = 0; i < ATR_DSE09_TABLES; i++) {
        atr_g1_table_init(&dse->table[i], points[i]);
    }
    atr_gt_table_init(&dse->t_table, &dse->t);
}

atr_err atr_dse09_init(atr_dse09 *dse, const uint8_t mpk[ATR_DSE09_MPK_BYTES])
{
    const uint8_t *g1 = mpk + 1;
    const uint8_t *g2 = g1 + ATR_DSE09_G1 * ATR_G1_BYTES;
    bool good = mpk[0] == ATR_DSE09_ID;

    memset(dse, 0, sizeof *dse);
    good = good && atr_g1_read_many(dse->p, NULL, g1, ATR_DSE09_G1) == ATR_OK;
    good = good &&
           atr_g2_read_many(dse->q, NULL, g2, ATR_DSE09_PUBLIC_G2) == ATR_OK;
    good = good && atr_gt_read(&dse->t, g2 + ATR_DSE09_PUBLIC_G2 *
                                                 ATR_G2_BYTES) == ATR_OK;
    if (!good) {
        memset(dse, 0, sizeof *dse);
        return ATR_ERR_INPUT;
    }
    make_tables(dse);
    fingerprint(dse, mpk);
    return ATR_OK;
}

/* (3): I = Hr("ATR1/DSE/id"; enc(hm, id)) */
void atr_dse09_hash_identity(atr_fr *out, const atr_dse09 *dse,
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

/* (4), D1 .. D7 at 0 .. 6, K at 7. */
static const atr_dse09_factor key_form[] = {
    {0, ATR_DSE09_X, K_ONE},        {0, ATR_DSE09_V, K_R},
    {1, ATR_DSE09_NAL, K_ONE},      {1, ATR_DSE09_V1, K_R},
    {1, ATR_DSE09_GENERATOR, K_Z1}, {2, ATR_DSE09_B2, K_NZ1},
    {3, ATR_DSE09_V2, K_R},         {3, ATR_DSE09_GENERATOR, K_Z2},
    {4, ATR_DSE09_B2, K_NZ2},       {5, ATR_DSE09_B2, K_R2},
    {6, ATR_DSE09_GENERATOR, K_R1}, {7, ATR_DSE09_U2, K_IR1},
    {7, ATR_DSE09_W2, K_TR1},       {7, ATR_DSE09_H2, K_R1},
};

/* Where the exponents of a key come from. */
static void hedge(atr_rng *out, const atr_dse09 *dse,
                  const atr_dse09_secret *msk, atr_bytes id, atr_rng *rng)
{
    uint8_t secret[ATR_DSE09_G2 * ATR_G2_BYTES];

    for (size_t i = 0; i < ATR_DSE09_G2; i++) {
        atr_g2_write(secret + i * ATR_G2_BYTES, &msk->q[i]);
    }
    atr_hedge_rng(out,
                  &(atr_hedge){ATR_BYTES(secret),
                               ATR_LITERAL("ATR1/DSE/KEYGEN"),
                               ATR_BYTES(dse->hm), id},
                  rng);
    atr_wipe(secret, sizeof secret);
}

static void draw_key(atr_fr x[K_ALL], atr_fr *tag, const atr_fr *id,
                     atr_rng *hedged)
{
    x[K_ONE] = atr_fr_of(1);
    atr_fr_random(&x[K_R1], hedged);
    atr_fr_random(&x[K_R2], hedged);
    atr_fr_random(&x[K_Z1], hedged);
    atr_fr_random(&x[K_Z2], hedged);
    atr_fr_random(tag, hedged);
    atr_fr_add(&x[K_R], &x[K_R1], &x[K_R2]);
    atr_fr_neg(&x[K_NZ1], &x[K_Z1]);
    atr_fr_neg(&x[K_NZ2], &x[K_Z2]);
    atr_fr_mul(&x[K_IR1], id, &x[K_R1]);
    atr_fr_mul(&x[K_TR1], tag, &x[K_R1]);
}

static void make_points(atr_g2_affine out[ATR_DSE09_KEY_POINTS],
                        const atr_dse09_secret *msk, const atr_fr x[K_ALL])
{
    atr_g2 d[ATR_DSE09_KEY_POINTS] = {0};
    atr_g2_affine base[COUNT(key_form)];
    atr_fr exponent[COUNT(key_form)];
    atr_g2 power[COUNT(key_form)];

    for (size_t i = 0; i < COUNT(key_form); i++) {
        const atr_dse09_factor *f = &key_form[i];

        base[i] =
            f->base == ATR_DSE09_GENERATOR ? atr_g2_generator : msk->q[f->base];
        exponent[i] = x[f->exponent];
    }
    atr_g2_mul_many(power, base, exponent, COUNT(key_form));
    for (size_t i = 0; i < COUNT(key_form); i++) {
        atr_g2 *to = &d[key_form[i].to];

        atr_g2_add(to, to, &power[i]);
    }
    atr_g2_to_affine_many(out, d, ATR_DSE09_KEY_POINTS);
    atr_wipe(d, sizeof d);
    atr_wipe(base, sizeof base);
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(power, sizeof power);
}

void atr_dse09_extract(atr_dse09_key *out, const atr_dse09 *dse,
                       const atr_dse09_secret *msk, const atr_identity *id,
                       atr_rng *rng)
{
    uint8_t bytes[ATR_IDENTITY_BYTES];
    atr_fr x[K_ALL];
    atr_rng hedged;
    atr_fr hashed;

    memset(out, 0, sizeof *out);
    out->id = *id;
    atr_identity_write(bytes, id);
    atr_dse09_hash_identity(&hashed, dse, bytes);
    hedge(&hedged, dse, msk, ATR_BYTES(bytes), rng);
    draw_key(x, &out->tag, &hashed, &hedged);
    make_points(out->d, msk, x);
    atr_dse09_key_ready(out);
    atr_rng_wipe(&hedged);
    atr_wipe(x, sizeof x);
    atr_wipe_stack();
}

atr_err atr_dse09_key_read(atr_dse09_key *out,
                           const uint8_t in[ATR_DSE09_KEY_BYTES])
{
    const uint8_t *at = in + ATR_IDENTITY_BYTES;

    if (atr_identity_read(&out->id, in) != ATR_OK ||
        atr_g2_read_many(out->d, NULL, at, ATR_DSE09_KEY_POINTS) != ATR_OK ||
        atr_fr_read(&out->tag, at + ATR_DSE09_KEY_POINTS * ATR_G2_BYTES) !=
            ATR_OK) {
        atr_wipe(out, sizeof *out);
        return ATR_ERR_INPUT;
    }
    ATR_SECRET(out->d, sizeof out->d);
    ATR_SECRET(&out->tag, sizeof out->tag);
    atr_dse09_key_ready(out);
    return ATR_OK;
}

void atr_dse09_key_ready(atr_dse09_key *key)
{
    for (size_t i = 0; i < ATR_DSE09_KEY_POINTS; i++) {
        atr_g2_lines_init(&key->lines[i], &key->d[i]);
    }
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
