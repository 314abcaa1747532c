/* fetch.h - pages of an HTTPS server fetched on the loop, one after the other
 * over one connection, which is kept and made anew as needed.
 *
 * Never blocks: a host name is looked up in a thread, anew for each connection.
 * Strict where https.h is lenient: an answer has a Content-Length, and nothing
 * comes after it. Memory is bounded by a head and `body_max`, and is given
 * back after every answer.
 */
#ifndef ATR_FETCH_H
#define ATR_FETCH_H

#include "host/fault.h"
#include "host/loop.h"
#include "host/tls.h"

#define ATR_FETCH_PATH_BYTES_MAX 512

typedef struct atr_fetch atr_fetch;

typedef struct {
    const char *host;
    uint16_t port;
    const uint8_t *pin; /* ATR_PIN_BYTES bytes, or NULL: system trust */
    const atr_tls *own; /* as in https.h */
    size_t body_max;    /* 1 MiB when 0 */
} atr_fetch_options;

/* The end of a fetch, called once for each that began, never from within a
 * function of this file; it may begin the next one, or close. ATR_OK with any
 * HTTP status and the body, which is borrowed until it returns. ATR_ERR_IO
 * (name, network, time), ATR_ERR_AUTH (the certificate is not the pinned or a
 * trusted one), ATR_ERR_INPUT (the answer is not HTTP), ATR_ERR_LIMIT (it is
 * too large): `text` says it for people, and the next fetch connects anew. */
typedef void atr_fetch_fn(void *context, atr_err err, int status,
                          atr_bytes body, const char *text);

/* atr_fetch_open connects to nobody yet; `own` may be closed afterwards.
 * ATR_ERR_INPUT for a bad host name, ATR_ERR_IO without memory. */
ATR_MUST_USE atr_err atr_fetch_open(atr_fetch **out, atr_loop *loop,
                                    const atr_fetch_options *options,
                                    atr_fetch_fn *done, void *context,
                                    atr_fault *fault);

/* atr_fetch_get asks for `path` (with the query, encoded), all of it within
 * `limit_ms`. ATR_ERR_STATE while another is under way, ATR_ERR_INPUT for what
 * is not a path. */
ATR_MUST_USE atr_err atr_fetch_get(atr_fetch *fetch, const char *path,
                                   uint32_t limit_ms);

/* atr_fetch_close ends without a callback; NULL is accepted. */
void atr_fetch_close(atr_fetch *fetch);

#endif
