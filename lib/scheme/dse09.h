/* dse09.h - encryption to an identity: Waters' dual system (CRYPTO 2009), in
 * the Type-3 form, as a CCA-secure key encapsulation.
 *
 * Ciphertexts in G1, keys in G2. Proved in the standard model from static
 * assumptions, at ten times the work of bf.h: it stands here to compare with.
 * The transform of kem.md is the same. Equations: doc/scheme/dse09.md.
 */
#ifndef ATR_DSE09_H
#define ATR_DSE09_H

#include "curve/pairing.h"
#include "scheme/identity.h"

#define ATR_DSE09_ID 0x22 /* first byte of the mpk */
#define ATR_DSE09_HASH_BYTES 32
#define ATR_DSE09_SHARED_BYTES 32 /* the key in a capsule */
#define ATR_DSE09_COINS_BYTES 32

/* The points of the mpk in G1, in the order of its bytes. */
typedef enum {
    ATR_DSE09_B,     /* g1^b */
    ATR_DSE09_BA1,   /* g1^{b a1} */
    ATR_DSE09_A1,    /* g1^{a1} */
    ATR_DSE09_BA2,   /* g1^{b a2} */
    ATR_DSE09_A2,    /* g1^{a2} */
    ATR_DSE09_TAU1,  /* g1^{v + v1 a1} */
    ATR_DSE09_TAU2,  /* g1^{v + v2 a2} */
    ATR_DSE09_TAU1B, /* tau1^b */
    ATR_DSE09_TAU2B, /* tau2^b */
    ATR_DSE09_W1,    /* g1^w */
    ATR_DSE09_U1,    /* g1^u */
    ATR_DSE09_H1,    /* g1^h */
    ATR_DSE09_G1     /* how many */
} atr_dse09_g1;

/* Points in G1 with tables. */
typedef enum {
    ATR_DSE09_TABLE_G, /* the generator */
    ATR_DSE09_TABLE_B,
    ATR_DSE09_TABLE_A1,
    ATR_DSE09_TABLE_W1,
    ATR_DSE09_TABLE_U1,
    ATR_DSE09_TABLES /* how many */
} atr_dse09_table;

/* The points in G2 that keys are made of: the first three in the mpk, the
 * others the master secret. */
typedef enum {
    ATR_DSE09_W2,  /* g2^w */
    ATR_DSE09_U2,  /* g2^u */
    ATR_DSE09_H2,  /* g2^h */
    ATR_DSE09_X,   /* g2^{alpha a1} */
    ATR_DSE09_NAL, /* g2^{-alpha} */
    ATR_DSE09_B2,  /* g2^b */
    ATR_DSE09_V,   /* g2^v */
    ATR_DSE09_V1,  /* g2^{v1} */
    ATR_DSE09_V2,  /* g2^{v2} */
    ATR_DSE09_G2   /* how many */
} atr_dse09_g2;

#define ATR_DSE09_PUBLIC_G2 3
#define ATR_DSE09_KEY_POINTS 8    /* D1 .. D7, K */
#define ATR_DSE09_HEADER_POINTS 9 /* C1 .. C7, E1, E2 */
#define ATR_DSE09_MPK_BYTES                                                    \
    (1 + ATR_DSE09_G1 * ATR_G1_BYTES + ATR_DSE09_PUBLIC_G2 * ATR_G2_BYTES +    \
     ATR_GT_BYTES)
#define ATR_DSE09_KEY_BYTES                                                    \
    (ATR_IDENTITY_BYTES + ATR_DSE09_KEY_POINTS * ATR_G2_BYTES + ATR_FR_BYTES)
#define ATR_DSE09_HEADER_BYTES                                                 \
    (ATR_DSE09_HEADER_POINTS * ATR_G1_BYTES + ATR_FR_BYTES)
#define ATR_DSE09_CAPSULE_BYTES (ATR_DSE09_HEADER_BYTES + 32)

