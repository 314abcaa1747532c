/* The Merkle log in a node's ledger: what is appended when, that it is one with
 * what it tells, and what an audit finds. */
#include <stdio.h>
#include <stdlib.h>

#include "app/kmsd/ledger_trace.h"
#include "kit/register.h"
#include "sym/ed25519.h"

static char folder[] = "/tmp/attrium-trace-XXXXXX";
static register_world *w;
static uint8_t vk[32];
static uint8_t sk[64];
static atr_trace_signer by;
static atr_ledger *ledger;
static char present[16]; /* its name */

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int begin(void **state)
{
    static const uint8_t seed[32] = {9};

    (void)state;
    atr_ed25519_keypair(vk, sk, seed);
    return mkdtemp(folder) == NULL;
}

static int end(void **state)
{
    char command[160];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* A ledger of its own for each test. */
static int open_one(void **state)
{
    static unsigned count;
    atr_ledger_rules rules = {.waiting_max = 99, .wait_ms = 100000};
    atr_fault fault;

    (void)state;
    w = register_start(1, 1);
    by = (atr_trace_signer){w->hm, sk, 3};
    rules.hm = w->hm;
    rules.registrars = &w->registrars;
    rules.offer.identities = true;
    snprintf(present, sizeof present, "%u", count++);
    if (atr_ledger_open(&ledger, in_folder(present), &fault) != ATR_OK) {
        return 1;
    }
    atr_ledger_set_rules(ledger, &rules);
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    atr_ledger_close(ledger);
    return 0;
}

/* As somebody with the file in hand. */
static atr_err write_sql(const char *sql)
{
    static const atr_db_schema same = {.application_id = ATR_DB_ID_KMS,
                                       .version = ATR_LEDGER_VERSION,
                                       .shared = true};
    atr_fault fault;
    atr_err err;
    atr_db db;

    assert_int_equal(atr_db_open(&db, in_folder(present), &same, &fault),
                     ATR_OK);
    err = atr_db_exec(&db, sql);
    atr_db_close(&db);
    return err;
}

static void say(atr_statement_kind kind, uint8_t signer, uint64_t seed)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_statement s;

    register_request(w, "ONE", seed);
    s = register_say(w, kind, signer, 5);
    atr_statement_build(&b, &s);
    assert_int_equal(atr_ledger_put(ledger, atr_builder_bytes(&b), 5), ATR_OK);
}

static void grant(uint64_t seed)
{
    say(ATR_STATEMENT_REQUEST, 0, seed);
    say(ATR_STATEMENT_APPROVE, 1, seed);
}

static atr_bytes text(const char *text)
{
    return (atr_bytes){(const uint8_t *)text, strlen(text)};
}

static atr_ledger_partial partial(uint64_t seed, uint32_t period,
                                  const char *sealed)
{
    atr_ledger_partial item = {.term = {.period = period},
                               .sealed = text(sealed)};

    register_request(w, "ONE", seed);
    memcpy(item.id, w->id, sizeof item.id);
    return item;
}

static void keep(uint64_t seed, uint32_t period, const char *sealed,
                 uint64_t now)
{
    atr_ledger_partial item = partial(seed, period, sealed);

    assert_int_equal(atr_ledger_keep(ledger, &item, 1, &by, now), ATR_OK);
    assert_int_equal(item.err, ATR_OK);
}

static void begins(const char *parameters, const char *universe, uint64_t now)
{
    const atr_trace_subject subject = {text(parameters), text(universe)};

    assert_int_equal(atr_ledger_trace_begin(ledger, &by, &subject, now),
                     ATR_OK);
}

/* The newest head, whose signature holds. */
static atr_trace_head head_now(void)
{
    atr_trace_head head;

    assert_int_equal(atr_ledger_trace_head(&head, ledger), ATR_OK);
    assert_int_equal(atr_trace_verify(&head, vk), ATR_OK);
    assert_memory_equal(head.hm, w->hm, 32);
    assert_int_equal(head.node, 3);
    return head;
}

static atr_err find(uint64_t *index, const atr_trace_leaf *leaf)
{
    return atr_ledger_trace_find(index, ledger, leaf);
}

