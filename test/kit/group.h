/* group.h - parties of a group key exchange and the wire between them, for
 * tests. Messages between two parties keep their order; whose message comes
 * next is drawn.
 */
#ifndef KIT_GROUP_H
#define KIT_GROUP_H

#include "kex/group.h"
#include "kit/kit.h"

#define RING_MAX 12
#define WIRE_MAX 1024

/* A message on its way. */
typedef struct {
    uint32_t from, to;
    size_t len;
    uint8_t *bytes;
} letter;

/* What was sent in a step. */
typedef struct {
    uint64_t messages, broadcasts, points;
} traffic;

typedef struct ring ring;
struct ring {
    atr_group_method_id method;
    uint32_t count;
    atr_group party[RING_MAX];
    atr_group_identity identity[RING_MAX];
    atr_group_public roster[RING_MAX];
    kit_heap heap;
    atr_mem mem;
    atr_rng rng;     /* of the parties */
    atr_rng weather; /* of the wire */
    letter wire[WIRE_MAX];
    size_t waiting;
    traffic sent;
    /* May change a letter as it is delivered; NULL changes none. */
    void (*tamper)(ring *r, letter *at);
    void *tamper_with;
    uint32_t delivered; /* letters so far */
};

static inline void ring_person(ring *r, uint32_t i)
{
    atr_group_identity_init(&r->identity[i], &r->rng);
    r->roster[i] = r->identity[i].known;
}

static inline void ring_party(ring *r, uint32_t i, uint32_t count,
                              uint32_t epoch)
{
    const atr_group_setup setup = {
        .method = r->method,
        .session = "a session of the tests",
        .roster = r->roster,
        .count = count,
        .self = i,
        .epoch = epoch,
        .identity = &r->identity[i],
    };

    assert_int_equal(atr_group_init(&r->party[i], &setup, &r->mem, &r->rng),
                     ATR_OK);
}

static inline void ring_init(ring *r, atr_group_method_id method,
                             uint32_t count, uint64_t seed)
{
    memset(r, 0, sizeof *r);
    r->method = method;
    r->count = count;
    r->mem = kit_mem(&r->heap, 64 << 20);
    kit_rng(&r->rng, seed);
    kit_rng(&r->weather, seed + 1);
    for (uint32_t i = 0; i < count; i++) {
        ring_person(r, i);
    }
    for (uint32_t i = 0; i < count; i++) {
        ring_party(r, i, count, 0);
    }
}

static inline void ring_wipe(ring *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        atr_group_wipe(&r->party[i]);
    }
    for (size_t i = 0; i < r->waiting; i++) {
        free(r->wire[i].bytes);
    }
    assert_int_equal(r->heap.blocks, 0);
}

static inline void ring_put(ring *r, uint32_t from, uint32_t to,
                            atr_bytes bytes)
{
    letter *at = &r->wire[r->waiting++];

    assert_true(r->waiting < WIRE_MAX);
    *at = (letter){from, to, bytes.len, malloc(bytes.len + 1)};
    memcpy(at->bytes, bytes.data, bytes.len);
}

/* What the parties have to say goes on the wire. */
static inline void ring_collect(ring *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        atr_group_message message;

        while (atr_group_next(&r->party[i], &message)) {
            r->sent.messages++;
            r->sent.broadcasts += message.to == ATR_GROUP_ALL;
            r->sent.points += (message.body.len - 5) / ATR_RISTRETTO_BYTES;
            for (uint32_t j = 0; j < r->count; j++) {
                if (j != i &&
                    (message.to == j || message.to == ATR_GROUP_ALL)) {
                    ring_put(r, i, j, message.body);
                }
            }
            atr_group_sent(&r->party[i]);
        }
    }
}

/* Whether an older letter between the same two waits. */
static inline bool ring_overtakes(const ring *r, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (r->wire[i].from == r->wire[at].from &&
            r->wire[i].to == r->wire[at].to) {
            return true;
        }
    }
    return false;
}

