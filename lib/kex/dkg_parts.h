/* dkg_parts.h - what the files of the ceremony share; not installed. */
#ifndef ATR_DKG_PARTS_H
#define ATR_DKG_PARTS_H

#include "kex/dkg.h"

/* The set of one node, and of all. */
static inline uint16_t atr_dkg_bit(uint8_t node)
{
    return (uint16_t)(1U << (node - 1));
}

static inline uint16_t atr_dkg_all(const atr_dkg *dkg)
{
    return (uint16_t)((1U << dkg->nodes) - 1);
}

static inline uint8_t atr_dkg_count(uint16_t set)
{
    uint8_t count = 0;

    for (; set != 0; set &= (uint16_t)(set - 1)) {
        count++;
    }
    return count;
}

/* atr_dkg_coins is the generator for one purpose in one history. */
void atr_dkg_coins(atr_rng *out, const atr_dkg *dkg, const char *domain,
                   const uint8_t view[ATR_HASH_BYTES]);

/* (3): gT^f hT^blind. */
void atr_dkg_commit(atr_gt *out, const atr_dkg *dkg, const atr_dkg_share *s);

/* (6): the value at `x` of a polynomial in the exponent. */
void atr_dkg_at(atr_gt *out, const atr_gt *c, size_t count, uint8_t x);

/* (9), (10): V = gT^f and E = gT^f hT^blind for one f and some blind, both of
 * which the prover knows. */
typedef struct {
    uint8_t round, node, secret;
    const atr_gt *v, *e;
} atr_dkg_claim;

void atr_dkg_prove(uint8_t out[ATR_DKG_PROOF_BYTES], const atr_dkg *dkg,
                   const atr_dkg_claim *claim, const atr_dkg_share *s,
                   atr_rng *rng);
ATR_MUST_USE bool atr_dkg_proves(const atr_dkg *dkg,
                                 const atr_dkg_claim *claim,
                                 const uint8_t proof[ATR_DKG_PROOF_BYTES]);

/* Reads a node's shares of all secrets from scalars, and tells whether they are
 * what `dealer` has committed to. */
ATR_MUST_USE bool atr_dkg_shares_read(atr_dkg_share *out, const atr_dkg *dkg,
                                      uint8_t dealer, uint8_t to, atr_bytes in);

/* One round: its message built, taken, and what follows when it is over. */
void atr_dkg_hello_build(atr_builder *out, const atr_dkg *dkg);
atr_dkg_fault atr_dkg_hello_take(atr_dkg *dkg, uint8_t node, atr_bytes body);
void atr_dkg_deal_draw(atr_dkg *dkg, const atr_fr *old_share);
void atr_dkg_deal_build(atr_builder *out, const atr_dkg *dkg);
atr_dkg_fault atr_dkg_deal_take(atr_dkg *dkg, uint8_t node, atr_bytes body);
void atr_dkg_complaint_build(atr_builder *out, const atr_dkg *dkg);
atr_dkg_fault atr_dkg_complaint_take(atr_dkg *dkg, uint8_t node,
                                     atr_bytes body);
void atr_dkg_complaint_end(atr_dkg *dkg);
void atr_dkg_answer_build(atr_builder *out, const atr_dkg *dkg);
atr_dkg_fault atr_dkg_answer_take(atr_dkg *dkg, uint8_t node, atr_bytes body);
void atr_dkg_answer_end(atr_dkg *dkg);
void atr_dkg_open_build(atr_builder *out, const atr_dkg *dkg);
atr_dkg_fault atr_dkg_open_take(atr_dkg *dkg, uint8_t node, atr_bytes body);
void atr_dkg_open_end(atr_dkg *dkg);
void atr_dkg_done_build(atr_builder *out, const atr_dkg *dkg);
atr_dkg_fault atr_dkg_done_take(atr_dkg *dkg, uint8_t node, atr_bytes body);

/* atr_dkg_fail ends the ceremony and wipes what is secret. */
void atr_dkg_fail(atr_dkg *dkg);

#endif
