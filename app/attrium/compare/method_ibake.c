/* Identity-based key exchange (kex/ibake.h) on the stage. It is for two; a
 * group of it is a star: the first member runs it with each other one, keeps
 * the keys, and seals a fresh group key to each whenever somebody comes or
 * goes. When the first member leaves, the next one begins anew. */
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/compare/forms.h"
#include "app/attrium/compare/methods.h"
#include "base/bytes.h"
#include "kex/ibake.h"
#include "sym/aead.h"

#define HANDED_BYTES (8 + ATR_GROUP_KEY_BYTES + ATR_AEAD_TAG_BYTES)

typedef struct {
    atr_bf bf;
    atr_bf_key *person; /* `most`: the seats' owners, in their order */
    bool anew;          /* this step runs every exchange */
} world;

/* An exchange, and the key that is left of it. */
typedef struct {
    atr_bf_recipient peer;
    atr_ibake ibake;
    uint8_t key[ATR_AEAD_KEY_BYTES];
    bool is_open;
} channel;

typedef struct {
    const world *w;
    atr_mem *mem;
    atr_rng *rng;
    const atr_bf_key *own;
    uint32_t self, count;
    channel *to; /* of the first member one for each seat, else one */
    uint32_t room;
    uint32_t running; /* exchanges not done yet */
    uint64_t epoch;
    bool is_keyed;
    uint8_t key[ATR_GROUP_KEY_BYTES];
    atr_queue out;
    uint64_t encaps, decaps, peers, powers;
} member;

static void close_world(atr_stage *stage)
{
    world *w = stage->world;

    if (w != NULL) {
        if (w->person != NULL) {
            atr_wipe(w->person, stage->most * sizeof *w->person);
        }
        free(w->person);
        free(w);
        stage->world = NULL;
    }
}

static atr_err open_world(atr_stage *stage, uint32_t most)
{
    uint8_t mpk[ATR_BF_MPK_BYTES];
    world *w = calloc(1, sizeof *w);
    atr_err err = ATR_ERR_LIMIT;
    atr_fr s;

    stage->world = w;
    if (w == NULL || (w->person = calloc(most, sizeof *w->person)) == NULL) {
        return err;
    }
    atr_bf_setup(&s, mpk, &stage->rng);
    err = atr_bf_init(&w->bf, mpk);
    for (uint32_t i = 0; i < most && err == ATR_OK; i++) {
        char name[32];
        int len = snprintf(name, sizeof name, "member-%u", i);
        atr_identity id;

        err = atr_identity_of(
            &id, (atr_bytes){(const uint8_t *)name, (size_t)len}, 0);
        if (err == ATR_OK) {
            atr_bf_extract(&w->person[i], &w->bf, &s, &id);
        }
    }
    atr_wipe(&s, sizeof s);
    return err;
}

static atr_err enter(void *party, atr_stage *stage, uint32_t self)
{
    member *m = party;

    m->w = stage->world;
    m->mem = &stage->mem;
    m->rng = &stage->rng;
    m->own = &m->w->person[self];
    m->self = self;
    m->count = stage->count;
    m->epoch = self == 0 ? 0 : ((const member *)stage->party[0])->epoch;
    return ATR_OK;
}

static void wipe(void *party)
{
    member *m = party;

    if (m->mem != NULL) {
        atr_mem_free(m->mem, m->to, m->room * sizeof *m->to);
        atr_queue_wipe(&m->out, m->mem);
        atr_wipe(m, sizeof *m);
    }
}

static atr_err hold(member *m, uint32_t channels)
{
    channel *to = atr_mem_resize(m->mem, m->to, m->room * sizeof *to,
                                 channels * sizeof *to);

    if (to == NULL) {
        return ATR_ERR_LIMIT;
    }
    m->to = to;
    m->room = channels;
    return ATR_OK;
}

static channel *channel_to(member *m, uint32_t peer)
{
    return m->self == 0 ? &m->to[peer] : &m->to[0];
}

/* Messages ---------------------------------------------------------------- */

