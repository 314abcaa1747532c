/* peers.h - the nodes of an authority, by their cards.
 *
 * A card is one line that says where a node is and who it is there:
 *
 *     https://HOST:PORT/#PIN      PIN: 64 hexadecimal digits, the SHA-256 of
 *                                 the public key of its TLS certificate
 *
 * Everybody sorts the cards the same way, so the place in the list is the
 * number of the node (from 1), in whatever order people have given them.
 */
#ifndef ATR_PEERS_H
#define ATR_PEERS_H

#include "host/fault.h"
#include "proto/nodes.h"

#define ATR_CARD_TEXT_MAX ATR_LINK_TEXT_MAX

typedef struct {
    atr_link at; /* has a pin, and no room; the host in lower case */
    char card[ATR_CARD_TEXT_MAX];
} atr_peer;

typedef struct {
    size_t count;
    atr_peer peers[ATR_ISSUE_NODES_MAX]; /* by number, from 1 */
} atr_peers;

/* atr_card_parse reads a card; it may lack the "/". ATR_ERR_INPUT with a
 * fault that says what is wrong. */
ATR_MUST_USE atr_err atr_card_parse(atr_peer *out, const char *text,
                                    atr_fault *fault);

/* atr_peers_add puts a card in its place. ATR_ERR_STATE when one of the same
 * address or the same pin is there, ATR_ERR_LIMIT when the list is full,
 * ATR_ERR_INPUT for what is no card; nothing has changed then. */
ATR_MUST_USE atr_err atr_peers_add(atr_peers *peers, const char *card,
                                   atr_fault *fault);

/* atr_peers_of lists the nodes of a bundle, by their numbers. */
void atr_peers_of(atr_peers *out, const atr_nodes *nodes);

/* atr_peers_move gives nodes another address than the bundle says: `text` has a
 * card in each line, of a node whose pin is on the list; "#" begins a comment.
 * ATR_ERR_INPUT with the number of the line; nothing has changed then. */
ATR_MUST_USE atr_err atr_peers_move(atr_peers *peers, atr_bytes text,
                                    atr_fault *fault);

/* atr_peers_open is atr_peers_of and, where DIR/peers is there, the move that
 * it says. Errors as atr_peers_move, ATR_ERR_IO, ATR_ERR_LIMIT. */
#define ATR_NODE_PEERS "peers"
ATR_MUST_USE atr_err atr_peers_open(atr_peers *out, const atr_nodes *nodes,
                                    const char *dir, atr_fault *fault);

/* atr_peers_find gives the index of the peer with this pin; `peers->count`
 * when there is none. */
size_t atr_peers_find(const atr_peers *peers, const uint8_t pin[32]);

/* atr_peer_host writes the host as a connection wants it: an IPv6 address
 * without its brackets. */
void atr_peer_host(char out[ATR_LINK_HOST_MAX + 1], const atr_peer *peer);

#endif
