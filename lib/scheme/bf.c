/* The equation numbers are those of doc/scheme/bf.md. */
#include "scheme/bf.h"

#include <assert.h>

#include "curve/batch.h"
#include "scheme/fo.h"
#include "sym/hash.h"

_Static_assert(ATR_BF_CAPSULE_BYTES == ATR_G2_BYTES + ATR_FO_MASKED_BYTES &&
                   ATR_BF_SHARED_BYTES == ATR_FO_KEY_BYTES &&
                   ATR_BF_COINS_BYTES == ATR_FO_COINS_BYTES,
               "the sizes of the transform");

/* The authority --------------------------------------------------------- */

/* (1) */
void atr_bf_setup(atr_fr *s, uint8_t mpk[ATR_BF_MPK_BYTES], atr_rng *rng)
{
    atr_g2 point;
    atr_g2_affine p;

    atr_fr_random(s, rng);
    atr_g2_mul(&point, &atr_g2_generator, s);
    atr_g2_to_affine(&p, &point);
    ATR_PUBLIC(&p, sizeof p);
    mpk[0] = ATR_BF_ID;
    atr_g2_write(mpk + 1, &p);
    atr_wipe(&point, sizeof point);
    atr_wipe_stack();
}

atr_err atr_bf_mpk_read(atr_g2_affine *p, const uint8_t mpk[ATR_BF_MPK_BYTES])
{
    return mpk[0] == ATR_BF_ID ? atr_g2_read(p, mpk + 1) : ATR_ERR_INPUT;
}

void atr_bf_mpk_hash(uint8_t hm[ATR_BF_HASH_BYTES],
                     const uint8_t mpk[ATR_BF_MPK_BYTES])
{
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_BF_MPK_BYTES});
    atr_hash_final(&hash, hm);
}

