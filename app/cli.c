#include "app/cli.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "app/cli_help.h"

#ifndef ATR_VERSION
#define ATR_VERSION "unknown" /* the build says it */
#endif

/* Long-only options get numbers beyond every letter. */
#define OPTION_BASE 0x100

enum { HELP, QUIET, VERBOSE, COMMON_MAX };

/* What every command has; -q and -v only where the program says so. */
static const atr_cli_option common[COMMON_MAX] = {
    [HELP] = {"help", 'h', NULL, "show this help"},
    [QUIET] = {"quiet", 'q', NULL, "no words but errors"},
    [VERBOSE] = {"verbose", 'v', NULL, "more words: connections, sizes"},
};

static size_t common_count(const atr_cli_program *program)
{
    return program->has_words ? COMMON_MAX : 1;
}

/* The options of the command and then those of every command; NULL at the
 * end. */
static const atr_cli_option *option_at(const atr_cli *cli, size_t index)
{
    const atr_cli_command *command = cli->command;

    if (index < command->option_count) {
        return &command->options[index];
    }
    index -= command->option_count;
    return index < common_count(cli->program) ? &common[index] : NULL;
}

static const atr_cli_option *option_named(const atr_cli *cli, const char *name)
{
    const atr_cli_option *o;

    for (size_t i = 0; (o = option_at(cli, i)) != NULL; i++) {
        if (strcmp(o->name, name) == 0) {
            return o;
        }
    }
    return NULL;
}

/* Finds the command of argv[1], or of argv[1] and argv[2] together; `*words` is
 * how many of them it took. */
static const atr_cli_command *find_command(const atr_cli_program *program,
                                           int argc, char **argv, int *words)
{
    for (size_t i = 0; i < program->count; i++) {
        const char *name = program->commands[i].name;
        const char *blank = strchr(name, ' ');
        size_t first = blank ? (size_t)(blank - name) : strlen(name);

        if (strlen(argv[1]) != first || strncmp(argv[1], name, first) != 0) {
            continue;
        }
        if (!blank) {
            *words = 1;
            return &program->commands[i];
        }
        if (argc > 2 && strcmp(argv[2], blank + 1) == 0) {
            *words = 2;
            return &program->commands[i];
        }
    }
    return NULL;
}

/* Whether the first word of a two-word command was given alone. */
static bool is_half(const atr_cli_program *program, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < program->count; i++) {
        const char *name = program->commands[i].name;

        if (strncmp(name, word, len) == 0 && name[len] == ' ') {
            return true;
        }
    }
    return false;
}

typedef struct {
    char letters[2 * (ATR_CLI_OPTIONS_MAX + COMMON_MAX) + 2];
    struct option list[ATR_CLI_OPTIONS_MAX + COMMON_MAX + 1];
} getopt_tables;

static void fill_tables(getopt_tables *out, const atr_cli *cli)
{
    const atr_cli_option *o;
    size_t at = 0;

    memset(out, 0, sizeof *out);
    out->letters[at++] = ':';
    for (size_t i = 0; (o = option_at(cli, i)) != NULL; i++) {
        out->list[i].name = o->name;
        out->list[i].has_arg = o->value ? required_argument : no_argument;
        out->list[i].val = OPTION_BASE + (int)i;
        if (o->letter) {
            out->letters[at++] = o->letter;
            if (o->value) {
                out->letters[at++] = ':';
            }
        }
    }
}

static const atr_cli_option *option_of(const atr_cli *cli, int got)
{
    const atr_cli_option *o;

    for (size_t i = 0; (o = option_at(cli, i)) != NULL; i++) {
        if (got == OPTION_BASE + (int)i || (o->letter && got == o->letter)) {
            return o;
        }
    }
    return NULL;
}

/* What getopt stumbled over, as the user wrote it. */
static int bad_option(const atr_cli *cli, char **argv, int got)
{
    const char *word = argv[optind - 1];
    const atr_cli_option *o = optopt ? option_of(cli, optopt) : NULL;

    if (got == ':') {
        return atr_cli_usage(cli, "option --%s wants a value",
                             o ? o->name : "?");
    }
    if (optopt && o) {
        return atr_cli_usage(cli, "option --%s takes no value", o->name);
    }
    if (optopt) {
        return atr_cli_usage(cli, "unknown option: -%c", optopt);
    }
    return atr_cli_usage(cli, "unknown option: %s", word);
}

