/* kms_replica.c - the register copied between three nodes on one loop: what is
 * said at one is known at all, whoever is down, slow, restored or lying. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/kmsd/peer_status.h"
#include "app/kmsd/replica.h"
#include "host/clock.h"
#include "kit/abe.h"
#include "kit/nodes.h"

#define NODES 3
#define PATIENCE_MS 60000

typedef struct {
    atr_tls *tls;
    atr_server *server;
    atr_server_options options;
    atr_peer_desk desk;
    atr_peer_page pages[ATR_REPLICA_PAGES];
    atr_replica *replica;
    atr_ledger *ledger;
    size_t index; /* in the list */
    char path[96];
    const char *universe;
} node;

static char folder[] = "/tmp/atr-kms-replica-XXXXXX";
static atr_loop *loop;
static atr_timer *limit;
static atr_timer *tick;
static atr_peers peers;
static node nodes[NODES];
static uint8_t hm[32] = {7};
static atr_registrars registrars = {.approvals = 2, .count = 2};
static uint8_t secrets[2][ATR_ED25519_SECRET_BYTES];
static atr_log quiet = {.level = ATR_LOG_ERROR, .fd = -1};
static atr_rng rng;
static bool (*is_enough)(void);

/* --- running until something holds ---------------------------------------- */

static void out_of_time(void *context)
{
    (void)context;
    fail_msg("it does not happen");
}

static void check(void *context)
{
    (void)context;
    if (is_enough()) {
        atr_loop_stop(loop);
    } else {
        atr_timer_set(tick, atr_loop_now(loop) + 5);
    }
}

static void run_until(bool (*done)(void))
{
    is_enough = done;
    atr_timer_set(limit, atr_clock_now() + PATIENCE_MS);
    atr_timer_set(tick, 0);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    atr_timer_set(limit, ATR_NEVER);
    atr_timer_set(tick, ATR_NEVER);
}

/* --- nodes ---------------------------------------------------------------- */

static void on_http(void *context, const atr_http_request *request)
{
    node *n = context;

    assert_true(atr_peer_http(&n->desk, request));
}

static void on_seen(void *context, size_t peer)
{
    node *n = context;

    if (n->replica) {
        atr_replica_seen(n->replica, peer);
    }
}

static void serve(node *n)
{
    atr_server_handler handler = {.context = n, .http = on_http};

    n->options.tls = n->tls;
    n->options.address = "127.0.0.1";
    assert_int_equal(atr_server_open(&n->server, loop, &n->options, &handler,
                                     NULL), ATR_OK);
    n->options.port = atr_server_port(n->server);
    n->desk = (atr_peer_desk){.peers = &peers,
                              .server = n->server,
                              .pages = n->pages,
                              .page_count = ATR_REPLICA_PAGES,
                              .seen = on_seen,
                              .context = n};
}

static void open_ledger(node *n)
{
    const atr_ledger_rules rules = {.hm = hm,
                                    .registrars = &registrars,
                                    .offer = {bytes_of(n->universe), false},
                                    .waiting_max = 1000,
                                    .wait_ms = 1000ull * 3600};
    atr_fault fault = {""};

    if (atr_ledger_open(&n->ledger, n->path, &fault) != ATR_OK) {
        fail_msg("%s", fault.text);
    }
    atr_ledger_set_rules(n->ledger, &rules);
}

static void begin(node *n)
{
    static const uint32_t generation;
    atr_replica_options options = {.loop = loop,
                                   .ledger = n->ledger,
                                   .peers = &peers,
                                   .own = n->index,
                                   .generation = &generation,
                                   .tls = n->tls,
                                   .log = &quiet};
    atr_fault fault = {""};

    if (!n->server) {
        serve(n);
    }
    options.server = n->server;
    if (!n->ledger) {
        open_ledger(n);
        options.ledger = n->ledger;
    }
    if (atr_replica_open(&n->replica, &options, &fault) != ATR_OK) {
        fail_msg("%s", fault.text);
    }
    atr_replica_pages(n->pages, n->replica);
}

/* As kill -9 would leave it. */
static void end(node *n)
{
    atr_server_close(n->server);
    atr_replica_close(n->replica);
    atr_ledger_close(n->ledger);
    n->server = NULL;
    n->replica = NULL;
    n->ledger = NULL;
    for (size_t i = 0; i < ATR_REPLICA_PAGES; i++) {
        n->pages[i] = (atr_peer_page){"", NULL, NULL, NULL};
    }
}

static void forget(const node *n)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char path[128];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", n->path, ends[i]);
        unlink(path);
    }
}

