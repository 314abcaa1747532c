#include "app/kmsd/api.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/cli.h"
#include "app/kmsd/posting.h"
#include "app/kmsd/vault.h"
#include "app/kmsd/reply.h"
#include "host/clock.h"
#include "host/metrics.h"
#include "proto/generation.h"

#define REQUEST_PATH "/v1/requests/"

static void reply_json(const atr_api *api, uint64_t ticket, int status,
                       json_t *json)
{
    atr_reply_json(api->server, ticket, status, json);
}

static void reply_text(const atr_api *api, uint64_t ticket, int status,
                       const char *type, const char *text)
{
    atr_reply_text(api->server, ticket, status, type, text);
}

static void refuse(atr_api *api, uint64_t ticket, int status,
                   const char *message)
{
    api->refused_total++;
    atr_reply_error(api->server, ticket, status, message);
}

/* The database failed: an alarm for the log, no details for the asker. */
static void refuse_failed(atr_api *api, uint64_t ticket)
{
    atr_log_event(api->log, ATR_LOG_ERROR, "ledger", "fault=\"%s\"",
                  atr_ledger_fault(api->ledger));
    refuse(api, ticket, 503, "the authority cannot read its database");
}

/* The cards of all nodes: who knows one finds the others. */
static json_t *cards_json(const atr_peers *peers)
{
    json_t *list = json_array();

    for (size_t i = 0; i < peers->count; i++) {
        json_array_append_new(list, json_string(peers->peers[i].card));
    }
    return list;
}

/* Who vouches for people here, and what their programs need to know. */
static json_t *sources_json(const atr_sources *sources)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sources->count; i++) {
        json_array_append(list, sources->source[i].about);
    }
    return list;
}

static void answer_authority(atr_api *api, uint64_t ticket)
{
    const atr_node *node = api->node;
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    char text[ATR_BASE64_TEXT_MAX(ATR_AUTHORITY_BYTES_MAX)];
    char hex[65];
    char id_hex[65];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    json_t *json;

    atr_authority_build(&b, &node->authority);
    atr_base64_write(text, atr_builder_bytes(&b));
    atr_hex_write(hex, ATR_BYTES(node->abe.hm));
    json =
        json_pack("{s:i, s:s, s:s, s:i, s:s}", "schema", 1, "name", node->name,
                  "fingerprint", hex, "node", (int)node->node, "bundle", text);
    if (atr_authority_gives_identities(&node->authority)) {
        atr_hex_write(id_hex, ATR_BYTES(node->bf.hm));
        json_object_set_new(json, "identities", json_string(id_hex));
    }
    if (api->circle->peers.count > 0) {
        json_object_set_new(json, "nodes", cards_json(&api->circle->peers));
    }
    if (api->sources->count > 0) {
        json_object_set_new(json, "sources", sources_json(api->sources));
    }
    reply_json(api, ticket, 200, json);
}

/* What began the present generation: a later one has come after it. */
typedef struct {
    uint32_t number; /* 0: none has begun */
    char statement[ATR_BASE64_TEXT_MAX(ATR_GENERATION_STATEMENT_BYTES)];
} beginning;

static atr_err take_beginning(void *context, uint64_t seq, atr_bytes bytes)
{
    beginning *out = context;
    atr_statement s;

    (void)seq;
    if (atr_statement_read(&s, bytes) != ATR_OK ||
        bytes.len != ATR_GENERATION_STATEMENT_BYTES) {
        return ATR_ERR_AUTH; /* it was read when it was put */
    }
    out->number = s.generation;
    atr_base64_write(out->statement, bytes);
    return ATR_OK;
}

static void answer_generation(atr_api *api, uint64_t ticket)
{
    beginning b = {.number = 0};
    json_t *json;

    if (atr_ledger_about(api->ledger, NULL, take_beginning, &b) != ATR_OK) {
        refuse_failed(api, ticket);
        return;
    }
    json = json_pack("{s:i, s:i, s:I}", "schema", 1, "node",
                     (int)api->node->node, "generation", (json_int_t)b.number);
    if (b.number > 0) {
        json_object_set_new(json, "statement", json_string(b.statement));
    }
    reply_json(api, ticket, 200, json);
}

