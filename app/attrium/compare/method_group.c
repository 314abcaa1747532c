/* The methods of kex/group.h on the stage. */
#include <stdlib.h>

#include "app/attrium/compare/forms.h"
#include "app/attrium/compare/methods.h"

/* The long-lived keys of everybody, in the order of the seats. */
typedef struct {
    atr_group_identity *identity;
    atr_group_public *roster;
    uint32_t drawn; /* people so far: each newcomer is somebody new */
    uint32_t epoch;
} world;

static void close_world(atr_stage *stage)
{
    world *w = stage->world;

    if (w != NULL) {
        if (w->identity != NULL) {
            atr_wipe(w->identity, stage->most * sizeof *w->identity);
        }
        free(w->identity);
        free(w->roster);
        free(w);
        stage->world = NULL;
    }
}

static atr_err open_world(atr_stage *stage, uint32_t most)
{
    world *w = calloc(1, sizeof *w);

    stage->world = w;
    if (w == NULL ||
        (w->identity = calloc(most, sizeof *w->identity)) == NULL ||
        (w->roster = calloc(most, sizeof *w->roster)) == NULL) {
        return ATR_ERR_LIMIT;
    }
    for (uint32_t i = 0; i < most; i++) {
        atr_group_identity_init(&w->identity[i], &stage->rng);
        w->roster[i] = w->identity[i].known;
    }
    return ATR_OK;
}

static atr_err enter(void *party, atr_stage *stage, uint32_t self)
{
    world *w = stage->world;
    const atr_group_setup setup = {
        .method = (atr_group_method_id)stage->method->variant,
        .session = "a group of the comparison",
        .roster = w->roster,
        .count = stage->count,
        .self = self,
        .epoch = self == 0 ? 0 : ((const atr_group *)stage->party[0])->epoch,
        .identity = &w->identity[self],
    };

    return atr_group_init(party, &setup, &stage->mem, &stage->rng);
}

static void wipe(void *party)
{
    atr_group_wipe(party);
}

/* The leaver's keys go to the end, where the next newcomer finds them. */
static void rotate(world *w, uint32_t who, uint32_t last)
{
    atr_group_identity gone = w->identity[who];

    memmove(&w->identity[who], &w->identity[who + 1],
            (last - who) * sizeof *w->identity);
    memmove(&w->roster[who], &w->roster[who + 1],
            (last - who) * sizeof *w->roster);
    w->identity[last] = gone;
    w->roster[last] = gone.known;
    atr_wipe(&gone, sizeof gone);
}

static atr_err begin(void *party, atr_stage *stage, atr_group_step step,
                     uint32_t who)
{
    world *w = stage->world;
    atr_group *group = party;
    uint32_t last = stage->count - 1;
    bool is_newcomer = step == ATR_GROUP_JOIN && party == stage->party[last];

    if (step == ATR_GROUP_LEAVE && party == stage->party[0]) {
        rotate(w, who, stage->count);
    }
    return atr_group_begin(group, step, is_newcomer ? NULL : &w->roster[last],
                           who);
}

static atr_err recv(void *party, uint32_t from, atr_bytes message)
{
    return atr_group_recv(party, from, message);
}

static bool next(const void *party, atr_group_message *out)
{
    return atr_group_next(party, out);
}

static void sent(void *party)
{
    atr_group_sent(party);
}

static bool key(uint8_t out[ATR_GROUP_KEY_BYTES], const void *party)
{
    const atr_group *group = party;

    memcpy(out, group->key, ATR_GROUP_KEY_BYTES);
    return group->state == ATR_GROUP_KEYED;
}

static void cost(atr_ops *out, const void *party)
{
    const atr_group_cost *spent = &((const atr_group *)party)->cost;

    memset(out, 0, sizeof *out);
    out->of[ATR_OP_POWER] = spent->powers;
    out->of[ATR_OP_INVERSE] = spent->inverses;
    out->of[ATR_OP_PRODUCT] = spent->products;
    out->of[ATR_OP_DH] = spent->seals + spent->opens;
    out->of[ATR_OP_SIGN] = spent->signs;
    out->of[ATR_OP_VERIFY] = spent->verifies;
}

static bool form(atr_form *out, const atr_stage *stage, atr_group_step step)
{
    atr_form_group(out, (atr_group_method_id)stage->method->variant, step,
                   stage->count);
    return true;
}

#define METHOD(id, text, what, most, most_quick)                               \
    {                                                                          \
        .name = (text), .doc = (what), .variant = (id), .setup_max = (most),   \
        .change_max = (most), .quick_max = (most_quick),                       \
        .party_bytes = sizeof(atr_group), .open = open_world,                  \
        .close = close_world, .enter = enter, .wipe = wipe, .begin = begin,    \
        .recv = recv, .next = next, .sent = sent, .key = key, .cost = cost,    \
        .form = form,                                                          \
    }

const atr_method atr_method_gdh1 =
    METHOD(ATR_GROUP_GDH1, "gdh1", "GDH.1, a list up and down", 500, 100);
const atr_method atr_method_gdh2 =
    METHOD(ATR_GROUP_GDH2, "gdh2", "GDH.2, changes as in Cliques", 1000, 100);
const atr_method atr_method_gdh3 =
    METHOD(ATR_GROUP_GDH3, "gdh3", "GDH.3, centralised", 1000, 100);
const atr_method atr_method_bd =
    METHOD(ATR_GROUP_BD, "bd", "Burmester-Desmedt, two broadcasts", 1000, 100);
const atr_method atr_method_bcp = METHOD(
    ATR_GROUP_BCP, "bcp", "Bresson-Chevassut-Pointcheval, signed", 1000, 100);
const atr_method atr_method_hybrid = METHOD(
    ATR_GROUP_HYBRID, "hybrid", "a key sealed to each, as PGP", 1000, 100);
