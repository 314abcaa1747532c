/* witness.h - checks what the nodes of an authority show of their logs, against
 * what they have shown this person before.
 *
 * A node commits to all that it does in a log that only grows (proto/trace.h).
 * With a partial key it proves that the key is in the log, and that the log is
 * the one of which we know an earlier head. One that cannot is named like one
 * that cheats, and its partial key is not used. Two heads that cannot both be
 * of one log are kept as evidence, which convinces others too.
 *
 * Whose key signs: the one that the authority lists for the node. Where it
 * lists none, the key that the node shows first counts from then on.
 */
#ifndef ATR_WITNESS_H
#define ATR_WITNESS_H

#include "app/attrium/heads.h"
#include "app/attrium/node_call.h"
#include "proto/enrol.h"

typedef struct atr_witness atr_witness;

/* atr_witness_open reads what is kept of an authority; `listed` is where its
 * nodes are and their keys, and is borrowed. Returns an exit code, after saying
 * what is wrong. */
int atr_witness_open(atr_witness **out, const atr_cli *cli,
                     const uint8_t hm[32], const atr_nodes *listed);
void atr_witness_close(atr_witness *witness);

/* atr_witness_size is the size of the log of a node that is known, 0 for none:
 * what to ask it to extend. */
uint64_t atr_witness_size(const atr_witness *witness, uint8_t node);

/* A node and its answer: the object with "key", "head" and "consistency". */
typedef struct {
    uint8_t node;
    const atr_link *address;
    const json_t *log;
    uint64_t asked; /* the size that it was asked to extend */
} atr_testimony;

/* atr_witness_hear verifies a head and that it extends the one that is known.
 * Returns an exit code and says nothing: `said` has code and reason. What is
 * good is known from now on; `out` may be NULL. */
int atr_witness_hear(atr_trace_head *out, atr_witness *witness,
                     atr_node_said *said, const atr_testimony *testimony);

/* atr_witness_hear_of also verifies that `leaf` is in the log ("index",
 * "inclusion"). */
int atr_witness_hear_of(atr_witness *witness, atr_node_said *said,
                        const atr_testimony *testimony,
                        const atr_trace_leaf *leaf);

/* atr_witness_keep writes what was heard to the profile; an exit code. */
int atr_witness_keep(const atr_witness *witness);

/* atr_witness_proof reads a member that is a proof; false when it is none. */
bool atr_witness_proof(atr_merkle_proof *out, const json_t *log,
                       const char *name);

#endif
