/* kem.c - times of the schemes, the KEM, issuance and the joining of a room.
 * What each measured call gave is checked in the same run.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "curve/batch.h"
#include "curve/engine.h"
#include "kex/ake.h"
#include "kit/bench.h"
#include "policy/policy_text.h"
#include "scheme/sealed.h"

#define MEMBERS_MAX 100
#define MESSAGE_BYTES_MAX 1024
#define BATCH 64
#define CAPSULE_BYTES_MAX 14640 /* 100 rows of W11 */

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

typedef struct {
    atr_fr alpha;
    atr_abe abe;
    atr_kem kem;
    atr_cache cache;
} authority;

typedef struct {
    const authority *who;
    atr_policy policy;
    atr_attrs attrs;
    atr_abe_key key;
    atr_abe_key made;
    uint8_t capsule[32768];
    atr_bytes bytes; /* the capsule */
    uint8_t sent[32];
    uint8_t got[32];
    uint8_t many[BATCH][CAPSULE_BYTES_MAX];
    uint8_t many_sent[BATCH][32];
    atr_kem_opening items[BATCH];
} work;

typedef struct {
    atr_ake_room room;
    const atr_abe_key *key;
    size_t count;
    atr_ake_part made[MEMBERS_MAX + 1];
    atr_ake_part seen[MEMBERS_MAX + 1];
    uint8_t message[MEMBERS_MAX + 1][MESSAGE_BYTES_MAX];
    size_t message_len;
    atr_ake_signer signer;
    atr_ake_keys keys;
    atr_ake_arrival arrivals[ATR_AKE_TOGETHER];
} party;

static authority fabeo;
static authority w11;
static work w;
static party room;
static atr_rng rng;

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_kem: wrong result: %s\n", what);
        exit(1);
    }
}

static void begin(authority *a, uint8_t scheme)
{
    atr_mpk mpk;

    atr_abe_setup(&a->alpha, &mpk, scheme, &rng);
    check(atr_abe_init(&a->abe, &mpk) == ATR_OK, "init");
    atr_abe_lend_cache(&a->abe, &a->cache);
    a->kem = atr_kem_of(&a->abe);
}

static void encap(void *data)
{
    work *x = data;

    atr_kem_encap(x->capsule, x->sent, &x->who->kem, &x->policy,
                  ATR_LITERAL("bench"), &rng);
}

static void decap(void *data)
{
    work *x = data;

    check(atr_kem_decap(x->got, &x->who->kem, &x->key, &x->policy,
                        ATR_LITERAL("bench"), x->bytes) == ATR_OK,
          "decap");
}

static void decap_many(void *data)
{
    work *x = data;

    atr_kem_decap_many(x->items, BATCH, &x->who->kem, &x->key, &x->policy);
}

static void measure_many(const char *name, size_t n)
{
    for (size_t i = 0; i < BATCH; i++) {
        atr_kem_encap(w.many[i], w.many_sent[i], &w.who->kem, &w.policy,
                      ATR_LITERAL("bench"), &rng);
        w.items[i].ad = ATR_LITERAL("bench");
        w.items[i].capsule = (atr_bytes){w.many[i], w.bytes.len};
    }
    bench_per(name, engine, n, BATCH, decap_many, &w);
    for (size_t i = 0; i < BATCH; i++) {
        check(w.items[i].err == ATR_OK &&
                  memcmp(w.items[i].key, w.many_sent[i], 32) == 0,
              "batch");
    }
}

static void measure_one_bad(size_t n)
{
    w.many[BATCH - 1][w.bytes.len - 1] ^= 1;
    bench_per("kem_decap_batch64_one_bad", engine, n, BATCH, decap_many, &w);
    for (size_t i = 0; i < BATCH; i++) {
        check(w.items[i].err == (i + 1 < BATCH ? ATR_OK : ATR_ERR_AUTH),
              "batch with a bad one");
    }
}

static void keygen(void *data)
{
    work *x = data;

    atr_abe_keygen(&x->made, &x->who->abe, &x->who->alpha, &x->attrs, &rng);
}

static void key_check(void *data)
{
    work *x = data;

    check(atr_abe_key_check(&x->who->abe, &x->who->abe.mpk.a, &x->key, &rng) ==
              ATR_OK,
          "key check");
}

static void public_check(void *data)
{
    work *x = data;
    atr_bytes header = {x->bytes.data, x->bytes.len - 32};

    check(x->who->abe.scheme->check(&x->who->abe, &x->policy, header, &rng) ==
              ATR_OK,
          "public check");
}

/* An "and" of `count` attributes and a key that has them all. */
static void prepare(const authority *who, size_t count)
{
    static char text[4096];
    size_t at = 0;

    for (size_t i = 0; i < count; i++) { /* 64 children a gate at most */
        const char *before = i == 0 ? "(" : i % 50 == 0 ? ") and (" : " and ";

        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%sa%zu", before, i);
    }
    snprintf(text + at, sizeof text - at, ")");
    check(atr_policy_parse(&w.policy,
                           (atr_bytes){(uint8_t *)text, strlen(text)},
                           NULL) == ATR_OK,
          "policy");
    w.who = who;
    w.attrs.count = 0;
    for (size_t i = 0; i < count; i++) {
        atr_attr attr;
        int len = snprintf(text, sizeof text, "a%zu", i);

        check(atr_attr_name(&attr, (atr_bytes){(uint8_t *)text, (size_t)len}) ==
                      ATR_OK &&
                  atr_attrs_add(&w.attrs, &attr) == ATR_OK,
              "attribute");
    }
    atr_abe_keygen(&w.key, &who->abe, &who->alpha, &w.attrs, &rng);
    w.bytes = (atr_bytes){w.capsule, atr_kem_capsule_len(&who->kem, &w.policy)};
}

