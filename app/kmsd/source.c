#include "app/kmsd/source.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/cli.h"
#include "host/process.h"

#define PREFIX "source."
#define RULES "rules"
#define ANSWER_BYTES_MAX (1024 * 1024)
#define ANSWER_MS 40000 /* the program has limits of its own, below this */
#define END_MS 2000
#define CLAIMS_MAX 4096

/* --- a program, from question to answer --- */

static atr_err failed(const atr_source_of *s, int status, atr_fault *fault)
{
    switch (status) {
    case ATR_EXIT_DENIED:
        return atr_fault_set(fault, ATR_ERR_POLICY,
                             "%s: the evidence does not convince", s->name);
    case ATR_EXIT_EXPIRED:
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "%s: the evidence is too old", s->name);
    case ATR_EXIT_CORRUPT:
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "%s: the evidence is malformed", s->name);
    default:
        return atr_fault_set(fault, ATR_ERR_IO,
                             "%s: the source cannot be "
                             "asked now",
                             s->name);
    }
}

static bool write_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        const ssize_t done = write(fd, text, left);

        if (done <= 0) {
            return false;
        }
        text += done;
        left -= (size_t)done;
    }
    return true;
}

/* Runs a source's program; its one line of output becomes JSON. */
static atr_err run(json_t **out, const atr_source_of *s, const char *verb,
                   const char *input, atr_fault *fault)
{
    const char *const argv[] = {s->program, verb ? verb : s->config,
                                verb ? s->config : NULL, NULL};
    const atr_process_options options = {
        .argv = argv, .pipe_in = input != NULL, .pipe_out = true};
    char *line = malloc(ANSWER_BYTES_MAX);
    atr_process process;
    atr_err err;

    *out = NULL;
    if (!line) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    if ((err = atr_process_start(&process, &options, fault)) != ATR_OK) {
        free(line);
        return err;
    }
    if (input) {
        (void)write_all(process.in, input);
        (void)close(process.in);
        process.in = -1;
    }
    err = atr_process_read_line(line, ANSWER_BYTES_MAX, &process, ANSWER_MS);
    if ((err != ATR_OK && err != ATR_ERR_STATE) ||
        atr_process_wait(&process, END_MS) != ATR_OK) {
        atr_process_end(&process, END_MS);
    }
    if (err == ATR_OK && process.status == 0) {
        *out = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    }
    free(line);
    return json_is_object(*out) ? ATR_OK : failed(s, process.status, fault);
}

/* --- the sources of a directory --- */

static bool is_word(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!((text[i] >= 'a' && text[i] <= 'z') ||
              (text[i] >= '0' && text[i] <= '9') || text[i] == '-')) {
            return false;
        }
    }
    return len > 0 && len <= ATR_SOURCE_NAME_MAX;
}

