#include "proto/member_state.h"
#include "proto/utf8.h"

static uint64_t wire_number(const atr_member *m, const atr_saying *saying)
{
    return saying->number - m->offset;
}

static atr_text_place place_of(const atr_member *m, const uint8_t *vk,
                               uint64_t number)
{
    return (atr_text_place){
        .room = m->room.room,
        .vk = vk,
        .keys = &m->keys,
        .epoch = m->epoch,
        .number = number,
    };
}

/* --- what waits to be said ------------------------------------------------ */

static atr_err push(atr_member *m, atr_bytes text)
{
    atr_saying *saying;

    if (m->sayings >= ATR_TEXTS_WAITING_MAX) {
        return ATR_ERR_LIMIT;
    }
    saying = atr_mem_alloc(m->mem, sizeof *saying + text.len);
    if (saying == NULL) {
        return ATR_ERR_LIMIT;
    }
    saying->number = ++m->number;
    saying->text_len = text.len;
    if (text.len != 0) {
        memcpy(saying->text, text.data, text.len);
    }
    if (m->last != NULL) {
        m->last->next = saying;
    } else {
        m->first = saying;
    }
    m->last = saying;
    m->unsent = m->unsent != NULL ? m->unsent : saying;
    m->sayings++;
    return ATR_OK;
}

static void pop(atr_member *m)
{
    atr_saying *saying = m->first;

    m->first = saying->next;
    m->last = m->first != NULL ? m->last : NULL;
    if (m->unsent == saying) {
        m->unsent = saying->next;
    } else {
        m->in_flight--;
    }
    m->sayings--;
    atr_mem_free(m->mem, saying, sizeof *saying + saying->text_len);
}

void atr_member_drop_texts(atr_member *m)
{
    while (m->first != NULL) {
        pop(m);
    }
}

/* A new epoch or a new connection: what is not acknowledged goes again. */
void atr_member_unsend(atr_member *m)
{
    m->unsent = m->first;
    m->in_flight = 0;
}

atr_err atr_member_acked(atr_member *m, uint64_t number, uint64_t seq)
{
    while (m->first != NULL && wire_number(m, m->first) <= number) {
        atr_event event = {
            .kind = ATR_EVENT_SENT,
            .epoch = m->epoch,
            .seq = wire_number(m, m->first) == number ? seq : 0,
            .number = m->first->number,
            .mine = true,
        };

        if (m->first->text_len != 0 &&
            atr_member_tell(m, &event, m->signer.vk) != ATR_OK) {
            return ATR_ERR_LIMIT;
        }
        pop(m);
    }
    return ATR_OK;
}

/* The hall counts the texts of a key; it has `acked` of ours, and the next
 * one that waits is to be the one after. */
atr_err atr_member_rebase(atr_member *m, uint64_t acked)
{
    atr_err err = atr_member_acked(m, acked, 0);
    uint64_t next = m->first != NULL ? m->first->number : m->number + 1;

    if (err == ATR_OK) {
        m->offset = next - 1 - acked;
        m->sent = acked;
        atr_member_unsend(m);
    }
    return err;
}

/* A new key, of which no text is known yet. */
void atr_member_renew(atr_member *m)
{
    uint64_t next = m->first != NULL ? m->first->number : m->number + 1;

    atr_ake_signer_wipe(&m->signer);
    atr_ake_signer_init(&m->signer, &m->rng);
    m->offset = next - 1;
    m->sent = 0;
    atr_member_unsend(m);
}

/* --- saying --------------------------------------------------------------- */

static atr_err send_one(atr_member *m, const atr_saying *saying)
{
    const atr_text text = {
        .kind = saying->text_len != 0 ? ATR_TEXT_SAID : ATR_TEXT_NICK,
        .nick = {m->nick, m->nick_len},
        .text = {saying->text, saying->text_len},
    };
    uint64_t number = wire_number(m, saying);
    atr_text_place place = place_of(m, m->signer.vk, number);
    size_t len = atr_text_plain_len(&text) + ATR_TEXT_OVER_BYTES;
    atr_builder body =
        atr_frame_begin(&m->out, m->mem, ATR_FRAME_TEXT, 8 + 8 + 64 + 4 + len);
    uint8_t *sig;
    uint8_t *sealed;

    atr_build_u64(&body, number);
    atr_build_u64(&body, m->epoch);
    sig = atr_build_space(&body, 64);
    atr_build_u32(&body, (uint32_t)len);
    sealed = atr_build_space(&body, len);
    if (sealed == NULL) {
        return ATR_ERR_LIMIT;
    }
    atr_text_seal(sealed, &text, &place, &m->rng);
    atr_text_sign(sig, &place, (atr_bytes){sealed, len}, m->signer.sk);
    return atr_frame_end(&m->out, &body);
}

atr_err atr_member_send_texts(atr_member *m)
{
    atr_err err = ATR_OK;

    if (m->has_new_nick && !m->is_leaving) {
        err = push(m, (atr_bytes){NULL, 0});
        m->has_new_nick = err != ATR_OK;
    }
    while (err == ATR_OK && m->unsent != NULL &&
           m->in_flight < ATR_TEXTS_IN_FLIGHT_MAX) {
        err = send_one(m, m->unsent);
        if (err == ATR_OK) {
            uint64_t number = wire_number(m, m->unsent);

            m->sent = number > m->sent ? number : m->sent;
            m->unsent = m->unsent->next;
            m->in_flight++;
        }
    }
    return err;
}

