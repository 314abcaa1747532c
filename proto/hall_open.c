#include "proto/hall_state.h"
#include "proto/text.h"

#define TEXT_FRAME_BYTES_MAX                                                   \
    (1 + 8 + 8 + 64 + 4 + ATR_TEXT_PLAIN_BYTES_MAX + ATR_TEXT_OVER_BYTES)

/* The largest frame a connection may send follows from where it stands. */
static size_t frame_limit(atr_hall *hall, const atr_hall_room *room,
                          atr_hall_phase phase)
{
    atr_ake_room ake = atr_hall_ake(hall, room);
    size_t message = 1 + atr_ake_message_len(&ake);

    if (phase == ATR_HALL_QUEUED || phase == ATR_HALL_CHALLENGED) {
        return 1 + ATR_JOIN_TAG_BYTES;
    }
    return message > TEXT_FRAME_BYTES_MAX ? message : TEXT_FRAME_BYTES_MAX;
}

static uint64_t texts_of(const atr_hall_room *room, const uint8_t vk[32])
{
    for (size_t i = 0; i < room->past_count; i++) {
        if (memcmp(room->past[i].vk, vk, 32) == 0) {
            return room->past[i].number;
        }
    }
    return 0;
}

/* --- OPEN ----------------------------------------------------------------- */

typedef struct {
    atr_hall_room *room;
    uint8_t vk[32];
    uint64_t after;
} opening;

/* Back in its seat; whoever held it before under the same key is out. */
static atr_err seat_member(atr_hall *hall, atr_hall_conn *conn,
                           const opening *o, atr_hall_member *member)
{
    atr_hall_conn *old = member->conn;

    if (o->after > o->room->head) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_ORDER);
    }
    if (atr_hall_say_room(hall, conn, o->room, ATR_SEAT_MEMBER,
                          member->number) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    if (old != NULL) {
        old->member = NULL;
        (void)atr_hall_refuse(hall, old, ATR_REFUSAL_ORDER);
    }
    atr_ring_leave(&member->away);
    atr_ring_leave(&conn->waiting);
    member->conn = conn;
    conn->member = member;
    conn->phase = ATR_HALL_MEMBER;
    conn->framer.limit = frame_limit(hall, o->room, conn->phase);
    atr_hall_subscribe(conn, o->room, o->after);
    return ATR_OK;
}

static atr_err say_challenge(atr_hall *hall, atr_hall_conn *conn,
                             const atr_hall_room *room)
{
    atr_ake_room ake = atr_hall_ake(hall, room);
    atr_join join = {room->id, conn->nonce, conn->vk};
    size_t len = atr_kem_capsule_len(ake.kem, ake.policy);
    atr_builder body = atr_hall_begin(hall, conn, ATR_FRAME_CHALLENGE, 4 + len);
    uint8_t ad[ATR_JOIN_AD_BYTES];
    uint8_t key[ATR_KEM_KEY_BYTES];
    uint8_t *capsule;

    atr_build_u32(&body, (uint32_t)len);
    capsule = atr_build_space(&body, len);
    if (capsule == NULL) {
        return ATR_ERR_LIMIT;
    }
    atr_join_ad(ad, &join);
    atr_kem_encap(capsule, key, ake.kem, ake.policy, ATR_BYTES(ad), &hall->rng);
    atr_join_answer(conn->tag, &join, key);
    atr_wipe(key, sizeof key);
    return atr_hall_reply(hall, conn, &body);
}

/* Was there when the period turned, and has not read so far: it reads up to
 * there as a member, and comes again. */
