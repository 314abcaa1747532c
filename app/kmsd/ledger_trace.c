/* The Merkle log in the ledger: appending, and reading. */
#include "app/kmsd/ledger_state.h"

/* ---- where the hashes lie ---- */

static atr_err get_hash(void *context, uint8_t hash[32], unsigned level,
                        uint64_t index)
{
    sqlite3_stmt *stmt = ((atr_ledger_tree *)context)->get;
    bool row = false;
    atr_bytes found = {NULL, 0};
    atr_err err;

    memset(hash, 0, 32);
    atr_db_bind_number(stmt, 1, level);
    atr_db_bind_number(stmt, 2, index);
    if ((err = atr_db_step(stmt, &row)) == ATR_OK) {
        found = row ? atr_db_bytes(stmt, 0) : found;
        err = found.len == 32 ? ATR_OK : ATR_ERR_AUTH; /* it must be there */
    }
    if (err == ATR_OK) {
        memcpy(hash, found.data, 32);
    }
    atr_db_reset(stmt);
    return err;
}

static atr_err put_hash(void *context, unsigned level, uint64_t index,
                        const uint8_t hash[32])
{
    sqlite3_stmt *stmt = ((atr_ledger_tree *)context)->put;

    atr_db_bind_number(stmt, 1, level);
    atr_db_bind_number(stmt, 2, index);
    atr_db_bind_bytes(stmt, 3, (atr_bytes){hash, 32});
    return atr_db_run(stmt);
}

static atr_err prepare_get(atr_ledger_tree *out, atr_ledger *ledger)
{
    *out = (atr_ledger_tree){.ledger = ledger};
    return atr_db_prepare(
        &out->get, &ledger->db,
        "SELECT hash FROM hashes WHERE level = ?1 AND place = ?2");
}

/* One number of one row. */
static atr_err ask_number(uint64_t *out, atr_ledger *ledger, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err = atr_db_prepare(&stmt, &ledger->db, sql);

    *out = 0;
    if (err == ATR_OK && (err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        *out = atr_db_number(stmt, 0);
    }
    sqlite3_finalize(stmt);
    return err;
}

/* ---- within a transaction ---- */

atr_err atr_ledger_tree_open(atr_ledger_tree *out, atr_ledger *ledger)
{
    atr_err err;

    if ((err = prepare_get(out, ledger)) != ATR_OK ||
        (err = atr_db_prepare(&out->put, &ledger->db,
                              "INSERT INTO hashes (level, place, hash)"
                              " VALUES (?1, ?2, ?3)")) != ATR_OK ||
        (err = atr_db_prepare(&out->add, &ledger->db,
                              "INSERT INTO leaves (number, kind, digest)"
                              " VALUES (?1, ?2, ?3)")) != ATR_OK ||
        (err = ask_number(&out->was, ledger,
                          "SELECT coalesce(max(number) + 1, 0)"
                          " FROM leaves")) != ATR_OK) {
        return err;
    }
    out->size = out->was;
    return ATR_OK;
}

void atr_ledger_tree_close(atr_ledger_tree *tree)
{
    sqlite3_finalize(tree->get);
    sqlite3_finalize(tree->put);
    sqlite3_finalize(tree->add);
    *tree = (atr_ledger_tree){0};
}

atr_err atr_ledger_tree_add(atr_ledger_tree *tree, const atr_trace_leaf *leaf)
{
    const atr_merkle merkle = {tree, get_hash, put_hash};
    uint8_t hash[32];
    atr_err err;

    atr_trace_leaf_hash(hash, leaf);
    atr_db_bind_number(tree->add, 1, tree->size);
    atr_db_bind_number(tree->add, 2, leaf->kind);
    atr_db_bind_bytes(tree->add, 3, ATR_BYTES(leaf->digest));
    if ((err = atr_db_run(tree->add)) == ATR_OK &&
        (err = atr_merkle_append(&merkle, tree->size, hash)) == ATR_OK) {
        tree->size++;
    }
    /* A place that is taken: the tables do not fit to one another. */
    return err == ATR_ERR_STATE ? ATR_ERR_AUTH : err;
}

static atr_err insert_head(atr_ledger *ledger, const atr_trace_head *head)
{
    uint8_t bytes[ATR_TRACE_HEAD_BYTES];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_db_prepare(
        &stmt, &ledger->db, "INSERT INTO heads (size, head) VALUES (?1, ?2)");

    if (err != ATR_OK) {
        return err;
    }
    atr_trace_head_build(&b, head);
    atr_db_bind_number(stmt, 1, head->tree.size);
    atr_db_bind_bytes(stmt, 2, ATR_BYTES(bytes));
    err = atr_ledger_change_one(ledger, stmt);
    return err == ATR_ERR_STATE ? ATR_ERR_AUTH : err;
}

atr_err atr_ledger_tree_sign(atr_ledger_tree *tree, const atr_trace_signer *by,
                             uint64_t now)
{
    const atr_merkle merkle = {tree, get_hash, put_hash};
    atr_trace_head last;
    atr_trace_head head = {.node = by->node, .tree = {.size = tree->size}};
    atr_err err;

    if (tree->size == tree->was) {
        return ATR_OK;
    }
    err = atr_ledger_trace_head(&last, tree->ledger);
    if ((err != ATR_OK && err != ATR_ERR_STATE) ||
        (err = atr_merkle_root(head.tree.root, &merkle, tree->size)) !=
            ATR_OK) {
        return err;
    }
    memcpy(head.hm, by->hm, sizeof head.hm);
    head.at = now > last.at ? now : last.at; /* a clock may be set back */
    atr_trace_sign(&head, by->secret);
    return insert_head(tree->ledger, &head);
}

/* ---- beginning ---- */

static atr_err add_when_new(atr_ledger_tree *tree, const atr_trace_leaf *leaf)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    bool is_new = true;
    atr_err err = atr_db_prepare(&stmt, &tree->ledger->db,
                                 "SELECT digest FROM leaves WHERE kind = ?1"
                                 " AND kind < 3 ORDER BY number DESC LIMIT 1");

    if (err == ATR_OK) {
        atr_db_bind_number(stmt, 1, leaf->kind);
        err = atr_db_step(stmt, &row);
    }
    if (err == ATR_OK && row) {
        is_new =
            !atr_bytes_equal(atr_db_bytes(stmt, 0), ATR_BYTES(leaf->digest));
    }
    sqlite3_finalize(stmt);
    return err == ATR_OK && is_new ? atr_ledger_tree_add(tree, leaf) : err;
}

