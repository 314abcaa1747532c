#include "app/kmsd/replica.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "base/bytes.h"
#include "host/clock.h"

#define LOOK_MS 50     /* between looks at the ledger, while somebody waits */
#define EVERY_MS 200   /* between an answer without news and the next ask */
#define LIMIT_MS 40000 /* for an answer, which is held for half of it */
#define BATCH_MAX 64   /* statements in an answer */

/* One who has asked and waits. */
typedef struct {
    bool waits;
    uint64_t ticket;
    uint64_t after;
    atr_time until;
} held;

struct atr_replica {
    atr_replica_options options;
    atr_pull *pull;
    atr_timer *timer;
    uint8_t log[ATR_LEDGER_LOG_BYTES]; /* the name of ours */
    held held[ATR_ISSUE_NODES_MAX];
    atr_ledger_place places[ATR_ISSUE_NODES_MAX]; /* in the logs of others */
    uint8_t body[ATR_REPLICA_BODY_MAX];
};

/* --- answering ------------------------------------------------------------ */

typedef struct {
    atr_builder *builder;
    bool full;
} filling;

static atr_err fill(void *context, uint64_t seq, atr_bytes statement)
{
    filling *f = context;

    if (f->builder->cap - f->builder->len < 8 + 4 + statement.len) {
        f->full = true;
        return ATR_ERR_LIMIT; /* the next answer brings it */
    }
    atr_build_u64(f->builder, seq);
    atr_build_field(f->builder, statement);
    return ATR_OK;
}

/* The database failed: the asker comes back. */
static void refuse(atr_replica *r, uint64_t ticket)
{
    atr_log_event(r->options.log, ATR_LOG_ERROR, "ledger", "fault=\"%s\"",
                  atr_ledger_fault(r->options.ledger));
    atr_peer_reply(r->options.server, ticket, 503, (atr_bytes){NULL, 0});
}

static void reply(atr_replica *r, uint64_t ticket, uint64_t after,
                  uint64_t last)
{
    atr_builder b = atr_builder_of(r->body, sizeof r->body);
    filling f = {&b, false};
    atr_err err;

    atr_build_bytes(&b, ATR_BYTES(r->log));
    atr_build_u64(&b, last);
    err = atr_ledger_after(r->options.ledger, after, BATCH_MAX, fill, &f);
    if (err == ATR_OK || f.full) {
        atr_peer_reply(r->options.server, ticket, 200, atr_builder_bytes(&b));
    } else {
        refuse(r, ticket);
    }
}

/* Whoever has waited long enough, or for what is there now. */
static void look(void *context)
{
    atr_replica *r = context;
    atr_time now = atr_loop_now(r->options.loop);
    bool anybody = false;
    uint64_t last = 0;
    atr_err err = atr_ledger_last(&last, r->options.ledger);

    for (size_t i = 0; i < r->options.peers->count; i++) {
        held *h = &r->held[i];

        if (h->waits && (err != ATR_OK || last > h->after || now >= h->until)) {
            h->waits = false;
            if (err == ATR_OK) {
                reply(r, h->ticket, h->after, last);
            } else {
                refuse(r, h->ticket);
            }
        }
        anybody |= h->waits;
    }
    atr_timer_set(r->timer, anybody ? now + LOOK_MS : ATR_NEVER);
}

static bool parse_query(uint64_t *after, uint8_t log[ATR_LEDGER_LOG_BYTES],
                        const char *query)
{
    char hex[2 * ATR_LEDGER_LOG_BYTES + 1];
    unsigned long long number;
    int end = 0;

    if (query[0] == 0 || strlen(query) > 80 ||
        sscanf(query, "after=%19llu&log=%32[0-9a-f]%n", &number, hex, &end) !=
            2 ||
        query[end] != 0 || strspn(query + 6, "0123456789") == 0) {
        return false;
    }
    *after = number;
    return atr_hex_read(log, ATR_LEDGER_LOG_BYTES, hex) == ATR_OK;
}

