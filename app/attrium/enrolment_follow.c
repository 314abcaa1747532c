/* The nodes have made new shares: which bundle holds now. */
#include <stdlib.h>

#include "app/attrium/enrolment.h"
#include "app/attrium/node_call.h"

#define LOOKS_MAX 3 /* a refresh each in between */

/* What a node shows. */
typedef struct {
    uint8_t *bytes; /* NULL: nothing that could be taken */
    size_t len;
} shown;

/* Whether a bundle may take the place of the one that is known. */
static bool is_newer(const atr_authority *known, const shown *s)
{
    atr_authority *a = malloc(sizeof *a);
    bool newer =
        a != NULL &&
        atr_authority_read(a, (atr_bytes){s->bytes, s->len}) == ATR_OK &&
        atr_authority_is_same(a, known) &&
        a->nodes.count == known->nodes.count &&
        a->nodes.generation > known->nodes.generation;

    free(a);
    return newer;
}

/* Only who is known by its number and its key counts. */
static void ask(shown *out, const atr_cli *cli, const atr_request *request,
                const atr_request_node *node)
{
    atr_node_said said;
    json_t *answer = NULL;
    int status;

    if (node->node == 0 || !node->address.has_pin ||
        atr_node_call(&answer, &status, &said, cli, &node->address,
                      "/v1/authority", NULL) != ATR_EXIT_DONE) {
        return;
    }
    if (atr_node_base64(&out->bytes, &out->len, ATR_AUTHORITY_BYTES_MAX, answer,
                        "bundle") &&
        !is_newer(&request->authority, out)) {
        free(out->bytes);
        out->bytes = NULL;
    }
    json_decref(answer);
}

static bool same(const shown *a, const shown *b)
{
    return a->bytes != NULL && b->bytes != NULL &&
           atr_bytes_equal((atr_bytes){a->bytes, a->len},
                           (atr_bytes){b->bytes, b->len});
}

/* The first that `needed` nodes show. Fewer than that may all lie; so many
 * could as well issue whatever they like. */
static const shown *agreed(const shown *all, size_t count, size_t needed)
{
    for (size_t i = 0; i < count; i++) {
        size_t votes = 0;

        for (size_t k = 0; k < count; k++) {
            votes += same(&all[i], &all[k]);
        }
        if (votes >= needed) {
            return &all[i];
        }
    }
    return NULL;
}

static void move_one(atr_request *request, uint8_t number, const atr_link *to)
{
    for (size_t i = 0; i < request->node_count; i++) {
        atr_request_node *node = &request->nodes[i];

        if (node->node == number) {
            if (memcmp(node->address.pin, to->pin, sizeof to->pin) != 0) {
                node->address = *to;
            }
            return;
        }
    }
    if (request->node_count < ATR_ISSUE_NODES_MAX) {
        request->nodes[request->node_count++] =
            (atr_request_node){number, *to};
    }
}

static void take(atr_request *request, const shown *s)
{
    const atr_nodes *nodes = &request->authority.nodes;

    if (atr_authority_read(&request->authority,
                           (atr_bytes){s->bytes, s->len}) == ATR_OK) {
        request->follows = true;
    }
    for (uint8_t i = 0; i < nodes->count; i++) {
        move_one(request, (uint8_t)(i + 1), &nodes->entries[i].at);
    }
}

/* No node twice, whatever addresses were given. */
static bool is_again(const atr_request *request, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (request->nodes[i].node == request->nodes[at].node ||
            memcmp(request->nodes[i].address.pin,
                   request->nodes[at].address.pin,
                   sizeof request->nodes[i].address.pin) == 0) {
            return true;
        }
    }
    return false;
}

bool atr_enrolment_follow(atr_request *request, const atr_cli *cli)
{
    shown all[ATR_ISSUE_NODES_MAX] = {{NULL, 0}};
    const size_t count = request->node_count;
    const shown *found;

    for (size_t i = 0; i < count; i++) {
        if (!is_again(request, i)) {
            ask(&all[i], cli, request, &request->nodes[i]);
        }
    }
    found = agreed(all, count, request->authority.issue.threshold);
    if (found != NULL) {
        take(request, found);
        atr_cli_note(cli, "the authority has new shares, generation %lu",
                     (unsigned long)request->authority.nodes.generation);
    }
    for (size_t i = 0; i < count; i++) {
        free(all[i].bytes);
    }
    return found != NULL;
}

int atr_enrolment_look(atr_enrolment *out, const atr_cli *cli,
                       atr_request *request)
{
    int code;

    for (unsigned i = 0; i < LOOKS_MAX; i++) {
        code = atr_enrolment_look_once(out, cli, request);
        if (code != ATR_EXIT_DONE || out->state != ATR_ENROLMENT_APART ||
            !atr_enrolment_follow(request, cli)) {
            break;
        }
    }
    return code;
}

int atr_enrolment_waits(const atr_cli *cli, const atr_enrolment *enrolment)
{
    return enrolment->state == ATR_ENROLMENT_APART
               ? atr_cli_fail(cli, ATR_EXIT_NETWORK,
                              "too few nodes have shares of one generation "
                              "(%s); try again in a moment",
                              enrolment->reason)
               : atr_cli_fail(cli, ATR_EXIT_FAILED,
                              "the request still waits for approval");
}
