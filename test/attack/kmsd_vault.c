/* Attacks on the vault by whoever writes the ledger, as the process on the
 * network does: it issues for what registrars have signed, and nothing else. */
#include "kit/register.h"

#include <unistd.h>

#include "app/kmsd/vault.h"

static char folder[] = "/tmp/attrium-vault-XXXXXX";
static register_world *w;
static atr_node *node;
static atr_node_share share;
static atr_node_key key;
static atr_ledger *ledger;
static atr_vault vault;

static int clean(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static int make(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

/* An authority of its own for each attack, where two of two approve. */
static int begin(void **state)
{
    static unsigned count;
    atr_node_plan plan = {
        .name = "", .scheme = ATR_SCHEME_FABEO, .nodes = 1, .threshold = 1};
    atr_ledger_rules rules = {.waiting_max = 99, .wait_ms = 1000000};
    char dir[64];
    char path[128];
    atr_fault fault;

    (void)state;
    w = register_start(2, 2);
    plan.registrars = w->registrars;
    plan.period_s = 1; /* at 20 ms: 0, and by the grace 1 */
    snprintf(dir, sizeof dir, "%s/%u", folder, count++);
    snprintf(path, sizeof path, "%s/kmsd.db", dir);
    plan.dir = dir;
    if (atr_node_make(&plan, &fault) != ATR_OK ||
        atr_node_open(&node, dir, &fault) != ATR_OK ||
        atr_node_share_open(&share, node, (atr_bytes){NULL, 0}, &fault) !=
            ATR_OK ||
        atr_ledger_open(&ledger, path, &fault) != ATR_OK) {
        return 1;
    }
    memcpy(w->hm, node->abe.hm, sizeof w->hm);
    register_request(w, "ONE", 1);
    rules.hm = node->abe.hm;
    rules.registrars = &node->authority.registrars;
    atr_ledger_set_rules(ledger, &rules);
    return atr_node_key_open(&key, dir, &fault) != ATR_OK ||
           atr_vault_init(&vault, node, ledger, &share, &key) != ATR_OK ||
           atr_vault_begin(&vault, 10) != ATR_OK;
}

static int end(void **state)
{
    (void)state;
    atr_vault_wipe(&vault);
    atr_ledger_close(ledger);
    atr_node_share_wipe(&share);
    atr_node_close(node);
    return 0;
}

static void put(atr_statement_kind kind, uint8_t signer)
{
    atr_statement s = register_say(w, kind, signer, 10);
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_statement_build(&b, &s);
    assert_int_equal(atr_ledger_put(ledger, atr_builder_bytes(&b), 10), ATR_OK);
}

/* What SQL may do to the file, from outside. */
static void write_sql(const char *sql)
{
    static const atr_db_schema same = {.application_id = ATR_DB_ID_KMS,
                                       .version = ATR_LEDGER_VERSION,
                                       .shared = true};
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault;
    atr_db db;

    assert_int_equal(atr_path_join(path, node->dir, "kmsd.db"), ATR_OK);
    assert_int_equal(atr_db_open(&db, path, &same, &fault), ATR_OK);
    assert_int_equal(atr_db_exec(&db, sql), ATR_OK);
    atr_db_close(&db);
}

static atr_ledger_partial job(uint32_t period)
{
    atr_ledger_partial out = {.term = {.period = period}};

    memcpy(out.id, w->id, sizeof out.id);
    return out;
}

static atr_err issue(uint32_t period)
{
    atr_ledger_partial one = job(period);

    atr_vault_issue(&vault, &one, 1, 20);
    return one.err;
}

typedef struct {
    uint8_t bytes[ATR_ENROL_SEALED_BYTES_MAX];
    size_t len;
} kept;

static atr_err take(void *context, atr_bytes sealed)
{
    kept *out = context;

    memcpy(out->bytes, sealed.data, sealed.len);
    out->len = sealed.len;
    return ATR_OK;
}

static bool find(kept *out, uint32_t period)
{
    const atr_term term = {.period = period};

    memset(out, 0, sizeof *out);
    return atr_ledger_issued(ledger, w->id, &term, take, out) == ATR_OK;
}

static void issues_for_a_grant_once(void **state)
{
    static kept first;
    static kept again;

    (void)state;
    assert_int_equal(issue(0), ATR_ERR_STATE); /* nobody asked */
    put(ATR_STATEMENT_REQUEST, 0);
    assert_int_equal(issue(0), ATR_ERR_STATE);
    put(ATR_STATEMENT_APPROVE, 1);
    assert_int_equal(issue(0), ATR_ERR_STATE);
    assert_false(find(&first, 0));
    put(ATR_STATEMENT_APPROVE, 2);
    assert_int_equal(issue(0), ATR_OK);
    assert_true(find(&first, 0));
    assert_int_equal(issue(0), ATR_OK);
    assert_true(find(&again, 0));
    assert_memory_equal(&first, &again, sizeof first);
    assert_int_equal(issue(1), ATR_OK);
    assert_true(find(&again, 1));
    assert_memory_not_equal(first.bytes, again.bytes, 32);
}

/* Keys are for the present term: not for a period to come, nor for one that is
 * over, nor for a generation that is over or has not begun. */
static void other_terms_are_refused(void **state)
{
    atr_ledger_partial one = job(2);

    (void)state;
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    put(ATR_STATEMENT_APPROVE, 2);
    assert_int_equal(issue(2), ATR_ERR_STATE);
    atr_vault_issue(&vault, &one, 1, 1000);
    assert_int_equal(one.err, ATR_OK); /* by the grace */
    one = job(0);
    atr_vault_issue(&vault, &one, 1, 2000);
    assert_int_equal(one.err, ATR_ERR_STATE);
    one = job(0);
    one.term.generation = 1;
    atr_vault_issue(&vault, &one, 1, 20);
    assert_int_equal(one.err, ATR_ERR_STATE);
    put(ATR_STATEMENT_GENERATION, 1);
    atr_vault_issue(&vault, &one, 1, 20);
    assert_int_equal(one.err, ATR_OK);
    assert_int_equal(issue(0), ATR_ERR_STATE);
}

/* Many at once, some of them the same, some not granted. */
static void a_batch_is_as_its_parts(void **state)
{
    atr_ledger_partial jobs[ATR_VAULT_TOGETHER];
    static kept one;

    (void)state;
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    put(ATR_STATEMENT_APPROVE, 2);
    for (uint32_t i = 0; i < ATR_VAULT_TOGETHER; i++) {
        jobs[i] = job(i / 8);
        jobs[i].id[0] ^= i % 4 == 3;
    }
    atr_vault_issue(&vault, jobs, ATR_VAULT_TOGETHER, 20);
    for (uint32_t i = 0; i < ATR_VAULT_TOGETHER; i++) {
        assert_int_equal(jobs[i].err, i % 4 == 3 ? ATR_ERR_STATE : ATR_OK);
        assert_true(find(&one, i / 8));
    }
}

/* The state that stands in the table is for people; the vault does not ask. */
static void state_without_signatures(void **state)
{
    (void)state;
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    for (unsigned i = 1; i <= 3; i += 2) {
        char sql[64];

        snprintf(sql, sizeof sql, "UPDATE requests SET state = %u", i);
        write_sql(sql);
        assert_int_equal(issue(0), ATR_ERR_STATE);
    }
}

/* An approval with the other one's number, and one that nobody signed. */
static void forged_approvals(void **state)
{
    atr_statement s = register_unsigned(w, ATR_STATEMENT_APPROVE, 10);
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    char sql[1024] = "";
    char *at = sql;
    atr_builder b;

    (void)state;
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    atr_statement_sign(&s, 2, w->secret[0]);
    b = atr_builder_of(bytes, sizeof bytes);
    atr_statement_build(&b, &s);
    assert_int_equal(atr_ledger_put(ledger, atr_builder_bytes(&b), 10),
                     ATR_ERR_AUTH);
    at += sprintf(at, "INSERT INTO statements (id, request, bytes) SELECT"
                      " randomblob(32), id, x'");
    for (size_t i = 0; i < b.len; i++) {
        at += sprintf(at, "%02x", bytes[i]);
    }
    sprintf(at, "' FROM requests; UPDATE requests SET state = 1");
    write_sql(sql);
    assert_int_equal(issue(0), ATR_ERR_AUTH);
}

/* Other attributes, or another reply key, under the id that was approved. */
static void request_swapped(void **state)
{
    char sql[256];

    (void)state;
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    put(ATR_STATEMENT_APPROVE, 2);
    for (size_t i = 0; i < 2; i++) {
        snprintf(sql, sizeof sql,
                 i ? "UPDATE requests SET request = x'01' ||"
                     " randomblob(31) || x'00' || substr(request, 34)"
                   : "UPDATE requests SET request = substr(request, 1, 49) ||"
                     " x'0001044f4e4558'"); /* ONEX */
        write_sql(sql);
        assert_int_equal(issue(0), ATR_ERR_AUTH);
    }
}

/* Approvals of one request, put under another. */
static void approvals_moved(void **state)
{
    uint8_t first[32];

    (void)state;
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    put(ATR_STATEMENT_APPROVE, 2);
    memcpy(first, w->id, sizeof first);
    register_request(w, "ONE, ROOT", 2);
    put(ATR_STATEMENT_REQUEST, 0);
    write_sql("DROP TRIGGER statements_stay;"
              "UPDATE statements SET request = (SELECT id FROM requests WHERE"
              " attributes != 'ONE');"
              "UPDATE requests SET state = 1");
    assert_int_equal(issue(0), ATR_ERR_STATE);
}

static void withdrawn_or_over(void **state)
{
    atr_ledger_partial late = job(3);

    (void)state;
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    put(ATR_STATEMENT_APPROVE, 2);
    late.term.period = 3;
    atr_vault_issue(&vault, &late, 1, ATR_FOR_EVER);
    assert_int_equal(late.err, ATR_ERR_STATE);
    put(ATR_STATEMENT_WITHDRAW, 2);
    write_sql("UPDATE requests SET state = 1");
    assert_int_equal(issue(0), ATR_ERR_STATE);
}

/* A withdrawal that comes while the key is made: the key is forgotten. */
static void withdrawn_meanwhile(void **state)
{
    atr_ledger_partial made = job(0);
    static kept none;

    (void)state;
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    put(ATR_STATEMENT_APPROVE, 2);
    put(ATR_STATEMENT_WITHDRAW, 1);
    made.sealed = ATR_LITERAL("made before");
    assert_int_equal(atr_ledger_keep(ledger, &made, 1, &vault.signer, 20),
                     ATR_OK);
    assert_int_equal(made.err, ATR_ERR_STATE);
    assert_false(find(&none, 0));
}

/* What is damaged in the share gives out nothing. */
static void wrong_share(void **state)
{
    atr_rng rng;
    static kept none;

    (void)state;
    kit_rng(&rng, 6);
    put(ATR_STATEMENT_REQUEST, 0);
    put(ATR_STATEMENT_APPROVE, 1);
    put(ATR_STATEMENT_APPROVE, 2);
    atr_fr_random(&share.alpha, &rng);
    assert_int_equal(issue(0), ATR_ERR_AUTH);
    assert_false(find(&none, 0));
}

#define ATTACK(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ATTACK(issues_for_a_grant_once), ATTACK(other_terms_are_refused),
        ATTACK(a_batch_is_as_its_parts), ATTACK(state_without_signatures),
        ATTACK(forged_approvals),        ATTACK(request_swapped),
        ATTACK(approvals_moved),         ATTACK(withdrawn_or_over),
        ATTACK(withdrawn_meanwhile),     ATTACK(wrong_share),
    };

    return cmocka_run_group_tests(tests, make, clean);
}
