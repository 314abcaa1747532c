/* The authority's parts: which attributes it gives, its ledger, its node. */
#include "kit/ibe.h"
#include "kit/register.h"

#include <unistd.h>

#include "app/kmsd/ledger.h"
#include "app/kmsd/node.h"
#include "app/kmsd/posting.h"
#include "app/kmsd/universe.h"

/* --- the universe ------------------------------------------------------------
 */

static void universe_is_checked(void **state)
{
    static const char *const good[] = {"",
                                       "ONE",
                                       "ONE, TWO\nTHREE\tFOUR",
                                       "year= age#8=",
                                       "# only this",
                                       "a:b.c/d@e-f_g",
                                       "ONE # and TWO\n,,, THREE"};
    static const char *const bad[] = {
        "and",     "ONE OR TWO", "1st",         "=",     "year=5",
        "year=,=", "age#x=",     "caf\xc3\xa9", "a\x1b", "x=y="};
    atr_fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(atr_universe_check(bytes_of(good[i]), &fault), ATR_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(atr_universe_check(bytes_of(bad[i]), &fault),
                         ATR_ERR_INPUT);
    }
    assert_int_equal(atr_universe_check(bytes_of("A\nB\n(C"), &fault),
                     ATR_ERR_INPUT);
    assert_non_null(strstr(fault.text, "line 3"));
}

static void universe_admits(void **state)
{
    static const struct {
        const char *universe;
        const char *attrs;
        atr_err want;
    } cases[] = {
        {"", "ANY, thing=7", ATR_OK},
        {"# nothing said\n", "ANY", ATR_OK},
        {"ONE TWO", "ONE", ATR_OK},
        {"ONE TWO", "TWO, ONE", ATR_OK},
        {"ONE TWO", "THREE", ATR_ERR_INPUT},
        {"ONE TWO", "ONE, THREE", ATR_ERR_INPUT},
        {"ONE TWO", "on", ATR_ERR_INPUT},
        {"year=", "year=5", ATR_OK},
        {"year=", "year", ATR_ERR_INPUT},
        {"year", "year=5", ATR_ERR_INPUT},
        {"year=", "year#8=5", ATR_ERR_INPUT},
        {"year#8=", "year#8=5", ATR_OK},
        {"year#8=", "year=5", ATR_ERR_INPUT},
        {"# ONE\nTWO", "ONE", ATR_ERR_INPUT},
    };
    char text[ATR_ATTRS_TEXT_MAX];
    atr_attrs attrs;
    atr_fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        attrs_of(&attrs, cases[i].attrs);
        assert_int_equal(atr_universe_admits(text, bytes_of(cases[i].universe),
                                             &attrs, &fault),
                         cases[i].want);
        assert_int_equal(text[0] != 0, cases[i].want == ATR_OK);
    }
}

/* A number without all of its prefixes, which only bytes can make. */
static void universe_wants_whole_numbers(void **state)
{
    char text[ATR_ATTRS_TEXT_MAX];
    atr_attrs attrs;
    atr_attrs part = {0};
    atr_fault fault;

    (void)state;
    attrs_of(&attrs, "year=5");
    for (size_t i = 0; i < attrs.count; i++) {
        part = attrs;
        memmove(&part.attr[i], &part.attr[i + 1],
                (attrs.count - i - 1) * sizeof part.attr[0]);
        part.count--;
        memset(&part.attr[part.count], 0, sizeof part.attr[0]);
        assert_int_equal(atr_universe_admits(text, bytes_of(""), &part, &fault),
                         ATR_ERR_INPUT);
    }
}

/* --- the ledger
 * ----------------------------------------------------------------- */

static char folder[] = "/tmp/attrium-kmsd-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* One registrar is enough, unless a test says otherwise. */
static register_world *w;

static atr_ledger *open_with(const char *name, uint64_t waiting_max,
                             const char *universe)
{
    atr_ledger *ledger = NULL;
    atr_ledger_rules rules = {.hm = w->hm,
                              .registrars = &w->registrars,
                              .offer = {bytes_of(universe), true},
                              .waiting_max = waiting_max,
                              .wait_ms = 1000};
    atr_fault fault;

    assert_int_equal(atr_ledger_open(&ledger, in_folder(name), &fault), ATR_OK);
    atr_ledger_set_rules(ledger, &rules);
    return ledger;
}

static atr_ledger *open_ledger(const char *name)
{
    w = register_start(1, 1);
    return open_with(name, 99, "");
}

static atr_err put(atr_ledger *ledger, const atr_statement *s, uint64_t now)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_statement_build(&b, s);
    return atr_ledger_put(ledger, atr_builder_bytes(&b), now);
}

/* Request number `n`, of which everything that follows speaks. */
static const uint8_t *request(uint8_t n)
{
    register_request(w, "ONE", n);
    return w->id;
}

static atr_err say(atr_ledger *ledger, atr_statement_kind kind, uint8_t signer,
                   uint8_t n, uint64_t now)
{
    atr_statement s;

    (void)request(n);
    s = register_say(w, kind, signer, now);
    return put(ledger, &s, now);
}