static atr_err take_state(void *context, const atr_grant *grant)
{
    *(atr_grant_state *)context = grant->state;
    return ATR_OK;
}

/* Before the ledger is read: what has waited too long waits no more. */
static atr_err settle(const atr_api *api)
{
    return atr_ledger_expire(api->ledger, atr_clock_wall_ms());
}

static atr_err put_request(const atr_api *api, const atr_posting *p)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_statement s = {.kind = ATR_STATEMENT_REQUEST,
                       .at = atr_clock_wall_ms(),
                       .request = {p->bytes, p->len},
                       .text = {(const uint8_t *)p->note, strlen(p->note)}};

    memcpy(s.hm, api->node->abe.hm, sizeof s.hm);
    atr_statement_build(&b, &s);
    return atr_ledger_put(api->ledger, atr_builder_bytes(&b), s.at);
}

/* A clerk asks the source, and answers by atr_api_decided. */
static void ask_source(atr_api *api, uint64_t ticket, const atr_posting *p)
{
    char hex[65];
    json_t *question;

    atr_hex_write(hex, ATR_BYTES(p->id));
    question = json_pack("{s:I, s:s, s:s, s:s, s:O}", "ticket",
                         (json_int_t)ticket, "verb", "vouch", "id", hex,
                         "source", p->source, "evidence", p->evidence);
    if (!atr_clerk_link_ask(api->clerks, question)) {
        refuse(api, ticket, 503, "no source can be asked now");
    }
}

void atr_api_decided(void *context, uint64_t ticket, int status,
                     const char *message)
{
    atr_api *api = context;

    if (status != 200) {
        refuse(api, ticket, status, message);
        return;
    }
    atr_circle_changed(api->circle);
    reply_json(api, ticket, 200,
               json_pack("{s:i, s:s}", "schema", 1, "state", message));
}

static void store_posting(atr_api *api, uint64_t ticket, const atr_posting *p)
{
    atr_grant_state state = ATR_GRANT_WAITING;
    char hex[65];
    atr_err err;
    bool known;

    if ((err = settle(api)) != ATR_OK) {
        refuse_failed(api, ticket);
        return;
    }
    err = atr_ledger_find(api->ledger, p->id, take_state, &state);
    known = err == ATR_OK;
    if (err == ATR_ERR_STATE && (err = put_request(api, p)) == ATR_OK) {
        /* Approvals may have come before it. */
        err = atr_ledger_find(api->ledger, p->id, take_state, &state);
    }
    if (err == ATR_ERR_LIMIT) {
        refuse(api, ticket, 429, "too many requests wait for approval");
        return;
    }
    if (err == ATR_ERR_INPUT) {
        refuse(api, ticket, 400, "note: not text");
        return;
    }
    if (err != ATR_OK) {
        refuse_failed(api, ticket);
        return;
    }
    api->requests_total += !known;
    atr_circle_changed(api->circle);
    if (p->evidence && state == ATR_GRANT_WAITING) {
        ask_source(api, ticket, p);
        return;
    }
    atr_hex_write(hex, ATR_BYTES(p->id));
    reply_json(api, ticket, known ? 200 : 201,
               json_pack("{s:i, s:s, s:s}", "schema", 1, "id", hex, "state",
                         atr_grant_state_text(state)));
}

static void answer_post(atr_api *api, const atr_http_request *request)
{
    const atr_offer offer = atr_node_offer(api->node);
    atr_posting *p;
    atr_err err;

    if (!atr_reply_is_json(request)) {
        refuse(api, request->ticket, 415, "want application/json");
        return;
    }
    p = calloc(1, sizeof *p);
    if (!p) {
        refuse(api, request->ticket, 503, "no memory");
        return;
    }
    err = atr_posting_parse(p, &offer, api->node->abe.hm, request->body);
    if (err != ATR_OK) {
        refuse(api, request->ticket, err == ATR_ERR_POLICY ? 422 : 400,
               p->fault.text);
    } else {
        store_posting(api, request->ticket, p);
    }
    atr_posting_wipe(p);
    free(p);
}

