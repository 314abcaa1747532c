#include "proto/member_state.h"
#include "sym/hash.h"

_Static_assert(ATR_ROOM_MEMBERS_MAX <= ATR_AKE_PARTS_MAX,
               "a full room agrees on a key");

/* The rank of place `at` when `without` does not count. */
static uint64_t rank_of(size_t at, size_t without)
{
    return without < at ? at - 1 : at;
}

static void set_timers(atr_member *m)
{
    size_t self = atr_member_self(m);
    size_t opener = atr_member_find(m, m->opener);

    m->refresh_at = ATR_NEVER;
    m->confirm_at = ATR_NEVER;
    if (self == ATR_NOBODY) {
        return;
    }
    if (m->is_closed) {
        m->refresh_at = m->now + ATR_REFRESH_FIRST_MS +
                        (uint64_t)self * ATR_REFRESH_RANK_MS;
    } else if (self == opener) {
        m->confirm_at = m->now;
    } else {
        m->confirm_at = m->now + rank_of(self, opener) * ATR_CONFIRM_RANK_MS;
    }
}

/* The keys of the epoch before are gone from here on. */
void atr_member_begin(atr_member *m, uint64_t epoch, bool is_closed,
                      const uint8_t *opener)
{
    atr_ake_keys_wipe(&m->keys);
    memset(m->opener, 0, sizeof m->opener);
    if (opener != NULL) {
        memcpy(m->opener, opener, sizeof m->opener);
    }
    m->epoch = epoch;
    m->is_closed = is_closed;
    m->has_keys = false;
    m->is_keyed = false;
    m->has_confirmed = false;
    m->has_refreshed = false;
    m->confirms = 0;
    set_timers(m);
    atr_member_unsend(m);
}

/* Only a member with a part of its own has business with the key, and one who
 * comes back with those it has missed. */
atr_err atr_member_derive(atr_member *m)
{
    atr_err err;

    if (m->has_keys) {
        return ATR_OK;
    }
    if (m->is_closed ||
        (atr_member_self(m) == ATR_NOBODY && !m->is_returning)) {
        return ATR_ERR_STATE;
    }
    err = atr_ake_agree(&m->keys, &m->room, m->epoch, m->parts, m->count);
    m->has_keys = err == ATR_OK;
    return err == ATR_OK ? ATR_OK : ATR_ERR_AUTH;
}

void atr_member_confirmed(atr_member *m, size_t at)
{
    if (m->people[at].confirmed != m->epoch) {
        m->people[at].confirmed = m->epoch;
        m->confirms++;
    }
}

atr_err atr_member_contribute(atr_member *m)
{
    size_t len = atr_ake_message_len(&m->room);
    atr_builder body =
        atr_frame_begin(&m->out, m->mem, ATR_FRAME_CONTRIBUTE, len);
    uint8_t *message = atr_build_space(&body, len);

    if (message == NULL) {
        return ATR_ERR_LIMIT;
    }
    atr_ake_contribute(message, &m->fresh, &m->room, m->epoch, &m->signer,
                       &m->rng);
    return atr_frame_end(&m->out, &body);
}

/* --- what is due ---------------------------------------------------------- */

static atr_err refresh(atr_member *m)
{
    atr_err err = ATR_OK;

    if (!m->has_refreshed && m->now >= m->refresh_at) {
        err = atr_member_contribute(m);
        m->has_refreshed = err == ATR_OK;
    }
    return err;
}

static atr_err confirm(atr_member *m)
{
    atr_builder body;
    uint8_t tag[ATR_AKE_TAG_BYTES];
    atr_err err;

    if (m->has_confirmed || m->confirms >= 2 || m->count < 2 ||
        m->now < m->confirm_at) {
        return ATR_OK;
    }
    body = atr_frame_begin(&m->out, m->mem, ATR_FRAME_CONFIRM,
                           8 + ATR_AKE_TAG_BYTES);
    atr_ake_confirm(tag, &m->keys, m->signer.vk);
    atr_build_u64(&body, m->epoch);
    atr_build_bytes(&body, ATR_BYTES(tag));
    err = atr_frame_end(&m->out, &body);
    m->has_confirmed = err == ATR_OK;
    return err;
}

