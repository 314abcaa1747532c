#include "app/source/module.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECTION "source"

/* --- for modules --- */

int atr_module_fail(atr_module *module, int code, const char *format, ...)
{
    char text[ATR_FAULT_BYTES_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)atr_fault_set(&module->fault, ATR_ERR_INPUT, "%s", text);
    return code;
}

bool atr_module_claim(atr_module *module, const char *key, const char *value,
                      size_t len)
{
    json_t *pair = json_array();

    return json_array_size(module->claims) < ATR_MODULE_CLAIMS_MAX && pair &&
                   json_array_append_new(pair, json_string(key)) == 0 &&
                   json_array_append_new(pair, json_stringn(value, len)) == 0 &&
                   json_array_append(module->claims, pair) == 0
               ? (json_decref(pair), true)
               : (json_decref(pair), false);
}

const char *atr_module_evidence(const atr_module *module, const char *name)
{
    return json_string_value(json_object_get(module->evidence, name));
}

const char *atr_module_text(const atr_module *module, const char *key)
{
    return atr_conf_text(module->conf, SECTION, key);
}

uint64_t atr_module_ms(const atr_module *module, const char *key)
{
    return atr_conf_number(module->conf, SECTION, key);
}

/* --- the program --- */

/* Returns the bytes read, or -1 when there are too many or none can be. */
static ssize_t read_input(char *out, size_t cap)
{
    size_t len = 0;

    for (;;) {
        ssize_t got = read(STDIN_FILENO, out + len, cap - len);

        if (got == 0) {
            return (ssize_t)len;
        }
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        len += got > 0 ? (size_t)got : 0;
        if (len == cap) {
            return -1;
        }
    }
}

static bool is_nonce(const char *text)
{
    return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static int take_question(atr_module *m, const json_t *question)
{
    const json_t *key;
    size_t index;

    m->evidence = json_object_get(question, "evidence");
    m->nonce = json_string_value(json_object_get(question, "nonce"));
    m->keys = json_object_get(question, "keys");
    if (json_integer_value(json_object_get(question, "schema")) != 1 ||
        json_object_size(question) != 4 || !json_is_object(m->evidence) ||
        !is_nonce(m->nonce) || !json_is_array(m->keys)) {
        return atr_module_fail(m, ATR_EXIT_CORRUPT,
                               "standard input is not a question");
    }
    json_array_foreach(m->keys, index, key)
    {
        if (!json_is_string(key)) {
            return atr_module_fail(m, ATR_EXIT_CORRUPT, "a key is not a text");
        }
    }
    return 0;
}

/* Takes `document`. */
static int write_json(atr_module *m, json_t *document)
{
    if (json_dumpf(document, stdout, JSON_COMPACT) != 0 ||
        fputc('\n', stdout) == EOF || fflush(stdout) != 0) {
        json_decref(document);
        return atr_module_fail(m, ATR_EXIT_FAILED, "cannot write the answer");
    }
    json_decref(document);
    return 0;
}

static int answer(atr_module *m)
{
    return write_json(
        m, json_pack("{s:i, s:O}", "schema", 1, "claims", m->claims));
}

static int describe(const atr_module_kind *kind, atr_module *m)
{
    json_t *document = json_pack("{s:i, s:s}", "schema", 1, "kind", kind->kind);

    kind->describe(document, m);
    return write_json(m, document);
}

static int ask(const atr_module_kind *kind, atr_module *m)
{
    char *input = malloc(ATR_MODULE_INPUT_BYTES_MAX + 1);
    ssize_t len =
        input ? read_input(input, ATR_MODULE_INPUT_BYTES_MAX + 1) : -1;
    json_t *question = NULL;
    int code;

    m->claims = json_array();
    if (len < 0 || !m->claims) {
        code = atr_module_fail(m, ATR_EXIT_CORRUPT, "cannot read the question");
    } else if (!(question = json_loadb(input, (size_t)len,
                                       JSON_REJECT_DUPLICATES, NULL))) {
        code = atr_module_fail(m, ATR_EXIT_CORRUPT, "the question is not JSON");
    } else if ((code = take_question(m, question)) == 0 &&
               (code = kind->check(m)) == 0) {
        code = answer(m);
    }
    json_decref(question);
    json_decref(m->claims);
    if (input) {
        atr_wipe(input, ATR_MODULE_INPUT_BYTES_MAX + 1);
        free(input);
    }
    return code;
}

static int usage(const atr_module_kind *kind, FILE *out, int code)
{
    fprintf(out,
            "%s - %s\n"
            "usage: %s CONFIG                check the evidence on standard "
            "input\n"
            "       %s check-config CONFIG   is this file good?\n"
            "       %s describe CONFIG       what a person's program needs\n"
            "       %s default-config        print one, with comments\n"
            "CONFIG is a file. See attrium-source(8).\n",
            kind->name, kind->doc, kind->name, kind->name, kind->name,
            kind->name);
    return code;
}

typedef enum { ASK, CHECK, DESCRIBE } task;

static int run(const atr_module_kind *kind, const char *path, task what)
{
    atr_module m = {.name = kind->name};
    atr_conf *conf = NULL;
    int code = ATR_EXIT_USAGE;

    if (atr_conf_open(&conf, kind->keys, kind->key_count) != ATR_OK) {
        code = atr_module_fail(&m, ATR_EXIT_FAILED, "no memory");
    } else if (atr_conf_read(conf, path, &m.fault) == ATR_OK) {
        m.conf = conf;
        code = kind->ready(&m);
        if (code == 0 && what != CHECK) {
            code = what == ASK ? ask(kind, &m) : describe(kind, &m);
        }
    }
    if (code != 0) {
        char shown[ATR_FAULT_BYTES_MAX];

        atr_cli_clean(
            shown, sizeof shown,
            (atr_bytes){(uint8_t *)m.fault.text, strlen(m.fault.text)});
        fprintf(stderr, "%s: %s\n", kind->name, shown);
    }
    atr_conf_close(conf);
    return code;
}

int atr_module_main(const atr_module_kind *kind, int argc, char **argv)
{
    const struct rlimit no_core = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc == 2 &&
        (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
         strcmp(argv[1], "help") == 0)) {
        return usage(kind, stdout, 0);
    }
    if (argc == 2 && (strcmp(argv[1], "--version") == 0 ||
                      strcmp(argv[1], "version") == 0)) {
        printf("%s %s\n", kind->name, atr_cli_version());
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "default-config") == 0) {
        atr_conf_print_default(stdout, kind->name, kind->keys, kind->key_count);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "check-config") == 0) {
        return run(kind, argv[2], CHECK);
    }
    if (argc == 3 && strcmp(argv[1], "describe") == 0) {
        return run(kind, argv[2], DESCRIBE);
    }
    if (argc == 2 && argv[1][0] != '-') {
        return run(kind, argv[1], ASK);
    }
    return usage(kind, stderr, ATR_EXIT_USAGE);
}
