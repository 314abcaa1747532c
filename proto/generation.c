#include "proto/generation.h"

void atr_generation_init(atr_generation *generation,
                         const atr_authority *authority, const uint8_t hm[32])
{
    *generation = (atr_generation){.registrars = authority->registrars,
                                   .nodes = authority->issue.nodes,
                                   .threshold = authority->issue.threshold};
    memcpy(generation->hm, hm, sizeof generation->hm);
}

/* Whether enough nodes have `number`, or a later one. */
static bool is_shared(const atr_generation *generation, uint32_t number)
{
    size_t count = 0;

    for (size_t i = 0; i < generation->nodes; i++) {
        count += generation->said[i] >= number;
    }
    return count >= generation->threshold;
}

static void rise(atr_generation *generation)
{
    for (size_t i = 0; i < generation->nodes; i++) {
        if (generation->said[i] > generation->present &&
            is_shared(generation, generation->said[i])) {
            generation->present = generation->said[i];
        }
    }
}

atr_err atr_generation_hear(atr_generation *generation, uint8_t node,
                            atr_bytes statement)
{
    atr_statement s;
    atr_err err = atr_statement_read(&s, statement);

    if (err != ATR_OK || s.kind != ATR_STATEMENT_GENERATION || node == 0 ||
        node > generation->nodes) {
        return ATR_ERR_INPUT;
    }
    err = atr_statement_verify(&s, generation->hm, &generation->registrars);
    if (err != ATR_OK) {
        return err;
    }
    if (s.generation <= generation->said[node - 1]) {
        return ATR_ERR_STATE;
    }
    generation->said[node - 1] = s.generation;
    rise(generation);
    return ATR_OK;
}
