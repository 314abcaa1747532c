/* https.h - one HTTPS call, waited for: what the command line needs. */
#ifndef ATR_HTTPS_H
#define ATR_HTTPS_H

#include "host/fault.h"
#include "host/tls.h"

typedef struct {
    const char *host;
    uint16_t port;
    const char *method;       /* "GET", "POST", ... */
    const char *path;         /* with the query, encoded */
    const uint8_t *pin;       /* ATR_PIN_BYTES bytes, or NULL: system trust */
    const atr_tls *own;       /* a server's, whose certificate is shown to one
                                 that asks; NULL: none */
    const char *content_type; /* of the body; NULL: "application/json" */
    const char *bearer;       /* token of an Authorization header, or NULL */
    atr_bytes body;           /* sent when `len` is not 0, or for POST, PUT */
    size_t reply_max;         /* most bytes of an answer; 0: 1 MiB */
    uint32_t limit_ms;        /* for all of it; 0: 15 s */
} atr_https_request;

typedef struct {
    int status;    /* 200, ... */
    uint8_t *body; /* with a zero byte after its end; never NULL on success */
    size_t body_len;
} atr_https_reply;

/* atr_https_call sends one request and waits for the whole answer. Any HTTP
 * status is ATR_OK. Returns ATR_ERR_IO (name, network, time), ATR_ERR_AUTH
 * (the certificate is not the pinned or a trusted one), ATR_ERR_INPUT (the
 * answer is not HTTP), ATR_ERR_LIMIT (it is too large). */
ATR_MUST_USE atr_err atr_https_call(atr_https_reply *out,
                                    const atr_https_request *request,
                                    atr_fault *fault);
void atr_https_reply_wipe(atr_https_reply *reply);

#endif
