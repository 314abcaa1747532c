/* kp.h - key-policy attribute-based encryption: the key carries the policy,
 * the capsule the attributes. For logs and archives that are labelled when
 * they are written; rooms, which have a policy, use kem.h.
 *
 * Two schemes with one shape (doc/scheme/kp.md):
 *
 *     mpk = A = e(g1,g2)^alpha
 *     key of a policy:  k1_j = g2^{r_j},
 *                       k2_i = g1^{lambda_i} H(u_i)^{r_{j(i)}},  row i
 *     header to a set:  c2 = g2^s,  c1_u = H(u)^s;  Z = A^s
 *
 * with lambda a sharing of alpha. FABEO-KP (Riepel, Wee; CCS 2022, ePrint
 * 2022/1415, fig. 1) has an r for each occurrence of an attribute, GPSW (Goyal,
 * Pandey, Sahai, Waters; CCS 2006, large universe by hashing) one for each row.
 * Both under the transform of doc/scheme/kem.md, with the set of attributes in
 * the place of the policy.
 */
#ifndef ATR_KP_H
#define ATR_KP_H

#include "curve/pairing.h"
#include "policy/policy.h"
#include "policy/share.h"
#include "scheme/cache.h"

#define ATR_KP_MPK_BYTES (1 + ATR_GT_BYTES)
#define ATR_KP_HASH_BYTES 32
#define ATR_KP_SHARED_BYTES 32
#define ATR_KP_COINS_BYTES 32

/* The first byte of an mpk. */
typedef enum { ATR_KP_FABEO = 0x11, ATR_KP_GPSW = 0x12 } atr_kp_scheme;

/* One authority's public side made ready for use. Large: keep one, lend it. */
typedef struct {
    uint8_t scheme;
    uint8_t hm[ATR_KP_HASH_BYTES]; /* SHA-256(enc(mpk)) */
    atr_gt a;
    atr_g1_table g1_table;
    atr_g2_table g2_table;
    atr_gt_table a_table;
    atr_cache *cache; /* lent, or NULL */
} atr_kp;

/* atr_kp_setup draws a master secret, not 0, and its public key. */
void atr_kp_setup(atr_fr *alpha, uint8_t mpk[ATR_KP_MPK_BYTES],
                  atr_kp_scheme scheme, atr_rng *rng);

/* atr_kp_init returns ATR_ERR_INPUT when `mpk` is of no scheme here, or A not
 * an element of GT. */
ATR_MUST_USE atr_err atr_kp_init(atr_kp *kp,
                                 const uint8_t mpk[ATR_KP_MPK_BYTES]);

/* atr_kp_lend_cache empties `cache` and lends it to `kp`, for the attributes of
 * capsules, which are public as those of policies are elsewhere. Never needed.
 */
void atr_kp_lend_cache(atr_kp *kp, atr_cache *cache);

/* A key: its holder's secret, but for the policy. */
typedef struct {
    atr_policy policy;
    size_t twists; /* how many k1 there are: the scheme and the policy say */
    atr_g2_affine k1[ATR_POLICY_ROWS_MAX];
    atr_g1_affine k2[ATR_POLICY_ROWS_MAX];
    atr_g2_lines k1_lines; /* of the first, for most keys of FABEO the only */
} atr_kp_key;

/* atr_kp_key_ready computes the lines. All functions that make or read a key do
 * it; who changes k1 calls it. */
void atr_kp_key_ready(atr_kp_key *key);

/* atr_kp_keygen issues a key for `policy` with fresh randomness: two keys never
 * combine. */
void atr_kp_keygen(atr_kp_key *out, const atr_kp *kp, const atr_fr *alpha,
                   const atr_policy *policy, atr_rng *rng);

/* atr_kp_key_check tells whether all rows of `key` fit its policy and the
 * authority, with random weights: ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_kp_key_check(const atr_kp *kp, const atr_kp_key *key,
                                      atr_rng *rng);

/* Bytes: policy-field, k1 in order, k2 in order. Reading validates everything;
 * atr_kp_key_check is still to be done. */
void atr_kp_key_build(atr_builder *builder, const atr_kp *kp,
                      const atr_kp_key *key);
ATR_MUST_USE atr_err atr_kp_key_read(atr_kp_key *out, const atr_kp *kp,
                                     atr_bytes in);
void atr_kp_key_wipe(atr_kp_key *key);

/* atr_kp_capsule_len is the length of every capsule to `attrs`, which has at
 * least one. */
size_t atr_kp_capsule_len(const atr_attrs *attrs);

void atr_kp_encap(uint8_t *capsule, uint8_t key[ATR_KP_SHARED_BYTES],
                  const atr_kp *kp, const atr_attrs *attrs, atr_bytes ad,
                  atr_rng *rng);
void atr_kp_encap_derand(uint8_t *capsule, uint8_t key[ATR_KP_SHARED_BYTES],
                         const atr_kp *kp, const atr_attrs *attrs, atr_bytes ad,
                         const uint8_t coins[ATR_KP_COINS_BYTES]);

/* What was sealed, and to what. */
typedef struct {
    const atr_attrs *attrs;
    atr_bytes ad;
    atr_bytes capsule;
} atr_kp_sealed;

/* atr_kp_decap returns ATR_ERR_POLICY when the attributes do not satisfy the
 * policy of `secret`, and ATR_ERR_AUTH for what encap did not make to exactly
 * these attributes, in this context. */
ATR_MUST_USE atr_err atr_kp_decap(uint8_t key[ATR_KP_SHARED_BYTES],
                                  const atr_kp *kp, const atr_kp_key *secret,
                                  const atr_kp_sealed *sealed);

/* atr_kp_decap_forced opens with the rows and weights of `plan`, whatever the
 * policy says: what a cheating holder can compute, for tests of the algebra.
 * Rows whose attribute the capsule lacks are left out. */
ATR_MUST_USE atr_err atr_kp_decap_forced(uint8_t key[ATR_KP_SHARED_BYTES],
                                         const atr_kp *kp,
                                         const atr_kp_key *secret,
                                         const atr_share_plan *plan,
                                         const atr_kp_sealed *sealed);

#endif
