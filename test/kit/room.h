/* room.h - members of one room, for tests of the key exchange. */
#ifndef KIT_ROOM_H
#define KIT_ROOM_H

#include "kex/ake.h"
#include "kit/abe.h"

#define MESSAGE_BYTES_MAX 4096

typedef struct {
    atr_abe_key secret;
    atr_ake_signer signer;
    uint8_t bytes[MESSAGE_BYTES_MAX];
    atr_bytes message;
    atr_ake_part part;
} member;

/* The thesis's room, at epoch 0. */
static inline void room_init(atr_ake_room *room, atr_policy *policy,
                             const authority *a)
{
    policy_of(policy, "(ONE or THREE) and (TWO or FOUR)");
    room->kem = &a->kem;
    room->policy = policy;
    memset(room->room, 0x42, sizeof room->room);
}

static inline void member_init(member *m, const authority *a,
                               const atr_ake_room *room, const char *attrs,
                               atr_rng *rng)
{
    key_of(&m->secret, a, attrs, rng);
    atr_ake_signer_init(&m->signer, rng);
    m->message = (atr_bytes){m->bytes, atr_ake_message_len(room)};
    assert_true(m->message.len <= sizeof m->bytes);
    atr_ake_contribute(m->bytes, &m->part, room, 0, &m->signer, rng);
}

#endif
