/* cli.h - what the command lines of the three programs share: exit codes,
 * error lines, tables of commands and options, output that is checked.
 *
 * A program is a table of commands; help, option parsing and the errors of
 * usage follow from it:
 *
 *     static const atr_cli_option options[] = {
 *         {"dir", 'd', "DIR", "where the authority lives"},
 *         {"json", 0, NULL, "write JSON"},
 *     };
 *     static const atr_cli_command commands[] = {
 *         {"init", "", "make an authority", options, 2, 0, 0, run_init},
 *     };
 *     static const atr_cli_program program = {
 *         "attrium-kmsd", "a node of the key authority", commands, 1};
 *
 *     int main(int argc, char **argv)
 *     {
 *         return atr_cli_main(&program, argc, argv);
 *     }
 *
 * The name of a command may be two words ("key request"). Options stand after
 * the command, in any order with the operands; "--" ends them. Every command
 * has -h, --help; every program has help, --help, version, --version.
 * Data goes to standard output, words to standard error.
 */
#ifndef ATR_CLI_H
#define ATR_CLI_H

#include <jansson.h>

#include "host/fault.h"

typedef enum {
    ATR_EXIT_DONE = 0,
    ATR_EXIT_FAILED = 1,
    ATR_EXIT_USAGE = 2,
    ATR_EXIT_DENIED = 3,  /* the key does not satisfy the policy */
    ATR_EXIT_CORRUPT = 4, /* corrupt or forged */
    ATR_EXIT_EXPIRED = 5, /* expired or revoked */
    ATR_EXIT_NETWORK = 6, /* server or network */
    ATR_EXIT_UNSAFE = 7,  /* refused for safety: terminal, permissions */
    ATR_EXIT_INTERRUPTED = 130
} atr_exit;

#define ATR_CLI_OPTIONS_MAX 24 /* of one command */
#define ATR_CLI_VALUES_MAX 64  /* options given on one command line */

typedef struct {
    const char *name;  /* long name, without "--" */
    char letter;       /* short name, or 0 */
    const char *value; /* what help calls its value; NULL: a flag */
    const char *doc;   /* one line */
} atr_cli_option;

typedef struct atr_cli atr_cli;

typedef struct {
    const char *name;     /* "init", "key request" */
    const char *operands; /* for help: "ID...", "" */
    const char *doc;      /* one line */
    const atr_cli_option *options;
    size_t option_count;
    size_t operands_min;
    size_t operands_max;
    int (*run)(const atr_cli *cli);
} atr_cli_command;

typedef struct {
    const char *name; /* "attrium-kmsd" */
    const char *doc;  /* one line */
    const atr_cli_command *commands;
    size_t count;
    const char *more; /* printed after the list of commands, or NULL */
    bool has_words;   /* every command has -q, --quiet and -v, --verbose */
} atr_cli_program;

/* One command line taken apart. */
struct atr_cli {
    const atr_cli_program *program;
    const atr_cli_command *command;
    bool json;    /* --json was given: errors are JSON too */
    bool quiet;   /* no words but errors */
    bool verbose; /* more words */
    size_t operand_count;
    char *const *operands;
    size_t value_count;
    struct {
        const atr_cli_option *option;
        const char *value;
    } values[ATR_CLI_VALUES_MAX];
};

/* atr_cli_main runs the command that `argv` names and returns the exit code.
 * The umask is 077 from here on; standard output is flushed and checked: when
 * it could not be written, the exit code is not 0. */
int atr_cli_main(const atr_cli_program *program, int argc, char **argv);

/* atr_cli_version is the version of all programs: "0.1.0". */
const char *atr_cli_version(void);

/* atr_cli_has tells whether an option was given; atr_cli_value is its last
 * value, or NULL; atr_cli_value_at its `index`-th, for options that may be
 * given many times. An option that the command has not aborts. */
bool atr_cli_has(const atr_cli *cli, const char *name);
const char *atr_cli_value(const atr_cli *cli, const char *name);
const char *atr_cli_value_at(const atr_cli *cli, const char *name,
                             size_t index);

/* atr_cli_number reads the value of an option as a decimal number between
 * `min` and `max`; absent, `*out` stays. Returns false after printing the
 * error: exit with ATR_EXIT_USAGE. */
ATR_MUST_USE bool atr_cli_number(uint64_t *out, const atr_cli *cli,
                                 const char *name, uint64_t min, uint64_t max);

/* atr_cli_fail prints "program: ..." (or {"error":{"code","message"}} when
 * `cli->json`) on standard error and returns `code`, so that a failure is
 * `return atr_cli_fail(cli, ATR_EXIT_FAILED, ...)`. Control characters that
 * come along are made harmless. atr_cli_usage is the same for usage. */
int atr_cli_fail(const atr_cli *cli, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int atr_cli_usage(const atr_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* atr_cli_note prints "program: ..." without being an error, unless --quiet;
 * atr_cli_detail only when --verbose: sizes, connections; never a secret. */
void atr_cli_note(const atr_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void atr_cli_detail(const atr_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* atr_cli_colour tells whether to colour what a command with
 * ATR_CLI_OPTIONS_COLOUR writes: as --color says, else when `is_screen`,
 * unless NO_COLOR is set or TERM is "dumb". Returns an exit code. */
#define ATR_CLI_OPTIONS_COLOUR                                                 \
    {"color", 0, "WHEN", "auto (the default; see NO_COLOR), always, never"},   \
    {                                                                          \
        "no-color", 0, NULL, "the same as --color never"                       \
    }
int atr_cli_colour(bool *out, const atr_cli *cli, bool is_screen);

/* atr_cli_exit_of is the exit code of a failed library or local file call:
 * POLICY 3, AUTH and INPUT 4, STATE 7, the others 1. */
int atr_cli_exit_of(atr_err err);

/* atr_cli_exit_of_network is the same for calls to a server: IO 6, AUTH 4,
 * INPUT and LIMIT 6, STATE 1. */
int atr_cli_exit_of_network(atr_err err);

/* atr_cli_print_json writes one document and a newline to standard output and
 * lets go of `value`; returns ATR_EXIT_DONE, or ATR_EXIT_FAILED after saying
 * so. Members keep the order in which they were set; begin each document with
 * "schema": 1 by atr_cli_document. */
int atr_cli_print_json(const atr_cli *cli, json_t *value);
json_t *atr_cli_document(void);

/* atr_cli_clean copies text that others wrote so that it can be shown: invalid
 * UTF-8, control characters, escape sequences, direction overrides and
 * invisible characters become "?". Cut to fit at a whole character; always
 * ends with a zero. */
void atr_cli_clean(char *out, size_t cap, atr_bytes text);

#endif