/* What a fetch shows of a request. */
typedef struct {
    const atr_api *api;
    const atr_errand *errand;
    json_t *json;
    atr_grant_state state;
} shown;

static atr_err show(void *context, const atr_grant *grant)
{
    shown *s = context;
    char hex[65];

    atr_hex_write(hex, ATR_BYTES(grant->id));
    s->state = grant->state;
    s->json = json_pack("{s:i, s:s, s:i, s:I, s:s}", "schema", 1, "id", hex,
                        "node", (int)s->api->node->node, "shares",
                        (json_int_t)s->errand->term.share, "state",
                        atr_grant_state_text(grant->state));
    if (grant->state == ATR_GRANT_DENIED) {
        json_object_set_new(s->json, "reason", json_string(grant->reason));
    }
    return s->json ? ATR_OK : ATR_ERR_LIMIT;
}

static atr_err show_partial(void *context, atr_bytes sealed)
{
    shown *s = context;
    const atr_trace_leaf leaf =
        atr_trace_issued(s->errand->id, s->errand->term.period, sealed);
    char *text = malloc(ATR_BASE64_TEXT_MAX(sealed.len));
    json_t *log;
    atr_err err;

    if (!text) {
        return ATR_ERR_LIMIT;
    }
    atr_base64_write(text, sealed);
    json_object_set_new(s->json, "partial", json_string(text));
    free(text);
    err = atr_log_show(&log, &s->api->trace, &leaf, s->errand->log);
    if (err != ATR_OK) {
        return err == ATR_ERR_STATE ? ATR_ERR_AUTH : err; /* it must be there */
    }
    json_object_set_new(log, "period",
                        json_integer((json_int_t)s->errand->term.period));
    json_object_set_new(s->json, "log", log);
    return ATR_OK;
}

static bool is_granted(atr_grant_state state)
{
    return state == ATR_GRANT_APPROVED || state == ATR_GRANT_ISSUED;
}

/* Answers how a request stands. A grant without its partial key is the vault's
 * errand first, once: `errand` says whose fetch it is. */
static void answer_state(atr_api *api, const atr_errand *errand, bool asked)
{
    shown s = {.api = api, .errand = errand};
    atr_err err = atr_ledger_find(api->ledger, errand->id, show, &s);

    if (err == ATR_ERR_STATE) {
        refuse(api, errand->ticket, 404, "no such request");
        return;
    }
    if (err == ATR_OK && is_granted(s.state)) {
        err = atr_ledger_issued(api->ledger, errand->id, &errand->term,
                                show_partial, &s);
        if (err == ATR_ERR_STATE && !asked) {
            json_decref(s.json);
            if (!atr_vault_link_ask(api->vault, errand)) {
                refuse(api, errand->ticket, 503, "too much to issue");
            }
            return;
        }
    }
    if (err != ATR_OK) {
        json_decref(s.json);
        refuse_failed(api, errand->ticket);
        return;
    }
    reply_json(api, errand->ticket, 200, s.json);
}

/* ID, for the present period, or ID/NUMBER, for one that may be asked for
 * now. */
static bool read_fetch(atr_errand *out, const atr_api *api, const char *text)
{
    const uint32_t seconds = api->node->authority.period_s;
    const uint64_t now_s = atr_clock_wall_ms() / 1000;
    char hex[2 * sizeof out->id + 1] = {0};
    unsigned long long number;
    char *end;

    if (strlen(text) < sizeof hex - 1) {
        return false;
    }
    memcpy(hex, text, sizeof hex - 1);
    text += sizeof hex - 1;
    if (atr_hex_read(out->id, sizeof out->id, hex) != ATR_OK) {
        return false;
    }
    if (*text == 0) {
        return true;
    }
    if (text[0] != '/' || text[1] < '0' || text[1] > '9' || seconds == 0) {
        return false;
    }
    number = strtoull(text + 1, &end, 10);
    out->term.period = (uint32_t)number;
    return *end == 0 && number <= UINT32_MAX &&
           atr_period_is_now(number, seconds, now_s);
}