/* Delivers one letter; returns what its receiver says of it. */
static inline atr_err ring_deliver(ring *r)
{
    size_t at;
    letter now;
    atr_err err;

    do {
        at = (size_t)atr_rng_below_vartime(&r->weather, r->waiting);
    } while (ring_overtakes(r, at));
    now = r->wire[at];
    r->waiting--;
    memmove(&r->wire[at], &r->wire[at + 1],
            (r->waiting - at) * sizeof r->wire[0]);
    if (r->tamper != NULL) {
        r->tamper(r, &now);
    }
    r->delivered++;
    err = atr_group_recv(&r->party[now.to], now.from,
                         (atr_bytes){now.bytes, now.len});
    free(now.bytes);
    return err;
}

/* Runs until nobody says anything. Returns the first error. */
static inline atr_err ring_run(ring *r)
{
    atr_err first = ATR_OK;

    for (ring_collect(r); r->waiting != 0; ring_collect(r)) {
        atr_err err = ring_deliver(r);

        first = first == ATR_OK ? err : first;
    }
    return first;
}

static inline atr_err ring_setup(ring *r)
{
    memset(&r->sent, 0, sizeof r->sent);
    for (uint32_t i = 0; i < r->count; i++) {
        assert_int_equal(
            atr_group_begin(&r->party[i], ATR_GROUP_SETUP, NULL, 0), ATR_OK);
    }
    return ring_run(r);
}

static inline atr_err ring_join(ring *r)
{
    uint32_t last = r->count;

    memset(&r->sent, 0, sizeof r->sent);
    ring_person(r, last);
    ring_party(r, last, last + 1, r->party[0].epoch);
    for (uint32_t i = 0; i <= last; i++) {
        assert_int_equal(atr_group_begin(&r->party[i], ATR_GROUP_JOIN,
                                         i == last ? NULL : &r->roster[last],
                                         0),
                         ATR_OK);
    }
    r->count++;
    return ring_run(r);
}

/* The machine of who leaves is given back as it was. */
static inline atr_err ring_leave(ring *r, uint32_t who, atr_group *leaver)
{
    memset(&r->sent, 0, sizeof r->sent);
    *leaver = r->party[who];
    r->count--;
    memmove(&r->party[who], &r->party[who + 1],
            (r->count - who) * sizeof r->party[0]);
    memmove(&r->identity[who], &r->identity[who + 1],
            (r->count - who) * sizeof r->identity[0]);
    memmove(&r->roster[who], &r->roster[who + 1],
            (r->count - who) * sizeof r->roster[0]);
    for (uint32_t i = 0; i < r->count; i++) {
        assert_int_equal(
            atr_group_begin(&r->party[i], ATR_GROUP_LEAVE, NULL, who), ATR_OK);
    }
    return ring_run(r);
}

static inline atr_err ring_refresh(ring *r)
{
    memset(&r->sent, 0, sizeof r->sent);
    for (uint32_t i = 0; i < r->count; i++) {
        assert_int_equal(
            atr_group_begin(&r->party[i], ATR_GROUP_REFRESH, NULL, 0), ATR_OK);
    }
    return ring_run(r);
}

/* All hold one key, which is not zero. */
static inline void ring_agrees(const ring *r)
{
    static const uint8_t zero[ATR_GROUP_KEY_BYTES];

    for (uint32_t i = 0; i < r->count; i++) {
        assert_int_equal(r->party[i].state, ATR_GROUP_KEYED);
        assert_memory_equal(r->party[i].key, r->party[0].key, sizeof zero);
    }
    assert_memory_not_equal(r->party[0].key, zero, sizeof zero);
}

static inline atr_group_cost ring_cost(const ring *r)
{
    atr_group_cost sum = {0};

    for (uint32_t i = 0; i < r->count; i++) {
        const atr_group_cost *cost = &r->party[i].cost;

        sum.powers += cost->powers;
        sum.inverses += cost->inverses;
        sum.products += cost->products;
        sum.signs += cost->signs;
        sum.verifies += cost->verifies;
        sum.seals += cost->seals;
        sum.opens += cost->opens;
    }
    return sum;
}

#endif
