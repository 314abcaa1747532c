/* nodes.c - five real attrium-kmsd of one authority, any three of which give a
 * key, all on this machine with those who ask.
 *
 * Rows, for 10 attributes, by the clock on the wall, disk and start of programs
 * included: key_request, key_approve and key_fetch, the programs of a person
 * and of an administrator; key_spread, until every node has heard of what was
 * approved at one; key_whole, all of it; each the median and the lowest of 20.
 *
 * statements_pulled: how many of a node that comes back with news reach the
 * four others in a second. partials_fetched: how many partial keys one node
 * gives in a second, and in a second of processor time of all its processes.
 *
 * The programs check their keys; what is fetched otherwise is checked here.
 */
#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/address.h"
#include "app/armour.h"
#include "app/attrium/troupe_nodes.h"
#include "app/kmsd/ledger.h"
#include "app/kmsd/node.h"
#include "app/kmsd/registrar.h"
#include "curve/engine.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/fetch.h"
#include "kit/bench.h"

#define ATTRIBUTES 10
#define KEYS 20
#define LOAD 1024 /* requests that are there at once */
#define CONNS 32
#define LIMIT_MS 300000

typedef struct {
    atr_enrol enrol;
    uint8_t id[32];
    char *answer; /* of the node */
} wish;

static struct {
    atr_troupe troupe;
    atr_troupe_nodes nodes;
    atr_node *node; /* the first: its public side */
    atr_ledger *ledger[ATR_TROUPE_NODES];
    atr_attrs attrs;
    atr_rng rng;
    wish wishes[LOAD];
    atr_loop *loop;
    size_t asked;
    size_t answered;
} bench;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench nodes: %s\n", what);
    atr_troupe_stop_all(&bench.nodes);
    atr_folder_remove(bench.troupe.dir);
    exit(1);
}

static void must(bool holds, const char *what)
{
    if (!holds) {
        die(what);
    }
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void pause_ms(long ms)
{
    const struct timespec t = {0, ms * 1000000};

    (void)nanosleep(&t, NULL);
}

/* ---- the authority ---- */

static void set_stage(char *self)
{
    static volatile bool never;
    static char folder[] = "/tmp/attrium-bench-XXXXXX";
    const char *build = dirname(dirname(self));
    atr_troupe *t = &bench.troupe;

    must(mkdtemp(folder) != NULL, "a folder");
    snprintf(t->dir, sizeof t->dir, "%s", folder);
    snprintf(t->attrium, sizeof t->attrium, "%.900s/app/attrium/attrium",
             build);
    snprintf(t->kmsd, sizeof t->kmsd, "%.900s/app/kmsd/attrium-kmsd", build);
    t->stop = &never;
    t->end_at = atr_clock_now() + LIMIT_MS;
    atr_entropy_rng(&bench.rng);
}

static void make_authority(void)
{
    atr_fault fault;
    char path[ATR_PATH_BYTES_MAX];
    double start;

    must(atr_troupe_meet(&bench.nodes, &bench.troupe), "no cards");
    start = now_ms();
    must(atr_troupe_found(&bench.nodes, &bench.troupe, NULL), "no ceremony");
    bench_value("ceremony_3_of_5", atr_engine_name(), 1, "ms",
                now_ms() - start);
    must(atr_node_open(&bench.node, bench.nodes.node[0].dir, &fault) == ATR_OK,
         "no node");
    for (size_t i = 0; i < ATR_TROUPE_NODES; i++) {
        must(atr_path_join(path, bench.nodes.node[i].dir, ATR_NODE_LEDGER) ==
                     ATR_OK &&
                 atr_ledger_open(&bench.ledger[i], path, &fault) == ATR_OK &&
                 atr_troupe_start(&bench.nodes.node[i], &bench.troupe),
             "a node does not run");
    }
}

/* ---- one key ---- */

enum { REQUEST, APPROVE, SPREAD, FETCH, WHOLE, STEPS };

static const char *const step_names[STEPS] = {
    "key_request", "key_approve", "key_spread", "key_fetch", "key_whole"};

static double times[STEPS][KEYS];

static atr_err take_state(void *context, const atr_grant *grant)
{
    *(atr_grant_state *)context = grant->state;
    return ATR_OK;
}

static bool is_approved_at(size_t at, const uint8_t id[32])
{
    atr_grant_state state = ATR_GRANT_WAITING;

    return atr_ledger_find(bench.ledger[at], id, take_state, &state) ==
               ATR_OK &&
           state == ATR_GRANT_APPROVED;
}

static void wait_for_all(const char *hex)
{
    uint8_t id[32];

    must(atr_hex_read(id, sizeof id, hex) == ATR_OK, "no id");
    for (size_t i = 0; i < ATR_TROUPE_NODES; i++) {
        while (!is_approved_at(i, id)) {
            must(!atr_troupe_is_late(&bench.troupe), "an approval is lost");
            pause_ms(1);
        }
    }
}

static void one_key(size_t number)
{
    char home[ATR_PATH_BYTES_MAX];
    const char *ask[32] = {bench.troupe.attrium,
                           "key",
                           "request",
                           "-q",
                           "-d",
                           home,
                           "--authority",
                           bench.nodes.node[0].card};
    const char *fetch[] = {
        bench.troupe.attrium, "key", "fetch", "-q", "-d", home, NULL};
    char names[ATTRIBUTES][8];
    double at[STEPS + 1];
    char *id = NULL;

    snprintf(home, sizeof home, "%.900s/person-%zu", bench.troupe.dir, number);
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        snprintf(names[i], sizeof names[i], "A%zu", i);
        ask[8 + i] = names[i];
    }
    at[REQUEST] = now_ms();
    must(atr_troupe_run(&id, &bench.troupe, ask, false) == 0 && id != NULL,
         "a request");
    id[strcspn(id, "\n")] = 0;
    at[APPROVE] = now_ms();
    must(atr_troupe_say(&bench.nodes, number % ATR_TROUPE_NODES, &bench.troupe,
                        "approve", id),
         "an approval");
    at[SPREAD] = now_ms();
    wait_for_all(id);
    at[FETCH] = now_ms();
    must(atr_troupe_run(NULL, &bench.troupe, fetch, false) == 0, "a key");
    at[WHOLE] = now_ms();
    for (size_t i = 0; i < WHOLE; i++) {
        times[i][number] = at[i + 1] - at[i];
    }
    times[WHOLE][number] = at[WHOLE] - at[REQUEST];
    free(id);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void give_keys(void)
{
    for (size_t i = 0; i < KEYS; i++) {
        one_key(i);
    }
    for (size_t i = 0; i < STEPS; i++) {
        qsort(times[i], KEYS, sizeof times[i][0], by_value);
        printf("{\"name\": \"%s\", \"engine\": \"%s\", \"n\": %d, "
               "\"median_ms\": %.1f, \"lowest_ms\": %.1f}\n",
               step_names[i], atr_engine_name(), ATTRIBUTES, times[i][KEYS / 2],
               times[i][0]);
    }
    fflush(stdout);
}

/* ---- many: put into the ledger of the first node while it is down ---- */

static void put(atr_statement *s, const atr_registrar *registrar)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    memcpy(s->hm, bench.node->abe.hm, sizeof s->hm);
    s->at = atr_clock_wall_ms();
    if (s->kind == ATR_STATEMENT_APPROVE) {
        atr_statement_sign(s, 1, registrar->secret);
    }
    atr_statement_build(&out, s);
    must(atr_ledger_put(bench.ledger[0], atr_builder_bytes(&out), s->at) ==
             ATR_OK,
         "a statement");
}

