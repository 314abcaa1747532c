/* A ceremony with its seeds, polynomials and shares marked: valgrind stops at
 * the first branch or index that depends on one. One share is spoilt, so that
 * there is a complaint and an answer; then the shares are renewed. */
#include <stdio.h>
#include <stdlib.h>

#include "kex/dkg.h"

#define NODES 3

static uint8_t sk[NODES][ATR_ED25519_SECRET_BYTES];
static atr_dkg node[NODES];
static atr_dkg_params params = {.kind = ATR_DKG_NEW,
                                .nodes = NODES,
                                .threshold = 2,
                                .scheme = ATR_SCHEME_FABEO,
                                .secrets = 2,
                                .group = {ATR_DKG_GT, ATR_DKG_G2}};

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "ct dkg: %s\n", what);
        exit(1);
    }
}

static void begin(const atr_fr old_share[NODES][ATR_DKG_SECRETS_MAX])
{
    for (uint8_t i = 0; i < NODES; i++) {
        uint8_t seed[ATR_SEED_BYTES] = {i, (uint8_t)params.kind};

        ATR_SECRET(seed, sizeof seed);
        params.self = (uint8_t)(i + 1);
        params.sk = sk[i];
        params.old_share = old_share == NULL ? NULL : old_share[i];
        must(atr_dkg_init(&node[i], &params, seed) == ATR_OK, "parameters");
    }
}

static void all_hear(atr_bytes message)
{
    for (size_t i = 0; i < NODES; i++) {
        must(atr_dkg_recv(&node[i], message) == ATR_OK, "message");
    }
}

/* Node 1 believes that what node 2 dealt it was bad. */
static void run(void)
{
    static uint8_t bytes[ATR_DKG_MESSAGE_BYTES_MAX];
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; i < NODES; i++) {
            atr_builder b = atr_builder_of(bytes, sizeof bytes);

            if (node[0].round == ATR_DKG_COMPLAINT) {
                node[0].good = 5;
            }
            if (atr_dkg_outgoing(&b, &node[i]) == ATR_OK) {
                more = true;
                all_hear(atr_builder_bytes(&b));
            }
        }
    }
    for (size_t i = 0; i < NODES; i++) {
        must(node[i].agreed == 7 && node[i].heard[ATR_DKG_ANSWER] == 2,
             "result");
    }
}

int main(void)
{
    static atr_fr share[NODES][ATR_DKG_SECRETS_MAX];
    static atr_dkg_public old[ATR_DKG_SECRETS_MAX];

    printf("1..2\n");
    for (uint8_t i = 0; i < NODES; i++) {
        const uint8_t seed[32] = {i, 9};

        atr_ed25519_keypair(params.vk[i], sk[i], seed);
    }
    begin(NULL);
    run();
    printf("ok 1 - new secrets\n");
    for (uint8_t i = 0; i < NODES; i++) {
        memcpy(share[i], node[i].share, sizeof share[i]);
        params.old_node[i] = (uint8_t)(i + 1);
    }
    memcpy(old, node[0].result, sizeof old);
    params.kind = ATR_DKG_RESHARE;
    params.old_threshold = 2;
    params.old = old;
    begin(share);
    run();
    printf("ok 2 - new shares\n");
    return 0;
}
