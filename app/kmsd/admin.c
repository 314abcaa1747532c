#include "app/kmsd/admin.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>

#include "app/armour.h"
#include "app/kmsd/reply.h"
#include "host/clock.h"

#define DECIDED_MAX 500 /* shown, of those that wait no more */
#define CSP                                                                    \
    "default-src 'none'; script-src 'self'; style-src 'self'; "                \
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; " \
    "frame-ancestors 'none'"

static bool is_local(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t len = strlen(names[i]);

        if (strncmp(host, names[i], len) == 0 &&
            (host[len] == 0 || host[len] == ':')) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const atr_admin_clients *clients,
                      const atr_http_request *request)
{
    bool listed = false;

    for (size_t i = 0; request->client_pin && i < clients->count; i++) {
        listed |=
            memcmp(clients->pin[i], request->client_pin, ATR_PIN_BYTES) == 0;
    }
    return listed;
}

static bool has_token(const atr_admin *admin, const atr_http_request *request)
{
    static const char scheme[] = "Bearer ";
    const char *given = request->authorization;

    return strncmp(given, scheme, sizeof scheme - 1) == 0 &&
           strlen(given) == sizeof scheme - 1 + ATR_CLERK_TOKEN_TEXT - 1 &&
           sodium_memcmp(given + sizeof scheme - 1, admin->token,
                         ATR_CLERK_TOKEN_TEXT - 1) == 0;
}

/* --- what the page shows --- */

/* Holders of each attribute, as they are counted. */
typedef struct {
    json_t *waiting;
    json_t *decided;
    json_t *holders; /* an object: attribute -> how many */
} sight;

static void count_holder(json_t *holders, const char *attributes)
{
    char name[ATR_ATTRS_TEXT_MAX];

    if (strncmp(attributes, ATR_OFFER_IDENTITY, strlen(ATR_OFFER_IDENTITY)) ==
        0) {
        return; /* held by one */
    }
    for (const char *at = attributes; *at;) {
        const size_t len = strcspn(at, ",");
        const json_t *before;

        memcpy(name, at, len);
        name[len] = 0;
        before = json_object_get(holders, name);
        json_object_set_new(holders, name,
                            json_integer(json_integer_value(before) + 1));
        at += len;
        at += strspn(at, ", ");
    }
}

static void time_text(char out[32], uint64_t at_ms)
{
    const time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) ||
        strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        out[0] = 0;
    }
}

static atr_err see(void *context, const atr_grant *grant)
{
    sight *s = context;
    json_t *list = grant->state == ATR_GRANT_WAITING ? s->waiting : s->decided;
    char note[ATR_LEDGER_NOTE_BYTES_MAX + 1];
    char when[32];
    char hex[65];

    atr_hex_write(hex, ATR_BYTES(grant->id));
    time_text(when, grant->at);
    atr_cli_clean(
        note, sizeof note,
        (atr_bytes){(const uint8_t *)grant->note, strlen(grant->note)});
    if (grant->state == ATR_GRANT_APPROVED ||
        grant->state == ATR_GRANT_ISSUED) {
        count_holder(s->holders, grant->attributes);
    }
    if (list == s->decided && json_array_size(list) == DECIDED_MAX) {
        json_array_remove(list, 0);
    }
    return json_array_append_new(
               list,
               json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "id", hex, "at",
                         when, "asks", grant->attributes, "note", note, "state",
                         atr_grant_state_text(grant->state), "approvals",
                         (int)grant->approvals)) == 0
               ? ATR_OK
               : ATR_ERR_LIMIT;
}

/* As they are, and as everybody is told. */
static json_t *holders_of(const json_t *counts, const atr_census *census)
{
    json_t *list = json_array();
    const char *name;
    json_t *count;

    json_object_foreach((json_t *)(uintptr_t)counts, name, count)
    {
        json_array_append_new(
            list, json_pack("{s:s, s:O, s:I}", "attribute", name, "count",
                            count, "shown",
                            (json_int_t)atr_census_shown(census, name)));
    }
    return list;
}

static json_t *health_of(const atr_admin *admin)
{
    const atr_authority *a = &admin->node->authority;
    const size_t peers = admin->circle->peers.count;
    json_t *list = json_array();
    char text[96];

    (void)snprintf(text, sizeof text, "%u of %u; %u of them issue a key",
                   admin->node->node, a->issue.nodes, a->issue.threshold);
    json_array_append_new(list,
                          json_pack("{s:s, s:s}", "what", "Node", "how", text));
    (void)snprintf(text, sizeof text, "%zu of %zu answer",
                   atr_circle_up(admin->circle), peers > 0 ? peers - 1 : 0);
    json_array_append_new(
        list, json_pack("{s:s, s:s}", "what", "Other nodes", "how", text));
    (void)snprintf(text, sizeof text, "%u of %u registrars must approve",
                   a->registrars.approvals, a->registrars.count);
    json_array_append_new(
        list, json_pack("{s:s, s:s}", "what", "Approvals", "how", text));
    json_array_append_new(
        list,
        json_pack("{s:s, s:s}", "what", "Decisions here", "how",
                  admin->clerks ? "yes" : "no registrar's key is open here"));
    return list;
}

