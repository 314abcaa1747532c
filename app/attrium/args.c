#include "app/attrium/args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/sanitise.h"
#include "policy/number.h"
#include "policy/period.h"
#include "policy/policy_text.h"

/* A canonical text is never longer: each row with its gate. */
#define POLICY_TEXT_MAX (ATR_POLICY_ROWS_MAX * 256)

/* Prints the line of `text` with the fault, and a caret below it. */
static void point_at(atr_bytes text, const atr_text_error *error)
{
    size_t start = 0;
    size_t line = 1;
    size_t end;
    size_t before;
    char shown[512];
    unsigned indent = 0;

    while (line < error->line && start < text.len) {
        line += text.data[start++] == '\n';
    }
    for (end = start; end < text.len && text.data[end] != '\n'; end++) {
    }
    before = error->column > 0 ? error->column - 1 : 0;
    if (before > end - start) {
        before = end - start;
    }
    if (before > 100) { /* a long line: begin near the fault */
        start += before - 60;
        before = 60;
    }
    atr_sanitise(shown, sizeof shown, (atr_bytes){text.data + start, before});
    for (size_t at = 0; shown[at] != 0;) {
        uint32_t point;

        at += atr_utf8_next(
            &point, (atr_bytes){(uint8_t *)shown + at, strlen(shown + at)});
        indent += atr_utf8_width(point);
    }
    atr_sanitise(
        shown, sizeof shown,
        (atr_bytes){text.data + start, end - start < 120 ? end - start : 120});
    fprintf(stderr, "  %s\n  %*s^\n", shown, (int)indent, "");
}

static int text_fault(const atr_cli *cli, const char *what, atr_bytes text,
                      const atr_text_error *error)
{
    const char *sentence = error->what != NULL ? error->what : "not understood";
    int code;

    if (error->hint != NULL) {
        code = atr_cli_fail(cli, ATR_EXIT_USAGE,
                            "%s, line %zu, column %zu: %s (%s)", what,
                            error->line, error->column, sentence, error->hint);
    } else {
        code = atr_cli_fail(cli, ATR_EXIT_USAGE, "%s, line %zu, column %zu: %s",
                            what, error->line, error->column, sentence);
    }
    if (!cli->json) {
        point_at(text, error);
    }
    return code;
}

static int parse_policy(atr_policy *out, const atr_cli *cli, const char *what,
                        atr_bytes text)
{
    atr_text_error error = {0};

    if (atr_policy_parse(out, text, &error) != ATR_OK) {
        return text_fault(cli, what, text, &error);
    }
    return ATR_EXIT_DONE;
}

int atr_args_policy(atr_policy *out, const atr_cli *cli, const char *text)
{
    const char *path = atr_cli_value(cli, "policy-file");
    atr_fault fault;
    atr_file file;
    atr_err err;
    int code;

    if ((text != NULL) == (path != NULL)) {
        return atr_cli_usage(cli, text != NULL
                                      ? "give the policy once: as text, or "
                                        "by -P FILE"
                                      : "a policy is needed: as text, by "
                                        "-P FILE, or \"-\"");
    }
    if (path == NULL && strcmp(text, "-") != 0) {
        return parse_policy(out, cli, "policy",
                            (atr_bytes){(const uint8_t *)text, strlen(text)});
    }
    err = atr_file_read(&file, path != NULL ? path : "-",
                        ATR_POLICY_TEXT_BYTES_MAX, &fault);
    if (err == ATR_ERR_LIMIT) {
        return atr_cli_fail(cli, ATR_EXIT_USAGE, "policy: %s", fault.text);
    }
    if (err != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    while (file.len > 0 && (file.data[file.len - 1] == '\n' ||
                            file.data[file.len - 1] == '\r')) {
        file.len--; /* the end of the last line is no part of the policy */
    }
    code = parse_policy(out, cli, path != NULL ? path : "policy",
                        (atr_bytes){file.data, file.len});
    atr_file_wipe(&file);
    return code;
}

int atr_args_policy_text(char **out, const atr_cli *cli,
                         const atr_policy *policy)
{
    *out = malloc(POLICY_TEXT_MAX);
    if (*out == NULL ||
        atr_policy_format(*out, POLICY_TEXT_MAX, policy) != ATR_OK) {
        free(*out);
        *out = NULL;
        return atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "the policy is too long to be written");
    }
    return ATR_EXIT_DONE;
}

/* Where the passphrase of a key comes from. */
static int key_sources(atr_secret_sources *out, const atr_cli *cli)
{
    uint64_t fd = 0;

    *out = (atr_secret_sources){
        .file = atr_cli_value(cli, "passphrase-file"),
        .fd = -1,
        .credential = "attrium.passphrase",
        .prompt = "Passphrase of the key: ",
    };
    if (!atr_cli_number(&fd, cli, "passphrase-fd", 0, 65535)) {
        return ATR_EXIT_USAGE;
    }
    out->fd = atr_cli_has(cli, "passphrase-fd") ? (int)fd : -1;
    return ATR_EXIT_DONE;
}

