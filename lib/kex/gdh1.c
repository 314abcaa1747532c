/* GDH.1 (Steiner, Tsudik, Waidner, CCS 1996, 3.1): a list grows on its way up
 * and shrinks on its way down. Parties count from 0.
 *
 *   up   i -> i+1   g^{x_0}, g^{x_0 x_1}, .., g^{x_0 .. x_i}
 *   down i -> i-1   g^{(x_0 .. x_{j-1}) x_i .. x_{n-1}},  j = 0 .. i-1
 *
 * Of what comes down a party raises the last to the key and passes on the
 * rest, raised.
 */
#include "kex/group_method.h"

enum { UP, DOWN };

/* The list from below, then that from above. */
static uint32_t room(uint32_t count)
{
    return 2 * count;
}

static atr_err begin(atr_group *g)
{
    if (g->self != 0) {
        return ATR_OK;
    }
    atr_group_raise(g, &g->points[0], &atr_ristretto_generator);
    return atr_group_say(g, 1, UP, g->points, 1);
}

static bool expects(const atr_group *g, uint8_t kind, uint32_t from,
                    uint32_t span[2])
{
    if (kind == UP) {
        span[1] = g->self;
        return g->self != 0 && from == g->self - 1;
    }
    span[0] = g->count;
    span[1] = g->self + 1;
    return kind == DOWN && from == g->self + 1 &&
           (g->self == 0 || (g->seen[g->self - 1] & 1u << UP) != 0);
}

/* The last point of `list` is raised to the key, the others for the party
 * before. */
static atr_err turn(atr_group *g, atr_ristretto *list, uint32_t count)
{
    atr_ristretto shared;
    atr_err err = ATR_OK;

    atr_group_raise(g, &shared, &list[count - 1]);
    if (count > 1) {
        atr_group_raise_all(g, list, count - 1);
        err = atr_group_say(g, g->self - 1, DOWN, list, count - 1);
    }
    atr_group_finish(g, shared.byte, (atr_bytes){NULL, 0});
    return err;
}

static atr_err arrived(atr_group *g, uint8_t kind, uint32_t from)
{
    uint32_t i = g->self;

    (void)from;
    if (kind == DOWN) {
        return turn(g, &g->points[g->count], i + 1);
    }
    if (i < g->count - 1) {
        atr_group_raise(g, &g->points[i], &g->points[i - 1]);
        return atr_group_say(g, i + 1, UP, g->points, i + 1);
    }
    g->points[g->count] = atr_ristretto_generator;
    memcpy(&g->points[g->count + 1], g->points, i * sizeof *g->points);
    return turn(g, &g->points[g->count], i + 1);
}

const atr_group_method atr_group_gdh1 = {
    .name = "gdh1",
    .room = room,
    .begin = begin,
    .expects = expects,
    .arrived = arrived,
};
