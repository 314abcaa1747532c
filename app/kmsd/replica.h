/* replica.h - the register copied between the nodes of an authority.
 *
 *     GET /v1/peer/statements?after=SEQ&log=LOG
 *     log(16) last(8), then each: seq(8) statement-field
 *
 *     GET /v1/peer/state
 *     log(16) last(8)
 *
 * A node's statements have numbers of its own, that grow; its log has a random
 * name, 32 digits in the query. The answer brings what comes after SEQ, at most
 * ATR_REPLICA_BODY_MAX bytes of it, or is held for ATR_REPLICA_HOLD_MS until
 * there is something. A log that is another, or shorter than SEQ (the peer has
 * lost its ledger, or put back a copy), is read from its beginning again; that
 * costs time and changes nothing else, as a statement that is known says
 * nothing new.
 *
 * Every statement is verified by atr_ledger_put as if a stranger had sent it.
 * One that is bad ends the pull: the place in that peer's log stays where it
 * was, and it is asked again later.
 */
#ifndef ATR_REPLICA_H
#define ATR_REPLICA_H

#include "app/kmsd/ledger.h"
#include "app/kmsd/peer_pages.h"
#include "app/pull.h"

#define ATR_REPLICA_PATH ATR_PEER_PATH "statements"
#define ATR_STATE_PATH ATR_PEER_PATH "state"
#define ATR_REPLICA_BODY_MAX (256 * 1024)
#define ATR_REPLICA_HOLD_MS 20000

typedef struct atr_replica atr_replica;

/* All outlive the replica. */
typedef struct {
    atr_loop *loop;
    atr_server *server;
    atr_ledger *ledger;
    const atr_peers *peers;
    size_t own;
    const uint32_t *generation; /* of this node's share, as it is shown */
    const atr_tls *tls; /* to be shown; may be closed afterwards */
    const atr_log *log;
} atr_replica_options;

/* atr_replica_open begins to ask the peers. ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_replica_open(atr_replica **out,
                                      const atr_replica_options *options,
                                      atr_fault *fault);
void atr_replica_close(atr_replica *replica);

/* atr_replica_stop asks no more, and gives everybody who waits an answer. */
void atr_replica_stop(atr_replica *replica);

/* atr_replica_pages writes the lines in the table of pages. */
#define ATR_REPLICA_PAGES 2
void atr_replica_pages(atr_peer_page out[ATR_REPLICA_PAGES],
                       atr_replica *replica);

/* atr_replica_changed says that this process has put a statement: whoever waits
 * for one hears of it now, not with the next look at the ledger. */
void atr_replica_changed(atr_replica *replica);

void atr_replica_seen(atr_replica *replica, size_t peer);
atr_pull_state atr_replica_state(const atr_replica *replica, size_t peer);

#endif
