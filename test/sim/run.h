/* run.h - the main of a simulation: all seeds, or one again.
 *
 *     sim [--seed N] [--seeds COUNT] [--trace]
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/cast.h"
#include "sim/world.h"

typedef struct {
    const char *name;
    bool is_real;
    uint64_t from; /* the first seed */
    uint64_t count;
    size_t members;
    unsigned actions;
    bool has_periods;
} run_plan;

int run_main(const run_plan *plan, int argc, char **argv);

#endif
