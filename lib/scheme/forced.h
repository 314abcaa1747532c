/* forced.h - what a holder whose attributes do not satisfy a policy might try.
 *
 * A series of plans and doctored keys to run a decapsulation with, all of them
 * from group operations that the holder of one key can do. For
 * atr_kem_decap_forced and the attack tests. None may ever open a capsule whose
 * policy the key does not satisfy; for a key that does satisfy it, one does.
 */
#ifndef ATR_FORCED_H
#define ATR_FORCED_H

#include "scheme/abe.h"

/* Large: about 100 kB. */
typedef struct {
    const atr_abe *abe;
    const atr_abe_key *own;
    const atr_policy *policy;
    atr_policy_rows rows;
    unsigned step;
    size_t single; /* the row that stands alone next */
    atr_attrs lacking;
    atr_abe_key key;     /* what to open with, */
    atr_share_plan plan; /* and how */
} atr_forced_try;

/* atr_forced_begin prepares; `abe`, `own` and `policy` are lent. */
void atr_forced_begin(atr_forced_try *attempt, const atr_abe *abe,
                      const atr_abe_key *own, const atr_policy *policy);

/* atr_forced_next sets `key` and `plan` for the next trial, false at the
 * end. */
bool atr_forced_next(atr_forced_try *attempt);
void atr_forced_wipe(atr_forced_try *attempt);

#endif
