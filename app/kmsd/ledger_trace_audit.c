/* Whether the Merkle log in a ledger is whole. */
#include "app/kmsd/ledger_state.h"

/* What goes on while the leaves are read, in one snapshot of the database. */
typedef struct {
    atr_trace_audit *out;
    atr_ledger *ledger;
    const uint8_t *vk;
    uint64_t size;   /* leaves read so far */
    uint64_t hashes; /* and hashes that follow from them */
    uint64_t heads;
    sqlite3_stmt *head; /* by size */
    sqlite3_stmt *hash; /* by level and place */
} auditing;

static atr_err wrong(auditing *a, const char *what, uint64_t at)
{
    a->out->wrong = what;
    a->out->at = at;
    return ATR_ERR_AUTH;
}

/* What is stored was compared when it followed from the leaves. */
static atr_err get_stored(void *context, uint8_t hash[32], unsigned level,
                          uint64_t index)
{
    auditing *a = context;
    atr_bytes found = {NULL, 0};
    bool row = false;
    atr_err err;

    memset(hash, 0, 32);
    atr_db_bind_number(a->hash, 1, level);
    atr_db_bind_number(a->hash, 2, index);
    if ((err = atr_db_step(a->hash, &row)) == ATR_OK && row) {
        found = atr_db_bytes(a->hash, 0);
    }
    if (found.len == 32) {
        memcpy(hash, found.data, 32);
    }
    atr_db_reset(a->hash);
    return err;
}

/* In place of storing: each hash that an append makes must stand there. */
static atr_err compare_stored(void *context, unsigned level, uint64_t index,
                              const uint8_t hash[32])
{
    auditing *a = context;
    uint8_t stored[32];
    atr_err err = get_stored(a, stored, level, index);

    a->hashes++;
    return err != ATR_OK || memcmp(stored, hash, 32) == 0
               ? err
               : wrong(a, "the stored hashes do not fit to leaf", a->size);
}

static atr_err check_head(auditing *a, const atr_trace_head *head)
{
    const atr_merkle tree = {a, get_stored, compare_stored};
    uint8_t root[32];
    atr_err err = atr_merkle_root(root, &tree, a->size);

    if (err != ATR_OK) {
        return err;
    }
    if (head->tree.size != a->size ||
        memcmp(head->tree.root, root, sizeof root) != 0) {
        return wrong(a, "not over the leaves: the head of size", a->size);
    }
    if (atr_trace_verify(head, a->vk) != ATR_OK) {
        return wrong(a, "not signed by this node: the head of size", a->size);
    }
    return a->out->head.at <= head->at
               ? ATR_OK
               : wrong(a, "older than the one before it: the head of size",
                       a->size);
}

/* The head over the leaves so far, if there is one. */
static atr_err next_head(auditing *a)
{
    atr_trace_head head;
    bool row = false;
    bool good = false;
    atr_err err;

    atr_db_bind_number(a->head, 1, a->size);
    if ((err = atr_db_step(a->head, &row)) == ATR_OK && row) {
        good = atr_trace_head_read(&head, atr_db_bytes(a->head, 0)) == ATR_OK;
    }
    atr_db_reset(a->head);
    if (err != ATR_OK || !row) {
        return err;
    }
    a->heads++;
    err = good ? check_head(a, &head)
               : wrong(a, "damaged: the head of size", a->size);
    if (err == ATR_OK) {
        a->out->head = head;
    }
    return err;
}

static atr_err next_leaf(auditing *a, sqlite3_stmt *stmt)
{
    const atr_merkle tree = {a, get_stored, compare_stored};
    const atr_bytes digest = atr_db_bytes(stmt, 2);
    atr_trace_leaf leaf = {.kind = (uint8_t)atr_db_number(stmt, 1)};
    uint8_t hash[32];
    atr_err err;

    if (atr_db_number(stmt, 0) != a->size || digest.len != sizeof leaf.digest) {
        return wrong(a, "missing or damaged: leaf", a->size);
    }
    memcpy(leaf.digest, digest.data, digest.len);
    atr_trace_leaf_hash(hash, &leaf);
    if ((err = atr_merkle_append(&tree, a->size, hash)) != ATR_OK) {
        return err;
    }
    a->size++;
    return next_head(a);
}

