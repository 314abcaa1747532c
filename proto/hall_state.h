/* hall_state.h - inside a hall: shared by hall*.c and nobody else.
 *
 * Lists are rings with a head; whatever stands in one holds its nodes, so
 * nothing here is searched but by hash.
 */
#ifndef ATR_HALL_STATE_H
#define ATR_HALL_STATE_H

#include "kex/ake.h"
#include "proto/hall.h"
#include "proto/index.h"
#include "proto/join.h"

#define ATR_PAST_MAX 1024     /* leavers whose count of texts is remembered */
#define ATR_CHUNK_BYTES 65536 /* of a log on its way to one who reads it */
#define ATR_PAGE_ROOMS 64     /* in one ROOMS frame */

typedef struct atr_ring atr_ring;
struct atr_ring {
    atr_ring *prev;
    atr_ring *next; /* NULL: in no list */
};

typedef enum {
    ATR_HALL_FRESH,      /* nothing asked yet, or only questions */
    ATR_HALL_QUEUED,     /* a newcomer, in line for its challenge */
    ATR_HALL_CHALLENGED, /* CHALLENGE sent, waits for ANSWER */
    ATR_HALL_ADMITTED,   /* answered, waits for CONTRIBUTE */
    ATR_HALL_MEMBER,
    ATR_HALL_TURNED, /* was there when the period turned, waits for OPEN */
    ATR_HALL_OVER
} atr_hall_phase;

typedef struct atr_hall_room atr_hall_room;
typedef struct atr_hall_conn atr_hall_conn;
typedef struct atr_hall_member atr_hall_member;

struct atr_hall_member {
    uint8_t vk[32];
    uint64_t seq;    /* of its contribution */
    uint64_t since;  /* the epoch that contribution opened */
    uint64_t number; /* of its newest text */
    uint64_t number_seq;
    uint64_t confirmed; /* newest epoch */
    atr_hall_room *room;
    atr_hall_conn *conn; /* NULL: away, until `gone_at` */
    atr_ring away;
    atr_time gone_at;
};

struct atr_hall_conn {
    uint32_t number;
    atr_hall_phase phase;
    uint8_t nonce[ATR_JOIN_NONCE_BYTES];
    uint8_t vk[32];
    uint8_t tag[ATR_JOIN_TAG_BYTES]; /* the right answer: secret */
    atr_framer framer;
    atr_queue out;
    size_t bytes_max; /* of `out`: the limit when it came */
    size_t held;      /* bytes at the end that wait for the commit */
    atr_ring ready;   /* has something for the caller */
    atr_ring dirty;   /* has something to do at the next flush */
    atr_ring waiting; /* for its next step, until `due` */
    atr_time due;
    atr_ring line;       /* at the door, see hall_door.c */
    atr_hall_room *room; /* subscribed to */
    atr_ring subscribed;
    uint64_t sent_seq;  /* newest record in `out` */
    uint64_t last_seq;  /* the last that it gets: where the period turned */
    uint64_t asked_in;  /* room->turned when it was challenged */
    uint64_t return_to; /* what it has read of this period; 0: a newcomer */
    uint64_t *load;     /* contributions a newcomer is still to get */
    size_t load_count;
    size_t load_at;
    atr_hall_member *member;
};

typedef struct {
    uint8_t vk[32];
    uint64_t number;
    uint64_t number_seq;
} atr_hall_past;

struct atr_hall_room {
    uint8_t id[32];
    const atr_kem *kem;
    bool is_listed;
    uint8_t *descriptor;
    size_t descriptor_len;
    uint8_t mpk[ATR_MPK_BYTES];
    uint64_t epoch;
    uint64_t left; /* the newest epoch that a leave or a turn began */
    uint32_t period_s;
    atr_period period;
    uint64_t turned;  /* seq of the newest TURN; 0: none yet */
    atr_index before; /* who was there then, and is not back */
    uint64_t head;
    uint64_t committed; /* the part of the log that may be shown */
    atr_queue fresh;    /* EVENT frames since the last commit */
    uint64_t fresh_count;
    atr_ring fresh_in; /* the hall's list of rooms with some */
    atr_ring subscribers;
    atr_index index; /* vk to place in members, by seniority */
    atr_hall_member **members;
    size_t member_count;
    size_t member_cap;
    atr_hall_member *spare; /* for the next who comes */
    uint8_t (*seen)[32];    /* ATR_EPOCH_WINDOW digests, by epoch */
    atr_hall_past *past;    /* a ring of those who left and had spoken */
    size_t past_count;
    size_t past_cap;
    size_t past_at;
};