/* Returns -1 to go on, else the exit code. */
static int take_options(atr_cli *cli, int argc, char **argv)
{
    getopt_tables tables;
    int got;

    fill_tables(&tables, cli);
    optind = 1;
    opterr = 0;
    while ((got = getopt_long(argc, argv, tables.letters, tables.list, NULL)) !=
           -1) {
        const atr_cli_option *o =
            got == '?' || got == ':' ? NULL : option_of(cli, got);

        if (!o) {
            return bad_option(cli, argv, got);
        }
        if (o == &common[HELP]) {
            atr_cli_help_command(cli->program, cli->command, common,
                                 common_count(cli->program));
            return ATR_EXIT_DONE;
        }
        cli->quiet = cli->quiet || o == &common[QUIET];
        cli->verbose = cli->verbose || o == &common[VERBOSE];
        if (cli->value_count == ATR_CLI_VALUES_MAX) {
            return atr_cli_usage(cli, "more than %d options",
                                 ATR_CLI_VALUES_MAX);
        }
        cli->values[cli->value_count].option = o;
        cli->values[cli->value_count++].value = optarg;
    }
    if (cli->quiet && cli->verbose) {
        return atr_cli_usage(cli, "--quiet or --verbose, not both");
    }
    cli->operands = argv + optind;
    cli->operand_count = (size_t)(argc - optind);
    if (cli->operand_count < cli->command->operands_min) {
        return atr_cli_usage(cli, "%s: missing operand: %s", cli->command->name,
                             cli->command->operands);
    }
    if (cli->operand_count > cli->command->operands_max) {
        return atr_cli_usage(cli, "%s: too many operands: %s",
                             cli->command->name,
                             cli->operands[cli->command->operands_max]);
    }
    return -1;
}

/* Whether errors are to be JSON is known before the options are taken. */
static bool wants_json(const atr_cli *cli, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            return option_named(cli, "json") != NULL;
        }
    }
    return false;
}

static int dispatch(const atr_cli_program *program, int argc, char **argv)
{
    atr_cli cli = {.program = program};
    int words = 0;
    int code;

    if (argc < 2) {
        return atr_cli_usage(&cli, "missing command");
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0 ||
        strcmp(argv[1], "version") == 0) {
        printf("%s %s\n", program->name, atr_cli_version());
        return ATR_EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        atr_cli_help_program(program);
        return ATR_EXIT_DONE;
    }
    if (strcmp(argv[1], "help") == 0) {
        cli.command = find_command(program, argc - 1, argv + 1, &words);
        if (cli.command) {
            atr_cli_help_command(program, cli.command, common,
                                 common_count(program));
            return ATR_EXIT_DONE;
        }
        return atr_cli_usage(&cli, "no such command: %s", argv[2]);
    }
    cli.command = find_command(program, argc, argv, &words);
    if (!cli.command) {
        return is_half(program, argv[1])
                   ? atr_cli_usage(&cli, "%s what? unknown or missing word",
                                   argv[1])
                   : atr_cli_usage(&cli, "no such command: %s", argv[1]);
    }
    cli.json = wants_json(&cli, argc - words, argv + words);
    code = take_options(&cli, argc - words, argv + words);
    return code >= 0 ? code : cli.command->run(&cli);
}

int atr_cli_main(const atr_cli_program *program, int argc, char **argv)
{
    atr_cli cli = {.program = program};
    int code;

    umask(077);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file too large is an error, no death */
    if (sodium_init() < 0) {
        return atr_cli_fail(&cli, ATR_EXIT_FAILED, "libsodium does not start");
    }
    code = dispatch(program, argc, argv);
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == ATR_EXIT_DONE) {
        return atr_cli_fail(&cli, ATR_EXIT_FAILED, "standard output: %s",
                            errno ? strerror(errno) : "cannot be written");
    }
    return code;
}

const char *atr_cli_version(void)
{
    return ATR_VERSION;
}

const char *atr_cli_value_at(const atr_cli *cli, const char *name, size_t index)
{
    const atr_cli_option *o = option_named(cli, name);

    if (!o) {
        abort();
    }
    for (size_t i = 0; i < cli->value_count; i++) {
        if (cli->values[i].option == o && index-- == 0) {
            return cli->values[i].value;
        }
    }
    return NULL;
}

const char *atr_cli_value(const atr_cli *cli, const char *name)
{
    const char *last = NULL;
    const char *next;

    for (size_t i = 0; (next = atr_cli_value_at(cli, name, i)) != NULL; i++) {
        last = next;
    }
    return last;
}

bool atr_cli_has(const atr_cli *cli, const char *name)
{
    const atr_cli_option *o = option_named(cli, name);

    if (!o) {
        abort();
    }
    for (size_t i = 0; i < cli->value_count; i++) {
        if (cli->values[i].option == o) {
            return true;
        }
    }
    return false;
}

bool atr_cli_number(uint64_t *out, const atr_cli *cli, const char *name,
                    uint64_t min, uint64_t max)
{
    const char *text = atr_cli_value(cli, name);
    unsigned long long value = 0;
    char *end = NULL;

    if (!text) {
        return true;
    }
    errno = 0;
    if (text[0] >= '0' && text[0] <= '9') {
        value = strtoull(text, &end, 10);
    }
    if (!end || *end || errno || value < min || value > max) {
        (void)atr_cli_usage(cli, "--%s: not a number between %llu and %llu: %s",
                            name, (unsigned long long)min,
                            (unsigned long long)max, text);
        return false;
    }
    *out = value;
    return true;
}
