/* puppet.h - a hall that says what a test wants, to one member, with
 * accomplices who hold every secret: to see what a member lets pass.
 */
#ifndef SIM_PUPPET_H
#define SIM_PUPPET_H

#include "proto/join.h"
#include "proto/member.h"
#include "sim/stage.h"

typedef struct {
    atr_ake_signer signer;
    atr_ake_part part;
    uint8_t message[1024];
    size_t message_len;
} puppet_friend;

typedef struct {
    const cast *cast;
    atr_member *member;
    atr_mem mem;
    atr_rng rng;
    atr_time now;
    uint8_t nonce[32];
    uint8_t room[32];
    uint8_t descriptor[4096];
    size_t descriptor_len;
    atr_ake_room ake;
    uint64_t seq;
    uint64_t epoch;
    uint32_t period_s; /* 0: the room has none */
    atr_period period;
    atr_policy policy;         /* in that period */
    const atr_abe_key *secret; /* the member's, in place of the cast's */
    uint8_t frame[40000];
    stage_person seen; /* the events of the member */
} puppet;

/* Makes a member with the cast's `key` that wants into the puppet's room. */
void puppet_init(puppet *p, const cast *players, size_t key);
/* One with the key `secret` that wants into a room with periods of a day, in
 * `period`. */
void puppet_init_periods(puppet *p, const cast *players,
                         const atr_abe_key *secret, atr_period period);
void puppet_free(puppet *p);
/* Another member for the same puppet, from another seed; already opened. */
atr_member *puppet_member(puppet *p, const cast *players, size_t key,
                          uint8_t seed);

/* Sends one frame; returns what the member says to it. */
atr_err puppet_send(puppet *p, atr_frame_type type, atr_bytes body);
atr_err puppet_hello(puppet *p);
atr_err puppet_room(puppet *p, atr_seat seat, uint64_t head, uint64_t acked);
/* A challenge under `policy` with capsule for this member. */
atr_err puppet_challenge(puppet *p, const atr_policy *policy, uint8_t key[32]);
atr_err puppet_admit(puppet *p, uint32_t parts);
atr_err puppet_event(puppet *p, uint64_t seq, const atr_record *record);

/* The newest frame of `type` that the member has sent, or an empty view; all
 * that it had to send is taken. */
atr_bytes puppet_take(puppet *p, atr_frame_type type);

/* An accomplice's contribution to the room with that base. */
void puppet_friend_make(puppet_friend *f, puppet *p, uint64_t base);
/* Appends it: the next epoch. */
atr_err puppet_contribution(puppet *p, const puppet_friend *f);

/* Through the door and joined, with the member's contribution in `own` and
 * one accomplice, whose confirmation has arrived: the member may speak. */
void puppet_join(puppet *p, puppet_friend *f, puppet_friend *own);
/* The keys of the present epoch from these parts. */
void puppet_keys(atr_ake_keys *keys, puppet *p, const atr_ake_part *parts,
                 size_t count);
atr_err puppet_confirm(puppet *p, const puppet_friend *f,
                       const atr_ake_keys *keys);
/* What atr_member_key_mark would say of `keys`. */
void puppet_mark(uint8_t mark[32], const atr_ake_keys *keys);
/* Any plaintext of an accomplice, rightly sealed and signed. */
void puppet_sealed(atr_record *record, puppet *p, const puppet_friend *f,
                   const atr_ake_keys *keys, uint64_t number, atr_bytes plain);
/* A text of an accomplice; `record` borrows from the puppet. */
void puppet_text(atr_record *record, puppet *p, const puppet_friend *f,
                 const atr_ake_keys *keys, uint64_t number, const char *text);

#endif
