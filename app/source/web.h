/* web.h - JSON objects from web servers, for the programs that speak OpenID
 * Connect: over TLS, or in the open with this very machine. */
#ifndef ATR_WEB_H
#define ATR_WEB_H

#include "app/cli.h"

#define ATR_WEB_URL_BYTES_MAX 2048
#define ATR_WEB_PAGE_BYTES_MAX (256 * 1024)

typedef struct {
    const char *ca; /* certificates that may vouch; "": the system's */
    uint64_t timeout_ms;
    atr_fault fault; /* of the last failure */
} atr_web;

/* atr_web_is_safe tells whether `url` is "https://..", or "http://.." of a
 * loopback name or address. */
bool atr_web_is_safe(const char *url);

/* atr_web_get reads the object at `url`, following no redirection;
 * atr_web_post sends `form` (encoded as of a web page) and reads the answer.
 * Both return an exit code: 0, 6 (no answer, or not a JSON object), 1. */
int atr_web_get(json_t **out, atr_web *web, const char *url);
int atr_web_post(json_t **out, atr_web *web, const char *url, const char *form);

/* atr_web_discover reads what `issuer` says of itself (OpenID Connect
 * Discovery 1.0, section 4), and checks that it means itself. */
int atr_web_discover(json_t **out, atr_web *web, const char *issuer);

/* atr_web_encode writes `text` for a form or a query; false when it does not
 * fit with its zero. */
bool atr_web_encode(char *out, size_t cap, const char *text);

#endif
