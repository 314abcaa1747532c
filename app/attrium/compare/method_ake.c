/* AB-AKE in one round (kex/ake.h) on the stage, under a scheme of abe.h or
 * under FAME. The policy is the thesis's; every member holds all its
 * attributes. */
#include <stdlib.h>

#include "app/attrium/compare/forms.h"
#include "app/attrium/compare/methods.h"
#include "kex/ake.h"
#include "policy/policy_text.h"
#include "scheme/fame.h"

#define POLICY "(ONE or THREE) and (TWO or FOUR)"
#define ATTRIBUTES "ONE, TWO, THREE, FOUR"

typedef struct {
    atr_kem kem;
    atr_policy policy;
    atr_abe abe;
    atr_abe_key secret;
    atr_cache cache; /* attributes are hashed once, as in the programs */
    atr_fame fame;
    atr_fame_key fame_secret;
    atr_fame_cache fame_cache;
    atr_cp fame_cp;
    atr_ake_room room;
    atr_abe_form form;
} world;

typedef struct {
    const world *w;
    atr_mem *mem;
    uint32_t self;
    uint32_t count; /* parts: those of all members, in the order of seats */
    uint64_t epoch;
    atr_ake_signer signer;
    atr_ake_part *parts;
    uint8_t *message; /* this member's contribution */
    uint8_t *waiting; /* those of the others, until the last of a step came */
    uint32_t *from;   /* whose they are */
    uint32_t held;    /* how many there are, and how many fit */
    uint32_t room;
    bool unsaid;
    bool is_keyed;
    uint8_t key[ATR_AKE_KEY_BYTES];
    uint64_t encaps, decaps;
} member;

static void close_world(atr_stage *stage)
{
    world *w = stage->world;

    if (w != NULL) {
        atr_abe_key_wipe(&w->secret);
        atr_fame_key_wipe(&w->fame_secret);
        free(w);
        stage->world = NULL;
    }
}

/* Counts what is raised to powers, hashed and paired, from the plan that an
 * opening follows. */
static atr_err count_abe(world *w, uint8_t scheme)
{
    bool is_fabeo = scheme == ATR_SCHEME_FABEO;
    atr_policy_rows rows;
    atr_share_plan plan;
    atr_err err = atr_share_plan_make(&plan, &w->policy, &w->secret.attrs,
                                      w->abe.scheme->cost);

    if (err == ATR_OK) {
        atr_policy_rows_of(&rows, &w->policy);
        w->form = (atr_abe_form){
            .g1 = 2 * rows.count,
            .g2 = 1 + (is_fabeo ? rows.repeats : rows.count),
            .gt = 1,
            .hashes = rows.count,
            .pairs = 2 + (is_fabeo ? rows.repeats : plan.count),
        };
    }
    return err;
}

static atr_err open_abe(world *w, uint8_t scheme, const atr_attrs *attrs,
                        atr_rng *rng)
{
    atr_mpk mpk;
    atr_fr alpha;
    atr_err err;

    atr_abe_setup(&alpha, &mpk, scheme, rng);
    if ((err = atr_abe_init(&w->abe, &mpk)) == ATR_OK) {
        atr_abe_lend_cache(&w->abe, &w->cache);
        atr_abe_keygen(&w->secret, &w->abe, &alpha, attrs, rng);
        w->kem = atr_kem_of(&w->abe);
        err = count_abe(w, scheme);
    }
    atr_wipe(&alpha, sizeof alpha);
    return err;
}

static atr_err open_fame(world *w, const atr_attrs *attrs, atr_rng *rng)
{
    uint8_t mpk[ATR_FAME_MPK_BYTES];
    atr_fame_master master;
    atr_policy_rows rows;
    atr_err err;

    atr_fame_setup(&master, mpk, rng);
    if ((err = atr_fame_init(&w->fame, mpk)) == ATR_OK) {
        atr_fame_keygen(&w->fame_secret, &w->fame, &master, attrs, rng);
        atr_fame_lend_cache(&w->fame, &w->fame_cache);
        w->fame_cp = atr_fame_cp(&w->fame, &w->fame_secret);
        w->kem = atr_cp_kem(&w->fame_cp);
        atr_policy_rows_of(&rows, &w->policy);
        w->form = (atr_abe_form){
            .g1 = 6 * rows.count,
            .g2 = 3,
            .gt = 2,
            .hashes = 6 * (rows.count + atr_share_columns(&w->policy)),
            .pairs = 6,
        };
    }
    atr_wipe(&master, sizeof master);
    return err;
}

