/* reply.h - answers of the authority's pages: JSON, and errors of one form,
 * {"error":{"code":..., "message":...}}. */
#ifndef ATR_REPLY_H
#define ATR_REPLY_H

#include <jansson.h>

#include "host/server.h"

#define ATR_JSON_TYPE "application/json"

void atr_reply_text(atr_server *server, uint64_t ticket, int status,
                    const char *type, const char *text);
/* atr_reply_json takes `json`; NULL is answered as no memory. */
void atr_reply_json(atr_server *server, uint64_t ticket, int status,
                    json_t *json);
void atr_reply_error(atr_server *server, uint64_t ticket, int status,
                     const char *message);

/* atr_reply_is_json tells whether a request says that its body is JSON. */
bool atr_reply_is_json(const atr_http_request *request);

#endif
