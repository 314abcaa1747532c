#include "app/kmsd/circle.h"

#include <stdlib.h>

#define BUSY_MS 1000

int atr_circle_find(atr_circle *circle, const atr_cli *cli,
                    const atr_node *node, const uint8_t pin[ATR_PIN_BYTES])
{
    atr_fault fault;
    atr_err err = atr_peers_open(&circle->peers, &node->authority.nodes,
                                 node->dir, &fault);

    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    circle->own = atr_peers_find(&circle->peers, pin);
    circle->desk.peers = &circle->peers;
    circle->desk.pages = circle->pages;
    if (circle->peers.count > 0 && circle->own == circle->peers.count) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "no node of this authority has the key of this "
                            "certificate");
    }
    if (circle->peers.count > 0 && circle->own + 1 != node->node) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "the share here is that of node %u, the "
                            "certificate that of node %zu",
                            node->node, circle->own + 1);
    }
    return 0;
}

void atr_circle_add(atr_circle *circle, const atr_peer_page *page)
{
    if (circle->desk.page_count == ATR_CIRCLE_PAGES_MAX) {
        abort(); /* the table is to be made longer */
    }
    circle->pages[circle->desk.page_count++] = *page;
}

static void seen(void *context, size_t peer)
{
    atr_circle *circle = context;

    atr_replica_seen(circle->replica, peer);
}

/* From its peers a node takes as many waiting requests as they all may have:
 * a full queue at one must not stop approvals at another. */
static int open_ledger(atr_circle *circle, const atr_circle_place *place,
                       const atr_ledger_rules *rules)
{
    atr_ledger_rules theirs = *rules;
    int code = atr_kmsd_open_ledger(&circle->ledger, place->cli, place->node);

    if (code == 0) {
        theirs.waiting_max *= circle->peers.count;
        atr_ledger_set_rules(circle->ledger, &theirs);
        atr_ledger_wait(circle->ledger, BUSY_MS);
    }
    return code;
}

int atr_circle_join(atr_circle *circle, const atr_circle_place *place,
                    const atr_tls *tls, const atr_ledger_rules *rules)
{
    atr_replica_options options = {.loop = place->loop,
                                   .server = place->server,
                                   .peers = &circle->peers,
                                   .own = circle->own,
                                   .generation =
                                       &place->node->authority.nodes.generation,
                                   .tls = tls,
                                   .log = place->log};
    atr_peer_page pages[ATR_REPLICA_PAGES];
    atr_fault fault;
    int code;

    circle->desk.server = place->server;
    if (circle->peers.count < 2) {
        return 0;
    }
    if ((code = open_ledger(circle, place, rules)) != 0) {
        return code;
    }
    options.ledger = circle->ledger;
    if (atr_replica_open(&circle->replica, &options, &fault) != ATR_OK) {
        return atr_cli_fail(place->cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    atr_replica_pages(pages, circle->replica);
    for (size_t i = 0; i < ATR_REPLICA_PAGES; i++) {
        atr_circle_add(circle, &pages[i]);
    }
    circle->desk.seen = seen;
    circle->desk.context = circle;
    return 0;
}

static bool is_same_list(const atr_peers *a, const atr_peers *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; i < a->count && same; i++) {
        same = strcmp(a->peers[i].card, b->peers[i].card) == 0;
    }
    return same;
}

/* Who is kept waiting is answered; the pages go with the replica. */
static void leave(atr_circle *circle)
{
    size_t kept = 0;

    atr_circle_stop(circle);
    for (size_t i = 0; i < circle->desk.page_count; i++) {
        if (circle->pages[i].context != circle->replica) {
            circle->pages[kept++] = circle->pages[i];
        }
    }
    circle->desk.page_count = kept;
    atr_circle_close(circle);
}

int atr_circle_follow(atr_circle *circle, const atr_circle_place *place,
                      const atr_tls *tls, const atr_ledger_rules *rules)
{
    atr_fault fault;
    atr_peers now;
    atr_err err = atr_peers_open(&now, &place->node->authority.nodes,
                                 place->node->dir, &fault);

    if (err != ATR_OK) {
        return atr_cli_fail(place->cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    if (is_same_list(&circle->peers, &now)) {
        return 0;
    }
    leave(circle);
    circle->peers = now;
    return atr_circle_join(circle, place, tls, rules);
}

void atr_circle_stop(atr_circle *circle)
{
    if (circle->replica) {
        atr_replica_stop(circle->replica);
    }
}

void atr_circle_close(atr_circle *circle)
{
    atr_replica_close(circle->replica);
    atr_ledger_close(circle->ledger);
    circle->replica = NULL;
    circle->ledger = NULL;
}

void atr_circle_changed(atr_circle *circle)
{
    if (circle->replica) {
        atr_replica_changed(circle->replica);
    }
}

size_t atr_circle_up(const atr_circle *circle)
{
    size_t up = 0;

    for (size_t i = 0; circle->replica && i < circle->peers.count; i++) {
        up += atr_replica_state(circle->replica, i).is_up;
    }
    return up;
}
