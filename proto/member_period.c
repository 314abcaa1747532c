#include "proto/member_state.h"

static uint64_t wall_s(const atr_member *m)
{
    return (m->now + m->wall_ms) / 1000;
}

void atr_member_set_clock(atr_member *m, uint64_t unix_ms, atr_time now)
{
    m->now = now;
    m->wall_ms = unix_ms - now;
}

bool atr_member_period(const atr_member *m, atr_period *out)
{
    *out = m->period;
    return m->has_period;
}

/* --- keys ----------------------------------------------------------------- */

static bool is_of(const atr_abe_key *secret, atr_period period)
{
    atr_period own;

    return secret != NULL && atr_attrs_period(&own, &secret->attrs) &&
           atr_period_compare(own, period) == 0;
}

/* A key of a later period: then the hall is behind, and no key is lacking. */
static bool is_beyond(const atr_abe_key *secret, atr_period period)
{
    atr_period own;

    return secret != NULL && atr_attrs_period(&own, &secret->attrs) &&
           atr_period_compare(own, period) > 0;
}

static const atr_abe_key *key_of(const atr_member *m, atr_period period)
{
    return is_of(m->next, period)     ? m->next
           : is_of(m->secret, period) ? m->secret
                                      : NULL;
}

/* Takes the key of the present period, or asks for it. A cheat who is told
 * that there is none goes on with what it has. */
static atr_err choose_key(atr_member *m)
{
    const atr_event event = {.kind = ATR_EVENT_KEY, .period = m->period};
    const atr_abe_key *key = key_of(m, m->period);

    if (key == NULL && m->force && m->has_no_key) {
        key = m->secret;
    }
    m->wants_key = key == NULL;
    if (key == NULL) {
        return atr_member_tell(m, &event, NULL);
    }
    m->next = key == m->next ? NULL : m->next;
    m->secret = key;
    return ATR_OK;
}

/* The room is in a period that cannot be, or that is over for us. */
static atr_err refuse_period(atr_member *m)
{
    atr_member_refuse(m, ATR_ERR_STATE, ATR_REFUSAL_PERIOD, false);
    return ATR_ERR_STATE;
}

static bool may_enter(const atr_member *m, atr_period period)
{
    if (m->has_period && atr_period_compare(period, m->period) < 0) {
        return false;
    }
    if (key_of(m, period) == NULL &&
        (is_beyond(m->secret, period) || is_beyond(m->next, period))) {
        return false;
    }
    return atr_period_is_now(period.number, m->descriptor.period_s, wall_s(m));
}

atr_err atr_member_enter_period(atr_member *m, atr_period period)
{
    if (!may_enter(m, period)) {
        return refuse_period(m);
    }
    if (atr_policy_with_period(&m->policy, &m->descriptor.policy, period) !=
        ATR_OK) {
        return ATR_ERR_INPUT; /* cannot be: the descriptor has been read */
    }
    m->room.policy = &m->policy;
    m->has_period = true;
    m->period = period;
    return choose_key(m);
}

void atr_member_rekey(atr_member *m, const atr_abe_key *secret, atr_time now)
{
    m->now = now;
    m->has_no_key = secret == NULL;
    m->next = secret != NULL ? secret : m->next;
    if (m->is_over || !m->wants_key) {
        return;
    }
    if (m->has_no_key && !m->force) {
        atr_member_refuse(m, ATR_ERR_POLICY, 0, true);
    } else if (m->has_no_key || is_of(secret, m->period)) {
        (void)choose_key(m);
        (void)atr_member_settle(m); /* or when it tries again */
    }
}

/* --- who was here --------------------------------------------------------- */

void atr_member_forget_bygone(atr_member *m)
{
    atr_index_wipe(&m->bygone.index, m->mem);
    atr_mem_free(m->mem, m->bygone.people,
                 m->bygone.cap * sizeof *m->bygone.people);
    m->bygone = (atr_bygone){.people = NULL};
}

bool atr_member_recall(const atr_member *m, const uint8_t *vk,
                       atr_person *person)
{
    uint32_t at = atr_index_find(&m->bygone.index, vk);

    if (at == ATR_INDEX_NONE) {
        return false;
    }
    *person = m->bygone.people[at];
    person->number = 0;
    person->confirmed = 0;
    return true;
}

/* The roster becomes the memory of itself, and is empty. */
static void clear_roster(atr_member *m)
{
    atr_member_forget_bygone(m);
    m->bygone = (atr_bygone){m->index, m->people, m->cap};
    atr_mem_free(m->mem, m->parts, m->cap * sizeof *m->parts);
    m->index.slots = NULL;
    m->index.cap = 0;
    m->index.count = 0;
    m->people = NULL;
    m->parts = NULL;
    m->cap = 0;
    m->count = 0;
}

/* --- TURN ----------------------------------------------------------------- */

static atr_err tell_turn(atr_member *m, atr_period period, size_t count)
{
    atr_event event = {
        .kind = ATR_EVENT_TURN,
        .epoch = m->epoch,
        .seq = m->last_seq,
        .count = (uint32_t)count,
        .period = period,
    };

    return atr_member_tell(m, &event, NULL);
}

static bool may_follow(const atr_member *m, const atr_record *record)
{
    return m->has_period && record->epoch == m->epoch + 1 &&
           atr_period_compare(record->period, m->period) > 0;
}

/* Everybody is a newcomer again, on the same connection; our texts that are
 * not in the log by now never will be, and go again. A good-bye that is on its
 * way has become needless. */
atr_err atr_member_take_turn(atr_member *m, uint64_t seq,
                             const atr_record *record)
{
    size_t count = m->count;
    atr_err err;

    (void)seq;
    if (!may_follow(m, record)) {
        return ATR_ERR_AUTH;
    }
    if (m->has_left) {
        atr_member_end(m, ATR_OK);
        return ATR_OK;
    }
    if ((err = atr_member_reserve(m, 2, 0)) != ATR_OK || /* nothing fails */
        (err = atr_member_enter_period(m, record->period)) != ATR_OK) {
        return err;
    }
    clear_roster(m);
    memset(m->seen, 0, sizeof m->seen);
    m->has_roster = true;
    m->is_returning = true;
    m->stale_epoch = 0;
    atr_member_begin(m, record->epoch, true, NULL);
    m->phase = ATR_MEMBER_READY;
    return tell_turn(m, record->period, count);
}

/* --- time ----------------------------------------------------------------- */

/* A hall that lets a period go on for ever would keep those in who are to be
 * out. */
atr_time atr_member_period_deadline(const atr_member *m)
{
    uint64_t end;
    uint64_t now_ms = m->now + m->wall_ms;

    if (!m->has_period || m->phase != ATR_MEMBER_LIVE) {
        return ATR_NEVER;
    }
    end = atr_period_end(m->period.number, m->descriptor.period_s) +
          atr_period_grace(m->descriptor.period_s);
    return end * 1000 > now_ms ? m->now + (end * 1000 - now_ms) : m->now;
}

void atr_member_period_tick(atr_member *m)
{
    if (atr_member_period_deadline(m) <= m->now) {
        (void)refuse_period(m);
    }
}