/* Somebody else holds the key, or there is nobody else. */
static bool is_agreed(const atr_member *m)
{
    size_t self = atr_member_self(m);

    return m->count == 1 ||
           m->confirms > (m->people[self].confirmed == m->epoch ? 1u : 0u);
}

static atr_err become_keyed(atr_member *m)
{
    atr_event event = {
        .kind = ATR_EVENT_KEYED,
        .epoch = m->epoch,
        .seq = m->last_seq,
        .count = (uint32_t)m->count,
    };
    atr_err err;

    if (m->is_keyed || !is_agreed(m)) {
        return ATR_OK;
    }
    err = atr_member_tell(m, &event, NULL);
    m->is_keyed = err == ATR_OK;
    return err;
}

static atr_err say_goodbye(atr_member *m)
{
    bool done = m->first == NULL || m->now >= m->leave_at;
    atr_builder body;
    atr_err err;

    if (!m->is_leaving || m->has_left || !done) {
        return ATR_OK;
    }
    body = atr_frame_begin(&m->out, m->mem, ATR_FRAME_LEAVE, 0);
    err = atr_frame_end(&m->out, &body);
    if (err == ATR_OK) {
        m->has_left = true;
        m->leave_at = m->now + ATR_LEAVE_MS;
    }
    return err;
}

static atr_err settle_live(atr_member *m)
{
    atr_err err;

    if (m->is_closed) {
        err = refresh(m);
    } else if ((err = atr_member_derive(m)) == ATR_OK &&
               (err = confirm(m)) == ATR_OK &&
               (err = become_keyed(m)) == ATR_OK && m->is_keyed) {
        err = atr_member_send_texts(m);
    }
    return err == ATR_OK ? say_goodbye(m) : err;
}

/* A newcomer whose contribution came too late makes another, once it has read
 * the log so far. */
static atr_err settle_joining(atr_member *m)
{
    atr_err err = ATR_OK;

    if (m->stale_epoch != 0 && m->epoch >= m->stale_epoch) {
        err = atr_member_contribute(m);
        m->stale_epoch = err == ATR_OK ? 0 : m->stale_epoch;
    }
    return err;
}

atr_err atr_member_settle(atr_member *m)
{
    atr_err err = ATR_OK;

    if (m->phase == ATR_MEMBER_LIVE && !m->has_left) {
        err = settle_live(m);
    } else if (m->phase == ATR_MEMBER_JOINING) {
        err = settle_joining(m);
    } else if (m->phase == ATR_MEMBER_READY && !m->wants_key &&
               !m->wants_crowd) {
        err = atr_member_open_room(m);
    }
    m->retry_at = err == ATR_OK ? ATR_NEVER : m->now + ATR_RETRY_MS;
    return err;
}

atr_time atr_member_epoch_deadline(const atr_member *m)
{
    if (m->phase != ATR_MEMBER_LIVE || m->has_left) {
        return ATR_NEVER;
    }
    if (m->is_closed) {
        return m->has_refreshed ? ATR_NEVER : m->refresh_at;
    }
    return m->has_confirmed || m->confirms >= 2 || m->count < 2 ? ATR_NEVER
                                                                : m->confirm_at;
}

/* --- what is known -------------------------------------------------------- */

uint64_t atr_member_epoch(const atr_member *m)
{
    return m->epoch;
}

bool atr_member_is_keyed(const atr_member *m)
{
    return m->is_keyed;
}

bool atr_member_key_mark(const atr_member *m, uint8_t mark[32])
{
    atr_hash hash;

    memset(mark, 0, 32);
    if (!m->has_keys) {
        return false;
    }
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/ROOM/mark"));
    atr_hash_field(&hash, ATR_BYTES(m->keys.session));
    atr_hash_final(&hash, mark);
    ATR_PUBLIC(mark, 32);
    return true;
}
