/* kms_peers.c - nodes that ask each other, all on one loop: who may read the
 * pages of nodes, and pulling from peers that are well, gone, slow or bad. */
#include <stdlib.h>
#include <unistd.h>

#include "app/kmsd/peer_pages.h"
#include "app/pull.h"
#include "host/clock.h"
#include "kit/nodes.h"

#define NODES 3
#define PATIENCE_MS 60000

/* A node: what it has to say, and what it has heard from the others. */
typedef struct {
    atr_tls *tls;
    atr_server *server;
    atr_server_options options;
    atr_peer_desk desk;
    atr_peer_page pages[1];
    atr_pull *pull;
    size_t index; /* in the list */
    char news[32];
    bool mute;       /* does not answer */
    size_t size;     /* of its answer; 0: its news */
    uint64_t asked;  /* times that its page was */
    char heard[NODES][64];
    uint64_t takes;
    bool bad[NODES]; /* an answer from there is not good */
} node;

static atr_loop *loop;
static atr_timer *limit;
static atr_peers peers;
static node nodes[NODES + 1]; /* the last one is a stranger */
static bool (*is_enough)(void);

static void check(void)
{
    if (is_enough && is_enough()) {
        atr_loop_stop(loop);
    }
}

static void out_of_time(void *context)
{
    (void)context;
    fail_msg("it does not happen");
}

/* Runs until `done` holds. */
static void run_until(bool (*done)(void))
{
    is_enough = done;
    atr_timer_set(limit, atr_loop_now(loop) + PATIENCE_MS);
    if (!done()) {
        assert_int_equal(atr_loop_run(loop), ATR_OK);
    }
    atr_timer_set(limit, ATR_NEVER);
    is_enough = NULL;
}

static void enough(void *context)
{
    (void)context;
    atr_loop_stop(loop);
}

static void run_for(uint32_t ms)
{
    atr_timer *timer;

    assert_int_equal(atr_timer_open(&timer, loop, enough, NULL), ATR_OK);
    atr_timer_set(timer, atr_loop_now(loop) + ms);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    atr_timer_close(timer);
}

static void answer(void *context, const atr_http_request *request, size_t peer)
{
    static uint8_t large[5000];
    node *n = context;

    assert_true(peer < NODES);
    n->asked++;
    if (!n->mute) {
        atr_peer_reply(n->server, request->ticket, 200,
                       n->size > 0
                           ? (atr_bytes){large, n->size}
                           : (atr_bytes){(uint8_t *)n->news, strlen(n->news)});
    }
    check();
}

static void on_http(void *context, const atr_http_request *request)
{
    node *n = context;
    atr_http_reply reply = {.status = 404};

    if (!atr_peer_http(&n->desk, request)) {
        atr_server_reply(n->server, request->ticket, &reply);
    }
}

static void on_seen(void *context, size_t peer)
{
    node *n = context;

    if (n->pull) {
        atr_pull_seen(n->pull, peer);
    }
}

static void serve(node *n)
{
    atr_server_handler handler = {.context = n, .http = on_http};
    atr_fault fault = {""};

    n->options.tls = n->tls;
    n->options.address = "127.0.0.1";
    if (atr_server_open(&n->server, loop, &n->options, &handler, &fault) !=
        ATR_OK) {
        fail_msg("%s", fault.text);
    }
    n->options.port = atr_server_port(n->server);
    n->desk.server = n->server;
}

static void silence(node *n)
{
    atr_server_close(n->server);
    n->server = NULL;
}

static int start(void **state)
{
    (void)state;
    assert_int_equal(atr_loop_open(&loop), ATR_OK);
    assert_int_equal(atr_timer_open(&limit, loop, out_of_time, NULL), ATR_OK);
    for (size_t i = 0; i <= NODES; i++) {
        node *n = &nodes[i];

        node_cert(&n->tls);
        n->pages[0] = (atr_peer_page){"/v1/peer/news", answer, n, NULL};
        n->desk = (atr_peer_desk){.peers = &peers,
                                  .pages = n->pages,
                                  .page_count = 1,
                                  .seen = on_seen,
                                  .context = n};
        snprintf(n->news, sizeof n->news, "news of %zu", i);
        serve(n);
        if (i < NODES) {
            node_list(&peers, n->tls, n->options.port);
        }
    }
    for (size_t i = 0; i <= NODES; i++) {
        uint8_t pin[ATR_PIN_BYTES];

        atr_tls_pin(pin, nodes[i].tls);
        nodes[i].index = atr_peers_find(&peers, pin);
    }
    return nodes[NODES].index != NODES;
}

static int stop(void **state)
{
    (void)state;
    for (size_t i = 0; i <= NODES; i++) {
        atr_server_close(nodes[i].server);
        atr_tls_close(nodes[i].tls);
    }
    atr_timer_close(limit);
    atr_loop_close(loop);
    return 0;
}

/* --- who may read --------------------------------------------------------- */

static int got_status;
static char got_body[64];