static atr_err seat_past(atr_hall *hall, atr_hall_conn *conn, const opening *o)
{
    if (atr_hall_say_room(hall, conn, o->room, ATR_SEAT_MEMBER,
                          texts_of(o->room, o->vk)) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    conn->framer.limit = frame_limit(hall, o->room, ATR_HALL_TURNED);
    atr_hall_subscribe(conn, o->room, o->after);
    atr_hall_turn_away_one(hall, conn);
    return ATR_OK;
}

static bool is_full(const atr_hall *hall, const atr_hall_room *room)
{
    return room->member_count >= hall->config.limits.members_max;
}

atr_err atr_hall_challenge(atr_hall *hall, atr_hall_conn *conn)
{
    const atr_hall_room *room = conn->room;

    if (conn->return_to < room->turned) {
        conn->return_to = 0; /* the period has turned again meanwhile */
    }
    if (is_full(hall, room) ||
        atr_hall_say_room(hall, conn, room,
                          conn->return_to != 0 ? ATR_SEAT_RETURN : ATR_SEAT_NEW,
                          texts_of(room, conn->vk)) != ATR_OK ||
        say_challenge(hall, conn, room) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    conn->phase = ATR_HALL_CHALLENGED;
    conn->asked_in = room->turned;
    hall->stats.challenges++;
    atr_hall_wait(hall, conn);
    return ATR_OK;
}

static atr_err take_newcomer(atr_hall *hall, atr_hall_conn *conn,
                             atr_hall_room *room)
{
    if (is_full(hall, room)) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    conn->phase = ATR_HALL_QUEUED;
    conn->room = room;
    conn->sent_seq = UINT64_MAX; /* gets nothing of the log yet */
    conn->framer.limit = frame_limit(hall, room, conn->phase);
    return atr_hall_knock(hall, conn);
}

/* Where somebody stands who asks to be let in. */
static atr_err seat(atr_hall *hall, atr_hall_conn *conn, const opening *o)
{
    atr_hall_room *room = o->room;
    uint32_t at = atr_index_find(&room->index, o->vk);
    bool was_there = o->after != 0 && o->after <= room->head &&
                     atr_index_find(&room->before, o->vk) != ATR_INDEX_NONE;

    if (at != ATR_INDEX_NONE) {
        return seat_member(hall, conn, o, room->members[at]);
    }
    if (was_there && o->after < room->turned) {
        return seat_past(hall, conn, o);
    }
    conn->return_to = was_there ? o->after : 0;
    return take_newcomer(hall, conn, room);
}

atr_err atr_hall_take_open(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader)
{
    atr_bytes id = atr_read_view(reader, 32);
    opening o = {0};
    uint8_t sig[64];
    atr_join join;

    atr_read_copy(reader, o.vk, sizeof o.vk);
    o.after = atr_read_u64(reader);
    atr_read_copy(reader, sig, sizeof sig);
    if (atr_reader_end(reader) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_MALFORMED);
    }
    if (atr_hall_is_behind(conn)) { /* cannot know yet that it is TURNED */
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_ORDER);
    }
    o.room = atr_hall_find(hall, id.data);
    if (o.room == NULL) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_NO_ROOM);
    }
    join = (atr_join){o.room->id, conn->nonce, o.vk};
    if (atr_join_verify(sig, &join, o.after) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_DENIED);
    }
    memcpy(conn->vk, o.vk, sizeof conn->vk);
    return seat(hall, conn, &o);
}

/* --- ANSWER --------------------------------------------------------------- */

/* The contributions that live now, in the order of seniority. */
static atr_err note_load(atr_hall *hall, atr_hall_conn *conn,
                         const atr_hall_room *room)
{
    size_t count = room->member_count;

    if (count == 0) {
        return ATR_OK;
    }
    conn->load = atr_mem_alloc(hall->mem, count * sizeof *conn->load);
    if (conn->load == NULL) {
        return ATR_ERR_LIMIT;
    }
    conn->load_count = count;
    for (size_t i = 0; i < count; i++) {
        conn->load[i] = room->members[i]->seq;
    }
    return ATR_OK;
}

/* What an admitted connection reads from: a newcomer the parts that live and
 * what follows the head; who returns, what it has not read. */
typedef struct {
    uint64_t epoch;
    uint64_t head;
    uint32_t parts;
} beginning;

static atr_err begin_at(beginning *out, atr_hall *hall, atr_hall_conn *conn)
{
    const atr_hall_room *room = conn->room;

    *out = (beginning){room->epoch, room->head, (uint32_t)room->member_count};
    if (conn->return_to == 0) {
        return note_load(hall, conn, room);
    }
    out->head = conn->return_to;
    out->parts = 0;
    return atr_hall_epoch_at(&out->epoch, hall, room, out->head);
}

static atr_err admit(atr_hall *hall, atr_hall_conn *conn, atr_hall_room *room)
{
    atr_builder body;
    beginning from;
    atr_err err = begin_at(&from, hall, conn);

    if (err != ATR_OK) {
        return err;
    }
    body = atr_hall_begin(hall, conn, ATR_FRAME_ADMITTED, 8 + 8 + 4);
    atr_build_u64(&body, from.epoch);
    atr_build_u64(&body, from.head);
    atr_build_u32(&body, from.parts);
    if ((err = atr_hall_reply(hall, conn, &body)) != ATR_OK) {
        return err;
    }
    conn->phase = ATR_HALL_ADMITTED;
    conn->framer.limit = frame_limit(hall, room, conn->phase);
    atr_hall_subscribe(conn, room, from.head);
    atr_hall_wait(hall, conn);
    return ATR_OK;
}

atr_err atr_hall_take_answer(atr_hall *hall, atr_hall_conn *conn,
                             atr_reader *reader)
{
    atr_bytes tag = atr_read_view(reader, ATR_JOIN_TAG_BYTES);
    atr_hall_room *room = conn->room;
    atr_err err;

    if (atr_reader_end(reader) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_MALFORMED);
    }
    if (conn->asked_in != room->turned) { /* under a policy that is past */
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_PERIOD);
    }
    if (!atr_secret_equal(tag.data, conn->tag, sizeof conn->tag)) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_DENIED);
    }
    atr_wipe(conn->tag, sizeof conn->tag);
    if (atr_index_find(&room->index, conn->vk) != ATR_INDEX_NONE) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_ORDER);
    }
    err = is_full(hall, room) ? ATR_ERR_LIMIT : admit(hall, conn, room);
    return err == ATR_OK || err == ATR_ERR_IO
               ? err
               : atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
}
