#include "proto/hall_state.h"

/* The door: how many challenges a hall makes.
 *
 * Each costs an encapsulation under the room's policy, a millisecond and more
 * of the one thread, for somebody who has proven nothing. So there are tokens:
 * `challenges_per_second` of them come back a second, up to twice that many,
 * and who finds none stands in line, first come, first served, for as long as
 * a step may take. Members who come back need no challenge and no token.
 *
 * The tokens are counted in thousandths: a rate a second is then the same
 * number a millisecond. */
#define WHOLE 1000
#define BURST_SECONDS 2
#define TURN_MAX 32 /* challenges in one tick: others want the thread too */

static uint64_t capacity(const atr_hall *hall)
{
    return (uint64_t)hall->config.limits.challenges_per_second * BURST_SECONDS *
           WHOLE;
}

static void refill(atr_hall *hall)
{
    uint64_t most = capacity(hall);
    uint64_t since;

    if (hall->now <= hall->door_at) {
        return;
    }
    since = hall->now - hall->door_at;
    hall->door_at = hall->now;
    if (since < BURST_SECONDS * 1000) {
        hall->tokens += since * hall->config.limits.challenges_per_second;
    }
    if (since >= BURST_SECONDS * 1000 || hall->tokens > most) {
        hall->tokens = most;
    }
}

static bool has_token(const atr_hall *hall)
{
    return hall->config.limits.challenges_per_second == 0 ||
           hall->tokens >= WHOLE;
}

static atr_err spend(atr_hall *hall, atr_hall_conn *conn)
{
    if (hall->config.limits.challenges_per_second != 0) {
        hall->tokens -= WHOLE;
    }
    return atr_hall_challenge(hall, conn);
}

static bool has_line(const atr_hall *hall)
{
    return hall->line.next != &hall->line;
}

void atr_hall_door_init(atr_hall *hall)
{
    atr_ring_init(&hall->line);
    hall->tokens = capacity(hall);
    hall->door_at = hall->now;
}

atr_err atr_hall_knock(atr_hall *hall, atr_hall_conn *conn)
{
    refill(hall);
    if (!has_line(hall) && has_token(hall)) {
        return spend(hall, conn);
    }
    hall->stats.delayed++;
    atr_ring_join(&hall->line, &conn->line);
    atr_hall_wait(hall, conn);
    return ATR_OK;
}

atr_time atr_hall_door_deadline(const atr_hall *hall)
{
    uint64_t rate = hall->config.limits.challenges_per_second;

    if (!has_line(hall)) {
        return ATR_NEVER;
    }
    return has_token(hall)
               ? hall->door_at
               : hall->door_at + (WHOLE - hall->tokens + rate - 1) / rate;
}

void atr_hall_door_tick(atr_hall *hall)
{
    refill(hall);
    for (int i = 0; i < TURN_MAX && has_line(hall) && has_token(hall); i++) {
        atr_hall_conn *conn = ATR_RING_OF(hall->line.next, atr_hall_conn, line);

        atr_ring_leave(&conn->line);
        (void)spend(hall, conn); /* who is refused has been told */
    }
}

/* --- limits --------------------------------------------------------------- */

/* Nobody waits longer than it would have, nor has less from now on than the
 * new time: so both lists stay in order. */
static void hasten(atr_hall *hall)
{
    const atr_hall_limits *limits = &hall->config.limits;
    atr_time due = hall->now + limits->answer_ms;
    atr_time gone = hall->now + limits->grace_ms;

    for (atr_ring *at = hall->waiting.next; at != &hall->waiting;
         at = at->next) {
        atr_hall_conn *conn = ATR_RING_OF(at, atr_hall_conn, waiting);

        conn->due = conn->due < due ? conn->due : due;
    }
    for (atr_ring *at = hall->away.next; at != &hall->away; at = at->next) {
        atr_hall_member *member = ATR_RING_OF(at, atr_hall_member, away);

        member->gone_at = member->gone_at < gone ? member->gone_at : gone;
    }
}

void atr_hall_set_limits(atr_hall *hall, const atr_hall_limits *limits,
                         atr_time now)
{
    bool was_open = hall->config.limits.challenges_per_second == 0;

    hall->now = now;
    refill(hall);
    hall->config.limits = *limits;
    if (was_open || hall->tokens > capacity(hall)) {
        hall->tokens = capacity(hall);
    }
    hasten(hall);
}
