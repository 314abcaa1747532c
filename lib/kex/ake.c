/* AB-AKE in one round: doc/scheme/ake.md. */
#include "kex/ake.h"

#include <assert.h>

#include "policy/policy_wire.h"
#include "sym/hash.h"

#define HEADER_BYTES_MAX                                                       \
    ((1 + ATR_POLICY_ROWS_MAX) * ATR_G2_BYTES +                                \
     ATR_POLICY_ROWS_MAX * ATR_G1_BYTES)
#define CAPSULE_BYTES_MAX (HEADER_BYTES_MAX + 32)

/* Where the parts of a message stand. */
#define VK_AT 8
#define CAPSULE_AT (VK_AT + ATR_ED25519_PUBLIC_BYTES + 4)

#define TOGETHER ATR_AKE_TOGETHER

void atr_ake_signer_init(atr_ake_signer *signer, atr_rng *rng)
{
    uint8_t seed[32];

    atr_rng_bytes(rng, seed, sizeof seed);
    ATR_SECRET(seed, sizeof seed);
    atr_ed25519_keypair(signer->vk, signer->sk, seed);
    ATR_PUBLIC(signer->vk, sizeof signer->vk);
    atr_wipe(seed, sizeof seed);
}

void atr_ake_signer_wipe(atr_ake_signer *signer)
{
    if (signer != NULL) {
        atr_wipe(signer, sizeof *signer);
    }
}

/* Contributions ---------------------------------------------------------- */

/* A message taken apart; everything borrowed. */
typedef struct {
    uint64_t base;
    const uint8_t *vk;
    atr_bytes capsule;
    const uint8_t *sig;
} message_parts;

size_t atr_ake_message_len(const atr_ake_room *room)
{
    return CAPSULE_AT + atr_kem_capsule_len(room->kem, room->policy) +
           ATR_ED25519_SIG_BYTES;
}

#define AD_BYTES                                                               \
    (4 + 21 + 4 + ATR_ROOM_ID_BYTES + 8 + 4 + ATR_ED25519_PUBLIC_BYTES)

/* (1): enc("ATR1/AKE/contribution", room, base, vk) */
static void build_ad(uint8_t ad[AD_BYTES], const atr_ake_room *room,
                     uint64_t base, const uint8_t *vk)
{
    atr_builder builder = atr_builder_of(ad, AD_BYTES);

    atr_build_field(&builder, ATR_LITERAL("ATR1/AKE/contribution"));
    atr_build_field(&builder, ATR_BYTES(room->room));
    atr_build_u64(&builder, base);
    atr_build_field(&builder, (atr_bytes){vk, ATR_ED25519_PUBLIC_BYTES});
    assert(atr_builder_end(&builder) == ATR_OK);
}

