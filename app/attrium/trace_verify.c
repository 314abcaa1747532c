/* trace verify: whether the logs that were seen have only grown; with --all
 * every entry is read, and the tree computed anew. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/commands.h"
#include "app/attrium/enrolment.h"
#include "app/attrium/profile.h"
#include "app/attrium/trace.h"
#include "app/attrium/witness.h"
#include "app/armour.h"

#define LEAVES_BYTES_MAX (1024 * ATR_TRACE_LEAF_BYTES)

/* The hashes that lie along the right edge of a tree: enough to go on, and for
 * its root, since only the last two of a level are ever asked for. */
typedef struct {
    uint8_t hash[64][2][32];
} edge;

static atr_err get_edge(void *context, uint8_t hash[32], unsigned level,
                        uint64_t index)
{
    memcpy(hash, ((edge *)context)->hash[level][index & 1], 32);
    return ATR_OK;
}

static atr_err put_edge(void *context, unsigned level, uint64_t index,
                        const uint8_t hash[32])
{
    memcpy(((edge *)context)->hash[level][index & 1], hash, 32);
    return ATR_OK;
}

/* What is verified of one authority. */
typedef struct {
    const atr_cli *cli;
    atr_witness *witness;
    atr_authority *authority; /* of the profile; without nodes: unknown */
    bool has_authority;
    uint8_t parameters[32]; /* the hash of its bytes */
} verifying;

/* What the entries of one node are. */
typedef struct {
    edge edge;
    uint64_t size;
    uint64_t issued;
    bool has_parameters; /* those that are known here */
} entries;

static atr_err add_entry(entries *e, const verifying *v, const uint8_t *bytes)
{
    const atr_merkle tree = {&e->edge, get_edge, put_edge};
    atr_trace_leaf leaf = {.kind = bytes[0]};
    uint8_t hash[32];

    memcpy(leaf.digest, bytes + 1, sizeof leaf.digest);
    e->issued += leaf.kind == ATR_TRACE_ISSUED;
    e->has_parameters |= leaf.kind == ATR_TRACE_PARAMETERS &&
                         memcmp(leaf.digest, v->parameters, 32) == 0;
    atr_trace_leaf_hash(hash, &leaf);
    return atr_merkle_append(&tree, e->size++, hash);
}

/* A page of entries; at least one, of those below `size`. */
static int read_page(entries *e, const verifying *v, atr_node_said *said,
                     const atr_seen *seen, uint64_t size)
{
    char path[64];
    uint8_t *bytes = NULL;
    json_t *answer;
    size_t len = 0;
    int status;
    int code;

    snprintf(path, sizeof path, "/v1/log/leaves?from=%" PRIu64, e->size);
    code = atr_node_call(&answer, &status, said, v->cli, &seen->at, path, NULL);
    if (code == ATR_EXIT_DONE &&
        (!atr_node_base64(&bytes, &len, LEAVES_BYTES_MAX, answer, "leaves") ||
         len == 0 || len % ATR_TRACE_LEAF_BYTES != 0)) {
        code = atr_node_says(said, ATR_EXIT_CORRUPT,
                             "node %u of the authority does not show all "
                             "entries of its log",
                             seen->head.node);
    }
    for (size_t i = 0; i < len && code == ATR_EXIT_DONE && e->size < size;
         i += ATR_TRACE_LEAF_BYTES) {
        code = add_entry(e, v, bytes + i) == ATR_OK ? ATR_EXIT_DONE
                                                    : ATR_EXIT_FAILED;
    }
    free(bytes);
    json_decref(answer);
    return code;
}

/* All entries of the log that `head` is over, and what they must be. */
static int read_all(entries *e, const verifying *v, atr_node_said *said,
                    const atr_seen *seen, const atr_trace_head *head)
{
    const atr_merkle tree = {&e->edge, get_edge, put_edge};
    uint8_t root[32];
    int code = ATR_EXIT_DONE;

    memset(e, 0, sizeof *e);
    while (code == ATR_EXIT_DONE && e->size < head->tree.size) {
        code = read_page(e, v, said, seen, head->tree.size);
    }
    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if (atr_merkle_root(root, &tree, e->size) != ATR_OK ||
        memcmp(root, head->tree.root, sizeof root) != 0) {
        return atr_node_says(said, ATR_EXIT_CORRUPT,
                             "node %u of the authority shows other entries "
                             "than it has signed",
                             head->node);
    }
    return !v->has_authority || e->has_parameters
               ? ATR_EXIT_DONE
               : atr_node_says(said, ATR_EXIT_CORRUPT,
                               "node %u of the authority has not entered the "
                               "public parameters that are known here",
                               head->node);
}

static void report(const verifying *v, const atr_seen *seen,
                   const atr_trace_head *head, const entries *e)
{
    char name[ATR_TRACE_NAME_BYTES_MAX];

    if (v->cli->json) {
        return; /* all at the end */
    }
    atr_trace_name(name, seen);
    printf("%s: whole, %" PRIu64 " entries, %" PRIu64 " more than before", name,
           head->tree.size, head->tree.size - seen->head.tree.size);
    if (e != NULL) {
        printf("; %" PRIu64 " keys", e->issued);
    }
    printf("\n");
}

