/* member_state.h - inside a member: shared by member*.c and nobody else.
 *
 * The order of people is their seniority: the order in which their first
 * contributions stand in the log, the same at all members.
 */
#ifndef ATR_MEMBER_STATE_H
#define ATR_MEMBER_STATE_H

#include "proto/frame.h"
#include "proto/index.h"
#include "proto/join.h"
#include "proto/member.h"

/* How long after the beginning of an epoch somebody acts: a rank later each
 * time, so that mostly one does. */
#define ATR_CONFIRM_RANK_MS 500
#define ATR_REFRESH_FIRST_MS 20 /* several who leave at once count as one */
#define ATR_REFRESH_RANK_MS 2000
#define ATR_LEAVE_MS 5000 /* for the last texts, then for the good-bye */
#define ATR_RETRY_MS 500  /* after memory ran out */

#define ATR_TEXTS_IN_FLIGHT_MAX 32
#define ATR_TEXTS_WAITING_MAX 1024
#define ATR_NOBODY SIZE_MAX

typedef enum {
    ATR_MEMBER_AWAY,       /* no connection */
    ATR_MEMBER_GREETING,   /* waits for HELLO */
    ATR_MEMBER_READY,      /* sends OPEN, as soon as it may */
    ATR_MEMBER_OPENING,    /* has sent OPEN, waits for ROOM */
    ATR_MEMBER_CHALLENGED, /* a newcomer, waits for CHALLENGE */
    ATR_MEMBER_ANSWERED,   /* has sent ANSWER, waits for ADMITTED */
    ATR_MEMBER_LOADING,    /* has sent CONTRIBUTE, reads who is there */
    ATR_MEMBER_JOINING,    /* reads the log up to its own contribution */
    ATR_MEMBER_CATCHING,   /* resumed, reads the log up to its head */
    ATR_MEMBER_LIVE,
    ATR_MEMBER_OVER /* refused, or broken: waits to be closed */
} atr_member_phase;

/* One of the people whose part counts; parts[i] is people[i]'s. */
typedef struct {
    uint32_t id;
    uint8_t nick_len;
    uint8_t nick[ATR_NICK_BYTES_MAX];
    uint64_t number;    /* newest text */
    uint64_t confirmed; /* newest epoch it has shown the key of */
} atr_person;

/* A text of our own that the hall has not acknowledged. */
typedef struct atr_saying atr_saying;
struct atr_saying {
    atr_saying *next;
    uint64_t number;
    size_t text_len; /* 0: only the nick */
    uint8_t text[];
};

/* What is remembered of who was here when the period turned. */
typedef struct {
    atr_index index; /* vk to place in people */
    atr_person *people;
    size_t cap;
} atr_bygone;

struct atr_member {
    const atr_kem *kem;
    const atr_abe_key *secret; /* in use */
    const atr_abe_key *next;   /* of a period to come; NULL: none */
    atr_mem *mem;
    bool force;
    atr_rng rng;
    atr_ake_signer signer;
    atr_time now;

    /* the connection */
    atr_member_phase phase;
    uint8_t nonce[ATR_JOIN_NONCE_BYTES];
    atr_framer framer;
    atr_queue out;
    uint64_t head;       /* CATCHING: where the log stood when we came */
    uint64_t load_epoch; /* LOADING */
    uint32_t load_left;
    atr_queue load;       /* LOADING: EVENTs as fields, to be opened together */
    uint32_t load_count;  /* how many wait in it */
    uint64_t stale_epoch; /* JOINING: contribute again from here; 0: no */

    /* the room */
    bool has_room;
    bool wants_crowd; /* not to be entered before it is known */
    bool has_roster;  /* everybody's part is known: a log can be resumed */
    atr_room_descriptor descriptor;
    atr_ake_room room;
    uint64_t epoch;
    uint64_t last_seq;
    atr_index index; /* vk to place in people and parts */
    atr_person *people;
    atr_ake_part *parts;
    size_t count;
    size_t cap;
    uint32_t next_id;
    uint8_t seen[ATR_EPOCH_WINDOW][32]; /* digests, by epoch */

    /* the period, in a room that has some */
    uint64_t wall_ms; /* add it to `now`: the clock on the wall */
    bool has_period;
    atr_period period;
    atr_policy policy; /* the room's, of this period */
    bool wants_key;
    bool has_no_key;   /* and will have none, says the host */
    bool is_returning; /* was here before: reads what follows the TURN */
    atr_bygone bygone;

    /* the epoch */
    bool is_closed; /* begun by a leave: no text until somebody adds to it */
    bool has_keys;
    bool is_keyed;
    bool has_confirmed;
    bool has_refreshed;
    uint32_t confirms; /* different members */
    uint8_t opener[32];
    atr_time confirm_at;
    atr_time refresh_at;
    atr_ake_keys keys;
    atr_ake_part fresh; /* of our newest contribution */

    /* texts */
    uint8_t nick_len;
    uint8_t nick[ATR_NICK_BYTES_MAX];
    bool has_new_nick;
    atr_saying *first;
    atr_saying *last;
    atr_saying *unsent; /* NULL: all have been sent under this epoch */
    size_t sayings;
    size_t in_flight;
    uint64_t number; /* of the newest */
    uint64_t offset; /* number on the wire = number - offset */
    uint64_t sent;   /* newest number sent */
    uint64_t dropped;