struct atr_hall {
    atr_hall_config config;
    atr_mem *mem;
    atr_rng rng;
    atr_time now;
    bool is_draining;
    bool is_broken;        /* the store has failed: nothing goes out any more */
    bool is_written;       /* since the last commit */
    atr_hall_conn **conns; /* by number */
    size_t conn_cap;
    atr_index index; /* id to place in rooms */
    atr_hall_room **rooms;
    size_t room_count;
    size_t room_cap;
    atr_ring ready;
    atr_ring dirty;
    atr_ring waiting;
    atr_ring away;
    atr_ring fresh;
    atr_ring line;
    uint64_t tokens; /* in thousandths, as of `door_at` */
    atr_time door_at;
    uint64_t wall_ms;  /* add it to `now`: the clock on the wall */
    uint64_t turn_s;   /* by it, when the next period turns */
    atr_time retry_at; /* a room has not turned, for want of memory */
    atr_hall_stats stats;
    /* One room's descriptor taken apart at a time: it is large. */
    const atr_hall_room *opened;
    atr_room_descriptor descriptor;
    atr_policy policy; /* of its present period */
};

#define ATR_RING_OF(ring, type, member)                                        \
    ((type *)(void *)((char *)(ring)-offsetof(type, member)))

static inline void atr_ring_init(atr_ring *head)
{
    head->prev = head;
    head->next = head;
}

static inline bool atr_ring_is_in(const atr_ring *node)
{
    return node->next != NULL;
}

static inline void atr_ring_leave(atr_ring *node)
{
    if (node->next != NULL) {
        node->prev->next = node->next;
        node->next->prev = node->prev;
        node->prev = NULL;
        node->next = NULL;
    }
}

/* To the end; one that is in already stays where it is. */
static inline void atr_ring_join(atr_ring *head, atr_ring *node)
{
    if (node->next == NULL) {
        node->prev = head->prev;
        node->next = head;
        head->prev->next = node;
        head->prev = node;
    }
}

/* --- hall.c --------------------------------------------------------------- */

/* atr_hall_refuse says why and ends the connection; the member behind it is
 * away from now on. Returns the error that goes with `why`. */
atr_err atr_hall_refuse(atr_hall *hall, atr_hall_conn *conn, atr_refusal why);
/* atr_hall_cut ends it without a word and drops what waits. */
void atr_hall_cut(atr_hall *hall, atr_hall_conn *conn);
/* atr_hall_end lets it go in peace, after the next commit. */
void atr_hall_end(atr_hall *hall, atr_hall_conn *conn);
/* atr_hall_wait gives a connection the time to take its next step. */
void atr_hall_wait(atr_hall *hall, atr_hall_conn *conn);

/* --- hall_send.c ---------------------------------------------------------- */

/* A reply is held back until the commit. Returns ATR_ERR_LIMIT. */
atr_err atr_hall_reply(atr_hall *hall, atr_hall_conn *conn,
                       const atr_builder *body);
atr_builder atr_hall_begin(atr_hall *hall, atr_hall_conn *conn,
                           atr_frame_type type, size_t body_len);
void atr_hall_subscribe(atr_hall_conn *conn, atr_hall_room *room,
                        uint64_t after);
void atr_hall_pump(atr_hall *hall, atr_hall_conn *conn);
/* atr_hall_is_behind: there is more of the log for it. */
bool atr_hall_is_behind(const atr_hall_conn *conn);
/* atr_hall_epoch_at gives the epoch of record `seq`. */
ATR_MUST_USE atr_err atr_hall_epoch_at(uint64_t *epoch, atr_hall *hall,
                                       const atr_hall_room *room, uint64_t seq);

