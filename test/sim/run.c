#include "sim/run.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    uint64_t from;
    uint64_t count;
    bool trace;
} options;

static bool read_options(options *out, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            out->trace = true;
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            out->from = strtoull(argv[++i], NULL, 10);
            out->count = 1;
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
            out->count = strtoull(argv[++i], NULL, 10);
        } else {
            fprintf(stderr, "usage: %s [--seed N] [--seeds N] [--trace]\n",
                    argv[0]);
            return false;
        }
    }
    return true;
}

int run_main(const run_plan *plan, int argc, char **argv)
{
    options o = {plan->from, plan->count, false};
    world_setup setup = {.members = plan->members, .actions = plan->actions};
    world_sum sum = {0};
    uint64_t failed = 0;
    cast players;

    if (!read_options(&o, argc, argv)) {
        return 2;
    }
    cast_init(&players, plan->is_real, 1);
    setup.kem = &players.kem;
    setup.policy = &players.policy;
    setup.keys = (const atr_abe_key *const *)players.keys;
    setup.key_count = CAST_KEYS;
    setup.mpk = players.mpk;
    setup.cast = &players;
    setup.has_periods = plan->has_periods;
    for (uint64_t seed = o.from; seed < o.from + o.count; seed++) {
        const char *why = world_run(&setup, seed, o.trace, &sum);

        if (why != NULL) {
            printf("# seed %llu: %s\n# again: test_sim_%s --seed %llu "
                   "--trace\n",
                   (unsigned long long)seed, why, plan->name,
                   (unsigned long long)seed);
            failed++;
        }
    }
    cast_free(&players);
    printf("# %llu seeds: %llu steps, %llu epochs, %llu texts, %llu "
           "connections, %llu cuts, %llu crashes, %llu refusals, %llu turns, "
           "%llu withdrawn\n",
           (unsigned long long)o.count, (unsigned long long)sum.steps,
           (unsigned long long)sum.epochs, (unsigned long long)sum.texts,
           (unsigned long long)sum.resumes, (unsigned long long)sum.cuts,
           (unsigned long long)sum.crashes, (unsigned long long)sum.refused,
           (unsigned long long)sum.turns, (unsigned long long)sum.withdrawn);
    printf("1..1\n%s 1 - %s\n", failed == 0 ? "ok" : "not ok", plan->name);
    return failed != 0;
}
