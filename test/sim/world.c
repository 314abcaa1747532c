#include "sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/visitor.h"
#include "sim/world_state.h"

/* --- small things --------------------------------------------------------- */

void world_fail(world *w, const char *format, ...)
{
    va_list args;

    if (w->failure == NULL) {
        va_start(args, format);
        vsnprintf(w->text, sizeof w->text, format, args);
        va_end(args);
        w->failure = w->text;
        world_trace(w, "FAILURE: %s", w->text);
    }
}

void world_trace(const world *w, const char *format, ...)
{
    va_list args;

    if (w->trace) {
        va_start(args, format);
        printf("# %8llu ", (unsigned long long)w->now);
        vprintf(format, args);
        printf("\n");
        va_end(args);
    }
}

uint64_t world_below(world *w, uint64_t bound)
{
    return atr_rng_below_vartime(&w->rng, bound);
}

bool world_chance(world *w, unsigned percent)
{
    return world_below(w, 100) < percent;
}

void world_seed(world *w, uint8_t seed[32])
{
    atr_rng_bytes(&w->rng, seed, 32);
}

static void *resize(void *context, void *block, size_t old_len, size_t new_len)
{
    (void)context;
    (void)old_len;
    if (new_len == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_len);
}

static atr_mem unlimited(void)
{
    return (atr_mem){.resize = resize, .limit = SIZE_MAX};
}

/* --- the room ------------------------------------------------------------- */

static void visit(world *w, atr_visitor *visitor)
{
    const uint32_t door = CONNS + 1;
    atr_bytes bytes;

    if (atr_hall_opened(w->hall, door, w->now) != ATR_OK) {
        FAIL(w, "no visitor let in");
    }
    while (w->failure == NULL && visitor->state == ATR_VISIT_WAITING) {
        if (atr_hall_flush(w->hall, w->now) != ATR_OK) {
            FAIL(w, "no flush");
        }
        bytes = atr_hall_outgoing(w->hall, door);
        if (atr_visitor_recv(visitor, bytes) != ATR_OK) {
            FAIL(w, "the visitor understands nothing");
        }
        atr_hall_sent(w->hall, door, bytes.len);
        bytes = atr_visitor_outgoing(visitor);
        if (atr_hall_recv(w->hall, door, bytes, w->now) != ATR_OK) {
            FAIL(w, "the hall understands nothing");
        }
        atr_visitor_sent(visitor, bytes.len);
    }
    atr_hall_closed(w->hall, door, w->now);
    if (visitor->state != ATR_VISIT_DONE) {
        FAIL(w, "no room");
    }
}

static void make_room(world *w)
{
    atr_room_descriptor *room = calloc(1, sizeof *room);
    atr_mem mem = unlimited();
    atr_visitor visitor;

    room->version = w->period_s != 0 ? 2 : 1;
    room->period_s = w->period_s;
    room->kex = ATR_ROOM_KEX_AKE1;
    room->listed = 1;
    room->scheme = w->setup->kem->scheme;
    memcpy(room->hm, w->setup->kem->hm, 32);
    room->policy = *w->setup->policy;
    atr_rng_bytes(&w->rng, room->nonce, sizeof room->nonce);
    if (atr_visitor_init(&visitor, &mem, ATR_VISIT_CREATE, room, w->setup->mpk,
                         NULL) != ATR_OK) {
        FAIL(w, "no visitor");
    } else {
        visit(w, &visitor);
        memcpy(w->room, visitor.room, 32);
        atr_visitor_wipe(&visitor);
    }
    free(room);
}

/* --- people --------------------------------------------------------------- */

static void come(world *w, size_t who)
{
    person *p = &w->people[who];
    char nick[16];
    atr_member_config config = {
        .kem = w->setup->kem,
        .secret =
            w->period_s != 0 ? world_first_key(w, who) : w->setup->keys[p->key],
        .nick = {(uint8_t *)nick,
                 (size_t)snprintf(nick, sizeof nick, "nick%zu", who)},
        .force = p->is_cheat,
        .unix_ms = world_unix_ms(w, p->skew_ms),
    };
    uint8_t seed[32];

    if (config.secret == NULL) {
        p->is_done = true; /* withdrawn before it came */
        return;
    }
    memcpy(config.room, w->room, 32);
    world_seed(w, seed);
    p->mem = unlimited();
    p->member = atr_member_init(malloc(atr_member_size()), &config, &p->mem,
                                seed, w->now);
    p->connect_at = w->now;
    world_trace(w, "member %zu comes (key %zu)", who, p->key);
}

