/* group_method.h - what one method tells the machine of group.h. Messages are
 * points; who expects how many of them from whom is the method's table. For
 * lib/kex alone.
 */
#ifndef ATR_GROUP_METHOD_H
#define ATR_GROUP_METHOD_H

#include "kex/group.h"

struct atr_group_method {
    const char *name;
    bool is_signed;
    bool can_change;     /* joins and leaves without starting over */
    bool takes_identity; /* a point may be the identity */
    /* atr_group.points has room for `room(count)`. */
    uint32_t (*room)(uint32_t count);
    /* What this party says first in a step. ATR_ERR_LIMIT: no memory. */
    atr_err (*begin)(atr_group *group);
    /* Whether message `kind` from `from` is expected, and then how many points
     * it carries and where in `points` they go. */
    bool (*expects)(const atr_group *group, uint8_t kind, uint32_t from,
                    uint32_t span[2]);
    /* The message is in its place. */
    atr_err (*arrived)(atr_group *group, uint8_t kind, uint32_t from);
    /* In place of these two where messages are not made of points. */
    atr_err (*take)(atr_group *group, uint8_t kind, uint32_t from,
                    atr_bytes body);
};

extern const atr_group_method atr_group_gdh1;
extern const atr_group_method atr_group_gdh2;
extern const atr_group_method atr_group_gdh3;
extern const atr_group_method atr_group_bd;
extern const atr_group_method atr_group_bcp;
extern const atr_group_method atr_group_hybrid;

/* atr_group_raise is out = a^x of this party, counted. */
void atr_group_raise(atr_group *group, atr_ristretto *out,
                     const atr_ristretto *a);
/* The same for `count` points, in place. */
void atr_group_raise_all(atr_group *group, atr_ristretto *points,
                         uint32_t count);

/* atr_group_say queues message `kind` of `count` points. */
ATR_MUST_USE atr_err atr_group_say(atr_group *group, uint32_t to, uint8_t kind,
                                   const atr_ristretto *points, uint32_t count);
ATR_MUST_USE atr_err atr_group_say_bytes(atr_group *group, uint32_t to,
                                         uint8_t kind, atr_bytes body);

/* What keys and signatures of this step are for:
 * H(enc("ATR1/GKE/context", method, session) epoch enc(roster)). */
#define ATR_GROUP_CONTEXT_BYTES 32
void atr_group_context(uint8_t out[ATR_GROUP_CONTEXT_BYTES],
                       const atr_group *group);

/* atr_group_finish ends the step with the key
 * KDF("ATR1/GKE/key"; shared, enc(context, transcript)), and wipes `shared`,
 * 32 bytes. The transcript is what all parties saw, as far as all did. */
void atr_group_finish(atr_group *group, uint8_t shared[32],
                      atr_bytes transcript);

#endif
