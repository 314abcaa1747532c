/* bf.h - encryption to an identity: Boneh and Franklin (CRYPTO 2001), in the
 * Type-3 form, as a CCA-secure key encapsulation.
 *
 *     msk = s,  P = g2^s,  Q = H1(id) in G1,  d = Q^s
 *     capsule = U = g2^l, 32 bytes masked by Z = e(Q, P)^l = e(d, U)
 *
 * under the transform of kem.md, with the identity in the place of the policy:
 * a capsule opens only with the key of exactly this identity and period, in
 * exactly this context. Equations: doc/scheme/bf.md.
 */
#ifndef ATR_BF_H
#define ATR_BF_H

#include "curve/pairing.h"
#include "scheme/identity.h"

#define ATR_BF_ID 0x21 /* first byte of the mpk */
#define ATR_BF_HASH_BYTES 32
#define ATR_BF_MPK_BYTES (1 + ATR_G2_BYTES)
#define ATR_BF_KEY_BYTES (ATR_IDENTITY_BYTES + ATR_G1_BYTES)
#define ATR_BF_CAPSULE_BYTES (ATR_G2_BYTES + 32)
#define ATR_BF_SHARED_BYTES 32 /* the key in a capsule */
#define ATR_BF_COINS_BYTES 32

/* atr_bf_mpk_read is P of an mpk: ATR_ERR_INPUT when it is not of this scheme,
 * or not a point of the group. */
ATR_MUST_USE atr_err atr_bf_mpk_read(atr_g2_affine *p,
                                     const uint8_t mpk[ATR_BF_MPK_BYTES]);

/* atr_bf_mpk_hash is hm, the fingerprint of an mpk. */
void atr_bf_mpk_hash(uint8_t hm[ATR_BF_HASH_BYTES],
                     const uint8_t mpk[ATR_BF_MPK_BYTES]);

/* One authority's public side made ready for use. Large (70 kB of tables): keep
 * one and lend it. */
typedef struct {
    uint8_t hm[ATR_BF_HASH_BYTES]; /* SHA-256(enc(mpk)) */
    atr_g2_affine p;               /* P */
    atr_g2_lines p_lines;
    atr_g2_table g2_table;
} atr_bf;

/* atr_bf_setup draws a master secret s, not 0, and its public key. */
void atr_bf_setup(atr_fr *s, uint8_t mpk[ATR_BF_MPK_BYTES], atr_rng *rng);

/* atr_bf_init; errors as atr_bf_mpk_read. */
ATR_MUST_USE atr_err atr_bf_init(atr_bf *bf,
                                 const uint8_t mpk[ATR_BF_MPK_BYTES]);

/* The key of one identity: its holder's secret. */
typedef struct {
    atr_identity id;
    atr_g1_affine d;
} atr_bf_key;

/* atr_bf_extract makes the key of `id`: the same at every call. It is linear in
 * s, so nodes that share s can share this too (bf_issue.h). */
void atr_bf_extract(atr_bf_key *out, const atr_bf *bf, const atr_fr *s,
                    const atr_identity *id);

/* atr_bf_key_check tells whether `key` is the one of its identity: ATR_OK or
 * ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_bf_key_check(const atr_bf *bf, const atr_bf_key *key);

/* atr_bf_partial_check is the same for what a node made with its share s_j,
 * and its P_j = g2^{s_j}. */
ATR_MUST_USE atr_err atr_bf_partial_check(const atr_bf *bf,
                                          const atr_g2_affine *p_j,
                                          const atr_bf_key *partial);

/* Bytes: identity, d. Reading validates both; atr_bf_key_check is still to be
 * done. */
ATR_MUST_USE atr_err atr_bf_key_read(atr_bf_key *out,
                                     const uint8_t in[ATR_BF_KEY_BYTES]);
void atr_bf_key_write(uint8_t out[ATR_BF_KEY_BYTES], const atr_bf_key *key);
void atr_bf_key_wipe(atr_bf_key *key);

/* Whom to encapsulate to, with the pairing done: keep it for the next time.
 * All of it public. */
typedef struct {
    const atr_bf *bf; /* lent */
    atr_identity id;
    atr_gt theta; /* e(Q, P) */
} atr_bf_recipient;

void atr_bf_recipient_init(atr_bf_recipient *to, const atr_bf *bf,
                           const atr_identity *id);

/* atr_bf_encap makes a capsule and the key inside it; only `rng` makes two
 * calls differ. atr_bf_encap_derand takes the coins. */
void atr_bf_encap(uint8_t capsule[ATR_BF_CAPSULE_BYTES],
                  uint8_t key[ATR_BF_SHARED_BYTES], const atr_bf_recipient *to,
                  atr_bytes ad, atr_rng *rng);
void atr_bf_encap_derand(uint8_t capsule[ATR_BF_CAPSULE_BYTES],
                         uint8_t key[ATR_BF_SHARED_BYTES],
                         const atr_bf_recipient *to, atr_bytes ad,
                         const uint8_t coins[ATR_BF_COINS_BYTES]);

/* atr_bf_decap returns ATR_ERR_AUTH, and a key of zeros, for everything that
 * encap did not make to this identity, in this context. */
ATR_MUST_USE atr_err atr_bf_decap(uint8_t key[ATR_BF_SHARED_BYTES],
                                  const atr_bf *bf, const atr_bf_key *secret,
                                  atr_bytes ad, atr_bytes capsule);

#endif