static atr_err ask(atr_ledger *ledger, uint8_t n, uint64_t now)
{
    return say(ledger, ATR_STATEMENT_REQUEST, 0, n, now);
}

static atr_err approve(atr_ledger *ledger, uint8_t n, uint64_t now)
{
    return say(ledger, ATR_STATEMENT_APPROVE, 1, n, now);
}

static const uint8_t log_seed[32] = {7};

/* This node, whatever the authority of the test. */
static const atr_trace_signer *signer(void)
{
    static uint8_t vk[32];
    static uint8_t sk[64];
    static atr_trace_signer by;

    atr_ed25519_keypair(vk, sk, log_seed);
    by = (atr_trace_signer){w->hm, sk, 1};
    return &by;
}

/* Keeps `text` as the partial key of a request. */
static atr_err keep(atr_ledger *ledger, uint8_t n, uint32_t period,
                    const char *text, uint64_t now)
{
    atr_ledger_partial item = {.term = {.period = period},
                               .sealed = bytes_of(text)};
    atr_err err;

    memcpy(item.id, request(n), sizeof item.id);
    err = atr_ledger_keep(ledger, &item, 1, signer(), now);
    return err == ATR_OK ? item.err : err;
}

typedef struct {
    atr_grant_state state;
    uint8_t approvals;
    uint64_t expires_at;
    char reason[32];
} seen_grant;

static atr_err take(void *context, const atr_grant *grant)
{
    seen_grant *out = context;

    out->state = grant->state;
    out->approvals = grant->approvals;
    out->expires_at = grant->expires_at;
    snprintf(out->reason, sizeof out->reason, "%s", grant->reason);
    return ATR_OK;
}

static seen_grant look_id(atr_ledger *ledger, const uint8_t *id)
{
    seen_grant out = {0};

    assert_int_equal(atr_ledger_find(ledger, id, take, &out), ATR_OK);
    return out;
}

static seen_grant look(atr_ledger *ledger, uint8_t n)
{
    return look_id(ledger, request(n));
}

static atr_err take_sealed(void *context, atr_bytes sealed)
{
    snprintf(context, 32, "%.*s", (int)sealed.len, (const char *)sealed.data);
    return ATR_OK;
}

/* What is kept, or "". */
static const char *sealed(atr_ledger *ledger, const uint8_t *id,
                          uint32_t period)
{
    static char text[32];
    const atr_term term = {.period = period};
    atr_err err;

    text[0] = 0;
    err = atr_ledger_issued(ledger, id, &term, take_sealed, text);
    assert_int_equal(err, text[0] ? ATR_OK : ATR_ERR_STATE);
    return text;
}

static size_t count_of(atr_ledger *ledger, atr_grant_state state)
{
    uint64_t counts[ATR_GRANT_STATES];

    assert_int_equal(atr_ledger_count(counts, ledger), ATR_OK);
    return counts[state];
}

typedef struct {
    const char *event;
    size_t count;
} wanted_event;

static atr_err count_event(void *context, const atr_audit_entry *entry)
{
    wanted_event *want = context;

    want->count += strcmp(entry->event, want->event) == 0;
    return ATR_OK;
}

static size_t logged(atr_ledger *ledger, const char *event)
{
    wanted_event want = {event, 0};
    uint8_t head[32];
    uint64_t broken;

    assert_int_equal(
        atr_ledger_audit(head, &broken, ledger, count_event, &want), ATR_OK);
    return want.count;
}

static void ledger_states(void **state)
{
    atr_ledger *ledger;
    seen_grant none;

    (void)state;
    w = register_start(1, 1);
    ledger = open_with("states", 2, "");
    assert_int_equal(ask(ledger, 1, 10), ATR_OK);
    assert_int_equal(ask(ledger, 1, 11), ATR_OK); /* the same */
    assert_int_equal(ask(ledger, 2, 10), ATR_OK);
    assert_int_equal(ask(ledger, 3, 10), ATR_ERR_LIMIT);
    assert_int_equal(ask(ledger, 2, 10), ATR_OK); /* the same, although full */
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_WAITING);
    assert_int_equal(atr_ledger_find(ledger, request(3), take, &none),
                     ATR_ERR_STATE);
    assert_int_equal(logged(ledger, "requested"), 2);

    assert_int_equal(keep(ledger, 1, 0, "early", 20), ATR_ERR_STATE);
    assert_string_equal(sealed(ledger, request(1), 0), "");
    assert_int_equal(approve(ledger, 1, 20), ATR_OK);
    assert_int_equal(approve(ledger, 1, 21), ATR_OK); /* nothing new */
    assert_int_equal(logged(ledger, "approved"), 1);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_APPROVED);
    assert_int_equal(keep(ledger, 1, 0, "first", 22), ATR_OK);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_ISSUED);
    assert_int_equal(keep(ledger, 1, 0, "second", 23), ATR_OK);
    assert_string_equal(sealed(ledger, request(1), 0), "first");
    assert_int_equal(logged(ledger, "issued"), 1);
    assert_int_equal(keep(ledger, 1, 7, "of period 7", 24), ATR_OK);
    assert_string_equal(sealed(ledger, request(1), 0), "first");
    assert_string_equal(sealed(ledger, request(1), 7), "of period 7");
    assert_int_equal(logged(ledger, "issued"), 2);

    assert_int_equal(say(ledger, ATR_STATEMENT_DENY, 1, 2, 30), ATR_OK);
    assert_string_equal(look(ledger, 2).reason, "no");
    assert_int_equal(approve(ledger, 2, 31), ATR_OK); /* too late */
    assert_int_equal(look(ledger, 2).state, ATR_GRANT_DENIED);
    assert_int_equal(keep(ledger, 2, 0, "denied", 32), ATR_ERR_STATE);
    assert_int_equal(say(ledger, ATR_STATEMENT_WITHDRAW, 1, 1, 33), ATR_OK);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_WITHDRAWN);
    assert_int_equal(keep(ledger, 1, 8, "withdrawn", 34), ATR_ERR_STATE);
    assert_int_equal(count_of(ledger, ATR_GRANT_WAITING), 0);
    assert_int_equal(count_of(ledger, ATR_GRANT_DENIED), 1);
    assert_int_equal(count_of(ledger, ATR_GRANT_WITHDRAWN), 1);
    atr_ledger_close(ledger);
}