static int verify_node(const verifying *v, atr_node_said *said,
                       const atr_seen *seen)
{
    const uint8_t node = seen->head.node;
    atr_testimony testimony = {.node = node, .address = &seen->at};
    entries *e = NULL;
    atr_trace_head head;
    char path[64];
    json_t *answer;
    int status;
    int code;

    testimony.asked = atr_witness_size(v->witness, node);
    snprintf(path, sizeof path, "/v1/log/head?from=%" PRIu64, testimony.asked);
    code = atr_node_call(&answer, &status, said, v->cli, &seen->at, path, NULL);
    if (code == ATR_EXIT_DONE) {
        testimony.log = answer;
        code = atr_witness_hear(&head, v->witness, said, &testimony);
    }
    if (code == ATR_EXIT_DONE && atr_cli_has(v->cli, "all")) {
        e = malloc(sizeof *e);
        code = e != NULL ? read_all(e, v, said, seen, &head)
                         : atr_node_says(said, ATR_EXIT_FAILED, "no memory");
    }
    if (code == ATR_EXIT_DONE) {
        report(v, seen, &head, e);
    }
    free(e);
    json_decref(answer);
    return code;
}

/* ---- the authority, if its parameters are here ---- */

static bool is_authority(verifying *v, const char *name, const uint8_t hm[32])
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    atr_fault fault;
    uint8_t found[32];
    bool good =
        atr_profile_path(path, atr_cli_value(v->cli, "dir"),
                         ATR_PROFILE_AUTHORITY, name, false,
                         &fault) == ATR_OK &&
        atr_profile_read(&file, path, ATR_ARMOUR_AUTHORITY,
                         ATR_AUTHORITY_BYTES_MAX, false, &fault) == ATR_OK &&
        atr_authority_read(v->authority, (atr_bytes){file.data, file.len}) ==
            ATR_OK &&
        atr_enrolment_hm(found, v->cli, v->authority) == ATR_EXIT_DONE &&
        memcmp(found, hm, sizeof found) == 0;

    if (good) {
        const atr_trace_leaf leaf = atr_trace_of(
            ATR_TRACE_PARAMETERS, (atr_bytes){file.data, file.len});

        memcpy(v->parameters, leaf.digest, sizeof v->parameters);
    }
    atr_file_wipe(&file);
    return good;
}

static void find_authority(verifying *v, const uint8_t hm[32])
{
    atr_names names = {0};
    atr_fault fault;

    v->has_authority = false;
    if (atr_profile_list(&names, atr_cli_value(v->cli, "dir"),
                         ATR_PROFILE_AUTHORITY, &fault) == ATR_OK) {
        for (size_t i = 0; i < names.count && !v->has_authority; i++) {
            v->has_authority = is_authority(v, names.name[i], hm);
        }
    }
    atr_names_free(&names);
    if (!v->has_authority) {
        memset(v->authority, 0, sizeof *v->authority);
    }
}

/* The nodes of one authority, which stand together from `first` on. */
static int verify_authority(verifying *v, const atr_heads *heads, size_t first,
                            size_t end)
{
    atr_node_said said[ATR_ISSUE_NODES_MAX] = {0};
    const uint8_t *hm = heads->seen[first].head.hm;
    atr_witness *witness = NULL;
    bool failed = false;
    int code;

    find_authority(v, hm);
    code = atr_witness_open(&witness, v->cli, hm, &v->authority->nodes);
    v->witness = witness;
    if (code != ATR_EXIT_DONE) {
        return code;
    }
    for (size_t i = first; i < end; i++) {
        failed |=
            verify_node(v, &said[i - first], &heads->seen[i]) != ATR_EXIT_DONE;
    }
    code = atr_witness_keep(witness);
    atr_witness_close(witness);
    if (code != ATR_EXIT_DONE || !failed) {
        return code;
    }
    return atr_nodes_failed(v->cli, said, end - first,
                            "not every log is as it was");
}

static int verify_all(verifying *v, const atr_heads *heads)
{
    int code = ATR_EXIT_DONE;
    size_t end;

    for (size_t i = 0; i < heads->count; i = end) {
        int next;

        for (end = i + 1;
             end < heads->count && end - i < ATR_ISSUE_NODES_MAX &&
             memcmp(heads->seen[i].head.hm, heads->seen[end].head.hm, 32) == 0;
             end++) {
        }
        next = verify_authority(v, heads, i, end);
        code = code == ATR_EXIT_DONE ? next : code;
    }
    return code;
}

int atr_trace_verify_run(const atr_cli *cli)
{
    verifying v = {.cli = cli};
    atr_heads *heads;
    int code = atr_trace_load(&heads, cli);

    if (heads == NULL) {
        return code;
    }
    v.authority = calloc(1, sizeof *v.authority);
    if (v.authority == NULL) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    } else if (heads->count == 0) {
        code =
            atr_cli_fail(cli, ATR_EXIT_FAILED, "no log of a node was seen yet");
    } else {
        code = verify_all(&v, heads);
    }
    free(v.authority);
    free(heads);
    return code == ATR_EXIT_DONE && cli->json ? atr_trace_show_run(cli) : code;
}