/* A leaf that is there, as who fetches checks it. */
static void includes(const atr_trace_leaf *leaf, uint64_t at)
{
    const atr_trace_head head = head_now();
    atr_merkle_proof proof;
    uint8_t hash[32];
    uint64_t index;

    assert_int_equal(find(&index, leaf), ATR_OK);
    assert_int_equal(index, at);
    assert_int_equal(
        atr_ledger_trace_include(&proof, ledger, index, head.tree.size),
        ATR_OK);
    atr_trace_leaf_hash(hash, leaf);
    assert_int_equal(atr_merkle_include_check(&head.tree, index, hash, &proof),
                     ATR_OK);
}

static void a_log_begins_with_what_the_authority_is(void **state)
{
    atr_trace_head head;
    atr_trace_leaf leaf;

    (void)state;
    assert_int_equal(atr_ledger_trace_head(&head, ledger), ATR_ERR_STATE);
    begins("bundle", "ONE", 10);
    assert_int_equal(head_now().tree.size, 2);
    begins("bundle", "ONE", 11);
    assert_int_equal(head_now().tree.size, 2);
    assert_int_equal(head_now().at, 10);
    begins("refreshed", "ONE", 12);
    assert_int_equal(head_now().tree.size, 3);
    begins("bundle", "ONE", 13); /* the last one counts, not any */
    assert_int_equal(head_now().tree.size, 4);
    leaf = atr_trace_of(ATR_TRACE_PARAMETERS, text("bundle"));
    includes(&leaf, 3);
    leaf = atr_trace_of(ATR_TRACE_UNIVERSE, text("ONE"));
    includes(&leaf, 1);
    leaf = atr_trace_of(ATR_TRACE_UNIVERSE, text("bundle"));
    assert_int_equal(find(&(uint64_t){0}, &leaf), ATR_ERR_STATE);
}

/* One transaction, one head; what is there already has its leaf. */
static void each_key_has_a_leaf(void **state)
{
    atr_ledger_partial items[4];
    atr_trace_leaf leaf;

    (void)state;
    begins("bundle", "", 10);
    for (uint64_t i = 1; i <= 3; i++) {
        grant(i);
    }
    for (uint32_t i = 0; i < 3; i++) {
        items[i] = partial(i + 1, i, "sealed");
    }
    items[3] = partial(4, 0, "not granted");
    assert_int_equal(atr_ledger_keep(ledger, items, 4, &by, 20), ATR_OK);
    assert_int_equal(items[3].err, ATR_ERR_STATE);
    assert_int_equal(head_now().tree.size, 5);
    assert_int_equal(head_now().at, 20);
    for (uint32_t i = 0; i < 3; i++) {
        leaf = atr_trace_issued(items[i].id, i, text("sealed"));
        includes(&leaf, 2 + i);
    }
    keep(1, 0, "made twice", 21);
    assert_int_equal(head_now().tree.size, 5);
    keep(1, 7, "of another period", 22);
    assert_int_equal(head_now().tree.size, 6);
    leaf = atr_trace_issued(items[3].id, 0, text("not granted"));
    assert_int_equal(find(&(uint64_t){0}, &leaf), ATR_ERR_STATE);
}

/* Any size extends any earlier one. */
static void heads_extend_one_another(void **state)
{
    atr_trace_head heads[18];
    size_t count = 0;
    atr_merkle_proof proof;

    (void)state;
    begins("bundle", "", 10);
    heads[count++] = head_now();
    grant(1);
    for (uint32_t period = 0; period < 17; period++) {
        keep(1, period, "sealed", 20 + period);
        heads[count++] = head_now();
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i; j < count; j++) {
            assert_int_equal(atr_ledger_trace_extend(&proof, ledger,
                                                     heads[i].tree.size,
                                                     heads[j].tree.size),
                             ATR_OK);
            assert_int_equal(
                atr_merkle_extend_check(&heads[i].tree, &heads[j].tree, &proof),
                ATR_OK);
        }
    }
    assert_int_equal(atr_ledger_trace_extend(&proof, ledger, 20, 19),
                     ATR_ERR_INPUT);
}

