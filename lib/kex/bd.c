/* Burmester and Desmedt, EUROCRYPT 1994: two rounds of broadcasts on a ring.
 *
 *   Z   z_i = g^{x_i}
 *   X   X_i = (z_{i+1} / z_{i-1})^{x_i}
 *   K = z_{i-1}^{n x_i} X_i^{n-1} X_{i+1}^{n-2} .. X_{i-2}
 *     = g^{x_0 x_1 + x_1 x_2 + .. + x_{n-1} x_0}
 *
 * The powers of the X_j are a product of their partial products, 2 n - 3
 * products in place of n - 1 small powers; one more tells whether all X are
 * right.
 */
#include "kex/group_method.h"

enum { Z, X };

/* All z, then all X. */
static uint32_t room(uint32_t count)
{
    return 2 * count;
}

static atr_err begin(atr_group *g)
{
    g->awaited = 2 * (g->count - 1);
    atr_group_raise(g, &g->points[g->self], &atr_ristretto_generator);
    return atr_group_say(g, ATR_GROUP_ALL, Z, &g->points[g->self], 1);
}

static bool expects(const atr_group *g, uint8_t kind, uint32_t from,
                    uint32_t span[2])
{
    span[0] = kind == Z ? from : g->count + from;
    span[1] = 1;
    return kind == Z || kind == X;
}

static bool is_identity(const atr_ristretto *a)
{
    static const atr_ristretto identity = {{0}};

    return memcmp(a, &identity, sizeof identity) == 0;
}

/* A z that is the identity, or another's, is nobody's own. */
static bool z_is_fresh(const atr_group *g, uint32_t i)
{
    if (is_identity(&g->points[i])) {
        return false;
    }
    for (uint32_t j = 0; j < g->count; j++) {
        if (j != i &&
            memcmp(&g->points[j], &g->points[i], sizeof g->points[i]) == 0) {
            return false;
        }
    }
    return true;
}

static atr_err send_x(atr_group *g)
{
    uint32_t n = g->count;
    uint32_t i = g->self;
    atr_ristretto *own = &g->points[n + i];

    atr_ristretto_sub(own, &g->points[(i + 1) % n],
                      &g->points[(i + n - 1) % n]);
    g->cost.products++;
    atr_group_raise(g, own, own);
    return atr_group_say(g, ATR_GROUP_ALL, X, own, 1);
}

/* The last partial product lacks one X to be that of all, which is 1 when
 * every one is right. */
static atr_err finish(atr_group *g)
{
    uint32_t n = g->count;
    uint32_t last = (g->self + n - 1) % n;
    const atr_ristretto *each = &g->points[n];
    atr_ristretto_scalar times;
    atr_ristretto partial = each[g->self];
    atr_ristretto shared;

    atr_ristretto_scalar_of(&times, n);
    atr_ristretto_scalar_mul(&times, &times, &g->x);
    atr_ristretto_mul(&shared, &g->points[last], &times);
    g->cost.powers++;
    atr_ristretto_add(&shared, &shared, &partial);
    for (uint32_t k = 1; k < n - 1; k++) {
        atr_ristretto_add(&partial, &partial, &each[(g->self + k) % n]);
        atr_ristretto_add(&shared, &shared, &partial);
    }
    atr_ristretto_add(&partial, &partial, &each[last]);
    g->cost.products += 2 * n - 2;
    atr_wipe(&times, sizeof times);
    if (!is_identity(&partial)) {
        atr_wipe(&shared, sizeof shared);
        return ATR_ERR_AUTH;
    }
    atr_group_finish(
        g, shared.byte,
        (atr_bytes){(const uint8_t *)g->points, room(n) * sizeof *g->points});
    return ATR_OK;
}

/* An X may overtake another's Z. */
static bool all_z(const atr_group *g)
{
    for (uint32_t j = 0; j < g->count; j++) {
        if (j != g->self && (g->seen[j] & 1u << Z) == 0) {
            return false;
        }
    }
    return true;
}

static atr_err arrived(atr_group *g, uint8_t kind, uint32_t from)
{
    atr_err err;

    if (kind == Z && !z_is_fresh(g, from)) {
        return ATR_ERR_INPUT;
    }
    if (kind == Z && all_z(g) && (err = send_x(g)) != ATR_OK) {
        return err;
    }
    return --g->awaited == 0 ? finish(g) : ATR_OK;
}

const atr_group_method atr_group_bd = {
    .name = "bd",
    .takes_identity = true, /* with two parties both X are */
    .room = room,
    .begin = begin,
    .expects = expects,
    .arrived = arrived,
};
