/* cp.c - times of FAME and W09, to be held against those of bench_kem. What
 * each measured call gave is checked in the same run.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "curve/batch.h"
#include "curve/engine.h"
#include "kit/bench.h"
#include "policy/policy_text.h"
#include "scheme/fame.h"
#include "scheme/w09.h"

static const char *engine; /* of items one after another, or "ifma" */

/* The engines of single items and of batches together. */
static void use(atr_batch_engine wanted)
{
    if (atr_batch_engine_set(wanted)) {
        bool ifma = atr_batch_engine_in_use() == ATR_BATCH_IFMA;

        atr_engine_use(ifma ? ATR_ENGINE_AVX512_IFMA : ATR_ENGINE_BMI2_ADX);
        engine = ifma ? "ifma" : atr_engine_name();
    }
}

static atr_w09_master w09_master;
static atr_w09 w09;
static atr_w09_key w09_key;
static atr_fame_master fame_master;
static atr_fame fame;
static atr_fame_key fame_key;
static atr_cache w09_cache;
static atr_fame_cache fame_cache;
static atr_policy policy;
static atr_attrs attrs;
static uint8_t capsule[32768];
static uint8_t sent[ATR_KEM_KEY_BYTES];
static uint8_t got[ATR_KEM_KEY_BYTES];
static atr_rng rng;

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_cp: wrong result: %s\n", what);
        exit(1);
    }
}

static void encap(void *data)
{
    check(atr_cp_encap(capsule, sent, data, &policy, ATR_LITERAL("bench"),
                       &rng) == ATR_OK,
          "encap");
}

static void decap(void *data)
{
    const atr_cp_sealed sealed = {&policy,
                                  ATR_LITERAL("bench"),
                                  {capsule, atr_cp_capsule_len(data, &policy)}};

    check(atr_cp_decap(got, data, &sealed) == ATR_OK, "decap");
}

static void w09_keygen(void *data)
{
    (void)data;
    atr_w09_keygen(&w09_key, &w09, &w09_master, &attrs, &rng);
}

static void w09_key_check(void *data)
{
    (void)data;
    check(atr_w09_key_check(&w09, &w09_key, &rng) == ATR_OK, "key check");
}

static void fame_keygen(void *data)
{
    (void)data;
    atr_fame_keygen(&fame_key, &fame, &fame_master, &attrs, &rng);
}

static void fame_key_check(void *data)
{
    (void)data;
    check(atr_fame_key_check(&fame, &fame_key, &rng) == ATR_OK, "key check");
}

/* An "and" of `count` attributes, and the set of them. */
static void prepare(size_t count)
{
    char text[1024];
    size_t at = 0;

    attrs.count = 0;
    for (size_t i = 0; i < count; i++) { /* 64 children a gate at most */
        const char *before = i == 0 ? "(" : i % 50 == 0 ? ") and (" : " and ";
        char name[8];
        int len = snprintf(name, sizeof name, "a%zu", i);
        atr_attr attr;

        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%s%s", before, name);
        check(atr_attr_name(&attr, (atr_bytes){(uint8_t *)name, (size_t)len}) ==
                      ATR_OK &&
                  atr_attrs_add(&attrs, &attr) == ATR_OK,
              "attribute");
    }
    at += (size_t)snprintf(text + at, sizeof text - at, ")");
    check(atr_policy_parse(&policy, (atr_bytes){(uint8_t *)text, at}, NULL) ==
              ATR_OK,
          "policy");
}

static void measure(void)
{
    static const size_t sizes[] = {1, 4, 10, 100};

    for (size_t i = 0; i < 4; i++) {
        size_t n = sizes[i];
        atr_cp w09_cp = atr_w09_cp(&w09, &w09_key);
        atr_cp fame_cp = atr_fame_cp(&fame, &fame_key);

        prepare(n);
        bench_run("w09_keygen", engine, n, w09_keygen, NULL);
        bench_run("w09_key_check", engine, n, w09_key_check, NULL);
        bench_run("w09_encap", engine, n, encap, &w09_cp);
        bench_run("w09_decap", engine, n, decap, &w09_cp);
        check(memcmp(sent, got, sizeof sent) == 0, "w09");
        bench_run("fame_keygen", engine, n, fame_keygen, NULL);
        bench_run("fame_key_check", engine, n, fame_key_check, NULL);
        bench_run("fame_encap", engine, n, encap, &fame_cp);
        bench_run("fame_decap", engine, n, decap, &fame_cp);
        check(memcmp(sent, got, sizeof sent) == 0, "fame");
    }
}

int main(void)
{
    const uint8_t seed[ATR_SEED_BYTES] = {1};
    uint8_t mpk[ATR_FAME_MPK_BYTES];

    atr_rng_init(&rng, seed);
    atr_w09_setup(&w09_master, mpk, &rng);
    check(atr_w09_init(&w09, mpk) == ATR_OK, "authority");
    atr_fame_setup(&fame_master, mpk, &rng);
    check(atr_fame_init(&fame, mpk) == ATR_OK, "authority");
    atr_w09_lend_cache(&w09, &w09_cache);
    atr_fame_lend_cache(&fame, &fame_cache);
    use(ATR_BATCH_PORTABLE);
    measure();
    use(ATR_BATCH_IFMA);
    if (atr_batch_engine_in_use() == ATR_BATCH_IFMA) {
        measure();
    }
    return 0;
}
