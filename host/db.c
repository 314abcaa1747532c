#include "host/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static atr_err err_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ATR_OK;
    case SQLITE_CONSTRAINT:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ATR_ERR_STATE;
    case SQLITE_CORRUPT:
        return ATR_ERR_AUTH;
    case SQLITE_NOTADB:
        return ATR_ERR_INPUT;
    case SQLITE_TOOBIG:
        return ATR_ERR_LIMIT;
    default:
        return ATR_ERR_IO;
    }
}

static atr_err db_fault(const atr_db *db, int code, atr_fault *fault)
{
    const char *text =
        db->sqlite != NULL ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(code);
    atr_err err = err_of(code);

    if (err == ATR_ERR_AUTH) {
        return atr_fault_set(fault, err, "%s: damaged (%s)", db->path, text);
    }
    if (err == ATR_ERR_INPUT) {
        return atr_fault_set(fault, err, "%s: not a database", db->path);
    }
    return atr_fault_set(fault, err == ATR_OK ? ATR_ERR_IO : err, "%s: %s",
                         db->path, text);
}

/* One process at a time, unless shared. The lock stands beside the database,
 * because closing any descriptor of the database itself would drop SQLite's own
 * locks. */
static atr_err take_lock(atr_db *db, bool wait, atr_fault *fault)
{
    char path[sizeof db->path + 8];

    (void)snprintf(path, sizeof path, "%s.lock", db->path);
    db->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (db->lock_fd < 0) {
        return atr_fault_os(fault, "%s", path);
    }
    if (flock(db->lock_fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? atr_fault_set(fault, ATR_ERR_STATE,
                                   "%s: another process is using it", db->path)
                   : atr_fault_os(fault, "%s", path);
    }
    return ATR_OK;
}

/* A new file is made here so that it is never readable by others. An empty
 * file that was there counts as new. */
static atr_err make_file(const atr_db *db, atr_fault *fault)
{
    struct stat st;
    int fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return atr_fault_os(fault, "%s", db->path);
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return atr_fault_set(fault, ATR_ERR_INPUT, "%s: not a file", db->path);
    }
    (void)close(fd);
    return ATR_OK;
}

static atr_err ask(atr_db *db, const char *sql, uint64_t *number, char text[64],
                   atr_fault *fault)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL);

    *number = 0;
    text[0] = 0;
    if (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        *number = atr_db_number(stmt, 0);
        (void)snprintf(text, 64, "%s", atr_db_text(stmt, 0));
    }
    (void)sqlite3_finalize(stmt);
    return err_of(code) == ATR_OK ? ATR_OK : db_fault(db, code, fault);
}

static atr_err check(atr_db *db, atr_fault *fault)
{
    uint64_t number;
    char text[64];
    atr_err err = ask(db, "PRAGMA quick_check(1)", &number, text, fault);

    if (err == ATR_OK && strcmp(text, "ok") != 0) {
        err = atr_fault_set(fault, ATR_ERR_AUTH, "%s: damaged (%s)", db->path,
                            text);
    }
    return err;
}

/* One step in one transaction, in which the version is asked again: another
 * process may be making the same step. */
static atr_err upgrade_once(atr_db *db, uint64_t *version,
                            const atr_db_schema *schema, atr_fault *fault)
{
    char pragma[96];
    char text[64];
    int code;
    atr_err err;

    code = sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        return db_fault(db, code, fault);
    }
    db->in_turn = true;
    if ((err = ask(db, "PRAGMA user_version", version, text, fault)) !=
        ATR_OK) {
        return err;
    }
    if (*version < schema->version) {
        (void)snprintf(pragma, sizeof pragma,
                       "PRAGMA application_id=%u;PRAGMA user_version=%llu;",
                       schema->application_id,
                       (unsigned long long)*version + 1);
        code =
            sqlite3_exec(db->sqlite, schema->steps[*version], NULL, NULL, NULL);
        if (code == SQLITE_OK) {
            code = sqlite3_exec(db->sqlite, pragma, NULL, NULL, NULL);
        }
        ++*version;
    }
    if (code == SQLITE_OK) {
        code = sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
    }
    if (code != SQLITE_OK) {
        return db_fault(db, code, fault);
    }
    db->in_turn = false;
    return ATR_OK;
}