/* Two of three; nothing is kept of what says nothing new. */
static void ledger_counts_approvals(void **state)
{
    atr_ledger *ledger;

    (void)state;
    w = register_start(3, 2);
    ledger = open_with("approvals", 9, "");
    assert_int_equal(ask(ledger, 1, 10), ATR_OK);
    for (uint64_t now = 20; now < 25; now++) {
        assert_int_equal(say(ledger, ATR_STATEMENT_APPROVE, 2, 1, now), ATR_OK);
        assert_int_equal(look(ledger, 1).state, ATR_GRANT_WAITING);
        assert_int_equal(look(ledger, 1).approvals, 1);
    }
    assert_int_equal(logged(ledger, "approved"), 1);
    assert_int_equal(say(ledger, ATR_STATEMENT_APPROVE, 3, 1, 30), ATR_OK);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_APPROVED);
    assert_int_equal(look(ledger, 1).approvals, 2);
    assert_int_equal(look(ledger, 1).expires_at, 0);
    atr_ledger_close(ledger);
}

/* A node may hear of an approval before it hears of the request. */
static void ledger_takes_any_order(void **state)
{
    atr_ledger *ledger = open_ledger("order");

    (void)state;
    assert_int_equal(approve(ledger, 1, 10), ATR_OK);
    assert_int_equal(say(ledger, ATR_STATEMENT_WITHDRAW, 1, 2, 10), ATR_OK);
    assert_int_equal(ask(ledger, 1, 20), ATR_OK);
    assert_int_equal(ask(ledger, 2, 20), ATR_OK);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_APPROVED);
    assert_int_equal(look(ledger, 2).state, ATR_GRANT_WITHDRAWN);
    atr_ledger_close(ledger);
}

static void ledger_refuses(void **state)
{
    atr_ledger *ledger;
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_statement s;
    atr_builder b;

    (void)state;
    w = register_start(1, 1);
    ledger = open_with("refuses", 9, "TWO");
    assert_int_equal(ask(ledger, 1, 10), ATR_ERR_POLICY);
    register_request(w, "TWO", 1);
    s = register_say(w, ATR_STATEMENT_APPROVE, 1, 10);
    b = atr_builder_of(bytes, sizeof bytes);
    atr_statement_build(&b, &s);
    assert_int_equal(atr_ledger_put(ledger, (atr_bytes){bytes, b.len - 1}, 9),
                     ATR_ERR_INPUT);
    s.sig[9] ^= 1;
    assert_int_equal(put(ledger, &s, 10), ATR_ERR_AUTH);
    s = register_unsigned(w, ATR_STATEMENT_REQUEST, 10);
    s.hm[3] ^= 1;
    assert_int_equal(put(ledger, &s, 10), ATR_ERR_AUTH);
    for (size_t i = 0; i < ATR_GRANT_STATES; i++) {
        assert_int_equal(count_of(ledger, (atr_grant_state)i), 0);
    }
    assert_int_equal(logged(ledger, "requested") + logged(ledger, "approved"),
                     0);
    atr_ledger_close(ledger);
}

typedef struct {
    atr_ledger *to;
    uint64_t seq;
    size_t count;
} copying;

static atr_err copy_one(void *context, uint64_t seq, atr_bytes statement)
{
    copying *c = context;

    assert_true(seq > c->seq);
    c->seq = seq;
    c->count++;
    return atr_ledger_put(c->to, statement, 500);
}