static atr_err check_leaves(auditing *a)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err = atr_db_prepare(&stmt, &a->ledger->db,
                                 "SELECT number, kind, digest FROM leaves"
                                 " ORDER BY number");

    while (err == ATR_OK && (err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        err = next_leaf(a, stmt);
    }
    sqlite3_finalize(stmt);
    return err == ATR_OK && a->out->head.tree.size != a->size
               ? wrong(a, "not under a head: leaf", a->size - 1)
               : err;
}

/* Nothing beside what follows from the leaves. */
static atr_err check_counts(auditing *a)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    bool good = false;
    atr_err err = atr_db_prepare(&stmt, &a->ledger->db,
                                 "SELECT (SELECT count(*) FROM heads),"
                                 " (SELECT count(*) FROM hashes)");

    if (err == ATR_OK && (err = atr_db_step(stmt, &row)) == ATR_OK) {
        good = row && atr_db_number(stmt, 0) == a->heads &&
               atr_db_number(stmt, 1) == a->hashes;
    }
    sqlite3_finalize(stmt);
    return err != ATR_OK || good
               ? err
               : wrong(a, "more hashes or heads than belong to so many leaves:",
                       a->size);
}

/* Where the log has begun, every partial key is in it. */
static atr_err check_partials(auditing *a)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err = atr_db_prepare(&stmt, &a->ledger->db,
                                 "SELECT request, period, sealed"
                                 " FROM partials");

    while (err == ATR_OK && a->size > 0 &&
           (err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        const atr_bytes id = atr_db_bytes(stmt, 0);
        atr_trace_leaf leaf;
        uint64_t index;

        if (id.len != ATR_LEDGER_ID_BYTES) {
            err = wrong(a, "a damaged partial key, of period",
                        atr_db_number(stmt, 1));
            break;
        }
        leaf = atr_trace_issued(id.data, atr_db_number(stmt, 1),
                                atr_db_bytes(stmt, 2));
        err = atr_ledger_trace_find(&index, a->ledger, &leaf);
        if (err == ATR_ERR_STATE) {
            err = wrong(a, "a partial key without a leaf, of period",
                        atr_db_number(stmt, 1));
        }
    }
    sqlite3_finalize(stmt);
    return err;
}

static atr_err audit(auditing *a)
{
    atr_db *db = &a->ledger->db;
    atr_err err;

    if ((err = atr_db_prepare(&a->head, db,
                              "SELECT head FROM heads WHERE size = ?1")) !=
            ATR_OK ||
        (err = atr_db_prepare(&a->hash, db,
                              "SELECT hash FROM hashes WHERE level = ?1"
                              " AND place = ?2")) != ATR_OK ||
        (err = check_leaves(a)) != ATR_OK ||
        (err = check_counts(a)) != ATR_OK) {
        return err;
    }
    return check_partials(a);
}

atr_err atr_ledger_trace_audit(atr_trace_audit *out, atr_ledger *ledger,
                               const uint8_t vk[32])
{
    auditing a = {.out = out, .ledger = ledger, .vk = vk};
    atr_err err;

    *out = (atr_trace_audit){.wrong = NULL};
    err = atr_db_exec(&ledger->db, "BEGIN");
    if (err == ATR_OK) {
        err = audit(&a);
        sqlite3_finalize(a.head);
        sqlite3_finalize(a.hash);
        (void)!atr_db_exec(&ledger->db, "COMMIT");
    }
    if (err != ATR_OK && out->wrong == NULL) {
        out->wrong = "damaged";
        (void)atr_ledger_failed(ledger, err);
    }
    return err;
}