static void wish_for(wish *w, const atr_registrar *registrar)
{
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    atr_builder out = atr_builder_of(bytes, sizeof bytes);
    atr_statement request = {.kind = ATR_STATEMENT_REQUEST};
    atr_statement approval = {.kind = ATR_STATEMENT_APPROVE,
                              .until = ATR_FOR_EVER};

    atr_enrol_init(&w->enrol, &bench.attrs, &bench.rng);
    atr_enrol_request_build(&out, &w->enrol.request);
    atr_enrol_request_id(w->id, bench.node->abe.hm, &w->enrol.request);
    request.request = atr_builder_bytes(&out);
    memcpy(approval.id, w->id, sizeof approval.id);
    put(&request, registrar);
    put(&approval, registrar);
}

static void fill_ledger(void)
{
    const atr_ledger_rules rules = {.hm = bench.node->abe.hm,
                                    .registrars =
                                        &bench.node->authority.registrars,
                                    .offer = atr_node_offer(bench.node),
                                    .waiting_max = LOAD,
                                    .wait_ms = LIMIT_MS};
    atr_registrar registrar;
    atr_fault fault;

    must(atr_registrar_open(&registrar, bench.nodes.registrar,
                            (atr_bytes){NULL, 0}, &fault) == ATR_OK &&
             atr_attrs_parse(&bench.attrs,
                             ATR_LITERAL("A0 A1 A2 A3 A4 A5 A6 A7 A8 A9"),
                             NULL) == ATR_OK,
         "a registrar");
    atr_ledger_set_rules(bench.ledger[0], &rules);
    for (size_t i = 0; i < LOAD; i++) {
        wish_for(&bench.wishes[i], &registrar);
    }
    atr_registrar_wipe(&registrar);
}

static void spread(void)
{
    uint64_t last = 0;
    double start;

    atr_troupe_stop(&bench.nodes.node[0]);
    fill_ledger();
    must(atr_ledger_last(&last, bench.ledger[0]) == ATR_OK &&
             atr_troupe_start(&bench.nodes.node[0], &bench.troupe),
         "the node comes back");
    start = now_ms();
    for (size_t i = 0; i < ATR_TROUPE_NODES; i++) {
        uint64_t there = 0;

        while (atr_ledger_last(&there, bench.ledger[i]) == ATR_OK &&
               there < last) {
            must(!atr_troupe_is_late(&bench.troupe), "statements are lost");
            pause_ms(2);
        }
    }
    bench_value("statements_pulled", atr_engine_name(), ATTRIBUTES,
                "per_second", 2 * LOAD / ((now_ms() - start) * 1e-3));
}