atr_err atr_bf_init(atr_bf *bf, const uint8_t mpk[ATR_BF_MPK_BYTES])
{
    memset(bf, 0, sizeof *bf);
    if (atr_bf_mpk_read(&bf->p, mpk) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    atr_bf_mpk_hash(bf->hm, mpk);
    atr_g2_lines_init(&bf->p_lines, &bf->p);
    atr_g2_table_init(&bf->g2_table, &atr_g2_generator);
    return ATR_OK;
}

/* (2): Q = H1("ATR1/BF/id"; enc(hm, id)) */
static void hash_identity(atr_g1_affine *q, const atr_bf *bf,
                          const uint8_t id[ATR_IDENTITY_BYTES])
{
    uint8_t memory[4 + ATR_BF_HASH_BYTES + 4 + ATR_IDENTITY_BYTES];
    atr_builder message = atr_builder_of(memory, sizeof memory);

    atr_build_field(&message, ATR_BYTES(bf->hm));
    atr_build_field(&message, (atr_bytes){id, ATR_IDENTITY_BYTES});
    assert(atr_builder_end(&message) == ATR_OK);
    atr_g1_hash(q, ATR_LITERAL("ATR1/BF/id_BLS12381G1_XMD:SHA-256_SSWU_RO_"),
                atr_builder_bytes(&message));
}

static void hash_to(atr_g1_affine *q, const atr_bf *bf, const atr_identity *id)
{
    uint8_t bytes[ATR_IDENTITY_BYTES];

    atr_identity_write(bytes, id);
    hash_identity(q, bf, bytes);
}

/* Keys ------------------------------------------------------------------ */

/* (3) */
void atr_bf_extract(atr_bf_key *out, const atr_bf *bf, const atr_fr *s,
                    const atr_identity *id)
{
    atr_g1_affine q;
    atr_g1 d;

    memset(out, 0, sizeof *out);
    out->id = *id;
    hash_to(&q, bf, id);
    atr_g1_mul(&d, &q, s);
    atr_g1_to_affine(&out->d, &d);
    atr_wipe(&d, sizeof d);
    atr_wipe_stack();
}

/* e(d, g2) = e(Q, p); `lines` of p, or NULL. */
static atr_err check(const atr_bf *bf, const atr_g2_affine *p,
                     const atr_g2_lines *lines, const atr_bf_key *key)
{
    atr_g1_affine q;
    const atr_pair pairs[2] = {
        {.p = &key->d, .q = &atr_g2_generator},
        {.p = &q, .q = p, .lines = lines},
    };
    atr_gt quotient;
    atr_mask good;

    hash_to(&q, bf, &key->id);
    atr_g1_affine_neg(&q, &q);
    atr_pairing_product(&quotient, pairs, 2);
    good = atr_gt_is_one(&quotient);
    ATR_PUBLIC(&good, sizeof good); /* one bit: accepted or not */
    atr_wipe(&quotient, sizeof quotient);
    atr_wipe_stack();
    return good ? ATR_OK : ATR_ERR_AUTH;
}

/* (4) */
atr_err atr_bf_key_check(const atr_bf *bf, const atr_bf_key *key)
{
    return check(bf, &bf->p, &bf->p_lines, key);
}

/* (8) */
atr_err atr_bf_partial_check(const atr_bf *bf, const atr_g2_affine *p_j,
                             const atr_bf_key *partial)
{
    return check(bf, p_j, NULL, partial);
}

atr_err atr_bf_key_read(atr_bf_key *out, const uint8_t in[ATR_BF_KEY_BYTES])
{
    if (atr_identity_read(&out->id, in) != ATR_OK ||
        atr_g1_read(&out->d, in + ATR_IDENTITY_BYTES) != ATR_OK) {
        atr_wipe(out, sizeof *out);
        return ATR_ERR_INPUT;
    }
    ATR_SECRET(&out->d, sizeof out->d);
    return ATR_OK;
}

void atr_bf_key_write(uint8_t out[ATR_BF_KEY_BYTES], const atr_bf_key *key)
{
    atr_identity_write(out, &key->id);
    atr_g1_write(out + ATR_IDENTITY_BYTES, &key->d);
}

void atr_bf_key_wipe(atr_bf_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}

/* Encapsulation --------------------------------------------------------- */

void atr_bf_recipient_init(atr_bf_recipient *to, const atr_bf *bf,
                           const atr_identity *id)
{
    atr_g1_affine q;
    const atr_pair pair = {.p = &q, .q = &bf->p, .lines = &bf->p_lines};

    to->bf = bf;
    to->id = *id;
    hash_to(&q, bf, id);
    atr_pairing_product(&to->theta, &pair, 1);
}

/* What the core needs: theta is NULL where only the header is wanted. */
typedef struct {
    const atr_bf *bf;
    const atr_gt *theta;
    uint8_t id[ATR_IDENTITY_BYTES];
    atr_fo fo;
} transform;

/* (5): U = g2^l, Z = theta^l */
static void encap_core(uint8_t *header, atr_gt *z, const void *context,
                       atr_rng *coins)
{
    const transform *t = context;
    atr_g2_affine affine;
    atr_g2 u;
    atr_fr l;

    atr_fr_random(&l, coins);
    atr_g2_table_mul_many(&u, &t->bf->g2_table, &l, 1);
    atr_g2_to_affine(&affine, &u);
    atr_g2_write(header, &affine);
    if (z != NULL) {
        atr_gt_pow(z, t->theta, &l);
    }
    atr_wipe(&l, sizeof l);
    atr_wipe(&u, sizeof u);
}

static void begin(transform *t, const atr_bf *bf, const atr_gt *theta,
                  const atr_identity *id, atr_bytes ad)
{
    t->bf = bf;
    t->theta = theta;
    atr_identity_write(t->id, id);
    t->fo = (atr_fo){
        .encap = encap_core,
        .context = t,
        .header_len = ATR_G2_BYTES,
        .hm = ATR_BYTES(bf->hm),
        .to = ATR_BYTES(t->id),
        .ad = ad,
    };
}

void atr_bf_encap_derand(uint8_t capsule[ATR_BF_CAPSULE_BYTES],
                         uint8_t key[ATR_BF_SHARED_BYTES],
                         const atr_bf_recipient *to, atr_bytes ad,
                         const uint8_t coins[ATR_BF_COINS_BYTES])
{
    transform t;

    begin(&t, to->bf, &to->theta, &to->id, ad);
    atr_fo_encap(capsule, key, &t.fo, coins);
    atr_wipe_stack();
}

void atr_bf_encap(uint8_t capsule[ATR_BF_CAPSULE_BYTES],
                  uint8_t key[ATR_BF_SHARED_BYTES], const atr_bf_recipient *to,
                  atr_bytes ad, atr_rng *rng)
{
    uint8_t coins[ATR_BF_COINS_BYTES];

    atr_rng_bytes(rng, coins, sizeof coins);
    ATR_SECRET(coins, sizeof coins);
    atr_bf_encap_derand(capsule, key, to, ad, coins);
    atr_wipe(coins, sizeof coins);
}

/* (6): Z = e(d, U) */
atr_err atr_bf_decap(uint8_t key[ATR_BF_SHARED_BYTES], const atr_bf *bf,
                     const atr_bf_key *secret, atr_bytes ad, atr_bytes capsule)
{
    uint8_t again[ATR_G2_BYTES];
    atr_g2_affine u;
    transform t;
    atr_gt z;
    atr_err err;

    memset(key, 0, ATR_BF_SHARED_BYTES);
    if (capsule.len != ATR_BF_CAPSULE_BYTES ||
        atr_g2_read(&u, capsule.data) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    atr_pairing(&z, &secret->d, &u);
    begin(&t, bf, NULL, &secret->id, ad);
    err = atr_fo_decap(key, again, &t.fo, &z, capsule.data);
    atr_wipe(&z, sizeof z);
    atr_wipe_stack();
    return err;
}
