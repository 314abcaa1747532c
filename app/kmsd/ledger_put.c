/* Statements: verified, added, and what they change. */
#include <stdio.h>

#include "app/kmsd/ledger_state.h"

/* ---- reading ---- */

static atr_err visit(atr_ledger *ledger, sqlite3_stmt *stmt,
                     atr_statement_fn *each, void *context)
{
    bool row = false;
    atr_err err;

    while ((err = atr_db_step(stmt, &row)) == ATR_OK && row &&
           (err = each(context, atr_db_number(stmt, 0),
                       atr_db_bytes(stmt, 1))) == ATR_OK) {
    }
    if (err != ATR_OK && !row) {
        (void)atr_ledger_failed(ledger, err);
    }
    sqlite3_finalize(stmt);
    return err;
}

atr_err atr_ledger_after(atr_ledger *ledger, uint64_t seq, size_t max,
                         atr_statement_fn *each, void *context)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_db_prepare(&stmt, &ledger->db,
                                 "SELECT seq, bytes FROM statements"
                                 " WHERE seq > ?1 ORDER BY seq LIMIT ?2");

    if (err != ATR_OK) {
        return atr_ledger_failed(ledger, err);
    }
    atr_db_bind_number(stmt, 1, seq < ATR_FOR_EVER ? seq : ATR_FOR_EVER);
    atr_db_bind_number(stmt, 2, max);
    return visit(ledger, stmt, each, context);
}

atr_err atr_ledger_about(atr_ledger *ledger, const uint8_t *id,
                         atr_statement_fn *each, void *context)
{
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_db_prepare(&stmt, &ledger->db,
                                 "SELECT seq, bytes FROM statements"
                                 " WHERE request = ?1 ORDER BY seq");

    if (err != ATR_OK) {
        return atr_ledger_failed(ledger, err);
    }
    atr_db_bind_bytes(stmt, 1,
                      (atr_bytes){id, id != NULL ? ATR_LEDGER_ID_BYTES : 0});
    return visit(ledger, stmt, each, context);
}