static void on_done(void *context, atr_err err, int status, atr_bytes body,
                    const char *text)
{
    (void)context;
    (void)text;
    got_status = err == ATR_OK ? status : -1;
    snprintf(got_body, sizeof got_body, "%.*s", (int)body.len,
             body.len > 0 ? (const char *)body.data : "");
    atr_loop_stop(loop);
}

/* The status that `n` gives for `path` to whoever shows `own`. */
static int status_of(const node *n, const char *path, const atr_tls *own)
{
    atr_fetch_options options = {.host = "127.0.0.1",
                                 .port = n->options.port,
                                 .own = own};
    uint8_t pin[ATR_PIN_BYTES];
    atr_fetch *fetch;

    atr_tls_pin(pin, n->tls);
    options.pin = pin;
    assert_int_equal(atr_fetch_open(&fetch, loop, &options, on_done, NULL,
                                    NULL), ATR_OK);
    assert_int_equal(atr_fetch_get(fetch, path, PATIENCE_MS), ATR_OK);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    atr_fetch_close(fetch);
    return got_status;
}

static void nodes_alone_read_pages_of_nodes(void **state)
{
    static const char *const paths[] = {"/v1/peer/news", "/v1/peer/",
                                        "/v1/peer/other",
                                        "/v1/peer/../peer/news",
                                        "/v1/peer/%6eews"};
    uint64_t before = nodes[0].desk.refused_total;
    uint64_t asked = nodes[0].asked;

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(status_of(&nodes[0], paths[i], NULL), 403);
        assert_int_equal(status_of(&nodes[0], paths[i], nodes[NODES].tls),
                         403);
        assert_null(strstr(got_body, "news of"));
    }
    assert_int_equal(nodes[0].desk.refused_total, before + 10);
    assert_int_equal(nodes[0].asked, asked);
    assert_int_equal(status_of(&nodes[0], "/v1/peer/news", nodes[1].tls), 200);
    assert_string_equal(got_body, nodes[0].news);
    assert_int_equal(status_of(&nodes[0], "/v1/peer/other", nodes[1].tls),
                     404);
    /* Below it only; its own certificate is a node's too. */
    assert_int_equal(status_of(&nodes[0], "/v1/peers", nodes[1].tls), 404);
    assert_int_equal(status_of(&nodes[0], "/v1/peer/news", nodes[0].tls), 200);
}

/* --- pulling -------------------------------------------------------------- */

static bool ask(void *context, size_t peer,
                char path[ATR_FETCH_PATH_BYTES_MAX + 1])
{
    (void)context;
    assert_true(peer < NODES);
    strcpy(path, "/v1/peer/news");
    return true;
}

static atr_err take(void *context, size_t peer, atr_bytes body,
                    atr_fault *fault)
{
    node *n = context;
    char text[sizeof n->heard[0]];

    n->takes++;
    if (n->bad[peer]) {
        return atr_fault_set(fault, ATR_ERR_AUTH, "not good");
    }
    snprintf(text, sizeof text, "%.*s", (int)body.len,
             (const char *)body.data);
    if (strcmp(text, n->heard[peer]) == 0) {
        check();
        return ATR_ERR_STATE;
    }
    strcpy(n->heard[peer], text);
    check();
    return ATR_OK;
}

static void pull(node *n, uint32_t every_ms, uint32_t limit_ms)
{
    atr_pull_options options = {.peers = &peers,
                                .own = n->index,
                                .tls = n->tls,
                                .body_max = 4000,
                                .limit_ms = limit_ms,
                                .every_ms = every_ms,
                                .back_off_ms = 400};
    atr_pull_handler handler = {n, ask, take};

    memset(n->heard, 0, sizeof n->heard);
    n->takes = 0;
    assert_int_equal(atr_pull_open(&n->pull, loop, &options, &handler, NULL),
                     ATR_OK);
}

static void pull_all(uint32_t every_ms, uint32_t limit_ms)
{
    for (size_t i = 0; i < NODES; i++) {
        pull(&nodes[i], every_ms, limit_ms);
    }
}

static void end_all(void)
{
    for (size_t i = 0; i < NODES; i++) {
        atr_pull_close(nodes[i].pull);
        nodes[i].pull = NULL;
    }
}

static bool all_know_all(void)
{
    for (size_t i = 0; i < NODES; i++) {
        for (size_t k = 0; k < NODES; k++) {
            if (i != k && strcmp(nodes[i].heard[nodes[k].index],
                                 nodes[k].news) != 0) {
                return false;
            }
        }
    }
    return true;
}

static void news_spread(void **state)
{
    (void)state;
    pull_all(50, PATIENCE_MS);
    run_until(all_know_all);
    strcpy(nodes[1].news, "fresh");
    run_until(all_know_all);
    assert_string_equal(nodes[2].heard[nodes[1].index], "fresh");
    end_all();
}

/* Nothing new: each asks every other once in a while, not as fast as it can,
 * though each hears of the others all the time. */
