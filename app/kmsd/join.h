/* join.h - `init --join`: an authority of several nodes, made together. */
#ifndef ATR_JOIN_H
#define ATR_JOIN_H

#include "app/cli.h"
#include "app/kmsd/node.h"
#include "app/peers.h"

/* atr_join_read takes the cards of --join; none: `out->count` is 0. Returns 0,
 * or the exit code after saying what is wrong. */
int atr_join_read(atr_peers *out, const atr_cli *cli);

/* atr_join makes this node of the authority that `plan` says, together with the
 * others, or goes on with that. Returns 0 when the authority stands in the
 * directory, or the exit code after saying why not. `made` is called when it
 * comes to stand, and its code counts. */
int atr_join(const atr_node_plan *plan, const atr_peers *peers,
             const atr_cli *cli, int (*made)(const atr_cli *cli));

/* atr_join_status shows the ceremony that is under way in the directory of the
 * node; false when there is none. `*code` is the exit code: 2, it waits. */
bool atr_join_status(int *code, const atr_cli *cli);

#endif
