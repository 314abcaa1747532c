/* GDH.3 (Steiner, Tsudik, Waidner, CCS 1996, 3.3): few exponentiations for
 * all but the last party. Parties count from 0; p = n-2 is the last but one.
 *
 *   up    i -> i+1     g^{x_0 .. x_i}, until p has it
 *   whole p -> all     w = g^{x_0 .. x_p}
 *   back  i -> n-1     w^{1 / x_i}; p has this one already
 *   down  n-1 -> all   these, raised: g^{x_0 .. x_{n-1} / x_i}, i = 0 .. p
 */
#include "kex/group_method.h"

enum { UP, WHOLE, BACK, DOWN };

/* Where points stand: what came up, the whole, then one for each party. */
enum { BELOW, PRODUCT, EACH };

static uint32_t room(uint32_t count)
{
    return EACH + count;
}

static bool has(const atr_group *g, uint32_t from, uint8_t kind)
{
    return (g->seen[from] & 1u << kind) != 0;
}

/* What came from below is raised and goes on its way. */
static atr_err pass_on(atr_group *g)
{
    uint32_t p = g->count - 2;
    atr_ristretto *product = &g->points[PRODUCT];
    atr_err err;

    atr_group_raise(g, product, &g->points[BELOW]);
    if (g->self < p) {
        return atr_group_say(g, g->self + 1, UP, product, 1);
    }
    if ((err = atr_group_say(g, ATR_GROUP_ALL, WHOLE, product, 1)) != ATR_OK) {
        return err;
    }
    return atr_group_say(g, p + 1, BACK, &g->points[BELOW], 1);
}

static atr_err begin(atr_group *g)
{
    g->awaited = g->count; /* at the last party: the whole, and all back */
    g->points[BELOW] = atr_ristretto_generator;
    return g->self == 0 ? pass_on(g) : ATR_OK;
}

static bool expects(const atr_group *g, uint8_t kind, uint32_t from,
                    uint32_t span[2])
{
    uint32_t last = g->count - 1;
    uint32_t p = last - 1;
    bool raised = g->self == 0 || (g->self < last && has(g, g->self - 1, UP));

    span[1] = 1;
    switch (kind) {
    case UP:
        span[0] = BELOW;
        return g->self != 0 && g->self < last && from == g->self - 1;
    case WHOLE:
        span[0] = PRODUCT;
        return from == p && (raised || g->self == last);
    case BACK:
        span[0] = EACH + from;
        return g->self == last;
    case DOWN:
        span[0] = EACH;
        span[1] = last;
        return from == last && raised && (g->self == p || has(g, p, WHOLE));
    default:
        return false;
    }
}

/* w^{1/x} to the last party. */
static atr_err send_back(atr_group *g)
{
    atr_ristretto_scalar x = g->x;
    atr_ristretto back;

    atr_ristretto_scalar_inv(&g->x, &x);
    g->cost.inverses++;
    atr_group_raise(g, &back, &g->points[PRODUCT]);
    g->x = x;
    atr_wipe(&x, sizeof x);
    return atr_group_say(g, g->count - 1, BACK, &back, 1);
}

static void finish(atr_group *g, const atr_ristretto *own)
{
    atr_ristretto shared;

    atr_group_raise(g, &shared, own);
    atr_group_finish(g, shared.byte,
                     (atr_bytes){(const uint8_t *)&g->points[EACH],
                                 (g->count - 1) * sizeof *g->points});
}

static atr_err gather(atr_group *g)
{
    atr_err err;

    if (--g->awaited != 0) {
        return ATR_OK;
    }
    atr_group_raise_all(g, &g->points[EACH], g->count - 1);
    err = atr_group_say(g, ATR_GROUP_ALL, DOWN, &g->points[EACH], g->count - 1);
    finish(g, &g->points[PRODUCT]);
    return err;
}

static atr_err arrived(atr_group *g, uint8_t kind, uint32_t from)
{
    (void)from;
    if (g->self == g->count - 1) {
        return gather(g);
    }
    if (kind == DOWN) {
        finish(g, &g->points[EACH + g->self]);
        return ATR_OK;
    }
    return kind == UP ? pass_on(g) : send_back(g);
}

const atr_group_method atr_group_gdh3 = {
    .name = "gdh3",
    .room = room,
    .begin = begin,
    .expects = expects,
    .arrived = arrived,
};
