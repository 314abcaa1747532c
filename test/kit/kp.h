/* kp.h - an authority of key-policy encryption for tests. */
#ifndef KIT_KP_H
#define KIT_KP_H

#include "kit/abe.h"
#include "scheme/kp.h"

typedef struct {
    atr_fr alpha;
    uint8_t mpk[ATR_KP_MPK_BYTES];
    atr_kp kp;
} kp_authority;

static const atr_kp_scheme kp_schemes[] = {ATR_KP_FABEO, ATR_KP_GPSW};
#define KP_SCHEMES 2

/* One a scheme, made once for each program. */
static inline const kp_authority *kp_authority_of(size_t scheme)
{
    static kp_authority all[KP_SCHEMES];
    static bool ready[KP_SCHEMES];

    if (!ready[scheme]) {
        kp_authority *a = &all[scheme];
        atr_rng rng;

        kit_rng(&rng, 2000 + scheme);
        atr_kp_setup(&a->alpha, a->mpk, kp_schemes[scheme], &rng);
        assert_int_equal(atr_kp_init(&a->kp, a->mpk), ATR_OK);
        ready[scheme] = true;
    }
    return &all[scheme];
}

static inline void kp_key_of(atr_kp_key *out, const kp_authority *a,
                             const char *policy, atr_rng *rng)
{
    atr_policy tree;

    policy_of(&tree, policy);
    atr_kp_keygen(out, &a->kp, &a->alpha, &tree, rng);
}

#define KP_CAPSULE_BYTES_MAX (96 + 64 * 48 + 32)

/* A capsule to a set of attributes. */
typedef struct {
    atr_attrs attrs;
    uint8_t bytes[KP_CAPSULE_BYTES_MAX];
    uint8_t key[ATR_KP_SHARED_BYTES];
    atr_kp_sealed sealed;
} kp_letter;

static inline void kp_letter_to(kp_letter *out, const kp_authority *a,
                                const char *attrs, atr_rng *rng)
{
    attrs_of(&out->attrs, attrs);
    assert_true(atr_kp_capsule_len(&out->attrs) <= sizeof out->bytes);
    atr_kp_encap(out->bytes, out->key, &a->kp, &out->attrs,
                 ATR_LITERAL("context"), rng);
    out->sealed = (atr_kp_sealed){
        .attrs = &out->attrs,
        .ad = ATR_LITERAL("context"),
        .capsule = {out->bytes, atr_kp_capsule_len(&out->attrs)},
    };
}

/* Every row of the policy, each with weight 1. */
static inline void kp_plan_of_all(atr_share_plan *plan,
                                  const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    *plan = (atr_share_plan){.count = rows.count, .all_ones = true};
    for (size_t i = 0; i < rows.count; i++) {
        plan->row[i] = (uint16_t)i;
    }
}

#endif
