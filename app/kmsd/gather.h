/* gather.h - a ceremony between nodes over the network, with words for the
 * operator: who is awaited, who is named, when it is settled.
 *
 * Each node shows its log below /v1/peer/ and asks the others for theirs, until
 * enough have confirmed the result and the others have had the time to hear it
 * too. `run` shows the log of the last ceremony as well, for who comes late.
 */
#ifndef ATR_GATHER_H
#define ATR_GATHER_H

#include "app/kmsd/ceremony.h"
#include "app/kmsd/peer_pages.h"
#include "app/kmsd/place.h"

#define ATR_CEREMONY_PATH ATR_PEER_PATH "ceremony"

/* What a node shows of its ceremonies: the context of the page. The query is
 * `generation=G&from=R`: of the shares that are made (0 where it is not said),
 * and from which round on. */
typedef struct {
    char dir[ATR_PATH_BYTES_MAX]; /* of the node */
    uint8_t node;
    atr_server *server;
} atr_ceremony_desk;

/* atr_ceremony_show makes the page. Besides the peers it is for whoever takes
 * part in the ceremony that is asked for: a newcomer is no peer yet. */
atr_peer_page atr_ceremony_show(atr_ceremony_desk *desk);

typedef struct {
    const atr_cli *cli;
    const atr_peers *peers;
    size_t own; /* index of this node */
    const atr_tls *tls;
    const atr_place *place;
    const char *dir;     /* of the node */
    uint32_t generation; /* of the shares that are made */
    bool is_shown;       /* `run` shows the log: this only asks */
    atr_ceremony *ceremony;
    /* Keeps what came out, once it is settled; returns 0 or an exit code after
     * saying what is wrong. */
    int (*settled)(void *context);
    void *context;
} atr_gathering;

/* atr_gather runs the ceremony to its end and returns the exit code: 0 when it
 * is settled, 130 when it was interrupted before (the same again goes on), 4
 * when it has failed, others after `settled` or for the network. */
int atr_gather(const atr_gathering *gathering);

#endif