static atr_err take_generation(void *context, uint64_t seq, atr_bytes bytes)
{
    uint32_t *out = context;
    atr_statement s;

    (void)seq;
    if (atr_statement_read(&s, bytes) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    *out = s.generation > *out ? s.generation : *out;
    return ATR_OK;
}

atr_err atr_ledger_generation(uint32_t *out, atr_ledger *ledger)
{
    *out = 0;
    return atr_ledger_about(ledger, NULL, take_generation, out);
}

/* ---- what the statements say of a request ---- */

static atr_err take_statement(void *context, uint64_t seq, atr_bytes bytes)
{
    atr_standing *standing = context;
    atr_statement s;

    (void)seq;
    if (atr_statement_read(&s, bytes) != ATR_OK) {
        return ATR_ERR_AUTH; /* it was read when it was put */
    }
    atr_standing_add(standing, &s);
    return ATR_OK;
}

static atr_err find_standing(atr_standing *out, atr_ledger *ledger,
                             const uint8_t *id)
{
    atr_standing_init(out, id);
    return atr_ledger_about(ledger, id, take_statement, out);
}

typedef struct {
    bool known;
    atr_grant_state state;
    uint64_t expires_at;
    char attributes[ATR_ATTRS_TEXT_MAX];
} present;

static atr_err take_present(void *context, const atr_grant *grant)
{
    present *out = context;

    out->known = true;
    out->state = grant->state;
    out->expires_at = grant->expires_at;
    snprintf(out->attributes, sizeof out->attributes, "%s", grant->attributes);
    return ATR_OK;
}

/* As it stands now, also when it stands nowhere. */
static atr_err find_present(present *out, atr_ledger *ledger, const uint8_t *id)
{
    atr_err err;

    memset(out, 0, sizeof *out);
    err = atr_ledger_find(ledger, id, take_present, out);
    return err == ATR_ERR_STATE ? ATR_OK : err;
}

static bool is_granted(atr_grant_state state)
{
    return state == ATR_GRANT_APPROVED || state == ATR_GRANT_ISSUED;
}

/* A grant of before there were statements stands until one speaks against it;
 * issued is more than approved. */
static atr_grant_state next_state(const present *was, atr_grant_state rule)
{
    bool keeps =
        is_granted(was->state) &&
        (rule == ATR_GRANT_WAITING ||
         (rule == ATR_GRANT_APPROVED && was->state == ATR_GRANT_ISSUED));

    return keeps ? was->state : rule;
}

static atr_err write_state(atr_ledger *ledger, const atr_standing *standing,
                           const present *was, uint64_t now)
{
    const atr_registrars *registrars = ledger->rules.registrars;
    atr_grant_state state = next_state(
        was, atr_standing_state(standing, registrars, was->expires_at, now));
    uint64_t until = atr_standing_until(standing, registrars);
    sqlite3_stmt *stmt = NULL;
    char reason[ATR_STATEMENT_TEXT_BYTES_MAX + 1];
    atr_err err = atr_db_prepare(
        &stmt, &ledger->db,
        "UPDATE requests SET state = ?2, approvals = ?3, expires_at = ?4,"
        " reason = ?5, decided_at = iif(state = ?2, decided_at, ?6)"
        " WHERE id = ?1");

    if (err != ATR_OK) {
        return err;
    }
    snprintf(reason, sizeof reason, "%.*s", (int)standing->reason_len,
             (const char *)standing->reason);
    atr_db_bind_bytes(stmt, 1, ATR_BYTES(standing->id));
    atr_db_bind_number(stmt, 2, state);
    atr_db_bind_number(stmt, 3, atr_standing_approvals(standing, now));
    atr_db_bind_number(stmt, 4,
                       until == 0              ? was->expires_at
                       : until == ATR_FOR_EVER ? 0
                                               : until);
    atr_db_bind_text(stmt, 5, reason);
    atr_db_bind_number(stmt, 6, now);
    return atr_ledger_change_one(ledger, stmt);
}

/* ---- adding one ---- */

static atr_err insert_statement(atr_ledger *ledger, const atr_statement *s,
                                atr_bytes bytes)
{
    bool is_about = s->kind != ATR_STATEMENT_GENERATION;
    sqlite3_stmt *stmt = NULL;
    uint8_t id[32];
    atr_err err = atr_db_prepare(&stmt, &ledger->db,
                                 "INSERT INTO statements (id, request, bytes)"
                                 " VALUES (?1, ?2, ?3)");

    if (err != ATR_OK) {
        return err;
    }
    atr_statement_id(id, s);
    atr_db_bind_bytes(stmt, 1, ATR_BYTES(id));
    atr_db_bind_bytes(stmt, 2, (atr_bytes){s->id, is_about ? sizeof s->id : 0});
    atr_db_bind_bytes(stmt, 3, bytes);
    return atr_ledger_change_one(ledger, stmt);
}

static atr_err insert_request(atr_ledger *ledger, const atr_statement *s,
                              const char *attributes, uint64_t now)
{
    uint64_t counts[ATR_GRANT_STATES];
    char note[ATR_STATEMENT_TEXT_BYTES_MAX + 1];
    sqlite3_stmt *stmt = NULL;
    atr_err err = atr_ledger_count(counts, ledger);

    if (err != ATR_OK) {
        return err;
    }
    if (counts[ATR_GRANT_WAITING] >= ledger->rules.waiting_max) {
        return ATR_ERR_LIMIT;
    }
    err = atr_db_prepare(&stmt, &ledger->db,
                         "INSERT INTO requests (id, at, request, attributes,"
                         " note, expires_at) VALUES (?1, ?2, ?3, ?4, ?5,"
                         " ?6)");
    if (err != ATR_OK) {
        return err;
    }
    snprintf(note, sizeof note, "%.*s", (int)s->text.len,
             s->text.len > 0 ? (const char *)s->text.data : "");
    atr_db_bind_bytes(stmt, 1, ATR_BYTES(s->id));
    atr_db_bind_number(stmt, 2, s->at);
    atr_db_bind_bytes(stmt, 3, s->request);
    atr_db_bind_text(stmt, 4, attributes);
    atr_db_bind_text(stmt, 5, note);
    atr_db_bind_number(stmt, 6, now + ledger->rules.wait_ms);
    return atr_ledger_change_one(ledger, stmt);
}

/* Whether `s` says anything that the ledger does not say already. */
static atr_err is_news(bool *out, atr_standing *standing, atr_ledger *ledger,
                       const atr_statement *s, const present *was)
{
    atr_standing before;
    uint32_t generation;
    atr_err err;

    *out = false;
    if (s->kind == ATR_STATEMENT_GENERATION) {
        err = atr_ledger_generation(&generation, ledger);
        *out = err == ATR_OK && s->generation > generation;
        return *out && s->generation - generation > 1 ? ATR_ERR_STATE : err;
    }
    if ((err = find_standing(standing, ledger, s->id)) == ATR_OK) {
        memcpy(&before, standing, sizeof before);
        atr_standing_add(standing, s);
        *out = s->kind == ATR_STATEMENT_REQUEST
                   ? !was->known
                   : memcmp(&before, standing, sizeof before) != 0;
    }
    return err;
}

static const char *event_of(uint8_t kind)
{
    static const char *const events[] = {"",       "requested", "approved",
                                         "denied", "withdrawn", "revoked"};

    return events[kind];
}

/* Within the transaction. */
static atr_err add(atr_ledger *ledger, const atr_statement *s, atr_bytes bytes,
                   present *was, uint64_t now)
{
    bool is_request = s->kind == ATR_STATEMENT_REQUEST;
    bool is_about = s->kind != ATR_STATEMENT_GENERATION;
    char attributes[ATR_ATTRS_TEXT_MAX];
    atr_standing standing;
    bool news = false;
    atr_err err;

    memcpy(attributes, was->attributes, sizeof attributes);
    if ((err = find_present(was, ledger, s->id)) != ATR_OK ||
        (err = is_news(&news, &standing, ledger, s, was)) != ATR_OK || !news) {
        return err;
    }
    if (is_request &&
        ((err = insert_request(ledger, s, attributes, now)) != ATR_OK ||
         (err = find_present(was, ledger, s->id)) != ATR_OK)) {
        return err;
    }
    if ((err = insert_statement(ledger, s, bytes)) != ATR_OK ||
        (err = atr_ledger_log(ledger, event_of(s->kind), now,
                              (atr_bytes){s->id, is_about ? 32 : 0},
                              was->attributes)) != ATR_OK) {
        return err;
    }
    return was->known ? write_state(ledger, &standing, was, now) : ATR_OK;
}

/* What can be asked for here, as canonical text. */
static atr_err read_attributes(char text[ATR_ATTRS_TEXT_MAX],
                               const atr_ledger *ledger, const atr_statement *s)
{
    atr_enrol_request request;
    atr_fault fault;

    if (atr_enrol_request_read(&request, s->request) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    return atr_offer_admits(text, &ledger->rules.offer, &request, &fault) ==
                   ATR_OK
               ? ATR_OK
               : ATR_ERR_POLICY;
}

/* Whether these very bytes were put before: verified then, and no news. */
static atr_err is_here(bool *out, atr_ledger *ledger, const atr_statement *s,
                       atr_bytes bytes)
{
    sqlite3_stmt *stmt = NULL;
    uint8_t id[32];
    atr_err err = atr_db_prepare(&stmt, &ledger->db,
                                 "SELECT 1 FROM statements"
                                 " WHERE id = ?1 AND bytes = ?2");

    *out = false;
    if (err == ATR_OK) {
        atr_statement_id(id, s);
        atr_db_bind_bytes(stmt, 1, ATR_BYTES(id));
        atr_db_bind_bytes(stmt, 2, bytes);
        err = atr_db_step(stmt, out);
    }
    if (err != ATR_OK) {
        (void)atr_ledger_failed(ledger, err);
    }
    sqlite3_finalize(stmt);
    return err;
}

atr_err atr_ledger_put(atr_ledger *ledger, atr_bytes statement, uint64_t now)
{
    const atr_ledger_rules *rules = &ledger->rules;
    present was = {0};
    atr_statement s;
    bool here;
    atr_err err;

    if ((err = atr_statement_read(&s, statement)) != ATR_OK ||
        (err = is_here(&here, ledger, &s, statement)) != ATR_OK || here) {
        return err;
    }
    if ((err = atr_statement_verify(&s, rules->hm, rules->registrars)) !=
            ATR_OK ||
        (s.kind == ATR_STATEMENT_REQUEST &&
         (err = read_attributes(was.attributes, ledger, &s)) != ATR_OK) ||
        (err = atr_ledger_begin(ledger)) != ATR_OK) {
        return err;
    }
    return atr_ledger_finish(ledger, add(ledger, &s, statement, &was, now));
}
