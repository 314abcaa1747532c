/* abe.h - ciphertext-policy attribute-based encryption: what the schemes
 * share, and the small interface each of them fills.
 *
 * FABEO (Riepel, Wee; CCS 2022, ePrint 2022/1415, fig. 1, with the multi-use
 * vector) and Waters' scheme in the layout W11 (PKC 2011, ePrint 2008/290)
 * have the same keys up to the strings that are hashed:
 *
 *     mpk = A = e(g1,g2)^alpha,  base = a hashed point nobody knows the log of
 *     k1 = g2^r,  k2[u] = H(u)^r,  k3 = g1^alpha base^r
 *
 * so key generation, checking, and issuance by several nodes stand here once;
 * fabeo.c and w11.c hold encapsulation and decapsulation. The equations are
 * numbered in doc/scheme/fabeo.md and doc/scheme/w11.md. Everything here is
 * the CPA core: use kem.h.
 */
#ifndef ATR_ABE_H
#define ATR_ABE_H

#include "base/bytes.h"
#include "curve/pairing.h"
#include "policy/policy.h"
#include "policy/share.h"
#include "scheme/cache.h"

#define ATR_MPK_BYTES (1 + ATR_GT_BYTES)
#define ATR_MPK_HASH_BYTES 32

typedef enum { ATR_SCHEME_FABEO = 1, ATR_SCHEME_W11 = 2 } atr_scheme_id;

/* The master public key. Bytes: scheme id, then A. */
typedef struct {
    uint8_t scheme;
    atr_gt a;
} atr_mpk;

ATR_MUST_USE atr_err atr_mpk_read(atr_mpk *out,
                                  const uint8_t in[ATR_MPK_BYTES]);
void atr_mpk_write(uint8_t out[ATR_MPK_BYTES], const atr_mpk *mpk);

typedef struct atr_scheme atr_scheme;
struct atr_abe_key;

/* One authority's public side made ready for use: its mpk, the fingerprint hm
 * = SHA-256(enc(mpk)), the base point, and tables. Large (see sizeof): keep
 * one for each authority and lend it. Holds no pointer into itself. */
typedef struct {
    const atr_scheme *scheme;
    atr_mpk mpk;
    uint8_t hm[ATR_MPK_HASH_BYTES];
    atr_g1_affine base;
    atr_g1_table base_table;
    atr_g1_table g1_table;
    atr_g2_table g2_table;
    atr_gt_table a_table;
    atr_cache *cache; /* lent, or NULL */
} atr_abe;

/* atr_abe_init returns ATR_ERR_INPUT when the scheme of `mpk` is unknown. */
ATR_MUST_USE atr_err atr_abe_init(atr_abe *abe, const atr_mpk *mpk);

/* atr_abe_lend_cache empties `cache` and lends it to `abe`, for the attributes
 * of the policies that are used with it. Never needed: without one every use
 * of a policy hashes its attributes again. */
void atr_abe_lend_cache(atr_abe *abe, atr_cache *cache);

/* One ciphertext to make, of several under one policy. */
typedef struct {
    atr_rng *coins;
    uint8_t *header; /* out */
    atr_gt *z;       /* out: the blinding Z = A^s; NULL where nobody asks */
} atr_abe_making;

/* One ciphertext to open, of several under one policy with one key. */
typedef struct {
    atr_bytes header;
    atr_gt z;    /* out */
    atr_err err; /* out */
} atr_abe_opening;

/* Ciphertexts are made up to ATR_ABE_TOGETHER at once, and atr_abe_together
 * tells how many: no more than have ATR_POLICY_ROWS_MAX rows together, so that
 * many need no more stack than one may. Up to ATR_ABE_BATCH are opened. */
#define ATR_ABE_TOGETHER 8
#define ATR_ABE_BATCH 64
size_t atr_abe_together(const atr_policy_rows *rows);

/* Random sums over the points of many headers, by which all are compared at
 * once with what their coins make (doc/scheme/kem.md): the seeds of the
 * weights, for which the caller answers; eight sums in each group; and the
 * seeds of the coins, NULL standing for an item that was refused. */
typedef struct {
    struct {
        uint8_t row[ATR_SEED_BYTES];
        uint8_t order[ATR_SEED_BYTES]; /* of coins: curve/weighing.h */
        uint8_t head[ATR_SEED_BYTES];
        uint8_t lane[ATR_SEED_BYTES];
    } seed;
    atr_g1 row[8];
    atr_g2 head[8];
    size_t count;
    const uint8_t *coins[ATR_ABE_BATCH];
} atr_abe_sums;

/* With what they are opened: the rows of `plan`, whatever the key holds; the
 * satisfaction check is the caller's. */
typedef struct {
    const struct atr_abe_key *key;
    const atr_policy *policy;
    const atr_share_plan *plan;
    atr_abe_sums *sums; /* to be made on the way, or NULL */
} atr_abe_opener;

/* What one scheme provides. Headers are bytes, so that nobody passes around a
 * half-checked ciphertext; their length follows from the policy alone. */
struct atr_scheme {
    uint8_t id;
    const char *name;     /* "fabeo", "w11" */
    const char *base_dst; /* purpose strings of doc/conventions.md */
    const char *attr_dst;
    atr_share_cost cost;

    size_t (*header_len)(const atr_policy_rows *rows);

