#include "app/kmsd/ledger_state.h"

atr_err atr_ledger_begin(atr_ledger *ledger)
{
    atr_err err = ledger->held ? atr_db_exec(&ledger->db, "SAVEPOINT part")
                               : atr_db_begin(&ledger->db);

    if (err != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
        return ATR_ERR_IO; /* also when others hold it for too long */
    }
    return ATR_OK;
}

/* What is left of a part that failed: nothing, or else of the whole. */
static void abandon(atr_ledger *ledger)
{
    if (!ledger->held ||
        atr_db_exec(&ledger->db, "ROLLBACK TO part; RELEASE part") != ATR_OK) {
        atr_db_abandon(&ledger->db);
    }
}

atr_err atr_ledger_finish(atr_ledger *ledger, atr_err err)
{
    if (err == ATR_OK) {
        err = ledger->held ? atr_db_exec(&ledger->db, "RELEASE part")
                           : atr_db_commit(&ledger->db);
    }
    if (err != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
        abandon(ledger);
    }
    return err;
}

atr_err atr_ledger_hold(atr_ledger *ledger)
{
    atr_err err = atr_ledger_begin(ledger);

    ledger->held = err == ATR_OK;
    return err;
}

atr_err atr_ledger_release(atr_ledger *ledger)
{
    bool is_whole = ledger->db.in_turn;

    ledger->held = false;
    return atr_ledger_finish(ledger, is_whole ? ATR_OK : ATR_ERR_IO);
}

atr_err atr_ledger_change_one(atr_ledger *ledger, sqlite3_stmt *stmt)
{
    atr_err err = atr_db_run(stmt);

    if (err == ATR_OK && sqlite3_changes(ledger->db.sqlite) != 1) {
        err = ATR_ERR_STATE;
    }
    sqlite3_finalize(stmt);
    return err;
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
    atr_err err = atr_ledger_change_one(call->ledger, stmt);

    return err == ATR_OK ? atr_ledger_find(call->ledger, id, log_grant, &copy)
                         : err;
}

/* ---- partial keys ---- */

#define TERM " period = ?2 AND generation = ?3 AND share = ?4"

static void bind_term(sqlite3_stmt *stmt, const uint8_t *id,
                      const atr_term *term)
{
    atr_db_bind_bytes(stmt, 1, (atr_bytes){id, ATR_LEDGER_ID_BYTES});
    atr_db_bind_number(stmt, 2, term->period);
    atr_db_bind_number(stmt, 3, term->generation);
    atr_db_bind_number(stmt, 4, term->share);
}

atr_err atr_ledger_issued(atr_ledger *ledger, const uint8_t *id,
                          const atr_term *term, atr_sealed_fn *found,
                          void *context)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err = atr_db_prepare(
        &stmt, &ledger->db,
        "SELECT sealed FROM partials WHERE request = ?1 AND" TERM);

    if (err == ATR_OK) {
        bind_term(stmt, id, term);
        err = atr_db_step(stmt, &row);
    }
    if (err != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
    } else {
        err = row ? found(context, atr_db_bytes(stmt, 0)) : ATR_ERR_STATE;
    }
    sqlite3_finalize(stmt);
    return err;
}

static atr_err ignore_sealed(void *context, atr_bytes sealed)
{
    (void)context;
    (void)sealed;
    return ATR_OK;
}

static atr_err insert_partial(atr_ledger *ledger,
                              const atr_ledger_partial *item, uint64_t now)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_db_prepare(
        &stmt, &ledger->db,
        "INSERT INTO partials (request, period, generation, share, at, sealed)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    if (err != ATR_OK) {
        return err;
    }
    bind_term(stmt, item->id, &item->term);
    atr_db_bind_number(stmt, 5, now);
    atr_db_bind_bytes(stmt, 6, item->sealed);
    return atr_ledger_change_one(ledger, stmt);
}

/* The key, and the leaf that commits to it. */
static atr_err add_partial(atr_ledger_tree *tree,
                           const atr_ledger_partial *item, uint64_t now)
{
    const atr_trace_leaf leaf =
        atr_trace_issued(item->id, item->term.period, item->sealed);
    atr_err err = insert_partial(tree->ledger, item, now);

    return err == ATR_OK ? atr_ledger_tree_add(tree, &leaf) : err;
}

/* Whether it is still granted is asked in the transaction: it may have been
 * withdrawn while the key was made. */
static atr_err keep_one(atr_ledger_tree *tree, const atr_ledger_partial *item,
                        uint64_t now)
{
    atr_ledger *ledger = tree->ledger;
    log_call call = {ledger, "issued", now};
    sqlite3_stmt *stmt = NULL;
    atr_err err =
        atr_ledger_issued(ledger, item->id, &item->term, ignore_sealed, NULL);

    if (err != ATR_ERR_STATE) {
        return err; /* it has one already, or a failure */
    }
    err = atr_db_prepare(&stmt, &ledger->db,
                         "UPDATE requests SET state = 3 WHERE id = ?1"
                         " AND state IN (1, 3)"
                         " AND (expires_at = 0 OR expires_at > ?2)");
    if (err != ATR_OK) {
        return err;
    }
    atr_db_bind_bytes(stmt, 1, ATR_BYTES(item->id));
    atr_db_bind_number(stmt, 2, now);
    err = change_and_log(&call, stmt, item->id);
    return err == ATR_OK ? add_partial(tree, item, now) : err;
}

/* Within the transaction. */
static atr_err keep_all(atr_ledger *ledger, atr_ledger_partial *items,
                        size_t count, const atr_trace_signer *by, uint64_t now)
{
    atr_ledger_tree tree;
    atr_err err = atr_ledger_tree_open(&tree, ledger);

    for (size_t i = 0; i < count && err == ATR_OK; i++) {
        if (items[i].err == ATR_OK) {
            items[i].err = keep_one(&tree, &items[i], now);
            err = items[i].err == ATR_ERR_STATE ? ATR_OK : items[i].err;
        }
    }
    if (err == ATR_OK) {
        err = atr_ledger_tree_sign(&tree, by, now);
    }
    atr_ledger_tree_close(&tree);
    return err;
}

atr_err atr_ledger_keep(atr_ledger *ledger, atr_ledger_partial *items,
                        size_t count, const atr_trace_signer *by, uint64_t now)
{
    atr_err err = atr_ledger_begin(ledger);

    if (err == ATR_OK) {
        err =
            atr_ledger_finish(ledger, keep_all(ledger, items, count, by, now));
    }
    for (size_t i = 0; i < count && err != ATR_OK; i++) {
        items[i].err = err;
    }
    return err;
}

/* ---- what ends by itself ---- */

/* The request whose time was over first, waiting or granted. */
#define OVERDUE                                                                \
    "SELECT id FROM requests WHERE state IN (0, 1, 3)"                         \
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
    if ((err = atr_ledger_begin(ledger)) != ATR_OK) {
        return err;
    }
    while ((err = find_overdue(&found, id, ledger, now)) == ATR_OK && found &&
           (err = expire_one(ledger, id, now)) == ATR_OK) {
    }
    return atr_ledger_finish(ledger, err);
}

atr_err atr_ledger_note(atr_ledger *ledger, const char *event, uint64_t at)
{
    atr_err err = atr_ledger_begin(ledger);

    return err == ATR_OK ? atr_ledger_finish(
                               ledger, atr_ledger_log(ledger, event, at,
                                                      (atr_bytes){NULL, 0}, ""))
                         : err;
}
