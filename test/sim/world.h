/* world.h - many members and a hall in one process, under a virtual clock and
 * a network that delays, cuts, parts and reorders.
 *
 * Members and hall are the shipped ones; only connections, clock, entropy and
 * store are made up. A world is named by its seed: the same seed is the same
 * run, to the byte.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "proto/hall.h"
#include "proto/member.h"
#include "sim/cast.h"
#include "sim/memstore.h"

#define WORLD_MEMBERS_MAX 12
#define WORLD_SAID_MAX 64 /* texts of one member */

/* Who could come: keys, and whether each satisfies the policy. */
typedef struct {
    const atr_kem *kem;
    const atr_policy *policy;
    const atr_abe_key *const *keys;
    size_t key_count;
    const uint8_t *mpk;
    cast *cast;       /* who issues them for a period */
    bool has_periods; /* the room has some */
    size_t members;   /* most in one run */
    unsigned actions; /* things that happen */
} world_setup;

typedef struct {
    uint64_t steps, texts, epochs, crashes, cuts, resumes, refused, turns,
        withdrawn;
} world_sum;

/* world_run runs the world of `seed`, and adds to `sum`. Returns NULL when all
 * went as it must, or what did not (static, until the next call). With
 * `trace` it prints what happens. */
const char *world_run(const world_setup *setup, uint64_t seed, bool trace,
                      world_sum *sum);

#endif
