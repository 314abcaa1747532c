#include "proto/hall_state.h"
#include "proto/text.h"
#include "sym/hash.h"

static atr_err refuse_malformed(atr_hall *hall, atr_hall_conn *conn)
{
    return atr_hall_refuse(hall, conn, ATR_REFUSAL_MALFORMED);
}

/* Two numbers: ACK and STALE. */
static atr_err say_pair(atr_hall *hall, atr_hall_conn *conn,
                        atr_frame_type type, uint64_t a, uint64_t b)
{
    atr_builder body = atr_hall_begin(hall, conn, type, 16);

    atr_build_u64(&body, a);
    atr_build_u64(&body, b);
    if (atr_hall_reply(hall, conn, &body) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    return ATR_OK;
}

static atr_err append_or_refuse(atr_hall *hall, atr_hall_conn *conn,
                                const atr_record *record)
{
    atr_err err = atr_hall_append(hall, conn->room, record);

    return err == ATR_OK || err == ATR_ERR_IO
               ? err
               : atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
}

/* --- CONTRIBUTE ----------------------------------------------------------- */

static bool was_seen(const atr_hall_room *room, const uint8_t digest[32])
{
    for (size_t i = 0; room->seen != NULL && i < ATR_EPOCH_WINDOW; i++) {
        if (memcmp(room->seen[i], digest, 32) == 0) {
            return true;
        }
    }
    return false;
}

/* A newcomer may be late by a few epochs, so that many can come at once. A
 * member renews its part only for the epoch it sees: of several who want to
 * open a closed one, the first does. And it does so once for a leave: every
 * part costs everybody a decapsulation. */
static bool is_stale(const atr_hall_conn *conn, uint64_t base)
{
    const atr_hall_room *room = conn->room;

    if (conn->member != NULL) {
        return base != room->epoch || conn->member->since > room->left;
    }
    return room->epoch - base > ATR_EPOCH_WINDOW;
}

static void take_seat(atr_hall *hall, atr_hall_conn *conn)
{
    atr_hall_room *room = conn->room;
    atr_hall_member *member =
        room->members[atr_index_find(&room->index, conn->vk)];

    atr_ring_leave(&member->away);
    atr_ring_leave(&conn->waiting);
    member->conn = conn;
    conn->member = member;
    conn->phase = ATR_HALL_MEMBER;
    hall->stats.joins++;
}

static atr_err check_contribution(atr_ake_part *part, atr_hall *hall,
                                  atr_hall_conn *conn, atr_bytes message)
{
    atr_hall_room *room = conn->room;
    atr_ake_room ake = atr_hall_ake(hall, room);
    atr_err err = atr_ake_verify(part, &ake, message);
    bool is_member = atr_index_find(&room->index, conn->vk) != ATR_INDEX_NONE;

    if (err == ATR_ERR_INPUT || (err == ATR_OK && part->base > room->epoch)) {
        return refuse_malformed(hall, conn);
    }
    if (err != ATR_OK || memcmp(part->vk, conn->vk, 32) != 0) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_DENIED);
    }
    if (is_member != (conn->member != NULL)) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_ORDER);
    }
    if (!is_member && room->member_count >= hall->config.limits.members_max) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    return ATR_OK;
}

atr_err atr_hall_take_contribute(atr_hall *hall, atr_hall_conn *conn,
                                 atr_reader *reader)
{
    atr_hall_room *room = conn->room;
    atr_record record = {.kind = ATR_RECORD_CONTRIBUTION,
                         .epoch = room->epoch + 1,
                         .message = atr_read_rest(reader)};
    atr_ake_part part = {0};
    uint8_t digest[32];
    atr_err err = check_contribution(&part, hall, conn, record.message);

    if (err != ATR_OK) {
        return err;
    }
    atr_hash_of(digest, record.message);
    if (was_seen(room, digest)) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_DENIED);
    }
    if (is_stale(conn, part.base)) {
        hall->stats.stale++;
        return say_pair(hall, conn, ATR_FRAME_STALE, 0, room->epoch);
    }
    err = append_or_refuse(hall, conn, &record);
    if (err == ATR_OK && conn->member == NULL) {
        take_seat(hall, conn);
    }
    return err;
}

/* --- CONFIRM -------------------------------------------------------------- */

/* One that comes too late or twice is nobody's fault and of no use. */
atr_err atr_hall_take_confirm(atr_hall *hall, atr_hall_conn *conn,
                              atr_reader *reader)
{
    atr_record record = {.kind = ATR_RECORD_CONFIRM};

    record.epoch = atr_read_u64(reader);
    atr_read_copy(reader, record.tag, sizeof record.tag);
    memcpy(record.vk, conn->vk, sizeof record.vk);
    if (atr_reader_end(reader) != ATR_OK) {
        return refuse_malformed(hall, conn);
    }
    if (record.epoch != conn->room->epoch ||
        conn->member->confirmed == record.epoch) {
        return ATR_OK;
    }
    return append_or_refuse(hall, conn, &record);
}

/* --- TEXT ----------------------------------------------------------------- */

atr_err atr_hall_take_text(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader)
{
    const atr_hall_member *member = conn->member;
    atr_record record = {.kind = ATR_RECORD_TEXT};
    atr_err err;

    record.number = atr_read_u64(reader);
    record.epoch = atr_read_u64(reader);
    atr_read_copy(reader, record.sig, sizeof record.sig);
    record.sealed = atr_read_field(reader);
    memcpy(record.vk, conn->vk, sizeof record.vk);
    if (atr_reader_end(reader) != ATR_OK || record.number == 0 ||
        record.epoch == 0 || record.epoch > conn->room->epoch ||
        !atr_text_is_sealed_len(record.sealed.len)) {
        return refuse_malformed(hall, conn);
    }
    if (record.number <= member->number) { /* said twice, kept once */
        return say_pair(hall, conn, ATR_FRAME_ACK, record.number,
                        record.number == member->number ? member->number_seq
                                                        : 0);
    }
    if (record.epoch != conn->room->epoch) {
        hall->stats.stale++;
        return say_pair(hall, conn, ATR_FRAME_STALE, record.number,
                        conn->room->epoch);
    }
    if (record.number != member->number + 1) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_ORDER);
    }
    if ((err = append_or_refuse(hall, conn, &record)) != ATR_OK) {
        return err;
    }
    hall->stats.texts++;
    return say_pair(hall, conn, ATR_FRAME_ACK, record.number, conn->room->head);
}

/* --- LEAVE ---------------------------------------------------------------- */

atr_err atr_hall_take_leave(atr_hall *hall, atr_hall_conn *conn,
                            atr_reader *reader)
{
    atr_err err;

    if (atr_reader_end(reader) != ATR_OK) {
        return refuse_malformed(hall, conn);
    }
    err = atr_hall_end_member(hall, conn->member, false);
    if (err == ATR_ERR_IO) {
        return err;
    }
    if (err != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    atr_hall_end(hall, conn);
    return ATR_OK;
}
