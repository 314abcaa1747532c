#include "proto/member_state.h"
#include "sym/hash.h"

/* What a contribution in the log comes to. One that is in form but that
 * nobody can open counts for nothing, at all members alike. */
typedef struct {
    uint64_t base;
    uint8_t vk[32];
    uint8_t digest[32];
    bool is_good;
    atr_ake_part part;
} arrival;

static void wipe(arrival *a)
{
    atr_wipe(a, sizeof *a);
}

/* Who opens nothing is at fault itself. But one without its owner's signature
 * no honest hall lets pass, and nobody's part may hang on it. */
static atr_err accept(arrival *out, const atr_member *m, atr_bytes message)
{
    atr_ake_part signed_part;
    atr_err err = atr_ake_accept(&out->part, &m->room, m->secret, message);

    out->is_good = err == ATR_OK;
    return err == ATR_ERR_AUTH ? atr_ake_verify(&signed_part, &m->room, message)
                               : err;
}

static atr_err read_arrival(arrival *out, atr_member *m,
                            const atr_record *record)
{
    atr_reader reader = atr_reader_of(record->message);

    out->base = atr_read_u64(&reader);
    atr_read_copy(&reader, out->vk, sizeof out->vk);
    atr_hash_of(out->digest, record->message);
    if (out->base >= record->epoch ||
        record->epoch - 1 - out->base > ATR_EPOCH_WINDOW) {
        return ATR_ERR_AUTH;
    }
    if (memcmp(out->vk, m->signer.vk, 32) == 0 &&
        memcmp(out->digest, m->fresh.digest, 32) == 0) {
        out->part = m->fresh; /* our own, whose key we know */
        out->is_good = true;
        return ATR_OK;
    }
    return accept(out, m, record->message);
}

