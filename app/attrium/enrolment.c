#include "app/attrium/enrolment.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "host/https.h"

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

/* What the error document of an answer says. */
static void error_text(char *out, size_t cap, const json_t *answer)
{
    const char *text = json_string_value(
        json_object_get(json_object_get(answer, "error"), "message"));

    atr_cli_clean(out, cap,
                  (atr_bytes){(const uint8_t *)(text != NULL ? text : ""),
                              text != NULL ? strlen(text) : 0});
}

static int refused(const atr_cli *cli, const atr_link *address, int status,
                   const json_t *answer)
{
    int code =
        status == 429 || status >= 500 ? ATR_EXIT_NETWORK : ATR_EXIT_FAILED;
    char why[256];

    error_text(why, sizeof why, answer);
    return atr_cli_fail(cli, code, "%s:%u refuses (HTTP %d)%s%s", address->host,
                        address->port, status, why[0] != 0 ? ": " : "", why);
}

/* One call; on success `*out` is the answer, an object. */
static int call(json_t **out, const atr_cli *cli, const atr_link *address,
                const char *path, const char *body)
{
    atr_https_request request = {
        .host = address->host,
        .port = address->port,
        .method = body != NULL ? "POST" : "GET",
        .path = path,
        .pin = address->has_pin ? address->pin : NULL,
        .body = {(const uint8_t *)body, body != NULL ? strlen(body) : 0},
    };
    atr_https_reply reply = {0};
    atr_fault fault = {{0}};
    atr_err err = atr_https_call(&reply, &request, &fault);
    int code = ATR_EXIT_DONE;
    json_t *answer;

    *out = NULL;
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of_network(err), "%s",
                            fault.text);
    }
    atr_cli_detail(cli, "%s https://%s:%u%s: %d, %zu bytes", request.method,
                   address->host, address->port, path, reply.status,
                   reply.body_len);
    answer = json_loadb((const char *)reply.body, reply.body_len, 0, NULL);
    if (reply.status < 200 || reply.status > 299) {
        code = refused(cli, address, reply.status, answer);
    } else if (!json_is_object(answer)) {
        code = atr_cli_fail(cli, ATR_EXIT_NETWORK,
                            "%s:%u does not answer as an authority does",
                            address->host, address->port);
    } else {
        *out = json_incref(answer);
    }
    json_decref(answer);
    atr_https_reply_wipe(&reply);
    return code;
}

/* A base64 member of an answer; free `*out`. */
static bool take_base64(uint8_t **out, size_t *len, size_t cap,
                        const json_t *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer, name));

    *out = NULL;
    if (text == NULL || (*out = malloc(cap)) == NULL) {
        return false;
    }
    if (atr_base64_read(*out, len, cap, text) != ATR_OK) {
        free(*out);
        *out = NULL;
        return false;
    }
    return true;
}

/* The number of a node, as it says; 0 when it says none. */
static uint8_t node_number(const json_t *answer, const atr_authority *authority)
{
    json_int_t node = json_integer_value(json_object_get(answer, "node"));

    return node >= 1 && node <= authority->issue.nodes ? (uint8_t)node : 0;
}

static bool same_authority(const atr_authority *a, const atr_authority *b)
{
    uint8_t first[ATR_AUTHORITY_BYTES_MAX];
    uint8_t second[ATR_AUTHORITY_BYTES_MAX];
    atr_builder one = atr_builder_of(first, sizeof first);
    atr_builder two = atr_builder_of(second, sizeof second);

    atr_authority_build(&one, a);
    atr_authority_build(&two, b);
    return atr_bytes_equal(atr_builder_bytes(&one), atr_builder_bytes(&two));
}

static int meet_node(atr_request *request, const atr_cli *cli, size_t index)
{
    atr_request_node *node = &request->nodes[index];
    atr_authority *found = calloc(1, sizeof *found);
    uint8_t *bundle = NULL;
    json_t *answer = NULL;
    size_t len = 0;
    int code = call(&answer, cli, &node->address, "/v1/authority", NULL);

    if (code == ATR_EXIT_DONE &&
        (found == NULL ||
         !take_base64(&bundle, &len, ATR_AUTHORITY_BYTES_MAX, answer,
                      "bundle") ||
         atr_authority_read(found, (atr_bytes){bundle, len}) != ATR_OK ||
         (node->node = node_number(answer, found)) == 0)) {
        code = atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "%s:%u gives public parameters that are no "
                            "authority's",
                            node->address.host, node->address.port);
    }
    if (code == ATR_EXIT_DONE && index == 0) {
        request->authority = *found;
    } else if (code == ATR_EXIT_DONE &&
               !same_authority(found, &request->authority)) {
        code = atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "%s:%u is a node of another authority",
                            node->address.host, node->address.port);
    }
    json_decref(answer);
    free(bundle);
    free(found);
    return code;
}

