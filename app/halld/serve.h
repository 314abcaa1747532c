/* serve.h - `attrium-halld run`: rooms on the network.
 *
 * At start it prints to standard output
 *
 *     hall attrium://HOST:PORT#PIN
 *
 * and then serves until SIGTERM or SIGINT, which say good-bye to everybody.
 * SIGHUP reads certificate and configuration again and puts in place all that
 * can change while running, which is nearly everything; or nothing, if
 * something of it is wrong. When the store cannot commit, nothing of
 * that turn is acknowledged to anybody and the program ends with 1.
 *
 *     GET /v1/room (WebSocket)   doc/protocol.md
 *     GET /healthz /readyz /version /metrics
 */
#ifndef ATR_HALLD_SERVE_H
#define ATR_HALLD_SERVE_H

#include "app/cli.h"
#include "app/halld/authorities.h"
#include "app/halld/config.h"
#include "app/halld/kems.h"
#include "host/loop.h"
#include "host/server.h"
#include "host/store.h"

#define ATR_HALLD_ROOM_PATH "/v1/room"

typedef struct {
    const atr_cli *cli;
    atr_halld_settings settings;
    atr_log log;
    atr_kems kems;
    atr_store *store;
    atr_hall_store logs;
    atr_mem mem;
    atr_hall *hall;
    atr_loop *loop;
    atr_server *server;
    atr_authorities *authorities;
    atr_timer *tick;
    atr_timer *watchdog;
    bool draining;
    bool failed; /* the store could not commit */
} atr_halld;

int atr_halld_run(const atr_cli *cli);

/* Between start.c, which opens and closes, and serve.c, which serves: the
 * handler of the server; then, once the server is open, signals, timers, the
 * commit of each turn, and what follows the server's flush. */
atr_server_handler atr_halld_handler(atr_halld *h);
ATR_MUST_USE atr_err atr_halld_watch(atr_halld *h);

/* What SIGHUP does, and what it has in common with the start (reload.c). The
 * options borrow from `settings`, and want a certificate. atr_halld_ask begins
 * to ask the authorities of `settings`, and knows what h->authorities does. */
void atr_halld_reload(atr_halld *h);
atr_err atr_halld_ask(atr_authorities **out, atr_halld *h,
                      const atr_halld_settings *settings, atr_fault *fault);
void atr_halld_use_log(atr_halld *h, const atr_halld_settings *settings);
atr_server_options atr_halld_server_options(const atr_halld_settings *s);

/* atr_halld_http answers the pages (pages.c); `context` is an atr_halld. */
void atr_halld_http(void *context, const atr_http_request *request);

#endif
