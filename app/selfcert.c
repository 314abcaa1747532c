#include "app/selfcert.h"

#include <stdio.h>

atr_err atr_selfcert_paths(atr_selfcert *out, const char *dir, const char *cert,
                           const char *key, atr_fault *fault)
{
    bool has_cert = cert && cert[0];
    bool has_key = key && key[0];

    memset(out, 0, sizeof *out);
    if (has_cert != has_key) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "certificate and key go together: %s is missing",
                             has_cert ? "the key" : "the certificate");
    }
    out->own = !has_cert;
    if (out->own) {
        if (atr_path_join(out->cert, dir, "tls.crt") != ATR_OK ||
            atr_path_join(out->key, dir, "tls.key") != ATR_OK) {
            return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s",
                                 dir);
        }
        return ATR_OK;
    }
    if (strlen(cert) >= sizeof out->cert || strlen(key) >= sizeof out->key) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", cert);
    }
    strcpy(out->cert, cert);
    strcpy(out->key, key);
    return ATR_OK;
}

atr_err atr_selfcert_open(atr_tls **out, const atr_selfcert *paths,
                          const char *name, atr_fault *fault)
{
    bool has_cert = atr_path_exists(paths->cert);
    bool has_key = atr_path_exists(paths->key);
    atr_err err;

    *out = NULL;
    if (paths->own && !has_cert && !has_key) {
        err = atr_tls_make_cert(paths->cert, paths->key, name, fault);
        if (err != ATR_OK) {
            return err;
        }
    } else if (paths->own && has_cert != has_key) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "%s is missing; remove %s too to have a new pair "
                             "made (with a new pin)",
                             has_cert ? paths->key : paths->cert,
                             has_cert ? paths->cert : paths->key);
    }
    return atr_tls_server_open(out, paths->cert, paths->key, fault);
}
