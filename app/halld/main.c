#include "app/halld/commands.h"

int main(int argc, char **argv)
{
    return atr_cli_main(&atr_halld_program, argc, argv);
}
