/* ledger_state.h - the inside of ledger.h, for its own files. */
#ifndef ATR_LEDGER_STATE_H
#define ATR_LEDGER_STATE_H

#include "app/kmsd/ledger.h"

struct atr_ledger {
    atr_db db;
    char fault[256];
};

/* atr_ledger_failed keeps what SQLite says about `err`, and returns it. */
atr_err atr_ledger_failed(atr_ledger *ledger, atr_err err);

/* atr_ledger_log adds an entry within the open transaction. `id` is 32 bytes
 * or empty. */
ATR_MUST_USE atr_err atr_ledger_log(atr_ledger *ledger, const char *event,
                                    uint64_t at, atr_bytes id,
                                    const char *attributes);

#endif
