/* Which nodes there are, and that they are one authority's. */
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/enrolment.h"
#include "app/attrium/node_call.h"

/* What a node gives as public parameters. */
typedef struct {
    uint8_t *bytes; /* NULL: it gave none */
    size_t len;
    json_int_t node; /* as it says */
} bundle;

static void ask(bundle *out, atr_node_said *said, const atr_cli *cli,
                const atr_link *address)
{
    json_t *answer;
    int status;

    if (atr_node_call(&answer, &status, said, cli, address, "/v1/authority",
                      NULL) == ATR_EXIT_DONE &&
        !atr_node_base64(&out->bytes, &out->len, ATR_AUTHORITY_BYTES_MAX,
                         answer, "bundle")) {
        (void)atr_node_says(said, ATR_EXIT_CORRUPT,
                            "%s:%u gives public parameters that are no "
                            "authority's",
                            address->host, address->port);
    }
    out->node = json_integer_value(json_object_get(answer, "node"));
    json_decref(answer);
}

static bool same(const bundle *a, const bundle *b)
{
    return a->bytes != NULL && b->bytes != NULL &&
           atr_bytes_equal((atr_bytes){a->bytes, a->len},
                           (atr_bytes){b->bytes, b->len});
}

/* The one that most nodes give; of several the first. */
static size_t most_common(const bundle *all, size_t count)
{
    size_t best = 0;
    size_t best_votes = 0;

    for (size_t i = 0; i < count; i++) {
        size_t votes = 0;

        for (size_t k = 0; k < count; k++) {
            votes += same(&all[i], &all[k]);
        }
        if (votes > best_votes) {
            best = i;
            best_votes = votes;
        }
    }
    return best;
}

/* Nodes come to new shares one after the other. */
static bool is_renewed(const bundle *a, const bundle *b)
{
    atr_authority *both = calloc(2, sizeof *both);
    bool same =
        both != NULL &&
        atr_authority_read(&both[0], (atr_bytes){a->bytes, a->len}) == ATR_OK &&
        atr_authority_read(&both[1], (atr_bytes){b->bytes, b->len}) == ATR_OK &&
        atr_authority_is_same(&both[0], &both[1]) &&
        both[0].nodes.generation != both[1].nodes.generation;

    free(both);
    return same;
}

/* All that answer must give the same: else somebody lies, or the addresses
 * are of two authorities. */
static int compare(const atr_cli *cli, const atr_request *request,
                   const bundle *all, size_t best)
{
    const atr_link *good = &request->nodes[best].address;

    for (size_t i = 0; i < request->node_count; i++) {
        const atr_link *at = &request->nodes[i].address;

        if (all[i].bytes != NULL && !same(&all[i], &all[best]) &&
            !is_renewed(&all[i], &all[best])) {
            return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                                "%s:%u gives other public parameters than "
                                "%s:%u: it is a node of another authority, or "
                                "one of them lies",
                                at->host, at->port, good->host, good->port);
        }
    }
    return ATR_EXIT_DONE;
}

/* A node that gave none is known by the key of its address, where the bundle
 * says so; else it says its number later. */
static uint8_t number_of(const atr_request *request, const bundle *from,
                         const atr_link *address)
{
    const atr_nodes *listed = &request->authority.nodes;

    if (from->bytes != NULL) {
        return from->node >= 1 && from->node <= request->authority.issue.nodes
                   ? (uint8_t)from->node
                   : 0;
    }
    for (uint8_t i = 0; i < listed->count; i++) {
        if (address->has_pin && memcmp(listed->entries[i].at.pin, address->pin,
                                       sizeof address->pin) == 0) {
            return (uint8_t)(i + 1);
        }
    }
    return 0;
}

static bool has_number(const atr_request *request, uint8_t number, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (request->nodes[i].node == number) {
            return true;
        }
    }
    return false;
}

static int number_all(atr_request *request, const atr_cli *cli,
                      const bundle *all)
{
    for (size_t i = 0; i < request->node_count; i++) {
        atr_request_node *node = &request->nodes[i];

        node->node = number_of(request, &all[i], &node->address);
        if (node->node == 0 && all[i].bytes != NULL) {
            return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                                "%s:%u does not say which node it is",
                                node->address.host, node->address.port);
        }
        if (node->node != 0 && has_number(request, node->node, i)) {
            return atr_cli_usage(cli, "node %u is given twice", node->node);
        }
    }
    return ATR_EXIT_DONE;
}

/* The others that the bundle tells of, so that one address is enough. */
static void add_listed(atr_request *request)
{
    const atr_nodes *listed = &request->authority.nodes;
    size_t given = request->node_count;

    for (uint8_t i = 0;
         i < listed->count && request->node_count < ATR_ISSUE_NODES_MAX; i++) {
        if (!has_number(request, (uint8_t)(i + 1), given)) {
            request->nodes[request->node_count].node = (uint8_t)(i + 1);
            request->nodes[request->node_count].address = listed->entries[i].at;
            request->node_count++;
        }
    }
}

static int settle(atr_request *request, const atr_cli *cli, const bundle *all,
                  const atr_node_said *said)
{
    size_t best = most_common(all, request->node_count);
    int code;

    if (all[best].bytes == NULL) {
        return atr_nodes_failed(cli, said, request->node_count,
                                "no node can be asked");
    }
    if ((code = compare(cli, request, all, best)) != ATR_EXIT_DONE) {
        return code;
    }
    if (atr_authority_read(&request->authority,
                           (atr_bytes){all[best].bytes, all[best].len}) !=
        ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "%s:%u gives public parameters that are no "
                            "authority's",
                            request->nodes[best].address.host,
                            request->nodes[best].address.port);
    }
    atr_nodes_note(cli, said, request->node_count);
    if ((code = number_all(request, cli, all)) != ATR_EXIT_DONE) {
        return code;
    }
    add_listed(request);
    if (request->node_count < request->authority.issue.threshold) {
        return atr_cli_usage(cli,
                             "%u nodes must issue a key together; give "
                             "--authority for each of so many",
                             request->authority.issue.threshold);
    }
    return ATR_EXIT_DONE;
}

int atr_enrolment_meet(atr_request *request, const atr_cli *cli)
{
    bundle all[ATR_ISSUE_NODES_MAX] = {0};
    atr_node_said said[ATR_ISSUE_NODES_MAX] = {0};
    const size_t count = request->node_count;
    int code;

    for (size_t i = 0; i < count; i++) {
        ask(&all[i], &said[i], cli, &request->nodes[i].address);
    }
    code = settle(request, cli, all, said);
    for (size_t i = 0; i < count; i++) {
        free(all[i].bytes);
    }
    return code;
}
