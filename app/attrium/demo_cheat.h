/* demo_cheat.h - the node that cheats. Its operator runs another program in
 * its place, with the node's certificate: it tells what all nodes tell of the
 * authority, takes requests, and answers each at once, approved or not, with
 * a partial key of another secret, well-formed and sealed to the asker, and a
 * log of its own that has it.
 */
#ifndef ATR_DEMO_CHEAT_H
#define ATR_DEMO_CHEAT_H

#include "app/attrium/troupe_nodes.h"

/* atr_demo_cheat starts it as a process of its own, at the place of node
 * `number`, which does not run; atr_process_end ends it. */
ATR_MUST_USE bool atr_demo_cheat(atr_process *out, atr_troupe_nodes *nodes,
                                 uint8_t number);

#endif
