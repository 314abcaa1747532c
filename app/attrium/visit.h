/* visit.h - one question to a hall, waited for: what `room` commands need. */
#ifndef ATR_VISIT_H
#define ATR_VISIT_H

#include "app/cli.h"
#include "proto/visitor.h"

/* atr_heap is memory from malloc with a limit. */
atr_mem atr_heap(size_t limit);

/* atr_visit_hall lets `visitor` speak with the hall of `link` until it is
 * done, at most 20 seconds, and returns the exit code after saying what is
 * wrong. */
int atr_visit_hall(atr_visitor *visitor, const atr_cli *cli,
                   const atr_link *link);

/* atr_visit_link reads a room link; with `needs_room` one without a room is an
 * error. `text` NULL is an error that names --hall. */
int atr_visit_link(atr_link *out, const atr_cli *cli, const char *text,
                   bool needs_room);

/* atr_refusal_text says why a hall refused, for people. */
const char *atr_refusal_text(uint8_t refusal);

#endif