atr_err atr_member_say(atr_member *m, atr_bytes text, uint64_t *number,
                       atr_time now)
{
    atr_err err;

    *number = 0;
    m->now = now;
    if (m->is_over || m->is_leaving) {
        return ATR_ERR_STATE;
    }
    if (text.len == 0 || text.len > ATR_TEXT_BYTES_MAX ||
        !atr_utf8_is_text(text)) {
        return ATR_ERR_INPUT;
    }
    if ((err = push(m, text)) == ATR_OK) {
        *number = m->number;
        (void)atr_member_settle(m); /* it waits: settle tries again */
    }
    return err;
}

atr_err atr_member_nick(atr_member *m, atr_bytes nick, atr_time now)
{
    m->now = now;
    if (m->is_over || m->is_leaving) {
        return ATR_ERR_STATE;
    }
    if (nick.len > sizeof m->nick || !atr_utf8_is_label(nick)) {
        return ATR_ERR_INPUT;
    }
    m->nick_len = (uint8_t)nick.len;
    if (nick.len != 0) {
        memcpy(m->nick, nick.data, nick.len);
    }
    m->has_new_nick = true;
    (void)atr_member_settle(m);
    return ATR_OK;
}

size_t atr_member_waiting(const atr_member *m)
{
    return m->sayings;
}

/* --- what the hall says about ours ---------------------------------------- */

atr_err atr_member_take_ack(atr_member *m, atr_reader *reader)
{
    uint64_t number = atr_read_u64(reader);
    uint64_t seq = atr_read_u64(reader);

    if (atr_reader_end(reader) != ATR_OK || number == 0) {
        return ATR_ERR_INPUT;
    }
    if (number > m->sent) {
        return ATR_ERR_AUTH;
    }
    return atr_member_acked(m, number, seq);
}

/* A text that came too late goes again when the log shows the new epoch,
 * without being asked; a contribution of a newcomer does so from here. */
atr_err atr_member_take_stale(atr_member *m, atr_reader *reader)
{
    uint64_t number = atr_read_u64(reader);
    uint64_t epoch = atr_read_u64(reader);

    if (atr_reader_end(reader) != ATR_OK || epoch == 0) {
        return ATR_ERR_INPUT;
    }
    if (number == 0 && m->phase != ATR_MEMBER_LIVE) {
        m->stale_epoch = epoch;
    }
    return ATR_OK;
}

/* --- hearing -------------------------------------------------------------- */

static atr_err tell_nick(atr_member *m, size_t at, atr_bytes nick)
{
    atr_person *person = &m->people[at];
    atr_event event = {
        .kind = ATR_EVENT_NICK,
        .epoch = m->epoch,
        .seq = m->last_seq,
        .member = person->id,
        .mine = at == atr_member_self(m),
        .nick = nick,
    };

    if (atr_bytes_equal(nick, (atr_bytes){person->nick, person->nick_len})) {
        return ATR_OK;
    }
    person->nick_len = (uint8_t)nick.len;
    if (nick.len != 0) {
        memcpy(person->nick, nick.data, nick.len);
    }
    return atr_member_tell(m, &event, m->parts[at].vk);
}

static atr_err tell_text(atr_member *m, size_t at, uint64_t number,
                         const atr_text *text)
{
    bool is_mine = at == atr_member_self(m);
    atr_event event = {
        .kind = ATR_EVENT_TEXT,
        .epoch = m->epoch,
        .seq = m->last_seq,
        .number = is_mine ? number + m->offset : number,
        .member = m->people[at].id,
        .mine = is_mine,
        .nick = text->nick,
        .text = text->text,
    };
    atr_err err = tell_nick(m, at, text->nick);

    if (err == ATR_OK && text->kind == ATR_TEXT_SAID) {
        err = atr_member_tell(m, &event, m->parts[at].vk);
    }
    return err;
}

static atr_err hear(atr_member *m, size_t at, const atr_record *record)
{
    atr_text_place place = place_of(m, m->parts[at].vk, record->number);
    size_t len = record->sealed.len;
    atr_text text;
    uint8_t *plain;
    atr_err err = atr_member_reserve(m, 4, len);

    plain = err == ATR_OK ? atr_mem_alloc(m->mem, len) : NULL;
    if (plain == NULL) {
        return ATR_ERR_LIMIT;
    }
    if (atr_text_unseal(&text, plain, &place, record->sealed) == ATR_OK) {
        m->people[at].number = record->number;
        atr_member_confirmed(m, at); /* it must hold the key */
        err = tell_text(m, at, record->number, &text);
    } else {
        m->dropped++;
    }
    atr_mem_free(m->mem, plain, len);
    return err;
}

/* Whatever is wrong with a text is its sender's fault, not the hall's alone:
 * it is dropped, and the room goes on. */
atr_err atr_member_take_text(atr_member *m, uint64_t seq,
                             const atr_record *record)
{
    size_t at = atr_member_find(m, record->vk);
    atr_text_place place = place_of(m, record->vk, record->number);
    atr_err err;

    if (record->epoch != m->epoch ||
        !atr_text_is_sealed_len(record->sealed.len)) {
        return ATR_ERR_AUTH;
    }
    if (atr_member_self(m) == ATR_NOBODY && !m->is_returning) {
        return ATR_OK; /* said before we came */
    }
    if (m->is_closed || at == ATR_NOBODY) {
        m->dropped++;
        return ATR_OK;
    }
    if ((err = atr_member_derive(m)) != ATR_OK) {
        return err;
    }
    if (atr_text_verify(record->sig, &place, record->sealed) != ATR_OK) {
        m->dropped++;
        return ATR_OK;
    }
    if (at == atr_member_self(m) &&
        (err = atr_member_acked(m, record->number, seq)) != ATR_OK) {
        return err;
    }
    if (record->number <= m->people[at].number) {
        m->dropped++;
        return ATR_OK;
    }
    return hear(m, at, record);
}
