/* cheat.h - capsules of somebody who does not follow the rules. */
#ifndef KIT_CHEAT_H
#define KIT_CHEAT_H

#include "kit/abe.h"
#include "policy/policy_wire.h"
#include "sym/hash.h"

/* What goes into a capsule, and how its header is changed on the way. */
typedef struct {
    const authority *who;
    const atr_policy *policy;
    const char *ad;
    uint8_t coins[32];
    void (*change)(uint8_t *header, void *data);
    void *data;
} cheat_making;

/* The capsule of somebody who knows what is inside: honest but for the change,
 * and masked to fit; `z` is its Z. Written from the equations of
 * doc/scheme/kem.md, so that with nothing changed it must be what
 * atr_kem_encap_derand makes. */
static inline void cheat_capsule(uint8_t *capsule, atr_gt *z,
                                 const cheat_making *from)
{
    const authority *a = from->who;
    uint8_t memory[4096];
    uint8_t tree_memory[512];
    uint8_t seed_kbar[64];
    uint8_t z_bytes[ATR_GT_BYTES];
    uint8_t mask[32];
    const size_t len = atr_kem_capsule_len(&a->kem, from->policy) - 32;
    const atr_bytes none = {NULL, 0};
    atr_builder tree = atr_builder_of(tree_memory, sizeof tree_memory);
    atr_builder ikm = atr_builder_of(memory, sizeof memory);
    atr_rng from_seed;

    atr_policy_build(&tree, from->policy);
    atr_build_field(&ikm, ATR_BYTES(a->abe.hm));
    atr_build_field(&ikm, atr_builder_bytes(&tree));
    atr_build_field(&ikm, bytes_of(from->ad));
    atr_build_field(&ikm, ATR_BYTES(from->coins));
    atr_kdf(seed_kbar, 64, "ATR1/FO/G", atr_builder_bytes(&ikm), none);
    atr_rng_init(&from_seed, seed_kbar);
    scheme_encap(capsule, z, a, from->policy, &from_seed);
    if (from->change != NULL) {
        from->change(capsule, from->data);
    }
    atr_gt_write(z_bytes, z);
    ikm = atr_builder_of(memory, sizeof memory);
    atr_build_field(&ikm, ATR_BYTES(z_bytes));
    atr_build_field(&ikm, (atr_bytes){capsule, len});
    assert_int_equal(atr_builder_end(&ikm), ATR_OK);
    atr_kdf(mask, 32, "ATR1/FO/mask", atr_builder_bytes(&ikm), none);
    for (size_t i = 0; i < 32; i++) {
        capsule[len + i] = from->coins[i] ^ mask[i];
    }
}

#endif