static void answer_fetch(atr_api *api, const atr_http_request *request)
{
    const uint64_t ticket = request->ticket;
    const char *text = request->path + strlen(REQUEST_PATH);
    atr_errand errand = {.ticket = ticket};
    const atr_log_field fields[] = {{"log", &errand.log}};

    if (!atr_log_query(request->query, fields, 1)) {
        refuse(api, ticket, 400, "want log=SIZE");
        return;
    }

    if (atr_vault_term(&errand.term, api->node, api->ledger,
                       atr_clock_wall_ms()) != ATR_OK) {
        refuse_failed(api, ticket);
        return;
    }
    if (!read_fetch(&errand, api, text)) {
        refuse(api, ticket, 404, "no such request");
        return;
    }
    if (settle(api) != ATR_OK) {
        refuse_failed(api, ticket);
        return;
    }
    answer_state(api, &errand, false);
}

void atr_api_issued(void *context, const atr_errand *errand)
{
    atr_api *api = context;
    atr_errand again = *errand;

    api->issued_total += errand->err == ATR_OK;
    if (errand->err == ATR_ERR_STATE &&
        errand->term.share != api->node->authority.nodes.generation) {
        again.err = ATR_OK; /* the share was made anew meanwhile */
        again.term.share = api->node->authority.nodes.generation;
        answer_state(api, &again, false);
        return;
    }
    if (errand->err == ATR_OK || errand->err == ATR_ERR_STATE) {
        answer_state(api, errand, true); /* it may be granted no more */
        return;
    }
    atr_log_event(api->log, ATR_LOG_ERROR, "vault", "fault=\"%s\"",
                  atr_err_text(errand->err));
    refuse(api, errand->ticket, 503, "the key cannot be issued");
}

static void answer_crowd(atr_api *api, uint64_t ticket)
{
    const atr_bytes page = atr_census_page(api->census);
    char *text = page.len > 0 ? malloc(ATR_BASE64_TEXT_MAX(page.len)) : NULL;

    if (!text) {
        refuse(api, ticket, 503, "nobody has been counted yet");
        return;
    }
    atr_base64_write(text, page);
    reply_json(api, ticket, 200,
               json_pack("{s:i, s:i, s:s}", "schema", 1, "node",
                         (int)api->node->node, "crowd", text));
    free(text);
}

static void answer_ready(atr_api *api, uint64_t ticket)
{
    uint64_t counts[ATR_GRANT_STATES];

    if (atr_ledger_count(counts, api->ledger) == ATR_OK) {
        reply_text(api, ticket, 200, "text/plain", "ready\n");
    } else {
        refuse_failed(api, ticket);
    }
}

static void answer_version(atr_api *api, uint64_t ticket)
{
    reply_json(api, ticket, 200,
               json_pack("{s:i, s:s, s:s}", "schema", 1, "program",
                         "attrium-kmsd", "version", atr_cli_version()));
}

