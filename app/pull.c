#include "app/pull.h"

#include <stdlib.h>

#include "host/entropy.h"

#define BODY_MAX (1u << 20)
#define LIMIT_MS 30000
#define EVERY_MS 2000
#define BACK_OFF_MS 30000
#define BACK_OFF_FIRST_MS 250

typedef struct {
    atr_pull *pull;
    atr_fetch *fetch; /* NULL for this node itself */
    atr_timer *timer;
    bool asking;
    bool is_up;
    atr_time heard_at;
    uint32_t failures;
    uint32_t patience; /* failures since the peer was seen to be up */
    atr_fault fault;
} link;

struct atr_pull {
    atr_loop *loop;
    atr_pull_options options;
    atr_pull_handler handler;
    atr_rng rng; /* for the back-off alone */
    size_t count;
    link links[ATR_ISSUE_NODES_MAX];
};

static void ask_in(link *l, uint32_t ms)
{
    atr_timer_set(l->timer, atr_loop_now(l->pull->loop) + ms);
}

static uint32_t back_off(link *l)
{
    uint32_t most = l->pull->options.back_off_ms;
    uint32_t ms = BACK_OFF_FIRST_MS;
    uint8_t chance[4];

    for (uint32_t i = 1; i < l->patience && ms < most; i++) {
        ms *= 2;
    }
    ms = ms < most ? ms : most;
    atr_rng_bytes(&l->pull->rng, chance, sizeof chance);
    return ms / 2 + (uint32_t)((ms / 2 + 1) * (uint64_t)chance[0] / 256);
}

static size_t index_of(const link *l)
{
    return (size_t)(l - l->pull->links);
}

static void log_peer(const link *l, atr_log_level level, const char *event)
{
    const atr_pull_options *o = &l->pull->options;

    if (o->log) {
        atr_log_event(o->log, level, event, "node=%zu fault=\"%s\"",
                      index_of(l) + 1, l->fault.text);
    }
}

/* Said once, when the peer is lost, not for every attempt. */
static void failed(link *l)
{
    bool is_first = l->is_up || l->failures == 0;

    l->is_up = false;
    l->failures += l->failures < UINT32_MAX;
    l->patience += l->patience < UINT32_MAX;
    if (is_first) {
        log_peer(l, ATR_LOG_WARN, "peer_lost");
    }
    ask_in(l, back_off(l));
}

static void succeeded(link *l, uint32_t next_ms)
{
    l->fault.text[0] = 0;
    l->failures = l->patience = 0;
    l->heard_at = atr_loop_now(l->pull->loop);
    if (!l->is_up) {
        l->is_up = true;
        log_peer(l, ATR_LOG_INFO, "peer_up");
    }
    ask_in(l, next_ms);
}

static void done(void *context, atr_err err, int status, atr_bytes body,
                 const char *text)
{
    link *l = context;
    const atr_pull_handler *h = &l->pull->handler;

    l->asking = false;
    if (err != ATR_OK) {
        err = atr_fault_set(&l->fault, ATR_ERR_IO, "%s", text);
    } else if (status != 200) {
        err = atr_fault_set(&l->fault, ATR_ERR_IO, "HTTP status %d", status);
    } else {
        err = h->take(h->context, index_of(l), body, &l->fault);
    }
    if (err == ATR_OK || err == ATR_ERR_STATE) {
        succeeded(l, err == ATR_OK ? 0 : l->pull->options.every_ms);
    } else {
        failed(l);
    }
}

static void ask(void *context)
{
    link *l = context;
    const atr_pull_handler *h = &l->pull->handler;
    char path[ATR_FETCH_PATH_BYTES_MAX + 1];

    if (l->asking || !h->ask(h->context, index_of(l), path)) {
        return;
    }
    if (atr_fetch_get(l->fetch, path, l->pull->options.limit_ms) == ATR_OK) {
        l->asking = true;
    } else {
        (void)atr_fault_set(&l->fault, ATR_ERR_INPUT, "not a path");
        failed(l);
    }
}

static atr_err open_link(link *l, const atr_peer *peer, atr_fault *fault)
{
    const atr_pull_options *o = &l->pull->options;
    char host[ATR_LINK_HOST_MAX + 1];
    atr_fetch_options options = {.host = host,
                                 .port = peer->at.port,
                                 .pin = peer->at.pin,
                                 .own = o->tls,
                                 .body_max = o->body_max};
    atr_err err;

    atr_peer_host(host, peer);
    err = atr_fetch_open(&l->fetch, l->pull->loop, &options, done, l, fault);
    if (err == ATR_OK &&
        atr_timer_open(&l->timer, l->pull->loop, ask, l) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_IO, "no memory");
    }
    if (err == ATR_OK) {
        atr_timer_set(l->timer, 0);
    }
    return err;
}

static void set_defaults(atr_pull_options *o)
{
    o->body_max = o->body_max ? o->body_max : BODY_MAX;
    o->limit_ms = o->limit_ms ? o->limit_ms : LIMIT_MS;
    o->every_ms = o->every_ms ? o->every_ms : EVERY_MS;
    o->back_off_ms = o->back_off_ms ? o->back_off_ms : BACK_OFF_MS;
}

atr_err atr_pull_open(atr_pull **out, atr_loop *loop,
                      const atr_pull_options *options,
                      const atr_pull_handler *handler, atr_fault *fault)
{
    atr_pull *pull = calloc(1, sizeof *pull);
    atr_err err = ATR_OK;

    *out = NULL;
    if (!pull) {
        return atr_fault_set(fault, ATR_ERR_IO, "no memory");
    }
    pull->loop = loop;
    pull->options = *options;
    pull->handler = *handler;
    pull->count = options->peers->count;
    set_defaults(&pull->options);
    atr_entropy_rng(&pull->rng);
    for (size_t i = 0; i < pull->count && err == ATR_OK; i++) {
        pull->links[i].pull = pull;
        if (i != options->own) {
            err = open_link(&pull->links[i], &options->peers->peers[i], fault);
        }
    }
    if (err != ATR_OK) {
        atr_pull_close(pull);
        return err;
    }
    *out = pull;
    return ATR_OK;
}

void atr_pull_close(atr_pull *pull)
{
    if (!pull) {
        return;
    }
    for (size_t i = 0; i < pull->count; i++) {
        atr_fetch_close(pull->links[i].fetch);
        if (pull->links[i].timer) {
            atr_timer_close(pull->links[i].timer);
        }
    }
    free(pull);
}

void atr_pull_wake(atr_pull *pull, size_t peer)
{
    link *l = &pull->links[peer];

    if (l->timer && !l->asking) {
        atr_timer_set(l->timer, 0);
    }
}

void atr_pull_seen(atr_pull *pull, size_t peer)
{
    link *l = &pull->links[peer];

    if (l->timer && !l->asking && l->patience > 1) {
        l->patience = 1;
        ask_in(l, back_off(l));
    }
}

atr_pull_state atr_pull_state_of(const atr_pull *pull, size_t peer)
{
    const link *l = &pull->links[peer];

    return (atr_pull_state){l->is_up, l->heard_at, l->failures, l->fault.text};
}