int atr_enrolment_meet(atr_request *request, const atr_cli *cli)
{
    int code = ATR_EXIT_DONE;

    for (size_t i = 0; i < request->node_count && code == ATR_EXIT_DONE; i++) {
        code = meet_node(request, cli, i);
        for (size_t k = 0; k < i && code == ATR_EXIT_DONE; k++) {
            if (request->nodes[k].node == request->nodes[i].node) {
                code = atr_cli_usage(cli, "node %u is given twice",
                                     request->nodes[i].node);
            }
        }
    }
    if (code == ATR_EXIT_DONE &&
        request->node_count < request->authority.issue.threshold) {
        code = atr_cli_usage(cli,
                             "%u nodes must issue a key together; give "
                             "--authority for each of so many",
                             request->authority.issue.threshold);
    }
    return code;
}

static char *request_body(const atr_request *request, const char *note)
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
        if (note != NULL) {
            json_object_set_new(body, "note", json_string(note));
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

int atr_enrolment_post(const atr_cli *cli, const atr_request *request,
                       const char *note)
{
    char *body = request_body(request, note);
    int code = ATR_EXIT_DONE;

    if (body == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    for (size_t i = 0; i < request->node_count && code == ATR_EXIT_DONE; i++) {
        json_t *answer;

        code = call(&answer, cli, &request->nodes[i].address, "/v1/requests",
                    body);
        if (code == ATR_EXIT_DONE && is_state(answer, "expired")) {
            code = atr_enrolment_expired(cli);
        }
        json_decref(answer);
    }
    free(body);
    return code;
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

/* Opens the partial key of an answer and keeps it. */
static int take_partial(atr_enrolment *out, const atr_cli *cli,
                        const atr_request *request, const uint8_t hm[32],
                        const atr_request_node *node, const json_t *answer)
{
    uint8_t *sealed;
    size_t len;
    atr_err err;

    if (!take_base64(&sealed, &len, ATR_ENROL_SEALED_BYTES_MAX, answer,
                     "partial")) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "node %u gives no partial key, or a damaged one",
                            node->node);
    }
    err = atr_enrolment_open(out, request, hm, node->node,
                             (atr_bytes){sealed, len});
    free(sealed);
    if (err != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "the partial key of node %u is not for this "
                            "request, or forged",
                            node->node);
    }
    return ATR_EXIT_DONE;
}

static int look_at(atr_enrolment *out, const atr_cli *cli,
                   const atr_request *request, const uint8_t hm[32],
                   const atr_request_node *node)
{
    uint8_t id[32];
    char path[128] = "/v1/requests/";
    const char *state;
    json_t *answer;
    int code;

    atr_enrol_request_id(id, hm, &request->enrol.request);
    atr_hex_write(path + strlen(path), ATR_BYTES(id));
    code = call(&answer, cli, &node->address, path, NULL);
    if (code != ATR_EXIT_DONE) {
        return code;
    }
    state = json_string_value(json_object_get(answer, "state"));
    state = state != NULL ? state : "";
    if (strcmp(state, "approved") == 0 || strcmp(state, "issued") == 0) {
        code = take_partial(out, cli, request, hm, node, answer);
    } else if (strcmp(state, "denied") == 0) {
        const char *reason =
            json_string_value(json_object_get(answer, "reason"));

        out->state = ATR_ENROLMENT_DENIED;
        reason = reason != NULL ? reason : "";
        atr_cli_clean(out->reason, sizeof out->reason,
                      (atr_bytes){(const uint8_t *)reason, strlen(reason)});
    } else if (strcmp(state, "expired") == 0) {
        out->state = ATR_ENROLMENT_EXPIRED;
    } else if (strcmp(state, "waiting") != 0) {
        code = atr_cli_fail(cli, ATR_EXIT_NETWORK,
                            "node %u does not answer as an authority does",
                            node->node);
    }
    json_decref(answer);
    return code;
}

int atr_enrolment_look(atr_enrolment *out, const atr_cli *cli,
                       const atr_request *request)
{
    size_t threshold = request->authority.issue.threshold;
    uint8_t hm[32];
    int code = atr_enrolment_hm(hm, cli, &request->authority);

    atr_enrolment_wipe(out);
    for (size_t i = 0;
         i < request->node_count && code == ATR_EXIT_DONE &&
         out->count < threshold && out->state == ATR_ENROLMENT_WAITING;
         i++) {
        code = look_at(out, cli, request, hm, &request->nodes[i]);
    }
    if (code == ATR_EXIT_DONE && out->count == threshold) {
        out->state = ATR_ENROLMENT_READY;
    }
    return code;
}