/* What peers do: one asks the other for what comes after what it has. */
static void ledger_is_copied(void **state)
{
    atr_ledger *from;
    atr_ledger *to;
    copying c = {0};
    size_t before = 1;

    (void)state;
    w = register_start(2, 2);
    from = open_with("from", 9, "");
    to = open_with("to", 9, "");
    c.to = to;
    for (uint8_t n = 1; n <= 3; n++) {
        assert_int_equal(ask(from, n, 10), ATR_OK);
        assert_int_equal(say(from, ATR_STATEMENT_APPROVE, 1, n, 11), ATR_OK);
    }
    assert_int_equal(say(to, ATR_STATEMENT_APPROVE, 2, 2, 12), ATR_OK);
    assert_int_equal(say(from, ATR_STATEMENT_DENY, 2, 3, 12), ATR_OK);
    while (before != c.count) {
        before = c.count;
        assert_int_equal(atr_ledger_after(from, c.seq, 2, copy_one, &c),
                         ATR_OK);
    }
    assert_int_equal(c.count, 7);
    assert_int_equal(look(to, 1).state, ATR_GRANT_WAITING);
    assert_int_equal(look(to, 2).state, ATR_GRANT_APPROVED);
    assert_int_equal(look(to, 3).state, ATR_GRANT_DENIED);
    c.seq = 0;
    assert_int_equal(atr_ledger_after(from, 0, 99, copy_one, &c), ATR_OK);
    assert_int_equal(logged(to, "approved"), 4); /* once each */
    assert_int_equal(atr_ledger_after(from, UINT64_MAX, 9, copy_one, &c),
                     ATR_OK);
    assert_int_equal(c.count, 14);
    atr_ledger_close(from);
    atr_ledger_close(to);
}

static void generations_follow_each_other(void **state)
{
    atr_ledger *ledger = open_ledger("generations");
    static const struct {
        uint32_t number;
        atr_err want;
        uint32_t after;
    } steps[] = {{2, ATR_ERR_STATE, 0}, {1, ATR_OK, 1},
                 {1, ATR_OK, 1},        {UINT32_MAX, ATR_ERR_STATE, 1},
                 {2, ATR_OK, 2},        {1, ATR_OK, 2}};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        atr_statement s =
            register_unsigned(w, ATR_STATEMENT_GENERATION, 10 + i);
        uint32_t now = 9;

        s.generation = steps[i].number;
        register_sign(w, &s, 1);
        assert_int_equal(put(ledger, &s, 10), steps[i].want);
        assert_int_equal(atr_ledger_generation(&now, ledger), ATR_OK);
        assert_int_equal(now, steps[i].after);
    }
    assert_int_equal(logged(ledger, "revoked"), 2);
    atr_ledger_close(ledger);
}

/* Waiting ends at its time, to the millisecond, and makes room; a grant ends
 * at its own. */
static void ledger_expires(void **state)
{
    atr_ledger *ledger;
    atr_statement s;

    (void)state;
    w = register_start(1, 1);
    ledger = open_with("expires", 2, "");
    assert_int_equal(ask(ledger, 1, 4000), ATR_OK); /* until 5000 */
    assert_int_equal(ask(ledger, 2, 5000), ATR_OK);
    assert_int_equal(ask(ledger, 3, 4000), ATR_ERR_LIMIT);
    assert_int_equal(atr_ledger_expire(ledger, 4999), ATR_OK);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_WAITING);
    assert_int_equal(logged(ledger, "expired"), 0);
    assert_int_equal(atr_ledger_expire(ledger, 5000), ATR_OK);
    assert_int_equal(atr_ledger_expire(ledger, 5001), ATR_OK);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_EXPIRED);
    assert_int_equal(logged(ledger, "expired"), 1);
    assert_int_equal(keep(ledger, 1, 0, "late", 4000), ATR_ERR_STATE);

    (void)request(2);
    s = register_unsigned(w, ATR_STATEMENT_APPROVE, 5100);
    s.until = 9000;
    register_sign(w, &s, 1);
    assert_int_equal(put(ledger, &s, 5100), ATR_OK);
    assert_int_equal(look(ledger, 2).expires_at, 9000);
    assert_int_equal(keep(ledger, 2, 0, "in time", 8999), ATR_OK);
    assert_int_equal(keep(ledger, 2, 1, "late", 9000), ATR_ERR_STATE);
    assert_int_equal(atr_ledger_expire(ledger, 8999), ATR_OK);
    assert_int_equal(look(ledger, 2).state, ATR_GRANT_ISSUED);
    assert_int_equal(atr_ledger_expire(ledger, 9000), ATR_OK);
    assert_int_equal(look(ledger, 2).state, ATR_GRANT_EXPIRED);
    s.until = 19000; /* said again, for longer */
    register_sign(w, &s, 1);
    assert_int_equal(put(ledger, &s, 9100), ATR_OK);
    assert_int_equal(look(ledger, 2).state, ATR_GRANT_APPROVED);
    assert_int_equal(ask(ledger, 3, 9100), ATR_OK); /* there is room */
    assert_int_equal(logged(ledger, "expired"), 2);
    atr_ledger_close(ledger);
}

static const uint8_t *old_id(uint8_t last)
{
    static uint8_t id[32];

    memset(id, 0x11, sizeof id);
    id[31] = last;
    return id;
}

/* A ledger of the first version, from before requests expired and before there
 * were statements; a copy of it stays. */
