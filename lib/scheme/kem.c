#include "scheme/kem.h"

#include <assert.h>

#include "policy/policy_wire.h"
#include "scheme/fo.h"
#include "scheme/forced.h"

#define HEADER_BYTES_MAX                                                       \
    ((1 + ATR_POLICY_ROWS_MAX) * ATR_G2_BYTES +                                \
     ATR_POLICY_ROWS_MAX * ATR_G1_BYTES)

/* The transform of fo.h over a scheme of abe.h --------------------------- */

/* One capsule: what its core needs, and the policy in its byte form. */
typedef struct {
    const atr_abe *abe;
    const atr_policy *policy;
    uint8_t tree[ATR_POLICY_BYTES_MAX];
    atr_fo fo;
} transform;

static void encap_core(uint8_t *header, atr_gt *z, const void *context,
                       atr_rng *coins)
{
    const transform *t = context;
    atr_gt unused;

    t->abe->scheme->encap(header, z != NULL ? z : &unused, t->abe, t->policy,
                          coins);
    atr_wipe(&unused, sizeof unused);
}

static size_t header_len(const atr_abe *abe, const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    return abe->scheme->header_len(&rows);
}

static void begin(transform *t, const atr_abe *abe, const atr_policy *policy,
                  atr_bytes ad)
{
    atr_builder tree = atr_builder_of(t->tree, sizeof t->tree);

    atr_policy_build(&tree, policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    t->abe = abe;
    t->policy = policy;
    t->fo = (atr_fo){
        .encap = encap_core,
        .context = t,
        .header_len = header_len(abe, policy),
        .hm = ATR_BYTES(abe->hm),
        .to = atr_builder_bytes(&tree),
        .ad = ad,
    };
}

static size_t capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    return header_len(kem->context, policy) + ATR_FO_MASKED_BYTES;
}

static void encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                  const atr_kem *kem, const atr_policy *policy, atr_bytes ad,
                  const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    transform t;

    begin(&t, kem->context, policy, ad);
    atr_fo_encap(capsule, key, &t.fo, coins);
}

/* With the rows of `plan`; the satisfaction check is the caller's. */
static atr_err decap_with(uint8_t key[ATR_KEM_KEY_BYTES], const atr_abe *abe,
                          const atr_abe_key *secret, const atr_policy *policy,
                          const atr_share_plan *plan, atr_bytes ad,
                          atr_bytes capsule)
{
    atr_bytes header = {capsule.data, capsule.len - ATR_FO_MASKED_BYTES};
    uint8_t again[HEADER_BYTES_MAX];
    transform t;
    atr_gt z;
    atr_err err;

    err = abe->scheme->decap(&z, abe, secret, policy, plan, header);
    if (err == ATR_OK) {
        begin(&t, abe, policy, ad);
        err = atr_fo_decap(key, again, &t.fo, &z, capsule.data);
    }
    atr_wipe(&z, sizeof z);
    return err;
}

static atr_err decap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_kem *kem,
                     const atr_abe_key *secret, const atr_policy *policy,
                     atr_bytes ad, atr_bytes capsule)
{
    const atr_abe *abe = kem->context;
    atr_share_plan plan;
    atr_err err;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    err = atr_share_plan_make(&plan, policy, &secret->attrs, abe->scheme->cost);
    if (err != ATR_OK) {
        return err;
    }
    if (capsule.len != capsule_len(kem, policy)) {
        return ATR_ERR_AUTH;
    }
    return decap_with(key, abe, secret, policy, &plan, ad, capsule);
}

/* The interface -------------------------------------------------------- */

atr_kem atr_kem_of(const atr_abe *abe)
{
    atr_kem kem = {
        .context = abe,
        .scheme = abe->mpk.scheme,
        .capsule_len = capsule_len,
        .encap = encap,
        .decap = decap,
    };

    memcpy(kem.hm, abe->hm, sizeof kem.hm);
    return kem;
}

size_t atr_kem_capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    return kem->capsule_len(kem, policy);
}

void atr_kem_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                          const atr_kem *kem, const atr_policy *policy,
                          atr_bytes ad,
                          const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    kem->encap(capsule, key, kem, policy, ad, coins);
}

void atr_kem_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                   const atr_kem *kem, const atr_policy *policy, atr_bytes ad,
                   atr_rng *rng)
{
    uint8_t coins[ATR_KEM_COINS_BYTES];

    atr_rng_bytes(rng, coins, sizeof coins);
    ATR_SECRET(coins, sizeof coins);
    atr_kem_encap_derand(capsule, key, kem, policy, ad, coins);
    atr_wipe(coins, sizeof coins);
}

atr_err atr_kem_decap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_kem *kem,
                      const atr_abe_key *secret, const atr_policy *policy,
                      atr_bytes ad, atr_bytes capsule)
{
    return kem->decap(key, kem, secret, policy, ad, capsule);
}

atr_err atr_kem_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES], const atr_kem *kem,
                             const atr_abe_key *secret,
                             const atr_policy *policy, atr_bytes ad,
                             atr_bytes capsule)
{
    const atr_abe *abe = kem->context;
    atr_forced_try attempt;
    atr_err err = ATR_ERR_AUTH;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    if (kem->decap != decap) { /* a stand-in has no algebra to attack */
        return kem->decap(key, kem, secret, policy, ad, capsule);
    }
    if (capsule.len != capsule_len(kem, policy)) {
        return ATR_ERR_AUTH;
    }
    atr_forced_begin(&attempt, abe, secret, policy);
    while (err != ATR_OK && atr_forced_next(&attempt)) {
        err = decap_with(key, abe, &attempt.key, policy, &attempt.plan, ad,
                         capsule);
    }
    atr_forced_wipe(&attempt);
    return err;
}
