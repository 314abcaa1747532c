/* The authority of FAME, and the points that it hashes. The equation numbers
 * are those of doc/scheme/fame.md. The indices l and t count from 0 here. */
#include <assert.h>

#include "base/bytes.h"
#include "curve/batch.h"
#include "scheme/fame_parts.h"
#include "sym/hash.h"

/* h_t = g2^{a_t} and T_t = e(g1,g2)^{k_t a_t + k_3} */
static void write_mpk(uint8_t *g2_at, uint8_t *gt_at,
                      const atr_fame_master *master, unsigned t)
{
    atr_g2_affine affine;
    atr_fr exponent;
    atr_g2 h;
    atr_gt blind;

    atr_g2_mul(&h, &atr_g2_generator, &master->a[t]);
    atr_g2_to_affine(&affine, &h);
    atr_fr_mul(&exponent, &master->k[t], &master->a[t]);
    atr_fr_add(&exponent, &exponent, &master->k[2]);
    atr_gt_pow(&blind, &atr_gt_generator, &exponent);
    ATR_PUBLIC(&affine, sizeof affine);
    ATR_PUBLIC(&blind, sizeof blind);
    atr_g2_write(g2_at, &affine);
    atr_gt_write(gt_at, &blind);
    atr_wipe(&exponent, sizeof exponent);
    atr_wipe(&h, sizeof h);
}

/* (1) */
void atr_fame_setup(atr_fame_master *master, uint8_t mpk[ATR_FAME_MPK_BYTES],
                    atr_rng *rng)
{
    uint8_t *g2_at = mpk + 1;
    uint8_t *gt_at = mpk + 1 + 2 * ATR_G2_BYTES;

    mpk[0] = ATR_FAME_ID;
    for (unsigned t = 0; t < 2; t++) {
        atr_fr_random(&master->a[t], rng);
        atr_fr_random(&master->b[t], rng);
    }
    for (unsigned l = 0; l < 3; l++) {
        atr_fr_random(&master->k[l], rng);
    }
    ATR_SECRET(master, sizeof *master);
    for (unsigned t = 0; t < 2; t++) {
        write_mpk(g2_at + t * ATR_G2_BYTES, gt_at + t * ATR_GT_BYTES, master,
                  t);
    }
    atr_wipe_stack();
}

atr_err atr_fame_init(atr_fame *fame, const uint8_t mpk[ATR_FAME_MPK_BYTES])
{
    const uint8_t *gt_at = mpk + 1 + 2 * ATR_G2_BYTES;
    atr_hash hash;
    atr_gt blind[2];

    memset(fame, 0, sizeof *fame);
    if (mpk[0] != ATR_FAME_ID ||
        atr_g2_read_many(fame->h, NULL, mpk + 1, 2) != ATR_OK ||
        atr_gt_read(&blind[0], gt_at) != ATR_OK ||
        atr_gt_read(&blind[1], gt_at + ATR_GT_BYTES) != ATR_OK) {
        memset(fame, 0, sizeof *fame);
        return ATR_ERR_INPUT;
    }
    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_FAME_MPK_BYTES});
    atr_hash_final(&hash, fame->hm);
    atr_g1_table_init(&fame->g1_table, &atr_g1_generator);
    atr_g2_table_init(&fame->g2_table, &atr_g2_generator);
    for (unsigned t = 0; t < 2; t++) {
        atr_g2_table_init(&fame->h_table[t], &fame->h[t]);
        atr_gt_table_init(&fame->t_table[t], &blind[t]);
    }
    return ATR_OK;
}

void atr_fame_lend_cache(atr_fame *fame, atr_fame_cache *cache)
{
    memset(cache, 0, sizeof *cache);
    fame->cache = cache;
}

/* Hashed points ----------------------------------------------------------- */

#define BATCH ATR_FAME_BATCH
#define ATTR_DST "ATR1/FAME/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_"
#define COLUMN_DST "ATR1/FAME/col_BLS12381G1_XMD:SHA-256_SSWU_RO_"
#define MESSAGE_BYTES (4 + ATR_MPK_HASH_BYTES + 4 + ATR_ATTR_BYTES_MAX + 2)

