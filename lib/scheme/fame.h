/* fame.h - FAME, ciphertext-policy encryption from a standard assumption: the
 * conservative choice, for comparison. Rooms use the schemes of abe.h.
 *
 * Agrawal, Chase, CCS 2017, ePrint 2017/807 (doc/scheme/fame.md). Fully secure
 * under the decisional linear assumption with a random oracle, for three times
 * the points of G1 in keys and capsules, and six pairings to open.
 *
 *     master = a_1, a_2, b_1, b_2, k_1, k_2, k_3
 *     mpk = h_1 = g2^{a_1}, h_2 = g2^{a_2}, T_t = e(g1,g2)^{k_t a_t + k_3}
 *
 * One use: a policy in which an attribute stands twice is refused with
 * ATR_ERR_INPUT, since the scheme is not secure for it. Under the transform of
 * doc/scheme/kem.md.
 */
#ifndef ATR_FAME_H
#define ATR_FAME_H

#include "scheme/kem.h"

#define ATR_FAME_ID 0x04 /* the first byte of an mpk */
#define ATR_FAME_MPK_BYTES (1 + 2 * ATR_G2_BYTES + 2 * ATR_GT_BYTES)

/* The authority's secret. */
typedef struct {
    atr_fr a[2];
    atr_fr b[2];
    atr_fr k[3];
} atr_fame_master;

/* One authority's public side made ready for use. Large: keep one, lend it. */
typedef struct {
    uint8_t hm[ATR_MPK_HASH_BYTES]; /* SHA-256(enc(mpk)) */
    atr_g2_affine h[2];
    atr_g1_table g1_table;
    atr_g2_table g2_table;
    atr_g2_table h_table[2];
    atr_gt_table t_table[2];
} atr_fame;

/* atr_fame_setup draws seven exponents, none of them 0. */
void atr_fame_setup(atr_fame_master *master, uint8_t mpk[ATR_FAME_MPK_BYTES],
                    atr_rng *rng);

/* atr_fame_init returns ATR_ERR_INPUT when `mpk` is none. */
ATR_MUST_USE atr_err atr_fame_init(atr_fame *fame,
                                   const uint8_t mpk[ATR_FAME_MPK_BYTES]);

/* A key: its holder's secret, but for the attributes. */
typedef struct {
    atr_attrs attrs;
    atr_g2_affine k0[3];
    atr_g1_affine own[3];               /* K', for no attribute */
    atr_g1_affine ku[ATR_ATTRS_MAX][3]; /* K_u, in the order of `attrs` */
} atr_fame_key;

/* atr_fame_keygen issues a key with fresh randomness: two never combine. */
void atr_fame_keygen(atr_fame_key *out, const atr_fame *fame,
                     const atr_fame_master *master, const atr_attrs *attrs,
                     atr_rng *rng);

/* atr_fame_key_check tells whether `key` opens all that its attributes should,
 * with random weights: ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_fame_key_check(const atr_fame *fame,
                                        const atr_fame_key *key, atr_rng *rng);

/* Bytes: K0, K', attributes, K_u in order. Reading validates everything;
 * atr_fame_key_check is still to be done. */
void atr_fame_key_build(atr_builder *builder, const atr_fame_key *key);
ATR_MUST_USE atr_err atr_fame_key_read(atr_fame_key *out, atr_bytes in);
void atr_fame_key_wipe(atr_fame_key *key);

/* atr_fame_takes tells whether no attribute stands twice in `policy`. */
bool atr_fame_takes(const atr_policy *policy);

/* atr_fame_capsule_len is the length of every capsule under `policy`. */
size_t atr_fame_capsule_len(const atr_policy *policy);

/* ATR_ERR_INPUT, with the key zero and the capsule not touched, for a policy
 * that atr_fame_takes does not. */
ATR_MUST_USE atr_err atr_fame_encap(uint8_t *capsule,
                                    uint8_t key[ATR_KEM_KEY_BYTES],
                                    const atr_fame *fame,
                                    const atr_policy *policy, atr_bytes ad,
                                    atr_rng *rng);
ATR_MUST_USE atr_err
atr_fame_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                      const atr_fame *fame, const atr_policy *policy,
                      atr_bytes ad, const uint8_t coins[ATR_KEM_COINS_BYTES]);

/* What was sealed, and to what. */
typedef struct {
    const atr_policy *policy;
    atr_bytes ad;
    atr_bytes capsule;
} atr_fame_sealed;

/* atr_fame_decap returns ATR_ERR_INPUT for a policy that atr_fame_takes does
 * not, ATR_ERR_POLICY when the attributes of `secret` do not satisfy it, and
 * ATR_ERR_AUTH for what encap did not make under exactly this policy, in this
 * context. */
ATR_MUST_USE atr_err atr_fame_decap(uint8_t key[ATR_KEM_KEY_BYTES],
                                    const atr_fame *fame,
                                    const atr_fame_key *secret,
                                    const atr_fame_sealed *sealed);

/* atr_fame_decap_forced opens with the rows and weights of `plan`, whatever
 * the attributes: what a cheating holder can compute, for tests of the
 * algebra. Rows whose attribute the key lacks are left out. */
ATR_MUST_USE atr_err atr_fame_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES],
                                           const atr_fame *fame,
                                           const atr_fame_key *secret,
                                           const atr_share_plan *plan,
                                           const atr_fame_sealed *sealed);

/* The interface of kem.h, so that protocols can be measured over FAME: for
 * comparison only. Since an atr_abe_key is none of this scheme, decap opens
 * with the key given here and ignores the one it is given. Policies have to be
 * such as atr_fame_takes: encap asserts it. */
typedef struct {
    const atr_fame *fame;
    const atr_fame_key *key; /* NULL for one who only seals */
} atr_fame_member;

/* atr_fame_kem lends `member` and what it points to. */
atr_kem atr_fame_kem(const atr_fame_member *member);

#endif
