#include "app/kmsd/gather.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/kmsd/ceremony_status.h"
#include "app/pull.h"

#define EVERY_MS 500
#define BACK_OFF_MS 5000
#define LINGER_MS 20000
#define LOOK_MS 1000
#define DRAIN_MS 3000

typedef struct {
    const atr_gathering *with;
    atr_loop *loop;
    atr_server *server;
    atr_pull *pull;
    atr_timer *look;   /* for what nobody tells: a peer that is silent */
    atr_timer *linger; /* runs out when nobody needs us any more */
    atr_peers peers;
    char log[ATR_PATH_BYTES_MAX];
    atr_ceremony_desk page;
    atr_peer_page pages[1];
    atr_peer_desk desk;
    bool is_settled;
    bool is_ending;
    uint16_t told; /* the peers that have seen that it is */
    uint8_t named[ATR_DKG_NODES_MAX]; /* faults that have been printed */
    char words[512];                  /* printed last */
    int code;
} gathering;

static const char *const round_names[] = {
    [ATR_DKG_HELLO] = "hello",         [ATR_DKG_DEAL] = "deal",
    [ATR_DKG_COMPLAINT] = "complaint", [ATR_DKG_ANSWER] = "answer",
    [ATR_DKG_OPEN] = "open",           [ATR_DKG_DONE] = "done",
};

/* Words ------------------------------------------------------------------- */

/* "node 1, node 4" */
static void list_nodes(char *out, size_t cap, uint16_t set)
{
    size_t at = 0;

    out[0] = '\0';
    for (unsigned i = 1; i <= ATR_DKG_NODES_MAX && at < cap; i++) {
        if ((set >> (i - 1) & 1) != 0) {
            int len = snprintf(out + at, cap - at, "%snode %u",
                               at > 0 ? ", " : "", i);

            at += len > 0 ? (size_t)len : 0;
        }
    }
}

static void say(gathering *g, const char *words)
{
    if (strcmp(words, g->words) != 0) {
        snprintf(g->words, sizeof g->words, "%s", words);
        fprintf(stderr, "attrium-kmsd: %s\n", words);
    }
}

static void say_named(gathering *g, const atr_dkg *dkg)
{
    for (size_t i = 0; i < dkg->nodes; i++) {
        if (dkg->fault[i] != g->named[i]) {
            g->named[i] = dkg->fault[i];
            fprintf(stderr, "attrium-kmsd: node %zu %s\n", i + 1,
                    atr_dkg_fault_text((atr_dkg_fault)dkg->fault[i]));
        }
    }
}

/* Why a peer that we wait for does not answer, where that is known. */
static void say_trouble(gathering *g, char *out, size_t cap, uint16_t awaited)
{
    size_t at = strlen(out);

    for (size_t i = 0; g->pull && i < g->peers.count && at < cap; i++) {
        const atr_pull_state state = atr_pull_state_of(g->pull, i);
        int len = 0;

        if ((awaited >> i & 1) != 0 && i != g->with->own &&
            state.fault[0] != '\0') {
            len = snprintf(out + at, cap - at, "; node %zu: %s", i + 1,
                           state.fault);
        }
        at += len > 0 ? (size_t)len : 0;
    }
}

static void report(gathering *g)
{
    const atr_dkg *dkg = atr_ceremony_dkg(g->with->ceremony);
    uint16_t all = (uint16_t)((1U << g->peers.count) - 1);
    uint16_t awaited;
    char nodes[160];
    char words[512];

    if (!dkg) {
        awaited = all & (uint16_t)~atr_ceremony_met(g->with->ceremony);
        list_nodes(nodes, sizeof nodes, awaited);
        snprintf(words, sizeof words, "waiting for %s to begin", nodes);
        say_trouble(g, words, sizeof words, awaited);
        say(g, words);
        return;
    }
    say_named(g, dkg);
    awaited = atr_dkg_awaited(dkg);
    if (dkg->round != ATR_DKG_FAILED && awaited != 0) {
        list_nodes(nodes, sizeof nodes, awaited);
        snprintf(words, sizeof words, "round %d of 6, %s: waiting for %s",
                 (int)dkg->round, round_names[dkg->round], nodes);
        if (dkg->differs != 0) {
            list_nodes(nodes, sizeof nodes, dkg->differs);
            snprintf(words + strlen(words), sizeof words - strlen(words),
                     "; %s heard something else before", nodes);
        }
        say_trouble(g, words, sizeof words, awaited);
        say(g, words);
    }
}

/* Steps ------------------------------------------------------------------- */

static void drained(void *context)
{
    const gathering *g = context;

    atr_loop_stop(g->loop);
}

/* Who is being answered is still answered. */
static void end(gathering *g, int code)
{
    if (!g->is_ending) {
        g->is_ending = true;
        g->code = code;
        if (g->server) {
            atr_server_drain(g->server, DRAIN_MS, drained, g);
        } else {
            atr_loop_stop(g->loop);
        }
    }
}

