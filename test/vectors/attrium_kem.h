/* attrium_kem.h - one run of everything that has a format, from fixed seeds:
 * what tests natively and under wasm compare with attrium_kem_answers.h. A
 * change there is a change of format.
 */
#ifndef ATTRIUM_KEM_H
#define ATTRIUM_KEM_H

#include "kex/ake.h"
#include "policy/policy_text.h"
#include "scheme/sealed.h"

typedef struct {
    uint8_t mpk[ATR_MPK_BYTES];
    uint8_t hm[32];
    uint8_t key[4096]; /* an attribute key */
    size_t key_len;
    uint8_t capsule[4096];
    size_t capsule_len;
    uint8_t k[32];         /* the key in it */
    uint8_t message[4096]; /* a contribution to a room */
    size_t message_len;
    uint8_t sid[32];
    uint8_t session[32];
    uint8_t confirm[32];
    uint8_t sender[32];
    uint8_t sealed[4096]; /* a header and one chunk */
    size_t sealed_len;
    bool opened; /* the capsule, the message and the file open again */
} known_run;

static const char known_policy[] = "2 of (ONE, THREE, TWO) and level#4 >= 5";
static const char known_attrs[] = "ONE, TWO, level#4=7";

static inline atr_bytes known_bytes(const char *text)
{
    return (atr_bytes){(const uint8_t *)text, strlen(text)};
}

static inline void known_room(known_run *out, const atr_kem *kem,
                              const atr_abe_key *key, const atr_policy *policy,
                              atr_rng *rng)
{
    atr_ake_room room = {.kem = kem, .policy = policy};
    atr_ake_signer signer;
    atr_ake_part part;
    atr_ake_part again;
    atr_ake_keys keys;

    memset(room.room, 7, sizeof room.room);
    atr_ake_signer_init(&signer, rng);
    out->message_len = atr_ake_message_len(&room);
    atr_ake_contribute(out->message, &part, &room, 3, &signer, rng);
    out->opened =
        out->opened &&
        atr_ake_accept(&again, &room, key,
                       (atr_bytes){out->message, out->message_len}) == ATR_OK &&
        memcmp(&again, &part, sizeof part) == 0 &&
        atr_ake_agree(&keys, &room, 4, &part, 1) == ATR_OK;
    memcpy(out->sid, keys.sid, 32);
    memcpy(out->session, keys.session, 32);
    atr_ake_confirm(out->confirm, &keys, signer.vk);
    atr_ake_sender_key(out->sender, &keys, signer.vk);
}

static inline void known_file(known_run *out, const atr_kem *kem,
                              const atr_abe_key *key, const atr_policy *policy,
                              atr_rng *rng)
{
    static const uint8_t plain[] = "sealed under a policy";
    static atr_sealed_header header;
    uint8_t back[sizeof plain];
    atr_builder builder = atr_builder_of(out->sealed, sizeof out->sealed);
    atr_sealed sealed;

    out->opened =
        out->opened &&
        atr_sealed_begin(&sealed, &builder, kem, policy, rng) == ATR_OK &&
        atr_sealed_chunk(&sealed, out->sealed + builder.len, ATR_BYTES(plain),
                         true) == ATR_OK;
    out->sealed_len = builder.len + sizeof plain + 16;
    out->opened =
        out->opened &&
        atr_sealed_header_read(
            &header, (atr_bytes){out->sealed, out->sealed_len}) == ATR_OK &&
        atr_sealed_open(&sealed, &header, kem, key) == ATR_OK &&
        atr_sealed_unchunk(
            &sealed, back,
            (atr_bytes){out->sealed + header.header_len, sizeof plain + 16},
            true) == ATR_OK &&
        memcmp(back, plain, sizeof plain) == 0;
}

static inline void known_compute(known_run *out, uint8_t scheme)
{
    static atr_abe abe;
    static atr_abe_key key;
    static atr_attrs attrs;
    static atr_policy policy;
    const atr_bytes ad = known_bytes("known answer");
    uint8_t seed[ATR_SEED_BYTES] = {scheme};
    uint8_t coins[ATR_KEM_COINS_BYTES];
    uint8_t got[32];
    atr_builder builder = atr_builder_of(out->key, sizeof out->key);
    atr_kem kem;
    atr_mpk mpk;
    atr_fr alpha;
    atr_rng rng;

    for (size_t i = 0; i < sizeof coins; i++) {
        coins[i] = (uint8_t)i;
    }
    atr_rng_init(&rng, seed);
    atr_abe_setup(&alpha, &mpk, scheme, &rng);
    out->opened =
        atr_abe_init(&abe, &mpk) == ATR_OK &&
        atr_policy_parse(&policy, known_bytes(known_policy), NULL) == ATR_OK &&
        atr_attrs_parse(&attrs, known_bytes(known_attrs), NULL) == ATR_OK;
    kem = atr_kem_of(&abe);
    atr_mpk_write(out->mpk, &mpk);
    memcpy(out->hm, abe.hm, 32);
    atr_abe_keygen(&key, &abe, &alpha, &attrs, &rng);
    atr_abe_key_build(&builder, &key);
    out->key_len = builder.len;
    out->capsule_len = atr_kem_capsule_len(&kem, &policy);
    atr_kem_encap_derand(out->capsule, out->k, &kem, &policy, ad, coins);
    out->opened =
        out->opened &&
        atr_kem_decap(got, &kem, &key, &policy, ad,
                      (atr_bytes){out->capsule, out->capsule_len}) == ATR_OK &&
        memcmp(got, out->k, 32) == 0;
    known_room(out, &kem, &key, &policy, &rng);
    known_file(out, &kem, &key, &policy, &rng);
}

#endif
