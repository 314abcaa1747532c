#include "app/attrium/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/armour.h"
#include "host/clock.h"

#define CLOCKS_DIFFER_MS (10ull * 60 * 1000)

struct atr_witness {
    const atr_cli *cli;
    const atr_nodes *listed;
    uint8_t hm[32];
    atr_heads known;
    bool heard[ATR_ISSUE_NODES_MAX]; /* of `known`, by place: it is news */
};

/* A head for each node, and no others. */
static bool is_of_nodes(const atr_heads *heads, const uint8_t hm[32])
{
    bool good = heads->count <= ATR_ISSUE_NODES_MAX;

    for (size_t i = 0; i < heads->count && good; i++) {
        good = atr_heads_find(heads, hm, heads->seen[i].head.node) ==
               &heads->seen[i];
    }
    return good;
}

int atr_witness_open(atr_witness **out, const atr_cli *cli,
                     const uint8_t hm[32], const atr_nodes *listed)
{
    atr_witness *w = calloc(1, sizeof *w);
    atr_fault fault = {{0}};
    atr_err err;

    *out = NULL;
    if (w == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    w->cli = cli;
    w->listed = listed;
    memcpy(w->hm, hm, sizeof w->hm);
    err = atr_heads_load(&w->known, atr_cli_value(cli, "dir"), hm, &fault);
    if (err == ATR_OK && !is_of_nodes(&w->known, hm)) {
        err = atr_fault_set(&fault, ATR_ERR_INPUT,
                            "what is kept of the logs of this authority is "
                            "damaged");
    }
    if (err != ATR_OK) {
        free(w);
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    *out = w;
    return ATR_EXIT_DONE;
}

void atr_witness_close(atr_witness *witness)
{
    free(witness); /* public all of it */
}

/* The key that is listed for a node, or NULL where none are. */
static const uint8_t *listed_key(const atr_witness *w, uint8_t node)
{
    return node >= 1 && node <= w->listed->count
               ? w->listed->entries[node - 1].vk
               : NULL;
}

/* Where what is known of the log of a node stands, or the count. When the
 * authority lists another key now, the node is another, with another log. */
static size_t place_of(const atr_witness *w, uint8_t node)
{
    const uint8_t *vk = listed_key(w, node);
    size_t i = 0;

    while (i < w->known.count &&
           (w->known.seen[i].head.node != node ||
            (vk != NULL && memcmp(vk, w->known.seen[i].vk, 32) != 0))) {
        i++;
    }
    return i;
}

static const atr_seen *find_known(const atr_witness *w, uint8_t node)
{
    const size_t place = place_of(w, node);

    return place < w->known.count ? &w->known.seen[place] : NULL;
}

uint64_t atr_witness_size(const atr_witness *witness, uint8_t node)
{
    const atr_seen *seen = find_known(witness, node);

    return seen != NULL ? seen->head.tree.size : 0;
}

/* ---- reading an answer ---- */

bool atr_witness_proof(atr_merkle_proof *out, const json_t *log,
                       const char *name)
{
    uint8_t *bytes;
    size_t len;
    bool good =
        atr_node_base64(&bytes, &len, ATR_MERKLE_PROOF_BYTES_MAX, log, name);

    good =
        good && atr_merkle_proof_read(out, (atr_bytes){bytes, len}) == ATR_OK;
    free(bytes);
    return good;
}

static bool read_head(atr_seen *out, const atr_testimony *t)
{
    const char *key = json_string_value(json_object_get(t->log, "key"));
    uint8_t *bytes;
    size_t len;
    bool good =
        atr_node_base64(&bytes, &len, ATR_TRACE_HEAD_BYTES, t->log, "head");

    memset(out, 0, sizeof *out);
    out->at = *t->address;
    good = good && key != NULL &&
           atr_hex_read(out->vk, sizeof out->vk, key) == ATR_OK &&
           atr_trace_head_read(&out->head, (atr_bytes){bytes, len}) == ATR_OK;
    free(bytes);
    return good;
}

/* A head that this node has signed, about this authority, by now. */
static int check_head(const atr_witness *w, atr_node_said *said,
                      const atr_seen *new, const atr_seen *known, uint8_t node)
{
    const uint8_t *listed = listed_key(w, node);
    const uint8_t *vk = listed != NULL  ? listed
                        : known != NULL ? known->vk
                                        : new->vk;

    if (memcmp(vk, new->vk, sizeof new->vk) != 0) {
        return atr_node_says(said, ATR_EXIT_CORRUPT,
                             "node %u of the authority signs its log with "
                             "another key than %s",
                             node,
                             listed != NULL ? "is listed for it" : "before");
    }
    if (new->head.node != node ||
        memcmp(new->head.hm, w->hm, sizeof w->hm) != 0 ||
        atr_trace_verify(&new->head, vk) != ATR_OK) {
        return atr_node_says(said, ATR_EXIT_CORRUPT,
                             "node %u of the authority shows a log that it "
                             "has not signed",
                             node);
    }
    if (new->head.at > atr_clock_wall_ms() + CLOCKS_DIFFER_MS) {
        return atr_node_says(said, ATR_EXIT_CORRUPT,
                             "node %u of the authority shows a log of the "
                             "future: its clock or the one here is wrong",
                             node);
    }
    return ATR_EXIT_DONE;
}

/* ---- against what is known ---- */

/* The proof that the node extends what is known: as it came, or asked for when
 * something else was. */
static bool find_proof(atr_merkle_proof *out, const atr_witness *w,
                       const atr_testimony *t, uint64_t from, uint64_t to)
{
    atr_node_said said;
    char path[96];
    json_t *answer;
    int status;
    bool good = false;

    if (t->asked == from) {
        return atr_witness_proof(out, t->log, "consistency");
    }
    snprintf(path, sizeof path, "/v1/log/head?from=%" PRIu64 "&to=%" PRIu64,
             from, to);
    if (atr_node_call(&answer, &status, &said, w->cli, t->address, path,
                      NULL) == ATR_EXIT_DONE) {
        good = atr_witness_proof(out, answer, "consistency");
    }
    json_decref(answer);
    return good;
}

static int says_with_evidence(const atr_witness *w, atr_node_said *said,
                              const atr_seen *known, const atr_seen *new,
                              const char *what)
{
    char path[ATR_PATH_BYTES_MAX] = "";
    atr_fault fault = {{0}};
    const uint64_t sizes[2] = {known->head.tree.size, new->head.tree.size};

    if (atr_heads_evidence(path, atr_cli_value(w->cli, "dir"), known, new,
                           &fault) != ATR_OK) {
        snprintf(path, sizeof path, "cannot be written");
    }
    atr_cli_note(w->cli, "evidence: %s", path);
    return atr_node_says(said, ATR_EXIT_CORRUPT,
                         "node %u of the authority %s (entries before: %" PRIu64
                         ", now: %" PRIu64 ")",
                         known->head.node, what, sizes[0], sizes[1]);
}

/* A restored backup and a lie look alike in what they contradict; the words say
 * what is certain, and what else it may be. */
static int compare(const atr_witness *w, atr_node_said *said,
                   const atr_seen *known, const atr_seen *new,
                   const atr_testimony *t)
{
    const uint64_t from = known->head.tree.size;
    const uint64_t to = new->head.tree.size;
    atr_merkle_proof proof;
    bool has_proof = from < to && find_proof(&proof, w, t, from, to);

    switch (atr_trace_compare(&known->head, &new->head,
                              has_proof ? &proof : NULL)) {
    case ATR_TRACE_SAME:
    case ATR_TRACE_LONGER:
        return ATR_EXIT_DONE;
    case ATR_TRACE_FORK:
        return says_with_evidence(w, said, known, new,
                                  "has signed two different logs of one size: "
                                  "it has forked, or went on from a backup");
    case ATR_TRACE_BACK:
        return says_with_evidence(w, said, known, new,
                                  "has a log that went back: it hides what "
                                  "it did, or was restored from a backup");
    default:
        break;
    }
    return to < from ? atr_node_says(said, ATR_EXIT_CORRUPT,
                                     "node %u of the authority shows its log "
                                     "as it was earlier (entries before: "
                                     "%" PRIu64 ", now: %" PRIu64
                                     "): it was restored from a backup, or "
                                     "hides what it did",
                                     known->head.node, from, to)
                     : says_with_evidence(
                           w, said, known, new,
                           "has a log that does not continue the one it had: "
                           "it has forked, or went on from a backup");
}

/* ---- what is heard ---- */

/* A node that was replaced has left something behind. */
static void drop_former(atr_witness *w, uint8_t node)
{
    for (size_t i = 0; i < w->known.count; i++) {
        if (w->known.seen[i].head.node == node) {
            atr_cli_note(w->cli,
                         "node %u of the authority has another key now: its "
                         "log begins anew",
                         node);
            w->known.seen[i] = w->known.seen[--w->known.count];
            w->heard[i] = w->heard[w->known.count];
            return;
        }
    }
}

/* Verified, and not yet known. */
static int hear(atr_seen *new, atr_witness *w, atr_node_said *said,
                const atr_testimony *t)
{
    const atr_seen *known = find_known(w, t->node);
    int code;

    if (!read_head(new, t)) {
        return atr_node_says(said, ATR_EXIT_CORRUPT,
                             "node %u of the authority does not show its log",
                             t->node);
    }
    code = check_head(w, said, new, known, t->node);
    return code == ATR_EXIT_DONE && known != NULL
               ? compare(w, said, known, new, t)
               : code;
}

static void know(atr_witness *w, const atr_seen *new, uint8_t node)
{
    size_t place = place_of(w, node);

    if (place == w->known.count) {
        drop_former(w, node);
        place = w->known.count;
        w->known.count += place < ATR_ISSUE_NODES_MAX;
    }
    if (place < ATR_ISSUE_NODES_MAX) {
        w->known.seen[place] = *new;
        w->heard[place] = true;
    }
}

int atr_witness_hear(atr_trace_head *out, atr_witness *witness,
                     atr_node_said *said, const atr_testimony *t)
{
    atr_seen new;
    int code = hear(&new, witness, said, t);

    if (code == ATR_EXIT_DONE) {
        know(witness, &new, t->node);
    }
    if (out != NULL) {
        *out = new.head;
    }
    return code;
}

int atr_witness_hear_of(atr_witness *witness, atr_node_said *said,
                        const atr_testimony *t, const atr_trace_leaf *leaf)
{
    const json_t *index = json_object_get(t->log, "index");
    atr_merkle_proof proof;
    uint8_t hash[32];
    atr_seen new;
    int code = hear(&new, witness, said, t);

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    atr_trace_leaf_hash(hash, leaf);
    if (!json_is_integer(index) || json_integer_value(index) < 0 ||
        !atr_witness_proof(&proof, t->log, "inclusion") ||
        atr_merkle_include_check(&new.head.tree,
                                 (uint64_t)json_integer_value(index), hash,
                                 &proof) != ATR_OK) {
        return atr_node_says(said, ATR_EXIT_CORRUPT,
                             "node %u of the authority cheats: its log does "
                             "not have the partial key that it gives",
                             t->node);
    }
    know(witness, &new, t->node);
    return ATR_EXIT_DONE;
}

int atr_witness_keep(const atr_witness *w)
{
    atr_heads *news = malloc(sizeof *news);
    atr_fault fault = {{0}};
    atr_err err = ATR_OK;

    if (news == NULL) {
        return atr_cli_fail(w->cli, ATR_EXIT_FAILED, "no memory");
    }
    news->count = 0;
    for (size_t i = 0; i < w->known.count && err == ATR_OK; i++) {
        if (w->heard[i]) {
            err = atr_heads_add(news, &w->known.seen[i]);
        }
    }
    if (err == ATR_OK) {
        err = atr_heads_keep(news, atr_cli_value(w->cli, "dir"), &fault);
    }
    free(news);
    return err == ATR_OK
               ? ATR_EXIT_DONE
               : atr_cli_fail(w->cli, atr_cli_exit_of(err), "%s", fault.text);
}
