/* GDH.2 (Steiner, Tsudik, Waidner, CCS 1996, 3.2), with the joins and leaves
 * of Cliques, and signed as Bresson, Chevassut and Pointcheval (EUROCRYPT
 * 2002) sign it. Parties count from 0; the last one is the controller. Point j
 * is g to the exponents of all parties but j.
 *
 *   up   i -> i+1   points 0 .. i of the first i+1 parties, and g^{x_0 .. x_i}
 *                   (party 0 leaves out the first, which is g)
 *   down            points 0 .. n-2, from the controller to all
 *
 * What comes up ends with a party's own point; each raises its own to the key.
 * For a change the controller multiplies its exponent by a fresh f and raises
 * the others' points to f. It then sends them down (leave, refresh), or up to
 * the newcomer, who becomes the controller (join). Who leaves has no point.
 */
#include "kex/group_method.h"

enum { UP, DOWN };

static uint32_t room(uint32_t count)
{
    return count + 1;
}

/* Raises this party's own point to the key. */
static void finish(atr_group *g)
{
    atr_ristretto shared;

    atr_group_raise(g, &shared, &g->points[g->self]);
    atr_group_finish(g, shared.byte,
                     (atr_bytes){(const uint8_t *)g->points,
                                 (g->count - 1) * sizeof *g->points});
}

static atr_err send_down(atr_group *g)
{
    atr_err err =
        atr_group_say(g, ATR_GROUP_ALL, DOWN, g->points, g->count - 1);

    finish(g);
    return err;
}

static atr_err send_up(atr_group *g)
{
    uint32_t next = g->self + 1;
    uint32_t skipped = g->self == 0 ? 1 : 0;

    atr_group_raise(g, &g->points[next], &g->points[g->self]);
    return atr_group_say(g, next, UP, &g->points[skipped], next + 1 - skipped);
}

/* All points but this party's own, the last: raised to f, x to x f. */
static void freshen(atr_group *g)
{
    atr_ristretto_scalar x = g->x;

    atr_ristretto_scalar_random(&g->x, g->rng);
    atr_group_raise_all(g, g->points, g->self);
    atr_ristretto_scalar_mul(&g->x, &g->x, &x);
    atr_wipe(&x, sizeof x);
}

static atr_err begin(atr_group *g)
{
    uint32_t controller = g->count - 1;

    if (g->step == ATR_GROUP_SETUP) {
        g->points[0] = atr_ristretto_generator;
        return g->self == 0 ? send_up(g) : ATR_OK;
    }
    if (g->step == ATR_GROUP_JOIN) { /* the one before the newcomer */
        controller--;
    }
    if (g->self != controller) {
        return ATR_OK;
    }
    freshen(g);
    return g->step == ATR_GROUP_JOIN ? send_up(g) : send_down(g);
}

static bool expects(const atr_group *g, uint8_t kind, uint32_t from,
                    uint32_t span[2])
{
    uint32_t last = g->count - 1;
    bool goes_up = g->step == ATR_GROUP_SETUP ||
                   (g->step == ATR_GROUP_JOIN && g->self == last);

    if (kind == UP) {
        span[0] = g->self == 1 ? 1 : 0;
        span[1] = g->self + 1 - span[0];
        return goes_up && g->self != 0 && from == g->self - 1;
    }
    span[1] = last;
    return kind == DOWN && from == last &&
           (!goes_up || g->self == 0 || (g->seen[g->self - 1] & 1u << UP) != 0);
}

static atr_err arrived(atr_group *g, uint8_t kind, uint32_t from)
{
    (void)from;
    if (kind == DOWN) {
        finish(g);
        return ATR_OK;
    }
    atr_group_raise_all(g, g->points, g->self);
    return g->self == g->count - 1 ? send_down(g) : send_up(g);
}

#define METHOD(text, with_signatures)                                          \
    {                                                                          \
        .name = (text), .is_signed = (with_signatures), .can_change = true,    \
        .room = room, .begin = begin, .expects = expects, .arrived = arrived,  \
    }

const atr_group_method atr_group_gdh2 = METHOD("gdh2", false);
const atr_group_method atr_group_bcp = METHOD("bcp", true);
