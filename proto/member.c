#include "proto/member_state.h"

size_t atr_member_size(void)
{
    return sizeof(atr_member);
}

atr_member *atr_member_init(void *memory, const atr_member_config *config,
                            atr_mem *mem, const uint8_t seed[32], atr_time now)
{
    atr_member *m = memory;

    memset(m, 0, sizeof *m);
    m->kem = config->kem;
    m->secret = config->secret;
    m->force = config->force;
    m->mem = mem;
    m->now = now;
    m->wall_ms = config->unix_ms - now;
    m->retry_at = ATR_NEVER;
    m->framer.limit = ATR_FRAME_BYTES_MAX;
    atr_rng_init(&m->rng, seed);
    atr_ake_signer_init(&m->signer, &m->rng);
    atr_rng_bytes(&m->rng, m->index.secret, sizeof m->index.secret);
    memcpy(m->room.room, config->room, sizeof m->room.room);
    m->room.kem = config->kem;
    m->room.policy = &m->descriptor.policy;
    m->is_closed = true;
    m->refresh_at = ATR_NEVER;
    m->confirm_at = ATR_NEVER;
    if (atr_member_nick(m, config->nick, now) != ATR_OK || m->nick_len == 0) {
        m->has_new_nick = false; /* a bad one is none, and none is not told */
    }
    return m;
}

void atr_member_wipe(atr_member *m)
{
    if (m == NULL || m->mem == NULL) {
        return;
    }
    atr_member_drop_texts(m);
    atr_queue_wipe(&m->events, m->mem);
    atr_queue_wipe(&m->out, m->mem);
    atr_framer_wipe(&m->framer, m->mem);
    atr_queue_wipe(&m->load, m->mem);
    atr_index_wipe(&m->index, m->mem);
    atr_member_forget_bygone(m);
    atr_mem_free(m->mem, m->people, m->cap * sizeof *m->people);
    atr_mem_free(m->mem, m->parts, m->cap * sizeof *m->parts);
    atr_wipe(m, sizeof *m);
}

/* --- the connection ------------------------------------------------------- */

static void forget_connection(atr_member *m)
{
    atr_queue_wipe(&m->out, m->mem);
    atr_framer_wipe(&m->framer, m->mem);
    atr_queue_wipe(&m->load, m->mem);
    m->load_count = 0;
    atr_member_unsend(m);
    m->has_confirmed = false;
    m->has_refreshed = false;
    m->retry_at = ATR_NEVER;
    m->stale_epoch = 0;
}

void atr_member_opened(atr_member *m, atr_time now)
{
    m->now = now;
    if (m->is_over || m->phase != ATR_MEMBER_AWAY) {
        return;
    }
    forget_connection(m);
    m->phase = ATR_MEMBER_GREETING;
}

/* Who has contributed without knowing the whole roster cannot resume: the old
 * key is left to the hall's grace, and a new one begins. */
void atr_member_closed(atr_member *m, atr_time now)
{
    m->now = now;
    if (m->is_over) {
        return;
    }
    forget_connection(m);
    m->phase = ATR_MEMBER_AWAY;
    if (m->load_left != 0) {
        m->load_left = 0;
        atr_member_renew(m);
    }
    if (m->is_leaving) {
        atr_member_end(m, ATR_OK);
    }
}

void atr_member_refuse(atr_member *m, atr_err why, uint8_t refusal,
                       bool forever)
{
    m->phase = ATR_MEMBER_OVER;
    m->was_refused = true;
    m->is_over = m->is_over || forever;
    m->why = why;
    m->refusal = refusal;
}

void atr_member_end(atr_member *m, atr_err why)
{
    m->phase = ATR_MEMBER_OVER;
    m->is_over = true;
    m->is_keyed = false;
    m->has_keys = false;
    m->why = why;
    m->refusal = 0;
    atr_ake_keys_wipe(&m->keys);
}

/* --- frames --------------------------------------------------------------- */

static atr_err take_refused(atr_member *m, atr_reader *reader)
{
    uint8_t why = atr_read_u8(reader);

    if (atr_reader_end(reader) != ATR_OK || why == ATR_REFUSAL_CROWD) {
        return ATR_ERR_INPUT;
    }
    atr_member_refuse(m,
                      why == ATR_REFUSAL_FULL        ? ATR_ERR_LIMIT
                      : why == ATR_REFUSAL_DENIED    ? ATR_ERR_AUTH
                      : why == ATR_REFUSAL_MALFORMED ? ATR_ERR_INPUT
                                                     : ATR_ERR_STATE,
                      why, false);
    return ATR_OK;
}

#define TO(phase) (1u << ATR_MEMBER_##phase)

/* What each phase takes, and where it may lead; to OVER everything may.
 * tool/protocol_graph.py draws it in doc/protocol.md. */
