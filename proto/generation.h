/* generation.h - which generation of an authority's keys is the present one,
 * by what its nodes say, for somebody who is none of them.
 *
 * A node shows the GENERATION statement of its register (register.h), signed
 * by a registrar. Each node's newest counts, and the present generation is the
 * highest that `threshold` nodes have: as many as issue a key. So fewer nodes
 * than that cannot raise it, not even with a registrar's key, since the others
 * take no generation but the next one; and when it rises, whoever still has a
 * grant gets a key of it. It never falls.
 *
 * Nodes that say less than they know can hold it back, if fewer than
 * `threshold` are left that do not: then they could as well stop to issue.
 */
#ifndef ATR_GENERATION_H
#define ATR_GENERATION_H

#include "proto/register.h"

#define ATR_GENERATION_STATEMENT_BYTES                                         \
    (ATR_STATEMENT_HEAD_BYTES + 4 + ATR_ED25519_SIG_BYTES)

typedef struct {
    uint8_t hm[32];
    atr_registrars registrars;
    uint8_t nodes;
    uint8_t threshold;
    uint32_t said[ATR_ISSUE_NODES_MAX]; /* by each node, from number 1 */
    uint32_t present;
} atr_generation;

void atr_generation_init(atr_generation *generation,
                         const atr_authority *authority, const uint8_t hm[32]);

/* atr_generation_hear takes what node number `node` shows; whose words they
 * are is for the caller to know, by the pin of the connection. ATR_OK when it
 * says more than before, ATR_ERR_STATE when not; ATR_ERR_INPUT for what is no
 * GENERATION statement, ATR_ERR_AUTH as atr_statement_verify. */
ATR_MUST_USE atr_err atr_generation_hear(atr_generation *generation,
                                         uint8_t node, atr_bytes statement);

#endif
