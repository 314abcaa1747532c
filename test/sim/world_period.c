/* Periods: who is issued keys, when, and what the clocks show. */
#include <stdlib.h>

#include "sim/world_state.h"

uint64_t world_unix_ms(const world *w, uint64_t skew_ms)
{
    return UNIX_MS + w->now + skew_ms;
}

uint32_t world_generation(void *context, const uint8_t hm[32])
{
    const world *w = context;

    (void)hm;
    return w->generation;
}

const atr_abe_key *world_issue(world *w, size_t who, atr_period period)
{
    person *p = &w->people[who];
    atr_abe_key *key;

    if (p->is_withdrawn) {
        return NULL;
    }
    if (p->held_count == HELD) {
        FAIL(w, "%zu has too many keys", who);
        return NULL;
    }
    key = cast_key(w->setup->cast, p->key, period);
    p->held[p->held_count++] = key;
    if (atr_period_compare(period, p->newest_key) > 0) {
        p->newest_key = period;
    }
    return key;
}

static atr_period present(const world *w, uint64_t skew_ms)
{
    uint64_t unix_s = world_unix_ms(w, skew_ms) / 1000;

    return (atr_period){atr_period_number(unix_s, w->period_s), w->generation};
}

const atr_abe_key *world_first_key(world *w, size_t who)
{
    return world_issue(w, who, present(w, w->people[who].skew_ms));
}

void world_wants_key(world *w, size_t who, atr_period period)
{
    person *p = &w->people[who];

    p->wanted = period;
    p->rekey_at = w->now + world_below(w, world_chance(w, 80) ? 300 : 4000);
}

void world_rekey(world *w, size_t who)
{
    person *p = &w->people[who];

    p->rekey_at = ATR_NEVER;
    if (p->member != NULL) {
        atr_member_rekey(p->member, world_issue(w, who, p->wanted), w->now);
        world_take_events(w, who);
        world_pump_member(w, who);
    }
}

void world_free_keys(world *w, size_t who)
{
    person *p = &w->people[who];

    while (p->held_count != 0) {
        free(p->held[--p->held_count]);
    }
}

/* --- what happens --------------------------------------------------------- */

/* Early, as a careful client does it. */
void world_act_renew(world *w, size_t who)
{
    person *p = &w->people[who];
    atr_period next;
    const atr_abe_key *key;

    if (w->period_s == 0 || p->member == NULL) {
        return;
    }
    next = present(w, p->skew_ms);
    next.number++;
    key = world_issue(w, who, next);
    if (key != NULL) {
        atr_member_rekey(p->member, key, w->now);
    }
}

void world_act_withdraw(world *w, size_t who)
{
    person *p = &w->people[who];

    if (w->period_s != 0 && p->is_eligible && !p->is_withdrawn) {
        world_trace(w, "member %zu is withdrawn", who);
        p->is_withdrawn = true;
        w->sum->withdrawn++;
    }
}

void world_act_revoke(world *w, size_t who)
{
    (void)who;
    if (w->period_s != 0 && w->hall != NULL) {
        world_trace(w, "generation %u", w->generation + 1);
        w->generation++;
        atr_hall_recheck(w->hall, w->now);
    }
}

/* By less than a quarter of a period, forwards. */
void world_act_clock(world *w, size_t who)
{
    person *p = &w->people[who];

    if (w->period_s != 0) {
        p->skew_ms = world_below(w, 250ull * w->period_s);
        if (p->member != NULL) {
            atr_member_set_clock(p->member, world_unix_ms(w, p->skew_ms),
                                 w->now);
        }
    }
}
