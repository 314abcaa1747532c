#include "app/cli_help.h"

#include <stdio.h>

void atr_cli_help_program(const atr_cli_program *program)
{
    printf("usage: %s COMMAND [OPTION...]\n%s - %s\n\ncommands:\n",
           program->name, program->name, program->doc);
    for (size_t i = 0; i < program->count; i++) {
        printf("  %-18s %s\n", program->commands[i].name,
               program->commands[i].doc);
    }
    printf("  %-18s %s\n  %-18s %s\n", "help [COMMAND]", "show help", "version",
           "show the version");
    if (program->more) {
        printf("\n%s", program->more);
    }
}

static void help_option(const atr_cli_option *option)
{
    char left[64];

    if (option->letter) {
        snprintf(left, sizeof left, "-%c, --%s%s%s", option->letter,
                 option->name, option->value ? " " : "",
                 option->value ? option->value : "");
    } else {
        snprintf(left, sizeof left, "    --%s%s%s", option->name,
                 option->value ? " " : "", option->value ? option->value : "");
    }
    printf("  %-26s %s\n", left, option->doc);
}

void atr_cli_help_command(const atr_cli_program *program,
                          const atr_cli_command *command,
                          const atr_cli_option *common, size_t count)
{
    printf("usage: %s %s [OPTION...]%s%s\n%s\n\noptions:\n", program->name,
           command->name, command->operands[0] ? " " : "", command->operands,
           command->doc);
    for (size_t i = 0; i < command->option_count; i++) {
        help_option(&command->options[i]);
    }
    for (size_t i = 0; i < count; i++) {
        help_option(&common[i]);
    }
}
