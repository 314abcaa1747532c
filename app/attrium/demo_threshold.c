/* demo_threshold.c - the demonstration of an authority of five nodes, any three
 * of which issue, act by act. Nodes have numbers from 1, as everywhere. */
#include "app/attrium/demo.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/demo_cheat.h"

#define NODES ATR_TROUPE_NODES
#define POLICY "(ONE or THREE) and (TWO or FOUR)"
#define PERIOD "12s" /* that of a real authority is a week or so */
#define MEMBERS 4

/* ---- the authority ---- */

/* A file of a node; all zero when it cannot be read. */
static atr_file read_of(const atr_demo *d, size_t number, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};

    if (atr_path_join(path, d->nodes.node[number - 1].dir, name) == ATR_OK) {
        (void)!atr_file_read(&file, path, 65536, NULL);
    }
    return file;
}

static bool same(const atr_file *a, const atr_file *b)
{
    return atr_bytes_equal((atr_bytes){a->data, a->len},
                           (atr_bytes){b->data, b->len});
}

/* One public key, and five shares. */
static bool compare_nodes(atr_demo *d)
{
    atr_file key = read_of(d, 1, "authority.pub");
    atr_file share = read_of(d, 1, "share.key");
    bool good = key.len > 0 && share.len > 0;

    for (size_t i = 2; i <= NODES; i++) {
        atr_file its_key = read_of(d, i, "authority.pub");
        atr_file its_share = read_of(d, i, "share.key");

        good = good && same(&key, &its_key) && its_share.len > 0 &&
               !same(&share, &its_share);
        atr_file_wipe(&its_key);
        atr_file_wipe(&its_share);
    }
    atr_file_wipe(&key);
    atr_file_wipe(&share);
    return good || atr_demo_fail(d, "the nodes do not fit together");
}

static bool start_node(atr_demo *d, size_t number)
{
    return atr_troupe_start(&d->nodes.node[number - 1], &d->troupe) ||
           atr_demo_fail(d, "node %zu does not run", number);
}

static bool found(atr_demo *d)
{
    atr_demo_headline(d, "1. Five operators make a key authority together, of "
                         "which any three issue");
    if (!atr_troupe_meet(&d->nodes, &d->troupe) ||
        !atr_troupe_found(&d->nodes, &d->troupe, PERIOD)) {
        return atr_demo_fail(d, "the ceremony failed (%s)", d->troupe.kmsd);
    }
    for (size_t i = 1; i <= NODES; i++) {
        if (!start_node(d, i)) {
            return false;
        }
        atr_demo_show("node %zu  %s", i, d->nodes.node[i - 1].card);
    }
    if (!compare_nodes(d)) {
        return false;
    }
    atr_demo_claim(d, "five nodes made one public key in a ceremony, and each "
                      "has a share of its own");
    return true;
}

/* ---- keys ---- */

/* Asks the nodes with these numbers, the others being in what they tell. The
 * id of the request stays with the person. */
static bool ask(atr_demo *d, atr_actor *actor, const size_t *at, size_t count)
{
    const char *argv[24] = {d->troupe.attrium, "key", "request", "--json", "-d",
                            actor->home,       "-q"};
    size_t n = 7;
    char *out = NULL;
    char *id;

    for (size_t i = 0; i < count; i++) {
        argv[n++] = "--authority";
        argv[n++] = d->nodes.node[at[i] - 1].card;
    }
    argv[n] = actor->attributes;
    (void)atr_troupe_run(&out, &d->troupe, argv, true);
    id = atr_demo_text(out, "id");
    free(out);
    if (id != NULL) {
        snprintf(actor->request, sizeof actor->request, "%s", id);
    }
    free(id);
    return id != NULL ||
           atr_demo_fail(d, "%s could not ask for a key", actor->name);
}

static bool approve(atr_demo *d, const atr_actor *actor, size_t number)
{
    return atr_troupe_say(&d->nodes, number - 1, &d->troupe, "approve",
                          actor->request) ||
           atr_demo_fail(d, "node %zu does not take the approval", number);
}

/* The exit status; what the client says of the nodes is to be freed. */
static int fetch(atr_demo *d, const atr_actor *actor, bool wait, char **said)
{
    const char *argv[] = {
        d->troupe.attrium,      "key",       "fetch", "-d", actor->home,
        wait ? "--wait" : NULL, "--timeout", "60",    NULL};

    return atr_troupe_complaints(said, &d->troupe, argv);
}

static bool give_key(atr_demo *d, atr_actor *actor, size_t at, size_t approver)
{
    char *said = NULL;
    bool good = ask(d, actor, &at, 1) && approve(d, actor, approver);

    if (good && fetch(d, actor, true, &said) != 0) {
        good = atr_demo_fail(d, "%s did not get the key", actor->name);
    }
    free(said);
    if (good) {
        atr_demo_show("%-5s {%s}  asked at node %zu, approved at node %zu",
                      actor->name, actor->attributes, at, approver);
    }
    return good;
}