static json_t *look(const atr_admin *admin)
{
    sight s = {json_array(), json_array(), json_object()};
    json_t *out = NULL;

    if (atr_ledger_expire(admin->ledger, atr_clock_wall_ms()) == ATR_OK &&
        atr_ledger_each(admin->ledger, see, &s) == ATR_OK) {
        json_array_extend(s.waiting, s.decided);
        out = json_pack("{s:i, s:s, s:s, s:b, s:i, s:O, s:o, s:o}", "schema", 1,
                        "name", admin->node->name, "fingerprint",
                        admin->node->fingerprint, "decides",
                        admin->clerks != NULL, "approvals",
                        (int)admin->node->authority.registrars.approvals,
                        "requests", s.waiting, "holders",
                        holders_of(s.holders, admin->census),
                        "health", health_of(admin));
    }
    json_decref(s.waiting);
    json_decref(s.decided);
    json_decref(s.holders);
    return out;
}

static void answer_state(const atr_admin *admin, uint64_t ticket)
{
    json_t *json = look(admin);

    if (json) {
        atr_reply_json(admin->server, ticket, 200, json);
    } else {
        atr_reply_error(admin->server, ticket, 503,
                        "the authority cannot read its database");
    }
}

/* --- what the page asks for --- */

/* A decision is asked of the clerks as it came, with token and ticket. */
static void ask(atr_admin *admin, const atr_http_request *request,
                const char *verb)
{
    json_t *json = json_loadb((const char *)request->body.data,
                              request->body.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *id = json_object_get(json, "id");
    const json_t *reason = json_object_get(json, "reason");
    json_t *question = NULL;

    if (!json_is_string(id) || (reason && !json_is_string(reason)) ||
        json_object_size(json) != (reason ? 2u : 1u)) {
        atr_reply_error(admin->server, request->ticket, 400,
                        "want an object with id and, perhaps, reason");
    } else {
        question = json_pack("{s:I, s:s, s:s, s:O, s:O?}", "ticket",
                             (json_int_t)request->ticket, "token", admin->token,
                             "verb", verb, "id", id, "reason", reason);
        if (!atr_clerk_link_ask(admin->clerks, question)) {
            atr_reply_error(admin->server, request->ticket, 503,
                            "nobody can decide here now");
        }
    }
    json_decref(json);
}

static void answer_private(atr_admin *admin, const atr_http_request *request)
{
    static const char *const verbs[] = {"approve", "deny", "withdraw"};
    const char *what = request->path + strlen("/admin/");
    const bool is_post = strcmp(request->method, "POST") == 0;
    const bool is_get = strcmp(request->method, "GET") == 0;

    if (admin->clients->count == 0 && !has_token(admin, request)) {
        atr_reply_error(admin->server, request->ticket, 401,
                        "open the address that attrium-kmsd printed");
        return;
    }
    if (strcmp(what, "state") == 0 && is_get) {
        answer_state(admin, request->ticket);
        return;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(what, verbs[i]) == 0 && is_post) {
            if (atr_reply_is_json(request)) {
                ask(admin, request, verbs[i]);
            } else {
                atr_reply_error(admin->server, request->ticket, 415,
                                "want application/json");
            }
            return;
        }
    }
    atr_reply_error(admin->server, request->ticket, 404, "no such page");
}

static const atr_admin_file *find_file(const char *path)
{
    for (size_t i = 0; i < atr_admin_file_count; i++) {
        if (strcmp(atr_admin_files[i].path, path) == 0) {
            return &atr_admin_files[i];
        }
    }
    return NULL;
}

bool atr_admin_http(atr_admin *admin, const atr_http_request *request)
{
    const atr_admin_file *file = find_file(request->path);
    const bool is_private = strncmp(request->path, "/admin/", 7) == 0;

    if (request->is_admin && admin->clients->count > 0 &&
        !is_listed(admin->clients, request)) {
        atr_reply_error(admin->server, request->ticket, 403,
                        "for the certificates of administrators");
        return true;
    }
    if (!request->is_admin || (!file && !is_private)) {
        return false;
    }
    if (admin->clients->count == 0 && !is_local(request->host)) {
        atr_reply_error(admin->server, request->ticket, 403,
                        "not under this name");
    } else if (is_private) {
        answer_private(admin, request);
    } else if (strcmp(request->method, "GET") != 0) {
        atr_reply_error(admin->server, request->ticket, 405, "GET");
    } else {
        const atr_http_reply reply = {
            .status = 200,
            .content_type = file->type,
            .body = {(const uint8_t *)file->text, strlen(file->text)},
            .policy = CSP,
        };

        atr_server_reply(admin->server, request->ticket, &reply);
    }
    return true;
}
