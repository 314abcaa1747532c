/* commands.h - the command line of attrium-halld. */
#ifndef ATR_HALLD_COMMANDS_H
#define ATR_HALLD_COMMANDS_H

#include "app/cli.h"

extern const atr_cli_program atr_halld_program;

#endif