/* One authority's public side made ready for use. Large: keep one, lend it. */
typedef struct {
    uint8_t hm[ATR_DSE09_HASH_BYTES]; /* SHA-256(enc(mpk)) */
    atr_g1_affine p[ATR_DSE09_G1];
    atr_g2_affine q[ATR_DSE09_PUBLIC_G2];
    atr_gt t; /* T = e(g1,g2)^{alpha a1 b} */
    atr_gt_table t_table;
    atr_g1_table table[ATR_DSE09_TABLES];
} atr_dse09;

/* The master secret; the first three are public and stand here so that keys
 * are made from one table. */
typedef struct {
    atr_g2_affine q[ATR_DSE09_G2];
} atr_dse09_secret;

/* atr_dse09_setup draws a master secret and its public key. */
void atr_dse09_setup(atr_dse09_secret *msk, uint8_t mpk[ATR_DSE09_MPK_BYTES],
                     atr_rng *rng);
void atr_dse09_secret_wipe(atr_dse09_secret *msk);

/* atr_dse09_init returns ATR_ERR_INPUT when `mpk` is not of this scheme, or
 * anything in it not of its group. */
ATR_MUST_USE atr_err atr_dse09_init(atr_dse09 *dse,
                                    const uint8_t mpk[ATR_DSE09_MPK_BYTES]);

/* The key of one identity: its holder's secret. */
typedef struct {
    atr_identity id;
    atr_g2_affine d[ATR_DSE09_KEY_POINTS];
    atr_fr tag;
    atr_g2_lines lines[ATR_DSE09_KEY_POINTS]; /* 157 kB: of each point */
} atr_dse09_key;

/* atr_dse09_key_ready computes the lines. All functions that make or read a key
 * do it; who changes a point calls it. */
void atr_dse09_key_ready(atr_dse09_key *key);

/* atr_dse09_extract makes a key of `id`, with fresh randomness. */
void atr_dse09_extract(atr_dse09_key *out, const atr_dse09 *dse,
                       const atr_dse09_secret *msk, const atr_identity *id,
                       atr_rng *rng);

/* atr_dse09_key_check tells whether `key` opens what is made to its identity:
 * it tries, with an encapsulation of its own. ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_dse09_key_check(const atr_dse09 *dse,
                                         const atr_dse09_key *key,
                                         atr_rng *rng);

/* Bytes: identity, D1 .. D7, K, tag. Reading validates all of it;
 * atr_dse09_key_check is still to be done. */
ATR_MUST_USE atr_err atr_dse09_key_read(atr_dse09_key *out,
                                        const uint8_t in[ATR_DSE09_KEY_BYTES]);
void atr_dse09_key_write(uint8_t out[ATR_DSE09_KEY_BYTES],
                         const atr_dse09_key *key);
void atr_dse09_key_wipe(atr_dse09_key *key);

/* atr_dse09_encap makes a capsule and the key inside it; only `rng` makes two
 * calls differ. atr_dse09_encap_derand takes the coins. */
void atr_dse09_encap(uint8_t capsule[ATR_DSE09_CAPSULE_BYTES],
                     uint8_t key[ATR_DSE09_SHARED_BYTES], const atr_dse09 *dse,
                     const atr_identity *to, atr_bytes ad, atr_rng *rng);
void atr_dse09_encap_derand(uint8_t capsule[ATR_DSE09_CAPSULE_BYTES],
                            uint8_t key[ATR_DSE09_SHARED_BYTES],
                            const atr_dse09 *dse, const atr_identity *to,
                            atr_bytes ad,
                            const uint8_t coins[ATR_DSE09_COINS_BYTES]);

/* atr_dse09_decap returns ATR_ERR_AUTH, and a key of zeros, for everything
 * that encap did not make to this identity, in this context; and where the tag
 * of the capsule is that of the key, which happens once in r. */
ATR_MUST_USE atr_err atr_dse09_decap(uint8_t key[ATR_DSE09_SHARED_BYTES],
                                     const atr_dse09 *dse,
                                     const atr_dse09_key *secret, atr_bytes ad,
                                     atr_bytes capsule);

#endif
