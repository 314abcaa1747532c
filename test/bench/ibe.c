/* ibe.c - times of encryption to an identity, both schemes and their keys, and
 * of IBAKE above it. What each measured call gave is checked in the same run.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "curve/batch.h"
#include "curve/engine.h"
#include "kex/ibake.h"
#include "kit/bench.h"
#include "scheme/bf.h"
#include "scheme/dse09.h"

typedef struct {
    atr_fr s;
    atr_bf bf;
    atr_bf_key bf_key;
    atr_bf_recipient to;
    atr_dse09_secret msk;
    atr_dse09 dse;
    atr_dse09_key dse_key;
    atr_identity id;
    uint8_t capsule[ATR_DSE09_CAPSULE_BYTES];
    uint8_t sent[32];
    uint8_t got[32];
} work;

static work w;
static atr_rng rng;

#define AD ATR_LITERAL("bench")

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_ibe: wrong result: %s\n", what);
        exit(1);
    }
}

static void bf_recipient(void *data)
{
    work *x = data;

    atr_bf_recipient_init(&x->to, &x->bf, &x->id);
}

static void bf_encap(void *data)
{
    work *x = data;

    atr_bf_encap(x->capsule, x->sent, &x->to, AD, &rng);
}

static void bf_encap_first(void *data)
{
    bf_recipient(data);
    bf_encap(data);
}

static void bf_decap(void *data)
{
    work *x = data;

    check(atr_bf_decap(x->got, &x->bf, &x->bf_key, AD,
                       (atr_bytes){x->capsule, ATR_BF_CAPSULE_BYTES}) == ATR_OK,
          "decap");
}

static void bf_extract(void *data)
{
    work *x = data;

    atr_bf_extract(&x->bf_key, &x->bf, &x->s, &x->id);
}

static void bf_key_check(void *data)
{
    work *x = data;

    check(atr_bf_key_check(&x->bf, &x->bf_key) == ATR_OK, "key check");
}

static void dse_encap(void *data)
{
    work *x = data;

    atr_dse09_encap(x->capsule, x->sent, &x->dse, &x->id, AD, &rng);
}

static void dse_decap(void *data)
{
    work *x = data;

    check(atr_dse09_decap(x->got, &x->dse, &x->dse_key, AD,
                          (atr_bytes){x->capsule, ATR_DSE09_CAPSULE_BYTES}) ==
              ATR_OK,
          "dse09 decap");
}

static void dse_extract(void *data)
{
    work *x = data;

    atr_dse09_extract(&x->dse_key, &x->dse, &x->msk, &x->id, &rng);
}

static void begin(void)
{
    uint8_t bf_mpk[ATR_BF_MPK_BYTES];
    uint8_t dse_mpk[ATR_DSE09_MPK_BYTES];

    check(atr_identity_of(&w.id, ATR_LITERAL("bob@example.org"), 7) == ATR_OK,
          "identity");
    atr_bf_setup(&w.s, bf_mpk, &rng);
    check(atr_bf_init(&w.bf, bf_mpk) == ATR_OK, "bf");
    atr_dse09_setup(&w.msk, dse_mpk, &rng);
    check(atr_dse09_init(&w.dse, dse_mpk) == ATR_OK, "dse09");
}

/* Both sides draw from generators that begin anew, so that each can be run
 * alone against what the other said once. */
typedef struct {
    atr_bf_key key[2];
    atr_bf_recipient at[2];
    uint8_t message[4][ATR_IBAKE_MESSAGE_BYTES_MAX];
    size_t len[4];
    atr_ibake_keys keys[2];
} meeting;

static meeting m;