void world_gone(world *w, size_t who)
{
    person *p = &w->people[who];

    if (p->member == NULL) {
        return;
    }
    world_trace(w, "member %zu is gone", who);
    if (!p->is_silent) {
        world_pump_member(w, who);
        world_hang_up(w, who);
    } else if (p->conn < CONNS) {
        world_cut(w, p->conn);
        w->conns[p->conn].member_open = false;
    }
    atr_member_wipe(p->member);
    free(p->member);
    p->member = NULL;
    p->is_done = true;
    p->connect_at = ATR_NEVER;
    if (p->mem.used != 0) {
        FAIL(w, "member %zu leaves %zu bytes", who, p->mem.used);
    }
}

static void say(world *w, size_t who)
{
    person *p = &w->people[who];
    char text[2048];
    size_t len;
    unsigned k = p->said + 1;

    if (k >= WORLD_SAID_MAX) {
        return;
    }
    len = (size_t)snprintf(text, sizeof text, "from %zu number %u ", who, k);
    if (world_chance(w, 10)) { /* another class */
        memset(text + len, '.', 1200);
        len += 1200;
    }
    if (atr_member_say(p->member, (atr_bytes){(uint8_t *)text, len},
                       &p->number_of[k], w->now) == ATR_OK) {
        p->said = k;
    } else if (p->is_eligible && !p->is_withdrawn && !p->wants_out &&
               !p->is_leaving) {
        FAIL(w, "%zu cannot speak", who);
    }
    world_take_events(w, who);
    world_pump_member(w, who);
}

/* --- what happens --------------------------------------------------------- */

static void act_come(world *w, size_t who)
{
    if (w->people[who].member == NULL && !w->people[who].is_done) {
        come(w, who);
    }
}

static void act_say(world *w, size_t who)
{
    if (w->people[who].member != NULL) {
        for (uint64_t n = 1 + world_below(w, 3); n != 0; n--) {
            say(w, who);
        }
    }
}

static void act_nick(world *w, size_t who)
{
    person *p = &w->people[who];
    uint8_t nick[3] = {'n', (uint8_t)('a' + world_below(w, 26)), 'x'};

    if (p->member != NULL &&
        atr_member_nick(p->member, ATR_BYTES(nick), w->now) == ATR_OK) {
        world_pump_member(w, who);
    }
}

static void act_leave(world *w, size_t who)
{
    if (w->people[who].member != NULL && world_chance(w, 60)) {
        world_trace(w, "member %zu leaves", who);
        w->people[who].is_leaving = true;
        atr_member_leave(w->people[who].member, w->now);
        world_take_events(w, who);
        world_pump_member(w, who);
    }
}

static void act_kill(world *w, size_t who)
{
    if (w->people[who].member != NULL && world_chance(w, 50)) {
        w->people[who].is_silent = true;
        world_gone(w, who);
    }
}

static void act_cut(world *w, size_t who)
{
    if (w->people[who].conn < CONNS) {
        world_cut(w, w->people[who].conn);
    }
}

static void act_hang_up(world *w, size_t who)
{
    world_hang_up(w, who);
}

static void act_part(world *w, size_t who)
{
    atr_time until = w->now + world_below(w, 2 * w->grace_ms);

    world_trace(w, "partition until %llu", (unsigned long long)until);
    for (size_t i = 0; i < w->count; i++) {
        if (i == who || world_chance(w, 40)) {
            w->people[i].blocked_until = until;
        }
    }
}

static void act_crash(world *w, size_t who)
{
    (void)who;
    if (world_chance(w, 50)) {
        world_hall_crash(w);
    } else {
        w->store.fail_in = 1 + world_below(w, 6);
    }
}

static void act(world *w)
{
    static const struct {
        unsigned weight;
        void (*act)(world *w, size_t who);
    } acts[] = {
        {22, act_come},       {44, act_say},           {4, act_nick},
        {5, act_leave},       {4, act_kill},           {8, act_cut},
        {5, act_hang_up},     {4, act_part},           {4, act_crash},
        {6, world_act_renew}, {2, world_act_withdraw}, {2, world_act_revoke},
        {2, world_act_clock},
    };
    uint64_t draw = world_below(w, w->period_s != 0 ? 112 : 100);
    size_t who = world_below(w, w->count);

    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (draw < acts[i].weight) {
            acts[i].act(w, who);
            return;
        }
        draw -= acts[i].weight;
    }
}

static void calm_down(world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->people[i].blocked_until > w->now) {
            w->people[i].blocked_until = w->now;
        }
    }
    w->store.fail_in = 0;
    world_trace(w, "calm");
}

/* --- the clock ------------------------------------------------------------ */

static atr_time least(atr_time a, atr_time b)
{
    return a < b ? a : b;
}

static atr_time next_time(const world *w)
{
    atr_time next = least(world_net_next(w), least(w->act_at, w->hall_at));

    if (w->hall != NULL) {
        next = least(next, atr_hall_deadline(w->hall));
    }
    for (size_t i = 0; i < w->count; i++) {
        const person *p = &w->people[i];

        next = least(next, least(p->connect_at, p->rekey_at));
        if (p->member != NULL) {
            next = least(next, atr_member_deadline(p->member));
        }
    }
    return next < w->now ? w->now : next;
}