static int start(void **state)
{
    uint8_t seed[32];

    (void)state;
    kit_rng(&rng, kit_seed());
    assert_non_null(mkdtemp(folder));
    assert_int_equal(atr_loop_open(&loop), ATR_OK);
    assert_int_equal(atr_timer_open(&limit, loop, out_of_time, NULL), ATR_OK);
    assert_int_equal(atr_timer_open(&tick, loop, check, NULL), ATR_OK);
    for (size_t i = 0; i < 2; i++) {
        atr_rng_bytes(&rng, seed, sizeof seed);
        atr_ed25519_keypair(registrars.vk[i], secrets[i], seed);
    }
    for (size_t i = 0; i < NODES; i++) {
        node *n = &nodes[i];

        n->universe = "";
        snprintf(n->path, sizeof n->path, "%s/%zu.db", folder, i);
        node_cert(&n->tls);
        serve(n);
        node_list(&peers, n->tls, n->options.port);
    }
    for (size_t i = 0; i < NODES; i++) {
        uint8_t pin[ATR_PIN_BYTES];

        atr_tls_pin(pin, nodes[i].tls);
        nodes[i].index = atr_peers_find(&peers, pin);
        begin(&nodes[i]);
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (size_t i = 0; i < NODES; i++) {
        end(&nodes[i]);
        forget(&nodes[i]);
        atr_tls_close(nodes[i].tls);
    }
    atr_timer_close(tick);
    atr_timer_close(limit);
    atr_loop_close(loop);
    return rmdir(folder);
}

/* --- statements ----------------------------------------------------------- */

static uint8_t asked[32]; /* the id of the request of the test */

static size_t build(uint8_t bytes[ATR_STATEMENT_BYTES_MAX], atr_statement *s)
{
    atr_builder b = atr_builder_of(bytes, ATR_STATEMENT_BYTES_MAX);

    memcpy(s->hm, hm, sizeof hm);
    s->at = 1000;
    if (s->signer != 0) {
        atr_statement_sign(s, s->signer, secrets[s->signer - 1]);
    }
    atr_statement_build(&b, s);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    return b.len;
}

static void say(node *n, atr_statement *s)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    size_t len = build(bytes, s);

    assert_int_equal(atr_ledger_put(n->ledger, (atr_bytes){bytes, len},
                                    atr_clock_wall_ms()), ATR_OK);
}

/* A fresh request, whose id is `asked` from then on. */
static void request(node *n, const char *attributes)
{
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_statement s = {.kind = ATR_STATEMENT_REQUEST,
                       .text = ATR_LITERAL("please")};
    atr_attrs attrs;
    atr_enrol enrol;

    attrs_of(&attrs, attributes);
    atr_enrol_init(&enrol, &attrs, &rng);
    atr_enrol_request_build(&b, &enrol.request);
    s.request = atr_builder_bytes(&b);
    atr_enrol_request_id(asked, hm, &enrol.request);
    say(n, &s);
}

static void approve(node *n, uint8_t signer)
{
    atr_statement s = {.kind = ATR_STATEMENT_APPROVE,
                       .signer = signer,
                       .until = ATR_FOR_EVER};

    memcpy(s.id, asked, sizeof s.id);
    say(n, &s);
}

static atr_err take_state(void *context, const atr_grant *grant)
{
    *(int *)context = (int)grant->state;
    return ATR_OK;
}

/* What the node makes of the request; -1 when it does not know it. */
static int state_at(const node *n)
{
    int state = -1;
    atr_err err = atr_ledger_find(n->ledger, asked, take_state, &state);

    assert_true(err == ATR_OK || err == ATR_ERR_STATE);
    return state;
}

static int wanted;

static bool all_say_so(void)
{
    for (size_t i = 0; i < NODES; i++) {
        if (nodes[i].ledger && state_at(&nodes[i]) != wanted) {
            return false;
        }
    }
    return true;
}

static void run_until_all_say(atr_grant_state state)
{
    wanted = (int)state;
    run_until(all_say_so);
}

/* Each has read the ledgers of the others to their ends. */
static bool all_is_read(void)
{
    for (size_t i = 0; i < NODES * NODES; i++) {
        const node *reader = &nodes[i / NODES];
        const node *other = &nodes[i % NODES];
        atr_ledger_place place;
        uint64_t last;

        if (reader == other) {
            continue;
        }
        if (atr_ledger_last(&last, other->ledger) != ATR_OK ||
            atr_ledger_find_place(&place, reader->ledger,
                                  peers.peers[other->index].at.pin) !=
                ATR_OK ||
            place.seq != last) {
            return false;
        }
    }
    return true;
}

