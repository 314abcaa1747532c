/* trace compare: the heads of two people side by side. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/commands.h"
#include "app/attrium/profile.h"
#include "app/attrium/trace.h"
#include "app/attrium/witness.h"

/* ---- one pair ---- */

typedef enum {
    PAIR_SAME,
    PAIR_LONGER,  /* proven: one log, of two sizes */
    PAIR_UNKNOWN, /* the node cannot be asked */
    PAIR_NEITHER, /* the node was asked, and cannot prove it */
    PAIR_BACK,
    PAIR_FORK,
    PAIR_KEYS /* two keys have signed for one node */
} pair;

/* The node proves that its log of the one size begins with that of the other,
 * both of which it has signed. */
static pair ask(const atr_cli *cli, const atr_seen *a, const atr_seen *b)
{
    const uint64_t sizes[2] = {a->head.tree.size, b->head.tree.size};
    const bool swap = sizes[0] > sizes[1];
    atr_merkle_proof proof;
    atr_node_said said;
    char path[96];
    json_t *answer;
    int status;
    pair how = PAIR_UNKNOWN;

    snprintf(path, sizeof path, "/v1/log/head?from=%" PRIu64 "&to=%" PRIu64,
             sizes[swap], sizes[!swap]);
    if (atr_node_call(&answer, &status, &said, cli, &a->at, path, NULL) ==
        ATR_EXIT_DONE) {
        how = atr_witness_proof(&proof, answer, "consistency") &&
                      atr_trace_compare(&a->head, &b->head, &proof) ==
                          ATR_TRACE_LONGER
                  ? PAIR_LONGER
                  : PAIR_NEITHER;
    }
    json_decref(answer);
    return how;
}

static pair settle(const atr_cli *cli, const atr_seen *a, const atr_seen *b)
{
    if (memcmp(a->vk, b->vk, sizeof a->vk) != 0) {
        return PAIR_KEYS;
    }
    switch (atr_trace_compare(&a->head, &b->head, NULL)) {
    case ATR_TRACE_SAME:
        return PAIR_SAME;
    case ATR_TRACE_FORK:
        return PAIR_FORK;
    case ATR_TRACE_BACK:
        return PAIR_BACK;
    default:
        return ask(cli, a, b);
    }
}

static const struct {
    const char *name;
    const char *words;
    int code;
} meanings[] = {
    [PAIR_SAME] = {"same", "the same log", ATR_EXIT_DONE},
    [PAIR_LONGER] = {"longer", "one log, which has grown", ATR_EXIT_DONE},
    [PAIR_UNKNOWN] = {"unknown", "it cannot be asked whether this is one log",
                      ATR_EXIT_NETWORK},
    [PAIR_NEITHER] = {"unproven",
                      "it cannot prove that this is one log: it has "
                      "forked, or went on from a backup",
                      ATR_EXIT_CORRUPT},
    [PAIR_BACK] = {"back",
                   "its log went back: it hides what it did, or was "
                   "restored from a backup",
                   ATR_EXIT_CORRUPT},
    [PAIR_FORK] = {"fork",
                   "it has signed two different logs of one size: it has "
                   "forked, or went on from a backup",
                   ATR_EXIT_CORRUPT},
    [PAIR_KEYS] = {"keys",
                   "two keys sign for it: it was replaced between, or "
                   "somebody was shown another node",
                   ATR_EXIT_CORRUPT},
};

/* ---- all ---- */

typedef struct {
    const atr_cli *cli;
    atr_heads *all;  /* those of here first */
    json_t *results; /* or NULL: lines */
    size_t compared;
    int code; /* the worst so far, and what is said about it */
    char worst[512];
} comparing;

