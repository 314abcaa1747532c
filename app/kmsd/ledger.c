#include "app/kmsd/ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/kmsd/ledger_state.h"

#define APPEND_ONLY(table)                                                     \
    "CREATE TRIGGER " table "_keep BEFORE DELETE ON " table                    \
    " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;"               \
    "CREATE TRIGGER " table "_stay BEFORE UPDATE ON " table                    \
    " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;"

static const char *const steps[] = {
    "CREATE TABLE requests ("
    " id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),"
    " at INTEGER NOT NULL,"
    " decided_at INTEGER NOT NULL DEFAULT 0,"
    " state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),"
    " request BLOB NOT NULL,"
    " attributes TEXT NOT NULL,"
    " note TEXT NOT NULL,"
    " reason TEXT NOT NULL DEFAULT '',"
    " sealed BLOB NOT NULL DEFAULT x'') WITHOUT ROWID;"
    "CREATE INDEX requests_state ON requests (state, at);"
    "CREATE TABLE audit ("
    " seq INTEGER PRIMARY KEY NOT NULL,"
    " at INTEGER NOT NULL,"
    " event TEXT NOT NULL,"
    " id BLOB NOT NULL,"
    " attributes TEXT NOT NULL,"
    " hash BLOB NOT NULL CHECK (length(hash) = 32));"
    "CREATE TRIGGER audit_keeps BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;",
    /* 2: requests expire, those of before 30 days after they came. */
    "CREATE TABLE requests2 ("
    " id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),"
    " at INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL DEFAULT 0,"
    " decided_at INTEGER NOT NULL DEFAULT 0,"
    " state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 4),"
    " request BLOB NOT NULL,"
    " attributes TEXT NOT NULL,"
    " note TEXT NOT NULL,"
    " reason TEXT NOT NULL DEFAULT '',"
    " sealed BLOB NOT NULL DEFAULT x'') WITHOUT ROWID;"
    "INSERT INTO requests2 SELECT id, at, at + 2592000000, decided_at, state,"
    " request, attributes, note, reason, sealed FROM requests;"
    "DROP TABLE requests;"
    "ALTER TABLE requests2 RENAME TO requests;"
    "CREATE INDEX requests_state ON requests (state, at);"
    "CREATE INDEX requests_expire ON requests (state, expires_at);",
    /* 3: statements. What was decided before has none: it stays as it is. */
    "CREATE TABLE statements ("
    " seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
    " id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),"
    " request BLOB NOT NULL," /* the id of one; empty for a generation */
    " bytes BLOB NOT NULL);"
    "CREATE INDEX statements_request ON statements (request);"
    "CREATE TRIGGER statements_keep BEFORE DELETE ON statements"
    " BEGIN SELECT RAISE(ABORT, 'statements are append-only'); END;"
    "CREATE TRIGGER statements_stay BEFORE UPDATE ON statements"
    " BEGIN SELECT RAISE(ABORT, 'statements are append-only'); END;"
    "CREATE TABLE partials ("
    " request BLOB NOT NULL,"
    " period INTEGER NOT NULL,"
    " generation INTEGER NOT NULL,"
    " share INTEGER NOT NULL,"
    " at INTEGER NOT NULL,"
    " sealed BLOB NOT NULL,"
    " PRIMARY KEY (request, period, generation, share)) WITHOUT ROWID;"
    "INSERT INTO partials SELECT id, 0, 0, 0, decided_at, sealed FROM requests"
    " WHERE length(sealed) > 0;"
    "CREATE TABLE requests3 ("
    " id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),"
    " at INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL DEFAULT 0,"
    " decided_at INTEGER NOT NULL DEFAULT 0,"
    " state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 5),"
    " approvals INTEGER NOT NULL DEFAULT 0,"
    " request BLOB NOT NULL,"
    " attributes TEXT NOT NULL,"
    " note TEXT NOT NULL,"
    " reason TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
    "INSERT INTO requests3 SELECT id, at, iif(state = 0, expires_at, 0),"
    " decided_at, iif(state = 1, 3, state), 0, request, attributes, note,"
    " reason FROM requests;"
    "DROP TABLE requests;"
    "ALTER TABLE requests3 RENAME TO requests;"
    "CREATE INDEX requests_state ON requests (state, at);"
    "CREATE INDEX requests_expire ON requests (state, expires_at);",
    /* 4: copying between nodes. */
    "CREATE TABLE log (name BLOB NOT NULL CHECK (length(name) = 16));"
    "INSERT INTO log VALUES (randomblob(16));"
    "CREATE TABLE places ("
    " pin BLOB PRIMARY KEY NOT NULL CHECK (length(pin) = 32),"
    " log BLOB NOT NULL CHECK (length(log) = 16),"
    " seq INTEGER NOT NULL) WITHOUT ROWID;",
    /* 5: the Merkle log. It is begun by who can sign. */
    "CREATE TABLE leaves ("
    " number INTEGER PRIMARY KEY NOT NULL," /* from 0 */
    " kind INTEGER NOT NULL,"
    " digest BLOB NOT NULL CHECK (length(digest) = 32));"
    "CREATE INDEX leaves_digest ON leaves (digest);"
    "CREATE INDEX leaves_subject ON leaves (kind, number) WHERE kind < 3;"
    "CREATE TABLE hashes ("
    " level INTEGER NOT NULL,"
    " place INTEGER NOT NULL,"
    " hash BLOB NOT NULL CHECK (length(hash) = 32),"
    " PRIMARY KEY (level, place)) WITHOUT ROWID;"
    "CREATE TABLE heads ("
    " size INTEGER PRIMARY KEY NOT NULL,"
    " head BLOB NOT NULL CHECK (length(head) = 153));" APPEND_ONLY("leaves")
        APPEND_ONLY("hashes") APPEND_ONLY("heads")};

