/* desk.h - where the administrator decides: node, ledger, and the share, which
 * is read only when something is to be issued.
 *
 * Functions return 0, or the exit code after saying what is wrong.
 */
#ifndef ATR_DESK_H
#define ATR_DESK_H

#include "app/kmsd/commands.h"

typedef struct {
    const atr_cli *cli;
    atr_node *node;
    atr_ledger *ledger;
    atr_node_share share;
    bool has_share;
} atr_desk;

/* A request taken out of the ledger. Large: keep it on the heap. */
typedef struct {
    atr_grant_state state;
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    size_t len;
    uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    size_t sealed_len;
} atr_desk_entry;

/* atr_desk_close may follow a failed open, and wipes the share. */
int atr_desk_open(atr_desk *desk, const atr_cli *cli);
void atr_desk_close(atr_desk *desk);

/* atr_desk_ledger_failed says what the ledger says, and returns the code. */
int atr_desk_ledger_failed(const atr_desk *desk, atr_err err);

/* atr_desk_resolve turns the beginning of an id into the id. */
int atr_desk_resolve(atr_desk *desk, uint8_t id[32], const char *prefix);

int atr_desk_find(atr_desk *desk, const uint8_t id[32], atr_desk_entry *out);

/* atr_desk_grant issues what waits and stores it; what was granted before
 * stays as it is. `out` is the request as it was before. */
int atr_desk_grant(atr_desk *desk, const uint8_t id[32], atr_desk_entry *out);

#endif
