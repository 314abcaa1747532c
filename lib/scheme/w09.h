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

#include "scheme/cp.h"

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
    atr_cache *cache; /* lent, or NULL */
} atr_w09;

/* atr_w09_setup draws alpha and a, neither of them 0. */
void atr_w09_setup(atr_w09_master *master, uint8_t mpk[ATR_W09_MPK_BYTES],
                   atr_rng *rng);

/* atr_w09_init returns ATR_ERR_INPUT when `mpk` is none. */
ATR_MUST_USE atr_err atr_w09_init(atr_w09 *w09,
                                  const uint8_t mpk[ATR_W09_MPK_BYTES]);

/* atr_w09_lend_cache empties `cache` and lends it to `w09`: as that of abe.h.
 */
void atr_w09_lend_cache(atr_w09 *w09, atr_cache *cache);

/* A key: its holder's secret, but for the attributes. */
typedef struct {
    atr_attrs attrs;
    atr_g2_affine k;
    atr_g2_affine l;
    atr_g1_affine ku[ATR_ATTRS_MAX]; /* in the order of `attrs` */
    atr_g2_lines k_lines;            /* every opening pairs K and L */
    atr_g2_lines l_lines;
} atr_w09_key;

/* atr_w09_key_ready computes the lines. All functions that make or read a key
 * do it; who changes K or L calls it. */
void atr_w09_key_ready(atr_w09_key *key);

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

/* atr_w09_cp lends both to what cp.h has; `key` may be NULL. */
atr_cp atr_w09_cp(const atr_w09 *w09, const atr_w09_key *key);

#endif
