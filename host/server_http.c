#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/server_state.h"

#define TOKEN_CHARS                                                            \
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"                      \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const struct {
    enum evhttp_cmd_type type;
    const char *name;
} methods[] = {
    {EVHTTP_REQ_GET, "GET"},       {EVHTTP_REQ_POST, "POST"},
    {EVHTTP_REQ_PUT, "PUT"},       {EVHTTP_REQ_HEAD, "HEAD"},
    {EVHTTP_REQ_DELETE, "DELETE"},
};

static const char *method_of(struct evhttp_request *request)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (methods[i].type == evhttp_request_get_command(request)) {
            return methods[i].name;
        }
    }
    return "";
}

static const char *header(struct evhttp_request *request, const char *name)
{
    const char *value =
        evhttp_find_header(evhttp_request_get_input_headers(request), name);

    return value != NULL ? value : "";
}

static unsigned count_of(struct evhttp_request *request, const char *name)
{
    struct evkeyvalq *all = evhttp_request_get_input_headers(request);
    unsigned count = 0;

    for (struct evkeyval *h = all->tqh_first; h != NULL;
         h = h->next.tqe_next) {
        count += evutil_ascii_strcasecmp(h->key, name) == 0;
    }
    return count;
}

/* RFC 9112: evhttp takes the first of two lengths and a request without a
 * Host; both are what request smuggling is made of. */
static bool is_strict(struct evhttp_request *request, const atr_gate *gate)
{
    static const char *const singles[] = {
        "Content-Length",    "Transfer-Encoding", "Host",
        "Sec-WebSocket-Key", "Authorization",     "Content-Type",
        "Upgrade",           "Sec-WebSocket-Version"};
    struct evkeyvalq *all = evhttp_request_get_input_headers(request);
    bool is_1_1 = request->major == 1 && request->minor == 1;

    if (gate != NULL && gate->head_bad) {
        return false;
    }
    for (struct evkeyval *h = all->tqh_first; h != NULL;
         h = h->next.tqe_next) {
        if (h->key[0] == 0 || strspn(h->key, TOKEN_CHARS) != strlen(h->key)) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        if (count_of(request, singles[i]) > 1) {
            return false;
        }
    }
    return is_1_1 ? count_of(request, "Host") == 1
                  : request->major == 1 && request->minor == 0;
}

/* Whether the comma-separated `list` has `token`, in any case. */
static bool has_token(const char *list, const char *token)
{
    size_t len = strlen(token);

    while (*list != 0) {
        size_t span;

        list += strspn(list, ", \t");
        span = strcspn(list, ", \t");
        if (span == len && evutil_ascii_strncasecmp(list, token, len) == 0) {
            return true;
        }
        list += span;
    }
    return false;
}

static bool is_upgrade(struct evhttp_request *request)
{
    return has_token(header(request, "Upgrade"), "websocket") ||
           header(request, "Sec-WebSocket-Key")[0] != 0;
}

/* The decoded path, to be freed, or NULL. "//x/y" is a path to some and a host
 * to others. */
static char *path_of(struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *raw = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
    size_t len = 0;
    char *path;

    if (raw == NULL || raw[0] != '/' ||
        strncmp(evhttp_request_get_uri(request), "//", 2) == 0) {
        return NULL;
    }
    path = evhttp_uridecode(raw, 0, &len);
    if (path != NULL && strlen(path) != len) { /* %00 */
        free(path);
        return NULL;
    }
    return path;
}

static const char *query_of(struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *query = uri != NULL ? evhttp_uri_get_query(uri) : NULL;

    return query != NULL ? query : "";
}

static atr_pending *find(const atr_server *server, uint64_t ticket)
{
    uint32_t slot = (uint32_t)ticket;
    atr_pending *p = slot < server->pending_cap ? server->pending[slot] : NULL;

    return p != NULL && p->turn == (uint32_t)(ticket >> 32) ? p : NULL;
}

