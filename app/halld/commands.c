#include "app/halld/commands.h"

#include "app/halld/serve.h"

static const atr_cli_option run_options[] = {
    {"config", 'c', "FILE", "default " ATR_HALLD_CONF ", if it is there"},
    {"dir", 'd', "DIR", "state directory, over the configuration"},
    {"listen", 'l', "ADDRESS:PORT", "over the configuration"},
    {"host", 0, "NAME", "the host name or address in links"},
};

static int check_config(const atr_cli *cli)
{
    atr_halld_settings settings;
    int code = atr_halld_load(&settings, cli);

    if (code == 0) {
        printf("the configuration is in order\n");
    }
    return code;
}

static int default_config(const atr_cli *cli)
{
    (void)cli;
    atr_halld_print_default(stdout);
    return ATR_EXIT_DONE;
}

#define OPTIONS(table) (table), sizeof(table) / sizeof(table)[0]

static const atr_cli_command commands[] = {
    {"run", "", "serve rooms", OPTIONS(run_options), 0, 0, atr_halld_run},
    {"check-config", "", "read the configuration and say what is wrong",
     OPTIONS(run_options), 0, 0, check_config},
    {"default-config", "", "write the commented default configuration", NULL, 0,
     0, 0, default_config},
};

const atr_cli_program atr_halld_program = {
    .name = "attrium-halld",
    .doc = "the broadcast server of rooms",
    .commands = commands,
    .count = sizeof commands / sizeof commands[0],
    .more = ATR_HALLD_ENV "__SECTION__KEY in the environment overrides the "
                          "configuration.\n",
};
