/* db.h - SQLite as this project uses it: WAL, synchronous=FULL, and one
 * process unless the schema says that it is shared.
 *
 * A thin skin, so that opening, checking and durability are the same for each
 * program's own tables (the hall's log is store.h). A program may call the
 * sqlite3 functions on `db->sqlite` for what is not here.
 */
#ifndef ATR_DB_H
#define ATR_DB_H

#include <sqlite3.h>

#include "host/fault.h"

typedef struct {
    sqlite3 *sqlite;
    int lock_fd;     /* holds the one-process lock beside the file */
    bool in_turn;    /* a transaction is open, see atr_db_begin */
    char path[256];  /* for messages */
} atr_db;

/* What a program's database is: told apart by application_id, versioned by
 * user_version, and brought from version i to i+1 by `steps[i]`. */
typedef struct {
    uint32_t application_id;
    uint32_t version;         /* the newest; the count of `steps` */
    const char *const *steps; /* SQL scripts, steps[0] makes version 1 */
    bool shared; /* other processes may have it open too: no lock is taken,
                    locking_mode stays normal, and a busy database is waited
                    for (5 s). For the authority, whose administrator works
                    beside the server. */
} atr_db_schema;

#define ATR_DB_ID_HALL 0x41747248u /* "AtrH" */
#define ATR_DB_ID_KMS 0x4174724bu  /* "AtrK" */

/* atr_db_open opens or creates (mode 0600) the database, takes the lock,
 * checks it (quick_check) and brings it to the newest version, each step in
 * one transaction, after a copy of an older one was put beside it, as PATH.v2
 * of version 2. Returns ATR_ERR_IO (cannot open), ATR_ERR_STATE (another
 * process has it), ATR_ERR_AUTH (damaged), ATR_ERR_INPUT (not ours, or of a
 * newer version). */
ATR_MUST_USE atr_err atr_db_open(atr_db *out, const char *path,
                                 const atr_db_schema *schema,
                                 atr_fault *fault);
void atr_db_close(atr_db *db);

/* atr_db_exec runs SQL without results. */
ATR_MUST_USE atr_err atr_db_exec(atr_db *db, const char *sql);

/* atr_db_prepare makes a statement; finalize it before atr_db_close. */
ATR_MUST_USE atr_err atr_db_prepare(sqlite3_stmt **out, atr_db *db,
                                    const char *sql);

/* Binding by position (from 1); a failure shows at atr_db_step. Bytes and
 * text are borrowed until the next atr_db_reset. */
void atr_db_bind_bytes(sqlite3_stmt *stmt, int at, atr_bytes value);
void atr_db_bind_text(sqlite3_stmt *stmt, int at, const char *value);
void atr_db_bind_number(sqlite3_stmt *stmt, int at, uint64_t value);

/* atr_db_step moves to the next row: `*row` tells whether there is one.
 * Returns ATR_ERR_STATE for a broken constraint (a duplicate), ATR_ERR_AUTH
 * for a damaged file, ATR_ERR_IO otherwise. */
ATR_MUST_USE atr_err atr_db_step(sqlite3_stmt *stmt, bool *row);

/* atr_db_run steps a statement that gives no rows, and resets it. */
ATR_MUST_USE atr_err atr_db_run(sqlite3_stmt *stmt);

/* Columns by position (from 0), borrowed until the next step or reset. */
atr_bytes atr_db_bytes(sqlite3_stmt *stmt, int column);
const char *atr_db_text(sqlite3_stmt *stmt, int column);
uint64_t atr_db_number(sqlite3_stmt *stmt, int column);

/* atr_db_reset readies a statement for its next use. */
void atr_db_reset(sqlite3_stmt *stmt);

/* atr_db_begin opens a transaction unless one is open; atr_db_commit makes it
 * durable (fsync) and is free when none is open; atr_db_abandon forgets it. */
ATR_MUST_USE atr_err atr_db_begin(atr_db *db);
ATR_MUST_USE atr_err atr_db_commit(atr_db *db);
void atr_db_abandon(atr_db *db);

#endif
