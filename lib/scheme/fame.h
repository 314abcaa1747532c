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

#include "scheme/cp.h"

#define ATR_FAME_ID 0x04 /* the first byte of an mpk */
#define ATR_FAME_MPK_BYTES (1 + 2 * ATR_G2_BYTES + 2 * ATR_GT_BYTES)

/* The authority's secret. */
typedef struct {
    atr_fr a[2];
    atr_fr b[2];
    atr_fr k[3];
} atr_fame_master;

/* H(name, l, t) for all l and t, which count from 0. */
typedef atr_g1_affine atr_fame_six[3][2];

/* The points of attributes of policies, and of columns of matrices, that were
 * asked for: as cache.h. 300 kB; all zero is an empty one. */
typedef struct {
    atr_cache_names names;
    atr_fame_six point[ATR_CACHE_POINTS];
    size_t columns; /* that are there, from the first on */
    atr_fame_six column[ATR_POLICY_ROWS_MAX];
} atr_fame_cache;

/* One authority's public side made ready for use. Large: keep one, lend it. */
typedef struct {
    uint8_t hm[ATR_MPK_HASH_BYTES]; /* SHA-256(enc(mpk)) */
    atr_g2_affine h[2];
    atr_g1_table g1_table;
    atr_g2_table g2_table;
    atr_g2_table h_table[2];
    atr_gt_table t_table[2];
    atr_fame_cache *cache; /* lent, or NULL */
} atr_fame;

/* atr_fame_setup draws seven exponents, none of them 0. */
void atr_fame_setup(atr_fame_master *master, uint8_t mpk[ATR_FAME_MPK_BYTES],
                    atr_rng *rng);

/* atr_fame_init returns ATR_ERR_INPUT when `mpk` is none. */
ATR_MUST_USE atr_err atr_fame_init(atr_fame *fame,
                                   const uint8_t mpk[ATR_FAME_MPK_BYTES]);

/* atr_fame_lend_cache empties `cache` and lends it to `fame`. Never needed. */
void atr_fame_lend_cache(atr_fame *fame, atr_fame_cache *cache);

/* A key: its holder's secret, but for the attributes. */
typedef struct {
    atr_attrs attrs;
    atr_g2_affine k0[3];
    atr_g1_affine own[3];               /* K', for no attribute */
    atr_g1_affine ku[ATR_ATTRS_MAX][3]; /* K_u, in the order of `attrs` */
    atr_g2_lines k0_lines[3];           /* every opening pairs K0 */
} atr_fame_key;

/* atr_fame_key_ready computes the lines. All functions that make or read a key
 * do it; who changes K0 calls it. */
void atr_fame_key_ready(atr_fame_key *key);

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

/* atr_fame_cp lends both to what cp.h has; `key` may be NULL. */
atr_cp atr_fame_cp(const atr_fame *fame, const atr_fame_key *key);

#endif
