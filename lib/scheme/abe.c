#include "scheme/abe.h"

#include <assert.h>

#include "curve/batch.h"
#include "scheme/attr_points.h"
#include "sym/hash.h"

/* Schemes and public keys --------------------------------------------- */

const atr_scheme *atr_scheme_by_id(uint8_t id)
{
    switch (id) {
    case ATR_SCHEME_FABEO:
        return &atr_scheme_fabeo;
    case ATR_SCHEME_W11:
        return &atr_scheme_w11;
    default:
        return NULL;
    }
}

static atr_bytes text_bytes(const char *text)
{
    return (atr_bytes){(const uint8_t *)text, strlen(text)};
}

const atr_scheme *atr_scheme_by_name(atr_bytes name)
{
    static const atr_scheme *const all[] = {&atr_scheme_fabeo, &atr_scheme_w11};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (atr_bytes_equal(name, text_bytes(all[i]->name))) {
            return all[i];
        }
    }
    return NULL;
}

atr_err atr_mpk_read(atr_mpk *out, const uint8_t in[ATR_MPK_BYTES])
{
    atr_mpk got = {.scheme = in[0]};

    if (atr_scheme_by_id(in[0]) == NULL ||
        atr_gt_read(&got.a, in + 1) != ATR_OK) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    *out = got;
    return ATR_OK;
}

void atr_mpk_write(uint8_t out[ATR_MPK_BYTES], const atr_mpk *mpk)
{
    out[0] = mpk->scheme;
    atr_gt_write(out + 1, &mpk->a);
}

/* hm = SHA-256(enc(mpk)). */
static void fingerprint(uint8_t hm[ATR_MPK_HASH_BYTES], const atr_mpk *mpk)
{
    uint8_t bytes[ATR_MPK_BYTES];
    atr_hash hash;

    atr_mpk_write(bytes, mpk);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_BYTES(bytes));
    atr_hash_final(&hash, hm);
}

/* The base of W11 is one point for all authorities, that of FABEO one for
 * each: (2) of the scheme pages. */
static void hash_base(atr_abe *abe)
{
    uint8_t memory[4 + ATR_MPK_HASH_BYTES];
    atr_builder message = atr_builder_of(memory, sizeof memory);

    if (abe->mpk.scheme == ATR_SCHEME_FABEO) {
        atr_build_field(&message, ATR_BYTES(abe->hm));
    }
    atr_g1_hash(&abe->base, text_bytes(abe->scheme->base_dst),
                atr_builder_bytes(&message));
}

atr_err atr_abe_init(atr_abe *abe, const atr_mpk *mpk)
{
    const atr_scheme *scheme = atr_scheme_by_id(mpk->scheme);

    if (scheme == NULL) {
        memset(abe, 0, sizeof *abe);
        return ATR_ERR_INPUT;
    }
    abe->scheme = scheme;
    abe->cache = NULL;
    abe->mpk = *mpk;
    fingerprint(abe->hm, mpk);
    hash_base(abe);
    atr_g1_table_init(&abe->base_table, &abe->base);
    atr_g1_table_init(&abe->g1_table, &atr_g1_generator);
    atr_g2_table_init(&abe->g2_table, &atr_g2_generator);
    atr_gt_table_init(&abe->a_table, &mpk->a);
    return ATR_OK;
}

void atr_abe_lend_cache(atr_abe *abe, atr_cache *cache)
{
    memset(cache, 0, sizeof *cache);
    abe->cache = cache;
}

/* Hashed attributes ---------------------------------------------------- */

static atr_attr_hash hash_of(const atr_abe *abe)
{
    return (atr_attr_hash){abe->scheme->attr_dst, abe->hm, abe->cache};
}

void atr_abe_attr_points(atr_g1_affine *out, const atr_abe *abe,
                         const atr_attr *const *attrs, size_t count)
{
    const atr_attr_hash hash = hash_of(abe);

    atr_attr_points(out, &hash, attrs, count);
}

