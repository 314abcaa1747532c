/* visitor.h - one question to a hall: create a room, list rooms, look at one.
 *
 * Sans-I/O like member.h. Make one for each question and connection.
 */
#ifndef ATR_VISITOR_H
#define ATR_VISITOR_H

#include "base/mem.h"
#include "proto/frame.h"
#include "proto/room.h"
#include "scheme/abe.h"

typedef enum {
    ATR_VISIT_CREATE, /* needs `descriptor` and `mpk` */
    ATR_VISIT_LIST,
    ATR_VISIT_LOOK /* needs `room` */
} atr_visit_kind;

typedef enum {
    ATR_VISIT_WAITING,
    ATR_VISIT_DONE,
    ATR_VISIT_FAILED /* see `why` and `refusal` */
} atr_visit_state;

typedef struct {
    atr_visit_kind kind;
    atr_visit_state state;
    atr_err why;
    uint8_t refusal; /* atr_refusal */
    bool greeted;
    uint8_t room[32];  /* asked or created */
    uint64_t epoch;    /* LOOK */
    uint32_t members;  /* LOOK */
    atr_period period; /* LOOK; zero in a room without */
    uint8_t mpk[ATR_MPK_BYTES];
    atr_queue found; /* DONE: descriptors as fields, one after the other */
    atr_queue out;
    atr_framer framer;
    atr_mem *mem;
} atr_visitor;

/* `descriptor` and `mpk` are NULL unless kind is CREATE; `room` unless LOOK. */
ATR_MUST_USE atr_err atr_visitor_init(atr_visitor *visitor, atr_mem *mem,
                                      atr_visit_kind kind,
                                      const atr_room_descriptor *descriptor,
                                      const uint8_t *mpk, const uint8_t *room);
ATR_MUST_USE atr_err atr_visitor_recv(atr_visitor *visitor, atr_bytes in);
atr_bytes atr_visitor_outgoing(const atr_visitor *visitor);
void atr_visitor_sent(atr_visitor *visitor, size_t len);
void atr_visitor_wipe(atr_visitor *visitor);

#endif