static const atr_db_schema schema = {
    .application_id = ATR_DB_ID_KMS,
    .version = ATR_LEDGER_VERSION,
    .steps = steps,
    .shared = true,
};

#define COLUMNS                                                                \
    "SELECT id, at, decided_at, state, request, attributes, note, reason,"     \
    " approvals, expires_at FROM requests "

atr_err atr_ledger_open(atr_ledger **out, const char *path, atr_fault *fault)
{
    atr_err err;

    *out = calloc(1, sizeof **out);
    if (!*out) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = atr_db_open(&(*out)->db, path, &schema, fault);
    if (err != ATR_OK) {
        free(*out);
        *out = NULL;
    }
    return err;
}

void atr_ledger_close(atr_ledger *ledger)
{
    if (ledger) {
        atr_db_close(&ledger->db);
        free(ledger);
    }
}

void atr_ledger_wait(atr_ledger *ledger, uint32_t limit_ms)
{
    (void)sqlite3_busy_timeout(ledger->db.sqlite, (int)limit_ms);
}

void atr_ledger_set_rules(atr_ledger *ledger, const atr_ledger_rules *rules)
{
    ledger->rules = *rules;
}

atr_err atr_ledger_failed(atr_ledger *ledger, atr_err err)
{
    snprintf(ledger->fault, sizeof ledger->fault, "%s",
             sqlite3_errmsg(ledger->db.sqlite));
    return err;
}

const char *atr_ledger_fault(const atr_ledger *ledger)
{
    return ledger->fault;
}

const char *atr_grant_state_text(atr_grant_state state)
{
    static const char *const texts[ATR_GRANT_STATES] = {
        "waiting", "approved", "denied", "issued", "expired", "withdrawn"};

    return texts[state];
}

/* What no version wrote reads as denied. */
static atr_grant_state state_of(uint64_t number)
{
    return number < ATR_GRANT_STATES ? (atr_grant_state)number
                                     : ATR_GRANT_DENIED;
}

static void read_grant(atr_grant *out, sqlite3_stmt *stmt)
{
    atr_bytes id = atr_db_bytes(stmt, 0);

    memset(out, 0, sizeof *out);
    if (id.len == sizeof out->id) {
        memcpy(out->id, id.data, id.len);
    }
    out->at = atr_db_number(stmt, 1);
    out->decided_at = atr_db_number(stmt, 2);
    out->state = state_of(atr_db_number(stmt, 3));
    out->request = atr_db_bytes(stmt, 4);
    out->attributes = atr_db_text(stmt, 5);
    out->note = atr_db_text(stmt, 6);
    out->reason = atr_db_text(stmt, 7);
    out->approvals = (uint8_t)atr_db_number(stmt, 8);
    out->expires_at = atr_db_number(stmt, 9);
}

/* Gives each row of `stmt` to `each`, and lets go of the statement. */
static atr_err visit(atr_ledger *ledger, sqlite3_stmt *stmt, atr_grant_fn *each,
                     void *context)
{
    bool row = false;
    bool any = false;
    atr_err err;

    while ((err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        atr_grant grant;

        any = true;
        read_grant(&grant, stmt);
        if ((err = each(context, &grant)) != ATR_OK) {
            break;
        }
    }
    if (err != ATR_OK && !row) {
        (void)atr_ledger_failed(ledger, err);
        err = err == ATR_ERR_STATE ? ATR_ERR_IO : err;
    } else if (err == ATR_OK && !any) {
        err = ATR_ERR_STATE;
    }
    sqlite3_finalize(stmt);
    return err;
}

atr_err atr_ledger_find(atr_ledger *ledger, const uint8_t *id,
                        atr_grant_fn *found, void *context)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_db_prepare(&stmt, &ledger->db, COLUMNS "WHERE id = ?1");

    if (err != ATR_OK) {
        return atr_ledger_failed(ledger, err);
    }
    atr_db_bind_bytes(stmt, 1, (atr_bytes){id, ATR_LEDGER_ID_BYTES});
    return visit(ledger, stmt, found, context);
}