/* --- tests ---------------------------------------------------------------- */

/* Asked at one, approved at another and at a third: granted everywhere. */
static void grant_is_known_everywhere(void **state)
{
    (void)state;
    request(&nodes[0], "ONE");
    run_until_all_say(ATR_GRANT_WAITING);
    approve(&nodes[1], 1);
    approve(&nodes[2], 2);
    run_until_all_say(ATR_GRANT_APPROVED);
    for (size_t i = 0; i < NODES; i++) {
        uint64_t last;

        assert_int_equal(atr_ledger_last(&last, nodes[i].ledger), ATR_OK);
        assert_int_equal(last, 3); /* each of them once */
    }
}

/* Whoever waits hears of it well before its answer would have ended anyhow. */
static void news_wake_those_who_wait(void **state)
{
    atr_time from;

    (void)state;
    request(&nodes[2], "ONE");
    run_until_all_say(ATR_GRANT_WAITING);
    from = atr_clock_now();
    approve(&nodes[0], 1);
    approve(&nodes[0], 2);
    run_until_all_say(ATR_GRANT_APPROVED);
    assert_true(atr_clock_now() - from < ATR_REPLICA_HOLD_MS / 2);
}

static void withdrawal_wins_everywhere(void **state)
{
    atr_statement s = {.kind = ATR_STATEMENT_WITHDRAW, .signer = 1};

    (void)state;
    request(&nodes[0], "ONE");
    run_until_all_say(ATR_GRANT_WAITING);
    memcpy(s.id, asked, sizeof s.id);
    say(&nodes[2], &s);
    approve(&nodes[0], 1);
    approve(&nodes[1], 2);
    run_until_all_say(ATR_GRANT_WITHDRAWN);
}

/* More than one answer holds, while one node is down; it goes on where it was,
 * with what it has on disk. */
static void node_that_was_down_catches_up(void **state)
{
    atr_ledger_place before;
    atr_ledger_place after;

    (void)state;
    assert_int_equal(atr_ledger_find_place(
                         &before, nodes[2].ledger,
                         peers.peers[nodes[0].index].at.pin), ATR_OK);
    assert_true(before.seq > 0);
    end(&nodes[2]);
    for (int i = 0; i < 100; i++) {
        request(&nodes[0], "ONE");
    }
    approve(&nodes[1], 1);
    run_until_all_say(ATR_GRANT_WAITING);
    begin(&nodes[2]);
    assert_int_equal(state_at(&nodes[2]), -1);
    run_until_all_say(ATR_GRANT_WAITING);
    assert_int_equal(atr_ledger_find_place(
                         &after, nodes[2].ledger,
                         peers.peers[nodes[0].index].at.pin), ATR_OK);
    assert_memory_equal(after.log, before.log, sizeof after.log);
    assert_true(after.seq >= before.seq);
    approve(&nodes[2], 2);
    run_until_all_say(ATR_GRANT_APPROVED);
}

/* Its ledger is lost, and while it is alone somebody asks: the new one begins
 * with what nobody else knows, under a number that the others have read long
 * ago in the old one. */
static void lost_ledger_is_read_anew(void **state)
{
    uint8_t before[32];
    uint64_t last[NODES];

    (void)state;
    memcpy(before, asked, sizeof before);
    for (size_t i = 0; i < NODES; i++) {
        end(&nodes[i]);
    }
    forget(&nodes[1]);
    begin(&nodes[1]);
    request(&nodes[1], "TWO");
    begin(&nodes[0]);
    begin(&nodes[2]);
    run_until_all_say(ATR_GRANT_WAITING);
    memcpy(asked, before, sizeof asked); /* and it has all from them */
    run_until_all_say(ATR_GRANT_APPROVED);
    run_until(all_is_read);
    for (size_t i = 0; i < NODES; i++) {
        assert_int_equal(atr_ledger_last(&last[i], nodes[i].ledger), ATR_OK);
        assert_int_equal(last[i], last[0]);
    }
}

/* What one node does not give, it does not take; what comes after it does. */
static void narrower_universe_passes_over(void **state)
{
    uint8_t other[32];

    (void)state;
    end(&nodes[2]);
    nodes[2].universe = "ONE TWO";
    begin(&nodes[2]);
    request(&nodes[0], "THREE");
    memcpy(other, asked, sizeof other);
    request(&nodes[0], "TWO");
    run_until_all_say(ATR_GRANT_WAITING);
    memcpy(asked, other, sizeof asked);
    assert_int_equal(state_at(&nodes[1]), ATR_GRANT_WAITING);
    assert_int_equal(state_at(&nodes[2]), -1);
    end(&nodes[2]);
    nodes[2].universe = "";
    begin(&nodes[2]);
}

