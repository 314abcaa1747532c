/* cp.h - FAME and W09 with one face, and authorities of both for tests. */
#ifndef KIT_CP_H
#define KIT_CP_H

#include "kit/abe.h"
#include "scheme/fame.h"
#include "scheme/w09.h"

enum { CP_W09, CP_FAME, CP_SCHEMES };

typedef struct {
    unsigned scheme;
    atr_w09_master w09_master;
    atr_fame_master fame_master;
    uint8_t mpk[ATR_FAME_MPK_BYTES];
    atr_w09 w09;
    atr_fame fame;
} cp_authority;

/* Two a scheme, made once for each program. */
static inline const cp_authority *cp_authority_of(unsigned scheme,
                                                  unsigned which)
{
    static cp_authority all[CP_SCHEMES][2];
    static bool ready[CP_SCHEMES][2];
    cp_authority *a = &all[scheme][which];
    atr_rng rng;

    if (ready[scheme][which]) {
        return a;
    }
    kit_rng(&rng, 3000 + 2 * scheme + which);
    a->scheme = scheme;
    if (scheme == CP_W09) {
        atr_w09_setup(&a->w09_master, a->mpk, &rng);
        assert_int_equal(atr_w09_init(&a->w09, a->mpk), ATR_OK);
    } else {
        atr_fame_setup(&a->fame_master, a->mpk, &rng);
        assert_int_equal(atr_fame_init(&a->fame, a->mpk), ATR_OK);
    }
    ready[scheme][which] = true;
    return a;
}

typedef struct {
    atr_w09_key w09;
    atr_fame_key fame;
} cp_key;

static inline atr_attrs *cp_attrs(const cp_authority *a, cp_key *key)
{
    return a->scheme == CP_W09 ? &key->w09.attrs : &key->fame.attrs;
}

static inline void cp_key_of(cp_key *out, const cp_authority *a,
                             const char *attrs, atr_rng *rng)
{
    atr_attrs list;

    attrs_of(&list, attrs);
    if (a->scheme == CP_W09) {
        atr_w09_keygen(&out->w09, &a->w09, &a->w09_master, &list, rng);
    } else {
        atr_fame_keygen(&out->fame, &a->fame, &a->fame_master, &list, rng);
    }
}

static inline atr_err cp_key_check(const cp_authority *a, const cp_key *key,
                                   atr_rng *rng)
{
    return a->scheme == CP_W09 ? atr_w09_key_check(&a->w09, &key->w09, rng)
                               : atr_fame_key_check(&a->fame, &key->fame, rng);
}

static inline void cp_key_build(atr_builder *builder, const cp_authority *a,
                                const cp_key *key)
{
    if (a->scheme == CP_W09) {
        atr_w09_key_build(builder, &key->w09);
    } else {
        atr_fame_key_build(builder, &key->fame);
    }
}

static inline atr_err cp_key_read(cp_key *out, const cp_authority *a,
                                  atr_bytes in)
{
    return a->scheme == CP_W09 ? atr_w09_key_read(&out->w09, in)
                               : atr_fame_key_read(&out->fame, in);
}

/* All the points of a key; returns how many. */
static inline size_t cp_key_g1(const cp_authority *a, cp_key *key,
                               atr_g1_affine *out[3 + 3 * ATR_ATTRS_MAX])
{
    size_t attrs = cp_attrs(a, key)->count;
    size_t count = 0;

    for (size_t t = 0; a->scheme == CP_FAME && t < 3; t++) {
        out[count++] = &key->fame.own[t];
    }
    for (size_t i = 0; i < attrs; i++) {
        for (size_t t = 0; a->scheme == CP_FAME && t < 3; t++) {
            out[count++] = &key->fame.ku[i][t];
        }
        if (a->scheme == CP_W09) {
            out[count++] = &key->w09.ku[i];
        }
    }
    return count;
}

static inline size_t cp_key_g2(const cp_authority *a, cp_key *key,
                               atr_g2_affine *out[3])
{
    if (a->scheme == CP_W09) {
        out[0] = &key->w09.k;
        out[1] = &key->w09.l;
        return 2;
    }
    for (size_t l = 0; l < 3; l++) {
        out[l] = &key->fame.k0[l];
    }
    return 3;
}

/* After a point in G2 was changed. */
static inline void cp_key_ready(const cp_authority *a, cp_key *key)
{
    if (a->scheme == CP_W09) {
        atr_w09_key_ready(&key->w09);
    } else {
        atr_fame_key_ready(&key->fame);
    }
}

/* Takes into `key` what `other` has for its attribute `from`, as `to`. */
static inline void cp_take(const cp_authority *a, cp_key *key, size_t to,
                           const cp_key *other, size_t from)
{
    if (a->scheme == CP_W09) {
        key->w09.ku[to] = other->w09.ku[from];
    } else {
        memcpy(key->fame.ku[to], other->fame.ku[from], sizeof key->fame.ku[to]);
    }
}

#define CP_CAPSULE_BYTES_MAX 16384

/* A capsule under a policy. */
typedef struct {
    atr_policy policy;
    atr_bytes ad;
    size_t len;
    uint8_t bytes[CP_CAPSULE_BYTES_MAX];
    uint8_t key[ATR_KEM_KEY_BYTES];
} cp_letter;

/* What the two share; `key` may be NULL. */
static inline atr_cp cp_of(const cp_authority *a, const cp_key *key)
{
    if (a->scheme == CP_W09) {
        return atr_w09_cp(&a->w09, key == NULL ? NULL : &key->w09);
    }
    return atr_fame_cp(&a->fame, key == NULL ? NULL : &key->fame);
}

/* ATR_ERR_INPUT for a policy that the scheme does not take. */
static inline atr_err cp_seal(cp_letter *out, const cp_authority *a,
                              const char *policy, const uint8_t *coins)
{
    const atr_cp cp = cp_of(a, NULL);

    policy_of(&out->policy, policy);
    out->ad = ATR_LITERAL("context");
    out->len = atr_cp_capsule_len(&cp, &out->policy);
    assert_true(out->len <= sizeof out->bytes);
    return atr_cp_encap_derand(out->bytes, out->key, &cp, &out->policy, out->ad,
                               coins);
}

static inline void cp_letter_to(cp_letter *out, const cp_authority *a,
                                const char *policy, atr_rng *rng)
{
    uint8_t coins[ATR_KEM_COINS_BYTES];

    atr_rng_bytes(rng, coins, sizeof coins);
    assert_int_equal(cp_seal(out, a, policy, coins), ATR_OK);
}

/* With a plan: whatever the attributes. */
static inline atr_err cp_open(uint8_t got[ATR_KEM_KEY_BYTES],
                              const cp_authority *a, const cp_key *key,
                              const cp_letter *letter,
                              const atr_share_plan *plan)
{
    const atr_cp cp = cp_of(a, key);
    const atr_cp_sealed sealed = {
        &letter->policy, letter->ad, {letter->bytes, letter->len}};

    return plan == NULL ? atr_cp_decap(got, &cp, &sealed)
                        : atr_cp_decap_forced(got, &cp, plan, &sealed);
}

#endif
