/* group.h - traditional group key exchange over ristretto255, for comparison
 * with AB-AKE: parties that know each other, in an agreed order, come to one
 * key. Six methods behind one machine:
 *
 *   gdh1, gdh2, gdh3  Steiner, Tsudik, Waidner, CCS 1996
 *   bd                Burmester, Desmedt, EUROCRYPT 1994
 *   bcp               Bresson, Chevassut, Pointcheval, EUROCRYPT 2002: gdh2
 *                     with every message signed
 *   hybrid            what PGP does: one party's fresh key, sealed to the
 *                     public key of each other, and signed
 *
 * gdh2 and bcp take in and let go members as Cliques does (Steiner, Tsudik,
 * Waidner, 2000), hybrid by a new key; the others start over. Equations,
 * messages and counts: doc/scheme/group.md.
 *
 * A machine does no I/O: messages go in by atr_group_recv, out by
 * atr_group_next. Each step (the first agreement, a join, a leave, a refresh)
 * begins with atr_group_begin at every party, in the same order everywhere.
 * Whatever is wrong in a message ends the machine: ATR_GROUP_FAILED, no key.
 * gdh1, gdh2, gdh3 and bd authenticate nobody: whoever sits on the wire can
 * be all the others (test/attack/group.c does it).
 */
#ifndef ATR_GROUP_H
#define ATR_GROUP_H

#include "base/mem.h"
#include "sym/ed25519.h"
#include "sym/ristretto.h"
#include "sym/x25519.h"

#define ATR_GROUP_PARTIES_MAX 1024
#define ATR_GROUP_KEY_BYTES 32
#define ATR_GROUP_ALL UINT32_MAX /* a message to all other parties */

typedef enum {
    ATR_GROUP_GDH1,
    ATR_GROUP_GDH2,
    ATR_GROUP_GDH3,
    ATR_GROUP_BD,
    ATR_GROUP_BCP,
    ATR_GROUP_HYBRID,
    ATR_GROUP_METHODS /* how many */
} atr_group_method_id;

/* atr_group_method_name is the lower-case name above. */
const char *atr_group_method_name(atr_group_method_id id);

/* What everybody knows of a party. Only bcp and hybrid look at it. */
typedef struct {
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES];
    uint8_t dh[ATR_X25519_BYTES];
} atr_group_public;

typedef struct {
    atr_group_public known;
    uint8_t sk[ATR_ED25519_SECRET_BYTES];
    uint8_t dh[ATR_X25519_BYTES];
} atr_group_identity;

void atr_group_identity_init(atr_group_identity *out, atr_rng *rng);
void atr_group_identity_wipe(atr_group_identity *identity);

/* What was computed, by kind. The work of checking what comes in (reading
 * points) is not counted, as in the closed formulas. */
typedef struct {
    uint64_t powers;   /* of points, by full exponents */
    uint64_t inverses; /* of exponents mod the group's order */
    uint64_t products; /* of two points */
    uint64_t signs, verifies;
    uint64_t seals, opens; /* of the hybrid: X25519 and AEAD each */
} atr_group_cost;

typedef enum {
    ATR_GROUP_IDLE,    /* before the first step */
    ATR_GROUP_WORKING, /* in a step */
    ATR_GROUP_KEYED,   /* `key` is the group's */
    ATR_GROUP_FAILED   /* for good; `key` is zero */
} atr_group_state;

typedef enum {
    ATR_GROUP_SETUP, /* the first agreement of all */
    ATR_GROUP_JOIN,  /* one party more, at the end of the order */
    ATR_GROUP_LEAVE, /* one party less; those behind it move up */
    ATR_GROUP_REFRESH
} atr_group_step;

typedef struct atr_group_method atr_group_method;

/* One party. Fields are to be read, `state`, `key`, `cost`, not written. */
typedef struct {
    const atr_group_method *method;
    atr_mem *mem;
    atr_rng *rng;
    atr_group_identity identity;
    uint8_t session[32];
    uint32_t count, self;
    uint32_t room;  /* parties the tables below have room for */
    uint32_t epoch; /* steps begun */
    atr_group_step step;
    atr_group_state state;
    atr_group_public *roster; /* one a party */
    atr_ristretto *points;    /* what has come in, laid out by the method */
    uint8_t *seen;            /* a bit a kind, for each sender */
    uint32_t awaited;         /* messages still to come, where counted */
    atr_ristretto_scalar x;   /* this party's exponent: secret */
    uint8_t key[ATR_GROUP_KEY_BYTES]; /* secret */
    atr_queue out;
    atr_group_cost cost;
} atr_group;

/* What a party is made of; all lent but copied. `session` is any name of this
 * group that all share. `roster` has `count` entries, 2 to
 * ATR_GROUP_PARTIES_MAX, and `identity` is that of entry `self`. */
typedef struct {
    atr_group_method_id method;
    uint8_t session[32];
    const atr_group_public *roster;
    uint32_t count, self;
    uint32_t epoch; /* 0, and for a newcomer the steps begun before */
    const atr_group_identity *identity;
} atr_group_setup;

/* atr_group_init takes memory for `mem`; `mem` and `rng` are lent until the
 * wipe. ATR_ERR_LIMIT for a count out of bounds or no memory, ATR_ERR_INPUT
 * for an identity that is not the roster's. */
ATR_MUST_USE atr_err atr_group_init(atr_group *out,
                                    const atr_group_setup *setup, atr_mem *mem,
                                    atr_rng *rng);
void atr_group_wipe(atr_group *group);

/* atr_group_begin begins a step. For a join, `newcomer` is what joins (the
 * newcomer itself, made with the full roster, passes NULL); for a leave,
 * `who` is the place of the leaver, whose own machine is wiped instead.
 * ATR_ERR_STATE when the step before has not ended, ATR_ERR_LIMIT when there
 * would be too many, too few, or no memory: then nothing has changed. */
ATR_MUST_USE atr_err atr_group_begin(atr_group *group, atr_group_step step,
                                     const atr_group_public *newcomer,
                                     uint32_t who);

/* atr_group_recv takes one message that came from party `from`. Any error is
 * final: ATR_ERR_INPUT for what does not parse or is no element of the group,
 * ATR_ERR_AUTH for a signature or a seal, ATR_ERR_STATE for what is not
 * expected now (another epoch, a message twice, one that is not for us). */
ATR_MUST_USE atr_err atr_group_recv(atr_group *group, uint32_t from,
                                    atr_bytes message);

/* A message that waits to be sent: to a party, or ATR_GROUP_ALL. */
typedef struct {
    uint32_t to;
    atr_bytes body;
} atr_group_message;

/* atr_group_next shows the first one, atr_group_sent drops it. */
bool atr_group_next(const atr_group *group, atr_group_message *out);
void atr_group_sent(atr_group *group);

#endif
