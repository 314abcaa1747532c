/* w09.h - Waters' ciphertext-policy encryption in the layout of Charm's
 * abenc_waters09, which the thesis runs: for comparison. Rooms use w11.
 *
 * Waters, PKC 2011, ePrint 2008/290, large universe by hashing
 * (doc/scheme/w09.md):
 *
 *     mpk = A = e(g1,g2)^alpha, g1^a;   master = g2^alpha, g2^a
 *     key of a set:       K = g2^alpha (g2^a)^t,  L = g2^t,  K_u = H(u)^t
 *     header to a policy: C' = g1^s,  C_i = (g1^a)^{lambda_i} H(u_i)^{-r_i},
 *                         D_i = g2^{r_i};   Z = A^s
 *
 * Whoever knows a opens everything: K / L^a = g2^alpha. It is drawn by the
 * authority and forgotten. Under the transform of doc/scheme/kem.md.
 */
#ifndef ATR_W09_H
#define ATR_W09_H

#include "scheme/kem.h"

#define ATR_W09_ID 0x03 /* the first byte of an mpk */
#define ATR_W09_MPK_BYTES (1 + ATR_GT_BYTES + ATR_G1_BYTES)

/* g2^alpha and g2^a: the authority's secret. */
typedef struct {
    atr_g2_affine alpha;
    atr_g2_affine a;
} atr_w09_master;

/* One authority's public side made ready for use. Large: keep one, lend it. */
typedef struct {
    uint8_t hm[ATR_MPK_HASH_BYTES]; /* SHA-256(enc(mpk)) */
    atr_g1_affine base;             /* g1^a */
    atr_g1_table g1_table;
    atr_g1_table base_table;
    atr_g2_table g2_table;
    atr_gt a;
    atr_gt_table a_table;
} atr_w09;

/* atr_w09_setup draws alpha and a, neither of them 0. */
void atr_w09_setup(atr_w09_master *master, uint8_t mpk[ATR_W09_MPK_BYTES],
                   atr_rng *rng);

/* atr_w09_init returns ATR_ERR_INPUT when `mpk` is none. */
ATR_MUST_USE atr_err atr_w09_init(atr_w09 *w09,
                                  const uint8_t mpk[ATR_W09_MPK_BYTES]);

/* A key: its holder's secret, but for the attributes. */
typedef struct {
    atr_attrs attrs;
    atr_g2_affine k;
    atr_g2_affine l;
    atr_g1_affine ku[ATR_ATTRS_MAX]; /* in the order of `attrs` */
} atr_w09_key;

/* atr_w09_keygen issues a key with fresh randomness: two never combine. */
void atr_w09_keygen(atr_w09_key *out, const atr_w09 *w09,
                    const atr_w09_master *master, const atr_attrs *attrs,
                    atr_rng *rng);

/* atr_w09_key_check tells whether `key` fits its attributes and the authority,
 * with random weights: ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_w09_key_check(const atr_w09 *w09,
                                       const atr_w09_key *key, atr_rng *rng);

/* Bytes: K, L, attributes, K_u in order. Reading validates everything;
 * atr_w09_key_check is still to be done. */
void atr_w09_key_build(atr_builder *builder, const atr_w09_key *key);
ATR_MUST_USE atr_err atr_w09_key_read(atr_w09_key *out, atr_bytes in);
void atr_w09_key_wipe(atr_w09_key *key);

/* atr_w09_capsule_len is the length of every capsule under `policy`. */
size_t atr_w09_capsule_len(const atr_policy *policy);

void atr_w09_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                   const atr_w09 *w09, const atr_policy *policy, atr_bytes ad,
                   atr_rng *rng);
void atr_w09_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                          const atr_w09 *w09, const atr_policy *policy,
                          atr_bytes ad,
                          const uint8_t coins[ATR_KEM_COINS_BYTES]);

/* What was sealed, and to what. */
typedef struct {
    const atr_policy *policy;
    atr_bytes ad;
    atr_bytes capsule;
} atr_w09_sealed;

/* atr_w09_decap returns ATR_ERR_POLICY when the attributes of `secret` do not
 * satisfy the policy, and ATR_ERR_AUTH for what encap did not make under
 * exactly this policy, in this context. */
ATR_MUST_USE atr_err atr_w09_decap(uint8_t key[ATR_KEM_KEY_BYTES],
                                   const atr_w09 *w09,
                                   const atr_w09_key *secret,
                                   const atr_w09_sealed *sealed);

/* atr_w09_decap_forced opens with the rows and weights of `plan`, whatever the
 * attributes: what a cheating holder can compute, for tests of the algebra.
 * Rows whose attribute the key lacks are left out. */
ATR_MUST_USE atr_err atr_w09_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES],
                                          const atr_w09 *w09,
                                          const atr_w09_key *secret,
                                          const atr_share_plan *plan,
                                          const atr_w09_sealed *sealed);

/* The interface of kem.h, so that protocols can be measured over W09: for
 * comparison only. Since an atr_abe_key is none of this scheme, decap opens
 * with the key given here and ignores the one it is given. */
typedef struct {
    const atr_w09 *w09;
    const atr_w09_key *key; /* NULL for one who only seals */
} atr_w09_member;

/* atr_w09_kem lends `member` and what it points to. */
atr_kem atr_w09_kem(const atr_w09_member *member);

#endif