static void forget(atr_pending *p)
{
    if (p->gate != NULL) {
        p->gate->pending = NULL;
    }
    p->server->pending[p->slot] = NULL;
    p->server->pending_count--;
    free(p);
}

/* The connection ends before the answer; evhttp frees the request. By now
 * the gate may have gone already. */
static void gone(struct evhttp_connection *connection, void *context)
{
    atr_pending *p = context;

    (void)connection;
    p->gate = NULL;
    forget(p);
}

static bool find_slot(atr_server *server, uint32_t *slot)
{
    uint32_t cap = server->pending_cap == 0 ? 16 : server->pending_cap * 2;
    atr_pending **more;

    for (*slot = 0; *slot < server->pending_cap; ++*slot) {
        if (server->pending[*slot] == NULL) {
            return true;
        }
    }
    more = realloc(server->pending, cap * sizeof(atr_pending *));
    if (more == NULL) {
        return false;
    }
    memset(more + server->pending_cap, 0,
           (cap - server->pending_cap) * sizeof(atr_pending *));
    server->pending = more;
    server->pending_cap = cap;
    return true;
}

static atr_pending *remember(atr_server *server,
                             struct evhttp_request *request, atr_gate *gate)
{
    atr_pending *p = calloc(1, sizeof *p);
    uint32_t slot;

    if (p == NULL || !find_slot(server, &slot)) {
        free(p);
        return NULL;
    }
    *p = (atr_pending){server,
                       request,
                       evhttp_request_get_connection(request),
                       gate,
                       slot,
                       ++server->ticket_turn};
    server->pending[slot] = p;
    server->pending_count++;
    if (gate != NULL) {
        gate->pending = p;
    }
    evhttp_connection_set_closecb(p->connection, gone, p);
    return p;
}

static void add_header(struct evhttp_request *request, const char *name,
                       const char *value)
{
    if (value != NULL) {
        (void)evhttp_add_header(evhttp_request_get_output_headers(request),
                                name, value);
    }
}

static void send_reply(struct evhttp_request *request,
                       const atr_http_reply *reply, bool last)
{
    struct evbuffer *body = evbuffer_new();
    char len[24];

    (void)snprintf(len, sizeof len, "%zu", reply->body.len);
    add_header(request, "Content-Type", reply->content_type);
    add_header(request, "Content-Length", len);
    add_header(request, "Retry-After", reply->retry_after);
    add_header(request, "Content-Security-Policy", reply->policy);
    add_header(request, "X-Content-Type-Options", "nosniff");
    add_header(request, "Cache-Control", "no-store");
    if (last) {
        add_header(request, "Connection", "close");
    }
    if (body != NULL && reply->body.len > 0 &&
        evhttp_request_get_command(request) != EVHTTP_REQ_HEAD) {
        (void)evbuffer_add(body, reply->body.data, reply->body.len);
    }
    evhttp_send_reply(request, reply->status, NULL, body);
    if (body != NULL) {
        evbuffer_free(body);
    }
}

/* Short answers of the server itself. */
static void refuse(struct evhttp_request *request, atr_gate *gate, int status,
                   const char *text)
{
    atr_http_reply reply = {status, "text/plain; charset=utf-8",
                            {(const uint8_t *)text, strlen(text)}, NULL, NULL};

    if (gate != NULL) {
        atr_gate_limit(gate, gate->server->options.request_ms);
        atr_gate_next_head(gate);
    }
    send_reply(request, &reply, true);
}

void atr_server_reply(atr_server *server, uint64_t ticket,
                      const atr_http_reply *reply)
{
    atr_pending *p = find(server, ticket);
    struct evhttp_request *request;

    if (p == NULL) {
        return;
    }
    request = p->request;
    evhttp_connection_set_closecb(p->connection, NULL, NULL);
    if (p->gate != NULL) {
        atr_gate_limit(p->gate, server->options.request_ms);
        atr_gate_next_head(p->gate);
    }
    forget(p);
    send_reply(request, reply, server->draining);
    atr_loop_touch(server->loop);
}