/* What is hashed for one name, l and t. */
static atr_bytes message_of(uint8_t memory[MESSAGE_BYTES], const atr_fame *fame,
                            atr_bytes name, unsigned l, unsigned t)
{
    atr_builder message = atr_builder_of(memory, MESSAGE_BYTES);

    atr_build_field(&message, ATR_BYTES(fame->hm));
    atr_build_field(&message, name);
    atr_build_u8(&message, (uint8_t)(1 + l));
    atr_build_u8(&message, (uint8_t)(1 + t));
    assert(atr_builder_end(&message) == ATR_OK);
    return atr_builder_bytes(&message);
}

/* (2), for at most BATCH names */
static void hash_names(atr_fame_six *out, const atr_fame *fame, atr_bytes dst,
                       const atr_bytes *names, size_t count)
{
    uint8_t memory[6 * BATCH][MESSAGE_BYTES];
    atr_bytes messages[6 * BATCH];

    for (unsigned i = 0; i < 6 * count; i++) {
        messages[i] =
            message_of(memory[i], fame, names[i / 6], i % 6 / 2, i % 2);
    }
    atr_g1_hash_many(out[0][0], dst, messages, 6 * count);
}

void atr_fame_attr_points(atr_fame_six *out, const atr_fame *fame,
                          const atr_attr *const *attrs, size_t count)
{
    atr_bytes names[BATCH] = {{NULL, 0}};

    for (size_t k = 0; k < count; k++) {
        names[k] = (atr_bytes){attrs[k]->bytes, attrs[k]->len};
    }
    hash_names(out, fame, ATR_LITERAL(ATTR_DST), names, count);
}

/* Columns from .. from + count - 1; the first is number 1. */
static void hash_columns(atr_fame_six *out, const atr_fame *fame, size_t from,
                         size_t count)
{
    uint8_t numbers[BATCH][2];
    atr_bytes names[BATCH] = {{NULL, 0}};

    for (size_t k = 0; k < count; k++) {
        numbers[k][0] = (uint8_t)((from + k) >> 8);
        numbers[k][1] = (uint8_t)(from + k);
        names[k] = ATR_BYTES(numbers[k]);
    }
    hash_names(out, fame, ATR_LITERAL(COLUMN_DST), names, count);
}

void atr_fame_row_points(atr_fame_six *out, const atr_fame *fame,
                         const atr_attr *const *attrs, size_t count)
{
    atr_fame_cache *cache = fame->cache;
    const atr_attr *missing[BATCH] = {NULL};
    size_t place[BATCH];
    atr_fame_six point[BATCH];
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = cache == NULL ? ATR_CACHE_POINTS
                                  : atr_cache_place(&cache->names, attrs[i]);

        if (at != ATR_CACHE_POINTS) {
            memcpy(out[i], cache->point[at], sizeof out[i]);
        } else {
            missing[left] = attrs[i];
            place[left++] = i;
        }
    }
    atr_fame_attr_points(point, fame, missing, left);
    for (size_t k = 0; k < left; k++) {
        memcpy(out[place[k]], point[k], sizeof point[k]);
        if (cache != NULL) {
            memcpy(cache->point[atr_cache_enter(&cache->names, missing[k])],
                   point[k], sizeof point[k]);
        }
    }
}

void atr_fame_column_points(atr_fame_six *out, const atr_fame *fame,
                            size_t count)
{
    atr_fame_cache *cache = fame->cache;
    size_t known = cache == NULL ? 0 : cache->columns;

    known = known < count ? known : count;
    if (known != 0) {
        memcpy(out, cache->column, known * sizeof *out);
    }
    for (size_t from = known; from < count; from += BATCH) {
        hash_columns(&out[from], fame, 1 + from, atr_fame_part(count, from));
    }
    if (cache != NULL && known < count) {
        memcpy(&cache->column[known], &out[known],
               (count - known) * sizeof *out);
        cache->columns = count;
    }
}