int atr_args_key(atr_holder **out, const atr_cli *cli, const char *which)
{
    atr_secret_sources sources;
    atr_fault fault = {{0}};
    int code = key_sources(&sources, cli);
    atr_err err;

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    err = atr_holder_open(out, atr_cli_value(cli, "dir"), which, &sources,
                          &fault);
    return err == ATR_OK
               ? ATR_EXIT_DONE
               : atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
}

int atr_args_person(atr_person **out, const atr_cli *cli, const char *which)
{
    atr_secret_sources sources;
    atr_fault fault = {{0}};
    int code = key_sources(&sources, cli);
    atr_err err;

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    err = atr_person_open(out, atr_cli_value(cli, "dir"), which, &sources,
                          &fault);
    return err == ATR_OK
               ? ATR_EXIT_DONE
               : atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
}

int atr_args_holder(atr_holder **out, const atr_cli *cli)
{
    return atr_args_key(out, cli, atr_cli_value(cli, "identity"));
}

int atr_args_attrs(atr_attrs *out, const atr_cli *cli, const char *what,
                   const char *text)
{
    atr_bytes bytes = {(const uint8_t *)text, strlen(text)};
    atr_text_error error = {0};

    if (atr_attrs_parse(out, bytes, &error) != ATR_OK) {
        return text_fault(cli, what, bytes, &error);
    }
    return ATR_EXIT_DONE;
}

/* The prefixes of one number are one entry: the longest that is there. */
static bool is_shown(const atr_attrs *attrs, size_t index)
{
    atr_period period; /* shown elsewhere */
    atr_number own;
    atr_number other;

    if (!atr_number_of(&own, &attrs->attr[index])) {
        return !atr_period_of(&period, &attrs->attr[index]);
    }
    for (size_t i = 0; i < attrs->count; i++) {
        if (atr_number_of(&other, &attrs->attr[i]) &&
            atr_bytes_equal(own.name, other.name) && own.width == other.width &&
            own.prefix_len < other.prefix_len &&
            !atr_number_clash(&own, &other)) {
            return false;
        }
    }
    return true;
}

json_t *atr_args_attrs_json(const atr_attrs *attrs)
{
    json_t *list = json_array();

    for (size_t i = 0; i < attrs->count; i++) {
        char text[256];

        if (is_shown(attrs, i) &&
            atr_attr_format(text, sizeof text, &attrs->attr[i]) == ATR_OK) {
            json_array_append_new(list, json_string(text));
        }
    }
    return list;
}

char *atr_args_attrs_text(const atr_attrs *attrs)
{
    size_t cap = attrs->count * 256 + 1;
    atr_attrs *shown = calloc(1, sizeof *shown);
    char *text = shown != NULL ? malloc(cap) : NULL;
    atr_period period;

    for (size_t i = 0; shown != NULL && i < attrs->count; i++) {
        if (!atr_period_of(&period, &attrs->attr[i])) {
            shown->attr[shown->count++] = attrs->attr[i];
        }
    }
    if (text != NULL && atr_attrs_format(text, cap, shown) != ATR_OK) {
        text[0] = 0;
    }
    free(shown);
    return text;
}

int atr_args_seconds(uint64_t *out, const atr_cli *cli, const char *option)
{
    static const char units[] = "smhd";
    static const uint32_t lengths[] = {1, 60, 3600, 86400};
    const char *text = atr_cli_value(cli, option);
    const char *unit;
    unsigned long long count;
    char *end;

    if (text == NULL) {
        return ATR_EXIT_DONE;
    }
    errno = 0;
    count = strtoull(text, &end, 10);
    unit = *end == 0 ? units : strchr(units, *end);
    if (text[0] < '0' || text[0] > '9' || errno != 0 || unit == NULL ||
        (*end == 0 ? count != 0 : end[1] != 0) ||
        count > UINT32_MAX / lengths[unit - units]) {
        return atr_cli_usage(cli, "--%s: want a time as 7d or 12h, or 0: %s",
                             option, text);
    }
    *out = count * lengths[unit - units];
    return ATR_EXIT_DONE;
}

json_t *atr_args_hex(const uint8_t *bytes, size_t len)
{
    char text[2 * 64 + 1];

    if (len > 64) {
        return NULL;
    }
    atr_hex_write(text, (atr_bytes){bytes, len});
    return json_string(text);
}

json_t *atr_args_text(atr_bytes text)
{
    json_t *value = json_stringn((const char *)text.data, text.len);

    if (value == NULL) {
        char *safe = malloc(3 * text.len + 1);

        if (safe != NULL) {
            size_t len = atr_sanitise(safe, 3 * text.len + 1, text);

            value = json_stringn(safe, len);
            free(safe);
        }
    }
    return value;
}
