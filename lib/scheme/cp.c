#include "scheme/cp.h"

#include <assert.h>

#include "scheme/cp_parts.h"

static size_t header_len(const atr_cp_scheme *scheme,
                         const atr_policy_rows *rows)
{
    return scheme->head_bytes + rows->count * scheme->row_bytes;
}

bool atr_cp_takes(const atr_cp *cp, const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    return !cp->scheme->one_use || rows.repeats == 1;
}

size_t atr_cp_capsule_len(const atr_cp *cp, const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    return header_len(cp->scheme, &rows) + ATR_FO_MASKED_BYTES;
}

static void begin(atr_cp_transform *t, const atr_cp *cp,
                  const atr_policy *policy, atr_bytes ad)
{
    atr_builder tree = atr_builder_of(t->tree, sizeof t->tree);

    atr_policy_build(&tree, policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    atr_policy_rows_of(&t->rows, policy);
    t->cp = cp;
    t->policy = policy;
    t->fo = (atr_fo){
        .encap = cp->scheme->encap,
        .context = t,
        .header_len = header_len(cp->scheme, &t->rows),
        .hm = {cp->hm, ATR_MPK_HASH_BYTES},
        .to = atr_builder_bytes(&tree),
        .ad = ad,
    };
}

atr_err atr_cp_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                            const atr_cp *cp, const atr_policy *policy,
                            atr_bytes ad,
                            const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    atr_cp_transform t;

    if (!atr_cp_takes(cp, policy)) {
        memset(key, 0, ATR_KEM_KEY_BYTES);
        return ATR_ERR_INPUT;
    }
    begin(&t, cp, policy, ad);
    atr_fo_encap(capsule, key, &t.fo, coins);
    atr_wipe_stack();
    return ATR_OK;
}

atr_err atr_cp_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                     const atr_cp *cp, const atr_policy *policy, atr_bytes ad,
                     atr_rng *rng)
{
    uint8_t coins[ATR_KEM_COINS_BYTES];
    atr_err err;

    atr_rng_bytes(rng, coins, sizeof coins);
    ATR_SECRET(coins, sizeof coins);
    err = atr_cp_encap_derand(capsule, key, cp, policy, ad, coins);
    atr_wipe(coins, sizeof coins);
    return err;
}

atr_err atr_cp_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES], const atr_cp *cp,
                            const atr_share_plan *plan,
                            const atr_cp_sealed *sealed)
{
    uint8_t again[ATR_CP_HEADER_BYTES_MAX];
    atr_cp_transform t;
    atr_held_rows held;
    atr_gt z;
    atr_err err;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    begin(&t, cp, sealed->policy, sealed->ad);
    if (sealed->capsule.len != t.fo.header_len + ATR_FO_MASKED_BYTES) {
        return ATR_ERR_AUTH;
    }
    atr_held_rows_of(&held, plan, sealed->policy, &t.rows, cp->attrs);
    err = cp->scheme->open(&z, &t, &held, sealed->capsule.data);
    if (err == ATR_OK) {
        err = atr_fo_decap(key, again, &t.fo, &z, sealed->capsule.data);
    }
    atr_wipe(&z, sizeof z);
    atr_wipe_stack();
    return err;
}

atr_err atr_cp_decap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_cp *cp,
                     const atr_cp_sealed *sealed)
{
    atr_share_plan plan;
    atr_err err = ATR_ERR_INPUT;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    if (!atr_cp_takes(cp, sealed->policy) ||
        (err = atr_share_plan_make(&plan, sealed->policy, cp->attrs,
                                   cp->scheme->cost)) != ATR_OK) {
        return err;
    }
    return atr_cp_decap_forced(key, cp, &plan, sealed);
}

/* The interface of kem.h -------------------------------------------------- */

static size_t kem_capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    return atr_cp_capsule_len(kem->context, policy);
}

static void kem_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                      const atr_kem *kem, const atr_policy *policy,
                      atr_bytes ad, const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    atr_err err =
        atr_cp_encap_derand(capsule, key, kem->context, policy, ad, coins);

    assert(err == ATR_OK); /* the policy is such as atr_cp_takes */
    (void)err;
}

static void kem_decap(atr_kem_opening *items, size_t count, const atr_kem *kem,
                      const atr_abe_key *secret, const atr_policy *policy)
{
    (void)secret;
    for (size_t i = 0; i < count; i++) {
        const atr_cp_sealed sealed = {policy, items[i].ad, items[i].capsule};

        items[i].err = atr_cp_decap(items[i].key, kem->context, &sealed);
    }
}

atr_kem atr_cp_kem(const atr_cp *cp)
{
    atr_kem kem = {
        .context = cp,
        .scheme = cp->scheme->id,
        .capsule_len = kem_capsule_len,
        .encap = kem_encap,
        .decap = kem_decap,
    };

    memcpy(kem.hm, cp->hm, sizeof kem.hm);
    return kem;
}
