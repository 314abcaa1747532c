/* hall.h - the server's side of many rooms: an ordered log for each.
 *
 * Sans-I/O: the caller owns connections (small numbers), clock, entropy and
 * the durable store. What a client sends is checked whole, appended to the
 * open transaction of the store, and acknowledged and broadcast only by
 * atr_hall_flush, after the store has committed. So the turn of a loop is:
 * recv for everything that arrived, one flush, then send what is outgoing.
 *
 * The hall holds no attribute key and no name: rosters are verification keys.
 */
#ifndef ATR_HALL_H
#define ATR_HALL_H

#include "base/mem.h"
#include "proto/frame.h"
#include "proto/room.h"
#include "scheme/kem.h"

typedef struct atr_hall atr_hall;

/* A visit of the store; returning anything but ATR_OK stops it. */
typedef atr_err (*atr_hall_visit)(void *context, const uint8_t room[32],
                                  uint64_t seq, atr_bytes record);

/* The durable store. Room heads are visited with seq 0; they hold mpk and
 * descriptor. read visits the records after `after` in order; the visitor may
 * stop it by ATR_ERR_STATE, which read then returns. */
typedef struct {
    void *context;
    atr_err (*put_room)(void *context, const uint8_t room[32], bool listed,
                        atr_bytes head);
    atr_err (*rooms)(void *context, atr_hall_visit visit, void *visit_context);
    atr_err (*append)(void *context, const uint8_t room[32], uint64_t seq,
                      atr_bytes record);
    atr_err (*read)(void *context, const uint8_t room[32], uint64_t after,
                    atr_hall_visit visit, void *visit_context);
    atr_err (*commit)(void *context);
} atr_hall_store;

typedef struct {
    uint64_t grace_ms;  /* a lost connection is a leave after this */
    uint64_t answer_ms; /* to open a room, and to answer a challenge */
    size_t rooms_max;
    size_t members_max;    /* in one room */
    size_t conn_bytes_max; /* unsent: a reader that stops is cut off */
    /* Of newcomers, in all rooms together; twice as many after a calm. Who
     * comes when they are spent is challenged in turn, or after answer_ms
     * refused as slow. 0: no limit. */
    uint32_t challenges_per_second;
} atr_hall_limits;

atr_hall_limits atr_hall_limits_default(void);

typedef struct {
    const atr_hall_store *store; /* lent */
    atr_hall_limits limits;
    /* kem_for returns the KEM of an authority, kept by the host as long as the
     * hall lives, or NULL when `mpk` is not valid. */
    const atr_kem *(*kem_for)(void *context, const uint8_t mpk[ATR_MPK_BYTES]);
    void *kem_context;
    uint64_t unix_ms; /* what the clock on the wall says at `now` */
    /* generation_for returns the present generation of an authority's keys
     * (policy/period.h); NULL: 0, of all. */
    uint32_t (*generation_for)(void *context, const uint8_t hm[32]);
    void *generation_context;
} atr_hall_config;

size_t atr_hall_size(void);

/* atr_hall_init makes a hall in `memory` and loads the rooms of the store;
 * `*err` is ATR_ERR_IO or ATR_ERR_INPUT when the store cannot be read (then
 * the result is NULL). Members that were there have `grace_ms` to resume. */
atr_hall *atr_hall_init(void *memory, const atr_hall_config *config,
                        atr_mem *mem, const uint8_t seed[32], atr_time now,
                        atr_err *err);
void atr_hall_wipe(atr_hall *hall);

/* atr_hall_set_limits puts other limits in place while the hall runs. What is
 * there stays: members beyond members_max, rooms beyond rooms_max; present
 * connections keep their conn_bytes_max. Who is waited for has at most the new
 * time from now on, and no longer than it had. */
void atr_hall_set_limits(atr_hall *hall, const atr_hall_limits *limits,
                         atr_time now);

/* atr_hall_set_clock says what the clock on the wall shows: now and then, for
 * clocks are set. By it rooms with periods turn to the next one, in
 * atr_hall_tick. Periods of a log do not go back: a clock that was ahead keeps
 * a room in a period to come, and its members out, until that has come. */
void atr_hall_set_clock(atr_hall *hall, uint64_t unix_ms, atr_time now);

/* atr_hall_recheck is to be called when `generation_for` says more than it
 * did: the rooms of that authority turn at the next tick. */
void atr_hall_recheck(atr_hall *hall, atr_time now);

/* Connections. A number is free again after atr_hall_closed. An error of
 * atr_hall_opened or atr_hall_recv means: send what is outgoing, close it. */
ATR_MUST_USE atr_err atr_hall_opened(atr_hall *hall, uint32_t conn,
                                     atr_time now);
ATR_MUST_USE atr_err atr_hall_recv(atr_hall *hall, uint32_t conn, atr_bytes in,
                                   atr_time now);
void atr_hall_closed(atr_hall *hall, uint32_t conn, atr_time now);

/* atr_hall_flush commits and releases what waited for it. ATR_ERR_IO is fatal:
 * nothing was acknowledged; stop, and start again from the store. */
ATR_MUST_USE atr_err atr_hall_flush(atr_hall *hall, atr_time now);

/* atr_hall_next_ready gives each connection once that has bytes to send or is
 * to be closed; false when there is none. Then: outgoing, sent, and
 * atr_hall_is_over: close once all is sent. Taking bytes may make room for more
 * of a catch-up: the connection is ready again. */
bool atr_hall_next_ready(atr_hall *hall, uint32_t *conn);
atr_bytes atr_hall_outgoing(const atr_hall *hall, uint32_t conn);
void atr_hall_sent(atr_hall *hall, uint32_t conn, size_t len);
bool atr_hall_is_over(const atr_hall *hall, uint32_t conn);

atr_time atr_hall_deadline(const atr_hall *hall);
void atr_hall_tick(atr_hall *hall, atr_time now);

/* atr_hall_drain refuses everybody from now on, with ATR_REFUSAL_CLOSING. */
void atr_hall_drain(atr_hall *hall);

typedef struct {
    uint64_t rooms, members, connections;
    uint64_t texts, joins, leaves, challenges, denials, stale, malformed;
    uint64_t deliveries, bytes_in, bytes_out, cut_slow;
    uint64_t delayed; /* challenges that had to wait for their turn */
    uint64_t turns;   /* of periods */
} atr_hall_stats;

void atr_hall_stats_of(const atr_hall *hall, atr_hall_stats *out);

#endif
