/* cast.h - who plays: attribute keys for a policy, with the stand-in KEM or
 * the real one.
 */
#ifndef SIM_CAST_H
#define SIM_CAST_H

#include "policy/period.h"
#include "sim/standin.h"

#define CAST_KEYS 5
#define CAST_POLICY "(ONE or THREE) and (TWO or FOUR)"

typedef struct {
    atr_kem kem;
    atr_policy policy;
    uint8_t mpk[ATR_MPK_BYTES];
    standin context;
    atr_abe *abe;                 /* of the real one */
    atr_fr alpha;                 /* of the real one */
    atr_rng rng;                  /* for keys */
    atr_abe_key *keys[CAST_KEYS]; /* the last does not satisfy the policy */
} cast;

/* cast_init takes its memory from malloc; it ends the program when it
 * cannot. */
void cast_init(cast *out, bool is_real, uint64_t seed);
void cast_free(cast *out);

/* cast_key makes keys[key] again, for `period`; free it. */
atr_abe_key *cast_key(cast *players, size_t key, atr_period period);

#endif
