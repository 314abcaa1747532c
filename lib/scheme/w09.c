/* The authority of W09; the equation numbers are those of doc/scheme/w09.md. */
#include "scheme/w09_parts.h"
#include "sym/hash.h"

/* (1) */
void atr_w09_setup(atr_w09_master *master, uint8_t mpk[ATR_W09_MPK_BYTES],
                   atr_rng *rng)
{
    atr_g1_affine base;
    atr_fr alpha;
    atr_fr a;
    atr_gt blind;
    atr_g1 g1;
    atr_g2 g2[2];

    atr_fr_random(&alpha, rng);
    atr_fr_random(&a, rng);
    ATR_SECRET(&alpha, sizeof alpha);
    ATR_SECRET(&a, sizeof a);
    atr_g2_mul(&g2[0], &atr_g2_generator, &alpha);
    atr_g2_mul(&g2[1], &atr_g2_generator, &a);
    atr_g2_to_affine(&master->alpha, &g2[0]);
    atr_g2_to_affine(&master->a, &g2[1]);
    atr_gt_pow(&blind, &atr_gt_generator, &alpha);
    atr_g1_mul(&g1, &atr_g1_generator, &a);
    atr_g1_to_affine(&base, &g1);
    ATR_PUBLIC(&blind, sizeof blind);
    ATR_PUBLIC(&base, sizeof base);
    mpk[0] = ATR_W09_ID;
    atr_gt_write(mpk + 1, &blind);
    atr_g1_write(mpk + 1 + ATR_GT_BYTES, &base);
    atr_wipe(&alpha, sizeof alpha);
    atr_wipe(&a, sizeof a);
    atr_wipe(&g1, sizeof g1);
    atr_wipe(g2, sizeof g2);
    atr_wipe_stack();
}

atr_err atr_w09_init(atr_w09 *w09, const uint8_t mpk[ATR_W09_MPK_BYTES])
{
    atr_hash hash;

    memset(w09, 0, sizeof *w09);
    if (mpk[0] != ATR_W09_ID || atr_gt_read(&w09->a, mpk + 1) != ATR_OK ||
        atr_g1_read(&w09->base, mpk + 1 + ATR_GT_BYTES) != ATR_OK) {
        memset(w09, 0, sizeof *w09);
        return ATR_ERR_INPUT;
    }
    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_W09_MPK_BYTES});
    atr_hash_final(&hash, w09->hm);
    atr_g1_table_init(&w09->g1_table, &atr_g1_generator);
    atr_g1_table_init(&w09->base_table, &w09->base);
    atr_g2_table_init(&w09->g2_table, &atr_g2_generator);
    atr_gt_table_init(&w09->a_table, &w09->a);
    return ATR_OK;
}

void atr_w09_lend_cache(atr_w09 *w09, atr_cache *cache)
{
    memset(cache, 0, sizeof *cache);
    w09->cache = cache;
}

/* (2) */
atr_attr_hash atr_w09_hash(const atr_w09 *w09)
{
    return (atr_attr_hash){"ATR1/W09/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_",
                           w09->hm, w09->cache};
}
