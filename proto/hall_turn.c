#include "proto/hall_state.h"

/* How a period turns.
 *
 * A room's period is what the newest TURN of its log says; there is one from
 * the room's first moment on. When the clock, or the authority by a new
 * generation, has gone on, the hall appends the next: the roster is empty, and
 * every connection that was in it gets the log up to there and nothing more
 * until it has come through the door again, under the policy of the new
 * period. It comes when it has a key for it, so the hall does not challenge it
 * before it asks; what it had sent meanwhile counts for nothing, and goes
 * again. */
#define RETRY_MS 1000

static uint64_t wall_s(const atr_hall *hall)
{
    return (hall->now + hall->wall_ms) / 1000;
}

/* Neither the number nor the generation goes back. */
static atr_period present(const atr_hall *hall, const atr_hall_room *room)
{
    const atr_hall_config *config = &hall->config;
    atr_period period = room->period;
    uint64_t number = atr_period_number(wall_s(hall), room->period_s);
    uint32_t generation =
        config->generation_for != NULL
            ? config->generation_for(config->generation_context, room->kem->hm)
            : 0;

    period.number = number > period.number ? number : period.number;
    period.generation =
        generation > period.generation ? generation : period.generation;
    return period;
}

atr_err atr_hall_turn(atr_hall *hall, atr_hall_room *room)
{
    atr_record record = {.kind = ATR_RECORD_TURN, .epoch = room->epoch + 1};
    uint64_t end;
    atr_err err = ATR_OK;

    if (room->period_s == 0) {
        return ATR_OK;
    }
    record.period = present(hall, room);
    if (atr_period_compare(record.period, room->period) > 0) {
        err = atr_hall_append(hall, room, &record);
        hall->stats.turns += err == ATR_OK;
    }
    if (err == ATR_ERR_LIMIT) {
        hall->retry_at = hall->now + RETRY_MS;
    }
    end = atr_period_end(record.period.number, room->period_s);
    hall->turn_s = end < hall->turn_s ? end : hall->turn_s;
    return err;
}

/* --- connections ---------------------------------------------------------- */

/* The rest of the log comes from the store, as far as it goes. */
void atr_hall_turn_away_one(atr_hall *hall, atr_hall_conn *conn)
{
    atr_ring_leave(&conn->subscribed);
    conn->last_seq = conn->room->turned;
    conn->phase = ATR_HALL_TURNED;
    atr_hall_wait(hall, conn);
    atr_ring_join(&hall->dirty, &conn->dirty);
}

void atr_hall_turn_away(atr_hall *hall, atr_hall_room *room)
{
    atr_ring *at = room->subscribers.next;

    while (at != &room->subscribers) {
        atr_hall_conn *conn = ATR_RING_OF(at, atr_hall_conn, subscribed);

        at = at->next;
        atr_hall_turn_away_one(hall, conn);
    }
}

atr_err atr_hall_take_late(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader)
{
    (void)hall;
    (void)conn;
    (void)reader;
    return ATR_OK;
}

atr_err atr_hall_take_late_leave(atr_hall *hall, atr_hall_conn *conn,
                                 atr_reader *reader)
{
    if (atr_reader_end(reader) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_MALFORMED);
    }
    atr_hall_end(hall, conn);
    return ATR_OK;
}

/* --- time ----------------------------------------------------------------- */

void atr_hall_set_clock(atr_hall *hall, uint64_t unix_ms, atr_time now)
{
    hall->now = now;
    hall->wall_ms = unix_ms - now;
}

void atr_hall_recheck(atr_hall *hall, atr_time now)
{
    hall->now = now;
    hall->turn_s = 0;
}

atr_time atr_hall_turn_deadline(const atr_hall *hall)
{
    uint64_t now_ms = hall->now + hall->wall_ms;
    atr_time due = ATR_NEVER;

    if (hall->is_draining) {
        return ATR_NEVER;
    }
    if (hall->turn_s <= UINT64_MAX / 1000) {
        due = hall->turn_s * 1000 > now_ms
                  ? hall->now + (hall->turn_s * 1000 - now_ms)
                  : hall->now;
    }
    return hall->retry_at < due ? hall->retry_at : due;
}

void atr_hall_turn_tick(atr_hall *hall)
{
    if (hall->is_draining || hall->is_broken ||
        (wall_s(hall) < hall->turn_s && hall->now < hall->retry_at)) {
        return;
    }
    hall->turn_s = UINT64_MAX;
    hall->retry_at = ATR_NEVER;
    for (size_t i = 0; i < hall->room_count; i++) {
        if (atr_hall_turn(hall, hall->rooms[i]) == ATR_ERR_IO) {
            return;
        }
    }
}