/* Whether the client has said that node 4 cheats, and that `down` are. */
static bool names(const atr_demo *d, const char *said, const size_t *down,
                  size_t count)
{
    bool good = said != NULL && strstr(said, "node 4 of the authority");

    for (size_t i = 0; i < count; i++) {
        const char *port = strchr(d->nodes.node[down[i] - 1].listen, ':') + 1;

        good = good && strstr(said, port) != NULL;
    }
    return good;
}

/* Nodes 3 and 5 are down, node 4 is not what it was. */
static bool make_trouble(atr_demo *d)
{
    for (size_t i = 3; i <= NODES; i++) {
        atr_troupe_stop(&d->nodes.node[i - 1]);
    }
    return atr_demo_cheat(&d->cheat, &d->nodes, 4) ||
           atr_demo_fail(d, "the cheat does not run");
}

static bool end_trouble(atr_demo *d)
{
    atr_process_end(&d->cheat, 2000);
    return start_node(d, 4) && start_node(d, 5);
}

static bool two_give_nothing(atr_demo *d)
{
    static const size_t down[] = {3, 5};
    const atr_actor *ada = &d->people[0];
    char *said = NULL;
    int status = fetch(d, ada, false, &said);
    bool good = status != 0 && status != -1 && names(d, said, down, 2);

    free(said);
    atr_demo_show("nodes 3 and 5 are down, node 4 cheats: no key of nodes 1 "
                  "and 2");
    return good ||
           atr_demo_fail(d, "%s and two nodes: exit %d", ada->name, status);
}

static bool three_give_a_key(atr_demo *d)
{
    static const size_t down[] = {5};
    const atr_actor *ada = &d->people[0];
    char *said = NULL;
    int status = fetch(d, ada, true, &said);
    bool good = status == 0 && names(d, said, down, 1);

    free(said);
    atr_demo_show("node 3 is back: a key of nodes 1, 2 and 3; the client "
                  "names node 4, which cheats");
    return good ||
           atr_demo_fail(d, "%s and three nodes: exit %d", ada->name, status);
}

static bool issue_in_trouble(atr_demo *d)
{
    static const size_t at[] = {5, 4, 1};
    atr_actor *ada = &d->people[0];

    atr_demo_headline(d,
                      "2. Ada asks while some nodes are down and one cheats");
    if (!make_trouble(d) || !ask(d, ada, at, 3) || !approve(d, ada, 1) ||
        !approve(d, ada, 2) || !two_give_nothing(d)) {
        return false;
    }
    atr_demo_claim(d, "two nodes and one that cheats gave no key");
    if (!start_node(d, 3) || !three_give_a_key(d) || !end_trouble(d)) {
        return false;
    }
    atr_demo_claim(d, "three did, with one node down and one cheating; the "
                      "client named both");
    return true;
}

static bool issue(atr_demo *d)
{
    atr_demo_headline(d, "3. Ben and Cleo ask, all five nodes being up again");
    if (!give_key(d, &d->people[1], 5, 4) ||
        !give_key(d, &d->people[2], 4, 5)) {
        return false;
    }
    atr_demo_claim(d, "what was approved at one node was issued by others");
    return true;
}

/* ---- what the nodes have logged ---- */

typedef const char *trace_words[3]; /* the last ones may be NULL */

static int trace(atr_demo *d, const atr_actor *actor, const trace_words words,
                 char **said)
{
    const char *argv[] = {d->troupe.attrium, "trace",  words[0], "-d",
                          actor->home,       words[1], words[2], NULL};

    return atr_troupe_complaints(said, &d->troupe, argv);
}

/* Ben has seen nothing that Cleo has not; Ada has seen node 4 twice. */
static bool compare_logs(atr_demo *d)
{
    const atr_actor *ada = &d->people[0];
    char heads[ATR_PATH_BYTES_MAX];
    char *said[4] = {NULL};
    bool good;

    atr_demo_headline(d, "4. They compare what the nodes have logged");
    snprintf(heads, sizeof heads, "%.900s/heads", d->troupe.dir);
    good = trace(d, &d->people[1], (trace_words){"export", "-o", heads},
                 &said[0]) == 0 &&
           trace(d, &d->people[2], (trace_words){"compare", heads, NULL},
                 &said[1]) == 0 &&
           trace(d, &d->people[1], (trace_words){"verify", "--all", NULL},
                 &said[2]) == 0;
    if (!good) {
        (void)atr_demo_fail(d, "the logs of the nodes do not fit together");
    } else if (trace(d, ada, (trace_words){"verify", NULL, NULL}, &said[3]) !=
                   ATR_EXIT_CORRUPT ||
               said[3] == NULL || strstr(said[3], "node 4") == NULL) {
        good = atr_demo_fail(d, "%s does not see that node 4 has two logs",
                             ada->name);
    }
    for (size_t i = 0; i < 4; i++) {
        free(said[i]);
    }
    if (good) {
        atr_demo_show(
            "Ben and Cleo see the same logs; node 4 shows Ada another "
            "one than it did while it cheated");
        atr_demo_claim(d, "each key stands in the logs of the nodes that made "
                          "it; a node with two logs is caught");
    }
    return good;
}

