/* circle.h - the other nodes while this one serves: who they are, the pages
 * for them, and the register copied from them. An authority of one node has
 * nobody to ask and refuses whoever asks for such pages.
 */
#ifndef ATR_CIRCLE_H
#define ATR_CIRCLE_H

#include "app/kmsd/commands.h"
#include "app/kmsd/replica.h"

#define ATR_CIRCLE_PAGES_MAX 8

typedef struct {
    atr_peers peers;
    size_t own; /* among them */
    atr_peer_desk desk;
    atr_peer_page pages[ATR_CIRCLE_PAGES_MAX]; /* desk.page_count of them */
    atr_ledger *ledger;   /* once more, as what peers say has other limits */
    atr_replica *replica; /* NULL: no peers */
} atr_circle;

/* What the circle borrows until it is closed. */
typedef struct {
    const atr_cli *cli;
    const atr_node *node;
    atr_loop *loop;
    atr_server *server;
    const atr_log *log;
} atr_circle_place;

/* atr_circle_find takes the nodes of the bundle and finds this one among them
 * by its pin, whose number must be that of its share. It returns 0, or the exit
 * code after saying what is wrong. */
int atr_circle_find(atr_circle *circle, const atr_cli *cli,
                    const atr_node *node, const uint8_t pin[ATR_PIN_BYTES]);

/* atr_circle_add adds a page to the table, for what lives on peers besides the
 * register; from atr_circle_find on. */
void atr_circle_add(atr_circle *circle, const atr_peer_page *page);

/* atr_circle_join adds the register's pages, answers from then on, and begins
 * to ask; `tls` is what this node shows, `rules` those of what people post.
 * Returns as atr_circle_find. */
int atr_circle_join(atr_circle *circle, const atr_circle_place *place,
                    const atr_tls *tls, const atr_ledger_rules *rules);

/* atr_circle_follow joins anew when the bundle of the node, which has changed,
 * or DIR/peers lists others than before. Returns as atr_circle_find. */
int atr_circle_follow(atr_circle *circle, const atr_circle_place *place,
                      const atr_tls *tls, const atr_ledger_rules *rules);

/* atr_circle_stop asks no more and keeps nobody waiting. */
void atr_circle_stop(atr_circle *circle);
void atr_circle_close(atr_circle *circle);

/* atr_circle_changed says that this process has put a statement. */
void atr_circle_changed(atr_circle *circle);

/* atr_circle_up counts the peers whose last answer was good. */
size_t atr_circle_up(const atr_circle *circle);

#endif
