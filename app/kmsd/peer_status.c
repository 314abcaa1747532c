#include "app/kmsd/peer_status.h"

#include <stdio.h>

#include "app/kmsd/replica.h"
#include "base/bytes.h"

typedef struct asking asking;

/* One peer that has been asked. */
typedef struct {
    asking *all;
    atr_fetch *fetch;
    atr_ledger_place place; /* how far it has been read here */
    atr_peer_status *out;
} inquiry;

struct asking {
    atr_loop *loop;
    size_t left; /* answers that have not come */
    inquiry inquiries[ATR_ISSUE_NODES_MAX];
};

static void fail(atr_peer_status *out, const char *text)
{
    snprintf(out->fault, sizeof out->fault, "%s", text);
}

static void read_state(inquiry *q, atr_bytes body)
{
    uint8_t log[ATR_LEDGER_LOG_BYTES];
    atr_reader r = atr_reader_of(body);
    uint64_t last;
    bool is_same;

    atr_read_copy(&r, log, sizeof log);
    last = atr_read_u64(&r);
    q->out->generation = atr_read_u32(&r);
    if (atr_reader_end(&r) != ATR_OK) {
        fail(q->out, "its answer is no state");
        return;
    }
    is_same =
        memcmp(log, q->place.log, sizeof log) == 0 && last >= q->place.seq;
    q->out->is_up = true;
    q->out->behind = is_same ? last - q->place.seq : last;
}

static void done(void *context, atr_err err, int status, atr_bytes body,
                 const char *text)
{
    inquiry *q = context;
    char code[32];

    snprintf(code, sizeof code, "HTTP status %d", status);
    if (err != ATR_OK || status != 200) {
        fail(q->out, err != ATR_OK ? text : code);
    } else {
        read_state(q, body);
    }
    if (--q->all->left == 0) {
        atr_loop_stop(q->all->loop);
    }
}

static atr_err ask_one(inquiry *q, const atr_peer *peer, const atr_tls *tls,
                       atr_ledger *ledger, uint32_t limit_ms)
{
    char host[ATR_LINK_HOST_MAX + 1];
    atr_fetch_options options = {.host = host,
                                 .port = peer->at.port,
                                 .pin = peer->at.pin,
                                 .own = tls,
                                 .body_max = 1024};
    atr_err err;

    atr_peer_host(host, peer);
    if ((err = atr_ledger_find_place(&q->place, ledger, peer->at.pin)) !=
            ATR_OK ||
        (err = atr_fetch_open(&q->fetch, q->all->loop, &options, done, q,
                              NULL)) != ATR_OK ||
        (err = atr_fetch_get(q->fetch, ATR_STATE_PATH, limit_ms)) != ATR_OK) {
        return err;
    }
    q->all->left++;
    return ATR_OK;
}

atr_err atr_peers_ask(atr_peer_status out[ATR_ISSUE_NODES_MAX],
                      const atr_peers *peers, size_t own, const atr_tls *tls,
                      atr_ledger *ledger, uint32_t limit_ms)
{
    asking all = {.left = 0};
    atr_err err = atr_loop_open(&all.loop);

    memset(out, 0, ATR_ISSUE_NODES_MAX * sizeof *out);
    for (size_t i = 0; i < peers->count && err == ATR_OK; i++) {
        inquiry *q = &all.inquiries[i];

        q->all = &all;
        q->out = &out[i];
        if (i != own) {
            err = ask_one(q, &peers->peers[i], tls, ledger, limit_ms);
        }
    }
    if (err == ATR_OK && all.left > 0) {
        err = atr_loop_run(all.loop);
    }
    for (size_t i = 0; i < peers->count; i++) {
        atr_fetch_close(all.inquiries[i].fetch);
    }
    if (all.loop) {
        atr_loop_close(all.loop);
    }
    return err == ATR_OK ? ATR_OK : ATR_ERR_IO;
}

size_t atr_peers_overtaken(const atr_peer_status *of, const atr_peers *peers,
                           size_t own, uint32_t generation)
{
    for (size_t i = 0; i < peers->count; i++) {
        if (i != own && of[i].is_up && of[i].generation >= generation) {
            return i + 1;
        }
    }
    return 0;
}
