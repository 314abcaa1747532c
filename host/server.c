#include "host/server.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "host/server_state.h"

struct timeval atr_tv_of(uint32_t ms)
{
    return (struct timeval){ms / 1000, (suseconds_t)(ms % 1000) * 1000};
}

void atr_server_free(atr_server *server)
{
    SSL_CTX_free(server->tls);
    free(server->conns);
    free(server->free_ids);
    free(server->dirty.ids);
    free(server->again.ids);
    free(server->pending);
    free(server);
}

static void set_defaults(atr_server_options *o)
{
    o->conns_max = o->conns_max ? o->conns_max : 20000;
    o->unsent_max = o->unsent_max ? o->unsent_max : 1u << 20;
    o->message_max = o->message_max ? o->message_max : 1u << 20;
    o->fragments_max = o->fragments_max ? o->fragments_max : 64;
    o->head_max = o->head_max ? o->head_max : 8192;
    o->body_max = o->body_max ? o->body_max : 65536;
    o->handshake_ms = o->handshake_ms ? o->handshake_ms : 10000;
    o->request_ms = o->request_ms ? o->request_ms : 15000;
    o->answer_ms = o->answer_ms ? o->answer_ms : 60000;
    o->ping_ms = o->ping_ms ? o->ping_ms : 30000;
    o->close_ms = o->close_ms ? o->close_ms : 3000;
}

/* A descriptor a connection: take all that the system allows. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Makes `*array` larger; on failure it stays as it was. */
static bool grow(void *array, size_t count, size_t size)
{
    void *old;
    void *more;

    memcpy(&old, array, sizeof old);
    more = realloc(old, count * size);
    if (more != NULL) {
        memcpy(array, &more, sizeof more);
    }
    return more != NULL;
}

/* Numbers for `max` connections; there are never fewer again. */
static bool reserve(atr_server *server, uint32_t max)
{
    uint32_t cap = server->conn_cap;

    if (max <= cap) {
        return true;
    }
    if (!grow(&server->conns, max, sizeof(atr_conn *)) ||
        !grow(&server->free_ids, max, sizeof(uint32_t)) ||
        !grow(&server->dirty.ids, max, 2 * sizeof(uint32_t)) ||
        !grow(&server->again.ids, max, 2 * sizeof(uint32_t))) {
        return false;
    }
    memset(server->conns + cap, 0, (max - cap) * sizeof(atr_conn *));
    for (uint32_t id = max; id-- > cap;) { /* the smallest on top */
        server->free_ids[server->free_count++] = id;
    }
    server->conn_cap = max;
    return true;
}

static bool take_memory(atr_server *server)
{
    server->again_timer =
        evtimer_new(server->base, atr_conns_again, server);
    server->resume = evtimer_new(server->base, atr_doors_resume, server);
    return server->again_timer != NULL && server->resume != NULL &&
           reserve(server, server->options.conns_max);
}

/* libevent has queues for a few hundred different times, and no more. */
static void set_tv(atr_server *server, atr_limit_tv *limit, uint32_t ms)
{
    limit->own = atr_tv_of(ms);
    limit->shared = event_base_init_common_timeout(server->base, &limit->own);
    if (limit->shared == NULL) {
        limit->shared = &limit->own;
    }
}

static void take_numbers(atr_server *server)
{
    const atr_server_options *o = &server->options;

    server->limits = (atr_ws_limits){o->message_max, o->fragments_max,
                                     o->unsent_max, false, o->echo};
    set_tv(server, &server->ping, o->ping_ms);
    set_tv(server, &server->close, o->close_ms);
}

static void drain_over(void *context)
{
    atr_server *server = context;
    atr_loop_fn *done = server->drained;

    server->drained = NULL;
    if (done != NULL) {
        done(server->drained_context);
    }
}

static atr_err prepare(atr_server *server, atr_loop *loop, atr_fault *fault)
{
    server->loop = loop;
    server->base = atr_loop_base(loop);
    set_defaults(&server->options);
    take_numbers(server);
    server->doors[1].is_admin = true;
    raise_descriptors();
    if (!take_memory(server) ||
        atr_timer_open(&server->drain_timer, loop, drain_over, server) !=
            ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_IO, "server: out of memory");
    }
    return ATR_OK;
}