static void build_policy(atr_builder *builder, const atr_policy *policy)
{
    uint8_t memory[ATR_POLICY_BYTES_MAX];
    atr_builder tree = atr_builder_of(memory, sizeof memory);

    atr_policy_build(&tree, policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    atr_build_field(builder, atr_builder_bytes(&tree));
}

#define SIGNED_BYTES_MAX                                                       \
    (4 + 13 + 4 + ATR_ROOM_ID_BYTES + 8 + 4 + ATR_POLICY_BYTES_MAX + 4 +       \
     ATR_ED25519_PUBLIC_BYTES + 4 + CAPSULE_BYTES_MAX)

/* (2): enc("ATR1/AKE/sign", room, base, policy, vk, c) */
static void build_signed(atr_builder *builder, const atr_ake_room *room,
                         const message_parts *parts)
{
    atr_build_field(builder, ATR_LITERAL("ATR1/AKE/sign"));
    atr_build_field(builder, ATR_BYTES(room->room));
    atr_build_u64(builder, parts->base);
    build_policy(builder, room->policy);
    atr_build_field(builder, (atr_bytes){parts->vk, ATR_ED25519_PUBLIC_BYTES});
    atr_build_field(builder, parts->capsule);
    assert(atr_builder_end(builder) == ATR_OK);
}

static void build_message(uint8_t *message, const message_parts *parts)
{
    atr_builder builder = atr_builder_of(message, CAPSULE_AT);

    atr_build_u64(&builder, parts->base);
    atr_build_bytes(&builder, (atr_bytes){parts->vk, ATR_ED25519_PUBLIC_BYTES});
    atr_build_u32(&builder, (uint32_t)parts->capsule.len);
    assert(atr_builder_end(&builder) == ATR_OK);
}

static atr_err read_message(message_parts *out, const atr_ake_room *room,
                            atr_bytes message)
{
    atr_reader reader = atr_reader_of(message);

    out->base = atr_read_u64(&reader);
    out->vk = atr_read_view(&reader, ATR_ED25519_PUBLIC_BYTES).data;
    out->capsule = atr_read_field(&reader);
    out->sig = atr_read_view(&reader, ATR_ED25519_SIG_BYTES).data;
    if (out->capsule.len != atr_kem_capsule_len(room->kem, room->policy)) {
        return ATR_ERR_INPUT;
    }
    return atr_reader_end(&reader);
}

void atr_ake_contribute(uint8_t *message, atr_ake_part *part,
                        const atr_ake_room *room, uint64_t base,
                        const atr_ake_signer *signer, atr_rng *rng)
{
    uint8_t memory[SIGNED_BYTES_MAX];
    uint8_t ad[AD_BYTES];
    atr_builder to_sign = atr_builder_of(memory, sizeof memory);
    uint8_t *capsule = message + CAPSULE_AT;
    const message_parts parts = {
        .base = base,
        .vk = signer->vk,
        .capsule = {capsule, atr_kem_capsule_len(room->kem, room->policy)},
    };

    build_ad(ad, room, base, signer->vk);
    atr_kem_encap(capsule, part->key, room->kem, room->policy, ATR_BYTES(ad),
                  rng);
    build_message(message, &parts);
    build_signed(&to_sign, room, &parts);
    atr_ed25519_sign(capsule + parts.capsule.len, signer->sk,
                     atr_builder_bytes(&to_sign));
    ATR_PUBLIC(message, atr_ake_message_len(room));
    part->base = base;
    memcpy(part->vk, signer->vk, sizeof part->vk);
    atr_hash_of(part->digest, (atr_bytes){message, atr_ake_message_len(room)});
}

static atr_err verify(message_parts *parts, const atr_ake_room *room,
                      atr_bytes message)
{
    uint8_t memory[SIGNED_BYTES_MAX];
    atr_builder to_verify = atr_builder_of(memory, sizeof memory);

    if (read_message(parts, room, message) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    build_signed(&to_verify, room, parts);
    return atr_ed25519_verify(parts->sig, parts->vk,
                              atr_builder_bytes(&to_verify));
}

static void fill_part(atr_ake_part *part, const message_parts *parts,
                      atr_bytes message)
{
    part->base = parts->base;
    memcpy(part->vk, parts->vk, sizeof part->vk);
    atr_hash_of(part->digest, message);
}

atr_err atr_ake_verify(atr_ake_part *part, const atr_ake_room *room,
                       atr_bytes message)
{
    message_parts parts;
    atr_err err;

    memset(part, 0, sizeof *part);
    err = verify(&parts, room, message);
    if (err == ATR_OK) {
        fill_part(part, &parts, message);
    }
    return err;
}

/* Those of a few arrivals that are signed, on their way through the KEM. */
typedef struct {
    size_t count;
    size_t place[TOGETHER]; /* among the arrivals */
    message_parts parts[TOGETHER];
    uint8_t ad[TOGETHER][AD_BYTES];
    atr_kem_opening opening[TOGETHER];
} batch;

static void put(batch *b, size_t place, const message_parts *parts,
                const atr_ake_room *room)
{
    uint8_t *ad = b->ad[b->count];

    build_ad(ad, room, parts->base, parts->vk);
    b->place[b->count] = place;
    b->parts[b->count] = *parts;
    b->opening[b->count++] = (atr_kem_opening){
        .ad = {ad, AD_BYTES},
        .capsule = parts->capsule,
    };
}

/* At most TOGETHER. */
static void accept_some(atr_ake_arrival *items, size_t count,
                        const atr_ake_room *room, const atr_abe_key *secret)
{
    message_parts parts;
    batch b = {0};

    for (size_t i = 0; i < count; i++) {
        memset(&items[i].part, 0, sizeof items[i].part);
        items[i].err = verify(&parts, room, items[i].message);
        if (items[i].err == ATR_OK) {
            put(&b, i, &parts, room);
        }
    }
    atr_kem_decap_many(b.opening, b.count, room->kem, secret, room->policy);
    for (size_t k = 0; k < b.count; k++) {
        atr_ake_arrival *item = &items[b.place[k]];

        item->err = b.opening[k].err;
        if (item->err == ATR_OK) {
            fill_part(&item->part, &b.parts[k], item->message);
            memcpy(item->part.key, b.opening[k].key, sizeof item->part.key);
        }
    }
    atr_wipe(b.opening, sizeof b.opening);
}

void atr_ake_accept_many(atr_ake_arrival *items, size_t count,
                         const atr_ake_room *room, const atr_abe_key *secret)
{
    for (size_t from = 0; from < count; from += TOGETHER) {
        size_t left = count - from;

        accept_some(items + from, left < TOGETHER ? left : TOGETHER, room,
                    secret);
    }
}

atr_err atr_ake_accept(atr_ake_part *part, const atr_ake_room *room,
                       const atr_abe_key *secret, atr_bytes message)
{
    atr_ake_arrival item = {.message = message};

    atr_ake_accept_many(&item, 1, room, secret);
    *part = item.part;
    atr_wipe(item.part.key, sizeof item.part.key);
    return item.err;
}

/* Agreement --------------------------------------------------------------- */

/* The places of parts, sorted by one of their public fields. */
typedef struct {
    const atr_ake_part *parts;
    size_t field; /* where in a part it stands; 32 bytes */
    size_t count;
    uint16_t place[ATR_AKE_PARTS_MAX];
} ranking;

_Static_assert(ATR_AKE_PARTS_MAX <= UINT16_MAX, "a place is 16 bits");

static int compare(const ranking *r, size_t a, size_t b)
{
    const uint8_t *left = (const uint8_t *)&r->parts[r->place[a]];
    const uint8_t *right = (const uint8_t *)&r->parts[r->place[b]];

    return memcmp(left + r->field, right + r->field, 32);
}

static void swap(ranking *r, size_t a, size_t b)
{
    uint16_t place = r->place[a];

    r->place[a] = r->place[b];
    r->place[b] = place;
}

/* Makes a heap of the first `count` places below `at`, which may be too
 * small for where it stands. */
static void sink(ranking *r, size_t at, size_t count)
{
    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= count) {
            return;
        }
        if (child + 1 < count && compare(r, child, child + 1) < 0) {
            child++;
        }
        if (compare(r, at, child) >= 0) {
            return;
        }
        swap(r, at, child);
        at = child;
    }
}