static void ledger_of_before(void **state)
{
    static const char *const steps[] = {
        "CREATE TABLE requests (id BLOB PRIMARY KEY NOT NULL, at INTEGER,"
        " decided_at INTEGER, state INTEGER, request BLOB, attributes TEXT,"
        " note TEXT, reason TEXT, sealed BLOB) WITHOUT ROWID;"
        "CREATE INDEX requests_state ON requests (state, at);"
        "CREATE TABLE audit (seq INTEGER PRIMARY KEY NOT NULL, at INTEGER,"
        " event TEXT, id BLOB, attributes TEXT, hash BLOB);"
        "INSERT INTO requests VALUES (x'1111111111111111111111111111111111111"
        "111111111111111111111111101', 1000, 0, 0, x'00', 'ONE', '', '', x'')"
        ";"
        "INSERT INTO requests VALUES (x'1111111111111111111111111111111111111"
        "111111111111111111111111102', 1000, 2000, 3, x'00', 'ONE', '', '',"
        " x'41');"
        "INSERT INTO requests VALUES (x'1111111111111111111111111111111111111"
        "111111111111111111111111103', 1000, 2000, 1, x'00', 'ONE', '', '',"
        " x'42')"};
    static const atr_db_schema before = {.application_id = ATR_DB_ID_KMS,
                                         .version = 1,
                                         .steps = steps,
                                         .shared = true};
    atr_statement s;
    atr_ledger *ledger;
    atr_fault fault;
    atr_db db;

    (void)state;
    assert_int_equal(atr_db_open(&db, in_folder("before"), &before, &fault),
                     ATR_OK);
    atr_db_close(&db);
    ledger = open_ledger("before");
    assert_int_equal(atr_ledger_expire(ledger, 999 + ATR_GRANT_WAIT_MS_DEFAULT),
                     ATR_OK);
    assert_int_equal(look_id(ledger, old_id(1)).state, ATR_GRANT_WAITING);
    assert_int_equal(
        atr_ledger_expire(ledger, 1000 + ATR_GRANT_WAIT_MS_DEFAULT), ATR_OK);
    assert_int_equal(look_id(ledger, old_id(1)).state, ATR_GRANT_EXPIRED);
    assert_int_equal(look_id(ledger, old_id(2)).state, ATR_GRANT_ISSUED);
    assert_int_equal(look_id(ledger, old_id(3)).state, ATR_GRANT_ISSUED);
    assert_string_equal(sealed(ledger, old_id(2), 0), "A");
    assert_string_equal(sealed(ledger, old_id(3), 0), "B");
    memcpy(w->id, old_id(2), sizeof w->id);
    s = register_say(w, ATR_STATEMENT_WITHDRAW, 1, 9);
    assert_int_equal(put(ledger, &s, 9), ATR_OK);
    assert_int_equal(look_id(ledger, old_id(2)).state, ATR_GRANT_WITHDRAWN);
    assert_int_equal(look_id(ledger, old_id(3)).state, ATR_GRANT_ISSUED);
    atr_ledger_close(ledger);
    assert_int_equal(atr_db_open(&db, in_folder("before.v1"), &before, &fault),
                     ATR_OK);
    assert_int_equal(atr_db_exec(&db, "SELECT sealed FROM requests"), ATR_OK);
    atr_db_close(&db);
}

/* Ids that begin alike, which hashes do not do by themselves. */
static void ledger_prefixes(void **state)
{
    static const char whole[] = "1111111111111111111111111111111111111111111111"
                                "111111111111111102";
    static const char insert[] =
        "INSERT INTO requests (id, at, request, attributes, note) VALUES"
        " (x'1111111111111111111111111111111111111111111111111111111111111101',"
        " 1, x'00', 'ONE', ''),"
        " (x'1111111111111111111111111111111111111111111111111111111111111102',"
        " 1, x'00', 'ONE', '')";
    static const atr_db_schema same = {.application_id = ATR_DB_ID_KMS,
                                       .version = ATR_LEDGER_VERSION,
                                       .shared = true};
    atr_ledger *ledger = open_ledger("prefixes");
    uint8_t id[32];
    atr_fault fault;
    atr_db db;

    (void)state;
    assert_int_equal(atr_db_open(&db, in_folder("prefixes"), &same, &fault),
                     ATR_OK);
    assert_int_equal(atr_db_exec(&db, insert), ATR_OK);
    atr_db_close(&db);
    assert_int_equal(atr_ledger_resolve(id, ledger, "1111", &fault),
                     ATR_ERR_LIMIT);
    assert_int_equal(atr_ledger_resolve(id, ledger, whole, &fault), ATR_OK);
    assert_memory_equal(id, old_id(2), 32);
    assert_int_equal(atr_ledger_resolve(id, ledger, "2111", &fault),
                     ATR_ERR_STATE);
    assert_int_equal(atr_ledger_resolve(id, ledger, "111", &fault),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_ledger_resolve(id, ledger, "11'1", &fault),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_ledger_resolve(id, ledger, "", &fault), ATR_ERR_INPUT);
    atr_ledger_close(ledger);
}

static atr_err count_entry(void *context, const atr_audit_entry *entry)
{
    size_t *count = context;

    ++*count;
    assert_int_equal(entry->seq, *count);
    return ATR_OK;
}

