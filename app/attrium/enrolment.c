#include "app/attrium/enrolment.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/node_call.h"
#include "app/attrium/verifier.h"
#include "app/attrium/witness.h"
#include "host/clock.h"
#include "host/secret.h"

void atr_enrolment_wipe(atr_enrolment *enrolment)
{
    if (enrolment != NULL) {
        atr_wipe(enrolment, sizeof *enrolment);
    }
}

int atr_enrolment_hm(uint8_t hm[32], const atr_cli *cli,
                     const atr_authority *authority)
{
    atr_abe *abe = malloc(sizeof *abe);

    if (abe == NULL || atr_abe_init(abe, &authority->mpk) != ATR_OK) {
        free(abe);
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "the authority uses a scheme that this program "
                            "does not know");
    }
    memcpy(hm, abe->hm, 32);
    free(abe);
    return ATR_EXIT_DONE;
}

int atr_enrolment_fingerprint(uint8_t out[32], const atr_cli *cli,
                              const atr_authority *authority,
                              atr_enrol_kind kind)
{
    if (kind != ATR_ENROL_IDENTITY) {
        return atr_enrolment_hm(out, cli, authority);
    }
    if (!atr_authority_gives_identities(authority)) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "this authority gives no identity keys");
    }
    atr_bf_mpk_hash(out, authority->identities.mpk);
    return ATR_EXIT_DONE;
}

/* `enclosed` may be NULL. */
static char *request_body(const atr_request *request,
                          const atr_enclosed *enclosed)
{
    uint8_t *bytes = malloc(ATR_ENROL_REQUEST_BYTES_MAX);
    char *base64 = malloc(ATR_BASE64_TEXT_MAX(ATR_ENROL_REQUEST_BYTES_MAX));
    json_t *body = json_object();
    char *text = NULL;

    if (bytes != NULL && base64 != NULL) {
        atr_builder builder =
            atr_builder_of(bytes, ATR_ENROL_REQUEST_BYTES_MAX);

        atr_enrol_request_build(&builder, &request->enrol.request);
        atr_base64_write(base64, atr_builder_bytes(&builder));
        json_object_set_new(body, "request", json_string(base64));
        if (enclosed != NULL && enclosed->note != NULL) {
            json_object_set_new(body, "note", json_string(enclosed->note));
        }
        if (enclosed != NULL && enclosed->evidence != NULL) {
            json_object_update(body, enclosed->evidence);
        }
        text = json_dumps(body, JSON_COMPACT);
    }
    json_decref(body);
    free(base64);
    free(bytes);
    return text;
}

static bool is_state(const json_t *answer, const char *state)
{
    const char *text = json_string_value(json_object_get(answer, "state"));

    return text != NULL && strcmp(text, state) == 0;
}

int atr_enrolment_expired(const atr_cli *cli)
{
    return atr_cli_fail(cli, ATR_EXIT_EXPIRED,
                        "the request waited too long and has expired; "
                        "\"attrium key request -f\" asks anew");
}

int atr_enrolment_withdrawn(const atr_cli *cli)
{
    return atr_cli_fail(cli, ATR_EXIT_EXPIRED,
                        "the authority has withdrawn this request; "
                        "\"attrium key request -f\" asks anew");
}

/* One node hears of the request. */
static int post_to(json_t **answer, atr_node_said *said, const atr_cli *cli,
                   const atr_link *address, const char *body)
{
    int status;

    return atr_node_call(answer, &status, said, cli, address, "/v1/requests",
                         body);
}

