#include "sim/stage.h"

#include <stdio.h>
#include <stdlib.h>

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
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

atr_mem stage_mem(void)
{
    return (atr_mem){.resize = resize, .limit = SIZE_MAX};
}

void stage_tape_add(stage_tape *tape, atr_bytes bytes)
{
    if (tape == NULL || bytes.len == 0) {
        return;
    }
    if (tape->cap - tape->len < bytes.len) {
        tape->cap = 2 * (tape->len + bytes.len);
        tape->data = realloc(tape->data, tape->cap);
        must(tape->data != NULL);
    }
    memcpy(tape->data + tape->len, bytes.data, bytes.len);
    tape->len += bytes.len;
}

void stage_tape_free(stage_tape *tape)
{
    free(tape->data);
    *tape = (stage_tape){0};
}

/* --- the hall ------------------------------------------------------------- */

static const atr_kem *kem_for(void *context, const uint8_t mpk[ATR_MPK_BYTES])
{
    const cast *players = context;

    return memcmp(mpk, players->mpk, ATR_MPK_BYTES) == 0 ? &players->kem : NULL;
}

uint64_t stage_unix_ms(const stage *s)
{
    return 1000ull * STAGE_UNIX_S + s->now;
}

static uint32_t generation_for(void *context, const uint8_t hm[32])
{
    const stage *s = context;

    (void)hm;
    return s->generation;
}

atr_err stage_try_hall(stage *s)
{
    const uint8_t seed[32] = {7};
    atr_hall_config config = {.store = &s->face,
                              .limits = s->limits,
                              .kem_for = kem_for,
                              .kem_context = &s->cast,
                              .unix_ms = stage_unix_ms(s),
                              .generation_for = generation_for,
                              .generation_context = s};
    void *memory = malloc(atr_hall_size());
    atr_err err;

    s->hall = atr_hall_init(memory, &config, &s->hall_mem, seed, s->now, &err);
    if (s->hall == NULL) {
        free(memory);
    }
    return err;
}

void stage_start_hall(stage *s)
{
    must(stage_try_hall(s) == ATR_OK);
}

void stage_stop_hall(stage *s)
{
    for (size_t i = 0; i < STAGE_MEMBERS; i++) {
        stage_close(s, i);
    }
    atr_hall_wipe(s->hall);
    free(s->hall);
    s->hall = NULL;
    must(s->hall_mem.used == 0);
    memstore_crash(&s->store);
}

void stage_descriptor(atr_room_descriptor *out, const stage *s)
{
    *out = (atr_room_descriptor){
        .version = s->period_s != 0 || s->min_crowd != 0 ? 2 : 1,
        .period_s = s->period_s,
        .min_crowd = s->min_crowd,
        .kex = ATR_ROOM_KEX_AKE1,
        .listed = 1,
        .scheme = s->cast.kem.scheme,
        .name_len = 5,
        .name = "stage",
    };
    memcpy(out->hm, s->cast.kem.hm, 32);
    out->policy = s->cast.policy;
}

static void make_room(stage *s)
{
    atr_room_descriptor *room = calloc(1, sizeof *room);
    atr_builder b = atr_builder_of(s->descriptor, sizeof s->descriptor);
    size_t len = 4 + ATR_MPK_BYTES;
    atr_builder frame;
    uint8_t *bytes;

    stage_descriptor(room, s);
    atr_room_build(&b, room);
    must(atr_builder_end(&b) == ATR_OK);
    s->descriptor_len = b.len;
    atr_room_id(s->room, atr_builder_bytes(&b));
    bytes = malloc(5 + len + b.len);
    frame = atr_builder_of(bytes, 5 + len + b.len);
    atr_build_u32(&frame, (uint32_t)(1 + len + b.len));
    atr_build_u8(&frame, ATR_FRAME_CREATE);
    atr_build_field(&frame, atr_builder_bytes(&b));
    atr_build_bytes(&frame, ATR_BYTES(s->cast.mpk));
    must(stage_raw(s, STAGE_RAW, (atr_bytes){NULL, 0}, NULL) == ATR_OK);
    must(stage_raw(s, STAGE_RAW, atr_builder_bytes(&frame), NULL) == ATR_OK);
    atr_hall_closed(s->hall, STAGE_RAW, s->now);
    must(s->store.count == 1);
    free(bytes);
    free(room);
}

