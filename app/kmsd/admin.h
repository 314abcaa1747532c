/* admin.h - the administrator's page, on the admin listener alone: requests and
 * decisions, holders of each attribute, the health of the node.
 *
 *     GET  /  /page.css  /page.js     the page: no third-party code
 *     GET  /admin/state               what it shows
 *     POST /admin/approve|deny|withdraw   {"id": hex, "reason": text}
 *
 * State and decisions want "Authorization: Bearer TOKEN", the token of the
 * address that `run` prints; decisions are the clerks' (clerk.h). A request
 * whose Host is no loopback name is refused, so that no page elsewhere can
 * have a name of its own lead here (DNS rebinding).
 *
 * With `clients` the listener has TLS and may be anywhere: whoever shows one of
 * these certificates may do all that the token allows, and nobody else sees
 * anything, not even metrics. A page elsewhere, though the browser shows the
 * certificate for it too, reads no answer, and sends no JSON.
 */
#ifndef ATR_ADMIN_H
#define ATR_ADMIN_H

#include "app/kmsd/census.h"
#include "app/kmsd/circle.h"
#include "app/kmsd/clerk.h"
#include "host/server.h"

/* A file of the page, built in. */
typedef struct {
    const char *path;
    const char *type;
    const char *text;
} atr_admin_file;

extern const atr_admin_file atr_admin_files[];
extern const size_t atr_admin_file_count;

/* The pins (host/tls.h) of administrators' certificates. */
#define ATR_ADMIN_CLIENTS_MAX 32
typedef struct {
    size_t count;
    uint8_t pin[ATR_ADMIN_CLIENTS_MAX][ATR_PIN_BYTES];
} atr_admin_clients;

typedef struct {
    const atr_node *node;
    atr_ledger *ledger;
    atr_server *server;
    atr_circle *circle;
    const atr_census *census;
    atr_clerk_link *clerks; /* NULL: it shows, and decides nothing */
    const char *token;
    const atr_admin_clients *clients; /* none: the token is asked for */
} atr_admin;

/* atr_admin_http answers what is for the page, and whoever is not listed where
 * there is a list; false for anything else. */
bool atr_admin_http(atr_admin *admin, const atr_http_request *request);

#endif
