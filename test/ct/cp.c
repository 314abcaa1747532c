/* FAME, W09 and the key-policy schemes with their secrets marked, as kem.c does
 * for the schemes of rooms. */
#include <stdio.h>
#include <stdlib.h>

#include "policy/policy_text.h"
#include "scheme/fame.h"
#include "scheme/kp.h"
#include "scheme/w09.h"

static atr_policy policy;
static atr_attrs attrs;
static uint8_t capsule[4096];

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "ct cp: %s\n", what);
        exit(1);
    }
}

static void must_agree(const uint8_t *sent, const uint8_t *got)
{
    bool same = atr_secret_equal(sent, got, ATR_KEM_KEY_BYTES);

    ATR_PUBLIC(&same, sizeof same);
    must(same, "keys");
}

static void run(const atr_cp *cp, atr_rng *rng)
{
    const atr_bytes ad = ATR_LITERAL("ct");
    const atr_cp_sealed sealed = {
        &policy, ad, {capsule, atr_cp_capsule_len(cp, &policy)}};
    uint8_t sent[ATR_KEM_KEY_BYTES];
    uint8_t got[ATR_KEM_KEY_BYTES];

    must(atr_cp_encap(capsule, sent, cp, &policy, ad, rng) == ATR_OK,
         "encapsulation");
    must(atr_cp_decap(got, cp, &sealed) == ATR_OK, "decapsulation");
    must_agree(sent, got);
    capsule[sealed.capsule.len - 1] ^= 1;
    must(atr_cp_decap(got, cp, &sealed) == ATR_ERR_AUTH, "refusal");
}

static void run_w09(atr_rng *rng)
{
    static atr_w09 w09;
    static atr_w09_key key;
    uint8_t mpk[ATR_W09_MPK_BYTES];
    atr_w09_master master;
    atr_cp cp;

    atr_w09_setup(&master, mpk, rng);
    must(atr_w09_init(&w09, mpk) == ATR_OK, "authority");
    atr_w09_keygen(&key, &w09, &master, &attrs, rng);
    ATR_SECRET(&key.k, sizeof key.k);
    ATR_SECRET(&key.l, sizeof key.l);
    ATR_SECRET(key.ku, sizeof key.ku);
    atr_w09_key_ready(&key);
    must(atr_w09_key_check(&w09, &key, rng) == ATR_OK, "key check");
    cp = atr_w09_cp(&w09, &key);
    run(&cp, rng);
}

static void run_fame(atr_rng *rng)
{
    static atr_fame fame;
    static atr_fame_key key;
    static atr_fame_cache cache;
    uint8_t mpk[ATR_FAME_MPK_BYTES];
    atr_fame_master master;
    atr_cp cp;

    atr_fame_setup(&master, mpk, rng);
    must(atr_fame_init(&fame, mpk) == ATR_OK, "authority");
    atr_fame_lend_cache(&fame, &cache);
    atr_fame_keygen(&key, &fame, &master, &attrs, rng);
    ATR_SECRET(key.k0, sizeof key.k0);
    ATR_SECRET(key.own, sizeof key.own);
    ATR_SECRET(key.ku, sizeof key.ku);
    atr_fame_key_ready(&key);
    must(atr_fame_key_check(&fame, &key, rng) == ATR_OK, "key check");
    cp = atr_fame_cp(&fame, &key);
    run(&cp, rng);
}

static void run_kp(atr_kp_scheme scheme, atr_rng *rng)
{
    static atr_kp kp;
    static atr_kp_key key;
    static atr_cache cache;
    const atr_kp_sealed sealed = {
        &attrs, ATR_LITERAL("ct"), {capsule, atr_kp_capsule_len(&attrs)}};
    uint8_t mpk[ATR_KP_MPK_BYTES];
    uint8_t sent[ATR_KEM_KEY_BYTES];
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_fr alpha;

    atr_kp_setup(&alpha, mpk, scheme, rng);
    must(atr_kp_init(&kp, mpk) == ATR_OK, "authority");
    atr_kp_lend_cache(&kp, &cache);
    atr_kp_keygen(&key, &kp, &alpha, &policy, rng);
    ATR_SECRET(key.k1, sizeof key.k1);
    ATR_SECRET(key.k2, sizeof key.k2);
    atr_kp_key_ready(&key);
    must(atr_kp_key_check(&kp, &key, rng) == ATR_OK, "key check");
    atr_kp_encap(capsule, sent, &kp, &attrs, sealed.ad, rng);
    must(atr_kp_decap(got, &kp, &key, &sealed) == ATR_OK, "decapsulation");
    must_agree(sent, got);
    capsule[sealed.capsule.len - 1] ^= 1;
    must(atr_kp_decap(got, &kp, &key, &sealed) == ATR_ERR_AUTH, "refusal");
}

int main(void)
{
    const uint8_t seed[ATR_SEED_BYTES] = {1};
    atr_rng rng;

    must(atr_policy_parse(&policy, ATR_LITERAL("2 of (ONE, TWO, THREE)"),
                          NULL) == ATR_OK &&
             atr_attrs_parse(&attrs, ATR_LITERAL("ONE, TWO"), NULL) == ATR_OK,
         "setting");
    atr_rng_init(&rng, seed);
    printf("1..3\n");
    run_w09(&rng);
    printf("ok 1 - the KEM over W09\n");
    run_fame(&rng);
    printf("ok 2 - the KEM over FAME\n");
    run_kp(ATR_KP_FABEO, &rng);
    run_kp(ATR_KP_GPSW, &rng);
    printf("ok 3 - the KEM over FABEO-KP and GPSW\n");
    return 0;
}