static atr_err open_world(atr_stage *stage, uint32_t most)
{
    uint8_t scheme = (uint8_t)stage->method->variant;
    world *w = calloc(1, sizeof *w);
    atr_attrs attrs;
    atr_err err;

    (void)most;
    stage->world = w;
    if (w == NULL) {
        return ATR_ERR_LIMIT;
    }
    w->room.kem = &w->kem;
    w->room.policy = &w->policy;
    if ((err = atr_policy_parse(&w->policy, ATR_LITERAL(POLICY), NULL)) !=
            ATR_OK ||
        (err = atr_attrs_parse(&attrs, ATR_LITERAL(ATTRIBUTES), NULL)) !=
            ATR_OK) {
        return err;
    }
    return scheme == ATR_FAME_ID ? open_fame(w, &attrs, &stage->rng)
                                 : open_abe(w, scheme, &attrs, &stage->rng);
}

static size_t message_len(const member *m)
{
    return atr_ake_message_len(&m->w->room);
}

/* Makes place for the parts of `count` members. */
static atr_err hold(member *m, uint32_t count)
{
    atr_ake_part *parts = atr_mem_resize(
        m->mem, m->parts, m->count * sizeof *parts, count * sizeof *parts);

    if (parts == NULL) {
        return ATR_ERR_LIMIT;
    }
    m->parts = parts;
    m->count = count;
    return ATR_OK;
}

/* Makes place for `awaited` messages. */
static atr_err await(member *m, uint32_t awaited)
{
    size_t len = message_len(m);
    size_t old = m->room;

    m->held = 0;
    m->room = 0;
    atr_mem_free(m->mem, m->waiting, old * len);
    atr_mem_free(m->mem, m->from, old * sizeof *m->from);
    m->waiting = NULL;
    m->from = NULL;
    if (awaited == 0) {
        return ATR_OK;
    }
    m->waiting = atr_mem_alloc(m->mem, awaited * len);
    m->from = atr_mem_alloc(m->mem, awaited * sizeof *m->from);
    m->room = awaited;
    return m->waiting == NULL || m->from == NULL ? ATR_ERR_LIMIT : ATR_OK;
}

static atr_err enter(void *party, atr_stage *stage, uint32_t self)
{
    member *m = party;

    m->w = stage->world;
    m->mem = &stage->mem;
    m->self = self;
    m->epoch = self == 0 ? 0 : ((const member *)stage->party[0])->epoch;
    atr_ake_signer_init(&m->signer, &stage->rng);
    m->message = atr_mem_alloc(m->mem, message_len(m));
    return m->message == NULL ? ATR_ERR_LIMIT : hold(m, stage->count);
}

static void wipe(void *party)
{
    member *m = party;

    if (m->mem != NULL) {
        atr_mem_free(m->mem, m->message, message_len(m));
        atr_mem_free(m->mem, m->waiting, m->room * message_len(m));
        atr_mem_free(m->mem, m->from, m->room * sizeof *m->from);
        atr_mem_free(m->mem, m->parts, m->count * sizeof *m->parts);
        atr_wipe(m, sizeof *m);
    }
}

static void contribute(member *m, atr_stage *stage)
{
    atr_ake_contribute(m->message, &m->parts[m->self], &m->w->room, m->epoch,
                       &m->signer, &stage->rng);
    m->encaps++;
}

static atr_err agree(member *m)
{
    atr_ake_keys keys;
    atr_err err =
        atr_ake_agree(&keys, &m->w->room, m->epoch, m->parts, m->count);

    if (err == ATR_OK) {
        memcpy(m->key, keys.session, sizeof m->key);
        m->is_keyed = true;
    }
    atr_ake_keys_wipe(&keys);
    return err;
}

static atr_err change(member *m, atr_group_step step, uint32_t who)
{
    if (step == ATR_GROUP_LEAVE) {
        memmove(&m->parts[who], &m->parts[who + 1],
                (m->count - who - 1) * sizeof *m->parts);
        m->self -= m->self > who;
        return hold(m, m->count - 1);
    }
    return step == ATR_GROUP_JOIN && m->is_keyed ? hold(m, m->count + 1)
                                                 : ATR_OK;
}

/* In a set-up all speak; in a join the newcomer; else the first one, with a
 * fresh contribution in place of its old. */
static atr_err begin(void *party, atr_stage *stage, atr_group_step step,
                     uint32_t who)
{
    member *m = party;
    bool is_new = !m->is_keyed;
    bool speaks = step == ATR_GROUP_SETUP ||
                  (step == ATR_GROUP_JOIN ? is_new : party == stage->party[0]);
    atr_err err = change(m, step, who);

    if (err != ATR_OK) {
        return err;
    }
    m->epoch++;
    if ((err = await(m, is_new ? m->count - 1 : !speaks)) != ATR_OK) {
        return err;
    }
    m->is_keyed = false;
    if (speaks) {
        contribute(m, stage);
        m->unsaid = true;
    }
    return m->room == 0 ? agree(m) : ATR_OK;
}

