#include "proto/member_state.h"

size_t atr_member_find(const atr_member *m, const uint8_t *vk)
{
    uint32_t at = atr_index_find(&m->index, vk);

    return at == ATR_INDEX_NONE ? ATR_NOBODY : at;
}

size_t atr_member_self(const atr_member *m)
{
    return atr_member_find(m, m->signer.vk);
}

/* Two arrays grow together; `cap` tells the size of both. */
atr_err atr_member_grow(atr_member *m, size_t count)
{
    size_t cap = m->cap == 0 ? 8 : m->cap;
    atr_person *people;
    atr_ake_part *parts;

    while (cap < count) {
        cap *= 2;
    }
    if (atr_index_reserve(&m->index, m->mem, count) != ATR_OK) {
        return ATR_ERR_LIMIT;
    }
    if (cap == m->cap) {
        return ATR_OK;
    }
    people = atr_mem_alloc(m->mem, cap * sizeof *people);
    parts = atr_mem_alloc(m->mem, cap * sizeof *parts);
    if (people == NULL || parts == NULL) {
        atr_mem_free(m->mem, people, cap * sizeof *people);
        atr_mem_free(m->mem, parts, cap * sizeof *parts);
        return ATR_ERR_LIMIT;
    }
    if (m->count != 0) {
        memcpy(people, m->people, m->count * sizeof *people);
        memcpy(parts, m->parts, m->count * sizeof *parts);
    }
    atr_mem_free(m->mem, m->people, m->cap * sizeof *people);
    atr_mem_free(m->mem, m->parts, m->cap * sizeof *parts);
    m->people = people;
    m->parts = parts;
    m->cap = cap;
    return ATR_OK;
}

static atr_event event_about(const atr_member *m, atr_event_kind kind,
                             size_t at)
{
    const atr_person *person = &m->people[at];

    return (atr_event){
        .kind = kind,
        .epoch = m->epoch,
        .seq = m->last_seq,
        .member = person->id,
        .mine = at == atr_member_self(m),
        .nick = {person->nick, person->nick_len},
    };
}

/* With memory that is reserved it cannot fail. */
static atr_err tell(atr_member *m, const atr_event *event, const uint8_t *vk)
{
    return atr_member_tell(m, event, vk);
}

void atr_member_add(atr_member *m, const atr_ake_part *part)
{
    atr_person *person = &m->people[m->count];
    bool again = atr_member_recall(m, part->vk, person);
    atr_event event;

    if (!again) {
        *person = (atr_person){.id = ++m->next_id};
    }
    m->parts[m->count] = *part;
    atr_index_put(&m->index, part->vk, (uint32_t)m->count);
    event = event_about(m, ATR_EVENT_JOINED, m->count++);
    event.again = again;
    (void)tell(m, &event, part->vk);
}

void atr_member_drop(atr_member *m, size_t at, bool lost)
{
    size_t after = m->count - at - 1;
    atr_event event = event_about(m, ATR_EVENT_LEFT, at);

    event.lost = lost;
    (void)tell(m, &event, m->parts[at].vk);
    atr_index_drop(&m->index, m->parts[at].vk);
    memmove(&m->people[at], &m->people[at + 1], after * sizeof m->people[0]);
    memmove(&m->parts[at], &m->parts[at + 1], after * sizeof m->parts[0]);
    m->count--;
    atr_wipe(&m->parts[m->count], sizeof m->parts[0]);
}

/* The hall has let us go: what we knew of the room is history. */
atr_err atr_member_forget(atr_member *m)
{
    atr_err err = atr_member_reserve(m, m->count, 0);

    if (err != ATR_OK) {
        return err;
    }
    while (m->count != 0) {
        atr_member_drop(m, m->count - 1, true);
    }
    memset(m->seen, 0, sizeof m->seen);
    m->has_roster = false;
    m->is_returning = false;
    atr_member_begin(m, 0, true, NULL);
    return ATR_OK;
}

size_t atr_member_count(const atr_member *m)
{
    return m->count;
}

void atr_member_at(const atr_member *m, size_t index, atr_member_info *out)
{
    const atr_person *person = &m->people[index];

    *out = (atr_member_info){
        .member = person->id,
        .mine = index == atr_member_self(m),
        .vk = m->parts[index].vk,
        .nick = {person->nick, person->nick_len},
    };
}
