#include "host/store.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/db.h"

/* A room has a small number, so that a record's key is short and the records
 * of a room lie together in the order they are read. */
static const char *const steps[] = {
    "CREATE TABLE room("
    " number INTEGER PRIMARY KEY,"
    " id BLOB NOT NULL UNIQUE CHECK(length(id) = 32),"
    " public INTEGER NOT NULL CHECK(public IN (0, 1)),"
    " head BLOB NOT NULL) STRICT;"
    "CREATE TABLE record("
    " room INTEGER NOT NULL REFERENCES room(number),"
    " seq INTEGER NOT NULL CHECK(seq > 0),"
    " body BLOB NOT NULL,"
    " PRIMARY KEY(room, seq)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE meta("
    " name TEXT PRIMARY KEY NOT NULL,"
    " value BLOB NOT NULL) STRICT, WITHOUT ROWID;",
};

static const atr_db_schema schema = {ATR_DB_ID_HALL, 1, steps, false};

typedef enum {
    PUT_ROOM,
    FIND_ROOM,
    EACH_ROOM,
    APPEND,
    READ,
    PUT_META,
    META,
    STATEMENT_COUNT
} statement;

#define ROOM_COLUMNS                                                           \
    "SELECT id, public, head, "                                                \
    "coalesce((SELECT max(seq) FROM record WHERE room = number), 0) FROM room "

static const char *const texts[STATEMENT_COUNT] = {
    [PUT_ROOM] = "INSERT INTO room(id, public, head) VALUES(?1, ?2, ?3) "
                 "ON CONFLICT(id) DO UPDATE SET public = ?2, head = ?3",
    [FIND_ROOM] = ROOM_COLUMNS "WHERE id = ?1",
    [EACH_ROOM] = ROOM_COLUMNS "ORDER BY number",
    /* An unknown room gives NULL, which the table refuses. */
    [APPEND] = "INSERT INTO record(room, seq, body) "
               "VALUES((SELECT number FROM room WHERE id = ?1), ?2, ?3)",
    [READ] = "SELECT seq, body FROM record WHERE seq > ?2 AND room = "
             "(SELECT number FROM room WHERE id = ?1) ORDER BY seq LIMIT ?3",
    [PUT_META] = "INSERT INTO meta(name, value) VALUES(?1, ?2) "
                 "ON CONFLICT(name) DO UPDATE SET value = ?2",
    [META] = "SELECT value FROM meta WHERE name = ?1",
};

struct atr_store {
    atr_db db;
    sqlite3_stmt *stmts[STATEMENT_COUNT];
    char fault[ATR_FAULT_BYTES_MAX];
};

/* Remembers the text of an error that ends the program. A constraint that
 * broke is the caller's to explain and leaves the transaction open. */
static atr_err note(atr_store *store, atr_err err)
{
    if (err == ATR_ERR_IO || err == ATR_ERR_AUTH) {
        (void)snprintf(store->fault, sizeof store->fault, "%s: %s",
                       store->db.path, sqlite3_errmsg(store->db.sqlite));
    }
    return err;
}

atr_err atr_store_open(atr_store **out, const char *path, atr_fault *fault)
{
    atr_store *store = calloc(1, sizeof *store);
    atr_err err;

    *out = NULL;
    if (store == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "store: out of memory");
    }
    err = atr_db_open(&store->db, path, &schema, fault);
    for (int i = 0; i < STATEMENT_COUNT && err == ATR_OK; i++) {
        err = atr_db_prepare(&store->stmts[i], &store->db, texts[i]);
        if (err != ATR_OK) {
            (void)atr_fault_set(fault, err, "%s: %s", path,
                                sqlite3_errmsg(store->db.sqlite));
        }
    }
    if (err != ATR_OK) {
        atr_store_close(store);
        return err;
    }
    *out = store;
    return ATR_OK;
}

void atr_store_close(atr_store *store)
{
    if (store == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(store->stmts[i]);
    }
    atr_db_close(&store->db);
    free(store);
}

static void bind_id(sqlite3_stmt *stmt, const uint8_t *id)
{
    atr_db_bind_bytes(stmt, 1, (atr_bytes){id, ATR_STORE_ID_BYTES});
}

atr_err atr_store_put_room(atr_store *store, const atr_store_room *room)
{
    sqlite3_stmt *stmt = store->stmts[PUT_ROOM];
    atr_err err = atr_db_begin(&store->db);

    if (err != ATR_OK) {
        return note(store, ATR_ERR_IO);
    }
    bind_id(stmt, room->id);
    atr_db_bind_number(stmt, 2, room->is_public);
    atr_db_bind_bytes(stmt, 3, room->head);
    return note(store, atr_db_run(stmt));
}

