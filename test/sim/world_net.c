/* The network: what is sent arrives in order on its connection, sooner or
 * later, in other pieces; until the connection is cut. */
#include <stdlib.h>

#include "sim/world_state.h"

static void push(world *w, pipe *p, const uint8_t *data, size_t len)
{
    packet *made = calloc(1, sizeof *made + len);
    atr_time at = w->now + 1 + world_below(w, world_chance(w, 10) ? 400 : 40);

    made->len = len;
    if (len != 0) {
        memcpy(made->data, data, len);
    }
    p->busy_until = at > p->busy_until ? at : p->busy_until;
    made->at = p->busy_until;
    if (p->last != NULL) {
        p->last->next = made;
    } else {
        p->first = made;
    }
    p->last = made;
}

static void push_pieces(world *w, pipe *p, atr_bytes bytes)
{
    while (bytes.len != 0) {
        size_t len =
            world_chance(w, 70) ? bytes.len : 1 + world_below(w, bytes.len);

        push(w, p, bytes.data, len);
        bytes.data += len;
        bytes.len -= len;
    }
}

static packet *pop(pipe *p)
{
    packet *first = p->first;

    p->first = first->next;
    p->last = p->first == NULL ? NULL : p->last;
    return first;
}

static void empty(pipe *p)
{
    while (p->first != NULL) {
        free(pop(p));
    }
    p->busy_until = 0;
}

static void release(world *w, conn *c)
{
    (void)w;
    if (!c->member_open && !c->hall_open) {
        empty(&c->up);
        empty(&c->down);
        c->is_used = false;
    }
}

/* --- opening and closing -------------------------------------------------- */

void world_connect(world *w, size_t who)
{
    for (size_t i = 0; i < CONNS; i++) {
        conn *c = &w->conns[i];

        if (!c->is_used) {
            *c = (conn){.who = who, .is_used = true};
            c->opens_at = w->now + 1 + world_below(w, 50);
            c->member_eof = ATR_NEVER;
            c->hall_eof = ATR_NEVER;
            c->drain_at = ATR_NEVER;
            w->people[who].conn = i;
            w->people[who].connect_at = ATR_NEVER;
            return;
        }
    }
    FAIL(w, "no connection left");
}

static void retry_later(world *w, person *p)
{
    p->conn = CONNS;
    p->connect_at = w->now + 50 + world_below(w, 1500);
}

/* The member's end is gone: it knows, the hall will. */
static void member_end_closed(world *w, size_t i)
{
    conn *c = &w->conns[i];
    person *p = &w->people[c->who];

    c->member_open = false;
    p->conn = CONNS;
    if (p->member != NULL) {
        atr_member_closed(p->member, w->now);
        world_take_events(w, c->who);
        retry_later(w, p);
    }
    release(w, c);
}

void world_hang_up(world *w, size_t who)
{
    size_t i = w->people[who].conn;
    conn *c = i < CONNS ? &w->conns[i] : NULL;

    if (c == NULL || !c->member_open) {
        return;
    }
    if (c->hall_open && !c->is_cut) {
        push(w, &c->up, NULL, 0);
    }
    member_end_closed(w, i);
}

static void hall_end_closed(world *w, size_t i, bool says_so)
{
    conn *c = &w->conns[i];

    if (!c->hall_open) {
        return;
    }
    c->hall_open = false;
    c->drain_at = ATR_NEVER;
    if (w->hall != NULL) {
        atr_hall_closed(w->hall, (uint32_t)i, w->now);
    }
    if (says_so && c->member_open && !c->is_cut) {
        push(w, &c->down, NULL, 0);
    }
    release(w, c);
}

void world_cut(world *w, size_t i)
{
    conn *c = &w->conns[i];

    if (!c->is_used || c->is_cut || c->opens_at != ATR_NEVER) {
        return;
    }
    world_trace(w, "cut of connection %zu (%zu)", i, c->who);
    w->sum->cuts++;
    c->is_cut = true;
    empty(&c->down);
    if (world_chance(w, 50)) {
        empty(&c->up); /* or what is on its way still arrives */
    }
    c->member_eof = w->now + world_below(w, 2000);
    c->hall_eof = w->now + world_below(w, 6000);
}

/* --- the hall ---------------------------------------------------------------
 */

