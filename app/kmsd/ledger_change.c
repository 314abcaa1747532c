#include "app/kmsd/ledger_state.h"

/* Every change is one transaction: begin, change and log, commit. What goes
 * wrong in between leaves nothing. */
static atr_err begin(atr_ledger *ledger)
{
    atr_err err = atr_db_begin(&ledger->db);

    if (err != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
        return ATR_ERR_IO; /* also when others hold it for too long */
    }
    return ATR_OK;
}

static atr_err finish(atr_ledger *ledger, atr_err err)
{
    if (err == ATR_OK) {
        err = atr_db_commit(&ledger->db);
    }
    if (err != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
        atr_db_abandon(&ledger->db);
    }
    return err;
}

/* Runs `stmt`, which is to change one row; ATR_ERR_STATE when it changed
 * none. Lets go of the statement. */
static atr_err change_one(atr_ledger *ledger, sqlite3_stmt *stmt)
{
    atr_err err = atr_db_run(stmt);

    if (err == ATR_OK && sqlite3_changes(ledger->db.sqlite) != 1) {
        err = ATR_ERR_STATE;
    }
    sqlite3_finalize(stmt);
    return err;
}

/* The request still waits at the time ?2. */
#define IN_TIME " AND (expires_at = 0 OR expires_at > ?2)"

static atr_err waiting(uint64_t *out, atr_ledger *ledger)
{
    uint64_t counts[ATR_GRANT_STATES];
    atr_err err = atr_ledger_count(counts, ledger);

    *out = counts[ATR_GRANT_WAITING];
    return err;
}

static atr_err ignore(void *context, const atr_grant *grant)
{
    (void)context;
    (void)grant;
    return ATR_OK;
}

static atr_err insert(atr_ledger *ledger, const atr_grant *grant,
                      uint64_t waiting_max)
{
    sqlite3_stmt *stmt = NULL;
    uint64_t now_waiting = 0;
    atr_err err;

    err = atr_ledger_find(ledger, grant->id, ignore, NULL);
    if (err != ATR_ERR_STATE) {
        return err; /* it is there, or a failure */
    }
    if ((err = waiting(&now_waiting, ledger)) != ATR_OK) {
        return err;
    }
    if (now_waiting >= waiting_max) {
        return ATR_ERR_LIMIT;
    }
    err = atr_db_prepare(&stmt, &ledger->db,
                         "INSERT INTO requests (id, at, request, attributes,"
                         " note, expires_at) VALUES (?1, ?2, ?3, ?4, ?5,"
                         " ?6)");
    if (err != ATR_OK) {
        return err;
    }
    atr_db_bind_bytes(stmt, 1, ATR_BYTES(grant->id));
    atr_db_bind_number(stmt, 2, grant->at);
    atr_db_bind_bytes(stmt, 3, grant->request);
    atr_db_bind_text(stmt, 4, grant->attributes);
    atr_db_bind_text(stmt, 5, grant->note);
    atr_db_bind_number(stmt, 6, grant->expires_at);
    if ((err = change_one(ledger, stmt)) != ATR_OK) {
        return err;
    }
    return atr_ledger_log(ledger, "requested", grant->at, ATR_BYTES(grant->id),
                          grant->attributes);
}

atr_err atr_ledger_put(atr_ledger *ledger, const atr_grant *grant,
                       uint64_t waiting_max)
{
    atr_err err = begin(ledger);

    return err == ATR_OK ? finish(ledger, insert(ledger, grant, waiting_max))
                         : err;
}

/* The log wants the attributes of the request that has just changed. */
typedef struct {
    atr_ledger *ledger;
    const char *event;
    uint64_t at;
} log_call;

static atr_err log_grant(void *context, const atr_grant *grant)
{
    const log_call *call = context;

    return atr_ledger_log(call->ledger, call->event, call->at,
                          ATR_BYTES(grant->id), grant->attributes);
}

static atr_err change_and_log(const log_call *call, sqlite3_stmt *stmt,
                              const uint8_t *id)
{
    log_call copy = *call;
    atr_err err = change_one(call->ledger, stmt);

    return err == ATR_OK ? atr_ledger_find(call->ledger, id, log_grant, &copy)
                         : err;
}

atr_err atr_ledger_grant(atr_ledger *ledger, const uint8_t *id, uint64_t at,
                         atr_bytes sealed)
{
    log_call call = {ledger, "approved", at};
    sqlite3_stmt *stmt = NULL;
    atr_err err = begin(ledger);

    if (err != ATR_OK) {
        return err;
    }
    err = atr_db_prepare(&stmt, &ledger->db,
                         "UPDATE requests SET state = 1, decided_at = ?2,"
                         " sealed = ?3 WHERE id = ?1 AND state = 0" IN_TIME);
    if (err == ATR_OK) {
        atr_db_bind_bytes(stmt, 1, (atr_bytes){id, ATR_LEDGER_ID_BYTES});
        atr_db_bind_number(stmt, 2, at);
        atr_db_bind_bytes(stmt, 3, sealed);
        err = change_and_log(&call, stmt, id);
    }
    return finish(ledger, err);
}