static void answer_metrics(atr_api *api, const atr_http_request *request)
{
    atr_server_counts c = atr_server_counts_now(api->server);
    uint64_t counts[ATR_GRANT_STATES] = {0};
    uint64_t peers = api->circle->peers.count;
    char text[8192];
    size_t len = 0;

    if (!request->is_admin && !api->metrics_public) {
        refuse(api, request->ticket, 404, "no such page");
        return;
    }
    (void)!settle(api);
    (void)!atr_ledger_count(counts, api->ledger);
    const atr_metric metrics[] = {
        {"attrium_kms_requests_total", "Requests taken since the start.",
         ATR_METRIC_COUNTER, api->requests_total},
        {"attrium_kms_refused_total", "HTTP requests refused.",
         ATR_METRIC_COUNTER, api->refused_total},
        {"attrium_kms_issued_total", "Partial keys made for fetches.",
         ATR_METRIC_COUNTER, api->issued_total},
        {"attrium_kms_strangers_total",
         "Requests for pages of nodes by somebody else.", ATR_METRIC_COUNTER,
         api->circle->desk.refused_total},
        {"attrium_kms_peers", "Other nodes of the authority.", ATR_METRIC_GAUGE,
         peers > 0 ? peers - 1 : 0},
        {"attrium_kms_peers_up", "Those whose last answer was good.",
         ATR_METRIC_GAUGE, atr_circle_up(api->circle)},
        {"attrium_kms_waiting", "Requests that wait for approval.",
         ATR_METRIC_GAUGE, counts[ATR_GRANT_WAITING]},
        {"attrium_http_requests_total", "HTTP requests.", ATR_METRIC_COUNTER,
         c.http_total},
        {"attrium_connections", "Open connections.", ATR_METRIC_GAUGE,
         c.conns_open},
        {"attrium_timed_out_total", "Connections that took too long.",
         ATR_METRIC_COUNTER, c.timed_out_total},
        {"attrium_memory_resident_bytes", "Resident memory.", ATR_METRIC_GAUGE,
         atr_metrics_memory()},
    };
    if (atr_metrics_format(text, &len, sizeof text, metrics,
                           sizeof metrics / sizeof metrics[0]) != ATR_OK) {
        refuse(api, request->ticket, 503, "metrics do not fit");
        return;
    }
    reply_text(api, request->ticket, 200, ATR_METRICS_TYPE, text);
}

typedef enum {
    PAGE_HEALTH,
    PAGE_READY,
    PAGE_VERSION,
    PAGE_METRICS,
    PAGE_AUTHORITY,
    PAGE_GENERATION,
    PAGE_CROWD,
    PAGE_REQUESTS,
    PAGE_REQUEST,
    PAGE_NONE
} page;

static page find_page(const char *path)
{
    static const char *const paths[] = {
        "/healthz",      "/readyz",        "/version",  "/metrics",
        "/v1/authority", "/v1/generation", "/v1/crowd", "/v1/requests"};

    for (int i = 0; i < PAGE_REQUEST; i++) {
        if (strcmp(path, paths[i]) == 0) {
            return (page)i;
        }
    }
    return strncmp(path, REQUEST_PATH, strlen(REQUEST_PATH)) == 0 ? PAGE_REQUEST
                                                                  : PAGE_NONE;
}

void atr_api_http(void *context, const atr_http_request *request)
{
    atr_api *api = context;
    page at = find_page(request->path);
    const char *method = at == PAGE_REQUESTS ? "POST" : "GET";

    if (atr_admin_http(&api->admin, request) ||
        atr_peer_http(&api->circle->desk, request) ||
        atr_log_http(&api->trace, request)) {
        return;
    }
    if (at == PAGE_NONE) {
        refuse(api, request->ticket, 404, "no such page");
        return;
    }
    if (strcmp(request->method, method) != 0) {
        refuse(api, request->ticket, 405, method);
        return;
    }
    switch (at) {
    case PAGE_HEALTH:
        reply_text(api, request->ticket, 200, "text/plain", "ok\n");
        break;
    case PAGE_READY:
        answer_ready(api, request->ticket);
        break;
    case PAGE_VERSION:
        answer_version(api, request->ticket);
        break;
    case PAGE_METRICS:
        answer_metrics(api, request);
        break;
    case PAGE_AUTHORITY:
        answer_authority(api, request->ticket);
        break;
    case PAGE_GENERATION:
        answer_generation(api, request->ticket);
        break;
    case PAGE_CROWD:
        answer_crowd(api, request->ticket);
        break;
    case PAGE_REQUESTS:
        answer_post(api, request);
        break;
    default:
        answer_fetch(api, request);
        break;
    }
}