static void one_side(atr_ibake_role role)
{
    const uint8_t seed[ATR_SEED_BYTES] = {(uint8_t)(9 + role)};
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    atr_ibake side;
    atr_rng own;

    atr_rng_init(&own, seed);
    check(atr_ibake_init(&side, role, &m.key[role], &m.at[1 - role]) == ATR_OK,
          "ibake");
    for (size_t n = role; n < 5; n += 2) { /* takes n - 1, says n */
        atr_bytes in = {NULL, 0};
        size_t len;

        if (n > 0) {
            in = (atr_bytes){m.message[n - 1], m.len[n - 1]};
        }
        if (n > 0 && in.len == 0) {
            return; /* not said yet */
        }
        check(atr_ibake_step(&side, out, &len, in, &own) == ATR_OK, "step");
        if (n < 4) {
            memcpy(m.message[n], out, len);
            m.len[n] = len;
        }
    }
    check(atr_ibake_finish(&m.keys[role], &side) == ATR_OK, "keys");
}

static void ibake_initiator(void *data)
{
    (void)data;
    one_side(ATR_IBAKE_INITIATOR);
}

static void ibake_responder(void *data)
{
    (void)data;
    one_side(ATR_IBAKE_RESPONDER);
}

static void measure_ibake(const char *engine)
{
    static const char *const names[2] = {"alice", "bob"};

    for (size_t i = 0; i < 2; i++) {
        atr_identity id;

        check(atr_identity_of(
                  &id, (atr_bytes){(const uint8_t *)names[i], strlen(names[i])},
                  7) == ATR_OK,
              "identity");
        atr_bf_extract(&m.key[i], &w.bf, &w.s, &id);
        atr_bf_recipient_init(&m.at[i], &w.bf, &id);
    }
    for (size_t i = 0; i < 3; i++) { /* until everything is said */
        one_side(ATR_IBAKE_INITIATOR);
        one_side(ATR_IBAKE_RESPONDER);
    }
    bench_run("ibake_initiator", engine, 2, ibake_initiator, NULL);
    bench_run("ibake_responder", engine, 2, ibake_responder, NULL);
    check(memcmp(&m.keys[0], &m.keys[1], sizeof m.keys[0]) == 0, "session");
    bench_value("ibake_bytes", engine, 2, "bytes",
                (double)(m.len[0] + m.len[1] + m.len[2] + m.len[3]));
}

static void measure_bf(const char *engine)
{
    bench_run("ibe_extract", engine, 1, bf_extract, &w);
    bench_run("ibe_key_check", engine, 1, bf_key_check, &w);
    bench_run("ibe_encap_first", engine, 1, bf_encap_first, &w);
    bench_run("ibe_encap", engine, 1, bf_encap, &w);
    bench_run("ibe_decap", engine, 1, bf_decap, &w);
    check(memcmp(w.sent, w.got, sizeof w.sent) == 0, "kem");
}

static void measure_dse09(const char *engine)
{
    bench_run("ibe_extract_dse09", engine, 1, dse_extract, &w);
    bench_run("ibe_encap_dse09", engine, 1, dse_encap, &w);
    bench_run("ibe_decap_dse09", engine, 1, dse_decap, &w);
    check(memcmp(w.sent, w.got, sizeof w.sent) == 0, "dse09 kem");
}

int main(void)
{
    static const struct {
        atr_engine one;
        atr_batch_engine many;
    } engines[] = {{ATR_ENGINE_PORTABLE, ATR_BATCH_PORTABLE},
                   {ATR_ENGINE_BMI2_ADX, ATR_BATCH_PORTABLE},
                   {ATR_ENGINE_AVX512_IFMA, ATR_BATCH_IFMA}};
    const uint8_t seed[ATR_SEED_BYTES] = {2};

    atr_rng_init(&rng, seed);
    begin();
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        if (atr_engine_use(engines[i].one) &&
            atr_batch_engine_set(engines[i].many)) {
            measure_bf(atr_engine_name());
            measure_dse09(atr_engine_name());
            measure_ibake(atr_engine_name());
        }
    }
    bench_value("ibe_capsule", "any", 1, "bytes", ATR_BF_CAPSULE_BYTES);
    bench_value("ibe_capsule_dse09", "any", 1, "bytes",
                ATR_DSE09_CAPSULE_BYTES);
    return 0;
}
