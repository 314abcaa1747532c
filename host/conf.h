/* conf.h - configuration files, from one table of keys.
 *
 *     # comment
 *     [listen]
 *     port = 7000
 *     name = "blanks and # are kept in quotes"
 *
 * The table gives type, default, limits and explanation of each key, and
 * prints the commented default file. Unknown sections and keys, a key twice in
 * a file, and values that do not fit are errors that name file and line.
 * After the files, PREFIX__SECTION__KEY of the environment overrides, as
 * ATTRIUM_HALLD__LISTEN__PORT=7001.
 */
#ifndef ATR_CONF_H
#define ATR_CONF_H

#include <stdio.h>

#include "host/fault.h"

#define ATR_CONF_BYTES_MAX (1u << 20) /* of a file */
#define ATR_CONF_VALUE_BYTES_MAX 1024

typedef enum {
    ATR_CONF_TEXT,   /* as it is */
    ATR_CONF_NUMBER, /* 0 to 2^63, digits may be grouped by "_" */
    ATR_CONF_SIZE,   /* a number and B, KiB, MiB, GiB: in bytes */
    ATR_CONF_TIME,   /* a number and ms, s, m, h, d: in milliseconds */
    ATR_CONF_FLAG    /* yes/no, true/false, on/off */
} atr_conf_kind;

typedef struct {
    const char *section;
    const char *key;
    atr_conf_kind kind;
    const char *preset; /* the default, in the notation of a file */
    uint64_t min;       /* of numbers, sizes and times; */
    uint64_t max;       /* both 0: any */
    const char *doc;    /* one or more lines */
} atr_conf_key;

typedef struct atr_conf atr_conf;

/* atr_conf_open sets every key of the table to its default; the table must
 * outlive the conf. Returns ATR_ERR_LIMIT when there is no memory. */
ATR_MUST_USE atr_err atr_conf_open(atr_conf **out, const atr_conf_key *keys,
                                   size_t count);
void atr_conf_close(atr_conf *conf);

/* atr_conf_read reads a file over what is set; atr_conf_read_folder all
 * "*.conf" of a folder in the order of their names, and nothing when there is
 * no such folder. On error some keys may have moved: close the conf. Returns
 * ATR_ERR_IO, ATR_ERR_INPUT, ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_conf_read(atr_conf *conf, const char *path,
                                   atr_fault *fault);
ATR_MUST_USE atr_err atr_conf_read_folder(atr_conf *conf, const char *path,
                                          atr_fault *fault);

/* atr_conf_parse is atr_conf_read on text; `name` stands for the file. */
ATR_MUST_USE atr_err atr_conf_parse(atr_conf *conf, const char *name,
                                    atr_bytes text, atr_fault *fault);

/* atr_conf_read_env takes `PREFIX__SECTION__KEY`; one that names no key is an
 * error. */
ATR_MUST_USE atr_err atr_conf_read_env(atr_conf *conf, const char *prefix,
                                       atr_fault *fault);

/* atr_conf_set sets one key from text, as a command-line option does. */
ATR_MUST_USE atr_err atr_conf_set(atr_conf *conf, const char *section,
                                  const char *key, const char *value,
                                  atr_fault *fault);

/* Values; asking for a key that is not in the table, or by the wrong kind, is
 * a mistake of the program and aborts. */
const char *atr_conf_text(const atr_conf *conf, const char *section,
                          const char *key);
uint64_t atr_conf_number(const atr_conf *conf, const char *section,
                         const char *key);
bool atr_conf_flag(const atr_conf *conf, const char *section,
                   const char *key);

/* atr_conf_print_default writes the commented default file. */
void atr_conf_print_default(FILE *out, const char *title,
                            const atr_conf_key *keys, size_t count);

#endif
