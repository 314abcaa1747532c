/* ibe.h - the two schemes for identities behind one table, and an authority of
 * each, for tests that hold for both.
 */
#ifndef KIT_IBE_H
#define KIT_IBE_H

#include "kit/kit.h"
#include "scheme/bf.h"
#include "scheme/dse09.h"

#define IBE_CAPSULE_MAX ATR_DSE09_CAPSULE_BYTES
#define IBE_KEY_MAX ATR_DSE09_KEY_BYTES

typedef struct {
    atr_bf_key bf;
    atr_dse09_key dse;
} ibe_key;

typedef struct {
    atr_fr s;
    atr_bf bf;
    atr_dse09_secret msk;
    atr_dse09 dse;
} ibe_authority;

typedef struct {
    const char *name;
    size_t header_len;
    size_t point_bytes; /* of one point of the header */
    size_t points;
    size_t key_len;
    void (*extract)(ibe_key *out, const ibe_authority *a,
                    const atr_identity *id, atr_rng *rng);
    atr_err (*check)(const ibe_authority *a, const ibe_key *key, atr_rng *rng);
    void (*encap)(uint8_t *capsule, uint8_t key[32], const ibe_authority *a,
                  const atr_identity *id, atr_bytes ad,
                  const uint8_t coins[32]);
    atr_err (*decap)(uint8_t key[32], const ibe_authority *a,
                     const ibe_key *secret, atr_bytes ad, atr_bytes capsule);
    void (*write)(uint8_t *out, const ibe_key *key);
    atr_err (*read)(ibe_key *out, const uint8_t *in);
    const uint8_t *(*hm)(const ibe_authority *a);
    atr_identity *(*id)(ibe_key *key);
} ibe_scheme;

static inline void bf_extract(ibe_key *out, const ibe_authority *a,
                              const atr_identity *id, atr_rng *rng)
{
    (void)rng;
    atr_bf_extract(&out->bf, &a->bf, &a->s, id);
}

static inline atr_err bf_check(const ibe_authority *a, const ibe_key *key,
                               atr_rng *rng)
{
    (void)rng;
    return atr_bf_key_check(&a->bf, &key->bf);
}

static inline void bf_encap(uint8_t *capsule, uint8_t key[32],
                            const ibe_authority *a, const atr_identity *id,
                            atr_bytes ad, const uint8_t coins[32])
{
    atr_bf_recipient to;

    atr_bf_recipient_init(&to, &a->bf, id);
    atr_bf_encap_derand(capsule, key, &to, ad, coins);
}

static inline atr_err bf_decap(uint8_t key[32], const ibe_authority *a,
                               const ibe_key *secret, atr_bytes ad,
                               atr_bytes capsule)
{
    return atr_bf_decap(key, &a->bf, &secret->bf, ad, capsule);
}

static inline void bf_write(uint8_t *out, const ibe_key *key)
{
    atr_bf_key_write(out, &key->bf);
}

static inline atr_err bf_read(ibe_key *out, const uint8_t *in)
{
    return atr_bf_key_read(&out->bf, in);
}

static inline const uint8_t *bf_hm(const ibe_authority *a)
{
    return a->bf.hm;
}

static inline atr_identity *bf_id(ibe_key *key)
{
    return &key->bf.id;
}

static inline void dse_extract(ibe_key *out, const ibe_authority *a,
                               const atr_identity *id, atr_rng *rng)
{
    atr_dse09_extract(&out->dse, &a->dse, &a->msk, id, rng);
}

static inline atr_err dse_check(const ibe_authority *a, const ibe_key *key,
                                atr_rng *rng)
{
    return atr_dse09_key_check(&a->dse, &key->dse, rng);
}

static inline void dse_encap(uint8_t *capsule, uint8_t key[32],
                             const ibe_authority *a, const atr_identity *id,
                             atr_bytes ad, const uint8_t coins[32])
{
    atr_dse09_encap_derand(capsule, key, &a->dse, id, ad, coins);
}

static inline atr_err dse_decap(uint8_t key[32], const ibe_authority *a,
                                const ibe_key *secret, atr_bytes ad,
                                atr_bytes capsule)
{
    return atr_dse09_decap(key, &a->dse, &secret->dse, ad, capsule);
}

static inline void dse_write(uint8_t *out, const ibe_key *key)
{
    atr_dse09_key_write(out, &key->dse);
}

static inline atr_err dse_read(ibe_key *out, const uint8_t *in)
{
    return atr_dse09_key_read(&out->dse, in);
}

static inline const uint8_t *dse_hm(const ibe_authority *a)
{
    return a->dse.hm;
}

static inline atr_identity *dse_id(ibe_key *key)
{
    return &key->dse.id;
}

static const ibe_scheme ibe_schemes[2] = {
    {"bf", ATR_G2_BYTES, ATR_G2_BYTES, 1, ATR_BF_KEY_BYTES, bf_extract,
     bf_check, bf_encap, bf_decap, bf_write, bf_read, bf_hm, bf_id},
    {"dse09", ATR_DSE09_HEADER_BYTES, ATR_G1_BYTES, ATR_DSE09_HEADER_POINTS,
     ATR_DSE09_KEY_BYTES, dse_extract, dse_check, dse_encap, dse_decap,
     dse_write, dse_read, dse_hm, dse_id},
};

#define EACH_IBE(x)                                                            \
    for (const ibe_scheme *x = ibe_schemes; x < ibe_schemes + 2; x++)

static inline void ibe_authority_init(ibe_authority *a, uint64_t seed)
{
    uint8_t bf_mpk[ATR_BF_MPK_BYTES];
    uint8_t dse_mpk[ATR_DSE09_MPK_BYTES];
    atr_rng rng;

    kit_rng(&rng, seed);
    atr_bf_setup(&a->s, bf_mpk, &rng);
    assert_int_equal(atr_bf_init(&a->bf, bf_mpk), ATR_OK);
    atr_dse09_setup(&a->msk, dse_mpk, &rng);
    assert_int_equal(atr_dse09_init(&a->dse, dse_mpk), ATR_OK);
}

static inline atr_identity identity_of(const char *name, uint32_t period)
{
    const atr_bytes bytes = {(const uint8_t *)name, strlen(name)};
    atr_identity out;

    assert_int_equal(atr_identity_of(&out, bytes, period), ATR_OK);
    return out;
}

#endif
