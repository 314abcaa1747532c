/* frame.h - the bytes between a member and a hall: frames and log records.
 *
 * Both directions are a stream of frames: length(4) of what follows,
 * type(1), body. A WebSocket carries it in binary messages that may hold
 * any number of frames or a part of one. doc/protocol.md has the tables.
 */
#ifndef ATR_FRAME_H
#define ATR_FRAME_H

#include "base/bytes.h"
#include "base/mem.h"
#include "policy/period.h"

#define ATR_PROTOCOL_VERSION 2
#define ATR_FRAME_BYTES_MAX 131072 /* type and body */
#define ATR_EPOCH_WINDOW 256 /* how old the base of a contribution may be */

typedef enum {
    /* from the hall */
    ATR_FRAME_HELLO = 0x01,     /* version(2) nonce(32) */
    ATR_FRAME_REFUSED = 0x02,   /* why(1: atr_refusal) */
    ATR_FRAME_CREATED = 0x03,   /* room(32) */
    ATR_FRAME_ROOMS = 0x04,     /* more(1) count(2) descriptor-field* */
    ATR_FRAME_ROOM = 0x05,      /* descriptor-field mpk(577) epoch(8) head(8)
                                   members(4) seat(1: atr_seat) acked(8)
                                   period(8) generation(4) */
    ATR_FRAME_CHALLENGE = 0x06, /* capsule-field */
    ATR_FRAME_ADMITTED = 0x07,  /* epoch(8) head(8) parts(4), then that many
                                   EVENTs: the live contributions */
    ATR_FRAME_EVENT = 0x08,     /* seq(8) record */
    ATR_FRAME_ACK = 0x09,       /* number(8) seq(8) */
    ATR_FRAME_STALE = 0x0a,     /* number(8) epoch(8): not appended; number 0
                                   means the contribution */
    /* from a client */
    ATR_FRAME_CREATE = 0x41,     /* descriptor-field mpk(577) */
    ATR_FRAME_LIST = 0x42,       /* after room(32), zeros at first */
    ATR_FRAME_LOOK = 0x43,       /* room(32): answered by ROOM */
    ATR_FRAME_OPEN = 0x44,       /* room(32) vk(32) after(8) sig(64) */
    ATR_FRAME_ANSWER = 0x45,     /* tag(32) */
    ATR_FRAME_CONTRIBUTE = 0x46, /* message of kex/ake.h */
    ATR_FRAME_CONFIRM = 0x47,    /* epoch(8) tag(32) */
    ATR_FRAME_TEXT = 0x48,       /* number(8) epoch(8) sig(64) sealed-field */
    ATR_FRAME_LEAVE = 0x49       /* empty */
} atr_frame_type;

typedef enum {
    ATR_REFUSAL_MALFORMED = 1, /* a frame that does not parse */
    ATR_REFUSAL_ORDER = 2,     /* a frame that this state does not take */
    ATR_REFUSAL_NO_ROOM = 3,   /* no such room here */
    ATR_REFUSAL_FULL = 4,      /* a documented limit is reached */
    ATR_REFUSAL_DENIED = 5,    /* the challenge was not answered, or a
                                  signature is wrong */
    ATR_REFUSAL_SLOW = 6,      /* a deadline has passed */
    ATR_REFUSAL_CLOSING = 7,   /* the hall is shutting down */
    ATR_REFUSAL_PERIOD = 8,    /* the room is in another period: come again;
                                  a member says so of itself as well */
    ATR_REFUSAL_CROWD = 9      /* fewer could enter than the room wants: a
                                  member says so of itself, and no hall */
} atr_refusal;

typedef enum {
    ATR_SEAT_NONE = 0,   /* only looking */
    ATR_SEAT_NEW = 1,    /* a newcomer: CHALLENGE follows */
    ATR_SEAT_MEMBER = 2, /* resumed: EVENTs after `after` follow */
    ATR_SEAT_RETURN = 3  /* a newcomer who was here when the period turned:
                            CHALLENGE follows, then EVENTs after `after` */
} atr_seat;

/* The records of a room's log, as stored and as sent in EVENT. */
typedef enum {
    ATR_RECORD_CONTRIBUTION = 1, /* epoch(8) message: opens `epoch`; one from
                                    a vk that is a member replaces its old */
    ATR_RECORD_LEAVE = 2,        /* epoch(8) vk(32) lost(1): begins `epoch` */
    ATR_RECORD_CONFIRM = 3,      /* epoch(8) vk(32) tag(32) */
    ATR_RECORD_TEXT = 4,         /* epoch(8) vk(32) number(8) sig(64)
                                    sealed-field */
    ATR_RECORD_TURN = 5          /* epoch(8) period(8) generation(4): begins
                                    `epoch`, in which nobody is there */
} atr_record_kind;

/* A record taken apart; views borrow from the bytes it was read from. */
typedef struct {
    uint8_t kind;
    uint64_t epoch;
    uint8_t vk[32];    /* LEAVE, CONFIRM, TEXT */
    bool lost;         /* LEAVE: by time-out */
    uint8_t tag[32];   /* CONFIRM */
    uint64_t number;   /* TEXT, from 1 */
    uint8_t sig[64];   /* TEXT */
    atr_bytes sealed;  /* TEXT */
    atr_bytes message; /* CONTRIBUTION */
    atr_period period; /* TURN */
} atr_record;

/* atr_record_read: ATR_ERR_INPUT for an unknown kind and whatever does not
 * have its exact form. The message of a contribution is at least
 * ATR_MESSAGE_BYTES_MIN long; its inside is for kex/ake.h to check. */
#define ATR_MESSAGE_BYTES_MIN (8 + 32 + 4 + 64)
ATR_MUST_USE atr_err atr_record_read(atr_record *out, atr_bytes in);
void atr_record_build(atr_builder *builder, const atr_record *record);
size_t atr_record_len(const atr_record *record);

/* A frame is written straight into the queue it leaves by: atr_frame_begin
 * gives a builder for exactly `body_len` bytes (one that has failed when there
 * is no memory), atr_frame_end counts the frame in when the body is whole, or
 * returns ATR_ERR_LIMIT and the queue is as it was. Nothing may touch the
 * queue between the two. */
ATR_MUST_USE atr_builder atr_frame_begin(atr_queue *out, atr_mem *mem,
                                         atr_frame_type type, size_t body_len);
ATR_MUST_USE atr_err atr_frame_end(atr_queue *out, const atr_builder *body);

/* The receiving side of the stream: collects pieces, gives whole frames. */
typedef struct {
    atr_queue in;
    size_t limit; /* largest frame taken now */
} atr_framer;

/* atr_framer_put takes a piece. ATR_ERR_LIMIT when memory or the limit says
 * no. */
ATR_MUST_USE atr_err atr_framer_put(atr_framer *framer, atr_mem *mem,
                                    atr_bytes piece);

/* atr_framer_next shows the first whole frame: false when there is none yet.
 * `*err` is ATR_ERR_LIMIT when the announced length is 0 or over the limit.
 * atr_framer_drop removes it. */
bool atr_framer_next(const atr_framer *framer, uint8_t *type, atr_bytes *body,
                     atr_err *err);
void atr_framer_drop(atr_framer *framer, atr_mem *mem);
void atr_framer_wipe(atr_framer *framer, atr_mem *mem);

#endif
