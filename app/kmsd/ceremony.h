/* ceremony.h - one node's part in a ceremony, resumed wherever it stopped.
 *
 * The log (ceremony_log.h) and a file of its own, `begun`, are all there is:
 *
 *     begun = "ATRBEGN" version(1) start(32) seed(32)      0600, perhaps under
 *                                                          a passphrase
 *
 * What others say is stored before this node says the next thing, and what it
 * says before anybody can see it; so it may be killed anywhere and goes on with
 * the same bytes. First the nodes show who they are. When all are known the
 * messages go round (kex/dkg.h), under a name that all `start` numbers are
 * in, so that a ceremony begun anew is another one.
 */
#ifndef ATR_CEREMONY_H
#define ATR_CEREMONY_H

#include "app/kmsd/ceremony_log.h"
#include "app/kmsd/node_key.h"

typedef struct {
    const char *dir; /* of the log; made when it is not there */
    /* All but self's keys and the label. A vk that is not zero is what that
     * node has to have. What it points to outlives the ceremony. */
    atr_dkg_params what;
    uint8_t plan[32];     /* a hash of what the operators have said */
    const atr_node_key *key;
    atr_bytes passphrase; /* empty: the seed lies in the open */
} atr_ceremony_plan;

typedef struct atr_ceremony atr_ceremony;

/* atr_ceremony_open begins a ceremony, or goes on with the one in the
 * directory. ATR_ERR_STATE when that one is of another plan or another key,
 * ATR_ERR_AUTH (damaged, or a wrong passphrase), ATR_ERR_IO, ATR_ERR_INPUT (no
 * such ceremony can be). */
ATR_MUST_USE atr_err atr_ceremony_open(atr_ceremony **out,
                                       const atr_ceremony_plan *plan,
                                       atr_fault *fault);
void atr_ceremony_close(atr_ceremony *ceremony);

/* atr_ceremony_hear takes the page of node `from`, which is sure to be its own.
 * ATR_OK for news, ATR_ERR_STATE for none. ATR_ERR_INPUT for no page, or what
 * no node should say, ATR_ERR_POLICY when that node has another plan or has
 * begun anew: nothing has changed. ATR_ERR_IO: stop, and go on another time. */
ATR_MUST_USE atr_err atr_ceremony_hear(atr_ceremony *ceremony, uint8_t from,
                                       atr_bytes page, atr_fault *fault);

/* atr_ceremony_from is the round from which on to ask node `peer`. */
unsigned atr_ceremony_from(const atr_ceremony *ceremony, uint8_t peer);

/* atr_ceremony_met is the set of nodes that are known; atr_ceremony_dkg the
 * machine, NULL until all are. */
uint16_t atr_ceremony_met(const atr_ceremony *ceremony);
const atr_dkg *atr_ceremony_dkg(const atr_ceremony *ceremony);

/* atr_ceremony_vk is the key of a node that is known. */
const uint8_t *atr_ceremony_vk(const atr_ceremony *ceremony, uint8_t node);

/* atr_ceremony_is_begun tells whether the seed of a ceremony is in `dir`;
 * atr_ceremony_forget overwrites and deletes it, once what came out is safe. */
bool atr_ceremony_is_begun(const char *dir);
ATR_MUST_USE atr_err atr_ceremony_forget(const char *dir, atr_fault *fault);

#endif