/* What cannot both be true is kept. */
static void keep_evidence(comparing *c, char path[ATR_PATH_BYTES_MAX],
                          const atr_seen *a, const atr_seen *b)
{
    atr_fault fault = {{0}};

    if (atr_heads_evidence(path, atr_cli_value(c->cli, "dir"), a, b, &fault) !=
        ATR_OK) {
        atr_cli_note(c->cli, "%s", fault.text);
        path[0] = 0;
    }
}

static void report(comparing *c, pair how, const atr_seen *a, const atr_seen *b,
                   const char *evidence)
{
    const uint64_t sizes[2] = {a->head.tree.size, b->head.tree.size};
    char name[ATR_TRACE_NAME_BYTES_MAX];
    json_t *json;

    atr_trace_name(name, a);
    if (c->results == NULL) {
        printf("%s: %s (%" PRIu64 " and %" PRIu64 " entries)\n", name,
               meanings[how].words, sizes[0], sizes[1]);
    } else {
        json = json_pack("{s:s, s:o, s:o}", "verdict", meanings[how].name,
                         "here", atr_trace_json(a), "there", atr_trace_json(b));
        if (evidence[0] != 0) {
            json_object_set_new(json, "evidence", json_string(evidence));
        }
        json_array_append_new(c->results, json);
    }
    if (meanings[how].code != ATR_EXIT_DONE && c->code != ATR_EXIT_CORRUPT) {
        c->code = meanings[how].code;
        snprintf(c->worst, sizeof c->worst, "%s: %s%s%.300s", name,
                 meanings[how].words, evidence[0] != 0 ? "; evidence: " : "",
                 evidence);
    }
}

static void compare(comparing *c, const atr_seen *a, const atr_seen *b)
{
    const pair how = settle(c->cli, a, b);
    char evidence[ATR_PATH_BYTES_MAX] = "";

    if (meanings[how].code == ATR_EXIT_CORRUPT && how != PAIR_KEYS) {
        keep_evidence(c, evidence, a, b);
    }
    report(c, how, a, b, evidence);
    c->compared++;
}

static bool same_node(const atr_seen *a, const atr_seen *b)
{
    return a->head.node == b->head.node &&
           memcmp(a->head.hm, b->head.hm, sizeof a->head.hm) == 0;
}

/* Each head of the file with those of its node before it. */
static void compare_from(comparing *c, size_t first)
{
    for (size_t i = first; i < c->all->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (same_node(&c->all->seen[k], &c->all->seen[i])) {
                compare(c, &c->all->seen[k], &c->all->seen[i]);
            }
        }
    }
}

static int add_file(comparing *c, const char *path)
{
    const size_t first = c->all->count;
    atr_fault fault = {{0}};
    atr_err err = atr_heads_add_file(c->all, path, &fault);

    if (err != ATR_OK) {
        return atr_cli_fail(c->cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    compare_from(c, first);
    return ATR_EXIT_DONE;
}

static int finish(comparing *c)
{
    json_t *out;
    int code = ATR_EXIT_DONE;

    if (c->results != NULL) {
        out = atr_cli_document();
        json_object_set(out, "results", c->results);
        code = atr_cli_print_json(c->cli, out);
    }
    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if (c->code != ATR_EXIT_DONE) {
        return atr_cli_fail(c->cli, c->code, "%s", c->worst);
    }
    return c->compared > 0
               ? ATR_EXIT_DONE
               : atr_cli_fail(c->cli, ATR_EXIT_FAILED,
                              "nothing there is of a node whose log was seen "
                              "here");
}

int atr_trace_compare_run(const atr_cli *cli)
{
    comparing c = {.cli = cli};
    int code = atr_trace_load(&c.all, cli);

    if (c.all == NULL) {
        return code;
    }
    c.results = cli->json ? json_array() : NULL;
    for (size_t i = 0; i < cli->operand_count && code == ATR_EXIT_DONE; i++) {
        code = add_file(&c, cli->operands[i]);
    }
    if (code == ATR_EXIT_DONE) {
        code = finish(&c);
    }
    json_decref(c.results);
    free(c.all);
    return code;
}
