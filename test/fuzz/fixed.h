/* fixed.h - one authority, policy and key for fuzz targets: the same in every
 * run, made once. */
#ifndef FIXED_H
#define FIXED_H

#include <stdlib.h>

#include "policy/policy_text.h"
#include "scheme/kem.h"

typedef struct {
    atr_abe abe;
    atr_kem kem;
    atr_policy policy; /* X or Y */
    atr_abe_key key;   /* for X */
    atr_rng rng;
} fixed_world;

static inline void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static inline fixed_world *fixed(uint8_t scheme)
{
    static fixed_world worlds[2];
    static bool ready[2];
    fixed_world *w = &worlds[scheme - 1];

    if (!ready[scheme - 1]) {
        const uint8_t seed[ATR_SEED_BYTES] = {scheme};
        atr_attrs attrs;
        atr_mpk mpk;
        atr_fr alpha;

        atr_rng_init(&w->rng, seed);
        atr_abe_setup(&alpha, &mpk, scheme, &w->rng);
        must(atr_abe_init(&w->abe, &mpk) == ATR_OK);
        w->kem = atr_kem_of(&w->abe);
        must(atr_policy_parse(&w->policy, ATR_LITERAL("X or Y"), NULL) ==
             ATR_OK);
        must(atr_attrs_parse(&attrs, ATR_LITERAL("X"), NULL) == ATR_OK);
        atr_abe_keygen(&w->key, &w->abe, &alpha, &attrs, &w->rng);
        ready[scheme - 1] = true;
    }
    return w;
}

#endif
