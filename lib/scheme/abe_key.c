/* Keys: how they are made and verified, one or many at a time. */
#include <assert.h>

#include "curve/batch.h"
#include "scheme/abe.h"
#include "scheme/attr_points.h"
#include "scheme/hedge.h"

#define PART 32 /* points taken together; so many fill the lanes */

/* ---- the attributes of many keys, as one row of places ---- */

typedef struct {
    size_t key;
    size_t attr;
} place;

/* The next places, at most PART, from `*from` on, which moves. */
static size_t next_part(place out[PART], place *from,
                        const atr_abe_key *const *keys, size_t count)
{
    size_t n = 0;

    while (n < PART && from->key < count) {
        if (from->attr < keys[from->key]->attrs.count) {
            out[n++] = *from;
            from->attr++;
        } else {
            from->key++;
            from->attr = 0;
        }
    }
    return n;
}

static void hash_part(atr_g1_affine out[PART], const atr_abe *abe,
                      const atr_abe_key *const *keys, const place *at,
                      size_t count)
{
    const atr_attr *attr[PART];

    for (size_t i = 0; i < count; i++) {
        attr[i] = &keys[at[i].key]->attrs.attr[at[i].attr];
    }
    atr_abe_attr_points(out, abe, attr, count);
}

/* ---- making ---- */

/* The exponent of a key. */
static void draw_exponent(atr_fr *r, const atr_abe *abe, const atr_fr *alpha,
                          const atr_attrs *attrs, atr_rng *rng)
{
    uint8_t secret[ATR_FR_BYTES];
    const atr_hedge hedge = {
        .secret = ATR_BYTES(secret),
        .domain = ATR_LITERAL("ATR1/KEYGEN"),
        .hm = ATR_BYTES(abe->hm),
    };
    atr_rng hedged;

    atr_fr_write(secret, alpha);
    atr_hedge_rng_of(&hedged, &hedge, attrs, rng);
    atr_fr_random(r, &hedged);
    atr_rng_wipe(&hedged);
    atr_wipe(secret, sizeof secret);
}

/* k2[u] = H(u)^r of each key. */
static void make_k2(const atr_abe_asked *items, size_t count,
                    const atr_abe *abe, const atr_fr *r)
{
    const atr_abe_key *keys[ATR_ABE_KEYS_TOGETHER];
    atr_g1_affine point[PART];
    atr_fr exponent[PART];
    atr_g1 power[PART];
    place at[PART];
    place from = {0, 0};
    size_t part;

    for (size_t i = 0; i < count; i++) {
        keys[i] = items[i].key;
    }
    while ((part = next_part(at, &from, keys, count)) > 0) {
        hash_part(point, abe, keys, at, part);
        for (size_t i = 0; i < part; i++) {
            exponent[i] = r[at[i].key];
        }
        atr_g1_mul_many(power, point, exponent, part);
        atr_g1_to_affine_many(point, power, part);
        for (size_t i = 0; i < part; i++) {
            items[at[i].key].key->k2[at[i].attr] = point[i];
        }
    }
    atr_wipe(point, sizeof point);
    atr_wipe(exponent, sizeof exponent);
    atr_wipe(power, sizeof power);
}

/* k3 = g1^alpha base^r of each. */
static void make_k3(const atr_abe_asked *items, size_t count,
                    const atr_abe *abe, const atr_fr *alpha, const atr_fr *r)
{
    atr_g1_affine affine[ATR_ABE_KEYS_TOGETHER];
    atr_g1 k3[ATR_ABE_KEYS_TOGETHER];
    atr_g1 master;

    atr_g1_table_mul_many(&master, &abe->g1_table, alpha, 1);
    atr_g1_table_mul_many(k3, &abe->base_table, r, count);
    for (size_t i = 0; i < count; i++) {
        atr_g1_add(&k3[i], &k3[i], &master);
    }
    atr_g1_to_affine_many(affine, k3, count);
    for (size_t i = 0; i < count; i++) {
        items[i].key->k3 = affine[i];
    }
    atr_wipe(affine, sizeof affine);
    atr_wipe(k3, sizeof k3);
    atr_wipe(&master, sizeof master);
}

