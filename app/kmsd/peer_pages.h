/* peer_pages.h - what nodes show each other: GET below /v1/peer/.
 *
 * Whoever asks has to show the certificate of a listed node (the server asks
 * for one, see atr_tls_ask); anybody else has 403, whatever the page, but for
 * what a page itself allows. Which pages there are is a table: a piece that
 * lives on peers adds a line.
 */
#ifndef ATR_PEER_PAGES_H
#define ATR_PEER_PAGES_H

#include "app/peers.h"
#include "host/server.h"

#define ATR_PEER_PATH "/v1/peer/"
#define ATR_PEER_TYPE "application/octet-stream"

/* A page answers now or later, with atr_peer_reply and the ticket of
 * `request`; `peer` is the index of who asks. */
typedef struct {
    const char *path; /* "/v1/peer/statements" */
    void (*answer)(void *context, const atr_http_request *request, size_t peer);
    void *context;
    /* Whether somebody else may have it too, who shows the certificate of this
     * pin; its `peer` is the number of peers. May be NULL. */
    bool (*admits)(void *context, const atr_http_request *request);
} atr_peer_page;

typedef struct {
    const atr_peers *peers;
    atr_server *server;
    const atr_peer_page *pages;
    size_t page_count;
    /* A peer has asked, so it is up; may be NULL. */
    void (*seen)(void *context, size_t peer);
    void *context;
    uint64_t refused_total; /* strangers */
} atr_peer_desk;

/* atr_peer_http answers a request below /v1/peer/; false for any other, which
 * is left alone. */
bool atr_peer_http(atr_peer_desk *desk, const atr_http_request *request);

/* atr_peer_reply answers with bytes. */
void atr_peer_reply(atr_server *server, uint64_t ticket, int status,
                    atr_bytes body);

#endif