/* What a clock that is set back does not do. */
static void time_does_not_run_back(void **state)
{
    (void)state;
    begins("bundle", "", 1000);
    grant(1);
    keep(1, 0, "sealed", 500);
    assert_int_equal(head_now().tree.size, 3);
    assert_int_equal(head_now().at, 1000);
}

/* Partial keys of before there was a log, as version 4 left them. */
static void keys_of_before_are_entered_once(void **state)
{
    const uint8_t id[32] = {0xab};
    const atr_trace_leaf leaf = atr_trace_issued(id, 4, text("A"));
    atr_trace_audit audit;

    (void)state;
    assert_int_equal(
        write_sql("INSERT INTO partials VALUES (x'ab00000000000000000000000000"
                  "000000000000000000000000000000000000', 4, 0, 0, 1, x'41')"),
        ATR_OK);
    assert_int_equal(atr_ledger_trace_audit(&audit, ledger, vk), ATR_OK);
    begins("bundle", "", 10);
    assert_int_equal(head_now().tree.size, 3);
    includes(&leaf, 2);
    begins("bundle", "", 11);
    assert_int_equal(head_now().tree.size, 3);
}

/* What fails in the middle leaves neither the key nor its leaf. */
static void key_leaf_and_head_are_one(void **state)
{
    static const char *const tables[] = {"leaves", "hashes", "heads",
                                         "partials", "audit"};
    atr_ledger_partial item;
    atr_trace_audit audit;
    char sql[160];

    (void)state;
    begins("bundle", "", 10);
    grant(1);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        snprintf(sql, sizeof sql,
                 "CREATE TRIGGER stop BEFORE INSERT ON %s BEGIN SELECT"
                 " RAISE(ABORT, 'no'); END",
                 tables[i]);
        assert_int_equal(write_sql(sql), ATR_OK);
        item = partial(1, 0, "sealed");
        (void)!atr_ledger_keep(ledger, &item, 1, &by, 20);
        assert_int_not_equal(item.err, ATR_OK);
        assert_int_equal(head_now().tree.size, 2);
        assert_int_equal(write_sql("DROP TRIGGER stop"), ATR_OK);
        assert_int_equal(atr_ledger_trace_audit(&audit, ledger, vk), ATR_OK);
        assert_int_equal(audit.head.tree.size, 2);
    }
    keep(1, 0, "sealed", 21);
    assert_int_equal(head_now().tree.size, 3);
}

static void nothing_is_changed_or_deleted(void **state)
{
    static const char *const tables[] = {"leaves", "hashes", "heads"};
    char sql[80];

    (void)state;
    begins("bundle", "", 10);
    for (size_t i = 0; i < 3; i++) {
        snprintf(sql, sizeof sql, "DELETE FROM %s", tables[i]);
        assert_int_not_equal(write_sql(sql), ATR_OK);
    }
    assert_int_not_equal(write_sql("UPDATE leaves SET kind = 3"), ATR_OK);
    assert_int_not_equal(write_sql("UPDATE hashes SET hash = zeroblob(32)"),
                         ATR_OK);
    assert_int_not_equal(write_sql("UPDATE heads SET size = 9"), ATR_OK);
}

typedef struct {
    uint64_t next;
    uint8_t kinds[8];
} reading;

static atr_err read_leaf(void *context, const atr_trace_leaf *leaf)
{
    reading *r = context;

    assert_true(r->next < sizeof r->kinds);
    r->kinds[r->next++] = leaf->kind;
    return ATR_OK;
}

static void leaves_are_read_in_pieces(void **state)
{
    reading r = {0};

    (void)state;
    begins("bundle", "", 10);
    grant(1);
    keep(1, 0, "sealed", 20);
    keep(1, 1, "sealed", 20);
    assert_int_equal(atr_ledger_trace_leaves(ledger, 0, 3, read_leaf, &r),
                     ATR_OK);
    assert_int_equal(r.next, 3);
    assert_int_equal(atr_ledger_trace_leaves(ledger, 3, 3, read_leaf, &r),
                     ATR_OK);
    assert_int_equal(r.next, 4);
    assert_memory_equal(r.kinds, "\1\2\3\3", 4);
    assert_int_equal(
        atr_ledger_trace_leaves(ledger, UINT64_MAX, 3, read_leaf, &r), ATR_OK);
    assert_int_equal(r.next, 4);
}

