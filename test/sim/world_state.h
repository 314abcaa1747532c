/* world_state.h - inside a world: shared by world*.c. */
#ifndef SIM_WORLD_STATE_H
#define SIM_WORLD_STATE_H

#include "sim/world.h"

#define CONNS 96
#define EPOCHS 4096
#define HELD 128
#define UNIX_MS 1700000000000u

typedef struct packet packet;
struct packet {
    packet *next;
    atr_time at;
    size_t len; /* 0: the other side has closed */
    uint8_t data[];
};

typedef struct {
    packet *first;
    packet *last;
    atr_time busy_until; /* packets stay in order */
} pipe;

typedef struct {
    size_t who; /* the person at the other end */
    bool is_used;
    bool member_open;
    bool hall_open;
    bool is_cut;
    atr_time opens_at;   /* ATR_NEVER once it has */
    atr_time member_eof; /* when a cut is noticed */
    atr_time hall_eof;
    pipe up;
    pipe down;
    atr_time drain_at; /* the hall has bytes for it; ATR_NEVER: none */
} conn;

typedef struct {
    size_t key;
    bool is_eligible;
    bool is_cheat;
    atr_member *member; /* NULL: not come yet, or gone */
    bool is_done;       /* gone for good */
    bool wants_out;
    bool is_leaving;
    bool is_silent; /* killed: says no good-bye */
    size_t conn;    /* CONNS: none */
    atr_time connect_at;
    atr_time blocked_until;
    atr_mem mem;
    unsigned said;
    uint64_t number_of[WORLD_SAID_MAX]; /* said text to its number */
    bool acked[WORLD_SAID_MAX];
    uint64_t seq_of[WORLD_SAID_MAX]; /* place in the log; 0: unknown */
    uint8_t seen[WORLD_MEMBERS_MAX][WORLD_SAID_MAX]; /* of each sender */
    unsigned newest[WORLD_MEMBERS_MAX];
    /* in a room with periods */
    atr_abe_key *held[HELD]; /* all it ever had */
    size_t held_count;
    atr_period newest_key;
    bool is_withdrawn; /* is issued no more */
    atr_period wanted;
    atr_time rekey_at; /* when it has an answer */
    uint64_t skew_ms;  /* of its clock */
} person;

typedef struct {
    const world_setup *setup;
    uint64_t seed;
    uint64_t idle; /* steps since the clock moved */
    bool trace;
    world_sum *sum;
    atr_rng rng;
    atr_time now;
    atr_time calm_at; /* nothing bad happens from here on */
    atr_time act_at;
    unsigned acts_left;
    uint8_t room[32];
    memstore store;
    atr_hall_store face;
    atr_hall *hall; /* NULL: crashed, until `hall_at` */
    atr_time hall_at;
    atr_mem hall_mem;
    atr_time grace_ms;
    conn conns[CONNS];
    person people[WORLD_MEMBERS_MAX];
    size_t count;
    uint32_t period_s; /* 0: none */
    uint32_t generation;
    uint64_t skew_ms;  /* of the hall's clock */
    atr_period period; /* of the log, so far */
    atr_period period_of[EPOCHS];
    size_t log_at; /* checked so far */
    uint64_t log_epoch;
    bool log_is_closed;
    bool has_mark[EPOCHS];
    uint8_t marks[EPOCHS][32];
    const char *failure;
    char text[256];
} world;

#define FAIL(w, ...) world_fail((w), __VA_ARGS__)
void world_fail(world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void world_trace(const world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
uint64_t world_below(world *w, uint64_t bound);
bool world_chance(world *w, unsigned percent);
void world_seed(world *w, uint8_t seed[32]);

/* --- world_net.c ---------------------------------------------------------- */
void world_connect(world *w, size_t who);
void world_hang_up(world *w, size_t who);     /* the member closes */
void world_cut(world *w, size_t c);           /* the network does */
void world_pump_member(world *w, size_t who); /* what it has to send */
void world_hall_turn(world *w);
atr_time world_net_next(const world *w);
void world_net_step(world *w);
void world_hall_crash(world *w);
void world_hall_start(world *w);

/* --- world_check.c -------------------------------------------------------- */
void world_take_events(world *w, size_t who);
void world_check_log(world *w);
void world_check_end(world *w);
/* Everybody has read the log, holds its key, and has nothing to say. */
bool world_is_settled(const world *w);
/* Whether it is to be able to read in that epoch. */
bool world_may_read(const world *w, size_t who, uint64_t epoch);

/* --- world_period.c --------------------------------------------------------
 */
uint64_t world_unix_ms(const world *w, uint64_t skew_ms);
uint32_t world_generation(void *context, const uint8_t hm[32]);
/* The key of a period, or NULL for one who is withdrawn. */
const atr_abe_key *world_issue(world *w, size_t who, atr_period period);
const atr_abe_key *world_first_key(world *w, size_t who);
void world_wants_key(world *w, size_t who, atr_period period);
void world_rekey(world *w, size_t who); /* what it waited for */
void world_free_keys(world *w, size_t who);
void world_act_renew(world *w, size_t who);
void world_act_withdraw(world *w, size_t who);
void world_act_revoke(world *w, size_t who);
void world_act_clock(world *w, size_t who);

/* --- world.c -------------------------------------------------------------- */
void world_gone(world *w, size_t who);

#endif