/* What has come is opened together, as a client does that enters a room. */
static atr_err accept_all(member *m)
{
    atr_ake_arrival items[ATR_AKE_TOGETHER];
    atr_err err = ATR_OK;
    size_t len = message_len(m);

    for (uint32_t at = 0; at < m->held && err == ATR_OK;) {
        uint32_t left = m->held - at;
        uint32_t part = left < ATR_AKE_TOGETHER ? left : ATR_AKE_TOGETHER;

        for (uint32_t k = 0; k < part; k++) {
            items[k].message = (atr_bytes){m->waiting + (at + k) * len, len};
        }
        atr_ake_accept_many(items, part, &m->w->room, &m->w->secret);
        for (uint32_t k = 0; k < part; k++) {
            err = err == ATR_OK ? items[k].err : err;
            m->parts[m->from[at + k]] = items[k].part;
        }
        m->decaps += part;
        at += part;
    }
    m->held = 0;
    atr_wipe(items, sizeof items);
    return err;
}

static atr_err recv(void *party, uint32_t from, atr_bytes message)
{
    member *m = party;
    atr_err err;

    if (from >= m->count || m->held == m->room) {
        return ATR_ERR_STATE;
    }
    if (message.len != message_len(m)) {
        return ATR_ERR_INPUT;
    }
    memcpy(m->waiting + m->held * message.len, message.data, message.len);
    m->from[m->held++] = from;
    if (m->held != m->room) {
        return ATR_OK;
    }
    err = accept_all(m);
    return err == ATR_OK ? agree(m) : err;
}

/* All have opened all contributions, without having done so. */
static atr_err prepare(atr_stage *stage)
{
    atr_err err = ATR_OK;

    for (uint32_t i = 0; i < stage->count; i++) {
        member *m = stage->party[i];

        m->epoch++;
        contribute(m, stage);
        for (uint32_t j = 0; j < stage->count; j++) {
            ((member *)stage->party[j])->parts[i] = m->parts[i];
        }
    }
    for (uint32_t i = 0; i < stage->count && err == ATR_OK; i++) {
        err = agree(stage->party[i]);
    }
    return err;
}

static bool next(const void *party, atr_group_message *out)
{
    const member *m = party;

    *out = (atr_group_message){ATR_GROUP_ALL, {m->message, message_len(m)}};
    return m->unsaid;
}

static void sent(void *party)
{
    ((member *)party)->unsaid = false;
}

static bool key(uint8_t out[ATR_GROUP_KEY_BYTES], const void *party)
{
    const member *m = party;

    memcpy(out, m->key, sizeof m->key);
    return m->is_keyed;
}

static void cost(atr_ops *out, const void *party)
{
    const member *m = party;

    memset(out, 0, sizeof *out);
    atr_form_abe(out, &m->w->form, m->encaps, m->decaps);
    out->of[ATR_OP_SIGN] = m->encaps;
    out->of[ATR_OP_VERIFY] = m->decaps;
}

static atr_bytes logged(const atr_stage *stage, uint32_t i)
{
    const member *m = stage->party[i];

    return (atr_bytes){m->message, message_len(m)};
}

static bool form(atr_form *out, const atr_stage *stage, atr_group_step step)
{
    const world *w = stage->world;

    atr_form_ake(out, &w->form, step, stage->count);
    return true;
}

#define METHOD(id, text, most_quick, what)                                     \
    {                                                                          \
        .name = (text), .doc = (what), .variant = (id), .setup_max = 100,      \
        .change_max = 1000, .quick_max = (most_quick),                         \
        .party_bytes = sizeof(member), .open = open_world,                     \
        .close = close_world, .enter = enter, .wipe = wipe,                    \
        .prepare = prepare, .begin = begin, .recv = recv, .next = next,        \
        .sent = sent, .key = key, .cost = cost, .logged = logged,              \
        .form = form,                                                          \
    }

const atr_method atr_method_ake_fabeo =
    METHOD(ATR_SCHEME_FABEO, "ake-fabeo", 50, "AB-AKE in one round, FABEO");
const atr_method atr_method_ake_w11 =
    METHOD(ATR_SCHEME_W11, "ake-w11", 50, "AB-AKE in one round, Waters");
const atr_method atr_method_ake_fame =
    METHOD(ATR_FAME_ID, "ake-fame", 20, "AB-AKE in one round, FAME");