/* Somebody who writes the file itself, the triggers gone. */
static void an_audit_finds_what_was_done_to_it(void **state)
{
    static const struct {
        const char *sql;
        const char *wrong;
        uint64_t at;
    } deeds[] = {
        {"UPDATE leaves SET digest = zeroblob(32) WHERE number = 2", "stored",
         2},
        {"UPDATE leaves SET kind = 1 WHERE number = 4", "stored", 4},
        {"UPDATE leaves SET number = 9 WHERE number = 5", "missing", 5},
        {"DELETE FROM leaves WHERE number = 3", "missing", 3},
        {"DELETE FROM leaves WHERE number = 5", "more hashes or heads", 5},
        {"DELETE FROM leaves WHERE number > 3;"
         "DELETE FROM heads WHERE size > 4",
         "more hashes or heads", 4},
        {"UPDATE hashes SET hash = zeroblob(32) WHERE level = 1 AND place = 1",
         "stored", 3},
        {"DELETE FROM hashes WHERE level = 2", "stored", 3},
        {"INSERT INTO hashes VALUES (9, 9, zeroblob(32))",
         "more hashes or heads", 6},
        {"UPDATE heads SET head = (SELECT head FROM heads WHERE size = 5)"
         " WHERE size = 6",
         "not over the leaves", 6},
        {"UPDATE heads SET head = zeroblob(153) WHERE size = 5", "damaged", 5},
        {"DELETE FROM heads WHERE size = 6", "not under a head", 5},
        {"INSERT INTO partials VALUES (zeroblob(32), 4, 0, 0, 1, x'41')",
         "without a leaf", 4},
        {"UPDATE partials SET sealed = x'42' WHERE period = 1",
         "without a leaf", 1},
    };
    atr_trace_audit audit;

    (void)state;
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        assert_int_equal(open_one(NULL), 0);
        begins("bundle", "", 10);
        grant(1);
        for (uint32_t period = 0; period < 4; period++) {
            keep(1, period, "sealed", 20 + period);
        }
        assert_int_equal(atr_ledger_trace_audit(&audit, ledger, vk), ATR_OK);
        assert_int_equal(audit.head.tree.size, 6);
        assert_int_equal(
            write_sql("DROP TRIGGER leaves_keep; DROP TRIGGER leaves_stay;"
                      "DROP TRIGGER hashes_keep; DROP TRIGGER hashes_stay;"
                      "DROP TRIGGER heads_keep; DROP TRIGGER heads_stay"),
            ATR_OK);
        assert_int_equal(write_sql(deeds[i].sql), ATR_OK);
        assert_int_equal(atr_ledger_trace_audit(&audit, ledger, vk),
                         ATR_ERR_AUTH);
        if (strstr(audit.wrong, deeds[i].wrong) == NULL ||
            audit.at != deeds[i].at) {
            fail_msg("%s: %s %llu", deeds[i].sql, audit.wrong,
                     (unsigned long long)audit.at);
        }
        atr_ledger_close(ledger);
    }
    assert_int_equal(open_one(NULL), 0);
    begins("bundle", "", 10);
    vk[0] ^= 1;
    assert_int_equal(atr_ledger_trace_audit(&audit, ledger, vk), ATR_ERR_AUTH);
    vk[0] ^= 1;
    assert_non_null(strstr(audit.wrong, "not signed"));
}

int main(void)
{
#define LOG(test) cmocka_unit_test_setup_teardown(test, open_one, close_one)
    const struct CMUnitTest tests[] = {
        LOG(a_log_begins_with_what_the_authority_is),
        LOG(each_key_has_a_leaf),
        LOG(heads_extend_one_another),
        LOG(time_does_not_run_back),
        LOG(keys_of_before_are_entered_once),
        LOG(key_leaf_and_head_are_one),
        LOG(nothing_is_changed_or_deleted),
        LOG(leaves_are_read_in_pieces),
        cmocka_unit_test_teardown(an_audit_finds_what_was_done_to_it,
                                  close_one),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
