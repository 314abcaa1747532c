/* stage.h - members and a hall without a network between: for scenes that are
 * played step by step.
 *
 *     stage s;
 *     stage_init(&s, false);
 *     stage_come(&s, 0, 0);
 *     stage_come(&s, 1, 1);
 *     stage_play(&s);          (until nobody has anything to send)
 */
#ifndef SIM_STAGE_H
#define SIM_STAGE_H

#include "proto/hall.h"
#include "proto/member.h"
#include "sim/cast.h"
#include "sim/memstore.h"

#define STAGE_MEMBERS 8
#define STAGE_KEYS 8
/* The clock on the wall at instant 0: a day begins. */
#define STAGE_UNIX_S 1700006400u
#define STAGE_DAY_S 86400u
#define STAGE_PERIOD (STAGE_UNIX_S / STAGE_DAY_S) /* of that day */
#define STAGE_RAW 40 /* connection numbers for clients that are no members */

/* Bytes that went one way, in order. */
typedef struct {
    uint8_t *data;
    size_t len;
    size_t cap;
} stage_tape;

typedef struct {
    atr_member *member;
    atr_mem mem;
    bool is_open;
    size_t texts; /* of others */
    size_t own;
    size_t sent;
    size_t joined;
    size_t left;
    size_t keyed;
    atr_event refused; /* kind is ATR_EVENT_REFUSED when there was one */
    bool is_closed;
    atr_err err;   /* of the last atr_member_recv */
    char text[64]; /* the beginning of the newest */
    char nick[40];
    stage_tape heard; /* all the bytes it got */
    stage_tape told;  /* all the bytes it sent */
    size_t turns;
    size_t asked; /* how often it wanted a key */
    size_t again; /* of `joined`, those who were here before */
    size_t key;
    atr_abe_key *held[STAGE_KEYS]; /* made for it */
    size_t held_count;
} stage_person;

typedef struct {
    cast cast;
    memstore store;
    atr_hall_store face;
    atr_hall_limits limits;
    atr_hall *hall;
    atr_mem hall_mem;
    atr_time now;
    uint8_t room[32];
    uint8_t descriptor[ATR_ROOM_DESCRIPTOR_BYTES_MAX];
    size_t descriptor_len;
    stage_person people[STAGE_MEMBERS];
    bool keeps_tapes;
    uint32_t period_s;   /* of the room; 0: none */
    uint32_t min_crowd;  /* of the room */
    uint32_t generation; /* of the authority */
    bool may_refuse;     /* the hall may have no memory for a connection */
} stage;

void stage_init(stage *s, bool is_real);
void stage_init_periods(stage *s, bool is_real, uint32_t period_s);
void stage_init_crowd(stage *s, uint32_t min_crowd);
void stage_free(stage *s);
void stage_start_hall(stage *s); /* again, from the store */
atr_err stage_try_hall(stage *s);
void stage_stop_hall(stage *s);

/* The room of the cast's policy, made by stage_init, as a descriptor. */
void stage_descriptor(atr_room_descriptor *out, const stage *s);

atr_mem stage_mem(void);
void stage_come(stage *s, size_t who, size_t key);
/* With the memory that people[who].mem already is. */
void stage_come_mem(stage *s, size_t who, size_t key);
void stage_come_as(stage *s, size_t who, size_t key, bool force);
/* With a key of `period`; and another one, later. */
void stage_come_in(stage *s, size_t who, size_t key, atr_period period,
                   bool force);
void stage_rekey(stage *s, size_t who, atr_period period);
uint64_t stage_unix_ms(const stage *s);
void stage_open(stage *s, size_t who);
void stage_close(stage *s, size_t who);
void stage_gone(stage *s, size_t who); /* without a word */
void stage_say(stage *s, size_t who, const char *text);

/* stage_play passes bytes to and fro until all is quiet, at one instant;
 * stage_wait lets time pass, `ms` in steps to each deadline. */
void stage_play(stage *s);
void stage_wait(stage *s, uint64_t ms);

/* stage_take_events empties a member's events into the counts above. */
void stage_take_events(stage_person *p);

/* A connection by hand: what the hall has for it goes to `tape`. */
atr_err stage_raw(stage *s, uint32_t conn, atr_bytes bytes, stage_tape *tape);
void stage_tape_add(stage_tape *tape, atr_bytes bytes);
void stage_tape_free(stage_tape *tape);

#endif