static void answer(void *context, const atr_http_request *request, size_t peer)
{
    atr_replica *r = context;
    held *h = &r->held[peer];
    uint8_t log[ATR_LEDGER_LOG_BYTES];
    uint64_t after = 0;
    uint64_t last = 0;

    if (!parse_query(&after, log, request->query)) {
        atr_peer_reply(r->options.server, request->ticket, 400,
                       ATR_LITERAL("want after=SEQ&log=LOG\n"));
        return;
    }
    if (atr_ledger_last(&last, r->options.ledger) != ATR_OK) {
        refuse(r, request->ticket);
        return;
    }
    if (memcmp(log, r->log, sizeof log) != 0 || after > last) {
        reply(r, request->ticket, 0, last);
        return;
    }
    if (h->waits) { /* its connection was lost */
        atr_peer_reply(r->options.server, h->ticket, 503, (atr_bytes){NULL, 0});
    }
    *h = (held){true, request->ticket, after,
                atr_loop_now(r->options.loop) + ATR_REPLICA_HOLD_MS};
    look(r);
}

static void answer_state(void *context, const atr_http_request *request,
                         size_t peer)
{
    atr_replica *r = context;
    uint8_t bytes[ATR_LEDGER_LOG_BYTES + 8 + 4];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    uint64_t last = 0;

    (void)peer;
    if (atr_ledger_last(&last, r->options.ledger) != ATR_OK) {
        refuse(r, request->ticket);
        return;
    }
    atr_build_bytes(&b, ATR_BYTES(r->log));
    atr_build_u64(&b, last);
    atr_build_u32(&b, *r->options.generation);
    atr_peer_reply(r->options.server, request->ticket, 200,
                   atr_builder_bytes(&b));
}

/* --- asking --------------------------------------------------------------- */

static bool ask(void *context, size_t peer,
                char path[ATR_FETCH_PATH_BYTES_MAX + 1])
{
    const atr_replica *r = context;
    const atr_ledger_place *place = &r->places[peer];
    char hex[2 * ATR_LEDGER_LOG_BYTES + 1];

    atr_hex_write(hex, ATR_BYTES(place->log));
    snprintf(path, ATR_FETCH_PATH_BYTES_MAX + 1,
             ATR_REPLICA_PATH "?after=%llu&log=%s",
             (unsigned long long)place->seq, hex);
    return true;
}

/* What is not given here is not asked for here: it is passed over. */
static atr_err put(atr_replica *r, uint64_t seq, atr_bytes statement,
                   atr_fault *fault)
{
    atr_err err =
        atr_ledger_put(r->options.ledger, statement, atr_clock_wall_ms());

    if (err == ATR_OK || err == ATR_ERR_POLICY) {
        return ATR_OK;
    }
    return atr_fault_set(fault, err == ATR_ERR_IO ? ATR_ERR_IO : ATR_ERR_AUTH,
                         err == ATR_ERR_IO ? "statement %llu: the ledger failed"
                         : err == ATR_ERR_LIMIT
                             ? "statement %llu: too many requests wait"
                             : "statement %llu is not good",
                         (unsigned long long)seq);
}

/* `place` moves along; it is kept only when all of the answer is good. */
static atr_err take_statements(atr_replica *r, atr_ledger_place *place,
                               atr_reader *in, atr_fault *fault)
{
    while (!in->failed && in->left > 0) {
        uint64_t seq = atr_read_u64(in);
        atr_bytes statement = atr_read_field(in);
        atr_err err;

        if (seq <= place->seq) {
            atr_reader_fail(in);
        }
        if (in->failed) {
            break;
        }
        if ((err = put(r, seq, statement, fault)) != ATR_OK) {
            return err;
        }
        place->seq = seq;
    }
    return atr_reader_end(in) == ATR_OK
               ? ATR_OK
               : atr_fault_set(fault, ATR_ERR_INPUT, "not statements");
}

/* An answer as it is read. */
typedef struct {
    atr_reader in;
    uint64_t last;          /* of the peer's log */
    atr_ledger_place place; /* moves along */
} reading;

/* All of an answer is one transaction: what is good before what is not stays,
 * the place moves only when all is. The place alone waits for the disk only at
 * the end of the peer's log: what is read again says nothing new. */
