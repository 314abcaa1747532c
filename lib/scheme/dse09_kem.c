/* As a KEM; the equation numbers are those of doc/scheme/dse09.md. */
#include "curve/batch.h"
#include "scheme/dse09_parts.h"
#include "scheme/fo.h"

_Static_assert(ATR_DSE09_SHARED_BYTES == ATR_FO_KEY_BYTES &&
                   ATR_DSE09_COINS_BYTES == ATR_FO_COINS_BYTES,
               "the sizes of the transform");

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Encapsulation --------------------------------------------------------- */

enum { X_S, X_S1, X_S2, X_T, X_NT, X_ALL };
enum { C1, C2, C3, C4, C5, C6, C7, E1, E2 };

#define OWN ATR_DSE09_G1 /* as a base: u1^I w1^{tag_c} h1, which is public */

/* (5): powers of any points, which go eight at a time, and those of points with
 * tables, which are sooner done one after another. */
static const atr_dse09_factor header_form[] = {
    {C2, ATR_DSE09_BA1, X_S1},   {C4, ATR_DSE09_BA2, X_S2},
    {C5, ATR_DSE09_A2, X_S2},    {C6, ATR_DSE09_TAU1, X_S1},
    {C6, ATR_DSE09_TAU2, X_S2},  {C7, ATR_DSE09_TAU1B, X_S1},
    {C7, ATR_DSE09_TAU2B, X_S2}, {E1, OWN, X_T},
};
static const atr_dse09_factor table_form[] = {
    {C1, ATR_DSE09_TABLE_B, X_S},
    {C3, ATR_DSE09_TABLE_A1, X_S1},
    {C7, ATR_DSE09_TABLE_W1, X_NT},
    {E2, ATR_DSE09_TABLE_G, X_T},
};

typedef struct {
    const atr_dse09 *dse;
    const atr_g1_affine *own; /* of the capsule that is made again, or NULL */
    uint8_t id[ATR_IDENTITY_BYTES];
    atr_fo fo;
} transform;

static void draw_header(atr_fr x[X_ALL], atr_fr *tag, atr_rng *coins)
{
    atr_fr_random(&x[X_S1], coins);
    atr_fr_random(&x[X_S2], coins);
    atr_fr_random(&x[X_T], coins);
    atr_fr_random(tag, coins);
    atr_fr_add(&x[X_S], &x[X_S1], &x[X_S2]);
    atr_fr_neg(&x[X_NT], &x[X_T]);
}

/* u1^I w1^{tag_c} h1 of the two powers. */
static void make_own(atr_g1_affine *out, const atr_dse09 *dse,
                     const atr_g1 power[2])
{
    atr_g1 sum;

    atr_g1_add(&sum, &power[0], &power[1]);
    atr_g1_add_affine(&sum, &sum, &dse->p[ATR_DSE09_H1]);
    atr_g1_to_affine(out, &sum);
}

static void own_of(atr_g1_affine *out, const transform *t, const atr_fr *tag)
{
    const atr_g1_table *table = t->dse->table;
    atr_g1 power[2];
    atr_fr id;

    if (t->own != NULL) {
        *out = *t->own;
        return;
    }
    atr_dse09_hash_identity(&id, t->dse, t->id);
    atr_g1_table_mul_many(&power[0], &table[ATR_DSE09_TABLE_U1], &id, 1);
    atr_g1_table_mul_many(&power[1], &table[ATR_DSE09_TABLE_W1], tag, 1);
    make_own(out, t->dse, power);
}