/* Two processes on one file, each with its own view of the chain's end. */
static void audit_of_two_writers(void **state)
{
    atr_ledger *a = open_ledger("audit");
    atr_ledger *b = open_ledger("audit");
    uint8_t head[32];
    uint8_t again[32];
    uint64_t broken = 9;
    size_t count = 0;

    (void)state;
    for (uint8_t i = 0; i < 10; i++) {
        assert_int_equal(ask(i & 1 ? a : b, i, 10), ATR_OK);
        assert_int_equal(say(i & 1 ? b : a, ATR_STATEMENT_DENY, 1, i, 20),
                         ATR_OK);
    }
    assert_int_equal(atr_ledger_audit(head, &broken, a, count_entry, &count),
                     ATR_OK);
    assert_int_equal(count, 20);
    assert_int_equal(atr_ledger_audit(again, &broken, b, NULL, NULL), ATR_OK);
    assert_memory_equal(head, again, 32);
    atr_ledger_close(a);
    atr_ledger_close(b);
}

/* What fails in the middle leaves neither the change nor its log entry. */
static void change_and_log_are_one(void **state)
{
    atr_ledger *ledger = open_ledger("one");
    atr_db db;
    static const atr_db_schema none = {.application_id = ATR_DB_ID_KMS,
                                       .version = ATR_LEDGER_VERSION,
                                       .shared = true};
    atr_fault fault;

    (void)state;
    assert_int_equal(ask(ledger, 1, 10), ATR_OK);
    assert_int_equal(approve(ledger, 1, 11), ATR_OK);
    assert_int_equal(atr_db_open(&db, in_folder("one"), &none, &fault), ATR_OK);
    assert_int_equal(atr_db_exec(&db, "CREATE TRIGGER stop BEFORE INSERT ON "
                                      "audit BEGIN SELECT RAISE(ABORT, 'no');"
                                      " END"),
                     ATR_OK);
    assert_int_not_equal(keep(ledger, 1, 0, "x", 12), ATR_OK);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_APPROVED);
    assert_string_equal(sealed(ledger, request(1), 0), "");
    assert_int_not_equal(say(ledger, ATR_STATEMENT_WITHDRAW, 1, 1, 12), ATR_OK);
    assert_int_equal(look(ledger, 1).state, ATR_GRANT_APPROVED);
    assert_int_not_equal(ask(ledger, 2, 12), ATR_OK);
    assert_int_equal(count_of(ledger, ATR_GRANT_WAITING), 0);
    assert_int_equal(atr_db_exec(&db, "DROP TRIGGER stop"), ATR_OK);
    atr_db_close(&db);
    assert_int_equal(keep(ledger, 1, 0, "x", 12), ATR_OK);
    atr_ledger_close(ledger);
}

/* Held, changes are durable together or not at all; one that fails takes
 * nothing else with it. */
static void held_changes_are_one(void **state)
{
    atr_ledger *ledger = open_ledger("held");
    atr_ledger *other = open_ledger("held");
    atr_db db;
    static const atr_db_schema same = {.application_id = ATR_DB_ID_KMS,
                                       .version = ATR_LEDGER_VERSION,
                                       .shared = true};
    atr_fault fault;

    (void)state;
    assert_int_equal(atr_db_open(&db, in_folder("held"), &same, &fault),
                     ATR_OK);
    assert_int_equal(
        atr_db_exec(&db, "CREATE TRIGGER stop BEFORE INSERT ON audit WHEN"
                         " NEW.event = 'denied'"
                         " BEGIN SELECT RAISE(ABORT, 'no'); END"),
        ATR_OK);
    atr_db_close(&db);
    assert_int_equal(atr_ledger_hold(ledger), ATR_OK);
    assert_int_equal(ask(ledger, 1, 10), ATR_OK);
    assert_int_equal(ask(ledger, 2, 10), ATR_OK);
    assert_int_not_equal(say(ledger, ATR_STATEMENT_DENY, 1, 2, 11), ATR_OK);
    assert_int_equal(approve(ledger, 1, 12), ATR_OK);
    assert_int_equal(count_of(other, ATR_GRANT_WAITING), 0);
    assert_int_equal(atr_ledger_release(ledger), ATR_OK);
    assert_int_equal(look(other, 1).state, ATR_GRANT_APPROVED);
    assert_int_equal(look(other, 2).state, ATR_GRANT_WAITING);
    assert_int_equal(logged(other, "requested"), 2);

    assert_int_equal(atr_ledger_hold(ledger), ATR_OK);
    assert_int_equal(ask(ledger, 3, 20), ATR_OK);
    atr_ledger_close(ledger); /* as when it is killed */
    assert_int_equal(count_of(other, ATR_GRANT_WAITING), 1);
    assert_int_equal(ask(other, 3, 20), ATR_OK);
    atr_ledger_close(other);
}

/* What is there already is known by its bytes: a copy that differs only by its
 * signature is as bad as ever. */
static void copies_are_known_by_their_bytes(void **state)
{
    atr_ledger *ledger = open_ledger("copies");
    atr_statement s;

    (void)state;
    assert_int_equal(ask(ledger, 1, 10), ATR_OK);
    (void)request(1);
    s = register_say(w, ATR_STATEMENT_APPROVE, 1, 11);
    assert_int_equal(put(ledger, &s, 11), ATR_OK);
    assert_int_equal(put(ledger, &s, 12), ATR_OK);
    s.sig[9] ^= 1;
    assert_int_equal(put(ledger, &s, 12), ATR_ERR_AUTH);
    assert_int_equal(logged(ledger, "approved"), 1);
    atr_ledger_close(ledger);
}