/* A copy of the whole database, as it is. */
static atr_err copy_to(atr_db *db, const char *path, atr_fault *fault)
{
    int fd =
        open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    sqlite3_stmt *stmt = NULL;
    int code;
    bool synced;

    if (fd < 0) {
        return atr_fault_os(fault, "%s", path);
    }
    code = sqlite3_prepare_v2(db->sqlite, "VACUUM INTO ?1", -1, &stmt, NULL);
    if (code == SQLITE_OK) {
        atr_db_bind_text(stmt, 1, path);
        code = sqlite3_step(stmt);
    }
    (void)sqlite3_finalize(stmt);
    synced = fsync(fd) == 0;
    (void)close(fd);
    if (code != SQLITE_DONE) {
        return db_fault(db, code, fault);
    }
    return synced ? ATR_OK : atr_fault_os(fault, "%s", path);
}

/* PATH.v2 is the database as a program of version 2 left it. */
static atr_err back_up(atr_db *db, uint64_t version, atr_fault *fault)
{
    char path[sizeof db->path + 32];
    char temp[sizeof path + 8];
    atr_err err;

    (void)snprintf(path, sizeof path, "%s.v%llu", db->path,
                   (unsigned long long)version);
    (void)snprintf(temp, sizeof temp, "%s.part", path);
    err = copy_to(db, temp, fault);
    if (err == ATR_OK && rename(temp, path) != 0) {
        err = atr_fault_os(fault, "%s", path);
    }
    if (err != ATR_OK) {
        (void)unlink(temp);
    }
    return err;
}

static atr_err upgrade(atr_db *db, uint64_t version,
                       const atr_db_schema *schema, atr_fault *fault)
{
    atr_err err = ATR_OK;

    if (version > 0 && version < schema->version) {
        err = back_up(db, version, fault);
    }
    while (version < schema->version && err == ATR_OK) {
        err = upgrade_once(db, &version, schema, fault);
    }
    return err;
}

/* A shared database is backed up and upgraded by one process while the others
 * wait, and then find it done. */
static atr_err upgrade_alone(atr_db *db, const atr_db_schema *schema,
                             atr_fault *fault)
{
    uint64_t version = 0;
    char text[64];
    atr_err err = take_lock(db, true, fault);

    if (err == ATR_OK && (err = ask(db, "PRAGMA user_version", &version, text,
                                    fault)) == ATR_OK) {
        err = upgrade(db, version, schema, fault);
    }
    if (db->lock_fd >= 0) {
        (void)close(db->lock_fd);
        db->lock_fd = -1;
    }
    return err;
}

/* Ours is: empty, or with our application id and a version we know. */
static atr_err check_kind(atr_db *db, const atr_db_schema *schema,
                          atr_fault *fault)
{
    uint64_t id;
    uint64_t version;
    uint64_t tables;
    char text[64];
    atr_err err;

    if ((err = ask(db, "PRAGMA application_id", &id, text, fault)) != ATR_OK ||
        (err = ask(db, "PRAGMA user_version", &version, text, fault)) !=
            ATR_OK ||
        (err = ask(db, "SELECT count(*) FROM sqlite_schema", &tables, text,
                   fault)) != ATR_OK) {
        return err;
    }
    if ((tables != 0 || version != 0) && id != schema->application_id) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "%s: a database of another program", db->path);
    }
    if (version > schema->version) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "%s: schema version %llu is newer than this "
                             "program, which knows %u",
                             db->path, (unsigned long long)version,
                             schema->version);
    }
    if (tables != 0 && (err = check(db, fault)) != ATR_OK) {
        return err;
    }
    return version == 0 || version == schema->version || db->lock_fd >= 0
               ? upgrade(db, version, schema, fault)
               : upgrade_alone(db, schema, fault);
}

static atr_err open_sqlite(atr_db *db, bool shared, atr_fault *fault)
{
    const char *mode =
        shared ? "PRAGMA locking_mode=NORMAL" : "PRAGMA locking_mode=EXCLUSIVE";
    int code = sqlite3_open_v2(db->path, &db->sqlite,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
                                   SQLITE_OPEN_PRIVATECACHE,
                               NULL);

    if (code != SQLITE_OK) {
        return db_fault(db, code, fault);
    }
    (void)sqlite3_extended_result_codes(db->sqlite, 1);
    (void)sqlite3_busy_timeout(db->sqlite, 5000);
    (void)sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    code = sqlite3_exec(db->sqlite, mode, NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        return db_fault(db, code, fault);
    }
    code = sqlite3_exec(db->sqlite,
                        "PRAGMA trusted_schema=OFF;"
                        "PRAGMA cell_size_check=ON;"
                        "PRAGMA foreign_keys=ON;"
                        "PRAGMA journal_mode=WAL;"
                        "PRAGMA synchronous=FULL;",
                        NULL, NULL, NULL);
    return code == SQLITE_OK ? ATR_OK : db_fault(db, code, fault);
}

