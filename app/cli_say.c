#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/cli.h"

#define MESSAGE_BYTES_MAX 2048

static const char *code_name(int code)
{
    switch (code) {
    case ATR_EXIT_USAGE:
        return "USAGE";
    case ATR_EXIT_DENIED:
        return "POLICY_UNSATISFIED";
    case ATR_EXIT_CORRUPT:
        return "CORRUPT";
    case ATR_EXIT_EXPIRED:
        return "EXPIRED";
    case ATR_EXIT_NETWORK:
        return "NETWORK";
    case ATR_EXIT_UNSAFE:
        return "UNSAFE";
    case ATR_EXIT_INTERRUPTED:
        return "INTERRUPTED";
    default:
        return "FAILED";
    }
}

static void say_json(int code, const char *message)
{
    json_t *error = json_pack("{s:{s:s, s:s}}", "error", "code",
                              code_name(code), "message", message);

    if (error && json_dumpf(error, stderr, JSON_ENSURE_ASCII) == 0) {
        fputc('\n', stderr);
    }
    json_decref(error);
}

static void say(const atr_cli *cli, int code, const char *format, va_list list)
{
    char raw[MESSAGE_BYTES_MAX];
    char message[MESSAGE_BYTES_MAX];

    vsnprintf(raw, sizeof raw, format, list);
    atr_cli_clean(message, sizeof message,
                  (atr_bytes){(const uint8_t *)raw, strlen(raw)});
    if (cli->json && code != ATR_EXIT_DONE) {
        say_json(code, message);
    } else {
        fprintf(stderr, "%s: %s\n", cli->program->name, message);
    }
}

int atr_cli_fail(const atr_cli *cli, int code, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say(cli, code, format, list);
    va_end(list);
    return code;
}

int atr_cli_usage(const atr_cli *cli, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say(cli, ATR_EXIT_USAGE, format, list);
    va_end(list);
    if (!cli->json) {
        fprintf(stderr, "try '%s help%s%s'\n", cli->program->name,
                cli->command ? " " : "",
                cli->command ? cli->command->name : "");
    }
    return ATR_EXIT_USAGE;
}

void atr_cli_note(const atr_cli *cli, const char *format, ...)
{
    va_list list;

    if (cli->quiet) {
        return;
    }
    va_start(list, format);
    say(cli, ATR_EXIT_DONE, format, list);
    va_end(list);
}

void atr_cli_detail(const atr_cli *cli, const char *format, ...)
{
    va_list list;

    if (!cli->verbose) {
        return;
    }
    va_start(list, format);
    say(cli, ATR_EXIT_DONE, format, list);
    va_end(list);
}

int atr_cli_colour(bool *out, const atr_cli *cli, bool is_screen)
{
    const char *when = atr_cli_value(cli, "color");
    const char *never = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    *out = false;
    if (when && strcmp(when, "auto") != 0 && strcmp(when, "always") != 0 &&
        strcmp(when, "never") != 0) {
        return atr_cli_usage(cli, "--color: want auto, always or never: %s",
                             when);
    }
    if (atr_cli_has(cli, "no-color") || (when && strcmp(when, "never") == 0)) {
        return ATR_EXIT_DONE;
    }
    if (when && strcmp(when, "always") == 0) {
        *out = true;
        return ATR_EXIT_DONE;
    }
    *out = is_screen && !(never && never[0]) &&
           !(term && strcmp(term, "dumb") == 0);
    return ATR_EXIT_DONE;
}

int atr_cli_exit_of(atr_err err)
{
    switch (err) {
    case ATR_OK:
        return ATR_EXIT_DONE;
    case ATR_ERR_POLICY:
        return ATR_EXIT_DENIED;
    case ATR_ERR_AUTH:
    case ATR_ERR_INPUT:
        return ATR_EXIT_CORRUPT;
    case ATR_ERR_STATE:
        return ATR_EXIT_UNSAFE;
    default:
        return ATR_EXIT_FAILED;
    }
}

int atr_cli_exit_of_network(atr_err err)
{
    switch (err) {
    case ATR_OK:
        return ATR_EXIT_DONE;
    case ATR_ERR_AUTH:
        return ATR_EXIT_CORRUPT;
    case ATR_ERR_POLICY:
        return ATR_EXIT_DENIED;
    case ATR_ERR_STATE:
        return ATR_EXIT_FAILED;
    default:
        return ATR_EXIT_NETWORK;
    }
}

json_t *atr_cli_document(void)
{
    json_t *document = json_object();

    json_object_set_new(document, "schema", json_integer(1));
    return document;
}

int atr_cli_print_json(const atr_cli *cli, json_t *value)
{
    int failed = !value || json_dumpf(value, stdout, JSON_COMPACT) != 0;

    json_decref(value);
    errno = 0;
    if (failed || fputc('\n', stdout) == EOF || fflush(stdout) != 0) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "standard output: %s",
                            errno ? strerror(errno) : "no memory");
    }
    return ATR_EXIT_DONE;
}
