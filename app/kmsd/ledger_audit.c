#include "app/kmsd/ledger_state.h"
#include "sym/hash.h"

#define AUDIT_DOMAIN "ATR1/KMS/audit"

static void hash_text(atr_hash *hash, const char *text)
{
    atr_hash_field(hash, (atr_bytes){(const uint8_t *)text, strlen(text)});
}

static void link_hash(uint8_t out[32], const uint8_t previous[32],
                      const atr_audit_entry *entry)
{
    atr_hash hash;

    atr_hash_init(&hash);
    hash_text(&hash, AUDIT_DOMAIN);
    atr_hash_field(&hash, (atr_bytes){previous, 32});
    atr_hash_u64(&hash, entry->seq);
    atr_hash_u64(&hash, entry->at);
    hash_text(&hash, entry->event);
    atr_hash_field(&hash, entry->id);
    hash_text(&hash, entry->attributes);
    atr_hash_final(&hash, out);
}

/* The last entry's number and hash, or zeros. */
static atr_err last_link(uint64_t *seq, uint8_t hash[32], atr_ledger *ledger)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    atr_err err =
        atr_db_prepare(&stmt, &ledger->db,
                       "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");

    *seq = 0;
    memset(hash, 0, 32);
    if (err == ATR_OK && (err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        atr_bytes bytes = atr_db_bytes(stmt, 1);

        *seq = atr_db_number(stmt, 0);
        if (bytes.len == 32) {
            memcpy(hash, bytes.data, 32);
        } else {
            err = ATR_ERR_AUTH;
        }
    }
    sqlite3_finalize(stmt);
    return err;
}

atr_err atr_ledger_log(atr_ledger *ledger, const char *event, uint64_t at,
                       atr_bytes id, const char *attributes)
{
    atr_audit_entry entry = {
        .at = at, .event = event, .id = id, .attributes = attributes};
    uint8_t previous[32];
    sqlite3_stmt *stmt = NULL;
    atr_err err;

    if ((err = last_link(&entry.seq, previous, ledger)) != ATR_OK) {
        return err;
    }
    entry.seq++;
    link_hash(entry.hash, previous, &entry);
    err = atr_db_prepare(&stmt, &ledger->db,
                         "INSERT INTO audit (seq, at, event, id, attributes,"
                         " hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (err != ATR_OK) {
        return err;
    }
    atr_db_bind_number(stmt, 1, entry.seq);
    atr_db_bind_number(stmt, 2, at);
    atr_db_bind_text(stmt, 3, event);
    atr_db_bind_bytes(stmt, 4, id);
    atr_db_bind_text(stmt, 5, attributes);
    atr_db_bind_bytes(stmt, 6, ATR_BYTES(entry.hash));
    err = atr_db_run(stmt);
    sqlite3_finalize(stmt);
    return err == ATR_ERR_STATE ? ATR_ERR_IO : err;
}

static void read_entry(atr_audit_entry *out, sqlite3_stmt *stmt)
{
    atr_bytes hash = atr_db_bytes(stmt, 5);

    memset(out, 0, sizeof *out);
    out->seq = atr_db_number(stmt, 0);
    out->at = atr_db_number(stmt, 1);
    out->event = atr_db_text(stmt, 2);
    out->id = atr_db_bytes(stmt, 3);
    out->attributes = atr_db_text(stmt, 4);
    if (hash.len == sizeof out->hash) {
        memcpy(out->hash, hash.data, hash.len);
    }
}

/* `head` is the hash of the entry before, and becomes that of this one. */
static atr_err check_entry(uint8_t head[32], uint64_t wanted,
                           const atr_audit_entry *entry)
{
    uint8_t hash[32];

    link_hash(hash, head, entry);
    if (entry->seq != wanted || memcmp(hash, entry->hash, 32) != 0) {
        return ATR_ERR_AUTH;
    }
    memcpy(head, hash, 32);
    return ATR_OK;
}

atr_err atr_ledger_audit(uint8_t head[32], uint64_t *broken, atr_ledger *ledger,
                         atr_audit_fn *each, void *context)
{
    sqlite3_stmt *stmt = NULL;
    uint64_t wanted = 0;
    bool row = false;
    atr_err err = atr_db_prepare(
        &stmt, &ledger->db,
        "SELECT seq, at, event, id, attributes, hash FROM audit ORDER BY seq");

    memset(head, 0, 32);
    *broken = 0;
    while (err == ATR_OK && (err = atr_db_step(stmt, &row)) == ATR_OK && row) {
        atr_audit_entry entry;

        read_entry(&entry, stmt);
        if ((err = check_entry(head, ++wanted, &entry)) != ATR_OK) {
            *broken = wanted;
        } else if (each) {
            err = each(context, &entry);
        }
    }
    if (err != ATR_OK && *broken == 0) {
        (void)atr_ledger_failed(ledger, err);
    }
    sqlite3_finalize(stmt);
    return err;
}