static void drain(world *w, size_t i)
{
    conn *c = &w->conns[i];
    atr_bytes out = atr_hall_outgoing(w->hall, (uint32_t)i);
    size_t len = world_chance(w, 85) ? out.len : world_below(w, out.len + 1);

    if (len != 0 && c->member_open && !c->is_cut) {
        push_pieces(w, &c->down, (atr_bytes){out.data, len});
    }
    if (len != 0) {
        atr_hall_sent(w->hall, (uint32_t)i, len);
    }
    out = atr_hall_outgoing(w->hall, (uint32_t)i);
    c->drain_at = out.len != 0 ? w->now + 1 + world_below(w, 60) : ATR_NEVER;
    if (out.len == 0 && atr_hall_is_over(w->hall, (uint32_t)i)) {
        hall_end_closed(w, i, true);
    }
}

void world_hall_turn(world *w)
{
    uint32_t i;

    if (w->hall == NULL) {
        return;
    }
    if (atr_hall_flush(w->hall, w->now) != ATR_OK) {
        world_hall_crash(w);
        return;
    }
    world_check_log(w);
    while (atr_hall_next_ready(w->hall, &i)) {
        w->conns[i].drain_at = w->now;
        drain(w, i);
    }
}

static const atr_kem *kem_for(void *context, const uint8_t mpk[ATR_MPK_BYTES])
{
    const world_setup *setup = context;

    return memcmp(mpk, setup->mpk, ATR_MPK_BYTES) == 0 ? setup->kem : NULL;
}

void world_hall_start(world *w)
{
    atr_hall_config config = {
        .store = &w->face,
        .limits = atr_hall_limits_default(),
        .kem_for = kem_for,
    };
    uint8_t seed[32];
    union {
        const world_setup *in;
        void *out;
    } context = {.in = w->setup};
    atr_err err;

    config.kem_context = context.out;
    config.unix_ms = world_unix_ms(w, w->skew_ms);
    config.generation_for = world_generation;
    config.generation_context = w;
    config.limits.grace_ms = w->grace_ms;
    config.limits.answer_ms = 5000;
    if (w->grace_ms % 2 == 0) { /* a narrow door */
        config.limits.challenges_per_second = 2;
    }
    world_seed(w, seed);
    w->hall = atr_hall_init(malloc(atr_hall_size()), &config, &w->hall_mem,
                            seed, w->now, &err);
    w->hall_at = ATR_NEVER;
    if (w->hall == NULL) {
        FAIL(w, "the hall does not start: %d", err);
    }
}

void world_hall_crash(world *w)
{
    if (w->hall == NULL) {
        return;
    }
    world_trace(w, "the hall crashes");
    w->sum->crashes++;
    atr_hall_wipe(w->hall);
    free(w->hall);
    w->hall = NULL;
    w->hall_at = w->now + 1 + world_below(w, 3000);
    memstore_crash(&w->store);
    w->log_at = 0; /* what was not committed is gone: read it all again */
    w->log_epoch = 0;
    w->period = (atr_period){0};
    if (w->hall_mem.used != 0) {
        FAIL(w, "the hall leaves %zu bytes", w->hall_mem.used);
    }
    for (size_t i = 0; i < CONNS; i++) {
        if (w->conns[i].hall_open) {
            hall_end_closed(w, i, true);
        }
    }
}

/* --- steps ---------------------------------------------------------------- */

static void open_conn(world *w, size_t i)
{
    conn *c = &w->conns[i];
    person *p = &w->people[c->who];

    c->opens_at = ATR_NEVER;
    if (w->hall == NULL || p->blocked_until > w->now || p->member == NULL) {
        c->is_used = false;
        if (p->conn == i && p->member != NULL) {
            retry_later(w, p);
        }
        return;
    }
    c->member_open = true;
    c->hall_open = true;
    atr_member_opened(p->member, w->now);
    if (atr_hall_opened(w->hall, (uint32_t)i, w->now) != ATR_OK) {
        FAIL(w, "the hall does not open a connection");
    }
    world_hall_turn(w);
}

