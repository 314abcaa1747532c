/* cp.h - what FAME (fame.h) and W09 (w09.h) share: a key encapsulation under a
 * policy, by the transform of doc/scheme/kem.md. For comparison: rooms use the
 * schemes of abe.h.
 */
#ifndef ATR_CP_H
#define ATR_CP_H

#include "scheme/kem.h"

typedef struct atr_cp_scheme atr_cp_scheme; /* cp_parts.h */

/* One authority and one key of it, as atr_fame_cp and atr_w09_cp give it. All
 * lent. */
typedef struct {
    const atr_cp_scheme *scheme;
    const void *authority;
    const uint8_t *hm;
    const void *key;        /* NULL for one who only seals */
    const atr_attrs *attrs; /* of the key */
} atr_cp;

/* atr_cp_takes tells whether capsules can be made under `policy`: FAME takes
 * none in which an attribute stands twice. */
bool atr_cp_takes(const atr_cp *cp, const atr_policy *policy);

/* atr_cp_capsule_len is the length of every capsule under `policy`. */
size_t atr_cp_capsule_len(const atr_cp *cp, const atr_policy *policy);

/* ATR_ERR_INPUT, with the key zero and the capsule not touched, for a policy
 * that atr_cp_takes does not. */
ATR_MUST_USE atr_err atr_cp_encap(uint8_t *capsule,
                                  uint8_t key[ATR_KEM_KEY_BYTES],
                                  const atr_cp *cp, const atr_policy *policy,
                                  atr_bytes ad, atr_rng *rng);
ATR_MUST_USE atr_err
atr_cp_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                    const atr_cp *cp, const atr_policy *policy, atr_bytes ad,
                    const uint8_t coins[ATR_KEM_COINS_BYTES]);

/* What was sealed, and to what. */
typedef struct {
    const atr_policy *policy;
    atr_bytes ad;
    atr_bytes capsule;
} atr_cp_sealed;

/* atr_cp_decap returns ATR_ERR_INPUT for a policy that atr_cp_takes does not,
 * ATR_ERR_POLICY when the attributes of the key do not satisfy it, and
 * ATR_ERR_AUTH for what encap did not make under exactly this policy, in this
 * context. */
ATR_MUST_USE atr_err atr_cp_decap(uint8_t key[ATR_KEM_KEY_BYTES],
                                  const atr_cp *cp,
                                  const atr_cp_sealed *sealed);

/* atr_cp_decap_forced opens with the rows and weights of `plan`, whatever the
 * attributes: what a cheating holder can compute, for tests of the algebra.
 * Rows whose attribute the key lacks are left out. */
ATR_MUST_USE atr_err atr_cp_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES],
                                         const atr_cp *cp,
                                         const atr_share_plan *plan,
                                         const atr_cp_sealed *sealed);

/* atr_cp_kem is the interface of kem.h, so that protocols can be measured over
 * these schemes; `cp` is lent. Since an atr_abe_key is none of them, decap
 * opens with the key of `cp` and ignores the one it is given. Policies have to
 * be such as atr_cp_takes: encap asserts it. */
atr_kem atr_cp_kem(const atr_cp *cp);

#endif
