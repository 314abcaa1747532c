/* trace.h - what a node of an authority did, for everybody to check: a Merkle
 * log (merkle.h) of its public parameters and of commitments to the keys it
 * issued, and the signed heads of that log.
 *
 *     leaf  = kind(1) digest(32)
 *     PARAMETERS  digest = H(bundle), the bytes of an atr_authority
 *     UNIVERSE    digest = H(the list of attributes)
 *     ISSUED      digest = H(enc("ATR1/KMS/issued", id, period(8), sealed))
 *     head  = "ATRHEAD" version(1) hm(32) node(1) at(8) size(8) root(32)
 *             sig(64)
 *     sig     over enc("ATR1/KMS/head", all of the head before it)
 *
 * The id of a request holds its nonce and reply key, so a commitment tells
 * nothing to who did not make the request; who did finds it again. A node that
 * shows two people different logs has signed two heads that do not extend one
 * another: they prove it to anybody (atr_trace_compare).
 */
#ifndef ATR_TRACE_H
#define ATR_TRACE_H

#include "proto/merkle.h"

#define ATR_TRACE_LEAF_BYTES (1 + 32)
#define ATR_TRACE_HEAD_BYTES (8 + 32 + 1 + 8 + 8 + 32 + 64)

typedef enum {
    ATR_TRACE_PARAMETERS = 1,
    ATR_TRACE_UNIVERSE = 2,
    ATR_TRACE_ISSUED = 3
} atr_trace_kind;

/* A leaf and, below, its hash in the tree. */
typedef struct {
    uint8_t kind;
    uint8_t digest[32];
} atr_trace_leaf;

atr_trace_leaf atr_trace_of(atr_trace_kind kind, atr_bytes content);
atr_trace_leaf atr_trace_issued(const uint8_t id[32], uint64_t period,
                                atr_bytes sealed);
void atr_trace_leaf_hash(uint8_t hash[32], const atr_trace_leaf *leaf);

typedef struct {
    uint8_t hm[32];
    uint8_t node;
    uint64_t at; /* wall clock of the node, ms */
    atr_merkle_head tree;
    uint8_t sig[64];
} atr_trace_head;

void atr_trace_sign(atr_trace_head *head, const uint8_t sk[64]);
/* ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_trace_verify(const atr_trace_head *head,
                                      const uint8_t vk[32]);

void atr_trace_head_build(atr_builder *builder, const atr_trace_head *head);
/* Reading checks the form; the signature is still to be verified. */
ATR_MUST_USE atr_err atr_trace_head_read(atr_trace_head *out, atr_bytes in);

typedef enum {
    ATR_TRACE_SAME,     /* the same log, at the same size */
    ATR_TRACE_LONGER,   /* `b` extends `a`, or the other way round: proven */
    ATR_TRACE_UNPROVEN, /* the sizes differ, and `proof` does not show it */
    ATR_TRACE_BACK,     /* the larger is the older: the log has lost leaves */
    ATR_TRACE_FORK      /* one size, two roots: the node has lied to somebody */
} atr_trace_verdict;

/* atr_trace_compare compares two verified heads of one node. `proof` is that
 * of the larger size from the smaller, or NULL while nobody has asked for it.
 * A node that cannot prove is caught as surely as a fork, but only by who
 * asked; a fork and a step back can be shown to others. */
atr_trace_verdict atr_trace_compare(const atr_trace_head *a,
                                    const atr_trace_head *b,
                                    const atr_merkle_proof *proof);

#endif
