#include "app/attrium/commands.h"

int main(int argc, char **argv)
{
    return atr_cli_main(&atr_attrium_program, argc, argv);
}
