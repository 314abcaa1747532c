/* stage.h - one broadcast network, simulated, on which any method of group key
 * exchange plays: its parties are state machines, this is their transport and
 * their accountant.
 *
 * Time is counted, not waited for. A party is a computer of its own: what it
 * does with a message takes the processor time that it is seen to take here,
 * one message after the other. What it says goes out over its own line, at
 * the line's bandwidth, and reaches everybody after the latency; a broadcast
 * is sent once and received by each.
 */
#ifndef ATR_STAGE_H
#define ATR_STAGE_H

#include "kex/group.h"

/* What is counted, by kind. */
typedef enum {
    ATR_OP_POWER,   /* in ristretto255, full exponent */
    ATR_OP_INVERSE, /* of an exponent */
    ATR_OP_PRODUCT, /* in ristretto255 */
    ATR_OP_DH,      /* X25519 */
    ATR_OP_SIGN,    /* Ed25519 */
    ATR_OP_VERIFY,
    ATR_OP_ENCAP, /* under a policy or an identity */
    ATR_OP_DECAP,
    ATR_OP_G1, /* powers in G1, G2, GT, pairings, hashes to G1: those inside */
    ATR_OP_G2, /* the two kinds above, by the scheme's formula */
    ATR_OP_GT,
    ATR_OP_PAIRING,
    ATR_OP_HASH,
    ATR_OPS
} atr_op;

extern const char *const atr_op_names[ATR_OPS];

typedef struct {
    uint64_t of[ATR_OPS];
} atr_ops;

typedef struct atr_stage atr_stage;
struct atr_form;

/* A method as the stage sees it. Parties are blocks of `party_bytes`, zero at
 * first. Functions that fail return what atr_err says; any failure of an
 * honest run ends the comparison. */
typedef struct {
    const char *name;
    const char *doc;     /* one line */
    int variant;         /* for methods that share their functions */
    uint32_t setup_max;  /* largest group that is set up message by message */
    uint32_t change_max; /* largest that changes */
    uint32_t quick_max;  /* both, for a quick run */
    size_t party_bytes;

    /* What all share: an authority, long-lived keys for `most` people. */
    atr_err (*open)(atr_stage *stage, uint32_t most);
    void (*close)(atr_stage *stage);
    /* Party `self` of stage->count, before its first step. */
    atr_err (*enter)(void *party, atr_stage *stage, uint32_t self);
    void (*wipe)(void *party);
    /* In place of a set-up that would take too long, or NULL: all parties
     * hold the key, none has sent anything. */
    atr_err (*prepare)(atr_stage *stage);
    /* A step begins; for a leave, `who` has just left. */
    atr_err (*begin)(void *party, atr_stage *stage, atr_group_step step,
                     uint32_t who);
    atr_err (*recv)(void *party, uint32_t from, atr_bytes message);
    /* As atr_group_next and atr_group_sent. */
    bool (*next)(const void *party, atr_group_message *out);
    void (*sent)(void *party);
    /* The key, once there is one. */
    bool (*key)(uint8_t out[ATR_GROUP_KEY_BYTES], const void *party);
    void (*cost)(atr_ops *out, const void *party);
    /* What a log keeps for newcomers: the live message of party i; or NULL. */
    atr_bytes (*logged)(const atr_stage *stage, uint32_t i);
    /* What a step must cost: see forms.h; NULL when there is no formula. */
    bool (*form)(struct atr_form *out, const atr_stage *stage,
                 atr_group_step step);
} atr_method;

/* One step, as counted. `n` is the size of the group after the set-up, and
 * before the join, after the leave, at the refresh: a join makes n+1 of n, a
 * leave n of n+1. */
typedef struct {
    const char *method;
    atr_group_step step;
    uint32_t n;
    uint32_t rounds;   /* the longest chain of messages */
    uint64_t messages; /* a broadcast counts once */
    uint64_t sent;     /* bytes, of all */
    uint64_t received; /* bytes, of all: a broadcast counts at each */
    uint64_t sent_max; /* of one member */
    uint64_t received_max;
    double cpu_ms;     /* of all */
    double cpu_max_ms; /* of the busiest */
    double path_ms;    /* until the last one holds the key */
    atr_ops ops;       /* of all */
    atr_ops ops_max;   /* of one member, kind by kind */
    bool is_checked;   /* against closed formulas, and they hold */
} atr_compare_row;

typedef struct letter letter;

typedef struct {
    double free_ms; /* when its processor, and its line, have nothing to do */
    double line_ms;
    uint32_t depth;
    uint64_t sent, received;
    double cpu_ms;
    atr_ops before;
} atr_seat_record;

struct atr_stage {
    const atr_method *method;
    void *world; /* of the method */
    uint32_t count, most;
    void **party;            /* `count` */
    atr_seat_record *record; /* the same */
    double latency_ms;
    double bytes_per_ms;
    atr_mem mem;
    atr_rng rng;
    /* letters on their way: a heap by time of arrival */
    letter *heap;
    size_t waiting, room;
    uint64_t posted;
    uint32_t rounds;
    uint64_t messages;
    char fault[128]; /* what went wrong */
};

/* atr_stage_open makes an empty stage for groups of at most `most`. */
ATR_MUST_USE atr_err atr_stage_open(atr_stage *stage, const atr_method *method,
                                    uint32_t most, double latency_ms,
                                    double mbit_per_s);
void atr_stage_close(atr_stage *stage);

/* atr_stage_fill seats `n` parties, nobody before; atr_stage_clear unseats
 * all. */
ATR_MUST_USE atr_err atr_stage_fill(atr_stage *stage, uint32_t n);
void atr_stage_clear(atr_stage *stage);

/* atr_stage_step plays one step to its end and checks that all hold one key,
 * another than before. A leave is that of party `who`. ATR_ERR_AUTH when they
 * do not, or when the counts are not those of the formulas; `fault` says. */
ATR_MUST_USE atr_err atr_stage_step(atr_compare_row *out, atr_stage *stage,
                                    atr_group_step step, uint32_t who);
/* atr_stage_prepare is `prepare` of the method. */
ATR_MUST_USE atr_err atr_stage_prepare(atr_stage *stage);

#endif