/* --- a node that lies ----------------------------------------------------- */

static uint8_t lie[4096];
static size_t lie_len;
static uint64_t told;

static void answer_with_a_lie(void *context, const atr_http_request *r,
                              size_t peer)
{
    node *n = context;

    (void)peer;
    told++;
    atr_peer_reply(n->server, r->ticket, 200, (atr_bytes){lie, lie_len});
}

static bool liar_is_caught(void)
{
    return atr_replica_state(nodes[0].replica, nodes[2].index).failures >= 2 &&
           atr_replica_state(nodes[1].replica, nodes[2].index).failures >= 2;
}

/* An answer of statements of `kind`, the last one changed at byte `at`. */
static void make_lie(atr_statement *s, size_t at, uint8_t flip, uint64_t seq)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    size_t len = build(bytes, s);
    atr_builder b = atr_builder_of(lie, sizeof lie);
    uint8_t log[ATR_LEDGER_LOG_BYTES] = {9};

    bytes[at < len ? at : len - 1] ^= flip;
    atr_build_bytes(&b, ATR_BYTES(log));
    atr_build_u64(&b, 1000);
    atr_build_u64(&b, seq);
    atr_build_field(&b, (atr_bytes){bytes, len});
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    lie_len = b.len;
}

static void lie_until_caught(void)
{
    for (size_t i = 0; i < NODES; i++) {
        end(&nodes[i]);
        begin(&nodes[i]);
    }
    nodes[2].pages[0] =
        (atr_peer_page){ATR_REPLICA_PATH, answer_with_a_lie, &nodes[2], NULL};
    told = 0;
    run_until(liar_is_caught);
    assert_true(told >= 4);
}

/* A peer that forges, cuts or repeats is found out, and nothing it says moves
 * anything: neither the request nor the place in its log. */
static void forged_statements_are_refused(void **state)
{
    atr_ledger_place before;
    atr_ledger_place after;
    const uint8_t *pin = peers.peers[nodes[2].index].at.pin;

    (void)state;
    request(&nodes[0], "ONE");
    run_until_all_say(ATR_GRANT_WAITING);
    assert_int_equal(atr_ledger_find_place(&before, nodes[0].ledger, pin),
                     ATR_OK);
    for (int i = 0; i < 6; i++) {
        atr_statement s = {.kind = ATR_STATEMENT_APPROVE,
                           .signer = 1,
                           .until = ATR_FOR_EVER};

        memcpy(s.id, asked, sizeof s.id);
        make_lie(&s, i == 0   ? SIZE_MAX /* the signature */
                     : i == 1 ? 0        /* the version */
                     : i == 2 ? 2        /* the authority */
                     : i == 3 ? 42       /* the signer */
                              : 60,      /* the request */
                 i < 5 ? 1 : 0, i == 5 ? 0 : 1);
        if (i == 4) {
            lie_len -= 3;
        }
        lie_until_caught();
        assert_int_equal(state_at(&nodes[0]), ATR_GRANT_WAITING);
        assert_int_equal(atr_ledger_find_place(&after, nodes[0].ledger, pin),
                         ATR_OK);
        assert_memory_equal(&after, &before, sizeof after);
    }
    /* The same approval, unforged, from whomever: it is taken. */
    end(&nodes[2]);
    begin(&nodes[2]);
    approve(&nodes[2], 1);
    approve(&nodes[2], 2);
    run_until_all_say(ATR_GRANT_APPROVED);
}

static void garbage_is_refused(void **state)
{
    (void)state;
    request(&nodes[0], "ONE");
    run_until_all_say(ATR_GRANT_WAITING);
    for (int i = 0; i < 3; i++) {
        atr_rng_bytes(&rng, lie, sizeof lie);
        lie_len = i == 0 ? 0 : i == 1 ? 23 : 2000;
        lie_until_caught();
    }
    end(&nodes[2]);
    begin(&nodes[2]);
    request(&nodes[2], "ONE");
    run_until_all_say(ATR_GRANT_WAITING);
}

/* --- what a peer may ask -------------------------------------------------- */

static int got_status;
static size_t got_len;

static void on_done(void *context, atr_err err, int status, atr_bytes body,
                    const char *text)
{
    (void)context;
    (void)text;
    got_status = err == ATR_OK ? status : -1;
    got_len = body.len;
    atr_loop_stop(loop);
}