static void measure(const authority *who, const char *const names[5])
{
    static const size_t sizes[] = {1, 4, 10, 100};

    for (size_t i = 0; i < 4; i++) {
        size_t n = sizes[i];

        prepare(who, n);
        bench_run(names[0], engine, n, encap, &w);
        bench_run(names[1], engine, n, decap, &w);
        check(memcmp(w.sent, w.got, sizeof w.sent) == 0, "kem");
        bench_run(names[2], engine, n, public_check, &w);
        check(w.bytes.len <= CAPSULE_BYTES_MAX, "capsule");
        measure_many(names[3], n);
        if (names[4] != NULL) {
            measure_one_bad(n);
            bench_run("keygen", engine, n, keygen, &w);
            w.key = w.made;
            bench_run("key_check", engine, n, key_check, &w);
            bench_value(names[4], engine, n, "bytes", (double)w.bytes.len);
        }
    }
}

/* Some contributions, as they come in. */
static void accept_some(party *p, size_t from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        p->arrivals[i].message =
            (atr_bytes){p->message[from + i], p->message_len};
    }
    atr_ake_accept_many(p->arrivals, count, &p->room, p->key);
    for (size_t i = 0; i < count; i++) {
        check(p->arrivals[i].err == ATR_OK, "contribution");
        p->seen[from + i] = p->arrivals[i].part;
    }
}

/* Who comes to a room of n: opens n contributions, agrees with its own. */
static void join_newcomer(void *data)
{
    party *p = data;

    for (size_t i = 0; i < p->count; i += ATR_AKE_TOGETHER) {
        size_t left = p->count - i;

        accept_some(p, i, left < ATR_AKE_TOGETHER ? left : ATR_AKE_TOGETHER);
    }
    p->seen[p->count] = p->made[p->count];
    check(atr_ake_agree(&p->keys, &p->room, 2, p->seen, p->count + 1) == ATR_OK,
          "agreement");
}

/* Who is there already: opens the newcomer's. */
static void join_other(void *data)
{
    party *p = data;
    size_t at = p->count;

    check(atr_ake_accept(&p->seen[at], &p->room, p->key,
                         (atr_bytes){p->message[at], p->message_len}) ==
                  ATR_OK &&
              atr_ake_agree(&p->keys, &p->room, 2, p->seen, at + 1) == ATR_OK,
          "newcomer");
}

static void contribute(void *data)
{
    party *p = data;

    atr_ake_contribute(p->message[p->count], &p->made[p->count], &p->room, 1,
                       &p->signer, &rng);
}

static void measure_room(void)
{
    static const size_t sizes[] = {10, 50, 100};
    static const char text[] = "(ONE or THREE) and (TWO or FOUR)";

    check(atr_policy_parse(&w.policy, ATR_LITERAL(text), NULL) == ATR_OK &&
              atr_attrs_parse(&w.attrs, ATR_LITERAL("ONE, TWO, FIVE"), NULL) ==
                  ATR_OK,
          "room");
    atr_abe_keygen(&w.key, &fabeo.abe, &fabeo.alpha, &w.attrs, &rng);
    room.room.kem = &fabeo.kem;
    room.room.policy = &w.policy;
    room.key = &w.key;
    room.message_len = atr_ake_message_len(&room.room);
    check(room.message_len <= MESSAGE_BYTES_MAX, "length");
    for (room.count = 0; room.count <= MEMBERS_MAX; room.count++) {
        atr_ake_signer_init(&room.signer, &rng);
        contribute(&room);
    }
    room.count = MEMBERS_MAX;
    bench_run("ake_contribute", engine, 4, contribute, &room);
    for (size_t i = 0; i < 3; i++) {
        atr_ake_keys before;

        room.count = sizes[i];
        atr_ake_signer_init(&room.signer, &rng);
        contribute(&room);
        bench_run("ake_join", engine, room.count, join_newcomer, &room);
        before = room.keys;
        bench_run("ake_join_other", engine, room.count, join_other, &room);
        check(memcmp(&before, &room.keys, sizeof before) == 0, "room key");
    }
}

static uint8_t plain[ATR_SEALED_CHUNK_BYTES];
static uint8_t chunk[ATR_SEALED_CHUNK_SEALED_BYTES];
static atr_sealed stream;

static void seal_chunk(void *data)
{
    (void)data;
    check(atr_sealed_chunk(&stream, chunk, (atr_bytes){plain, sizeof plain},
                           false) == ATR_OK,
          "chunk");
}

int main(void)
{
    static const char *const of_fabeo[5] = {"kem_encap", "kem_decap",
                                            "public_check", "kem_decap_batch64",
                                            "capsule"};
    static const char *const of_w11[5] = {"kem_encap_w11", "kem_decap_w11",
                                          "public_check_w11",
                                          "kem_decap_w11_batch64", NULL};
    const uint8_t seed[ATR_SEED_BYTES] = {1};

    atr_rng_init(&rng, seed);
    begin(&fabeo, ATR_SCHEME_FABEO);
    begin(&w11, ATR_SCHEME_W11);
    use(ATR_BATCH_PORTABLE);
    measure(&fabeo, of_fabeo);
    use(ATR_BATCH_IFMA);
    if (atr_batch_engine_in_use() == ATR_BATCH_IFMA) {
        measure(&fabeo, of_fabeo);
    }
    measure(&w11, of_w11);
    measure_room();
    bench_run("seal_chunk", "xchacha20", 65536, seal_chunk, NULL);
    return 0;
}