static void init(stage *s, bool is_real, uint32_t period_s, uint32_t min_crowd)
{
    memset(s, 0, sizeof *s);
    s->period_s = period_s;
    s->min_crowd = min_crowd;
    cast_init(&s->cast, is_real, 3);
    s->now = 1000;
    s->limits = atr_hall_limits_default();
    s->limits.grace_ms = 10000;
    s->hall_mem = stage_mem();
    s->face = memstore_face(&s->store);
    stage_start_hall(s);
    make_room(s);
}

void stage_init(stage *s, bool is_real)
{
    init(s, is_real, 0, 0);
}

void stage_init_periods(stage *s, bool is_real, uint32_t period_s)
{
    init(s, is_real, period_s, 0);
}

void stage_init_crowd(stage *s, uint32_t min_crowd)
{
    init(s, false, 0, min_crowd);
}

void stage_free(stage *s)
{
    for (size_t i = 0; i < STAGE_MEMBERS; i++) {
        stage_gone(s, i);
        stage_tape_free(&s->people[i].heard);
        stage_tape_free(&s->people[i].told);
        while (s->people[i].held_count != 0) {
            free(s->people[i].held[--s->people[i].held_count]);
        }
    }
    if (s->hall != NULL) {
        stage_stop_hall(s);
    }
    memstore_free(&s->store);
    cast_free(&s->cast);
}

/* A first call opens the connection. */
atr_err stage_raw(stage *s, uint32_t number, atr_bytes bytes, stage_tape *tape)
{
    atr_err err = ATR_OK;
    atr_bytes out;

    if (atr_hall_outgoing(s->hall, number).len == 0 &&
        atr_hall_is_over(s->hall, number) && bytes.len == 0) {
        err = atr_hall_opened(s->hall, number, s->now);
    } else {
        err = atr_hall_recv(s->hall, number, bytes, s->now);
    }
    if (atr_hall_flush(s->hall, s->now) != ATR_OK) {
        return ATR_ERR_IO;
    }
    while ((out = atr_hall_outgoing(s->hall, number)).len != 0) {
        stage_tape_add(tape, out);
        atr_hall_sent(s->hall, number, out.len);
    }
    return err;
}

/* --- members -------------------------------------------------------------- */

static void come(stage *s, size_t who, const atr_abe_key *secret, bool force)
{
    stage_person *p = &s->people[who];
    uint8_t seed[32] = {1, (uint8_t)who};
    char nick[16];
    atr_member_config config = {
        .kem = &s->cast.kem,
        .secret = secret,
        .nick = {(uint8_t *)nick,
                 (size_t)snprintf(nick, sizeof nick, "nick%zu", who)},
        .force = force,
        .unix_ms = stage_unix_ms(s),
    };

    memcpy(config.room, s->room, 32);
    p->member = atr_member_init(malloc(atr_member_size()), &config, &p->mem,
                                seed, s->now);
    stage_open(s, who);
}

void stage_come_mem(stage *s, size_t who, size_t key)
{
    come(s, who, s->cast.keys[key], false);
}

void stage_come_as(stage *s, size_t who, size_t key, bool force)
{
    s->people[who].mem = stage_mem();
    come(s, who, s->cast.keys[key], force);
}

static const atr_abe_key *issue(stage *s, size_t who, atr_period period)
{
    stage_person *p = &s->people[who];

    must(p->held_count < STAGE_KEYS);
    p->held[p->held_count] = cast_key(&s->cast, p->key, period);
    return p->held[p->held_count++];
}

void stage_come_in(stage *s, size_t who, size_t key, atr_period period,
                   bool force)
{
    if (s->people[who].mem.resize == NULL) {
        s->people[who].mem = stage_mem();
    }
    s->people[who].key = key;
    come(s, who, issue(s, who, period), force);
}

void stage_rekey(stage *s, size_t who, atr_period period)
{
    stage_person *p = &s->people[who];

    atr_member_rekey(p->member, issue(s, who, period), s->now);
    stage_take_events(p);
}

void stage_come(stage *s, size_t who, size_t key)
{
    stage_come_as(s, who, key, false);
}

void stage_open(stage *s, size_t who)
{
    atr_member_opened(s->people[who].member, s->now);
    must(atr_hall_opened(s->hall, (uint32_t)who, s->now) == ATR_OK ||
         s->may_refuse);
    s->people[who].is_open = true;
}

void stage_close(stage *s, size_t who)
{
    stage_person *p = &s->people[who];

    if (!p->is_open) {
        return;
    }
    p->is_open = false;
    if (p->member != NULL) {
        atr_member_closed(p->member, s->now);
        stage_take_events(p);
    }
    if (s->hall != NULL) {
        atr_hall_closed(s->hall, (uint32_t)who, s->now);
    }
}