/* Heapsort (Williams, 1964): whoever chooses the fields cannot make it slow,
 * and the parts stay where they are. Returns false when two are the same. */
static bool rank_by(ranking *r, size_t field)
{
    r->field = field;
    for (size_t i = 0; i < r->count; i++) {
        r->place[i] = (uint16_t)i;
    }
    for (size_t i = r->count / 2; i-- > 0;) {
        sink(r, i, r->count);
    }
    for (size_t left = r->count; left-- > 1;) {
        swap(r, 0, left);
        sink(r, 0, left);
    }
    for (size_t i = 1; i < r->count; i++) {
        if (compare(r, i - 1, i) == 0) {
            return false;
        }
    }
    return true;
}

/* In the order of the digests, which differ, as do the vks. */
static atr_err rank_parts(ranking *r, const atr_ake_part *parts, size_t count)
{
    if (count == 0 || count > ATR_AKE_PARTS_MAX) {
        return ATR_ERR_INPUT;
    }
    r->parts = parts;
    r->count = count;
    return rank_by(r, offsetof(atr_ake_part, vk)) &&
                   rank_by(r, offsetof(atr_ake_part, digest))
               ? ATR_OK
               : ATR_ERR_INPUT;
}

/* (4): sid = H(enc("ATR1/AKE/sid", room, policy, e, hm, [H(m_1)..H(m_n)])) */
static void hash_transcript(uint8_t sid[32], const atr_ake_room *room,
                            uint64_t epoch, const ranking *r)
{
    uint8_t memory[ATR_POLICY_BYTES_MAX];
    atr_builder tree = atr_builder_of(memory, sizeof memory);
    atr_hash hash;

    atr_policy_build(&tree, room->policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/AKE/sid"));
    atr_hash_field(&hash, ATR_BYTES(room->room));
    atr_hash_field(&hash, atr_builder_bytes(&tree));
    atr_hash_u64(&hash, epoch);
    atr_hash_field(&hash, ATR_BYTES(room->kem->hm));
    atr_hash_u32(&hash, (uint32_t)r->count);
    for (size_t i = 0; i < r->count; i++) {
        atr_hash_field(&hash, ATR_BYTES(r->parts[r->place[i]].digest));
    }
    atr_hash_final(&hash, sid);
}

/* (5): root = HKDF-Extract(sid, enc(K_1, .., K_n)), all keys whole. */
static void extract_root(uint8_t root[ATR_HASH_BYTES], const uint8_t sid[32],
                         const ranking *r)
{
    atr_hmac extract;

    atr_hmac_init(&extract, (atr_bytes){sid, 32});
    for (size_t i = 0; i < r->count; i++) {
        atr_hmac_field(&extract, ATR_BYTES(r->parts[r->place[i]].key));
    }
    atr_hmac_final(&extract, root);
}

atr_err atr_ake_agree(atr_ake_keys *out, const atr_ake_room *room,
                      uint64_t epoch, const atr_ake_part *parts, size_t count)
{
    uint8_t root[ATR_HASH_BYTES];
    ranking r;

    memset(out, 0, sizeof *out);
    if (rank_parts(&r, parts, count) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    hash_transcript(out->sid, room, epoch, &r);
    extract_root(root, out->sid, &r);
    atr_hkdf_expand(out->session, sizeof out->session, root,
                    ATR_LITERAL("ATR1/AKE/session"));
    atr_hkdf_expand(out->confirm, sizeof out->confirm, root,
                    ATR_LITERAL("ATR1/AKE/confirm-key"));
    atr_wipe(root, sizeof root);
    return ATR_OK;
}

void atr_ake_keys_wipe(atr_ake_keys *keys)
{
    if (keys != NULL) {
        atr_wipe(keys, sizeof *keys);
    }
}

/* Confirmation, sender keys ----------------------------------------------- */

/* (7) */
static void make_tag(uint8_t tag[ATR_AKE_TAG_BYTES], const atr_ake_keys *keys,
                     const uint8_t vk[ATR_ED25519_PUBLIC_BYTES])
{
    atr_hmac hmac;

    atr_hmac_init(&hmac, ATR_BYTES(keys->confirm));
    atr_hmac_field(&hmac, ATR_LITERAL("ATR1/AKE/confirm"));
    atr_hmac_field(&hmac, (atr_bytes){vk, ATR_ED25519_PUBLIC_BYTES});
    atr_hmac_field(&hmac, ATR_BYTES(keys->sid));
    atr_hmac_final(&hmac, tag);
}

void atr_ake_confirm(uint8_t tag[ATR_AKE_TAG_BYTES], const atr_ake_keys *keys,
                     const uint8_t vk[ATR_ED25519_PUBLIC_BYTES])
{
    make_tag(tag, keys, vk);
    ATR_PUBLIC(tag, ATR_AKE_TAG_BYTES);
}

atr_err atr_ake_confirm_check(const uint8_t tag[ATR_AKE_TAG_BYTES],
                              const atr_ake_keys *keys,
                              const uint8_t vk[ATR_ED25519_PUBLIC_BYTES])
{
    uint8_t expected[ATR_AKE_TAG_BYTES];
    bool same;

    make_tag(expected, keys, vk);
    same = atr_secret_equal(expected, tag, sizeof expected);
    ATR_PUBLIC(&same, sizeof same);
    atr_wipe(expected, sizeof expected);
    return same ? ATR_OK : ATR_ERR_AUTH;
}

/* (8) */
void atr_ake_sender_key(uint8_t key[ATR_AKE_KEY_BYTES],
                        const atr_ake_keys *keys,
                        const uint8_t vk[ATR_ED25519_PUBLIC_BYTES])
{
    uint8_t memory[4 + ATR_ED25519_PUBLIC_BYTES + 4 + sizeof keys->sid];
    atr_builder context = atr_builder_of(memory, sizeof memory);

    atr_build_field(&context, (atr_bytes){vk, ATR_ED25519_PUBLIC_BYTES});
    atr_build_field(&context, ATR_BYTES(keys->sid));
    assert(atr_builder_end(&context) == ATR_OK);
    atr_kdf(key, ATR_AKE_KEY_BYTES, "ATR1/AKE/sender", ATR_BYTES(keys->session),
            atr_builder_bytes(&context));
}