atr_err atr_ledger_each(atr_ledger *ledger, atr_grant_fn *each, void *context)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_db_prepare(&stmt, &ledger->db, COLUMNS "ORDER BY at, id");

    if (err != ATR_OK) {
        return atr_ledger_failed(ledger, err);
    }
    err = visit(ledger, stmt, each, context);
    return err == ATR_ERR_STATE ? ATR_OK : err;
}

atr_err atr_ledger_from(atr_ledger *ledger, const uint8_t *after, size_t max,
                        atr_grant_fn *each, void *context)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err =
        atr_db_prepare(&stmt, &ledger->db,
                       COLUMNS "WHERE id > ?1 ORDER BY id LIMIT ?2");

    if (err != ATR_OK) {
        return atr_ledger_failed(ledger, err);
    }
    atr_db_bind_bytes(stmt, 1, (atr_bytes){after, ATR_LEDGER_ID_BYTES});
    atr_db_bind_number(stmt, 2, max);
    err = visit(ledger, stmt, each, context);
    return err == ATR_ERR_STATE ? ATR_OK : err;
}

typedef struct {
    const char *prefix;
    size_t found;
    uint8_t id[ATR_LEDGER_ID_BYTES];
} search;

static atr_err match(void *context, const atr_grant *grant)
{
    search *s = context;
    char text[2 * ATR_LEDGER_ID_BYTES + 1];

    atr_hex_write(text, ATR_BYTES(grant->id));
    if (strncasecmp(text, s->prefix, strlen(s->prefix)) == 0) {
        s->found++;
        memcpy(s->id, grant->id, sizeof s->id);
    }
    return ATR_OK;
}

atr_err atr_ledger_resolve(uint8_t id[ATR_LEDGER_ID_BYTES], atr_ledger *ledger,
                           const char *prefix, atr_fault *fault)
{
    search s = {.prefix = prefix};
    size_t len = strlen(prefix);
    atr_err err;

    memset(id, 0, ATR_LEDGER_ID_BYTES);
    if (len < ATR_LEDGER_PREFIX_MIN || len > 2 * ATR_LEDGER_ID_BYTES ||
        strspn(prefix, "0123456789abcdefABCDEF") != len) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "not an id (4 to 64 hexadecimal digits): %s",
                             prefix);
    }
    err = atr_ledger_each(ledger, match, &s);
    if (err != ATR_OK) {
        return atr_fault_set(fault, err, "%s", ledger->fault);
    }
    if (s.found == 0) {
        return atr_fault_set(fault, ATR_ERR_STATE, "no such request: %s",
                             prefix);
    }
    if (s.found > 1) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "%zu requests begin with %s",
                             s.found, prefix);
    }
    memcpy(id, s.id, ATR_LEDGER_ID_BYTES);
    return ATR_OK;
}

static atr_err take_counts(uint64_t counts[ATR_GRANT_STATES],
                           sqlite3_stmt *stmt)
{
    bool row = false;
    atr_err err;

    memset(counts, 0, ATR_GRANT_STATES * sizeof counts[0]);
    while ((err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        counts[state_of(atr_db_number(stmt, 0))] += atr_db_number(stmt, 1);
    }
    return err;
}

atr_err atr_ledger_count(uint64_t counts[ATR_GRANT_STATES], atr_ledger *ledger)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err =
        atr_db_prepare(&stmt, &ledger->db,
                       "SELECT state, count(*) FROM requests GROUP BY state");

    memset(counts, 0, ATR_GRANT_STATES * sizeof counts[0]);
    if (err == ATR_OK) {
        err = take_counts(counts, stmt);
    }
    if (err != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
    }
    sqlite3_finalize(stmt);
    return err;
}

atr_err atr_ledger_copy(atr_ledger *ledger, const char *path)
{
    sqlite3_stmt *stmt;
    atr_err err = atr_db_prepare(&stmt, &ledger->db, "VACUUM INTO ?1");

    if (err == ATR_OK) {
        atr_db_bind_text(stmt, 1, path);
        err = atr_db_run(stmt);
        sqlite3_finalize(stmt);
    }
    return err;
}