/* --- the node
 * --------------------------------------------------------------------- */

static atr_node *make_node(const char *name, uint8_t scheme, bool identities,
                           atr_node_share *share)
{
    atr_node_plan plan = {.name = name,
                          .scheme = scheme,
                          .nodes = 1,
                          .threshold = 1,
                          .identities = identities};
    char dir[128];
    atr_node *node = NULL;
    atr_fault fault;

    snprintf(dir, sizeof dir, "%s/%s", folder, name);
    plan.dir = dir;
    assert_int_equal(atr_node_make(&plan, &fault), ATR_OK);
    assert_int_equal(atr_node_make(&plan, &fault), ATR_ERR_STATE);
    assert_int_equal(atr_node_open(&node, dir, &fault), ATR_OK);
    assert_int_equal(
        atr_node_share_open(share, node, (atr_bytes){NULL, 0}, &fault), ATR_OK);
    return node;
}

static void node_issues(void **state)
{
    static const uint8_t schemes[] = {ATR_SCHEME_FABEO, ATR_SCHEME_W11};
    static const char *const names[] = {"fabeo", "w11"};
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 4);
    for (size_t i = 0; i < 2; i++) {
        static uint8_t sealed[2][ATR_ENROL_SEALED_BYTES_MAX];
        atr_builder b[2];
        atr_node_share share;
        atr_node *node = make_node(names[i], schemes[i], false, &share);
        atr_abe_key got[2];
        atr_abe_key key;
        atr_enrol enrol;
        atr_attrs attrs;
        uint8_t cheat;

        attrs_of(&attrs, "ONE, year=5");
        atr_enrol_init(&enrol, &attrs, &rng);
        for (size_t k = 0; k < 2; k++) {
            atr_issue_partial partial = {1, &got[k]};

            b[k] = atr_builder_of(sealed[k], sizeof sealed[k]);
            assert_int_equal(atr_node_issue(&b[k], node, &share, &enrol.request,
                                            (atr_period){0}),
                             ATR_OK);
            assert_int_equal(atr_enrol_open(&got[k], &enrol, node->abe.hm, 1,
                                            atr_builder_bytes(&b[k])),
                             ATR_OK);
            assert_int_equal(atr_issue_combine(&key, &cheat, &node->abe,
                                               &node->authority.issue, &attrs,
                                               &partial, 1, &rng),
                             ATR_OK);
        }
        /* Never the same r twice: such keys would combine. */
        assert_false(g2_same(&got[0].k1, &got[1].k1));
        atr_node_share_wipe(&share);
        atr_node_close(node);
    }
}

/* A share that is not the authority's makes keys that are not given out. */
static void node_checks_what_it_makes(void **state)
{
    static uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    atr_builder b = atr_builder_of(sealed, sizeof sealed);
    atr_node_share share;
    atr_node *node = make_node("wrong", ATR_SCHEME_FABEO, true, &share);
    const atr_identity alice = identity_of("alice@example.org", 0);
    atr_enrol enrol;
    atr_attrs attrs;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 5);
    attrs_of(&attrs, "ONE");
    atr_enrol_init(&enrol, &attrs, &rng);
    atr_fr_random(&share.alpha, &rng);
    assert_int_equal(
        atr_node_issue(&b, node, &share, &enrol.request, (atr_period){0}),
        ATR_ERR_AUTH);
    assert_int_equal(b.len, 0);
    atr_enrol_init_identity(&enrol, &alice, &rng);
    atr_fr_random(&share.s, &rng);
    assert_int_equal(
        atr_node_issue(&b, node, &share, &enrol.request, (atr_period){0}),
        ATR_ERR_AUTH);
    assert_int_equal(b.len, 0);
    atr_node_close(node);
}

static void node_issues_identities(void **state)
{
    static uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    atr_builder b = atr_builder_of(sealed, sizeof sealed);
    atr_node_share share;
    atr_node *node = make_node("identities", ATR_SCHEME_FABEO, true, &share);
    const atr_identity alice = identity_of("alice@example.org", 0);
    atr_bf_key got;
    atr_bf_key key;
    const atr_bf_issue_partial partial = {1, &got};
    atr_enrol enrol;
    uint8_t cheat;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 6);
    assert_true(share.has_s);
    assert_int_not_equal(memcmp(&share.s, &share.alpha, sizeof share.s), 0);
    atr_enrol_init_identity(&enrol, &alice, &rng);
    assert_int_equal(
        atr_node_issue(&b, node, &share, &enrol.request, (atr_period){0}),
        ATR_OK);
    assert_int_equal(atr_enrol_open_identity(&got, &enrol, node->abe.hm, 1,
                                             atr_builder_bytes(&b)),
                     ATR_OK);
    assert_int_equal(atr_bf_issue_combine(&key, &cheat, &node->bf,
                                          &node->authority.identities.issue,
                                          &alice, &partial, 1),
                     ATR_OK);
    atr_node_share_wipe(&share);
    atr_node_close(node);
}

