/* Fuller rooms and longer lives: fewer seeds. */
#include "sim/run.h"

int main(int argc, char **argv)
{
    const run_plan plan = {.name = "crowd",
                           .from = 200001,
                           .count = 100,
                           .members = WORLD_MEMBERS_MAX,
                           .actions = 200};

    return run_main(&plan, argc, argv);
}
