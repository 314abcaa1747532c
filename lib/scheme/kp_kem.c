/* The key-policy schemes as KEMs; the equation numbers are those of
 * doc/scheme/kp.md. */
#include <assert.h>

#include "curve/batch.h"
#include "scheme/fo.h"
#include "scheme/held_rows.h"
#include "scheme/kp_parts.h"

_Static_assert(ATR_KP_SHARED_BYTES == ATR_FO_KEY_BYTES &&
                   ATR_KP_COINS_BYTES == ATR_FO_COINS_BYTES,
               "the sizes of the transform");

#define HEADER_BYTES_MAX (ATR_G2_BYTES + ATR_ATTRS_MAX * ATR_G1_BYTES)

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
    uint8_t list[ATR_ATTRS_BYTES_MAX];
    atr_fo fo;
} transform;

/* c1_u = H(u)^s for all attributes */
static void write_c1(uint8_t *out, const transform *t, const atr_fr *s)
{
    const atr_attr_hash hash = atr_kp_hash(t->kp);
    const size_t count = t->attrs->count;
    const atr_attr *attr[ATR_ATTRS_MAX];
    atr_g1_affine point[ATR_ATTRS_MAX];

    for (size_t i = 0; i < count; i++) {
        attr[i] = &t->attrs->attr[i];
    }
    atr_attr_points_cached(point, &hash, attr, count);
    atr_attr_powers(point, point, count, s);
    for (size_t i = 0; i < count; i++) {
        atr_g1_write(out + i * ATR_G1_BYTES, &point[i]);
    }
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
        atr_gt_table_pow_many(z, &t->kp->a_table, &s, 1);
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
    const atr_kp_key *secret;
    atr_policy_rows rows;
    atr_held_rows held; /* at: where the capsule has the attribute */
    atr_g2_affine c2;
    atr_g1_affine c1[ATR_ATTRS_MAX];
    atr_g1_affine some[ATR_POLICY_ROWS_MAX];
    atr_fr some_weight[ATR_POLICY_ROWS_MAX];
    /* sums, one for each pair */
    size_t pairs;
    atr_g1 sum[1 + ATR_POLICY_ROWS_MAX];
    atr_g1_affine p[1 + ATR_POLICY_ROWS_MAX];
    atr_pair pair[1 + ATR_POLICY_ROWS_MAX];
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

/* prod k2_i^{w_i} with c2 */
static void pair_rows(opening *o)
{
    for (size_t k = 0; k < o->held.count; k++) {
        o->some[k] = o->secret->k2[o->held.row[k]];
    }
    atr_held_rows_sum(&o->sum[0], &o->held, o->some);
    o->pair[0] = (atr_pair){&o->p[0], &o->c2, NULL};
    o->pairs = 1;
}

/* 1 / prod_{j(i) = twist} c1_{u_i}^{w_i} with k1: public points. */
static void pair_twist(opening *o, const atr_kp *kp, size_t twist)
{
    const atr_kp_key *secret = o->secret;
    const atr_held_rows *held = &o->held;
    atr_g1 *sum = &o->sum[o->pairs];
    size_t count = 0;

    for (size_t k = 0; k < held->count; k++) {
        if (atr_kp_twist(kp, &o->rows, held->row[k]) == twist) {
            o->some[count] = o->c1[held->at[k]];
            o->some_weight[count++] = held->weight[k];
        }
    }
    if (count != 0) {
        atr_g1_sum_many_vartime(sum, o->some, o->some_weight, count);
        atr_g1_neg(sum, sum);
        o->pair[o->pairs] = (atr_pair){&o->p[o->pairs], &secret->k1[twist],
                                       twist == 0 ? &secret->k1_lines : NULL};
        o->pairs++;
    }
}

static void recover(atr_gt *z, opening *o, const atr_kp *kp)
{
    pair_rows(o);
    for (size_t j = 0; j < o->secret->twists; j++) {
        pair_twist(o, kp, j);
    }
    atr_g1_to_affine_many(o->p, o->sum, o->pairs);
    atr_pairing_product(z, o->pair, o->pairs);
}

/* GPSW pays a pairing for each row, FABEO-KP for each occurrence. */
static atr_share_cost cost_of(const atr_kp *kp)
{
    return kp->scheme == ATR_KP_GPSW ? (atr_share_cost){10, 0}
                                     : (atr_share_cost){1, 3};
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
    o.secret = secret;
    if ((err = read_header(&o, sealed)) == ATR_OK) {
        atr_policy_rows_of(&o.rows, &secret->policy);
        atr_held_rows_of(&o.held, plan, &secret->policy, &o.rows,
                         sealed->attrs);
        recover(&z, &o, kp);
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
