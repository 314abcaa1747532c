#include "proto/hall_state.h"
#include "sym/hash.h"

/* A message begins with base(8) and vk(32); atr_record_read has seen to it
 * that they are there. */
static const uint8_t *vk_of(const atr_record *record)
{
    return record->kind == ATR_RECORD_CONTRIBUTION ? record->message.data + 8
                                                   : record->vk;
}

static atr_hall_member *member_of(const atr_hall_room *room,
                                  const uint8_t vk[32])
{
    uint32_t at = atr_index_find(&room->index, vk);

    return at == ATR_INDEX_NONE ? NULL : room->members[at];
}

/* --- memory first --------------------------------------------------------- */

static atr_err grow_members(atr_hall *hall, atr_hall_room *room)
{
    size_t cap = room->member_cap == 0 ? 8 : 2 * room->member_cap;
    atr_hall_member **members;

    if (room->member_count < room->member_cap) {
        return ATR_OK;
    }
    members = atr_mem_resize(hall->mem, room->members,
                             room->member_cap * sizeof(atr_hall_member *),
                             cap * sizeof(atr_hall_member *));
    if (members == NULL) {
        return ATR_ERR_LIMIT;
    }
    room->members = members;
    room->member_cap = cap;
    return ATR_OK;
}

static atr_err make_way_in(atr_hall *hall, atr_hall_room *room)
{
    if (room->seen == NULL) {
        room->seen =
            atr_mem_alloc(hall->mem, ATR_EPOCH_WINDOW * sizeof *room->seen);
    }
    if (room->spare == NULL) {
        room->spare = atr_mem_alloc(hall->mem, sizeof *room->spare);
    }
    if (room->seen == NULL || room->spare == NULL ||
        grow_members(hall, room) != ATR_OK) {
        return ATR_ERR_LIMIT;
    }
    return atr_index_reserve(&room->index, hall->mem, room->member_count + 1);
}

/* For `count` who go. */
static atr_err make_way_out(atr_hall *hall, atr_hall_room *room, size_t count)
{
    size_t cap = room->past_cap == 0 ? 8 : room->past_cap;
    atr_hall_past *past;

    while (cap < ATR_PAST_MAX && cap - room->past_count < count) {
        cap *= 2;
    }
    if (cap == room->past_cap) {
        return ATR_OK;
    }
    past = atr_mem_resize(hall->mem, room->past, room->past_cap * sizeof *past,
                          cap * sizeof *past);
    if (past == NULL) {
        return ATR_ERR_LIMIT;
    }
    room->past = past;
    room->past_cap = cap;
    return ATR_OK;
}

atr_err atr_hall_make_way(atr_hall *hall, atr_hall_room *room,
                          const atr_record *record)
{
    const atr_hall_member *member = member_of(room, vk_of(record));

    if (record->kind == ATR_RECORD_CONTRIBUTION) {
        return make_way_in(hall, room);
    }
    if (record->kind == ATR_RECORD_TURN) {
        return make_way_out(hall, room, room->member_count);
    }
    if (member == NULL) {
        return ATR_ERR_INPUT; /* nobody: only a damaged store says so */
    }
    return record->kind == ATR_RECORD_LEAVE ? make_way_out(hall, room, 1)
                                            : ATR_OK;
}

/* --- the change ----------------------------------------------------------- */

/* Takes back what is remembered of one who was here before. */
static void recall(atr_hall_room *room, atr_hall_member *member)
{
    for (size_t i = 0; i < room->past_count; i++) {
        if (memcmp(room->past[i].vk, member->vk, 32) == 0) {
            member->number = room->past[i].number;
            member->number_seq = room->past[i].number_seq;
        }
    }
}

/* One entry a key; when all are in use the oldest goes. */
static void remember(atr_hall_room *room, const atr_hall_member *member)
{
    atr_hall_past *entry = NULL;

    if (member->number == 0 || room->past_cap == 0) {
        return;
    }
    for (size_t i = 0; i < room->past_count && entry == NULL; i++) {
        if (memcmp(room->past[i].vk, member->vk, 32) == 0) {
            entry = &room->past[i];
        }
    }
    if (entry == NULL && room->past_count < room->past_cap) {
        entry = &room->past[room->past_count++];
    } else if (entry == NULL) {
        entry = &room->past[room->past_at];
        room->past_at = (room->past_at + 1) % room->past_cap;
    }
    memcpy(entry->vk, member->vk, sizeof entry->vk);
    entry->number = member->number;
    entry->number_seq = member->number_seq;
}

static void apply_contribution(atr_hall *hall, atr_hall_room *room,
                               uint64_t seq, const atr_record *record)
{
    atr_hall_member *member = member_of(room, vk_of(record));

    if (member == NULL) {
        member = room->spare;
        room->spare = NULL;
        memcpy(member->vk, vk_of(record), sizeof member->vk);
        member->room = room;
        member->gone_at = hall->now + hall->config.limits.grace_ms;
        atr_ring_join(&hall->away, &member->away);
        recall(room, member);
        atr_index_drop(&room->before, member->vk);
        atr_index_put(&room->index, member->vk, (uint32_t)room->member_count);
        room->members[room->member_count++] = member;
        hall->stats.members++;
    }
    member->seq = seq;
    member->since = record->epoch;
    room->epoch = record->epoch;
    atr_hash_of(room->seen[room->epoch % ATR_EPOCH_WINDOW], record->message);
}