static int status_of(const char *query)
{
    uint8_t pin[ATR_PIN_BYTES];
    atr_fetch_options options = {.host = "127.0.0.1",
                                 .port = nodes[0].options.port,
                                 .pin = pin,
                                 .own = nodes[1].tls};
    atr_fetch *fetch;
    char path[256];

    atr_tls_pin(pin, nodes[0].tls);
    snprintf(path, sizeof path, ATR_REPLICA_PATH "%s", query);
    assert_int_equal(atr_fetch_open(&fetch, loop, &options, on_done, NULL,
                                    NULL), ATR_OK);
    assert_int_equal(atr_fetch_get(fetch, path, PATIENCE_MS), ATR_OK);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    atr_fetch_close(fetch);
    return got_status;
}

#define LOG "00000000000000000000000000000000"

static void questions(void **state)
{
    static const char *const bad[] = {
        "", "?", "?after=", "?after=1", "?log=" LOG, "?after=x&log=" LOG,
        "?after=-1&log=" LOG, "?after=+1&log=" LOG, "?after=1&log=0",
        "?after=1&log=" LOG "0", "?after=1&log=" LOG "&x",
        "?after=%201&log=" LOG, "?after=99999999999999999999&log=" LOG,
        "?log=" LOG "&after=1"};
    char query[80];
    uint64_t last;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (status_of(bad[i]) != 400) {
            fail_msg("%s: %d", bad[i], got_status);
        }
    }
    assert_int_equal(status_of("?after=1&log=" LOG), 200);
    assert_true(got_len > 24 && got_len <= ATR_REPLICA_BODY_MAX);
    /* The end of another ledger is not the end of this one. */
    assert_int_equal(atr_ledger_last(&last, nodes[0].ledger), ATR_OK);
    snprintf(query, sizeof query, "?after=%llu&log=" LOG,
             (unsigned long long)last);
    assert_int_equal(status_of(query), 200);
    assert_true(got_len > 24);
    assert_int_equal(status_of("?after=9999999999999999999&log=" LOG), 200);
}

static pid_t child;
static int child_status;

static bool child_has_ended(void)
{
    return waitpid(child, &child_status, WNOHANG) == child;
}

/* As `status` does it, in another process: all up and read to the end, then one
 * that is down, and statements that have not been read. */
static void status_of_peers(void **state)
{
    (void)state;
    request(&nodes[0], "ONE");
    run_until_all_say(ATR_GRANT_WAITING);
    run_until(all_is_read);
    for (int round = 0; round < 2; round++) {
        child = fork();
        if (child == 0) {
            atr_peer_status got[ATR_ISSUE_NODES_MAX];
            atr_ledger_place none = {.seq = 0};
            size_t first = nodes[1].index;
            size_t second = nodes[2].index;
            const uint8_t *pin = peers.peers[first].at.pin;
            bool good;

            open_ledger(&nodes[0]);
            if (round == 1) {
                memcpy(none.log, pin, sizeof none.log); /* another's */
                good = atr_ledger_set_place(nodes[0].ledger, pin, &none) ==
                       ATR_OK;
            }
            good = atr_peers_ask(got, &peers, nodes[0].index, nodes[0].tls,
                                 nodes[0].ledger, PATIENCE_MS) == ATR_OK;
            good &= got[first].is_up && got[second].is_up == (round == 0);
            good &= (got[first].behind > 0) == (round == 1);
            good &= (got[second].fault[0] != 0) == (round == 1);
            _exit(good ? 0 : 1);
        }
        run_until(child_has_ended);
        assert_int_equal(child_status, 0);
        if (round == 0) {
            end(&nodes[2]);
        }
    }
    begin(&nodes[2]);
    request(&nodes[1], "ONE");
    run_until_all_say(ATR_GRANT_WAITING);
}

/* Before a node stops, everybody who waits has an answer. */
static void stopping_lets_everybody_go(void **state)
{
    (void)state;
    for (size_t i = 0; i < NODES; i++) {
        atr_replica_stop(nodes[i].replica);
    }
    run_until(all_say_so);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grant_is_known_everywhere),
        cmocka_unit_test(news_wake_those_who_wait),
        cmocka_unit_test(withdrawal_wins_everywhere),
        cmocka_unit_test(node_that_was_down_catches_up),
        cmocka_unit_test(lost_ledger_is_read_anew),
        cmocka_unit_test(narrower_universe_passes_over),
        cmocka_unit_test(forged_statements_are_refused),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(questions),
        cmocka_unit_test(status_of_peers),
        cmocka_unit_test(stopping_lets_everybody_go),
    };

    return cmocka_run_group_tests_name("kms_replica", tests, start, stop);
}
