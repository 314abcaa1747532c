/* api.h - the authority's HTTPS face, JSON under /v1.
 *
 *     GET  /v1/authority      {"schema":1, "name":..., "fingerprint": 64 hex,
 *                              "node":1, "bundle": base64 of atr_authority}
 *                             with "nodes": cards, when there are several
 *     GET  /v1/generation     {"schema":1, "node":1, "generation": number}
 *                             with "statement" when it is not 0: base64 of what
 *                             began it (proto/generation.h)
 *     POST /v1/requests       {"request": base64 of atr_enrol_request,
 *                              "note": text of at most 500 bytes, optional,
 *                              "source": name, "evidence":{..}, both or none}
 *                          -> {"schema":1, "id": 64 hex, "state":"waiting"}
 *                             with evidence when the source has answered: 200
 *                             and "approved", or 403 and why; it waits then
 *     GET  /v1/requests/ID    {"schema":1, "id":..., "node":1, "state":
 *                              "waiting" | "issued" | "denied" | "expired" |
 *                              "withdrawn"}
 *                             with "reason" when denied, and "partial" (base64
 *                             of atr_enrol_seal) when issued, and then "log"
 *                             (log_pages.h); ?log=SIZE says which size of the
 *                             log the asker knows
 *     GET  /v1/log/...        the Merkle log (log_pages.h)
 *     GET  /v1/crowd          {"schema":1, "node":1, "crowd": base64 of a page
 *                              of proto/holders.h}, the same for everybody
 *     GET  /healthz /readyz /version /metrics
 *     GET  /v1/peer/...       for the other nodes (peer_pages.h)
 *
 * The first fetch of a grant has its partial key made by the vault, and is
 * answered when that is done, while others are served; the partial is the same
 * bytes in every fetch, so a lost answer is asked for again. The same request
 * posted twice is one request: 201 the first time, 200 with its present state
 * afterwards. One that waits for too long expires. Errors are
 * {"error":{"code":..., "message":...}} with status 400 (malformed), 404, 405,
 * 413, 415, 422 (attributes that this authority does not give), 429 (too many
 * requests wait), 503 (the database is gone).
 * /metrics is answered on the admin listener; without one, on the main one if
 * that is a loopback address.
 */
#ifndef ATR_API_H
#define ATR_API_H

#include "app/kmsd/admin.h"
#include "app/kmsd/census.h"
#include "app/kmsd/circle.h"
#include "app/kmsd/log_pages.h"
#include "app/kmsd/vault_link.h"
#include "host/log.h"
#include "host/server.h"

typedef struct {
    const atr_node *node;
    atr_ledger *ledger;
    atr_server *server;
    atr_vault_link *vault;
    const atr_log *log;
    atr_circle *circle; /* for /v1/peer/ */
    const atr_sources *sources;
    atr_census *census;
    atr_clerk_link *clerks; /* NULL: none */
    atr_admin admin;
    atr_log_desk trace;
    bool metrics_public; /* /metrics on the main listener */
    uint64_t requests_total;
    uint64_t refused_total;
    uint64_t issued_total;
} atr_api;

/* atr_api_http answers one request; the `http` of an atr_server_handler whose
 * context is an atr_api. */
void atr_api_http(void *context, const atr_http_request *request);

/* atr_api_decided answers what waited for a clerk; an atr_clerk_fn. */
void atr_api_decided(void *context, uint64_t ticket, int status,
                     const char *message);

/* atr_api_issued answers the fetch that waited for it; the `done` of an
 * atr_vault_handler. */
void atr_api_issued(void *context, const atr_errand *errand);

#endif
