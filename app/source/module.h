/* module.h - what the attribute sources share: small programs that check one
 * person's evidence and say what is known about that person.
 *
 * A node runs one for each request that brings evidence, so that the
 * libraries of directories and tokens never share a process with a key:
 *
 *     attrium-source-KIND CONFIG
 *
 *     stdin   {"schema":1, "evidence":{..}, "nonce": 64 hex, "keys":["mail"]}
 *     stdout  {"schema":1, "claims":[["mail","alice@example.org"],..]}
 *
 * `nonce` is the id of the request; evidence that can be bound to it must be.
 * `keys` are what the rules look at; other claims may be left out. Exit codes
 * are those of all programs: 0; 1 failed; 2 usage and configuration; 3 the
 * evidence does not convince; 4 malformed; 6 the directory or issuer does not
 * answer. Words go to standard error. "check-config CONFIG" says whether a file
 * is good, "default-config" prints one, and "describe CONFIG" writes what a
 * person's program needs to know to get the evidence, as one JSON object.
 */
#ifndef ATR_MODULE_H
#define ATR_MODULE_H

#include "app/cli.h"
#include "host/conf.h"

#define ATR_MODULE_INPUT_BYTES_MAX 65536
#define ATR_MODULE_CLAIMS_MAX 4096

typedef struct {
    const char *name; /* of the program, for words */
    const atr_conf *conf;
    const json_t *evidence; /* an object, perhaps with a password: the
                               program ends with the answer */
    const char *nonce;      /* 64 hexadecimal digits */
    const json_t *keys;     /* an array of texts */
    json_t *claims;
    atr_fault fault; /* what `check` has to say */
} atr_module;

typedef struct {
    const char *name;
    const char *kind; /* the end of `name` */
    const char *doc;
    const atr_conf_key *keys;
    size_t key_count;
    /* Both return an exit code, with `fault` unless that is 0. */
    int (*ready)(atr_module *module); /* is the configuration good? */
    int (*check)(atr_module *module); /* adds claims */
    /* Adds public members to an object that has "kind". */
    void (*describe)(json_t *out, const atr_module *module);
} atr_module_kind;

int atr_module_main(const atr_module_kind *kind, int argc, char **argv);

/* atr_module_claim adds one value of a key; false when it is not UTF-8 (it is
 * then left out) or there is no memory. */
bool atr_module_claim(atr_module *module, const char *key, const char *value,
                      size_t len);

/* atr_module_fail sets the fault and returns `code`. */
int atr_module_fail(atr_module *module, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* atr_module_evidence is a text of the evidence, or NULL. */
const char *atr_module_evidence(const atr_module *module, const char *name);

/* atr_module_text and _time are values of the one section, "source". */
const char *atr_module_text(const atr_module *module, const char *key);
uint64_t atr_module_ms(const atr_module *module, const char *key);

#endif