/* Whether a peer may not have heard our last word from this process: it has not
 * asked since, and is not one that has confirmed and gone. */
static bool is_needed_by(const gathering *g, const atr_dkg *dkg, size_t peer)
{
    if (peer == g->with->own || (g->told >> peer & 1) != 0) {
        return false;
    }
    return (dkg->agreed >> peer & 1) == 0 ||
           atr_pull_state_of(g->pull, peer).failures == 0;
}

static bool is_needed(const gathering *g, const atr_dkg *dkg)
{
    bool needed = false;

    for (size_t i = 0; g->server && i < g->peers.count; i++) {
        needed = needed || is_needed_by(g, dkg, i);
    }
    return needed;
}

static void step(gathering *g)
{
    const atr_dkg *dkg = atr_ceremony_dkg(g->with->ceremony);

    if (g->is_ending) {
        return;
    }
    report(g);
    if (dkg && dkg->round == ATR_DKG_FAILED) {
        end(g, atr_cli_fail(g->with->cli, ATR_EXIT_CORRUPT,
                            "the ceremony has failed; begin anew everywhere, "
                            "without %s",
                            g->log));
        return;
    }
    if (dkg && !g->is_settled && atr_dkg_is_settled(dkg)) {
        int code = g->with->settled(g->with->context);

        if (code != 0) {
            end(g, code);
            return;
        }
        g->is_settled = true;
        atr_timer_set(g->linger, atr_loop_now(g->loop) + LINGER_MS);
    }
    if (g->is_settled && !is_needed(g, dkg)) {
        end(g, ATR_EXIT_DONE);
    }
}

static void on_look(void *context)
{
    gathering *g = context;

    atr_timer_set(g->look, atr_loop_now(g->loop) + LOOK_MS);
    step(g);
}

static bool ask(void *context, size_t peer,
                char path[ATR_FETCH_PATH_BYTES_MAX + 1])
{
    const gathering *g = context;

    snprintf(path, ATR_FETCH_PATH_BYTES_MAX + 1,
             ATR_CEREMONY_PATH "?generation=%lu&from=%u",
             (unsigned long)g->with->generation,
             atr_ceremony_from(g->with->ceremony, (uint8_t)(peer + 1)));
    return true;
}

static atr_err take(void *context, size_t peer, atr_bytes body,
                    atr_fault *fault)
{
    gathering *g = context;
    atr_err err = atr_ceremony_hear(g->with->ceremony, (uint8_t)(peer + 1),
                                    body, fault);

    if (err == ATR_ERR_IO) {
        end(g, atr_cli_fail(g->with->cli, ATR_EXIT_FAILED, "%s", fault->text));
    } else {
        step(g);
    }
    return err;
}

/* A peer has asked: it is up, and what it is shown it will have heard. */
static void seen(void *context, size_t peer)
{
    gathering *g = context;

    atr_pull_seen(g->pull, peer);
    if (g->is_settled && (g->told >> peer & 1) == 0) {
        g->told |= (uint16_t)(1U << peer);
        atr_timer_set(g->linger, atr_loop_now(g->loop) + LINGER_MS);
    }
}

static void on_linger(void *context)
{
    end(context, ATR_EXIT_DONE);
}

static void on_signal(void *context, int number)
{
    gathering *g = context;

    if (number == SIGINT || number == SIGTERM) {
        end(g, g->is_settled
                   ? ATR_EXIT_DONE
                   : atr_cli_fail(g->with->cli, ATR_EXIT_INTERRUPTED,
                                  "interrupted; the same command goes on"));
    }
}

static void on_http(void *context, const atr_http_request *request)
{
    gathering *g = context;
    atr_http_reply reply = {.status = 503, .retry_after = "5"};

    if (!atr_peer_http(&g->desk, request)) {
        atr_server_reply(g->server, request->ticket, &reply);
    }
}

/* Also for `init` of before there were generations. */
static bool parse_query(uint32_t *generation, unsigned *from, const char *query)
{
    unsigned long number;
    int end = 0;

    *generation = 0;
    *from = 1;
    if (query[0] == '\0') {
        return true;
    }
    if (sscanf(query, "generation=%9lu&from=%1u%n", &number, from, &end) == 2) {
        *generation = (uint32_t)number;
    } else if (sscanf(query, "from=%1u%n", from, &end) != 1) {
        return false;
    }
    return query[end] == '\0' && !strpbrk(query, "+- ");
}

static bool admits(void *context, const atr_http_request *request)
{
    const atr_ceremony_desk *desk = context;
    char log[ATR_PATH_BYTES_MAX];
    uint32_t generation;
    unsigned from;
    atr_peers peers;

    if (!parse_query(&generation, &from, request->query) ||
        atr_ceremony_dir(log, desk->dir, generation) != ATR_OK) {
        return false;
    }
    atr_ceremony_cards(&peers, log);
    return atr_peers_find(&peers, request->client_pin) < peers.count;
}

