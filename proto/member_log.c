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

/* What the message says of itself, before it is opened. */
static atr_err look(arrival *out, const atr_record *record)
{
    atr_reader reader = atr_reader_of(record->message);

    out->base = atr_read_u64(&reader);
    atr_read_copy(&reader, out->vk, sizeof out->vk);
    atr_hash_of(out->digest, record->message);
    return out->base >= record->epoch ||
                   record->epoch - 1 - out->base > ATR_EPOCH_WINDOW
               ? ATR_ERR_AUTH
               : ATR_OK;
}

/* Who opens nothing is at fault itself. But one without its owner's signature
 * no honest hall lets pass, and nobody's part may hang on it. */
static atr_err judge(arrival *out, const atr_member *m,
                     const atr_ake_arrival *opened)
{
    atr_ake_part signed_part;

    out->part = opened->part;
    out->is_good = opened->err == ATR_OK;
    return opened->err == ATR_ERR_AUTH
               ? atr_ake_verify(&signed_part, &m->room, opened->message)
               : opened->err;
}

static bool is_fresh(const arrival *a, const atr_member *m)
{
    return memcmp(a->vk, m->signer.vk, 32) == 0 &&
           memcmp(a->digest, m->fresh.digest, 32) == 0;
}

static atr_err read_arrival(arrival *out, const atr_member *m,
                            const atr_record *record)
{
    atr_ake_arrival opened = {.message = record->message};
    atr_err err = look(out, record);

    if (err != ATR_OK) {
        return err;
    }
    if (is_fresh(out, m)) {
        out->part = m->fresh; /* our own, whose key we know */
        out->is_good = true;
        return ATR_OK;
    }
    atr_ake_accept_many(&opened, 1, &m->room, m->secret);
    err = judge(out, m, &opened);
    atr_wipe(&opened, sizeof opened);
    return err;
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

/* Several opened at once take less time than one after another. So they are
 * kept until there are enough, or no more will come; then each has its turn.
 */
#define TOGETHER ATR_AKE_TOGETHER

typedef struct {
    uint64_t seq;
    atr_record record;
} loaded;

static atr_err read_loaded(loaded *out, atr_bytes body)
{
    atr_reader reader = atr_reader_of(body);
    atr_err err;

    out->seq = atr_read_u64(&reader);
    err = atr_record_read(&out->record, atr_read_rest(&reader));
    return err == ATR_OK && out->record.kind != ATR_RECORD_CONTRIBUTION
               ? ATR_ERR_INPUT
               : err;
}

static atr_err load_one(atr_member *m, const loaded *l,
                        const atr_ake_arrival *opened, arrival *a)
{
    const uint64_t epoch = l->record.epoch;
    atr_err err;

    if (l->seq == 0 || l->seq > m->last_seq) {
        return ATR_ERR_AUTH;
    }
    if ((err = look(a, &l->record)) != ATR_OK ||
        (err = judge(a, m, opened)) != ATR_OK) {
        return err;
    }
    if (epoch > m->load_epoch || was_seen(m, a->digest) ||
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
    if (m->load_epoch - epoch < ATR_EPOCH_WINDOW) {
        memcpy(m->seen[epoch % ATR_EPOCH_WINDOW], a->digest, 32);
    }
    return ATR_OK;
}

/* All that wait. One that does not parse ends it, but in its turn. */
static atr_err load_waiting(atr_member *m)
{
    atr_reader reader = atr_reader_of(atr_queue_bytes(&m->load));
    atr_ake_arrival opened[TOGETHER] = {{.err = ATR_OK}};
    loaded all[TOGETHER];
    arrival a = {0};
    size_t count = 0;
    atr_err broken = ATR_OK;
    atr_err err = ATR_OK;

    while (count < m->load_count &&
           (broken = read_loaded(&all[count], atr_read_field(&reader))) ==
               ATR_OK) {
        opened[count].message = all[count].record.message;
        count++;
    }
    atr_ake_accept_many(opened, count, &m->room, m->secret);
    for (size_t i = 0; err == ATR_OK && i < count; i++) {
        err = load_one(m, &all[i], &opened[i], &a);
        wipe(&a);
    }
    atr_wipe(opened, sizeof opened);
    return err == ATR_OK ? broken : err;
}

static atr_err keep(atr_member *m, atr_bytes body)
{
    uint8_t *space = atr_queue_space(&m->load, m->mem, 4 + body.len);
    atr_builder builder;

    if (space == NULL) {
        return ATR_ERR_LIMIT;
    }
    builder = atr_builder_of(space, 4 + body.len);
    atr_build_field(&builder, body);
    atr_queue_added(&m->load, builder.len);
    m->load_count++;
    return ATR_OK;
}

atr_err atr_member_take_load(atr_member *m, atr_reader *reader)
{
    atr_err err = keep(m, atr_read_rest(reader));

    if (err != ATR_OK ||
        (m->load_count < TOGETHER && m->load_count < m->load_left)) {
        return err;
    }
    if ((err = load_waiting(m)) != ATR_OK) {
        return err;
    }
    m->load_left -= m->load_count;
    m->load_count = 0;
    atr_queue_wipe(&m->load, m->mem);
    if (m->load_left == 0) {
        m->has_roster = true;
        m->phase = ATR_MEMBER_JOINING;
    }
    return ATR_OK;
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
        m->has_new_nick |= m->phase == ATR_MEMBER_JOINING && m->nick_len != 0 &&
                           !m->is_returning;
        m->is_returning = false;
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
        {ATR_RECORD_TURN, atr_member_take_turn},
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