void atr_pending_late(atr_pending *p)
{
    atr_http_reply reply = {503, "text/plain; charset=utf-8",
                            ATR_LITERAL("took too long\n"), NULL, NULL};

    atr_server_reply(p->server, (uint64_t)p->turn << 32 | p->slot, &reply);
}

static void upgrade(atr_server *server, struct evhttp_request *request,
                    atr_gate *gate, const char *path)
{
    char accept[ATR_WS_ACCEPT_BYTES];

    if (evhttp_request_get_command(request) != EVHTTP_REQ_GET ||
        request->minor == 0 ||
        !has_token(header(request, "Connection"), "upgrade") ||
        !has_token(header(request, "Upgrade"), "websocket") ||
        evbuffer_get_length(evhttp_request_get_input_buffer(request)) != 0) {
        refuse(request, gate, 400, "not a WebSocket handshake\n");
    } else if (strcmp(header(request, "Sec-WebSocket-Version"), "13") != 0) {
        add_header(request, "Upgrade", "websocket");
        add_header(request, "Sec-WebSocket-Version", "13");
        refuse(request, gate, 426, "WebSocket version 13 is needed\n");
    } else if (atr_ws_accept(accept, header(request, "Sec-WebSocket-Key")) !=
               ATR_OK) {
        refuse(request, gate, 400, "bad Sec-WebSocket-Key\n");
    } else if (server->draining) {
        refuse(request, gate, 503, "stopping\n");
    } else if (!atr_conn_upgrade(server, request, path, accept)) {
        refuse(request, gate, 404, "no WebSocket here\n");
    }
}

static void ask_handler(const atr_door *door, struct evhttp_request *request,
                        atr_gate *gate, const char *path)
{
    atr_server *server = door->server;
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(body);
    uint8_t pin[ATR_PIN_BYTES];
    atr_pending *p = NULL;
    atr_http_request asked = {
        .method = method_of(request),
        .path = path,
        .query = query_of(request),
        .content_type = header(request, "Content-Type"),
        .authorization = header(request, "Authorization"),
        .host = header(request, "Host"),
        .body = {len > 0 ? evbuffer_pullup(body, -1) : NULL, len},
        .is_admin = door->is_admin};

    if (server->handler.http == NULL) {
        refuse(request, gate, 404, "not found\n");
        return;
    }
    if ((len > 0 && asked.body.data == NULL) ||
        (p = remember(server, request, gate)) == NULL) {
        refuse(request, gate, 503, "out of memory\n");
        return;
    }
    if (gate != NULL) {
        atr_gate_limit(gate, server->options.answer_ms);
    }
    if (gate != NULL && atr_tls_peer_pin(pin, gate->ssl)) {
        asked.client_pin = pin;
    }
    asked.ticket = (uint64_t)p->turn << 32 | p->slot;
    server->handler.http(server->handler.context, &asked);
}

void atr_http_came(struct evhttp_request *request, void *context)
{
    atr_door *door = context;
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);
    SSL *ssl = atr_door_has_tls(door)
                   ? bufferevent_openssl_get_ssl(
                         evhttp_connection_get_bufferevent(connection))
                   : NULL;
    atr_gate *gate = ssl != NULL ? atr_gate_of(ssl) : NULL;
    char *path = path_of(request);

    atr_loop_touch(door->server->loop);
    door->server->counts.http_total++;
    if (!is_strict(request, gate) || path == NULL) {
        refuse(request, gate, 400, "bad request\n");
    } else if (is_upgrade(request)) {
        if (door->is_admin) {
            refuse(request, gate, 404, "no WebSocket here\n");
        } else {
            upgrade(door->server, request, gate, path);
        }
    } else {
        ask_handler(door, request, gate, path);
    }
    free(path);
}
