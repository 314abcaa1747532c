/* trace.h - what the commands `attrium trace ..` share. */
#ifndef ATR_APP_TRACE_H
#define ATR_APP_TRACE_H

#include "app/attrium/heads.h"
#include "app/cli.h"

/* atr_trace_load reads what is kept here of all authorities; free it. Returns
 * an exit code, after saying what is wrong. */
int atr_trace_load(atr_heads **out, const atr_cli *cli);

/* atr_trace_name writes "node 2 of 0123456789ab". */
#define ATR_TRACE_NAME_BYTES_MAX 32
void atr_trace_name(char out[ATR_TRACE_NAME_BYTES_MAX], const atr_seen *seen);

/* atr_trace_json describes a head. */
json_t *atr_trace_json(const atr_seen *seen);

#endif