    /* How many can be opened at once, at most ATR_ABE_BATCH. */
    size_t (*batch)(const atr_policy_rows *rows);

    /* Draws for each item s, the coins of the sharing, then the scheme's own,
     * in this order, from its `coins`; writes its header and Z. */
    void (*encap)(const atr_abe_making *items, size_t count, const atr_abe *abe,
                  const atr_policy *policy);

    /* Recovers each Z. Each err is what it would be were the item alone:
     * ATR_ERR_AUTH for a malformed header, ATR_ERR_POLICY when the plan names
     * a row whose attribute the key lacks. Of those that are well the points
     * go into the sums of `opener`. */
    void (*decap)(atr_abe_opening *items, size_t count,
                  const atr_abe_opener *opener);

    /* Whether the sums are those of the headers which their coins make. When
     * any point differs it says so but with probability 2^-127. */
    bool (*same)(const atr_abe_sums *sums, const atr_abe *abe,
                 const atr_policy *policy);

    /* The public check of well-formedness (doc/scheme/fabeo.md, eq. (8)); needs
     * no key. ATR_OK or ATR_ERR_AUTH. */
    atr_err (*check)(const atr_abe *abe, const atr_policy *policy,
                     atr_bytes header, atr_rng *rng);
};

extern const atr_scheme atr_scheme_fabeo;
extern const atr_scheme atr_scheme_w11;

/* atr_scheme_by_id and atr_scheme_by_name return NULL for an unknown one. */
const atr_scheme *atr_scheme_by_id(uint8_t id);
const atr_scheme *atr_scheme_by_name(atr_bytes name);

/* An attribute key: the holder's secret. */
typedef struct atr_abe_key {
    atr_attrs attrs;
    atr_g2_affine k1;
    atr_g1_affine k3;
    atr_g1_affine k2[ATR_ATTRS_MAX]; /* in the order of `attrs` */
    atr_g2_lines k1_lines;           /* 19.6 kB: every opening pairs k1 */
} atr_abe_key;

/* atr_abe_key_ready computes the lines from k1. All functions that make or
 * read a key do it; who changes k1 calls it. */
void atr_abe_key_ready(atr_abe_key *key);

#define ATR_ABE_KEY_BYTES_MAX                                                  \
    (ATR_G2_BYTES + ATR_G1_BYTES + 2 +                                         \
     ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX + ATR_G1_BYTES))

/* atr_abe_setup draws a master secret alpha, not 0, and its public key. The
 * secret of one scheme is never used for another. */
void atr_abe_setup(atr_fr *alpha, atr_mpk *mpk, uint8_t scheme, atr_rng *rng);

/* atr_abe_keygen issues a key for `attrs` under `alpha`, with fresh
 * randomness: two calls never give keys that combine. With a share alpha_j in
 * place of alpha it issues node j's partial key (issue.h). */
void atr_abe_keygen(atr_abe_key *out, const atr_abe *abe, const atr_fr *alpha,
                    const atr_attrs *attrs, atr_rng *rng);

/* atr_abe_key_check verifies `key` against `a`, which is A of the mpk for a
 * whole key and A_j for a partial one: two pairings, all attributes at once
 * with random weights (ATR_OK or ATR_ERR_AUTH). */
ATR_MUST_USE atr_err atr_abe_key_check(const atr_abe *abe, const atr_gt *a,
                                       const atr_abe_key *key, atr_rng *rng);

/* The same for many keys at a time, in less time for each. */
#define ATR_ABE_KEYS_TOGETHER 16

/* One key to make, of several under one secret. */
typedef struct {
    const atr_attrs *attrs;
    atr_rng *rng;     /* its own, or one for all */
    atr_abe_key *key; /* out */
} atr_abe_asked;

/* atr_abe_keygen_many is atr_abe_keygen for each of `count` items, at most
 * ATR_ABE_KEYS_TOGETHER, in their order: the same keys. */
void atr_abe_keygen_many(const atr_abe_asked *items, size_t count,
                         const atr_abe *abe, const atr_fr *alpha);

/* atr_abe_keys_check is ATR_OK when each key would pass atr_abe_key_check
 * against `a`, and ATR_ERR_AUTH when one would not; that tells which. */
ATR_MUST_USE atr_err atr_abe_keys_check(const atr_abe *abe, const atr_gt *a,
                                        const atr_abe_key *const *keys,
                                        size_t count, atr_rng *rng);

/* Bytes: k1, k3, attributes, k2 in order. Reading validates every point;
 * atr_abe_key_check is still to be done. */
void atr_abe_key_build(atr_builder *builder, const atr_abe_key *key);
ATR_MUST_USE atr_err atr_abe_key_read(atr_abe_key *out, atr_bytes in);
void atr_abe_key_wipe(atr_abe_key *key);

/* atr_abe_attr_point is H(u) of the scheme: hash to G1 of hm and attribute
 * under attr_dst. */
void atr_abe_attr_point(atr_g1_affine *out, const atr_abe *abe,
                        const atr_attr *attr);
/* atr_abe_attr_points is the same for `count` attributes, atr_abe_row_points
 * for the rows of a policy, through the cache of `abe`. */
void atr_abe_attr_points(atr_g1_affine *out, const atr_abe *abe,
                         const atr_attr *const *attrs, size_t count);
void atr_abe_row_points(atr_g1_affine *out, const atr_abe *abe,
                        const atr_policy *policy, const atr_policy_rows *rows);

#endif
