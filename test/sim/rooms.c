/* Rooms of up to eight people with a KEM that costs nothing: many seeds. */
#include "sim/run.h"

int main(int argc, char **argv)
{
    const run_plan plan = {
        .name = "rooms", .from = 1, .count = 1000, .members = 8, .actions = 60};

    return run_main(&plan, argc, argv);
}
