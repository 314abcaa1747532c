/* conf_state.h - what conf.c (values, and where they come from) and conf_text.c
 * (the form of a file, read and printed) share.
 */
#ifndef ATR_CONF_STATE_H
#define ATR_CONF_STATE_H

#include "host/conf.h"

typedef struct {
    char text[ATR_CONF_VALUE_BYTES_MAX];
    uint64_t number; /* of all kinds but text */
    unsigned set_in; /* the reading that set it last, see `reading` */
} atr_conf_value;

struct atr_conf {
    const atr_conf_key *keys;
    size_t count;
    unsigned reading; /* counts files, so that a key twice in one is seen */
    atr_conf_value *values;
};

/* atr_conf_find is NULL where there is no such key. */
const atr_conf_key *atr_conf_find(const atr_conf *conf, const char *section,
                                  const char *key);
atr_conf_value *atr_conf_value_of(const atr_conf *conf,
                                  const atr_conf_key *key);

/* atr_conf_put sets a key to what `text` says; `where` it stands is for the
 * message. */
ATR_MUST_USE atr_err atr_conf_put(atr_conf *conf, const atr_conf_key *key,
                                  const char *text, const char *where,
                                  atr_fault *fault);

#endif
