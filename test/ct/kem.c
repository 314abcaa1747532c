/* Key generation, encapsulation and decapsulation with their secrets marked:
 * valgrind stops at the first branch or index that depends on one. */
#include <stdio.h>
#include <stdlib.h>

#include "kex/ake.h"
#include "policy/policy_text.h"

static atr_abe abe;
static atr_abe_key key;
static atr_policy policy;
static uint8_t capsule[4096];
static uint8_t second[4096];
static atr_cache cache;

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "ct kem: %s\n", what);
        exit(1);
    }
}

#define MANY 8 /* enough to be compared by sums */

/* All good, then the last one not: by sums alone, and each by itself after. */
static void open_many(const atr_kem *kem, atr_bytes good, atr_bytes bad,
                      atr_bytes ad)
{
    static atr_kem_opening items[MANY];

    for (size_t i = 0; i < MANY; i++) {
        items[i] = (atr_kem_opening){.ad = ad, .capsule = good};
    }
    atr_kem_decap_many(items, MANY, kem, &key, &policy);
    must(items[0].err == ATR_OK && items[MANY - 1].err == ATR_OK, "many");
    items[MANY - 1].capsule = bad;
    atr_kem_decap_many(items, MANY, kem, &key, &policy);
    must(items[0].err == ATR_OK && items[MANY - 1].err == ATR_ERR_AUTH,
         "many but one");
}

static void run(uint8_t scheme, const char *text, atr_rng *rng)
{
    const atr_bytes ad = ATR_LITERAL("ct");
    uint8_t sent[ATR_KEM_KEY_BYTES];
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_attrs attrs;
    atr_bytes bytes;
    atr_kem kem;
    atr_mpk mpk;
    atr_fr alpha;
    bool same;

    must(atr_policy_parse(&policy,
                          (atr_bytes){(const uint8_t *)text, strlen(text)},
                          NULL) == ATR_OK &&
             atr_attrs_parse(&attrs, ATR_LITERAL("ONE, TWO"), NULL) == ATR_OK,
         "setting");
    atr_abe_setup(&alpha, &mpk, scheme, rng);
    must(atr_abe_init(&abe, &mpk) == ATR_OK, "authority");
    atr_abe_lend_cache(&abe, &cache);
    kem = atr_kem_of(&abe);
    atr_abe_keygen(&key, &abe, &alpha, &attrs, rng);
    ATR_SECRET(&key.k1, sizeof key.k1);
    ATR_SECRET(&key.k1_lines, sizeof key.k1_lines);
    ATR_SECRET(&key.k3, sizeof key.k3);
    ATR_SECRET(key.k2, sizeof key.k2);
    must(atr_abe_key_check(&abe, &abe.mpk.a, &key, rng) == ATR_OK, "key check");
    atr_kem_encap(capsule, sent, &kem, &policy, ad, rng);
    bytes = (atr_bytes){capsule, atr_kem_capsule_len(&kem, &policy)};
    must(atr_kem_decap(got, &kem, &key, &policy, ad, bytes) == ATR_OK,
         "decapsulation");
    same = atr_secret_equal(sent, got, sizeof sent);
    ATR_PUBLIC(&same, sizeof same);
    must(same, "keys");
    capsule[bytes.len - 1] ^= 1;
    must(atr_kem_decap(got, &kem, &key, &policy, ad, bytes) == ATR_ERR_AUTH,
         "refusal");
    memcpy(second, capsule, bytes.len);
    capsule[bytes.len - 1] ^= 1;
    open_many(&kem, bytes, (atr_bytes){second, bytes.len}, ad);
}

/* The exchange above it, from the key of a capsule to those of an epoch. */
static void agree(atr_rng *rng)
{
    const atr_kem kem = atr_kem_of(&abe);
    const atr_ake_room room = {.kem = &kem, .policy = &policy, .room = {1}};
    static uint8_t message[4096];
    uint8_t tag[ATR_AKE_TAG_BYTES];
    uint8_t sender[ATR_AKE_KEY_BYTES];
    atr_ake_signer signer;
    atr_ake_part part;
    atr_ake_keys keys;

    atr_ake_signer_init(&signer, rng);
    atr_ake_contribute(message, &part, &room, 1, &signer, rng);
    must(atr_ake_accept(&part, &room, &key,
                        (atr_bytes){message, atr_ake_message_len(&room)}) ==
             ATR_OK,
         "contribution");
    must(atr_ake_agree(&keys, &room, 2, &part, 1) == ATR_OK, "agreement");
    atr_ake_confirm(tag, &keys, signer.vk);
    must(atr_ake_confirm_check(tag, &keys, signer.vk) == ATR_OK, "tag");
    atr_ake_sender_key(sender, &keys, signer.vk);
}

int main(void)
{
    const uint8_t seed[ATR_SEED_BYTES] = {1};
    atr_rng rng;

    atr_rng_init(&rng, seed);
    printf("1..3\n");
    run(ATR_SCHEME_W11, "2 of (ONE, TWO, THREE)", &rng);
    printf("ok 1 - the KEM over W11\n");
    run(ATR_SCHEME_FABEO, "2 of (ONE, TWO, ONE and THREE)", &rng);
    printf("ok 2 - the KEM over FABEO\n");
    agree(&rng);
    printf("ok 3 - AB-AKE\n");
    return 0;
}
