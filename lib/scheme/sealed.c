#include "scheme/sealed.h"

#include <assert.h>

#include "policy/policy_wire.h"
#include "sym/aead.h"
#include "sym/hash.h"

#define VERSION 1
#define MAGIC_BYTES 7
#define FIXED_BYTES (MAGIC_BYTES + 2 + ATR_MPK_HASH_BYTES) /* before P */
#define PREFIX_BYTES_MAX (FIXED_BYTES + 4 + ATR_POLICY_BYTES_MAX)

static const uint8_t magic[MAGIC_BYTES] = {'A', 'T', 'R', 'S', 'E', 'A', 'L'};

/* The header ------------------------------------------------------------ */

/* All of a header before the capsule. The form of each part is canonical, so
 * what is built again from a header that was read is what was read. */
static void build_prefix(atr_builder *builder, const atr_sealed_header *header)
{
    uint8_t memory[ATR_POLICY_BYTES_MAX];
    atr_builder tree = atr_builder_of(memory, sizeof memory);

    atr_policy_build(&tree, &header->policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    atr_build_bytes(builder, ATR_BYTES(magic));
    atr_build_u8(builder, header->version);
    atr_build_u8(builder, header->scheme);
    atr_build_bytes(builder, ATR_BYTES(header->hm));
    atr_build_field(builder, atr_builder_bytes(&tree));
}

#define AD_BYTES (4 + 18 + 4 + ATR_HASH_BYTES)

/* The context of the capsule: enc("ATR1/SEALED/header", H(prefix)). */
static void build_ad(uint8_t ad[AD_BYTES], atr_bytes prefix)
{
    uint8_t digest[ATR_HASH_BYTES];
    atr_builder builder = atr_builder_of(ad, AD_BYTES);

    atr_hash_of(digest, prefix);
    atr_build_field(&builder, ATR_LITERAL("ATR1/SEALED/header"));
    atr_build_field(&builder, ATR_BYTES(digest));
    assert(atr_builder_end(&builder) == ATR_OK);
}

/* The key of the chunks depends on every byte of the header. */
static void start(atr_sealed *sealed, const uint8_t key[ATR_KEM_KEY_BYTES],
                  atr_bytes prefix, atr_bytes capsule)
{
    uint8_t digest[ATR_HASH_BYTES];
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_update(&hash, prefix);
    atr_hash_field(&hash, capsule);
    atr_hash_final(&hash, digest);
    memset(sealed, 0, sizeof *sealed);
    atr_kdf(sealed->key, sizeof sealed->key, "ATR1/SEALED/chunks",
            (atr_bytes){key, ATR_KEM_KEY_BYTES}, ATR_BYTES(digest));
}

/* Parts that come from a file arrive bit by bit, so each step tells "too
 * short" (ATR_ERR_LIMIT) from "wrong" (ATR_ERR_INPUT). */
static atr_err read_fixed(atr_sealed_header *out, atr_reader *reader,
                          atr_bytes in)
{
    size_t seen = in.len < MAGIC_BYTES ? in.len : MAGIC_BYTES;

    if (seen != 0 && memcmp(in.data, magic, seen) != 0) {
        return ATR_ERR_INPUT;
    }
    (void)atr_read_view(reader, MAGIC_BYTES);
    out->version = atr_read_u8(reader);
    if (!reader->failed && out->version != VERSION) {
        return ATR_ERR_INPUT;
    }
    out->scheme = atr_read_u8(reader);
    if (!reader->failed && atr_scheme_by_id(out->scheme) == NULL) {
        return ATR_ERR_INPUT;
    }
    atr_read_copy(reader, out->hm, sizeof out->hm);
    return reader->failed ? ATR_ERR_LIMIT : ATR_OK;
}

/* A field of at most `max` bytes. */
static atr_err read_part(atr_bytes *out, atr_reader *reader, size_t max)
{
    size_t len = atr_read_u32(reader);

    if (len > max) {
        return ATR_ERR_INPUT;
    }
    *out = atr_read_view(reader, len);
    return reader->failed ? ATR_ERR_LIMIT : ATR_OK;
}

static size_t expected_capsule_len(const atr_sealed_header *header)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, &header->policy);
    return atr_scheme_by_id(header->scheme)->header_len(&rows) + 32;
}