static atr_err keep(atr_replica *r, size_t peer, reading *n, atr_fault *fault)
{
    atr_ledger *ledger = r->options.ledger;
    const uint8_t *pin = r->options.peers->peers[peer].at.pin;
    uint64_t before = 0;
    uint64_t after = 0;
    atr_err err;

    if (atr_ledger_hold(ledger) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_IO, "the ledger is busy");
    }
    if ((err = atr_ledger_last(&before, ledger)) == ATR_OK &&
        (err = take_statements(r, &n->place, &n->in, fault)) == ATR_OK &&
        (err = atr_ledger_last(&after, ledger)) == ATR_OK &&
        (after > before || n->place.seq >= n->last)) {
        err = atr_ledger_set_place(ledger, pin, &n->place);
    }
    if (atr_ledger_release(ledger) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_IO, "the ledger failed");
    }
    return err;
}

static atr_err take(void *context, size_t peer, atr_bytes body,
                    atr_fault *fault)
{
    atr_replica *r = context;
    reading n = {.in = atr_reader_of(body), .place = r->places[peer]};
    uint8_t log[ATR_LEDGER_LOG_BYTES];
    bool anew;
    atr_err err;

    atr_read_copy(&n.in, log, sizeof log);
    n.last = atr_read_u64(&n.in);
    anew = memcmp(log, n.place.log, sizeof log) != 0 || n.last < n.place.seq;
    if (anew) {
        memcpy(n.place.log, log, sizeof log);
        n.place.seq = 0;
    }
    if (!anew && !n.in.failed && n.in.left == 0) {
        return ATR_ERR_STATE;
    }
    if ((err = keep(r, peer, &n, fault)) != ATR_OK) {
        return err;
    }
    r->places[peer] = n.place;
    look(r); /* others may wait for the same */
    return anew ? ATR_ERR_STATE : ATR_OK;
}

/* --- opening -------------------------------------------------------------- */

static atr_err find_places(atr_replica *r)
{
    atr_err err = atr_ledger_log_name(r->log, r->options.ledger);

    for (size_t i = 0; i < r->options.peers->count && err == ATR_OK; i++) {
        err = atr_ledger_find_place(&r->places[i], r->options.ledger,
                                    r->options.peers->peers[i].at.pin);
    }
    return err;
}

atr_err atr_replica_open(atr_replica **out, const atr_replica_options *options,
                         atr_fault *fault)
{
    atr_replica *r = calloc(1, sizeof *r);
    atr_pull_options pull = {.peers = options->peers,
                             .own = options->own,
                             .tls = options->tls,
                             .log = options->log,
                             .body_max = ATR_REPLICA_BODY_MAX,
                             .limit_ms = LIMIT_MS,
                             .every_ms = EVERY_MS};
    atr_pull_handler handler = {r, ask, take};
    atr_err err;

    *out = NULL;
    if (!r) {
        return atr_fault_set(fault, ATR_ERR_IO, "no memory");
    }
    r->options = *options;
    if ((err = find_places(r)) != ATR_OK) {
        (void)atr_fault_set(fault, err, "%s",
                            atr_ledger_fault(options->ledger));
    } else if (atr_timer_open(&r->timer, options->loop, look, r) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_IO, "no memory");
    } else {
        err = atr_pull_open(&r->pull, options->loop, &pull, &handler, fault);
    }
    if (err != ATR_OK) {
        atr_replica_close(r);
        return err;
    }
    *out = r;
    return ATR_OK;
}

void atr_replica_close(atr_replica *replica)
{
    if (replica) {
        atr_pull_close(replica->pull);
        if (replica->timer) {
            atr_timer_close(replica->timer);
        }
        free(replica);
    }
}

void atr_replica_stop(atr_replica *replica)
{
    atr_pull_close(replica->pull);
    replica->pull = NULL;
    for (size_t i = 0; i < replica->options.peers->count; i++) {
        replica->held[i].until = 0;
    }
    look(replica);
}

void atr_replica_pages(atr_peer_page out[ATR_REPLICA_PAGES],
                       atr_replica *replica)
{
    out[0] = (atr_peer_page){ATR_REPLICA_PATH, answer, replica, NULL};
    out[1] = (atr_peer_page){ATR_STATE_PATH, answer_state, replica, NULL};
}

void atr_replica_changed(atr_replica *replica)
{
    look(replica);
}

void atr_replica_seen(atr_replica *replica, size_t peer)
{
    if (replica->pull) {
        atr_pull_seen(replica->pull, peer);
    }
}

atr_pull_state atr_replica_state(const atr_replica *replica, size_t peer)
{
    return replica->pull ? atr_pull_state_of(replica->pull, peer)
                         : (atr_pull_state){.fault = ""};
}