/* Partial keys of before there was a log. */
static atr_err add_partials(atr_ledger_tree *tree)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err = atr_db_prepare(&stmt, &tree->ledger->db,
                                 "SELECT request, period, sealed FROM partials"
                                 " ORDER BY at, request, period, generation,"
                                 " share");

    while (err == ATR_OK && (err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        const atr_bytes id = atr_db_bytes(stmt, 0);
        atr_trace_leaf leaf;

        if (id.len != ATR_LEDGER_ID_BYTES) {
            err = ATR_ERR_AUTH;
        } else {
            leaf = atr_trace_issued(id.data, atr_db_number(stmt, 1),
                                    atr_db_bytes(stmt, 2));
            err = atr_ledger_tree_add(tree, &leaf);
        }
    }
    sqlite3_finalize(stmt);
    return err;
}

/* Within the transaction. */
static atr_err begin(atr_ledger *ledger, const atr_trace_signer *by,
                     const atr_trace_subject *subject, uint64_t now)
{
    const atr_trace_leaf parameters =
        atr_trace_of(ATR_TRACE_PARAMETERS, subject->parameters);
    const atr_trace_leaf universe =
        atr_trace_of(ATR_TRACE_UNIVERSE, subject->universe);
    atr_ledger_tree tree;
    atr_err err = atr_ledger_tree_open(&tree, ledger);

    if (err == ATR_OK && (err = add_when_new(&tree, &parameters)) == ATR_OK &&
        (err = add_when_new(&tree, &universe)) == ATR_OK &&
        (tree.was > 0 || (err = add_partials(&tree)) == ATR_OK)) {
        err = atr_ledger_tree_sign(&tree, by, now);
    }
    atr_ledger_tree_close(&tree);
    return err;
}

atr_err atr_ledger_trace_begin(atr_ledger *ledger, const atr_trace_signer *by,
                               const atr_trace_subject *subject, uint64_t now)
{
    atr_err err = atr_ledger_begin(ledger);

    return err == ATR_OK
               ? atr_ledger_finish(ledger, begin(ledger, by, subject, now))
               : err;
}

