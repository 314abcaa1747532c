/* As a KEM; the equation numbers are those of doc/scheme/dse09.md. */
#include "curve/batch.h"
#include "scheme/dse09_parts.h"
#include "scheme/fo.h"

_Static_assert(ATR_DSE09_SHARED_BYTES == ATR_FO_KEY_BYTES &&
                   ATR_DSE09_COINS_BYTES == ATR_FO_COINS_BYTES,
               "the sizes of the transform");

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Encapsulation --------------------------------------------------------- */

enum { X_S, X_S1, X_S2, X_T, X_NT, X_IT, X_TAGT, X_ALL };
enum { C1, C2, C3, C4, C5, C6, C7, E1, E2 };

/* (5) */
static const atr_dse09_factor header_form[] = {
    {C1, ATR_DSE09_B, X_S},      {C2, ATR_DSE09_BA1, X_S1},
    {C3, ATR_DSE09_A1, X_S1},    {C4, ATR_DSE09_BA2, X_S2},
    {C5, ATR_DSE09_A2, X_S2},    {C6, ATR_DSE09_TAU1, X_S1},
    {C6, ATR_DSE09_TAU2, X_S2},  {C7, ATR_DSE09_TAU1B, X_S1},
    {C7, ATR_DSE09_TAU2B, X_S2}, {C7, ATR_DSE09_W1, X_NT},
    {E1, ATR_DSE09_U1, X_IT},    {E1, ATR_DSE09_W1, X_TAGT},
    {E1, ATR_DSE09_H1, X_T},     {E2, ATR_DSE09_GENERATOR, X_T},
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
        const atr_dse09_factor *f = &header_form[i];

        base[i] =
            f->base == ATR_DSE09_GENERATOR ? atr_g1_generator : dse->p[f->base];
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

    atr_dse09_hash_identity(&id, t->dse, t->id);
    draw_header(x, &tag, &id, coins);
    make_points(point, t->dse, x);
    atr_g1_to_affine_many(affine, point, ATR_DSE09_HEADER_POINTS);
    for (size_t i = 0; i < ATR_DSE09_HEADER_POINTS; i++) {
        atr_g1_write(header + i * ATR_G1_BYTES, &affine[i]);
    }
    atr_fr_write(header + ATR_DSE09_HEADER_POINTS * ATR_G1_BYTES, &tag);
    if (z != NULL) {
        atr_gt_table_pow_many(z, &t->dse->t_table, &x[X_S2], 1);
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
            pairs[i] = (atr_pair){&p[i], &key->d[i], &key->lines[i]};
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
