/* selfcert.h - a server's certificate, made by itself at its first start. */
#ifndef ATR_SELFCERT_H
#define ATR_SELFCERT_H

#include "host/file.h"
#include "host/tls.h"

typedef struct {
    char cert[ATR_PATH_BYTES_MAX];
    char key[ATR_PATH_BYTES_MAX];
    bool own; /* not given: ours to make */
} atr_selfcert;

/* atr_selfcert_paths takes both paths as given, or (both empty or NULL) places
 * them in `dir` as tls.crt and tls.key. ATR_ERR_INPUT when only one is given.
 */
ATR_MUST_USE atr_err atr_selfcert_paths(atr_selfcert *out, const char *dir,
                                        const char *cert, const char *key,
                                        atr_fault *fault);

/* atr_selfcert_open opens them; our own are made for `name` when neither is
 * there. Errors as atr_tls_server_open; ATR_ERR_STATE too when one of our own
 * is missing. */
ATR_MUST_USE atr_err atr_selfcert_open(atr_tls **out, const atr_selfcert *paths,
                                       const char *name, atr_fault *fault);

#endif