/* (3): k1 = g2^r, k2[u] = H(u)^r, k3 = g1^alpha base^r. */
void atr_abe_keygen_many(const atr_abe_asked *items, size_t count,
                         const atr_abe *abe, const atr_fr *alpha)
{
    atr_fr r[ATR_ABE_KEYS_TOGETHER] = {{{0}}};
    atr_g2_affine affine[ATR_ABE_KEYS_TOGETHER];
    atr_g2 k1[ATR_ABE_KEYS_TOGETHER];

    assert(count <= ATR_ABE_KEYS_TOGETHER);
    for (size_t i = 0; i < count; i++) {
        memset(items[i].key, 0, sizeof *items[i].key);
        items[i].key->attrs = *items[i].attrs;
        draw_exponent(&r[i], abe, alpha, items[i].attrs, items[i].rng);
    }
    atr_g2_table_mul_many(k1, &abe->g2_table, r, count);
    atr_g2_to_affine_many(affine, k1, count);
    make_k2(items, count, abe, r);
    make_k3(items, count, abe, alpha, r);
    for (size_t i = 0; i < count; i++) {
        items[i].key->k1 = affine[i];
        atr_abe_key_ready(items[i].key);
    }
    atr_wipe(r, sizeof r);
    atr_wipe(affine, sizeof affine);
    atr_wipe(k1, sizeof k1);
}

void atr_abe_keygen(atr_abe_key *out, const atr_abe *abe, const atr_fr *alpha,
                    const atr_attrs *attrs, atr_rng *rng)
{
    atr_abe_keygen_many(&(atr_abe_asked){attrs, rng, out}, 1, abe, alpha);
}

/* ---- verifying ---- */

/* k3 prod k2[u]^{d_u} and base prod H(u)^{d_u} for random weights d_u.
 * The points of the key are secret, those of the hash are not. */
static void weigh_key(atr_g1_affine out[2], const atr_abe *abe,
                      const atr_abe_key *key, atr_rng *rng)
{
    const atr_attr_hash hash = {abe->scheme->attr_dst, abe->hm, NULL};
    atr_g1 sum[2];

    atr_attr_weigh(sum, &hash, &key->attrs, key->k2, rng);
    atr_g1_add_affine(&sum[0], &sum[0], &key->k3);
    atr_g1_add_affine(&sum[1], &sum[1], &abe->base);
    atr_g1_to_affine_many(out, sum, 2);
    atr_wipe(sum, sizeof sum);
}

/* (7): e(k3 prod k2[u]^{d_u}, g2) = A e(base prod H(u)^{d_u}, k1). */
atr_err atr_abe_key_check(const atr_abe *abe, const atr_gt *a,
                          const atr_abe_key *key, atr_rng *rng)
{
    atr_g1_affine p[2];
    const atr_pair pairs[2] = {{&p[0], &atr_g2_generator, NULL},
                               {&p[1], &key->k1, &key->k1_lines}};
    atr_g1 side;
    atr_gt quotient;
    atr_mask good;

    weigh_key(p, abe, key, rng);
    atr_g1_from_affine(&side, &p[1]);
    atr_g1_neg(&side, &side);
    atr_g1_to_affine(&p[1], &side);
    atr_pairing_product(&quotient, pairs, 2);
    good = atr_gt_equal(&quotient, a);
    ATR_PUBLIC(&good, sizeof good); /* one bit: accepted or not */
    if (atr_g2_affine_is_identity_vartime(&key->k1)) {
        good = 0; /* r = 0 would show g1^alpha */
    }
    atr_wipe(p, sizeof p);
    atr_wipe(&quotient, sizeof quotient);
    return good ? ATR_OK : ATR_ERR_AUTH;
}

/* The sides of (7) for many keys under weights of their own. */
typedef struct {
    atr_g1 left;                         /* prod k3^e k2[u]^d of all */
    atr_g1 right[ATR_ABE_KEYS_TOGETHER]; /* base^e prod H(u)^d of each */
    atr_fr total;                        /* the sum of the e */
} sides;

