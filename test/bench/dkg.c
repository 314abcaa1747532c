/* dkg.c - whole ceremonies in one process: the time of all nodes together and
 * the bytes that they say. What each one gave is checked in the same run.
 */
#include <stdio.h>
#include <stdlib.h>

#include "curve/batch.h"
#include "curve/engine.h"
#include "kex/dkg.h"
#include "kit/bench.h"

typedef struct {
    atr_dkg_params params;
    uint8_t sk[ATR_DKG_NODES_MAX][ATR_ED25519_SECRET_BYTES];
    atr_fr old_share[ATR_DKG_NODES_MAX][ATR_DKG_SECRETS_MAX];
    atr_dkg_public old[ATR_DKG_SECRETS_MAX];
    size_t bytes;
} work;

static work w;
static atr_dkg node[ATR_DKG_NODES_MAX];

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_dkg: wrong result: %s\n", what);
        exit(1);
    }
}

static void begin(void)
{
    for (uint8_t i = 0; i < w.params.nodes; i++) {
        const uint8_t seed[ATR_SEED_BYTES] = {i, (uint8_t)w.params.kind};

        w.params.self = (uint8_t)(i + 1);
        w.params.sk = w.sk[i];
        w.params.old_share =
            w.params.kind == ATR_DKG_RESHARE ? w.old_share[i] : NULL;
        check(atr_dkg_init(&node[i], &w.params, seed) == ATR_OK, "parameters");
    }
}

static void all_hear(atr_bytes message)
{
    for (size_t i = 0; i < w.params.nodes; i++) {
        check(atr_dkg_recv(&node[i], message) == ATR_OK, "message");
    }
    w.bytes += message.len;
}

static void ceremony(void *data)
{
    static uint8_t bytes[ATR_DKG_MESSAGE_BYTES_MAX];

    (void)data;
    w.bytes = 0;
    begin();
    for (size_t said = 0; said < w.params.nodes * (size_t)5; said++) {
        atr_builder b = atr_builder_of(bytes, sizeof bytes);

        check(atr_dkg_outgoing(&b, &node[said % w.params.nodes]) == ATR_OK,
              "word");
        all_hear(atr_builder_bytes(&b));
    }
}

static void check_result(void)
{
    atr_issue_public pub;
    atr_mpk mpk;

    for (size_t i = 0; i < w.params.nodes; i++) {
        atr_gt a;

        check(atr_dkg_issue(&pub, &mpk, &node[i], 0) == ATR_OK, "round");
        atr_gt_pow(&a, &atr_gt_generator, &node[i].share[0]);
        check(atr_gt_equal(&a, &pub.a[i]) != 0, "share");
        check(memcmp(node[i].hash, node[0].hash, ATR_HASH_BYTES) == 0, "hash");
    }
    check(atr_issue_public_check(&pub, &mpk) == ATR_OK, "public side");
}

static void prepare(uint8_t nodes, uint8_t threshold, uint8_t secrets)
{
    memset(&w, 0, sizeof w);
    w.params = (atr_dkg_params){.kind = ATR_DKG_NEW,
                                .nodes = nodes,
                                .threshold = threshold,
                                .scheme = ATR_SCHEME_FABEO,
                                .secrets = secrets,
                                .group = {ATR_DKG_GT, ATR_DKG_G2},
                                .old_threshold = threshold,
                                .old = w.old};
    for (uint8_t i = 0; i < nodes; i++) {
        const uint8_t seed[ATR_SEED_BYTES] = {i, 3};

        atr_ed25519_keypair(w.params.vk[i], w.sk[i], seed);
        w.params.old_node[i] = (uint8_t)(i + 1);
    }
}

static void measure(const char *name, const char *engine)
{
    char bytes_name[64];

    bench_run(name, engine, w.params.nodes, ceremony, NULL);
    check_result();
    snprintf(bytes_name, sizeof bytes_name, "%s_bytes", name);
    bench_value(bytes_name, engine, w.params.nodes, "bytes", (double)w.bytes);
}

static void measure_all(const char *engine)
{
    static const uint8_t sizes[3][2] = {{1, 1}, {5, 3}, {15, 8}};

    for (size_t i = 0; i < 3; i++) {
        prepare(sizes[i][0], sizes[i][1], 1);
        measure("dkg_new", engine);
        prepare(sizes[i][0], sizes[i][1], 2);
        measure("dkg_new_two_secrets", engine);
        for (size_t j = 0; j < w.params.nodes; j++) {
            memcpy(w.old_share[j], node[j].share, sizeof w.old_share[j]);
        }
        memcpy(w.old, node[0].result, sizeof w.old);
        w.params.kind = ATR_DKG_RESHARE;
        measure("dkg_reshare_two_secrets", engine);
    }
}

int main(void)
{
    measure_all(atr_batch_engine_in_use() == ATR_BATCH_IFMA
                    ? atr_batch_engine_name(ATR_BATCH_IFMA)
                    : atr_engine_name());
    return 0;
}
