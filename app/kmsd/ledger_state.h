/* ledger_state.h - the inside of ledger.h, for its own files. */
#ifndef ATR_LEDGER_STATE_H
#define ATR_LEDGER_STATE_H

#include "app/kmsd/ledger_trace.h"

struct atr_ledger {
    atr_db db;
    atr_ledger_rules rules;
    bool held; /* a transaction is open for several changes */
    char fault[256];
};

/* atr_ledger_failed keeps what SQLite says about `err`, and returns it. */
atr_err atr_ledger_failed(atr_ledger *ledger, atr_err err);

/* Every change is one transaction: begin, change and log, finish, which commits
 * unless `err` says that something went wrong; then nothing is left of it.
 * While the ledger is held it is a part of a transaction in the same way. */
ATR_MUST_USE atr_err atr_ledger_begin(atr_ledger *ledger);
ATR_MUST_USE atr_err atr_ledger_finish(atr_ledger *ledger, atr_err err);

/* atr_ledger_change_one runs `stmt`, which is to change one row, and lets go of
 * it; ATR_ERR_STATE when it changed none. */
ATR_MUST_USE atr_err atr_ledger_change_one(atr_ledger *ledger,
                                           sqlite3_stmt *stmt);

/* atr_ledger_log adds an entry within the open transaction. `id` is 32 bytes
 * or empty. */
ATR_MUST_USE atr_err atr_ledger_log(atr_ledger *ledger, const char *event,
                                    uint64_t at, atr_bytes id,
                                    const char *attributes);

/* The tree within the open transaction: open, add, sign, close. */
typedef struct {
    atr_ledger *ledger;
    uint64_t was;  /* its size when it was opened */
    uint64_t size; /* now */
    sqlite3_stmt *get;
    sqlite3_stmt *put;
    sqlite3_stmt *add;
} atr_ledger_tree;

ATR_MUST_USE atr_err atr_ledger_tree_open(atr_ledger_tree *out,
                                          atr_ledger *ledger);
void atr_ledger_tree_close(atr_ledger_tree *tree);
ATR_MUST_USE atr_err atr_ledger_tree_add(atr_ledger_tree *tree,
                                         const atr_trace_leaf *leaf);
/* atr_ledger_tree_sign stores a head, unless nothing was added. */
ATR_MUST_USE atr_err atr_ledger_tree_sign(atr_ledger_tree *tree,
                                          const atr_trace_signer *by,
                                          uint64_t now);

#endif
