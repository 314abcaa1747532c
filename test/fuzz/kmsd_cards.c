/* The file of nodes that have moved, and the cards in it: refused with nothing
 * changed, or a list in which each node has its pin still and a card that reads
 * back as itself. */
#include <stdio.h>
#include <stdlib.h>

#include "app/peers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void begin(atr_peers *peers)
{
    char card[ATR_CARD_TEXT_MAX];

    memset(peers, 0, sizeof *peers);
    for (int i = 0; i < 3; i++) {
        snprintf(card, sizeof card, "https://n%d.example:7001/#%064d", i, i);
        must(atr_peers_add(peers, card, NULL) == ATR_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static atr_peers before;
    static atr_peers peers;
    atr_peer again;
    atr_fault fault;

    begin(&before);
    peers = before;
    if (atr_peers_move(&peers, (atr_bytes){data, len}, &fault) != ATR_OK) {
        must(memcmp(&peers, &before, sizeof peers) == 0);
        return 0;
    }
    must(peers.count == before.count);
    for (size_t i = 0; i < peers.count; i++) {
        must(memcmp(peers.peers[i].at.pin, before.peers[i].at.pin, 32) == 0);
        must(atr_card_parse(&again, peers.peers[i].card, NULL) == ATR_OK);
        must(strcmp(again.card, peers.peers[i].card) == 0);
    }
    return 0;
}