static void let_go(atr_hall *hall, atr_hall_room *room, atr_hall_member *member)
{
    remember(room, member);
    if (member->conn != NULL) {
        member->conn->member = NULL;
    }
    atr_ring_leave(&member->away);
    atr_mem_free(hall->mem, member, sizeof *member);
    hall->stats.members--;
}

static void apply_leave(atr_hall *hall, atr_hall_room *room,
                        const atr_record *record)
{
    uint32_t at = atr_index_find(&room->index, record->vk);
    size_t after = room->member_count - at - 1;

    let_go(hall, room, room->members[at]);
    atr_index_drop(&room->index, record->vk);
    memmove(&room->members[at], &room->members[at + 1],
            after * sizeof(atr_hall_member *));
    room->member_count--;
    room->epoch = record->epoch;
    room->left = record->epoch;
    memset(room->seen[room->epoch % ATR_EPOCH_WINDOW], 0, 32);
}

/* Everybody is put out, and known as one who was there: the index of who is
 * there becomes that of who was. */
static void apply_turn(atr_hall *hall, atr_hall_room *room, uint64_t seq,
                       const atr_record *record)
{
    while (room->member_count != 0) {
        let_go(hall, room, room->members[--room->member_count]);
    }
    atr_index_wipe(&room->before, hall->mem);
    room->before = room->index;
    room->index.slots = NULL;
    room->index.cap = 0;
    room->index.count = 0;
    room->period = record->period;
    room->turned = seq;
    room->epoch = record->epoch;
    room->left = record->epoch;
    if (room->seen != NULL) {
        memset(room->seen[room->epoch % ATR_EPOCH_WINDOW], 0, 32);
    }
    hall->opened = hall->opened == room ? NULL : hall->opened;
    atr_hall_turn_away(hall, room);
}

void atr_hall_apply(atr_hall *hall, atr_hall_room *room, uint64_t seq,
                    const atr_record *record)
{
    atr_hall_member *member = member_of(room, vk_of(record));

    switch ((atr_record_kind)record->kind) {
    case ATR_RECORD_CONTRIBUTION:
        apply_contribution(hall, room, seq, record);
        break;
    case ATR_RECORD_LEAVE:
        apply_leave(hall, room, record);
        break;
    case ATR_RECORD_CONFIRM:
        member->confirmed = record->epoch;
        break;
    case ATR_RECORD_TEXT:
        member->number = record->number;
        member->number_seq = seq;
        break;
    case ATR_RECORD_TURN:
        apply_turn(hall, room, seq, record);
        break;
    }
}

/* --- writing it down ------------------------------------------------------ */

/* The record is built where it will be sent from: once for all readers. */
static atr_err write_record(atr_hall *hall, atr_hall_room *room,
                            const atr_record *record)
{
    const atr_hall_store *store = hall->config.store;
    atr_builder body = atr_frame_begin(&room->fresh, hall->mem, ATR_FRAME_EVENT,
                                       8 + atr_record_len(record));
    atr_err err;

    atr_build_u64(&body, room->head + 1);
    atr_record_build(&body, record);
    if (atr_builder_end(&body) != ATR_OK) {
        return ATR_ERR_LIMIT;
    }
    hall->is_written = true;
    err = store->append(store->context, room->id, room->head + 1,
                        (atr_bytes){body.data + 8, body.len - 8});
    if (err != ATR_OK) {
        hall->is_broken = true;
        return ATR_ERR_IO;
    }
    return atr_frame_end(&room->fresh, &body);
}

atr_err atr_hall_append(atr_hall *hall, atr_hall_room *room,
                        const atr_record *record)
{
    atr_err err;

    if (hall->is_broken) {
        return ATR_ERR_IO;
    }
    if ((err = atr_hall_make_way(hall, room, record)) != ATR_OK ||
        (err = write_record(hall, room, record)) != ATR_OK) {
        return err;
    }
    room->head++;
    room->fresh_count++;
    atr_ring_join(&hall->fresh, &room->fresh_in);
    atr_hall_apply(hall, room, room->head, record);
    return ATR_OK;
}

atr_err atr_hall_end_member(atr_hall *hall, atr_hall_member *member, bool lost)
{
    atr_record record = {
        .kind = ATR_RECORD_LEAVE,
        .epoch = member->room->epoch + 1,
        .lost = lost,
    };
    atr_err err;

    memcpy(record.vk, member->vk, sizeof record.vk);
    err = atr_hall_append(hall, member->room, &record);
    hall->stats.leaves += err == ATR_OK;
    return err;
}