void stage_gone(stage *s, size_t who)
{
    stage_person *p = &s->people[who];

    if (p->member != NULL) {
        stage_close(s, who);
        atr_member_wipe(p->member);
        free(p->member);
        p->member = NULL;
        must(p->mem.used == 0);
    }
}

void stage_say(stage *s, size_t who, const char *text)
{
    atr_bytes bytes = {(const uint8_t *)text, strlen(text)};
    uint64_t number;

    /* One who runs out of memory says so, and is asked again. */
    must(atr_member_say(s->people[who].member, bytes, &number, s->now) ==
             ATR_OK ||
         atr_member_say(s->people[who].member, bytes, &number, s->now) ==
             ATR_OK);
}

void stage_take_events(stage_person *p)
{
    atr_event e;

    while (atr_member_next(p->member, &e)) {
        p->joined += e.kind == ATR_EVENT_JOINED;
        p->again += e.kind == ATR_EVENT_JOINED && e.again;
        p->turns += e.kind == ATR_EVENT_TURN;
        p->asked += e.kind == ATR_EVENT_KEY;
        p->left += e.kind == ATR_EVENT_LEFT;
        p->keyed += e.kind == ATR_EVENT_KEYED;
        p->sent += e.kind == ATR_EVENT_SENT;
        p->is_closed |= e.kind == ATR_EVENT_CLOSED;
        if (e.kind == ATR_EVENT_REFUSED) {
            p->refused = e;
        } else if (e.kind == ATR_EVENT_TEXT) {
            p->texts += !e.mine;
            p->own += e.mine;
            snprintf(p->text, sizeof p->text, "%.*s", (int)e.text.len,
                     (const char *)e.text.data);
        } else if (e.kind == ATR_EVENT_NICK && !e.mine) {
            snprintf(p->nick, sizeof p->nick, "%.*s", (int)e.nick.len,
                     (const char *)e.nick.data);
        }
    }
}

static bool pass_up(stage *s, size_t who)
{
    stage_person *p = &s->people[who];
    atr_bytes out = atr_member_outgoing(p->member);

    if (out.len == 0) {
        return false;
    }
    if (s->keeps_tapes) {
        stage_tape_add(&p->told, out);
    }
    (void)!atr_hall_recv(s->hall, (uint32_t)who, out, s->now);
    atr_member_sent(p->member, out.len);
    return true;
}

static bool pass_down(stage *s, size_t who)
{
    stage_person *p = &s->people[who];
    atr_bytes out = atr_hall_outgoing(s->hall, (uint32_t)who);

    if (out.len != 0) {
        if (s->keeps_tapes) {
            stage_tape_add(&p->heard, out);
        }
        p->err = atr_member_recv(p->member, out, s->now);
        stage_take_events(p);
        atr_hall_sent(s->hall, (uint32_t)who, out.len);
    }
    if (p->err != ATR_OK || atr_hall_is_over(s->hall, (uint32_t)who)) {
        stage_close(s, who);
    }
    return out.len != 0;
}

void stage_play(stage *s)
{
    bool busy = true;
    uint32_t ready;

    while (busy) {
        busy = false;
        for (size_t i = 0; i < STAGE_MEMBERS; i++) {
            busy |= s->people[i].is_open && pass_up(s, i);
        }
        must(atr_hall_flush(s->hall, s->now) == ATR_OK);
        while (atr_hall_next_ready(s->hall, &ready)) {
        }
        for (size_t i = 0; i < STAGE_MEMBERS; i++) {
            busy |= s->people[i].is_open && pass_down(s, i);
        }
    }
}

static atr_time next_deadline(const stage *s)
{
    atr_time next = atr_hall_deadline(s->hall);

    for (size_t i = 0; i < STAGE_MEMBERS; i++) {
        if (s->people[i].member != NULL) {
            atr_time due = atr_member_deadline(s->people[i].member);

            next = due < next ? due : next;
        }
    }
    return next;
}

void stage_wait(stage *s, uint64_t ms)
{
    atr_time until = s->now + ms;

    stage_play(s);
    while (next_deadline(s) <= until) {
        atr_time next = next_deadline(s);

        s->now = next > s->now ? next : s->now;
        for (size_t i = 0; i < STAGE_MEMBERS; i++) {
            if (s->people[i].member != NULL) {
                atr_member_tick(s->people[i].member, s->now);
                stage_take_events(&s->people[i]);
            }
        }
        atr_hall_tick(s->hall, s->now);
        stage_play(s);
    }
    s->now = until;
}