static atr_err read_rules(atr_source_of *s, const char *dir, atr_fault *fault)
{
    char name[ATR_SOURCE_NAME_MAX + 16];
    char path[ATR_PATH_BYTES_MAX];
    atr_fault why;
    atr_file file;
    atr_err err;

    (void)snprintf(name, sizeof name, PREFIX "%s." RULES, s->name);
    if (atr_path_join(path, dir, name) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    if ((err = atr_file_read(&file, path, ATR_RULES_BYTES_MAX, fault)) !=
        ATR_OK) {
        return err;
    }
    err = atr_rules_parse(&s->rules, (atr_bytes){file.data, file.len}, &why);
    atr_file_wipe(&file);
    return err == ATR_OK ? ATR_OK
                         : atr_fault_set(fault, err, "%s: %s", name, why.text);
}

/* Where the programs are: $ATTRIUM_LIBEXEC, or where they are installed. */
static const char *programs(void)
{
    const char *dir = getenv("ATTRIUM_LIBEXEC");

    return dir && dir[0] == '/' ? dir : ATR_LIBEXEC;
}

static atr_err open_one(atr_source_of *s, const char *dir, const char *file,
                        atr_fault *fault)
{
    const char *name = file + strlen(PREFIX);
    const char *dot = strchr(name, '.');
    const int len = snprintf(s->program, sizeof s->program,
                             "%s/attrium-source-%s", programs(), dot + 1);
    atr_err err;

    memcpy(s->name, name, (size_t)(dot - name));
    if (len < 0 || (size_t)len >= sizeof s->program ||
        atr_path_join(s->config, dir, file) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    if (access(s->program, X_OK) != 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "%s: no such kind: %s", file,
                             s->program);
    }
    if ((err = read_rules(s, dir, fault)) != ATR_OK ||
        (err = run(&s->about, s, "describe", NULL, fault)) != ATR_OK) {
        return err;
    }
    return json_object_set_new(s->about, "name", json_string(s->name)) == 0
               ? ATR_OK
               : atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
}

/* "source.NAME.KIND", but not the rules. */
static int is_source(const struct dirent *entry)
{
    const char *name = entry->d_name + strlen(PREFIX);
    const char *dot;

    return strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
           (dot = strchr(name, '.')) != NULL &&
           is_word(name, (size_t)(dot - name)) &&
           is_word(dot + 1, strlen(dot + 1)) && strcmp(dot + 1, RULES) != 0;
}

atr_err atr_sources_open(atr_sources *out, const char *dir, atr_fault *fault)
{
    struct dirent **list = NULL;
    const int count = scandir(dir, &list, is_source, alphasort);
    atr_err err = ATR_OK;

    *out = (atr_sources){0};
    for (int i = 0; i < count; i++) {
        if (err == ATR_OK && out->count == ATR_SOURCES_MAX) {
            err = atr_fault_set(fault, ATR_ERR_LIMIT, "more than %d sources",
                                ATR_SOURCES_MAX);
        }
        if (err == ATR_OK) {
            err = open_one(&out->source[out->count++], dir, list[i]->d_name,
                           fault);
        }
        free(list[i]);
    }
    free(list);
    return err;
}

void atr_sources_close(atr_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        atr_rules_free(sources->source[i].rules);
        json_decref(sources->source[i].about);
    }
    sources->count = 0;
}

const atr_source_of *atr_sources_find(const atr_sources *sources,
                                      const char *name)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (strcmp(sources->source[i].name, name) == 0) {
            return &sources->source[i];
        }
    }
    return NULL;
}

/* --- asking --- */

static char *question(const atr_source_of *s, const uint8_t id[32],
                      const json_t *evidence)
{
    const char *keys[ATR_RULE_KEYS_MAX];
    const size_t count = atr_rules_keys(keys, s->rules);
    json_t *list = json_array();
    json_t *json;
    char hex[65];
    char *text;

    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_string(keys[i]));
    }
    atr_hex_write(hex, (atr_bytes){id, 32});
    json = json_pack("{s:i, s:O, s:s, s:o}", "schema", 1, "evidence", evidence,
                     "nonce", hex, "keys", list);
    text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static bool take_claim(atr_claim *out, const json_t *pair)
{
    const json_t *key = json_array_get(pair, 0);
    const json_t *value = json_array_get(pair, 1);

    if (json_array_size(pair) != 2 || !json_is_string(key) ||
        !json_is_string(value)) {
        return false;
    }
    out->key = (atr_bytes){(const uint8_t *)json_string_value(key),
                           json_string_length(key)};
    out->value = (atr_bytes){(const uint8_t *)json_string_value(value),
                             json_string_length(value)};
    return true;
}

/* The claims stay borrowed from `answer`. */
static atr_err earn(atr_attrs *out, const atr_source_of *s,
                    const json_t *answer, atr_fault *fault)
{
    const json_t *list = json_object_get(answer, "claims");
    const size_t count = json_array_size(list);
    atr_claim *claims =
        calloc(count > 0 && count <= CLAIMS_MAX ? count : 1, sizeof *claims);
    bool good = claims && json_is_array(list) && count <= CLAIMS_MAX;
    atr_err err;

    for (size_t i = 0; i < count && good; i++) {
        good = take_claim(&claims[i], json_array_get(list, i));
    }
    err = good ? atr_rules_apply(out, s->rules, claims, count, fault)
               : atr_fault_set(fault, ATR_ERR_IO,
                               "%s: the source's answer is malformed", s->name);
    free(claims);
    return err;
}

atr_err atr_source_ask(atr_attrs *out, const atr_source_of *source,
                       const uint8_t id[32], const json_t *evidence,
                       atr_fault *fault)
{
    char *text = question(source, id, evidence);
    json_t *answer = NULL;
    atr_err err;

    memset(out, 0, sizeof *out);
    if (!text) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = run(&answer, source, NULL, text, fault);
    atr_wipe(text, strlen(text));
    free(text);
    if (err == ATR_OK) {
        err = earn(out, source, answer, fault);
    }
    json_decref(answer);
    return err;
}
