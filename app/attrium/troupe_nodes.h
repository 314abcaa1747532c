/* troupe_nodes.h - an authority of several nodes in the troupe: each with a
 * directory of its own, as of an operator of its own; made by their ceremony,
 * with one registrar.
 */
#ifndef ATR_TROUPE_NODES_H
#define ATR_TROUPE_NODES_H

#include "app/attrium/troupe.h"
#include "proto/room.h"

#define ATR_TROUPE_NODES 5
#define ATR_TROUPE_THRESHOLD "3"

typedef struct {
    char dir[ATR_PATH_BYTES_MAX];
    char listen[32];              /* "127.0.0.1:PORT" */
    char card[ATR_LINK_TEXT_MAX]; /* by which it is asked, too */
    atr_process process;          /* its `run` */
} atr_troupe_node;

typedef struct {
    char registrar[ATR_PATH_BYTES_MAX]; /* the file of its key */
    char vk[65];
    atr_troupe_node node[ATR_TROUPE_NODES]; /* number i + 1 */
} atr_troupe_nodes;

/* atr_troupe_meet makes the registrar's key and the cards, in new directories
 * below that of the troupe; nothing runs yet. */
ATR_MUST_USE bool atr_troupe_meet(atr_troupe_nodes *out, atr_troupe *troupe);

/* atr_troupe_found runs the ceremony: one `init --join` at each node, together.
 * `period` is as the option of that name, NULL for none. */
ATR_MUST_USE bool atr_troupe_found(atr_troupe_nodes *nodes, atr_troupe *troupe,
                                   const char *period);

/* atr_troupe_together runs one program at each node, all at the same time, to
 * their ends: `argv` of each, ended by NULL. Whether all ended with 0. */
#define ATR_TROUPE_ARGS_MAX 24
typedef const char *atr_troupe_argv[ATR_TROUPE_ARGS_MAX];
ATR_MUST_USE bool atr_troupe_together(atr_troupe *troupe,
                                      atr_troupe_argv argv[ATR_TROUPE_NODES]);

/* atr_troupe_start starts the server of a node, atr_troupe_stop ends it, and
 * may be called again. */
ATR_MUST_USE bool atr_troupe_start(atr_troupe_node *node, atr_troupe *troupe);
void atr_troupe_stop(atr_troupe_node *node);
void atr_troupe_stop_all(atr_troupe_nodes *nodes);

/* atr_troupe_say has the registrar say "approve" or "withdraw" of a request at
 * a node. */
ATR_MUST_USE bool atr_troupe_say(const atr_troupe_nodes *nodes, size_t at,
                                 atr_troupe *troupe, const char *verb,
                                 const char *id);

#endif
