/* log_pages.h - what a node shows of its Merkle log (proto/trace.h), to
 * anybody.
 *
 *     GET /v1/log/head[?from=SIZE[&to=SIZE]]
 *         {"schema":1, "node":1, "key": hex of what it signs with,
 *          "head": base64 of the newest atr_trace_head}
 *         with "consistency": base64 of the proof that the tree of size `to`
 *         (the newest) begins with that of size `from`, where both are sizes
 *         that it has had
 *     GET /v1/log/leaves?from=NUMBER[&count=N]
 *         {"schema":1, "from":NUMBER, "leaves": base64 of kind(1) digest(32)
 *          of each}, at most ATR_LOG_LEAVES_MAX of them
 *
 * and, in an answer with a partial key, an object "log": "key", "head" and
 * "consistency" as above, "index" and "inclusion" (a proof) of its leaf, and
 * the "period" that stands in it.
 */
#ifndef ATR_LOG_PAGES_H
#define ATR_LOG_PAGES_H

#include <jansson.h>

#include "app/kmsd/ledger_trace.h"
#include "host/server.h"

#define ATR_LOG_LEAVES_MAX 1024

typedef struct {
    atr_ledger *ledger;
    atr_server *server;
    uint8_t node;
    uint8_t vk[32]; /* of what signs the heads */
} atr_log_desk;

/* atr_log_http answers a request below /v1/log/; false for any other. */
bool atr_log_http(const atr_log_desk *desk, const atr_http_request *request);

/* atr_log_show gives the object "log" about a leaf, from the size that the
 * asker knows. ATR_ERR_STATE when it is not in the log, ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_log_show(json_t **out, const atr_log_desk *desk,
                                  const atr_trace_leaf *leaf, uint64_t from);

/* atr_log_query reads "name=NUMBER&..": each field at most once, in their
 * order; what is absent stays. */
typedef struct {
    const char *name;
    uint64_t *value;
} atr_log_field;

ATR_MUST_USE bool atr_log_query(const char *query, const atr_log_field *fields,
                                size_t count);

#endif