static atr_err read_header(atr_sealed_header *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_bytes tree = {NULL, 0};
    size_t capsule_len;
    atr_err err;

    if ((err = read_fixed(out, &reader, in)) != ATR_OK ||
        (err = read_part(&tree, &reader, ATR_POLICY_BYTES_MAX)) != ATR_OK) {
        return err;
    }
    if (atr_policy_read(&out->policy, tree) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    capsule_len = expected_capsule_len(out);
    if ((err = read_part(&out->capsule, &reader, capsule_len)) != ATR_OK) {
        return err;
    }
    if (out->capsule.len != capsule_len) {
        return ATR_ERR_INPUT;
    }
    out->header_len = in.len - reader.left;
    return ATR_OK;
}

atr_err atr_sealed_header_read(atr_sealed_header *out, atr_bytes in)
{
    atr_err err;

    memset(out, 0, sizeof *out);
    err = read_header(out, in);
    if (err != ATR_OK) {
        memset(out, 0, sizeof *out);
    }
    return err;
}

atr_err atr_sealed_begin(atr_sealed *sealed, atr_builder *header,
                         const atr_kem *kem, const atr_policy *policy,
                         atr_rng *rng)
{
    uint8_t memory[PREFIX_BYTES_MAX];
    uint8_t ad[AD_BYTES];
    uint8_t key[ATR_KEM_KEY_BYTES];
    atr_builder prefix = atr_builder_of(memory, sizeof memory);
    atr_sealed_header parts = {.version = VERSION, .scheme = kem->scheme};
    size_t capsule_len = atr_kem_capsule_len(kem, policy);
    uint8_t *capsule;
    atr_err err;

    memset(sealed, 0, sizeof *sealed);
    memcpy(parts.hm, kem->hm, sizeof parts.hm);
    parts.policy = *policy;
    build_prefix(&prefix, &parts);
    atr_build_bytes(header, atr_builder_bytes(&prefix));
    atr_build_u32(header, (uint32_t)capsule_len);
    capsule = atr_build_space(header, capsule_len);
    if ((err = atr_builder_end(header)) != ATR_OK || capsule == NULL) {
        return ATR_ERR_LIMIT;
    }
    build_ad(ad, atr_builder_bytes(&prefix));
    atr_kem_encap(capsule, key, kem, policy, ATR_BYTES(ad), rng);
    start(sealed, key, atr_builder_bytes(&prefix),
          (atr_bytes){capsule, capsule_len});
    atr_wipe(key, sizeof key);
    return ATR_OK;
}

atr_err atr_sealed_open(atr_sealed *sealed, const atr_sealed_header *header,
                        const atr_kem *kem, const atr_abe_key *key)
{
    uint8_t memory[PREFIX_BYTES_MAX];
    uint8_t ad[AD_BYTES];
    uint8_t inner[ATR_KEM_KEY_BYTES];
    atr_builder prefix = atr_builder_of(memory, sizeof memory);
    atr_err err;

    memset(sealed, 0, sizeof *sealed);
    if (header->scheme != kem->scheme ||
        memcmp(header->hm, kem->hm, sizeof header->hm) != 0) {
        return ATR_ERR_STATE;
    }
    build_prefix(&prefix, header);
    build_ad(ad, atr_builder_bytes(&prefix));
    err = atr_kem_decap(inner, kem, key, &header->policy, ATR_BYTES(ad),
                        header->capsule);
    if (err == ATR_OK) {
        start(sealed, inner, atr_builder_bytes(&prefix), header->capsule);
    }
    atr_wipe(inner, sizeof inner);
    return err;
}

/* Chunks ----------------------------------------------------------------- */

/* STREAM: 15 zero bytes, the number of the chunk (8), 1 for the last. */
static void chunk_nonce(uint8_t nonce[ATR_AEAD_NONCE_BYTES], uint64_t number,
                        bool last)
{
    atr_builder builder = atr_builder_of(nonce + 15, 9);

    memset(nonce, 0, 15);
    atr_build_u64(&builder, number);
    atr_build_u8(&builder, last ? 1 : 0);
    assert(atr_builder_end(&builder) == ATR_OK);
}

static atr_err check_chunk(const atr_sealed *sealed, size_t len, size_t full,
                           size_t least, bool last)
{
    if (sealed->ended || sealed->next == UINT64_MAX) {
        return ATR_ERR_STATE;
    }
    if (len > full || len < least || (!last && len != full)) {
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

atr_err atr_sealed_chunk(atr_sealed *sealed, uint8_t *out, atr_bytes plain,
                         bool last)
{
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    atr_err err =
        check_chunk(sealed, plain.len, ATR_SEALED_CHUNK_BYTES, 0, last);

    if (err != ATR_OK) {
        return err;
    }
    chunk_nonce(nonce, sealed->next, last);
    atr_aead_seal(out, sealed->key, nonce, (atr_bytes){NULL, 0}, plain);
    sealed->next++;
    sealed->ended = last;
    return ATR_OK;
}

atr_err atr_sealed_unchunk(atr_sealed *sealed, uint8_t *out, atr_bytes chunk,
                           bool last)
{
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    atr_err err = check_chunk(sealed, chunk.len, ATR_SEALED_CHUNK_SEALED_BYTES,
                              ATR_AEAD_TAG_BYTES, last);

    if (err != ATR_OK) {
        return err;
    }
    chunk_nonce(nonce, sealed->next, last);
    err = atr_aead_unseal(out, sealed->key, nonce, (atr_bytes){NULL, 0}, chunk);
    if (err != ATR_OK) {
        return err;
    }
    sealed->next++;
    sealed->ended = last;
    return ATR_OK;
}

void atr_sealed_wipe(atr_sealed *sealed)
{
    if (sealed != NULL) {
        atr_wipe(sealed, sizeof *sealed);
    }
}
