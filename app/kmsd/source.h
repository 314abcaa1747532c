/* source.h - who vouches for people beside the administrators: directories and
 * issuers of tokens, each set up by two files of the node's directory.
 *
 *     source.NAME.KIND    configuration of attrium-source-KIND (ldap, oidc)
 *     source.NAME.rules   which attributes an answer earns (rules.h)
 *
 * NAME and KIND are small letters, digits and "-". Each question runs the
 * program once (app/source/module.h); it never meets a key.
 */
#ifndef ATR_SOURCE_H
#define ATR_SOURCE_H

#include <jansson.h>

#include "app/kmsd/rules.h"
#include "host/file.h"

#define ATR_SOURCES_MAX 16
#define ATR_SOURCE_NAME_MAX 32

typedef struct {
    char name[ATR_SOURCE_NAME_MAX + 1];
    char program[ATR_PATH_BYTES_MAX];
    char config[ATR_PATH_BYTES_MAX];
    atr_rules *rules;
    json_t *about; /* what the program says of itself, and "name" */
} atr_source_of;

typedef struct {
    size_t count;
    atr_source_of source[ATR_SOURCES_MAX];
} atr_sources;

/* atr_sources_open finds the sources in `dir`, reads their rules and has each
 * program check its configuration. ATR_ERR_INPUT, ATR_ERR_IO, ATR_ERR_LIMIT;
 * the fault names the file. Close them after an error too. */
ATR_MUST_USE atr_err atr_sources_open(atr_sources *out, const char *dir,
                                      atr_fault *fault);
void atr_sources_close(atr_sources *sources);

const atr_source_of *atr_sources_find(const atr_sources *sources,
                                      const char *name);

/* atr_source_ask gives the attributes that `evidence` earns the maker of the
 * request `id`. ATR_ERR_POLICY when the evidence does not convince,
 * ATR_ERR_INPUT when it is malformed, ATR_ERR_IO when the source cannot be
 * asked, ATR_ERR_STATE when the evidence is too old. Takes up to half a
 * minute. */
ATR_MUST_USE atr_err atr_source_ask(atr_attrs *out, const atr_source_of *source,
                                    const uint8_t id[32],
                                    const json_t *evidence, atr_fault *fault);

#endif
