/* peer_status.h - whether the other nodes can be reached, and what of theirs
 * has not come yet, found out by asking all of them now.
 *
 *     GET /v1/peer/state      log(16) last(8), as replica.h begins its answers,
 *                             generation(4) of the node's share
 */
#ifndef ATR_PEER_STATUS_H
#define ATR_PEER_STATUS_H

#include "app/kmsd/ledger.h"
#include "app/peers.h"
#include "host/tls.h"

typedef struct {
    bool is_up;
    uint64_t behind; /* statements of theirs that have not been read yet */
    uint32_t generation; /* of its share */
    char fault[ATR_FAULT_BYTES_MAX]; /* why it is not up */
} atr_peer_status;

/* atr_peers_ask asks every peer but `own` and waits for at most `limit_ms`.
 * ATR_ERR_IO without memory, or when the ledger fails. */
ATR_MUST_USE atr_err atr_peers_ask(atr_peer_status out[ATR_ISSUE_NODES_MAX],
                                   const atr_peers *peers, size_t own,
                                   const atr_tls *tls, atr_ledger *ledger,
                                   uint32_t limit_ms);

/* atr_peers_overtaken gives the number of a node, of those that have been
 * asked, whose share is of this generation or a later one; 0: none. */
size_t atr_peers_overtaken(const atr_peer_status *of, const atr_peers *peers,
                           size_t own, uint32_t generation);

#endif