static void quiet_peers_rest(void **state)
{
    (void)state;
    pull_all(60000, PATIENCE_MS);
    run_until(all_know_all);
    run_for(200); /* the second answer, with nothing new */
    for (size_t i = 0; i < NODES; i++) {
        nodes[i].asked = 0;
    }
    run_for(500);
    for (size_t i = 0; i < NODES; i++) {
        assert_int_equal(nodes[i].asked, 0);
    }
    end_all();
}

static bool second_is_missed(void)
{
    size_t at = nodes[2].index;

    return atr_pull_state_of(nodes[0].pull, at).failures >= 3 &&
           atr_pull_state_of(nodes[1].pull, at).failures >= 3;
}

static void peer_goes_and_comes_back(void **state)
{
    atr_pull_state known;

    (void)state;
    pull_all(50, PATIENCE_MS);
    run_until(all_know_all);
    silence(&nodes[2]);
    atr_pull_close(nodes[2].pull);
    nodes[2].pull = NULL;
    strcpy(nodes[1].news, "while 2 was away");
    run_until(second_is_missed);
    known = atr_pull_state_of(nodes[0].pull, nodes[2].index);
    assert_false(known.is_up);
    assert_true(known.heard_at != 0);
    assert_int_not_equal(known.fault[0], 0);
    /* The others went on without it. */
    assert_string_equal(nodes[0].heard[nodes[1].index], "while 2 was away");
    serve(&nodes[2]);
    strcpy(nodes[2].news, "back");
    pull(&nodes[2], 50, PATIENCE_MS);
    run_until(all_know_all);
    known = atr_pull_state_of(nodes[0].pull, nodes[2].index);
    assert_true(known.is_up);
    assert_int_equal(known.failures, 0);
    assert_string_equal(known.fault, "");
    end_all();
}

/* It takes the question and gives no answer: the others do not wait for it. */
static void slow_peer_is_left_behind(void **state)
{
    (void)state;
    nodes[2].mute = true;
    pull_all(50, 400);
    run_until(second_is_missed);
    assert_string_equal(nodes[0].heard[nodes[1].index], nodes[1].news);
    assert_non_null(strstr(
        atr_pull_state_of(nodes[0].pull, nodes[2].index).fault, "too long"));
    nodes[2].mute = false;
    run_until(all_know_all);
    end_all();
}

static void large_answer_is_refused(void **state)
{
    (void)state;
    nodes[2].size = 4001;
    pull_all(50, PATIENCE_MS);
    run_until(second_is_missed);
    assert_non_null(strstr(
        atr_pull_state_of(nodes[0].pull, nodes[2].index).fault, "too large"));
    nodes[2].size = 0;
    run_until(all_know_all);
    end_all();
}

/* What it says is no good: it is asked ever more seldom, but does not stop. */
static void bad_answer_ends_the_pull(void **state)
{
    size_t at = nodes[2].index;

    (void)state;
    nodes[0].bad[at] = nodes[1].bad[at] = true;
    pull_all(50, PATIENCE_MS);
    run_until(second_is_missed);
    assert_string_equal(atr_pull_state_of(nodes[0].pull, at).fault,
                        "not good");
    assert_string_equal(nodes[0].heard[at], "");
    nodes[0].bad[at] = nodes[1].bad[at] = false;
    run_until(all_know_all);
    end_all();
}

/* A node at the address of a peer, with another key, is not believed; nor is
 * a stranger who asks given anything. */
static void impostor_is_not_heard(void **state)
{
    node *impostor = &nodes[NODES];
    atr_server_options kept = impostor->options;

    (void)state;
    silence(&nodes[2]);
    silence(impostor);
    impostor->options = nodes[2].options;
    strcpy(impostor->news, "lies");
    serve(impostor);
    pull(&nodes[0], 50, PATIENCE_MS);
    pull(&nodes[1], 50, PATIENCE_MS);
    impostor->asked = 0;
    run_until(second_is_missed);
    assert_non_null(strstr(
        atr_pull_state_of(nodes[0].pull, nodes[2].index).fault, "pinned"));
    assert_int_equal(impostor->asked, 0);
    assert_string_equal(nodes[0].heard[nodes[2].index], "");
    silence(impostor);
    impostor->options = kept;
    serve(impostor);
    serve(&nodes[2]);
    pull(&nodes[2], 50, PATIENCE_MS);
    run_until(all_know_all);
    end_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_alone_read_pages_of_nodes),
        cmocka_unit_test(news_spread),
        cmocka_unit_test(quiet_peers_rest),
        cmocka_unit_test(peer_goes_and_comes_back),
        cmocka_unit_test(slow_peer_is_left_behind),
        cmocka_unit_test(large_answer_is_refused),
        cmocka_unit_test(bad_answer_ends_the_pull),
        cmocka_unit_test(impostor_is_not_heard),
    };

    return cmocka_run_group_tests_name("kms_peers", tests, start, stop);
}
