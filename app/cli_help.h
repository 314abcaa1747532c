/* cli_help.h - help texts from the tables of cli.h. */
#ifndef ATR_CLI_HELP_H
#define ATR_CLI_HELP_H

#include "app/cli.h"

/* Both write to standard output. `common` are the options that
 * every command has. */
void atr_cli_help_program(const atr_cli_program *program);
void atr_cli_help_command(const atr_cli_program *program,
                          const atr_cli_command *command,
                          const atr_cli_option *common, size_t count);

#endif