    /* the end */
    bool is_leaving;
    bool has_left; /* LEAVE is on its way */
    atr_time leave_at;
    atr_time retry_at;

    /* events */
    atr_queue events;
    size_t shown; /* bytes of the queue's front that `next` has given */
    uint8_t shown_vk[32];
    bool was_refused;
    bool is_over; /* nothing comes any more: CLOSED follows the rest */
    bool told_over;
    atr_err why;
    uint8_t refusal;
};

/* --- member.c ------------------------------------------------------------- */

/* atr_member_refuse ends this connection; `forever` the member too. */
void atr_member_refuse(atr_member *m, atr_err why, uint8_t refusal,
                       bool forever);
void atr_member_end(atr_member *m, atr_err why);

/* --- member_event.c ------------------------------------------------------- */

/* atr_member_reserve makes room for one event with a text of `text_len` bytes
 * and `count` without, so that telling them cannot fail. */
ATR_MUST_USE atr_err atr_member_reserve(atr_member *m, size_t count,
                                        size_t text_len);
/* What event.nick and event.text show is copied. */
ATR_MUST_USE atr_err atr_member_tell(atr_member *m, const atr_event *event,
                                     const uint8_t *vk);

/* --- member_open.c: from HELLO to the log --------------------------------- */

ATR_MUST_USE atr_err atr_member_take_hello(atr_member *m, atr_reader *reader);
ATR_MUST_USE atr_err atr_member_take_room(atr_member *m, atr_reader *reader);
ATR_MUST_USE atr_err atr_member_take_challenge(atr_member *m,
                                               atr_reader *reader);
ATR_MUST_USE atr_err atr_member_take_admitted(atr_member *m,
                                              atr_reader *reader);

/* atr_member_open_room sends OPEN: READY becomes OPENING. */
ATR_MUST_USE atr_err atr_member_open_room(atr_member *m);

/* --- member_period.c -------------------------------------------------------
 */

/* atr_member_enter_period puts the room's policy of `period` in place and the
 * key that goes with it; without one it asks for it (`wants_key`). Needs the
 * memory of one event. ATR_ERR_STATE, and a refusal, where the clock does not
 * allow it. */
ATR_MUST_USE atr_err atr_member_enter_period(atr_member *m, atr_period period);
ATR_MUST_USE atr_err atr_member_take_turn(atr_member *m, uint64_t seq,
                                          const atr_record *record);
/* atr_member_recall gives a member who comes back the number and name it had.
 * Returns whether it was here. */
bool atr_member_recall(const atr_member *m, const uint8_t *vk,
                       atr_person *person);
void atr_member_forget_bygone(atr_member *m);
/* When the period is over for good by our clock; and what then happens. */
atr_time atr_member_period_deadline(const atr_member *m);
void atr_member_period_tick(atr_member *m);

/* --- member_log.c: EVENTs ------------------------------------------------- */

ATR_MUST_USE atr_err atr_member_take_load(atr_member *m, atr_reader *reader);
ATR_MUST_USE atr_err atr_member_take_event(atr_member *m, atr_reader *reader);

/* --- member_roster.c ------------------------------------------------------ */

size_t atr_member_find(const atr_member *m, const uint8_t *vk);
size_t atr_member_self(const atr_member *m);
ATR_MUST_USE atr_err atr_member_grow(atr_member *m, size_t count);
/* The following need the memory that reserve and grow have made sure of. */
void atr_member_add(atr_member *m, const atr_ake_part *part);
void atr_member_drop(atr_member *m, size_t at, bool lost);
ATR_MUST_USE atr_err atr_member_forget(atr_member *m);

/* --- member_epoch.c: keys, confirmations, refreshes ----------------------- */

void atr_member_begin(atr_member *m, uint64_t epoch, bool is_closed,
                      const uint8_t *opener);
ATR_MUST_USE atr_err atr_member_derive(atr_member *m);
/* `at` has shown that it holds the key of this epoch. */
void atr_member_confirmed(atr_member *m, size_t at);
ATR_MUST_USE atr_err atr_member_contribute(atr_member *m);
/* atr_member_settle does all that is due now: called after every change. */
atr_err atr_member_settle(atr_member *m);
atr_time atr_member_epoch_deadline(const atr_member *m);

/* --- member_text.c -------------------------------------------------------- */

ATR_MUST_USE atr_err atr_member_take_ack(atr_member *m, atr_reader *reader);
ATR_MUST_USE atr_err atr_member_take_stale(atr_member *m, atr_reader *reader);
ATR_MUST_USE atr_err atr_member_take_text(atr_member *m, uint64_t seq,
                                          const atr_record *record);
ATR_MUST_USE atr_err atr_member_send_texts(atr_member *m);
ATR_MUST_USE atr_err atr_member_acked(atr_member *m, uint64_t number,
                                      uint64_t seq);
void atr_member_unsend(atr_member *m);
ATR_MUST_USE atr_err atr_member_rebase(atr_member *m, uint64_t acked);
void atr_member_renew(atr_member *m);
void atr_member_drop_texts(atr_member *m);

#endif
