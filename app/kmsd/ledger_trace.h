/* ledger_trace.h - the Merkle log of a node (proto/trace.h) in its ledger.
 *
 * Leaves, the hashes of complete subtrees, and signed heads stand in tables of
 * their own, which the database refuses to change or delete. A leaf is appended
 * in the transaction of what it tells, and so is the head over it: who reads
 * the ledger shows what is stored and signs nothing. There is one head for each
 * transaction that appended something; the time of a head is never before that
 * of an earlier one, whatever the clock does.
 */
#ifndef ATR_LEDGER_TRACE_H
#define ATR_LEDGER_TRACE_H

#include "app/kmsd/ledger.h"

/* What a log begins with, and says again when it has changed. */
typedef struct {
    atr_bytes parameters; /* the bytes of the atr_authority */
    atr_bytes universe;   /* the list of attributes, or empty */
} atr_trace_subject;

/* atr_ledger_trace_begin appends a leaf for each part of `subject` that is
 * another than the last of its kind. The first time it also appends one for
 * each partial key that is there already, from before there was a log. Writes
 * nothing when there is nothing new. ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_ledger_trace_begin(atr_ledger *ledger,
                                            const atr_trace_signer *by,
                                            const atr_trace_subject *subject,
                                            uint64_t now);

/* atr_ledger_trace_head is the newest head; ATR_ERR_STATE before the first. */
ATR_MUST_USE atr_err atr_ledger_trace_head(atr_trace_head *out,
                                           atr_ledger *ledger);

/* atr_ledger_trace_find is where the last leaf like this one stands, or
 * ATR_ERR_STATE. */
ATR_MUST_USE atr_err atr_ledger_trace_find(uint64_t *index, atr_ledger *ledger,
                                           const atr_trace_leaf *leaf);

/* As atr_merkle_include and atr_merkle_extend; `size` is at most that of the
 * newest head. */
ATR_MUST_USE atr_err atr_ledger_trace_include(atr_merkle_proof *out,
                                              atr_ledger *ledger,
                                              uint64_t index, uint64_t size);
ATR_MUST_USE atr_err atr_ledger_trace_extend(atr_merkle_proof *out,
                                             atr_ledger *ledger, uint64_t from,
                                             uint64_t size);

/* atr_ledger_trace_leaves visits at most `max` leaves from number `from` on. */
typedef atr_err atr_leaf_fn(void *context, const atr_trace_leaf *leaf);
ATR_MUST_USE atr_err atr_ledger_trace_leaves(atr_ledger *ledger, uint64_t from,
                                             size_t max, atr_leaf_fn *each,
                                             void *context);

/* What an audit of the log found. */
typedef struct {
    atr_trace_head head; /* the newest; size 0: there is none */
    const char *wrong;   /* in words, for ATR_ERR_AUTH */
    uint64_t at;         /* the number of the leaf or head that is meant */
} atr_trace_audit;

/* atr_ledger_trace_audit computes every hash from the leaves again, and checks
 * each head with its signature by `vk`, that the last one is over all leaves,
 * and that every partial key has its leaf. ATR_ERR_AUTH, ATR_ERR_IO. A ledger
 * whose log has not begun is whole. */
ATR_MUST_USE atr_err atr_ledger_trace_audit(atr_trace_audit *out,
                                            atr_ledger *ledger,
                                            const uint8_t vk[32]);

#endif
