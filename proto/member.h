/* member.h - one member's side of a room: bytes in, bytes and events out.
 *
 * This is the protocol and nothing else. The caller owns the connection, the
 * clock and the entropy: it gives atr_member_recv what arrived, sends what
 * atr_member_outgoing shows, and takes what happened from atr_member_next.
 * The same seed, bytes and times always give the same bytes and events.
 *
 * A connection may be lost at any time: say atr_member_closed, connect again,
 * say atr_member_opened; the member resumes where it was and nothing it said
 * is lost or said twice.
 */
#ifndef ATR_MEMBER_H
#define ATR_MEMBER_H

#include "base/mem.h"
#include "kex/ake.h"
#include "proto/room.h"
#include "proto/text.h" /* ATR_NICK_BYTES_MAX, ATR_TEXT_BYTES_MAX */

#define ATR_ROOM_MEMBERS_MAX 10000

typedef struct atr_member atr_member;

typedef enum {
    ATR_EVENT_ROOM,    /* the room is known: `descriptor` */
    ATR_EVENT_REFUSED, /* this key cannot enter, or the hall says no: `why` */
    ATR_EVENT_JOINED,  /* `member` came (perhaps oneself: `mine`) */
    ATR_EVENT_LEFT,    /* `member` went; `lost` if by time-out */
    ATR_EVENT_KEYED,   /* `epoch` is agreed and confirmed by `count` members */
    ATR_EVENT_NICK,    /* `member` calls itself `nick` */
    ATR_EVENT_TEXT,    /* `member` wrote `text` */
    ATR_EVENT_SENT,    /* the hall keeps our text `number` as `seq` */
    ATR_EVENT_TURN,    /* `period` has begun: all `count` who were here come
                          in again, as JOINED says, and nobody has LEFT */
    ATR_EVENT_KEY,     /* the room is in `period`, of which we have no key:
                          atr_member_rekey, or nothing goes on */
    ATR_EVENT_CLOSED   /* the room is over for this member: `why` */
} atr_event_kind;

/* Borrowed until the next call on the member. `member` numbers members in the
 * order in which this one met them; `vk` is the pseudonym in this room. */
typedef struct {
    atr_event_kind kind;
    uint64_t epoch;
    uint64_t seq;
    uint64_t number;
    uint32_t member;
    uint32_t count;
    bool mine;
    bool lost;
    bool again; /* JOINED: was here before the period turned, as `member` */
    atr_period period;
    atr_err why;
    uint8_t refusal; /* atr_refusal, when the hall said no */
    const uint8_t *vk;
    atr_bytes nick;
    atr_bytes text;
    const atr_room_descriptor *descriptor;
} atr_event;

typedef struct {
    const atr_kem *kem;        /* of the authority whose key this is; lent */
    const atr_abe_key *secret; /* lent */
    uint8_t room[32];
    atr_bytes nick;   /* copied; may be empty */
    uint64_t unix_ms; /* what the clock on the wall says at `now` */
    bool force; /* enter however few could; and answer the challenge although
                   the policy says no, as a cheat does: the demonstration
                   shows that it fails */
} atr_member_config;

size_t atr_member_size(void);

/* atr_member_init makes a member in `memory` of atr_member_size() bytes, which
 * stays the caller's. `seed` is fresh and used for this member alone. */
atr_member *atr_member_init(void *memory, const atr_member_config *config,
                            atr_mem *mem, const uint8_t seed[32], atr_time now);
void atr_member_wipe(atr_member *member);

void atr_member_opened(atr_member *member, atr_time now);
void atr_member_closed(atr_member *member, atr_time now);

/* atr_member_recv takes all of `in`, in pieces of any size. On error (a hall
 * that lies or babbles) drop this connection: send what is outgoing, say
 * atr_member_closed, connect again if you like. */
ATR_MUST_USE atr_err atr_member_recv(atr_member *member, atr_bytes in,
                                     atr_time now);
atr_bytes atr_member_outgoing(const atr_member *member);
void atr_member_sent(atr_member *member, size_t len);

/* atr_member_next moves the oldest event to `*out`, or returns false. */
bool atr_member_next(atr_member *member, atr_event *out);

/* atr_member_say queues `text` (UTF-8, 1 to ATR_TEXT_BYTES_MAX bytes) and gives
 * its number. It goes out once the epoch allows, and again under a newer key
 * if it must. ATR_ERR_INPUT, ATR_ERR_LIMIT, or ATR_ERR_STATE after leaving. */
ATR_MUST_USE atr_err atr_member_say(atr_member *member, atr_bytes text,
                                    uint64_t *number, atr_time now);
ATR_MUST_USE atr_err atr_member_nick(atr_member *member, atr_bytes nick,
                                     atr_time now);

/* atr_member_leave says good-bye; texts not yet acknowledged go first if they
 * can. ATR_EVENT_CLOSED follows. */
void atr_member_leave(atr_member *member, atr_time now);

/* atr_member_set_clock says what the clock on the wall shows: now and then, for
 * clocks are set. A hall whose room is in another period than this clock
 * allows (atr_period_is_now) is REFUSED, with ATR_REFUSAL_PERIOD: hang up, and
 * try again later. */
void atr_member_set_clock(atr_member *member, uint64_t unix_ms, atr_time now);

/* atr_member_rekey hands over the key of another period, before ATR_EVENT_KEY
 * asks for it or after; it is taken for the period that it names. Lent: this
 * one and those before it stay until the member is wiped, or until another
 * period than theirs has begun (ATR_EVENT_TURN). NULL says that there will be
 * none: if one is asked for the member is REFUSED, for ever. A member that
 * waits for a key keeps its texts. */
void atr_member_rekey(atr_member *member, const atr_abe_key *secret,
                      atr_time now);

/* atr_member_crowd says how many people could enter the room, at least (0: not
 * known), after ATR_EVENT_ROOM. A member does not enter a room whose descriptor
 * has a `min_crowd` before that, and is REFUSED for ever, with
 * ATR_REFUSAL_CROWD, where they are fewer. Once it may enter it may come
 * again. */
void atr_member_crowd(atr_member *member, uint32_t people, atr_time now);

/* Call atr_member_tick once `now` reaches atr_member_deadline. */
atr_time atr_member_deadline(const atr_member *member);
void atr_member_tick(atr_member *member, atr_time now);

/* What is known at present. */
typedef struct {
    uint32_t member;
    bool mine;
    const uint8_t *vk;
    atr_bytes nick;
} atr_member_info;

uint64_t atr_member_epoch(const atr_member *member);
/* atr_member_period gives the period the room is in, or returns false when
 * there is none or it is not known. */
bool atr_member_period(const atr_member *member, atr_period *out);
bool atr_member_is_keyed(const atr_member *member); /* may speak now */
uint64_t atr_member_last_seq(const atr_member *member);
size_t atr_member_waiting(const atr_member *member); /* texts not acked */
size_t atr_member_count(const atr_member *member);
void atr_member_at(const atr_member *member, size_t index,
                   atr_member_info *out);

/* atr_member_key_mark gives a public mark of the epoch's key, the same for all
 * who hold it: H("ATR1/ROOM/mark", session). False when there is no key. */
bool atr_member_key_mark(const atr_member *member, uint8_t mark[32]);

#endif