void atr_abe_attr_point(atr_g1_affine *out, const atr_abe *abe,
                        const atr_attr *attr)
{
    atr_abe_attr_points(out, abe, &attr, 1);
}

void atr_abe_row_points(atr_g1_affine *out, const atr_abe *abe,
                        const atr_policy *policy, const atr_policy_rows *rows)
{
    const atr_attr_hash hash = hash_of(abe);

    atr_attr_points_of_rows(out, &hash, policy, rows);
}

/* Setup ------------------------------------------------------------------ */

void atr_abe_setup(atr_fr *alpha, atr_mpk *mpk, uint8_t scheme, atr_rng *rng)
{
    atr_fr_random(alpha, rng);
    ATR_SECRET(alpha, sizeof *alpha);
    mpk->scheme = scheme;
    atr_gt_pow(&mpk->a, &atr_gt_generator, alpha);
    ATR_PUBLIC(&mpk->a, sizeof mpk->a);
}

/* Keys as bytes: how they are made and verified stands in abe_key.c ------- */

void atr_abe_key_build(atr_builder *builder, const atr_abe_key *key)
{
    uint8_t g2[ATR_G2_BYTES];
    uint8_t g1[ATR_G1_BYTES];

    atr_g2_write(g2, &key->k1);
    atr_build_bytes(builder, ATR_BYTES(g2));
    atr_g1_write(g1, &key->k3);
    atr_build_bytes(builder, ATR_BYTES(g1));
    atr_attrs_build(builder, &key->attrs);
    for (size_t i = 0; i < key->attrs.count; i++) {
        atr_g1_write(g1, &key->k2[i]);
        atr_build_bytes(builder, ATR_BYTES(g1));
    }
    atr_wipe(g2, sizeof g2);
    atr_wipe(g1, sizeof g1);
}

static void read_g1(atr_g1_affine *out, atr_reader *reader)
{
    atr_bytes bytes = atr_read_view(reader, ATR_G1_BYTES);

    if (bytes.len != ATR_G1_BYTES || atr_g1_read(out, bytes.data) != ATR_OK) {
        atr_reader_fail(reader);
    }
}

static void read_g1_many(atr_g1_affine *out, atr_reader *reader, size_t count)
{
    atr_bytes bytes = atr_read_view(reader, count * ATR_G1_BYTES);

    if (bytes.len != count * ATR_G1_BYTES ||
        atr_g1_read_many(out, NULL, bytes.data, count) != ATR_OK) {
        atr_reader_fail(reader);
    }
}

static void read_g2(atr_g2_affine *out, atr_reader *reader)
{
    atr_bytes bytes = atr_read_view(reader, ATR_G2_BYTES);

    if (bytes.len != ATR_G2_BYTES || atr_g2_read(out, bytes.data) != ATR_OK) {
        atr_reader_fail(reader);
    }
}

atr_err atr_abe_key_read(atr_abe_key *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_err err;

    memset(out, 0, sizeof *out);
    read_g2(&out->k1, &reader);
    read_g1(&out->k3, &reader);
    atr_attrs_read_held(&out->attrs, &reader);
    if (!reader.failed) {
        read_g1_many(out->k2, &reader, out->attrs.count);
    }
    err = atr_reader_end(&reader);
    if (err != ATR_OK) {
        atr_wipe(out, sizeof *out);
        return err;
    }
    ATR_SECRET(&out->k1, sizeof out->k1);
    ATR_SECRET(&out->k3, sizeof out->k3);
    ATR_SECRET(out->k2, sizeof out->k2);
    atr_abe_key_ready(out);
    return ATR_OK;
}

void atr_abe_key_ready(atr_abe_key *key)
{
    atr_g2_lines_init(&key->k1_lines, &key->k1);
}

void atr_abe_key_wipe(atr_abe_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}