static atr_err say(member *m, uint32_t to, atr_bytes body)
{
    uint8_t *at = atr_queue_space(&m->out, m->mem, 8 + body.len);
    atr_builder builder = atr_builder_of(at, 8 + body.len);

    if (at == NULL) {
        return ATR_ERR_LIMIT;
    }
    atr_build_u32(&builder, to);
    atr_build_field(&builder, body);
    atr_queue_added(&m->out, 8 + body.len);
    return ATR_OK;
}

static bool next(const void *party, atr_group_message *out)
{
    const member *m = party;
    atr_bytes waiting = atr_queue_bytes(&m->out);
    atr_reader reader = atr_reader_of(waiting);

    if (waiting.len == 0) {
        return false;
    }
    out->to = atr_read_u32(&reader);
    out->body = atr_read_field(&reader);
    return true;
}

static void sent(void *party)
{
    member *m = party;
    atr_group_message first;

    if (next(m, &first)) {
        atr_queue_take(&m->out, m->mem, 8 + first.body.len);
    }
}

/* One step of the exchange with `peer`. Of its four messages the first three
 * are made by one encapsulation and read by one opening. */
static atr_err step_with(member *m, uint32_t peer, atr_bytes in)
{
    channel *c = channel_to(m, peer);
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    size_t out_len = 0;
    bool reads = in.len > ATR_IBAKE_M4_BYTES;
    atr_err err = atr_ibake_step(&c->ibake, out, &out_len, in, m->rng);

    m->decaps += reads;
    m->encaps += out_len > ATR_IBAKE_M4_BYTES;
    m->powers += m->self == 0 ? in.len == 0 || reads
                              : 2 * (out_len == ATR_IBAKE_M2_BYTES);
    if (err == ATR_OK && out_len != 0) {
        err = say(m, peer, (atr_bytes){out, out_len});
    }
    if (err == ATR_OK && c->ibake.state == ATR_IBAKE_DONE) {
        atr_ibake_keys keys;

        err = atr_ibake_finish(&keys, &c->ibake);
        memcpy(c->key, keys.session, sizeof c->key);
        c->is_open = true;
        m->running--;
        atr_wipe(&keys, sizeof keys);
    }
    return err;
}

/* The nonce says the epoch: no two keys under one in one channel. */
static void nonce_of(uint8_t nonce[ATR_AEAD_NONCE_BYTES], const member *m)
{
    atr_builder builder = atr_builder_of(nonce, ATR_AEAD_NONCE_BYTES);

    memset(nonce, 0, ATR_AEAD_NONCE_BYTES);
    atr_build_u64(&builder, m->epoch);
}

/* The first member's fresh key, to each other one. */
static atr_err hand_out(member *m)
{
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    atr_err err = ATR_OK;

    nonce_of(nonce, m);
    atr_rng_bytes(m->rng, m->key, sizeof m->key);
    for (uint32_t i = 1; i < m->count && err == ATR_OK; i++) {
        uint8_t body[HANDED_BYTES];
        atr_builder builder = atr_builder_of(body, sizeof body);

        atr_build_u64(&builder, m->epoch);
        atr_aead_seal(body + 8, m->to[i].key, nonce, (atr_bytes){NULL, 0},
                      ATR_BYTES(m->key));
        err = say(m, i, ATR_BYTES(body));
    }
    m->is_keyed = err == ATR_OK;
    return err;
}

static atr_err take_key(member *m, atr_bytes in)
{
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    atr_err err;

    nonce_of(nonce, m);
    err = atr_aead_unseal(m->key, m->to[0].key, nonce, (atr_bytes){NULL, 0},
                          (atr_bytes){in.data + 8, in.len - 8});
    m->is_keyed = err == ATR_OK;
    return err;
}

static atr_err recv(void *party, uint32_t from, atr_bytes message)
{
    member *m = party;
    atr_err err;

    if (m->self != 0 && message.len == HANDED_BYTES) {
        return m->to[0].is_open ? take_key(m, message) : ATR_ERR_STATE;
    }
    if (m->running == 0 || (m->self != 0 && from != 0)) {
        return ATR_ERR_STATE;
    }
    err = step_with(m, from, message);
    return err == ATR_OK && m->self == 0 && m->running == 0 ? hand_out(m) : err;
}

