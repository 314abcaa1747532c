/* node_key.h - the key by which a node signs what it says to other nodes, and
 * the heads of its log.
 *
 *     node.key = "ATRNODE" version(1) seed(32)    0600, made at the first need
 *
 * It is another key than that of the TLS certificate, which others see and
 * which may be replaced; this one stands for the node in the ceremony and in
 * the authority's bundle.
 */
#ifndef ATR_NODE_KEY_H
#define ATR_NODE_KEY_H

#include "app/kmsd/node.h"
#include "sym/ed25519.h"

#define ATR_NODE_KEY "node.key"
#define ATR_NODE_KEY_BYTES (7 + 1 + 32)

typedef struct {
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES];
    uint8_t secret[ATR_ED25519_SECRET_BYTES];
} atr_node_key;

/* atr_node_key_open reads the key in `dir`, and makes it first when there is
 * none. ATR_ERR_AUTH (damaged), ATR_ERR_STATE (others may read it),
 * ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_node_key_open(atr_node_key *out, const char *dir,
                                       atr_fault *fault);

/* atr_node_key_find is the same for the key of a node, which must be the one
 * that the authority lists, if it lists any: else ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_node_key_find(atr_node_key *out, const atr_node *node,
                                       uint8_t number, atr_fault *fault);
void atr_node_key_wipe(atr_node_key *key);

#endif