int atr_enrolment_post(const atr_cli *cli, const atr_request *request,
                       const atr_enclosed *enclosed)
{
    const size_t needed = request->authority.issue.threshold;
    atr_node_said said[ATR_ISSUE_NODES_MAX] = {0};
    char *body = request_body(request, enclosed);
    size_t taken = 0;
    size_t expired = 0;

    if (body == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    for (size_t i = 0; i < request->node_count; i++) {
        json_t *answer;

        if (post_to(&answer, &said[i], cli, &request->nodes[i].address, body) ==
            ATR_EXIT_DONE) {
            expired += is_state(answer, "expired");
            taken += !is_state(answer, "expired");
        }
        json_decref(answer);
    }
    atr_secret_free(body); /* evidence may stand in it */
    if (taken >= needed) {
        atr_nodes_note(cli, said, request->node_count);
        return ATR_EXIT_DONE;
    }
    return expired > 0 ? atr_enrolment_expired(cli)
                       : atr_nodes_failed(cli, said, request->node_count,
                                          "too few nodes take the request");
}

atr_err atr_enrolment_open(atr_enrolment *enrolment, const atr_request *request,
                           const uint8_t hm[32], uint8_t node, atr_bytes sealed)
{
    const atr_enrol *enrol = &request->enrol;
    const size_t at = enrolment->count;
    atr_err err;

    if (enrol->request.kind == ATR_ENROL_IDENTITY) {
        err = atr_enrol_open_identity(&enrolment->partial[at].identity, enrol,
                                      hm, node, sealed);
    } else {
        err = atr_enrol_open(&enrolment->partial[at].attributes, enrol, hm,
                             node, sealed);
    }
    if (err == ATR_OK) {
        enrolment->node[at] = node;
        enrolment->count++;
    }
    return err;
}

/* ---- looking how it stands ---- */

/* What looking at the nodes needs, and what came of it. */
typedef struct {
    atr_enrolment *out;
    const atr_cli *cli;
    const atr_request *request;
    atr_verifier *verifier;
    atr_witness *witness;
    uint8_t hm[32];
    uint8_t id[32];
    bool has_period;
    uint64_t period;
    char path[128];
    atr_node_said said[ATR_ISSUE_NODES_MAX];
    size_t waiting;
    size_t denied;
    size_t expired;
    size_t withdrawn;
    size_t apart; /* have shares of another generation than the bundle */
} looking;

bool atr_enrolment_has(const atr_enrolment *enrolment, uint8_t node)
{
    for (size_t i = 0; i < enrolment->count; i++) {
        if (enrolment->node[i] == node) {
            return true;
        }
    }
    return false;
}

/* Opens a partial key, verifies it, and keeps it. */
static void open_partial(looking *l, atr_node_said *said, uint8_t node,
                         atr_bytes sealed)
{
    if (atr_enrolment_open(l->out, l->request, l->hm, node, sealed) != ATR_OK) {
        (void)atr_node_says(said, ATR_EXIT_CORRUPT,
                            "the partial key of node %u is not for this "
                            "request, or forged",
                            node);
    } else if (atr_verifier_check(l->verifier, l->out, l->out->count - 1) !=
               ATR_OK) {
        l->out->count--;
        (void)atr_node_says(said, ATR_EXIT_CORRUPT,
                            "node %u of the authority cheats: its partial key "
                            "does not fit its public commitment",
                            node);
    }
}

/* Whether the node has it in its log, and still the log of before. */
static int check_log(looking *l, atr_node_said *said,
                     const atr_request_node *at, uint8_t node,
                     const json_t *log, atr_bytes sealed)
{
    const json_t *period = json_object_get(log, "period");
    const atr_testimony testimony = {
        .node = node,
        .address = &at->address,
        .log = log,
        .asked = atr_witness_size(l->witness, at->node)};
    const atr_trace_leaf leaf = atr_trace_issued(
        l->id, l->has_period ? l->period : (uint64_t)json_integer_value(period),
        sealed);

    return atr_witness_hear_of(l->witness, said, &testimony, &leaf);
}

static void take_partial(looking *l, atr_node_said *said,
                         const atr_request_node *at, uint8_t node,
                         const json_t *answer)
{
    const json_t *log = json_object_get(answer, "log");
    uint8_t *bytes;
    size_t len;

    if (!atr_node_base64(&bytes, &len, ATR_ENROL_SEALED_BYTES_MAX, answer,
                         "partial")) {
        (void)atr_node_says(said, ATR_EXIT_CORRUPT,
                            "node %u gives no partial key, or a damaged one",
                            node);
        return;
    }
    if (check_log(l, said, at, node, log, (atr_bytes){bytes, len}) ==
        ATR_EXIT_DONE) {
        open_partial(l, said, node, (atr_bytes){bytes, len});
    }
    free(bytes);
}

static void take_denial(atr_enrolment *out, const json_t *answer)
{
    const char *reason = json_string_value(json_object_get(answer, "reason"));

    reason = reason != NULL ? reason : "";
    atr_cli_clean(out->reason, sizeof out->reason,
                  (atr_bytes){(const uint8_t *)reason, strlen(reason)});
}

/* Shares of two generations do not add up; nodes come to new ones one after
 * the other, and a node that was put back from a backup has old ones. */
static bool is_apart(looking *l, atr_node_said *said, uint8_t node,
                     const json_t *answer)
{
    const json_int_t known = l->request->authority.nodes.generation;
    const json_int_t shares =
        json_integer_value(json_object_get(answer, "shares"));

    if (shares == known) {
        return false;
    }
    l->apart++;
    snprintf(l->out->reason, sizeof l->out->reason,
             "node %u has a share of generation %lld, known here is %lld", node,
             (long long)shares, (long long)known);
    (void)atr_node_says(said, ATR_EXIT_NETWORK, "%s", l->out->reason);
    return true;
}

static void take_answer(looking *l, atr_node_said *said,
                        const atr_request_node *at, const json_t *answer)
{
    json_int_t says = json_integer_value(json_object_get(answer, "node"));
    uint8_t node = at->node;

    if (node == 0 && says >= 1 && says <= l->request->authority.issue.nodes) {
        node = (uint8_t)says; /* it was down when the others were met */
    }
    if (node == 0) {
        (void)atr_node_says(said, ATR_EXIT_NETWORK,
                            "%s:%u does not say which node it is",
                            at->address.host, at->address.port);
    } else if (is_state(answer, "approved") || is_state(answer, "issued")) {
        if (!atr_enrolment_has(l->out, node) &&
            !is_apart(l, said, node, answer)) {
            take_partial(l, said, at, node, answer);
        }
    } else if (is_state(answer, "denied")) {
        l->denied++;
        take_denial(l->out, answer);
    } else if (is_state(answer, "expired")) {
        l->expired++;
    } else if (is_state(answer, "withdrawn")) {
        l->withdrawn++;
    } else if (is_state(answer, "waiting")) {
        l->waiting++;
    } else {
        (void)atr_node_says(said, ATR_EXIT_NETWORK,
                            "%s:%u does not answer as an authority does",
                            at->address.host, at->address.port);
    }
}

/* A node that was down when the request was posted does not know it: it hears
 * of it now. */
static void look_at(looking *l, size_t index)
{
    const atr_request_node *at = &l->request->nodes[index];
    atr_node_said *said = &l->said[index];
    char path[sizeof l->path + 32];
    json_t *answer;
    int status;

    snprintf(path, sizeof path, "%s?log=%llu", l->path,
             (unsigned long long)atr_witness_size(l->witness, at->node));
    if (atr_node_call(&answer, &status, said, l->cli, &at->address, path,
                      NULL) != ATR_EXIT_DONE &&
        status == 404) {
        char *body = request_body(l->request, NULL);

        if (body != NULL) {
            (void)post_to(&answer, said, l->cli, &at->address, body);
        }
        free(body);
        l->waiting += answer != NULL; /* its key is for the next look */
    } else if (answer != NULL) {
        take_answer(l, said, at, answer);
    }
    json_decref(answer);
}

/* Too few for a key: may it still become one? A node that is down may answer
 * again, but is not waited for where those that answer have decided. */
static int judge(const looking *l, size_t needed)
{
    atr_enrolment *out = l->out;
    size_t against = l->denied + l->expired + l->withdrawn;

    if (l->apart > 0 && out->count + l->waiting + l->apart >= needed) {
        out->state = ATR_ENROLMENT_APART;
    } else if (out->count + l->waiting >= needed) {
        out->state = ATR_ENROLMENT_WAITING;
    } else if (against == 0) {
        return atr_nodes_failed(l->cli, l->said, l->request->node_count,
                                "too few nodes issue");
    } else {
        out->state = l->withdrawn > 0 ? ATR_ENROLMENT_WITHDRAWN
                     : l->denied > 0  ? ATR_ENROLMENT_DENIED
                                      : ATR_ENROLMENT_EXPIRED;
    }
    return ATR_EXIT_DONE;
}

/* What is asked of every node: the same. */
static void begin(looking *l)
{
    atr_enrol_request_id(l->id, l->hm, &l->request->enrol.request);
    strcpy(l->path, "/v1/requests/");
    atr_hex_write(l->path + strlen(l->path), ATR_BYTES(l->id));
    l->has_period = atr_request_has_period(l->request);
    if (l->has_period) {
        l->period = atr_request_period(l->request, atr_clock_wall_ms() / 1000);
        snprintf(l->path + strlen(l->path), sizeof l->path - strlen(l->path),
                 "/%llu", (unsigned long long)l->period);
    }
}

static int look(looking *l)
{
    const size_t needed = l->request->authority.issue.threshold;
    int code;

    begin(l);
    for (size_t i = 0; i < l->request->node_count && l->out->count < needed;
         i++) {
        look_at(l, i);
    }
    if ((code = atr_witness_keep(l->witness)) != ATR_EXIT_DONE) {
        return code;
    }
    if (l->out->count < needed) {
        return judge(l, needed);
    }
    l->out->state = ATR_ENROLMENT_READY;
    atr_nodes_note(l->cli, l->said, l->request->node_count);
    return ATR_EXIT_DONE;
}

int atr_enrolment_look_once(atr_enrolment *out, const atr_cli *cli,
                            const atr_request *request)
{
    looking l = {.out = out, .cli = cli, .request = request};
    int code = atr_enrolment_hm(l.hm, cli, &request->authority);

    atr_enrolment_wipe(out);
    if (code != ATR_EXIT_DONE ||
        (code = atr_witness_open(&l.witness, cli, l.hm,
                                 &request->authority.nodes)) != ATR_EXIT_DONE) {
        return code;
    }
    if (atr_verifier_open(&l.verifier, request) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    } else {
        code = look(&l);
    }
    atr_verifier_close(l.verifier);
    atr_witness_close(l.witness);
    return code;
}