/* --- hall_room.c ---------------------------------------------------------- */

atr_hall_room *atr_hall_find(const atr_hall *hall, const uint8_t id[32]);
/* atr_hall_ake lends what kex/ake.h wants to know of a room, until the next
 * call; its policy is in hall->policy. */
atr_ake_room atr_hall_ake(atr_hall *hall, const atr_hall_room *room);
ATR_MUST_USE atr_err atr_hall_load(atr_hall *hall);
void atr_hall_room_free(atr_hall *hall, atr_hall_room *room);
ATR_MUST_USE atr_err atr_hall_say_room(atr_hall *hall, atr_hall_conn *conn,
                                       const atr_hall_room *room, atr_seat seat,
                                       uint64_t acked);
atr_err atr_hall_take_create(atr_hall *hall, atr_hall_conn *conn,
                             atr_reader *reader);
atr_err atr_hall_take_list(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader);
atr_err atr_hall_take_look(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader);

/* --- hall_open.c ---------------------------------------------------------- */

atr_err atr_hall_take_open(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader);
atr_err atr_hall_take_answer(atr_hall *hall, atr_hall_conn *conn,
                             atr_reader *reader);
/* atr_hall_challenge sends a newcomer what conn->room asks of conn->vk. */
atr_err atr_hall_challenge(atr_hall *hall, atr_hall_conn *conn);

/* --- hall_door.c ---------------------------------------------------------- */

void atr_hall_door_init(atr_hall *hall);
/* atr_hall_knock challenges a newcomer in phase QUEUED now or in its turn. */
atr_err atr_hall_knock(atr_hall *hall, atr_hall_conn *conn);
atr_time atr_hall_door_deadline(const atr_hall *hall);
void atr_hall_door_tick(atr_hall *hall);

/* --- hall_log.c ----------------------------------------------------------- */

/* atr_hall_apply changes the roster as `record` says, after
 * atr_hall_make_way has made sure of the memory. Also how a log is read
 * again after a restart. */
ATR_MUST_USE atr_err atr_hall_make_way(atr_hall *hall, atr_hall_room *room,
                                       const atr_record *record);
void atr_hall_apply(atr_hall *hall, atr_hall_room *room, uint64_t seq,
                    const atr_record *record);
/* atr_hall_append does all of it and writes the record down. ATR_ERR_LIMIT
 * (nothing has changed) or ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_hall_append(atr_hall *hall, atr_hall_room *room,
                                     const atr_record *record);
ATR_MUST_USE atr_err atr_hall_end_member(atr_hall *hall,
                                         atr_hall_member *member, bool lost);

/* --- hall_turn.c: periods --------------------------------------------------
 */

/* atr_hall_turn brings `room` to its present period, if it is not there.
 * ATR_ERR_LIMIT (it is tried again later) or ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_hall_turn(atr_hall *hall, atr_hall_room *room);
/* atr_hall_turn_away makes newcomers of all who are there: the connections'
 * part of what a TURN does. */
void atr_hall_turn_away(atr_hall *hall, atr_hall_room *room);
void atr_hall_turn_away_one(atr_hall *hall, atr_hall_conn *conn);
atr_time atr_hall_turn_deadline(const atr_hall *hall);
void atr_hall_turn_tick(atr_hall *hall);
/* Frames that were on their way when the period turned. */
atr_err atr_hall_take_late(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader);
atr_err atr_hall_take_late_leave(atr_hall *hall, atr_hall_conn *conn,
                                 atr_reader *reader);

/* --- hall_take.c: what members send ----------------------------------------
 */

atr_err atr_hall_take_contribute(atr_hall *hall, atr_hall_conn *conn,
                                 atr_reader *reader);
atr_err atr_hall_take_confirm(atr_hall *hall, atr_hall_conn *conn,
                              atr_reader *reader);
atr_err atr_hall_take_text(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader);
atr_err atr_hall_take_leave(atr_hall *hall, atr_hall_conn *conn,
                            atr_reader *reader);

#endif