/* Steps ------------------------------------------------------------------- */

static atr_err open_channel(member *m, uint32_t peer)
{
    channel *c = channel_to(m, peer);

    memset(c, 0, sizeof *c);
    atr_bf_recipient_init(&c->peer, &m->w->bf, &m->w->person[peer].id);
    m->peers++;
    m->running++;
    return atr_ibake_init(
        &c->ibake, m->self == 0 ? ATR_IBAKE_INITIATOR : ATR_IBAKE_RESPONDER,
        m->own, &c->peer);
}

/* The first member opens those in `from` .. count-1. */
static atr_err open_channels(member *m, uint32_t from)
{
    atr_err err = hold(m, m->self == 0 ? m->count : 1);

    if (err == ATR_OK && m->self != 0) {
        return open_channel(m, 0);
    }
    for (uint32_t i = from; i < m->count && err == ATR_OK; i++) {
        if ((err = open_channel(m, i)) == ATR_OK) {
            err = step_with(m, i, (atr_bytes){NULL, 0});
        }
    }
    return err;
}

/* Owners move up with their seats; the leaver's goes to the end. */
static void rotate(world *w, uint32_t who, uint32_t last)
{
    atr_bf_key gone = w->person[who];

    memmove(&w->person[who], &w->person[who + 1],
            (last - who) * sizeof *w->person);
    w->person[last] = gone;
    atr_wipe(&gone, sizeof gone);
}

static void leave(member *m, atr_stage *stage, uint32_t who)
{
    world *w = stage->world;

    if (m == stage->party[0]) {
        rotate(w, who, stage->count);
        if (who != 0) {
            memmove(&m->to[who], &m->to[who + 1],
                    (m->count - who - 1) * sizeof *m->to);
        }
    }
    m->self -= m->self > who;
    m->own = &w->person[m->self];
}

static atr_err begin(void *party, atr_stage *stage, atr_group_step step,
                     uint32_t who)
{
    member *m = party;
    world *w = stage->world;
    bool is_new =
        step == ATR_GROUP_JOIN && party == stage->party[stage->count - 1];

    if (step == ATR_GROUP_LEAVE) {
        leave(m, stage, who);
    }
    w->anew = step == ATR_GROUP_SETUP || (step == ATR_GROUP_LEAVE && who == 0);
    m->count = stage->count;
    m->epoch++;
    m->is_keyed = false;
    if (w->anew) {
        return open_channels(m, 1);
    }
    if (step == ATR_GROUP_JOIN) {
        return is_new || m->self == 0 ? open_channels(m, m->count - 1) : ATR_OK;
    }
    return m->self == 0 ? hand_out(m) : ATR_OK;
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
    out->of[ATR_OP_ENCAP] = m->encaps;
    out->of[ATR_OP_DECAP] = m->decaps;
    out->of[ATR_OP_DH] = m->powers;
    out->of[ATR_OP_G2] = m->encaps + m->decaps;
    out->of[ATR_OP_GT] = m->encaps;
    out->of[ATR_OP_PAIRING] = m->decaps + m->peers;
    out->of[ATR_OP_HASH] = m->peers;
}

static bool form(atr_form *out, const atr_stage *stage, atr_group_step step)
{
    const world *w = stage->world;

    atr_form_ibake(out,
                   w->anew                  ? stage->count - 1
                   : step == ATR_GROUP_JOIN ? 1
                                            : 0,
                   stage->count);
    return true;
}

const atr_method atr_method_ibake = {
    .name = "ibake",
    .doc = "IBAKE of the first with each, who then seals a key",
    .setup_max = 1000,
    .change_max = 1000,
    .quick_max = 50,
    .party_bytes = sizeof(member),
    .open = open_world,
    .close = close_world,
    .enter = enter,
    .wipe = wipe,
    .begin = begin,
    .recv = recv,
    .next = next,
    .sent = sent,
    .key = key,
    .cost = cost,
    .form = form,
};
