/* How far the ledgers of other nodes have been read. */
#include "app/kmsd/ledger_state.h"

atr_err atr_ledger_log_name(uint8_t name[ATR_LEDGER_LOG_BYTES],
                            atr_ledger *ledger)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_bytes found = {NULL, 0};
    atr_err err = atr_db_prepare(&stmt, &ledger->db, "SELECT name FROM log");

    memset(name, 0, ATR_LEDGER_LOG_BYTES);
    if (err != ATR_OK) {
        return atr_ledger_failed(ledger, err);
    }
    if ((err = atr_db_step(stmt, &row)) == ATR_OK) {
        found = row ? atr_db_bytes(stmt, 0) : found;
        err = found.len == ATR_LEDGER_LOG_BYTES ? ATR_OK : ATR_ERR_AUTH;
    }
    if (err == ATR_OK) {
        memcpy(name, found.data, found.len);
    } else {
        (void)atr_ledger_failed(ledger, err);
    }
    sqlite3_finalize(stmt);
    return err;
}

atr_err atr_ledger_last(uint64_t *seq, atr_ledger *ledger)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err =
        atr_db_prepare(&stmt, &ledger->db, "SELECT max(seq) FROM statements");

    *seq = 0;
    if (err == ATR_OK && (err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        *seq = atr_db_number(stmt, 0); /* 0 for none */
    }
    if (err != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
    }
    sqlite3_finalize(stmt);
    return err;
}

atr_err atr_ledger_find_place(atr_ledger_place *out, atr_ledger *ledger,
                              const uint8_t pin[32])
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_bytes log;
    atr_err err = atr_db_prepare(&stmt, &ledger->db,
                                 "SELECT log, seq FROM places WHERE pin = ?1");

    memset(out, 0, sizeof *out);
    if (err != ATR_OK) {
        return atr_ledger_failed(ledger, err);
    }
    atr_db_bind_bytes(stmt, 1, (atr_bytes){pin, 32});
    if ((err = atr_db_step(stmt, &row)) != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
    } else if (row &&
               (log = atr_db_bytes(stmt, 0)).len == ATR_LEDGER_LOG_BYTES) {
        memcpy(out->log, log.data, log.len);
        out->seq = atr_db_number(stmt, 1);
    }
    sqlite3_finalize(stmt);
    return err;
}

atr_err atr_ledger_set_place(atr_ledger *ledger, const uint8_t pin[32],
                             const atr_ledger_place *place)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_ledger_begin(ledger);

    if (err != ATR_OK) {
        return err;
    }
    err = atr_db_prepare(&stmt, &ledger->db,
                         "INSERT OR REPLACE INTO places (pin, log, seq)"
                         " VALUES (?1, ?2, ?3)");
    if (err == ATR_OK) {
        atr_db_bind_bytes(stmt, 1, (atr_bytes){pin, 32});
        atr_db_bind_bytes(stmt, 2, ATR_BYTES(place->log));
        atr_db_bind_number(stmt, 3, place->seq);
        err = atr_ledger_change_one(ledger, stmt);
    }
    return atr_ledger_finish(ledger, err);
}