static const struct {
    atr_member_phase phase;
    atr_frame_type type;
    atr_err (*take)(atr_member *m, atr_reader *reader);
    unsigned next;
} table[] = {
    {ATR_MEMBER_GREETING, ATR_FRAME_HELLO, atr_member_take_hello, TO(READY)},
    {ATR_MEMBER_GREETING, ATR_FRAME_REFUSED, take_refused, 0},
    {ATR_MEMBER_READY, ATR_FRAME_REFUSED, take_refused, 0},
    {ATR_MEMBER_OPENING, ATR_FRAME_ROOM, atr_member_take_room,
     TO(CHALLENGED) | TO(CATCHING) | TO(LIVE)},
    {ATR_MEMBER_OPENING, ATR_FRAME_REFUSED, take_refused, 0},
    {ATR_MEMBER_CHALLENGED, ATR_FRAME_CHALLENGE, atr_member_take_challenge,
     TO(ANSWERED)},
    {ATR_MEMBER_CHALLENGED, ATR_FRAME_REFUSED, take_refused, 0},
    {ATR_MEMBER_ANSWERED, ATR_FRAME_ADMITTED, atr_member_take_admitted,
     TO(LOADING) | TO(JOINING)},
    {ATR_MEMBER_ANSWERED, ATR_FRAME_REFUSED, take_refused, 0},
    {ATR_MEMBER_LOADING, ATR_FRAME_EVENT, atr_member_take_load,
     TO(LOADING) | TO(JOINING)},
    {ATR_MEMBER_LOADING, ATR_FRAME_STALE, atr_member_take_stale, TO(LOADING)},
    {ATR_MEMBER_LOADING, ATR_FRAME_REFUSED, take_refused, 0},
    {ATR_MEMBER_JOINING, ATR_FRAME_EVENT, atr_member_take_event,
     TO(JOINING) | TO(LIVE) | TO(READY)},
    {ATR_MEMBER_JOINING, ATR_FRAME_STALE, atr_member_take_stale, TO(JOINING)},
    {ATR_MEMBER_JOINING, ATR_FRAME_REFUSED, take_refused, 0},
    {ATR_MEMBER_CATCHING, ATR_FRAME_EVENT, atr_member_take_event,
     TO(CATCHING) | TO(LIVE) | TO(READY)},
    {ATR_MEMBER_CATCHING, ATR_FRAME_REFUSED, take_refused, 0},
    {ATR_MEMBER_LIVE, ATR_FRAME_EVENT, atr_member_take_event,
     TO(LIVE) | TO(READY)},
    {ATR_MEMBER_LIVE, ATR_FRAME_ACK, atr_member_take_ack, TO(LIVE)},
    {ATR_MEMBER_LIVE, ATR_FRAME_STALE, atr_member_take_stale, TO(LIVE)},
    {ATR_MEMBER_LIVE, ATR_FRAME_REFUSED, take_refused, 0},
};

static atr_err take(atr_member *m, uint8_t type, atr_bytes body)
{
    atr_reader reader = atr_reader_of(body);
    atr_err err;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].phase != m->phase || table[i].type != type) {
            continue;
        }
        err = table[i].take(m, &reader);
        if (err == ATR_OK && m->phase != ATR_MEMBER_OVER &&
            (table[i].next >> m->phase & 1) == 0) {
            __builtin_trap(); /* the table is the truth */
        }
        return err;
    }
    return ATR_ERR_INPUT;
}

atr_err atr_member_recv(atr_member *m, atr_bytes in, atr_time now)
{
    atr_err err;
    uint8_t type;
    atr_bytes body;

    m->now = now;
    if (m->phase == ATR_MEMBER_OVER) {
        return ATR_OK; /* nobody listens any more */
    }
    if (m->phase == ATR_MEMBER_AWAY) {
        return ATR_ERR_STATE;
    }
    err = atr_framer_put(&m->framer, m->mem, in);
    while (err == ATR_OK && m->phase != ATR_MEMBER_OVER &&
           atr_framer_next(&m->framer, &type, &body, &err)) {
        err = take(m, type, body);
        atr_framer_drop(&m->framer, m->mem);
        if (err == ATR_OK) {
            err = atr_member_settle(m);
        }
    }
    if (err != ATR_OK) {
        m->phase = ATR_MEMBER_OVER;
    }
    return err;
}

atr_bytes atr_member_outgoing(const atr_member *m)
{
    return atr_queue_bytes(&m->out);
}

void atr_member_sent(atr_member *m, size_t len)
{
    atr_queue_take(&m->out, m->mem, len);
}

/* --- time ----------------------------------------------------------------- */

void atr_member_leave(atr_member *m, atr_time now)
{
    m->now = now;
    if (m->is_over || m->is_leaving) {
        return;
    }
    m->is_leaving = true;
    m->leave_at = now + ATR_LEAVE_MS;
    if (m->phase == ATR_MEMBER_LIVE || m->phase == ATR_MEMBER_CATCHING) {
        (void)atr_member_settle(m);
    } else {
        atr_member_end(m, ATR_OK);
    }
}

atr_time atr_member_deadline(const atr_member *m)
{
    atr_time epoch = atr_member_epoch_deadline(m);
    atr_time period = atr_member_period_deadline(m);
    atr_time due = epoch < period ? epoch : period;

    if (m->is_over) {
        return ATR_NEVER;
    }
    if (m->is_leaving && m->leave_at < due) {
        due = m->leave_at;
    }
    return m->retry_at < due ? m->retry_at : due;
}

void atr_member_tick(atr_member *m, atr_time now)
{
    m->now = now;
    if (m->is_over) {
        return;
    }
    if (m->is_leaving && now >= m->leave_at &&
        (m->has_left || m->phase != ATR_MEMBER_LIVE)) {
        atr_member_end(m, ATR_OK);
        return;
    }
    atr_member_period_tick(m);
    (void)atr_member_settle(m);
}

uint64_t atr_member_last_seq(const atr_member *m)
{
    return m->last_seq;
}