static void answer(void *context, const atr_http_request *request, size_t peer)
{
    atr_ceremony_desk *desk = context;
    char log[ATR_PATH_BYTES_MAX];
    uint32_t generation;
    atr_file page = {0};
    atr_fault fault;
    unsigned from;
    atr_err err;

    (void)peer;
    if (!parse_query(&generation, &from, request->query) ||
        atr_ceremony_dir(log, desk->dir, generation) != ATR_OK) {
        atr_peer_reply(desk->server, request->ticket, 400,
                       (atr_bytes){NULL, 0});
        return;
    }
    err = atr_ceremony_page(&page, log, desk->node, from, &fault);
    atr_peer_reply(desk->server, request->ticket,
                   err == ATR_OK || err == ATR_ERR_STATE ? 200 : 503,
                   (atr_bytes){page.data, page.len}); /* none: not begun */
    atr_file_wipe(&page);
}

atr_peer_page atr_ceremony_show(atr_ceremony_desk *desk)
{
    return (atr_peer_page){ATR_CEREMONY_PATH, answer, desk, admits};
}

/* Beginning --------------------------------------------------------------- */

static int listen_on(gathering *g)
{
    const atr_place *place = g->with->place;
    const atr_server_options options = {
        .tls = g->with->tls,
        .address = place->listen[0] ? place->listen : NULL,
        .port = place->port,
        .conns_max = 200,
    };
    const atr_server_handler handler = {.context = g, .http = on_http};
    atr_fault fault;

    g->page.node = (uint8_t)(g->with->own + 1);
    snprintf(g->page.dir, sizeof g->page.dir, "%s", g->with->dir);
    g->pages[0] = atr_ceremony_show(&g->page);
    g->desk = (atr_peer_desk){.peers = &g->peers,
                              .pages = g->pages,
                              .page_count = 1,
                              .seen = seen,
                              .context = g};
    if (atr_server_open(&g->server, g->loop, &options, &handler, &fault) !=
        ATR_OK) {
        return atr_cli_fail(g->with->cli, ATR_EXIT_NETWORK, "%s", fault.text);
    }
    g->page.server = g->desk.server = g->server;
    return 0;
}

static int begin(gathering *g)
{
    const atr_pull_handler handler = {g, ask, take};
    const atr_pull_options options = {.peers = &g->peers,
                                      .own = g->with->own,
                                      .tls = g->with->tls,
                                      .every_ms = EVERY_MS,
                                      .back_off_ms = BACK_OFF_MS};
    atr_fault fault;
    int code = 0;

    if (atr_loop_open(&g->loop) != ATR_OK ||
        atr_loop_signals(g->loop, on_signal, g) != ATR_OK ||
        atr_timer_open(&g->look, g->loop, on_look, g) != ATR_OK ||
        atr_timer_open(&g->linger, g->loop, on_linger, g) != ATR_OK) {
        return atr_cli_fail(g->with->cli, ATR_EXIT_FAILED, "no event loop");
    }
    if (!g->with->is_shown && (code = listen_on(g)) != 0) {
        return code;
    }
    if (atr_pull_open(&g->pull, g->loop, &options, &handler, &fault) !=
        ATR_OK) {
        return atr_cli_fail(g->with->cli, ATR_EXIT_NETWORK, "%s", fault.text);
    }
    return 0;
}

static void name_nodes(const gathering *g)
{
    for (size_t i = 0; i < g->peers.count; i++) {
        fprintf(stderr, "attrium-kmsd: node %zu is %s%s\n", i + 1,
                g->peers.peers[i].card, i == g->with->own ? " (here)" : "");
    }
}

int atr_gather(const atr_gathering *with)
{
    gathering *g = calloc(1, sizeof *g);
    int code;

    if (!g) {
        return atr_cli_fail(with->cli, ATR_EXIT_FAILED, "no memory");
    }
    g->with = with;
    g->peers = *with->peers;
    g->code = ATR_EXIT_FAILED;
    (void)!atr_ceremony_dir(g->log, with->dir, with->generation);
    name_nodes(g);
    if ((code = begin(g)) == 0) {
        atr_timer_set(g->look, atr_loop_now(g->loop));
        if (atr_loop_run(g->loop) != ATR_OK) {
            (void)atr_cli_fail(with->cli, ATR_EXIT_FAILED,
                               "the event loop failed");
        }
        code = g->code;
    }
    atr_pull_close(g->pull);
    atr_server_close(g->server);
    if (g->look) {
        atr_timer_close(g->look);
    }
    if (g->linger) {
        atr_timer_close(g->linger);
    }
    if (g->loop) {
        atr_loop_close(g->loop);
    }
    free(g);
    return code;
}
