/* pull.h - asking the other nodes for what is new, for as long as it takes.
 *
 * Nothing is pushed between nodes: each asks every other one, over one
 * connection that is kept, and asks again. What a pull has missed the next one
 * brings, so a node may be down, slow or cut off at any time.
 *
 *     ask --answer with news--> ask at once
 *      |---nothing new--------> ask after every_ms
 *      `---failed-------------> ask after a time that doubles up to
 *                               back_off_ms, each time between half and all
 *                               of it by chance; sooner when the peer shows
                               that it is up by asking us
 */
#ifndef ATR_PULL_H
#define ATR_PULL_H

#include "app/peers.h"
#include "host/fetch.h"
#include "host/log.h"

typedef struct atr_pull atr_pull;

typedef struct {
    void *context;
    /* Writes the page to ask `peer` for; false when there is nothing to ask
     * it until it is woken. */
    bool (*ask)(void *context, size_t peer,
                char path[ATR_FETCH_PATH_BYTES_MAX + 1]);
    /* Takes an answer. ATR_OK for news, ATR_ERR_STATE for nothing new; any
     * other error is a failure of the peer, which `fault` is to say. */
    atr_err (*take)(void *context, size_t peer, atr_bytes body,
                    atr_fault *fault);
} atr_pull_handler;

/* Zeros are the numbers beside them. */
typedef struct {
    const atr_peers *peers; /* outlive the pull */
    size_t own;             /* index of this node, which is not asked */
    const atr_tls *tls;     /* this node's certificate */
    const atr_log *log;     /* NULL: none */
    size_t body_max;        /* 1 MiB */
    uint32_t limit_ms;      /* 30 s for one answer */
    uint32_t every_ms;      /* 2 s */
    uint32_t back_off_ms;   /* 30 s */
} atr_pull_options;

/* What is known of a peer. */
typedef struct {
    bool is_up;        /* the last answer was good */
    atr_time heard_at; /* of the last good answer; 0: never */
    uint32_t failures; /* in a row */
    const char *fault; /* of the last failure; "" */
} atr_pull_state;

/* atr_pull_open begins to ask at the next turn. Errors as atr_fetch_open. */
ATR_MUST_USE atr_err atr_pull_open(atr_pull **out, atr_loop *loop,
                                   const atr_pull_options *options,
                                   const atr_pull_handler *handler,
                                   atr_fault *fault);
void atr_pull_close(atr_pull *pull);

/* atr_pull_wake asks `peer` now, unless an answer is under way. */
void atr_pull_wake(atr_pull *pull, size_t peer);

/* atr_pull_seen says that `peer` has asked us: one that had failed is tried
 * again soon. */
void atr_pull_seen(atr_pull *pull, size_t peer);

atr_pull_state atr_pull_state_of(const atr_pull *pull, size_t peer);

#endif