static void make_points(atr_g1 out[ATR_DSE09_HEADER_POINTS],
                        const atr_dse09 *dse, const atr_g1_affine *own,
                        const atr_fr x[X_ALL])
{
    atr_g1_affine base[COUNT(header_form)];
    atr_fr exponent[COUNT(header_form)];
    atr_g1 power[COUNT(header_form)];

    for (size_t i = 0; i < COUNT(header_form); i++) {
        const atr_dse09_factor *f = &header_form[i];

        base[i] = f->base == OWN ? *own : dse->p[f->base];
        exponent[i] = x[f->exponent];
    }
    atr_g1_mul_many(power, base, exponent, COUNT(header_form));
    memset(out, 0, ATR_DSE09_HEADER_POINTS * sizeof *out);
    for (size_t i = 0; i < COUNT(header_form); i++) {
        atr_g1 *to = &out[header_form[i].to];

        atr_g1_add(to, to, &power[i]);
    }
    for (size_t i = 0; i < COUNT(table_form); i++) {
        const atr_dse09_factor *f = &table_form[i];

        atr_g1_table_mul_many(power, &dse->table[f->base], &x[f->exponent], 1);
        atr_g1_add(&out[f->to], &out[f->to], power);
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
    atr_g1_affine own;
    atr_fr x[X_ALL];
    atr_fr tag;

    draw_header(x, &tag, coins);
    own_of(&own, t, &tag);
    make_points(point, t->dse, &own, x);
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
    t->own = NULL;
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

/* A header, and what is made of it and of the key's identity alone. */
typedef struct {
    atr_g1_affine p[ATR_DSE09_HEADER_POINTS];
    atr_fr tag;
    atr_g1_affine own;
} opening;

static atr_err read_header(opening *o, const uint8_t *header)
{
    const uint8_t *tag = header + ATR_DSE09_HEADER_POINTS * ATR_G1_BYTES;

    if (atr_g1_read_many(o->p, NULL, header, ATR_DSE09_HEADER_POINTS) !=
            ATR_OK ||
        atr_fr_read(&o->tag, tag) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    return ATR_OK;
}

/* E1 and E2 to the power 1 / (tag_c - tag_k). Equal tags are refused: there
 * the key holder learns nothing, and there is nothing to divide by. Along with
 * them go the powers of u1^I w1^{tag_c} h1, which is needed later. */
static atr_err untag(atr_g1 out[2], opening *o, const transform *t,
                     const atr_fr *key_tag)
{
    const atr_g1_affine point[4] = {o->p[E1], o->p[E2], t->dse->p[ATR_DSE09_U1],
                                    t->dse->p[ATR_DSE09_W1]};
    atr_fr exponent[4];
    atr_g1 power[4];
    atr_mask equal;

    atr_fr_sub(&exponent[0], &o->tag, key_tag);
    equal = atr_fr_is_zero(&exponent[0]);
    ATR_PUBLIC(&equal, sizeof equal);
    atr_fr_inv(&exponent[0], &exponent[0]);
    exponent[1] = exponent[0];
    atr_dse09_hash_identity(&exponent[2], t->dse, t->id);
    exponent[3] = o->tag;
    atr_g1_mul_many(power, point, exponent, 4);
    memcpy(out, power, 2 * sizeof *out);
    make_own(&o->own, t->dse, power + 2);
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(power, sizeof power);
    return equal ? ATR_ERR_AUTH : ATR_OK;
}

/* (7) as one product of eight pairings: those of C7 and E1 are both with D7. */
static atr_err open_header(atr_gt *z, opening *o, const transform *t,
                           const atr_dse09_key *key, const uint8_t *header)
{
    atr_pair pairs[ATR_DSE09_KEY_POINTS];
    atr_g1_affine *p = o->p;
    atr_g1 e[2];
    atr_err err = read_header(o, header);

    if (err != ATR_OK) {
        return err;
    }
    err = untag(e, o, t, &key->tag);
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
    atr_wipe(p, sizeof o->p);
    return err;
}

atr_err atr_dse09_decap(uint8_t key[ATR_DSE09_SHARED_BYTES],
                        const atr_dse09 *dse, const atr_dse09_key *secret,
                        atr_bytes ad, atr_bytes capsule)
{
    uint8_t again[ATR_DSE09_HEADER_BYTES];
    transform t;
    opening o;
    atr_gt z;
    atr_err err;

    memset(key, 0, ATR_DSE09_SHARED_BYTES);
    if (capsule.len != ATR_DSE09_CAPSULE_BYTES) {
        return ATR_ERR_AUTH;
    }
    begin(&t, dse, &secret->id, ad);
    err = open_header(&z, &o, &t, secret, capsule.data);
    if (err == ATR_OK) {
        t.own = &o.own; /* another tag than this is another header */
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
    opening o;
    atr_gt sent;
    atr_gt got;
    atr_mask good;
    atr_err err;

    begin(&t, dse, &key->id, (atr_bytes){NULL, 0});
    encap_core(header, &sent, &t, rng);
    ATR_PUBLIC(header, sizeof header);
    err = open_header(&got, &o, &t, key, header);
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
