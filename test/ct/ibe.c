/* Keys, encapsulation and decapsulation for identities with their secrets
 * marked: valgrind stops at the first branch or index that depends on one. */
#include <stdio.h>
#include <stdlib.h>

#include "kex/ibake.h"
#include "policy/shamir.h"
#include "scheme/bf.h"
#include "scheme/dse09.h"

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "ct ibe: %s\n", what);
        exit(1);
    }
}

static bool same_key(const uint8_t a[32], const uint8_t b[32])
{
    bool same = atr_secret_equal(a, b, 32);

    ATR_PUBLIC(&same, sizeof same);
    return same;
}

static void boneh_franklin(const atr_identity *id, atr_rng *rng)
{
    const atr_bytes ad = ATR_LITERAL("ct");
    static atr_bf bf;
    uint8_t mpk[ATR_BF_MPK_BYTES];
    uint8_t capsule[ATR_BF_CAPSULE_BYTES];
    uint8_t sent[32];
    uint8_t got[32];
    atr_bf_recipient to;
    atr_bf_key key;
    atr_fr s;

    atr_bf_setup(&s, mpk, rng);
    must(atr_bf_init(&bf, mpk) == ATR_OK, "authority");
    atr_bf_extract(&key, &bf, &s, id);
    must(atr_bf_key_check(&bf, &key) == ATR_OK, "key check");
    atr_bf_recipient_init(&to, &bf, id);
    atr_bf_encap(capsule, sent, &to, ad, rng);
    must(atr_bf_decap(got, &bf, &key, ad, ATR_BYTES(capsule)) == ATR_OK &&
             same_key(sent, got),
         "decapsulation");
    capsule[sizeof capsule - 1] ^= 1;
    must(atr_bf_decap(got, &bf, &key, ad, ATR_BYTES(capsule)) == ATR_ERR_AUTH,
         "refusal");
}

static void waters_2009(const atr_identity *id, atr_rng *rng)
{
    const atr_bytes ad = ATR_LITERAL("ct");
    static atr_dse09 dse;
    uint8_t mpk[ATR_DSE09_MPK_BYTES];
    uint8_t capsule[ATR_DSE09_CAPSULE_BYTES];
    uint8_t sent[32];
    uint8_t got[32];
    atr_dse09_secret msk;
    atr_dse09_key key;

    atr_dse09_setup(&msk, mpk, rng);
    must(atr_dse09_init(&dse, mpk) == ATR_OK, "authority");
    atr_dse09_extract(&key, &dse, &msk, id, rng);
    must(atr_dse09_key_check(&dse, &key, rng) == ATR_OK, "key check");
    atr_dse09_encap(capsule, sent, &dse, id, ad, rng);
    must(atr_dse09_decap(got, &dse, &key, ad, ATR_BYTES(capsule)) == ATR_OK &&
             same_key(sent, got),
         "decapsulation");
    capsule[sizeof capsule - 1] ^= 1;
    must(atr_dse09_decap(got, &dse, &key, ad, ATR_BYTES(capsule)) ==
             ATR_ERR_AUTH,
         "refusal");
}

static void shamir(atr_rng *rng)
{
    atr_shamir_share shares[5];
    uint8_t bytes[ATR_SHAMIR_SHARE_BYTES];
    atr_fr secret;
    atr_fr got;
    atr_mask same;

    atr_fr_random(&secret, rng);
    must(atr_shamir_split(shares, 5, 3, &secret, rng) == ATR_OK, "split");
    atr_shamir_share_write(bytes, &shares[4]);
    must(atr_shamir_share_read(&shares[4], bytes) == ATR_OK, "share");
    must(atr_shamir_combine(&got, shares, 5, 3) == ATR_OK, "combine");
    same = atr_fr_equal(&got, &secret);
    ATR_PUBLIC(&same, sizeof same);
    must(same != 0, "secret");
}

static void ibake(const atr_identity *id, atr_rng *rng)
{
    static atr_bf bf;
    uint8_t mpk[ATR_BF_MPK_BYTES];
    uint8_t message[2][ATR_IBAKE_MESSAGE_BYTES_MAX];
    const atr_identity ids[2] = {*id, {.len = 1, .name = "a"}};
    atr_ibake_keys keys[2];
    atr_bf_recipient at[2];
    atr_bf_key key[2];
    atr_ibake side[2];
    atr_bytes in = {NULL, 0};
    atr_fr s;

    atr_bf_setup(&s, mpk, rng);
    must(atr_bf_init(&bf, mpk) == ATR_OK, "authority");
    for (size_t i = 0; i < 2; i++) {
        atr_bf_extract(&key[i], &bf, &s, &ids[i]);
        atr_bf_recipient_init(&at[i], &bf, &ids[i]);
    }
    must(atr_ibake_init(&side[0], ATR_IBAKE_INITIATOR, &key[0], &at[1]) ==
                 ATR_OK &&
             atr_ibake_init(&side[1], ATR_IBAKE_RESPONDER, &key[1], &at[0]) ==
                 ATR_OK,
         "sides");
    for (size_t n = 0; n < 5; n++) {
        size_t len;

        must(atr_ibake_step(&side[n % 2], message[n % 2], &len, in, rng) ==
                 ATR_OK,
             "step");
        in = (atr_bytes){message[n % 2], len};
    }
    must(atr_ibake_finish(&keys[0], &side[0]) == ATR_OK &&
             atr_ibake_finish(&keys[1], &side[1]) == ATR_OK &&
             same_key(keys[0].session, keys[1].session),
         "session");
}

int main(void)
{
    const uint8_t seed[ATR_SEED_BYTES] = {1};
    atr_identity id;
    atr_rng rng;

    atr_rng_init(&rng, seed);
    must(atr_identity_of(&id, ATR_LITERAL("bob"), 1) == ATR_OK, "identity");
    printf("1..4\n");
    boneh_franklin(&id, &rng);
    printf("ok 1 - Boneh-Franklin\n");
    waters_2009(&id, &rng);
    printf("ok 2 - Waters 2009\n");
    shamir(&rng);
    printf("ok 3 - Shamir\n");
    ibake(&id, &rng);
    printf("ok 4 - IBAKE\n");
    return 0;
}