atr_err atr_ledger_deny(atr_ledger *ledger, const uint8_t *id, uint64_t at,
                        const char *reason)
{
    log_call call = {ledger, "denied", at};
    sqlite3_stmt *stmt = NULL;
    atr_err err = begin(ledger);

    if (err != ATR_OK) {
        return err;
    }
    err = atr_db_prepare(&stmt, &ledger->db,
                         "UPDATE requests SET state = 2, decided_at = ?2,"
                         " reason = ?3 WHERE id = ?1 AND state = 0" IN_TIME);
    if (err == ATR_OK) {
        atr_db_bind_bytes(stmt, 1, (atr_bytes){id, ATR_LEDGER_ID_BYTES});
        atr_db_bind_number(stmt, 2, at);
        atr_db_bind_text(stmt, 3, reason);
        err = change_and_log(&call, stmt, id);
    }
    return finish(ledger, err);
}

atr_err atr_ledger_collected(atr_ledger *ledger, const uint8_t *id, uint64_t at)
{
    log_call call = {ledger, "issued", at};
    sqlite3_stmt *stmt = NULL;
    atr_err err = begin(ledger);

    if (err != ATR_OK) {
        return err;
    }
    err = atr_db_prepare(&stmt, &ledger->db,
                         "UPDATE requests SET state = 3"
                         " WHERE id = ?1 AND state = 1");
    if (err == ATR_OK) {
        atr_db_bind_bytes(stmt, 1, (atr_bytes){id, ATR_LEDGER_ID_BYTES});
        err = change_and_log(&call, stmt, id);
    }
    err = finish(ledger, err);
    return err == ATR_ERR_STATE ? ATR_OK : err; /* issued already */
}

/* The request whose time was over first. */
#define OVERDUE                                                                \
    "SELECT id FROM requests WHERE state = 0"                                  \
    " AND expires_at > 0 AND expires_at <= ?1 ORDER BY expires_at LIMIT 1"

/* Its id, and true; false when nothing is overdue. */
static atr_err find_overdue(bool *found, uint8_t id[ATR_LEDGER_ID_BYTES],
                            atr_ledger *ledger, uint64_t now)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_db_prepare(&stmt, &ledger->db, OVERDUE);

    *found = false;
    if (err == ATR_OK) {
        atr_db_bind_number(stmt, 1, now);
        err = atr_db_step(stmt, found);
    }
    if (err == ATR_OK && *found) {
        atr_bytes bytes = atr_db_bytes(stmt, 0);

        if (bytes.len == ATR_LEDGER_ID_BYTES) {
            memcpy(id, bytes.data, bytes.len);
        } else {
            err = ATR_ERR_AUTH;
        }
    }
    sqlite3_finalize(stmt);
    return err;
}

static atr_err expire_one(atr_ledger *ledger, const uint8_t *id, uint64_t now)
{
    log_call call = {ledger, "expired", now};
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_db_prepare(&stmt, &ledger->db,
                                 "UPDATE requests SET state = 4,"
                                 " decided_at = ?2 WHERE id = ?1");

    if (err != ATR_OK) {
        return err;
    }
    atr_db_bind_bytes(stmt, 1, (atr_bytes){id, ATR_LEDGER_ID_BYTES});
    atr_db_bind_number(stmt, 2, now);
    return change_and_log(&call, stmt, id);
}

atr_err atr_ledger_expire(atr_ledger *ledger, uint64_t now)
{
    uint8_t id[ATR_LEDGER_ID_BYTES];
    bool found = false;
    atr_err err = find_overdue(&found, id, ledger, now);

    if (err != ATR_OK) {
        return atr_ledger_failed(ledger, err);
    }
    if (!found) {
        return ATR_OK; /* nearly always: no transaction for that */
    }
    if ((err = begin(ledger)) != ATR_OK) {
        return err;
    }
    while ((err = find_overdue(&found, id, ledger, now)) == ATR_OK && found &&
           (err = expire_one(ledger, id, now)) == ATR_OK) {
    }
    return finish(ledger, err);
}

atr_err atr_ledger_note(atr_ledger *ledger, const char *event, uint64_t at)
{
    atr_err err = begin(ledger);

    return err == ATR_OK
               ? finish(ledger, atr_ledger_log(ledger, event, at,
                                               (atr_bytes){NULL, 0}, ""))
               : err;
}