static void step_person(world *w, size_t who)
{
    person *p = &w->people[who];

    if (p->member != NULL && atr_member_deadline(p->member) <= w->now) {
        atr_member_tick(p->member, w->now);
        world_take_events(w, who);
        world_pump_member(w, who);
    }
    if (p->rekey_at <= w->now) {
        world_rekey(w, who);
    }
    if (p->member != NULL && p->wants_out) {
        world_gone(w, who);
    }
    if (p->member != NULL && p->connect_at <= w->now && p->conn == CONNS) {
        w->sum->resumes++;
        world_connect(w, who);
    }
}

static void step(world *w)
{
    atr_time next = next_time(w);

    w->idle = next == w->now ? w->idle + 1 : 0;
    if (w->idle > 10000) {
        FAIL(w, "somebody spins");
    }
    w->now = next;
    w->sum->steps++;
    if (w->act_at <= w->now) {
        if (w->acts_left != 0) {
            w->acts_left--;
            act(w);
            w->act_at = w->now + 1 + world_below(w, 800);
        } else {
            w->act_at = ATR_NEVER;
            w->calm_at = w->now;
            calm_down(w);
        }
    }
    if (w->hall_at <= w->now) {
        world_hall_start(w);
    }
    world_net_step(w);
    for (size_t i = 0; i < w->count; i++) {
        step_person(w, i);
    }
    if (w->hall != NULL && atr_hall_deadline(w->hall) <= w->now) {
        atr_hall_tick(w->hall, w->now);
    }
    world_hall_turn(w);
}

/* --- a world from beginning to end ---------------------------------------- */

static void begin(world *w)
{
    w->count = 2 + world_below(w, w->setup->members - 1);
    w->grace_ms = 300 + world_below(w, 9000);
    w->acts_left = w->setup->actions;
    w->calm_at = ATR_NEVER;
    w->hall_at = ATR_NEVER;
    w->hall_mem = unlimited();
    w->face = memstore_face(&w->store);
    if (w->setup->has_periods) {
        w->period_s =
            6 + (uint32_t)world_below(w, 30) + (w->grace_ms % 2 == 0 ? 20 : 0);
        w->skew_ms = world_below(w, 250ull * w->period_s);
    }
    for (size_t i = 0; i < w->count; i++) {
        person *p = &w->people[i];

        p->key = world_below(w, w->setup->key_count);
        p->is_eligible =
            atr_policy_admits(w->setup->policy, &w->setup->keys[p->key]->attrs);
        p->is_cheat = world_chance(w, 50);
        p->conn = CONNS;
        p->connect_at = ATR_NEVER;
        p->rekey_at = ATR_NEVER;
        world_act_clock(w, i);
    }
    world_hall_start(w);
    make_room(w);
}

static void end(world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        w->people[i].is_silent = true;
        world_gone(w, i);
        world_free_keys(w, i);
    }
    if (w->hall != NULL) {
        world_hall_crash(w);
        w->sum->crashes--;
    }
    for (size_t i = 0; i < CONNS; i++) {
        pipe *pipes[2] = {&w->conns[i].up, &w->conns[i].down};

        for (size_t k = 0; k < 2; k++) {
            while (pipes[k]->first != NULL) {
                packet *next = pipes[k]->first->next;

                free(pipes[k]->first);
                pipes[k]->first = next;
            }
        }
    }
    memstore_free(&w->store);
}

/* The clock of a room with periods never rests: there, another period goes by
 * in calm, and then comes a moment in which all is well. */
static bool is_over(const world *w)
{
    if (w->period_s == 0) {
        return next_time(w) == ATR_NEVER;
    }
    return w->calm_at != ATR_NEVER &&
           w->now > w->calm_at + 1000ull * w->period_s && world_is_settled(w);
}

const char *world_run(const world_setup *setup, uint64_t seed, bool trace,
                      world_sum *sum)
{
    static world w;
    static char failure[256];
    uint8_t bytes[32] = {0};

    memset(&w, 0, sizeof w);
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(seed >> 8 * i);
    }
    atr_rng_init(&w.rng, bytes);
    w.setup = setup;
    w.seed = seed;
    w.trace = trace;
    w.sum = sum;
    begin(&w);
    while (w.failure == NULL && !is_over(&w)) {
        step(&w);
        if (w.calm_at != ATR_NEVER && w.now > w.calm_at + 300000) {
            FAIL(&w, "no quiet in five minutes");
        }
    }
    if (w.failure == NULL) {
        world_check_end(&w);
    }
    snprintf(failure, sizeof failure, "%s", w.text);
    seed = w.failure != NULL;
    end(&w);
    return seed || w.failure != NULL ? failure : NULL;
}