/* ---- the room ---- */

static bool meet(atr_demo *d)
{
    atr_demo_headline(d, "5. They meet in a room for: " POLICY);
    if (!atr_demo_hall(d) || !atr_demo_room(d, POLICY) ||
        !atr_demo_enter(d, 0, MEMBERS - 1) ||
        !atr_demo_speak(d, MEMBERS - 1, 0, "our keys have no single maker") ||
        !atr_demo_heard(d, MEMBERS - 1, 1)) {
        return false;
    }
    atr_demo_claim(d,
                   "keys of three nodes opened a room, in which all %d "
                   "agreed on one key",
                   MEMBERS - 1);
    return true;
}

/* ---- new shares ---- */

static bool run_refresh(atr_demo *d)
{
    atr_troupe_argv argv[NODES] = {0};

    for (size_t i = 0; i < NODES; i++) {
        const atr_troupe_node *node = &d->nodes.node[i];
        const char *words[] = {d->troupe.kmsd, "refresh-shares", "-d",
                               node->dir,      "--listen",       node->listen};

        memcpy(argv[i], words, sizeof words);
    }
    return atr_troupe_together(&d->troupe, argv) ||
           atr_demo_fail(d, "the shares were not refreshed");
}

static bool refresh(atr_demo *d)
{
    atr_file old[NODES];
    bool good;

    atr_demo_headline(d, "6. The nodes deal themselves new shares of the same "
                         "key, and serve on");
    for (size_t i = 0; i < NODES; i++) {
        old[i] = read_of(d, i + 1, "share.key");
    }
    good = run_refresh(d) && compare_nodes(d);
    for (size_t i = 0; i < NODES; i++) {
        atr_file now = read_of(d, i + 1, "share.key");

        good = good && !same(&old[i], &now);
        atr_file_wipe(&now);
        atr_file_wipe(&old[i]);
    }
    if (!good) {
        return d->problem[0] == 0 &&
               atr_demo_fail(d, "a node has kept its share");
    }
    atr_demo_claim(d, "every node has another share than before");
    return true;
}

static bool go_on(atr_demo *d)
{
    atr_demo_headline(d, "7. Dan gets a key of the new shares, and joins");
    if (!give_key(d, &d->people[3], 2, 3) ||
        !atr_demo_enter(d, MEMBERS - 1, MEMBERS) ||
        !atr_demo_speak(d, MEMBERS, 3, "mine was made after yours") ||
        !atr_demo_heard(d, MEMBERS - 1, 2)) {
        return false;
    }
    atr_demo_claim(d, "keys of old shares and of new ones open the same room");
    return true;
}

/* ---- the end of a grant ---- */

/* All listen until the last one's client has ended: its exit status. */
static int wait_for_end(atr_demo *d, atr_actor *last)
{
    while (!atr_troupe_is_late(&d->troupe) && atr_actor_listen(last, 50)) {
        for (size_t i = 0; i < MEMBERS - 1; i++) {
            (void)atr_actor_listen(&d->people[i], 0);
        }
    }
    return atr_actor_end(last, &d->troupe);
}

static bool withdraw(atr_demo *d)
{
    atr_actor *dan = &d->people[MEMBERS - 1];
    uint64_t epoch = d->people[0].epoch;
    int status;

    atr_demo_headline(d, "8. Dan's grant is withdrawn at node 5; keys last for "
                         "a period of " PERIOD);
    if (!atr_troupe_say(&d->nodes, 4, &d->troupe, "withdraw", dan->request)) {
        return atr_demo_fail(d, "node 5 does not take the withdrawal");
    }
    status = wait_for_end(d, dan);
    if (status != ATR_EXIT_DENIED || strcmp(dan->why, "policy") != 0) {
        return atr_demo_fail(d, "%s: exit %d (\"%s\")", dan->name, status,
                             dan->why);
    }
    atr_demo_show("the period is over, and no node renews: %s is out",
                  dan->name);
    if (!atr_demo_agree(d, MEMBERS - 1, epoch)) {
        return false;
    }
    atr_demo_mark("the others", &d->people[0]);
    if (strcmp(dan->mark, d->people[0].mark) == 0 ||
        !atr_demo_speak(d, MEMBERS - 1, 1, "just the three of us now") ||
        !atr_demo_heard(d, MEMBERS - 1, 3)) {
        return d->problem[0] == 0 && atr_demo_fail(d, "the key did not change");
    }
    atr_demo_claim(d, "who was withdrawn dropped out at the period's end: "
                      "exit status 3");
    atr_demo_claim(d,
                   "the other %d renewed their keys by themselves and "
                   "talk under a new one",
                   MEMBERS - 1);
    return true;
}

static bool leave(atr_demo *d)
{
    return atr_demo_leave(d, MEMBERS - 1);
}

bool atr_demo_threshold(atr_demo *d)
{
    static atr_demo_act *const acts[] = {
        found, issue_in_trouble, issue, compare_logs, meet, refresh,
        go_on, withdraw,         leave,
    };

    return atr_demo_play(d, acts, sizeof acts / sizeof acts[0]);
}
