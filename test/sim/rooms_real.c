/* Smaller rooms with the real KEM. */
#include "sim/run.h"

int main(int argc, char **argv)
{
    const run_plan plan = {.name = "rooms_real",
                           .is_real = true,
                           .from = 100001,
                           .count = 50,
                           .members = 5,
                           .actions = 40};

    return run_main(&plan, argc, argv);
}