atr_err atr_server_open(atr_server **out, atr_loop *loop,
                        const atr_server_options *options,
                        const atr_server_handler *handler, atr_fault *fault)
{
    atr_server *server = calloc(1, sizeof *server);
    atr_err err;

    *out = NULL;
    if (server == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "server: out of memory");
    }
    server->options = *options;
    server->handler = *handler;
    atr_server_set_tls(server, options->tls);
    if ((err = prepare(server, loop, fault)) != ATR_OK ||
        (err = atr_door_open(server, &server->doors[0], server->options.address,
                         server->options.port, fault)) != ATR_OK) {
        goto out;
    }
    if (options->admin_address != NULL) {
        err = atr_door_open(server, &server->doors[1], options->admin_address,
                        options->admin_port, fault);
    }
    if (err == ATR_OK) {
        err = atr_loop_hook(loop, ATR_TURN_FLUSH, atr_conns_flush, server);
    }
out:
    if (err != ATR_OK) {
        atr_server_close(server);
        return err;
    }
    atr_doors_watch(server);
    *out = server;
    return ATR_OK;
}

void atr_server_set_tls(atr_server *server, const atr_tls *tls)
{
    SSL_CTX *context = atr_tls_context(tls);

    (void)SSL_CTX_up_ref(context);
    SSL_CTX_free(server->tls);
    server->tls = context;
}

/* All but where to listen and how. */
static void copy_numbers(atr_server_options *to, const atr_server_options *from)
{
    to->conns_max = from->conns_max;
    to->unsent_max = from->unsent_max;
    to->message_max = from->message_max;
    to->fragments_max = from->fragments_max;
    to->head_max = from->head_max;
    to->body_max = from->body_max;
    to->handshake_ms = from->handshake_ms;
    to->request_ms = from->request_ms;
    to->answer_ms = from->answer_ms;
    to->ping_ms = from->ping_ms;
    to->close_ms = from->close_ms;
}

atr_err atr_server_set_limits(atr_server *server,
                              const atr_server_options *options)
{
    atr_server_options wanted = server->options;

    copy_numbers(&wanted, options);
    set_defaults(&wanted);
    if (!reserve(server, wanted.conns_max)) {
        return ATR_ERR_LIMIT;
    }
    server->options = wanted;
    take_numbers(server);
    atr_doors_limit(server);
    if (server->gates >= wanted.conns_max) {
        atr_doors_pause(server);
    } else if (server->paused) {
        event_active(server->resume, EV_TIMEOUT, 0);
    }
    return ATR_OK;
}

static void close_events(atr_server *server)
{
    if (server->again_timer != NULL) {
        event_free(server->again_timer);
    }
    if (server->resume != NULL) {
        event_free(server->resume);
    }
    atr_timer_close(server->drain_timer);
}

void atr_server_close(atr_server *server)
{
    if (server == NULL) {
        return;
    }
    atr_doors_forget(server);
    if (server->loop != NULL) {
        atr_loop_unhook(server->loop, ATR_TURN_FLUSH, atr_conns_flush, server);
    }
    for (uint32_t i = 0; i < server->conn_cap; i++) {
        if (server->conns[i] != NULL) {
            atr_conn_cut(server->conns[i]);
        }
    }
    server->closed = true;
    for (int i = 0; i < 2; i++) {
        server->doors[i].bound = NULL;
        if (server->doors[i].http != NULL) {
            evhttp_free(server->doors[i].http);
        }
    }
    close_events(server);
    if (server->gates == 0) {
        atr_server_free(server);
    } /* else bufferevents are freed by a later turn or atr_loop_close */
}

uint16_t atr_server_port(const atr_server *server)
{
    return server->doors[0].port;
}

uint16_t atr_server_admin_port(const atr_server *server)
{
    return server->doors[1].port;
}

void atr_server_drain(atr_server *server, uint32_t limit_ms, atr_loop_fn *done,
                      void *context)
{
    atr_door *door = &server->doors[0];

    server->draining = true;
    server->drained = done;
    server->drained_context = context;
    if (door->bound != NULL) {
        evhttp_del_accept_socket(door->http, door->bound);
        door->bound = NULL;
    }
    for (uint32_t i = 0; i < server->conn_cap; i++) {
        if (server->conns[i] != NULL) {
            atr_server_hang_up(server, i, 1001);
        }
    }
    atr_timer_set(server->drain_timer,
                  atr_loop_now(server->loop) + limit_ms);
    atr_loop_touch(server->loop);
}

atr_server_counts atr_server_counts_now(const atr_server *server)
{
    atr_server_counts counts = server->counts;

    counts.conns_open = server->gates;
    return counts;
}