static void weigh_k3(sides *out, const atr_abe *abe,
                     const atr_abe_key *const *keys, size_t count, atr_rng *rng)
{
    atr_g1_affine k3[ATR_ABE_KEYS_TOGETHER];
    atr_fr e[ATR_ABE_KEYS_TOGETHER];

    for (size_t i = 0; i < count; i++) {
        atr_fr_weight(&e[i], rng);
        atr_fr_add(&out->total, &out->total, &e[i]);
        k3[i] = keys[i]->k3;
    }
    atr_g1_sum_many(&out->left, k3, e, count);
    atr_g1_table_mul_many(out->right, &abe->base_table, e, count);
    atr_wipe(k3, sizeof k3);
}

static void weigh_k2(sides *out, const atr_abe *abe,
                     const atr_abe_key *const *keys, size_t count, atr_rng *rng)
{
    atr_g1_affine hashed[PART];
    atr_g1_affine k2[PART];
    atr_g1 term[PART];
    atr_fr d[PART];
    place at[PART];
    place from = {0, 0};
    atr_g1 sum;
    size_t part;

    while ((part = next_part(at, &from, keys, count)) > 0) {
        hash_part(hashed, abe, keys, at, part);
        for (size_t i = 0; i < part; i++) {
            atr_fr_weight(&d[i], rng);
            k2[i] = keys[at[i].key]->k2[at[i].attr];
        }
        atr_g1_sum_many(&sum, k2, d, part);
        atr_g1_add(&out->left, &out->left, &sum);
        atr_g1_mul_many_vartime(term, hashed, d, part);
        for (size_t i = 0; i < part; i++) {
            atr_g1 *right = &out->right[at[i].key];

            atr_g1_add(right, right, &term[i]);
        }
    }
    atr_wipe(k2, sizeof k2);
    atr_wipe(&sum, sizeof sum);
}

/* (7) of all keys multiplied, each under a weight e of its own:
 * e(prod k3^e k2[u]^d, g2) = A^{sum e} prod e(base^e prod H(u)^d, k1). */
static atr_err check_together(const atr_abe *abe, const atr_gt *a,
                              const atr_abe_key *const *keys, size_t count,
                              atr_rng *rng)
{
    atr_g1_affine p[ATR_ABE_KEYS_TOGETHER + 1];
    atr_pair pairs[ATR_ABE_KEYS_TOGETHER + 1];
    sides s = {.total = {{0}}};
    atr_gt product;
    atr_gt want;
    atr_mask good;

    weigh_k3(&s, abe, keys, count, rng);
    weigh_k2(&s, abe, keys, count, rng);
    for (size_t i = 0; i < count; i++) {
        atr_g1_neg(&s.right[i], &s.right[i]);
        pairs[i] = (atr_pair){&p[i], &keys[i]->k1, &keys[i]->k1_lines};
    }
    atr_g1_to_affine_many(p, s.right, count);
    atr_g1_to_affine(&p[count], &s.left);
    pairs[count] = (atr_pair){&p[count], &atr_g2_generator, NULL};
    atr_pairing_product(&product, pairs, count + 1);
    atr_gt_pow_vartime(&want, a, &s.total);
    good = atr_gt_equal(&product, &want);
    ATR_PUBLIC(&good, sizeof good);
    atr_wipe(p, sizeof p);
    atr_wipe(&s, sizeof s);
    atr_wipe(&product, sizeof product);
    return good ? ATR_OK : ATR_ERR_AUTH;
}

atr_err atr_abe_keys_check(const atr_abe *abe, const atr_gt *a,
                           const atr_abe_key *const *keys, size_t count,
                           atr_rng *rng)
{
    assert(count <= ATR_ABE_KEYS_TOGETHER);
    for (size_t i = 0; i < count; i++) {
        if (atr_g2_affine_is_identity_vartime(&keys[i]->k1)) {
            return ATR_ERR_AUTH; /* r = 0 would show g1^alpha */
        }
    }
    if (count == 1) {
        return atr_abe_key_check(abe, a, keys[0], rng);
    }
    return count == 0 ? ATR_OK : check_together(abe, a, keys, count, rng);
}