static void to_hall(world *w, size_t i, const packet *got)
{
    conn *c = &w->conns[i];
    atr_err err;

    if (!c->hall_open || w->hall == NULL) {
        return;
    }
    if (got->len == 0) {
        hall_end_closed(w, i, false);
        return;
    }
    err = atr_hall_recv(w->hall, (uint32_t)i, (atr_bytes){got->data, got->len},
                        w->now);
    if (err == ATR_ERR_INPUT || err == ATR_ERR_LIMIT) {
        FAIL(w, "the hall refuses a frame of %zu: %d", c->who, err);
    }
    if (world_chance(w, 20)) { /* a socket may ask before the commit */
        drain(w, i);
    }
    if (world_chance(w, 1) && w->now < w->calm_at && w->setup->actions > 20) {
        world_hall_crash(w); /* before it has committed */
    }
}

static void to_member(world *w, size_t i, const packet *got)
{
    conn *c = &w->conns[i];
    size_t who = c->who;
    person *p = &w->people[who];
    atr_err err;

    if (!c->member_open || p->member == NULL) {
        return;
    }
    if (got->len == 0) {
        member_end_closed(w, i);
        return;
    }
    err = atr_member_recv(p->member, (atr_bytes){got->data, got->len}, w->now);
    if (err != ATR_OK && err != ATR_ERR_STATE) {
        FAIL(w, "member %zu drops an honest hall: %d", who, err);
    }
    world_take_events(w, who);
    world_pump_member(w, who);
    if (err != ATR_OK) {
        world_hang_up(w, who);
    }
}

void world_pump_member(world *w, size_t who)
{
    person *p = &w->people[who];
    conn *c = p->conn < CONNS ? &w->conns[p->conn] : NULL;
    atr_bytes out;

    if (p->member == NULL || c == NULL || !c->member_open) {
        return;
    }
    out = atr_member_outgoing(p->member);
    if (!c->is_cut && c->hall_open) {
        push_pieces(w, &c->up, out);
    }
    if (out.len != 0) {
        atr_member_sent(p->member, out.len);
    }
}

/* While its owner is cut off, nothing passes. */
static atr_time due(const world *w, const conn *c, const packet *p)
{
    atr_time blocked = w->people[c->who].blocked_until;

    return p->at > blocked ? p->at : blocked;
}

static atr_time conn_next(const world *w, const conn *c)
{
    atr_time next = c->opens_at;

    if (c->up.first != NULL && due(w, c, c->up.first) < next) {
        next = due(w, c, c->up.first);
    }
    if (c->down.first != NULL && due(w, c, c->down.first) < next) {
        next = due(w, c, c->down.first);
    }
    if (c->is_cut && c->member_open && c->member_eof < next) {
        next = c->member_eof;
    }
    if (c->is_cut && c->hall_open && c->hall_eof < next) {
        next = c->hall_eof;
    }
    return c->drain_at < next ? c->drain_at : next;
}

atr_time world_net_next(const world *w)
{
    atr_time next = ATR_NEVER;

    for (size_t i = 0; i < CONNS; i++) {
        if (w->conns[i].is_used) {
            atr_time at = conn_next(w, &w->conns[i]);

            next = at < next ? at : next;
        }
    }
    return next;
}

static void step_conn(world *w, size_t i)
{
    conn *c = &w->conns[i];
    packet *got;

    if (c->opens_at <= w->now) {
        open_conn(w, i);
    }
    if (c->is_used && c->up.first != NULL && due(w, c, c->up.first) <= w->now) {
        got = pop(&c->up);
        to_hall(w, i, got);
        free(got);
    }
    if (c->is_used && c->down.first != NULL &&
        due(w, c, c->down.first) <= w->now) {
        got = pop(&c->down);
        to_member(w, i, got);
        free(got);
    }
    if (c->is_used && c->is_cut && c->member_open && c->member_eof <= w->now) {
        member_end_closed(w, i);
    }
    if (c->is_used && c->is_cut && c->hall_open && c->hall_eof <= w->now) {
        hall_end_closed(w, i, false);
    }
    if (c->is_used && c->drain_at <= w->now) {
        if (w->hall != NULL && c->hall_open) {
            drain(w, i);
        } else {
            c->drain_at = ATR_NEVER;
        }
    }
}

void world_net_step(world *w)
{
    size_t from = world_below(w, CONNS);

    for (size_t k = 0; k < CONNS && w->failure == NULL; k++) {
        size_t i = (from + k) % CONNS;

        if (w->conns[i].is_used && conn_next(w, &w->conns[i]) <= w->now) {
            step_conn(w, i);
        }
    }
}