static bool was_seen(const atr_member *m, const uint8_t digest[32])
{
    for (size_t i = 0; i < ATR_EPOCH_WINDOW; i++) {
        if (memcmp(m->seen[i], digest, 32) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < m->count; i++) {
        if (memcmp(m->parts[i].digest, digest, 32) == 0) {
            return true;
        }
    }
    return false;
}

/* --- who is there: the contributions that live when we come --------------- */

static atr_err load_one(atr_member *m, const atr_record *record, arrival *a)
{
    atr_err err = read_arrival(a, m, record);

    if (err != ATR_OK) {
        return err;
    }
    if (record->epoch > m->load_epoch || was_seen(m, a->digest) ||
        atr_member_find(m, a->vk) != ATR_NOBODY ||
        memcmp(a->vk, m->signer.vk, 32) == 0) {
        return ATR_ERR_AUTH;
    }
    if ((err = atr_member_grow(m, m->count + 1)) != ATR_OK ||
        (err = atr_member_reserve(m, 1, 0)) != ATR_OK) {
        return err;
    }
    if (a->is_good) {
        atr_member_add(m, &a->part);
    }
    if (m->load_epoch - record->epoch < ATR_EPOCH_WINDOW) {
        memcpy(m->seen[record->epoch % ATR_EPOCH_WINDOW], a->digest, 32);
    }
    return ATR_OK;
}

atr_err atr_member_take_load(atr_member *m, atr_reader *reader)
{
    uint64_t seq = atr_read_u64(reader);
    atr_record record;
    arrival a = {0};
    atr_err err = atr_record_read(&record, atr_read_rest(reader));

    if (err == ATR_OK && record.kind != ATR_RECORD_CONTRIBUTION) {
        err = ATR_ERR_INPUT;
    }
    if (err == ATR_OK && (seq == 0 || seq > m->last_seq)) {
        err = ATR_ERR_AUTH;
    }
    if (err == ATR_OK) {
        err = load_one(m, &record, &a);
    }
    wipe(&a);
    if (err == ATR_OK && --m->load_left == 0) {
        m->has_roster = true;
        m->phase = ATR_MEMBER_JOINING;
    }
    return err;
}

/* --- the log -------------------------------------------------------------- */

static void apply(atr_member *m, uint64_t epoch, const arrival *a)
{
    size_t at = atr_member_find(m, a->vk);
    bool is_closed = m->is_closed && !a->is_good;

    m->epoch = epoch;
    if (!a->is_good && at != ATR_NOBODY) {
        atr_member_drop(m, at, false);
    } else if (a->is_good && at == ATR_NOBODY) {
        atr_member_add(m, &a->part);
    } else if (a->is_good) {
        m->parts[at] = a->part;
    }
    atr_member_begin(m, epoch, is_closed, a->is_good ? a->vk : NULL);
    memcpy(m->seen[epoch % ATR_EPOCH_WINDOW], a->digest, 32);
}

static atr_err take_contribution(atr_member *m, uint64_t seq,
                                 const atr_record *record)
{
    arrival a = {0};
    atr_err err;

    (void)seq;
    if (record->epoch != m->epoch + 1) {
        return ATR_ERR_AUTH;
    }
    if ((err = read_arrival(&a, m, record)) == ATR_OK &&
        was_seen(m, a.digest)) {
        err = ATR_ERR_AUTH;
    }
    if (err == ATR_OK && m->count >= ATR_ROOM_MEMBERS_MAX &&
        atr_member_find(m, a.vk) == ATR_NOBODY) {
        err = ATR_ERR_LIMIT;
    }
    if (err == ATR_OK && (err = atr_member_grow(m, m->count + 1)) == ATR_OK &&
        (err = atr_member_reserve(m, 2, 0)) == ATR_OK) {
        apply(m, record->epoch, &a);
    }
    wipe(&a);
    return err;
}

static atr_err take_leave(atr_member *m, uint64_t seq, const atr_record *record)
{
    size_t at = atr_member_find(m, record->vk);
    atr_err err;

    (void)seq;
    if (record->epoch != m->epoch + 1) {
        return ATR_ERR_AUTH;
    }
    if (memcmp(record->vk, m->signer.vk, 32) == 0) {
        if (!m->is_leaving) {
            return ATR_ERR_STATE; /* the hall lost patience: join again */
        }
        atr_member_end(m, ATR_OK);
        return ATR_OK;
    }
    if ((err = atr_member_reserve(m, 2, 0)) != ATR_OK) {
        return err;
    }
    m->epoch = record->epoch;
    if (at != ATR_NOBODY) {
        atr_member_drop(m, at, record->lost);
    }
    atr_member_begin(m, record->epoch, true, NULL);
    memset(m->seen[record->epoch % ATR_EPOCH_WINDOW], 0, 32);
    return ATR_OK;
}

static atr_err take_confirm(atr_member *m, uint64_t seq,
                            const atr_record *record)
{
    size_t at = atr_member_find(m, record->vk);
    size_t self = atr_member_self(m);
    atr_err err;

    (void)seq;
    if (record->epoch != m->epoch) {
        return ATR_ERR_AUTH;
    }
    if (m->is_closed || at == ATR_NOBODY || self == ATR_NOBODY) {
        return ATR_OK;
    }
    if ((err = atr_member_derive(m)) != ATR_OK ||
        (err = atr_member_reserve(m, 1, 0)) != ATR_OK) {
        return err;
    }
    if (atr_ake_confirm_check(record->tag, &m->keys, record->vk) == ATR_OK) {
        m->has_confirmed |= at == self;
        atr_member_confirmed(m, at);
    } else {
        m->dropped++;
    }
    return ATR_OK;
}

/* One has come when one's part is there, or when nothing is left to read. */
static atr_err arrive(atr_member *m)
{
    bool is_here = atr_member_self(m) != ATR_NOBODY;
    bool is_done = m->last_seq >= m->head;

    if (m->phase == ATR_MEMBER_CATCHING && is_done && !is_here) {
        return ATR_ERR_AUTH; /* said to be a member, and is not */
    }
    if (is_here && (m->phase == ATR_MEMBER_JOINING ||
                    (m->phase == ATR_MEMBER_CATCHING && is_done))) {
        m->has_new_nick |= m->phase == ATR_MEMBER_JOINING && m->nick_len != 0;
        m->phase = ATR_MEMBER_LIVE;
    }
    return ATR_OK;
}

atr_err atr_member_take_event(atr_member *m, atr_reader *reader)
{
    static const struct {
        uint8_t kind;
        atr_err (*take)(atr_member *m, uint64_t seq, const atr_record *record);
    } table[] = {
        {ATR_RECORD_CONTRIBUTION, take_contribution},
        {ATR_RECORD_LEAVE, take_leave},
        {ATR_RECORD_CONFIRM, take_confirm},
        {ATR_RECORD_TEXT, atr_member_take_text},
    };
    uint64_t seq = atr_read_u64(reader);
    uint64_t before = m->last_seq;
    atr_record record;
    atr_err err = atr_record_read(&record, atr_read_rest(reader));

    if (err == ATR_OK && seq != before + 1) {
        err = ATR_ERR_AUTH; /* the log has no gaps and no repetitions */
    }
    for (size_t i = 0; err == ATR_OK && i < sizeof table / sizeof *table; i++) {
        if (table[i].kind == record.kind) {
            m->last_seq = seq;
            err = table[i].take(m, seq, &record);
        }
    }
    if (err != ATR_OK) {
        m->last_seq = before;
        return err;
    }
    return arrive(m);
}
