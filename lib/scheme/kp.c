/* The authority of the key-policy schemes; the equation numbers are those of
 * doc/scheme/kp.md. */
#include "scheme/kp_parts.h"
#include "sym/hash.h"

/* What they hash attributes under; NULL for an unknown scheme. */
static const char *attr_dst(uint8_t scheme)
{
    switch (scheme) {
    case ATR_KP_FABEO:
        return "ATR1/FABEO-KP/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_";
    case ATR_KP_GPSW:
        return "ATR1/GPSW/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_";
    default:
        return NULL;
    }
}

size_t atr_kp_twist(const atr_kp *kp, const atr_policy_rows *rows, size_t row)
{
    return kp->scheme == ATR_KP_GPSW ? row : rows->occurrence[row];
}

size_t atr_kp_twists(const atr_kp *kp, const atr_policy_rows *rows)
{
    return kp->scheme == ATR_KP_GPSW ? rows->count : rows->repeats;
}

/* (1) */
void atr_kp_setup(atr_fr *alpha, uint8_t mpk[ATR_KP_MPK_BYTES],
                  atr_kp_scheme scheme, atr_rng *rng)
{
    atr_gt a;

    atr_fr_random(alpha, rng);
    ATR_SECRET(alpha, sizeof *alpha);
    atr_gt_pow(&a, &atr_gt_generator, alpha);
    ATR_PUBLIC(&a, sizeof a);
    mpk[0] = (uint8_t)scheme;
    atr_gt_write(mpk + 1, &a);
    atr_wipe_stack();
}

atr_err atr_kp_init(atr_kp *kp, const uint8_t mpk[ATR_KP_MPK_BYTES])
{
    atr_hash hash;

    memset(kp, 0, sizeof *kp);
    if (attr_dst(mpk[0]) == NULL || atr_gt_read(&kp->a, mpk + 1) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    kp->scheme = mpk[0];
    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_KP_MPK_BYTES});
    atr_hash_final(&hash, kp->hm);
    atr_g1_table_init(&kp->g1_table, &atr_g1_generator);
    atr_g2_table_init(&kp->g2_table, &atr_g2_generator);
    atr_gt_table_init(&kp->a_table, &kp->a);
    return ATR_OK;
}

void atr_kp_lend_cache(atr_kp *kp, atr_cache *cache)
{
    memset(cache, 0, sizeof *cache);
    kp->cache = cache;
}

/* (2) */
atr_attr_hash atr_kp_hash(const atr_kp *kp)
{
    return (atr_attr_hash){attr_dst(kp->scheme), kp->hm, kp->cache};
}