atr_err atr_db_open(atr_db *out, const char *path, const atr_db_schema *schema,
                    atr_fault *fault)
{
    atr_err err;

    *out = (atr_db){.lock_fd = -1};
    if (strlen(path) >= sizeof out->path) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "%.60s...: path too long",
                             path);
    }
    strcpy(out->path, path);
    if ((!schema->shared && (err = take_lock(out, false, fault)) != ATR_OK) ||
        (err = make_file(out, fault)) != ATR_OK ||
        (err = open_sqlite(out, schema->shared, fault)) != ATR_OK ||
        (err = check_kind(out, schema, fault)) != ATR_OK) {
        atr_db_close(out);
    }
    return err;
}

void atr_db_close(atr_db *db)
{
    if (db == NULL) {
        return;
    }
    atr_db_abandon(db);
    if (db->sqlite != NULL) {
        (void)sqlite3_close(db->sqlite);
        db->sqlite = NULL;
    }
    if (db->lock_fd >= 0) {
        (void)close(db->lock_fd);
        db->lock_fd = -1;
    }
}

atr_err atr_db_exec(atr_db *db, const char *sql)
{
    return err_of(sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL));
}

atr_err atr_db_prepare(sqlite3_stmt **out, atr_db *db, const char *sql)
{
    return err_of(sqlite3_prepare_v3(db->sqlite, sql, -1,
                                     SQLITE_PREPARE_PERSISTENT, out, NULL));
}

/* A parameter that could not be bound would be NULL: every column of ours is
 * NOT NULL, so the step fails. */
void atr_db_bind_bytes(sqlite3_stmt *stmt, int at, atr_bytes value)
{
    (void)sqlite3_bind_blob64(stmt, at,
                              value.len > 0 ? value.data : (const void *)"",
                              value.len, SQLITE_STATIC);
}

void atr_db_bind_text(sqlite3_stmt *stmt, int at, const char *value)
{
    (void)sqlite3_bind_text(stmt, at, value, -1, SQLITE_STATIC);
}

void atr_db_bind_number(sqlite3_stmt *stmt, int at, uint64_t value)
{
    if (value <= INT64_MAX) {
        (void)sqlite3_bind_int64(stmt, at, (int64_t)value);
    } else {
        (void)sqlite3_bind_null(stmt, at);
    }
}

atr_err atr_db_step(sqlite3_stmt *stmt, bool *row)
{
    int code = sqlite3_step(stmt);

    *row = code == SQLITE_ROW;
    return err_of(code);
}

atr_err atr_db_run(sqlite3_stmt *stmt)
{
    bool row = false;
    atr_err err = atr_db_step(stmt, &row);

    atr_db_reset(stmt);
    return err;
}

atr_bytes atr_db_bytes(sqlite3_stmt *stmt, int column)
{
    const void *data = sqlite3_column_blob(stmt, column);
    int len = sqlite3_column_bytes(stmt, column);

    return (atr_bytes){data, data != NULL && len > 0 ? (size_t)len : 0};
}

const char *atr_db_text(sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);

    return text != NULL ? (const char *)text : "";
}

uint64_t atr_db_number(sqlite3_stmt *stmt, int column)
{
    int64_t value = sqlite3_column_int64(stmt, column);

    return value > 0 ? (uint64_t)value : 0;
}

void atr_db_reset(sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt);
    (void)sqlite3_clear_bindings(stmt);
}

atr_err atr_db_begin(atr_db *db)
{
    atr_err err = ATR_OK;

    if (!db->in_turn) {
        err = atr_db_exec(db, "BEGIN IMMEDIATE");
        db->in_turn = err == ATR_OK;
    }
    return err;
}

atr_err atr_db_commit(atr_db *db)
{
    atr_err err;

    if (!db->in_turn) {
        return ATR_OK;
    }
    err = atr_db_exec(db, "COMMIT");
    if (err != ATR_OK) {
        atr_db_abandon(db);
        return err == ATR_ERR_AUTH ? err : ATR_ERR_IO;
    }
    db->in_turn = false;
    return ATR_OK;
}

void atr_db_abandon(atr_db *db)
{
    if (db->in_turn) {
        (void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
        db->in_turn = false;
    }
}