/* An authority without identities: no half of a share, and no key. */
static void node_without_identities(void **state)
{
    static uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    atr_builder b = atr_builder_of(sealed, sizeof sealed);
    atr_node_share share;
    atr_node *node = make_node("attributes", ATR_SCHEME_FABEO, false, &share);
    const atr_identity alice = identity_of("alice@example.org", 0);
    atr_enrol enrol;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 7);
    assert_false(share.has_s);
    assert_false(atr_node_offer(node).identities);
    assert_int_equal(node->id_fingerprint[0], 0);
    atr_enrol_init_identity(&enrol, &alice, &rng);
    assert_int_equal(
        atr_node_issue(&b, node, &share, &enrol.request, (atr_period){0}),
        ATR_ERR_POLICY);
    assert_int_equal(b.len, 0);
    atr_node_close(node);
}

static void write_share(const char *dir, atr_bytes bytes)
{
    char path[192];
    FILE *file;

    snprintf(path, sizeof path, "%s/" ATR_NODE_SHARE, dir);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

/* The file of a share: each version belongs to one kind of authority, and
 * each of its scalars to what is public. */
static void share_must_fit(void **state)
{
    static const atr_bytes none = {NULL, 0};
    uint8_t bytes[ATR_NODE_SHARE_BYTES_MAX + 1] = {0};
    atr_node_share share;
    atr_node *node = make_node("share", ATR_SCHEME_FABEO, true, &share);
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_node_share bad = share;
    atr_fault fault;

    (void)state;
    atr_node_share_build(&b, &share);
    assert_int_equal(b.len, ATR_NODE_SHARE_BYTES_MAX);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        write_share(node->dir, (atr_bytes){bytes, len});
        assert_int_equal(atr_node_share_open(&bad, node, none, &fault),
                         len == b.len ? ATR_OK : ATR_ERR_AUTH);
    }
    for (size_t i = 0; i < b.len; i++) {
        bytes[i] ^= 1;
        write_share(node->dir, atr_builder_bytes(&b));
        assert_int_equal(atr_node_share_open(&bad, node, none, &fault),
                         ATR_ERR_AUTH);
        assert_int_equal(bad.node, 0);
        bytes[i] ^= 1;
    }
    bad = share;
    bad.has_s = false; /* version 1 at an authority with identities */
    b = atr_builder_of(bytes, sizeof bytes);
    atr_node_share_build(&b, &bad);
    write_share(node->dir, atr_builder_bytes(&b));
    assert_int_equal(atr_node_share_open(&bad, node, none, &fault),
                     ATR_ERR_AUTH);
    atr_node_close(node);
}

/* --- the offer ------------------------------------------------------------ */

static void offer_admits(void **state)
{
    static const atr_offer all = {{NULL, 0}, true};
    static const atr_offer none = {{NULL, 0}, false};
    char text[ATR_ATTRS_TEXT_MAX];
    atr_enrol_request request = {.kind = ATR_ENROL_IDENTITY};
    atr_fault fault;

    (void)state;
    request.identity = identity_of("Alice,B@example.org", 0);
    assert_int_equal(atr_offer_admits(text, &all, &request, &fault), ATR_OK);
    assert_string_equal(text, "identity Alice,B@example.org");
    assert_int_equal(atr_offer_admits(text, &none, &request, &fault),
                     ATR_ERR_INPUT);
    assert_string_equal(text, "");
    request.identity = identity_of("alice@example.org", 1);
    assert_int_equal(atr_offer_admits(text, &all, &request, &fault),
                     ATR_ERR_INPUT);
    assert_string_equal(text, "");
    request.kind = ATR_ENROL_ATTRIBUTES;
    attrs_of(&request.attrs, "identity, alice@example.org");
    assert_int_equal(atr_offer_admits(text, &all, &request, &fault), ATR_OK);
    assert_string_equal(text, "alice@example.org, identity");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(universe_is_checked),
        cmocka_unit_test(universe_admits),
        cmocka_unit_test(universe_wants_whole_numbers),
        cmocka_unit_test(ledger_states),
        cmocka_unit_test(ledger_counts_approvals),
        cmocka_unit_test(ledger_takes_any_order),
        cmocka_unit_test(ledger_refuses),
        cmocka_unit_test(ledger_is_copied),
        cmocka_unit_test(generations_follow_each_other),
        cmocka_unit_test(ledger_expires),
        cmocka_unit_test(ledger_of_before),
        cmocka_unit_test(ledger_prefixes),
        cmocka_unit_test(audit_of_two_writers),
        cmocka_unit_test(change_and_log_are_one),
        cmocka_unit_test(held_changes_are_one),
        cmocka_unit_test(copies_are_known_by_their_bytes),
        cmocka_unit_test(node_issues),
        cmocka_unit_test(node_checks_what_it_makes),
        cmocka_unit_test(node_issues_identities),
        cmocka_unit_test(node_without_identities),
        cmocka_unit_test(share_must_fit),
        cmocka_unit_test(offer_admits),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
