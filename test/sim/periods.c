/* Rooms whose periods turn, with keys that are renewed in time, late or never.
 */
#include "sim/run.h"

int main(int argc, char **argv)
{
    const run_plan plan = {.name = "periods",
                           .from = 300001,
                           .count = 1000,
                           .members = 8,
                           .actions = 120,
                           .has_periods = true};

    return run_main(&plan, argc, argv);
}