/* ---- reading ---- */

static atr_err failed(atr_ledger *ledger, atr_err err)
{
    return err == ATR_OK ? ATR_OK : atr_ledger_failed(ledger, err);
}

atr_err atr_ledger_trace_head(atr_trace_head *out, atr_ledger *ledger)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err =
        atr_db_prepare(&stmt, &ledger->db,
                       "SELECT head FROM heads ORDER BY size DESC LIMIT 1");

    memset(out, 0, sizeof *out);
    if (err == ATR_OK) {
        err = atr_db_step(stmt, &row);
    }
    if (err == ATR_OK && row &&
        atr_trace_head_read(out, atr_db_bytes(stmt, 0)) != ATR_OK) {
        err = ATR_ERR_AUTH;
    }
    sqlite3_finalize(stmt);
    return err == ATR_OK && !row ? ATR_ERR_STATE : failed(ledger, err);
}

atr_err atr_ledger_trace_find(uint64_t *index, atr_ledger *ledger,
                              const atr_trace_leaf *leaf)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err = atr_db_prepare(&stmt, &ledger->db,
                                 "SELECT number FROM leaves WHERE digest = ?1"
                                 " AND kind = ?2 ORDER BY number DESC LIMIT 1");

    *index = 0;
    if (err == ATR_OK) {
        atr_db_bind_bytes(stmt, 1, ATR_BYTES(leaf->digest));
        atr_db_bind_number(stmt, 2, leaf->kind);
        err = atr_db_step(stmt, &row);
    }
    if (err == ATR_OK && row) {
        *index = atr_db_number(stmt, 0);
    }
    sqlite3_finalize(stmt);
    return err == ATR_OK && !row ? ATR_ERR_STATE : failed(ledger, err);
}

atr_err atr_ledger_trace_include(atr_merkle_proof *out, atr_ledger *ledger,
                                 uint64_t index, uint64_t size)
{
    atr_ledger_tree tree;
    const atr_merkle merkle = {&tree, get_hash, put_hash};
    atr_err err = prepare_get(&tree, ledger);

    memset(out, 0, sizeof *out);
    if (err == ATR_OK) {
        err = atr_merkle_include(out, &merkle, index, size);
    }
    atr_ledger_tree_close(&tree);
    return failed(ledger, err);
}

atr_err atr_ledger_trace_extend(atr_merkle_proof *out, atr_ledger *ledger,
                                uint64_t from, uint64_t size)
{
    atr_ledger_tree tree;
    const atr_merkle merkle = {&tree, get_hash, put_hash};
    atr_err err = prepare_get(&tree, ledger);

    memset(out, 0, sizeof *out);
    if (err == ATR_OK) {
        err = atr_merkle_extend(out, &merkle, from, size);
    }
    atr_ledger_tree_close(&tree);
    return failed(ledger, err);
}

static atr_err read_leaf(atr_trace_leaf *out, sqlite3_stmt *stmt)
{
    const atr_bytes digest = atr_db_bytes(stmt, 1);

    out->kind = (uint8_t)atr_db_number(stmt, 0);
    if (digest.len != sizeof out->digest) {
        return ATR_ERR_AUTH;
    }
    memcpy(out->digest, digest.data, digest.len);
    return ATR_OK;
}

atr_err atr_ledger_trace_leaves(atr_ledger *ledger, uint64_t from, size_t max,
                                atr_leaf_fn *each, void *context)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err = atr_db_prepare(&stmt, &ledger->db,
                                 "SELECT kind, digest FROM leaves"
                                 " WHERE number >= ?1 ORDER BY number LIMIT "
                                 "?2");

    if (err == ATR_OK) {
        atr_db_bind_number(stmt, 1, from < INT64_MAX ? from : INT64_MAX);
        atr_db_bind_number(stmt, 2, max);
    }
    while (err == ATR_OK && (err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        atr_trace_leaf leaf;

        if ((err = read_leaf(&leaf, stmt)) == ATR_OK) {
            err = each(context, &leaf);
        }
    }
    sqlite3_finalize(stmt);
    return failed(ledger, err);
}
