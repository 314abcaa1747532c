/* nodes.h - where the nodes of an authority are and how each is known, as the
 * authority's bundle says it: who knows one node finds the others.
 *
 *     nodes = count(1), then each: vk(32) pin(32) address-field ("HOST:PORT");
 *             share generation(4)
 *
 * Nothing here makes a node trusted: what it issues is verified against its
 * public value, whichever address it came from.
 */
#ifndef ATR_NODES_H
#define ATR_NODES_H

#include "proto/room.h"
#include "scheme/issue.h"
#include "sym/ed25519.h"

typedef struct {
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES]; /* what it signs with */
    atr_link at;                          /* with a pin, without a room */
} atr_node_entry;

typedef struct {
    uint8_t count; /* 0: not said */
    atr_node_entry entries[ATR_ISSUE_NODES_MAX]; /* by number, from 1 */
    uint32_t generation; /* of the shares: each refresh is a new one */
} atr_nodes;

#define ATR_NODES_BYTES_MAX                                                    \
    (1 + ATR_ISSUE_NODES_MAX * (32 + 32 + 4 + ATR_LINK_HOST_MAX + 6) + 4)

/* Reading refuses more nodes than there can be, an address that is none or is
 * written another way than atr_nodes_build does, and a pin, a key or an
 * address that stands twice. It fails the reader, and `out` is zero. */
void atr_nodes_build(atr_builder *builder, const atr_nodes *nodes);
void atr_nodes_read(atr_nodes *out, atr_reader *reader);

#endif
