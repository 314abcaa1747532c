/* Fewer of them, with the real KEM. */
#include "sim/run.h"

int main(int argc, char **argv)
{
    const run_plan plan = {.name = "periods_real",
                           .is_real = true,
                           .from = 400001,
                           .count = 25,
                           .members = 5,
                           .actions = 60,
                           .has_periods = true};

    return run_main(&plan, argc, argv);
}