/* Gives the rows of `stmt`, which stands at its first. */
static atr_err give_rooms(sqlite3_stmt *stmt, atr_store_room_fn *each,
                          void *context)
{
    bool row = true;
    atr_err err = ATR_OK;

    while (row && err == ATR_OK) {
        atr_bytes id = atr_db_bytes(stmt, 0);
        atr_store_room room = {.is_public = atr_db_number(stmt, 1) != 0,
                               .head = atr_db_bytes(stmt, 2),
                               .last = atr_db_number(stmt, 3)};

        if (id.len != ATR_STORE_ID_BYTES) {
            return ATR_ERR_AUTH;
        }
        memcpy(room.id, id.data, sizeof room.id);
        err = each(context, &room);
        if (err == ATR_OK) {
            err = atr_db_step(stmt, &row);
        }
    }
    return err;
}

atr_err atr_store_find_room(atr_store *store, const uint8_t *id,
                            atr_store_room_fn *found, void *context)
{
    sqlite3_stmt *stmt = store->stmts[FIND_ROOM];
    bool row = false;
    atr_err err;

    bind_id(stmt, id);
    err = atr_db_step(stmt, &row);
    if (err == ATR_OK) {
        err = row ? give_rooms(stmt, found, context) : ATR_ERR_STATE;
    }
    atr_db_reset(stmt);
    return note(store, err);
}

atr_err atr_store_each_room(atr_store *store, atr_store_room_fn *each,
                            void *context)
{
    sqlite3_stmt *stmt = store->stmts[EACH_ROOM];
    bool row = false;
    atr_err err = atr_db_step(stmt, &row);

    if (err == ATR_OK && row) {
        err = give_rooms(stmt, each, context);
    }
    atr_db_reset(stmt);
    return note(store, err);
}

atr_err atr_store_append(atr_store *store, const uint8_t *id, uint64_t seq,
                         atr_bytes record)
{
    sqlite3_stmt *stmt = store->stmts[APPEND];

    if (record.len > ATR_STORE_RECORD_BYTES_MAX) {
        return ATR_ERR_LIMIT;
    }
    if (atr_db_begin(&store->db) != ATR_OK) {
        return note(store, ATR_ERR_IO);
    }
    bind_id(stmt, id);
    atr_db_bind_number(stmt, 2, seq);
    atr_db_bind_bytes(stmt, 3, record);
    return note(store, atr_db_run(stmt));
}

atr_err atr_store_commit(atr_store *store)
{
    return note(store, atr_db_commit(&store->db));
}

atr_err atr_store_read(atr_store *store, const uint8_t *id,
                       const atr_store_range *range, atr_store_record_fn *each,
                       void *context)
{
    sqlite3_stmt *stmt = store->stmts[READ];
    size_t bytes = 0;
    bool row = false;
    atr_err err;

    if (range->after > INT64_MAX) {
        return ATR_OK;
    }
    bind_id(stmt, id);
    atr_db_bind_number(stmt, 2, range->after);
    atr_db_bind_number(stmt, 3, range->count_max);
    err = atr_db_step(stmt, &row);
    while (err == ATR_OK && row) {
        atr_bytes record = atr_db_bytes(stmt, 1);

        bytes += record.len;
        err = each(context, atr_db_number(stmt, 0), record);
        if (err != ATR_OK || bytes >= range->bytes_max) {
            break;
        }
        err = atr_db_step(stmt, &row);
    }
    atr_db_reset(stmt);
    return note(store, err);
}

atr_err atr_store_put_meta(atr_store *store, const char *name, atr_bytes value)
{
    sqlite3_stmt *stmt = store->stmts[PUT_META];

    if (atr_db_begin(&store->db) != ATR_OK) {
        return note(store, ATR_ERR_IO);
    }
    atr_db_bind_text(stmt, 1, name);
    atr_db_bind_bytes(stmt, 2, value);
    return note(store, atr_db_run(stmt));
}

atr_err atr_store_meta(uint8_t *out, size_t *len, size_t cap, atr_store *store,
                       const char *name)
{
    sqlite3_stmt *stmt = store->stmts[META];
    bool row = false;
    atr_err err;

    *len = 0;
    atr_db_bind_text(stmt, 1, name);
    err = atr_db_step(stmt, &row);
    if (err == ATR_OK && !row) {
        err = ATR_ERR_STATE;
    }
    if (err == ATR_OK) {
        atr_bytes value = atr_db_bytes(stmt, 0);

        if (value.len > cap) {
            err = ATR_ERR_LIMIT;
        } else if (value.len > 0) {
            memcpy(out, value.data, value.len);
            *len = value.len;
        }
    }
    atr_db_reset(stmt);
    return note(store, err);
}

const char *atr_store_fault(const atr_store *store)
{
    return store->fault;
}
