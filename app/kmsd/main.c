#include "app/kmsd/commands.h"

int main(int argc, char **argv)
{
    return atr_cli_main(&atr_kmsd_program, argc, argv);
}