/* ---- many keys of one node ---- */

/* Processor time of all threads of a process, and of its children. */
static double own_ns(long pid)
{
    char path[64];
    double sum = 0;
    struct dirent *entry;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    dir = opendir(path);
    must(dir != NULL, path);
    while ((entry = readdir(dir)) != NULL) {
        char file[96 + sizeof entry->d_name];
        double ns = 0;
        FILE *f;

        snprintf(file, sizeof file, "%s/%s/schedstat", path, entry->d_name);
        if (entry->d_name[0] != '.' && (f = fopen(file, "r")) != NULL) {
            must(fscanf(f, "%lf", &ns) == 1, file);
            fclose(f);
        }
        sum += ns;
    }
    closedir(dir);
    return sum;
}

static double family_ns(long pid)
{
    char path[64];
    double sum = own_ns(pid);
    long child;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid, pid);
    f = fopen(path, "r");
    must(f != NULL, path);
    while (fscanf(f, "%ld", &child) == 1) {
        sum += own_ns(child);
    }
    fclose(f);
    return sum;
}

typedef struct {
    atr_fetch *fetch;
    size_t index; /* of the wish under way */
} asker;

static void ask_next(asker *a)
{
    char path[96] = "/v1/requests/";

    if (bench.asked == LOAD) {
        return;
    }
    a->index = bench.asked++;
    atr_hex_write(path + strlen(path), ATR_BYTES(bench.wishes[a->index].id));
    must(atr_fetch_get(a->fetch, path, LIMIT_MS) == ATR_OK, "ask");
}

static void take(void *context, atr_err err, int status, atr_bytes body,
                 const char *text)
{
    asker *a = context;

    must(err == ATR_OK && status == 200, err == ATR_OK ? "refused" : text);
    bench.wishes[a->index].answer = strndup((const char *)body.data, body.len);
    if (++bench.answered == LOAD) {
        atr_loop_stop(bench.loop);
    }
    ask_next(a);
}

static void check(const wish *w)
{
    static uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    static atr_abe_key key;
    json_t *json = json_loads(w->answer, 0, NULL);
    const char *text = json_string_value(json_object_get(json, "partial"));
    size_t len = 0;

    must(text != NULL && json_integer_value(json_object_get(json, "node")) == 1,
         "an answer without a key");
    must(atr_base64_read(sealed, &len, sizeof sealed, text) == ATR_OK &&
             atr_enrol_open(&key, &w->enrol, bench.node->abe.hm, 1,
                            (atr_bytes){sealed, len}) == ATR_OK &&
             atr_abe_key_check(&bench.node->abe,
                               &bench.node->authority.issue.a[0], &key,
                               &bench.rng) == ATR_OK,
         "a partial key that is wrong");
    json_decref(json);
}

static void fetch_all(void)
{
    static asker askers[CONNS];
    const long pid = bench.nodes.node[0].process.pid;
    atr_link at;
    double cpu;
    double start;
    double seconds;
    atr_fault fault;

    must(atr_loop_open(&bench.loop) == ATR_OK &&
             atr_address_parse(&at, bench.nodes.node[0].card, &fault) == ATR_OK,
         "an address");
    for (size_t i = 0; i < CONNS; i++) {
        const atr_fetch_options options = {
            .host = "127.0.0.1", .port = at.port, .pin = at.pin};

        must(atr_fetch_open(&askers[i].fetch, bench.loop, &options, take,
                            &askers[i], &fault) == ATR_OK,
             "a connection");
    }
    cpu = family_ns(pid);
    start = now_ms();
    for (size_t i = 0; i < CONNS; i++) {
        ask_next(&askers[i]);
    }
    must(atr_loop_run(bench.loop) == ATR_OK, "the loop");
    seconds = (now_ms() - start) * 1e-3;
    cpu = (family_ns(pid) - cpu) * 1e-9;
    for (size_t i = 0; i < CONNS; i++) {
        atr_fetch_close(askers[i].fetch);
    }
    atr_loop_close(bench.loop);
    for (size_t i = 0; i < LOAD; i++) {
        check(&bench.wishes[i]);
    }
    printf("{\"name\": \"partials_fetched\", \"engine\": \"%s\", \"n\": %d, "
           "\"per_second\": %.0f, \"per_second_and_core\": %.0f}\n",
           atr_engine_name(), ATTRIBUTES, LOAD / seconds, LOAD / cpu);
}

int main(int argc, char **argv)
{
    must(argc > 0, "a name");
    set_stage(argv[0]);
    make_authority();
    give_keys();
    spread();
    fetch_all();
    atr_troupe_stop_all(&bench.nodes);
    for (size_t i = 0; i < ATR_TROUPE_NODES; i++) {
        atr_ledger_close(bench.ledger[i]);
    }
    atr_node_close(bench.node);
    for (size_t i = 0; i < LOAD; i++) {
        free(bench.wishes[i].answer);
    }
    atr_folder_remove(bench.troupe.dir);
    return 0;
}
