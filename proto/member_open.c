#include "proto/member_state.h"

static atr_join join_of(const atr_member *m)
{
    return (atr_join){m->room.room, m->nonce, m->signer.vk};
}

/* --- HELLO -> OPEN -------------------------------------------------------- */

atr_err atr_member_open_room(atr_member *m)
{
    uint64_t after = m->has_roster ? m->last_seq : 0;
    atr_join join = join_of(m);
    atr_builder body;
    uint8_t sig[64];
    atr_err err;

    atr_join_sign(sig, &join, after, m->signer.sk);
    body = atr_frame_begin(&m->out, m->mem, ATR_FRAME_OPEN, 32 + 32 + 8 + 64);
    atr_build_bytes(&body, ATR_BYTES(m->room.room));
    atr_build_bytes(&body, ATR_BYTES(m->signer.vk));
    atr_build_u64(&body, after);
    atr_build_bytes(&body, ATR_BYTES(sig));
    err = atr_frame_end(&m->out, &body);
    if (err == ATR_OK) {
        m->phase = ATR_MEMBER_OPENING;
    }
    return err;
}

atr_err atr_member_take_hello(atr_member *m, atr_reader *reader)
{
    unsigned version = atr_read_u16(reader);
    atr_bytes nonce = atr_read_view(reader, ATR_JOIN_NONCE_BYTES);

    if (atr_reader_end(reader) != ATR_OK || version != ATR_PROTOCOL_VERSION) {
        return ATR_ERR_INPUT;
    }
    memcpy(m->nonce, nonce.data, nonce.len);
    m->phase = ATR_MEMBER_READY;
    return ATR_OK;
}

/* --- ROOM ------------------------------------------------------------------
 */

typedef struct {
    atr_bytes descriptor;
    uint64_t epoch;
    uint64_t head;
    uint64_t acked;
    uint8_t seat;
    atr_period period;
} room_frame;

static atr_err read_room(room_frame *out, atr_reader *reader)
{
    out->descriptor = atr_read_field(reader);
    (void)atr_read_view(reader, ATR_MPK_BYTES); /* we have a key of it */
    out->epoch = atr_read_u64(reader);
    out->head = atr_read_u64(reader);
    (void)atr_read_u32(reader);
    out->seat = atr_read_u8(reader);
    out->acked = atr_read_u64(reader);
    out->period.number = atr_read_u64(reader);
    out->period.generation = atr_read_u32(reader);
    if (out->seat < ATR_SEAT_NEW || out->seat > ATR_SEAT_RETURN) {
        atr_reader_fail(reader);
    }
    return atr_reader_end(reader);
}

/* The id is the hash of the descriptor, so it is checked once. */
static atr_err learn_room(atr_member *m, atr_bytes descriptor)
{
    atr_event event = {.kind = ATR_EVENT_ROOM, .descriptor = &m->descriptor};
    uint8_t id[32];
    atr_err err;

    atr_room_id(id, descriptor);
    if (memcmp(id, m->room.room, sizeof id) != 0) {
        return ATR_ERR_AUTH;
    }
    if (m->has_room) {
        return ATR_OK;
    }
    if ((err = atr_member_reserve(m, 1, 0)) != ATR_OK ||
        (err = atr_room_read(&m->descriptor, descriptor)) != ATR_OK) {
        return err;
    }
    m->has_room = true;
    m->wants_crowd = m->descriptor.min_crowd != 0 && !m->force;
    return atr_member_tell(m, &event, NULL);
}

static bool is_of_our_authority(const atr_member *m)
{
    return m->descriptor.scheme == m->kem->scheme &&
           memcmp(m->descriptor.hm, m->kem->hm, sizeof m->kem->hm) == 0;
}

static atr_err resume(atr_member *m, const room_frame *room)
{
    if (!m->has_roster) {
        atr_member_renew(m); /* known by a contribution we gave up */
        return ATR_ERR_STATE;
    }
    if (room->head < m->last_seq || room->acked > m->sent) {
        return ATR_ERR_AUTH;
    }
    if (room->head == m->last_seq && atr_member_self(m) == ATR_NOBODY) {
        return ATR_ERR_AUTH;
    }
    m->head = room->head;
    m->phase =
        room->head == m->last_seq ? ATR_MEMBER_LIVE : ATR_MEMBER_CATCHING;
    return atr_member_reserve(m, 1, 0);
}

/* Who returns stands where it has read to, in the period it knows; any other
 * newcomer begins anew, in the period that the hall tells. */
static atr_err stand(atr_member *m, const room_frame *room)
{
    atr_err err;

    if (room->seat == ATR_SEAT_RETURN) {
        return m->is_returning && m->has_roster && m->has_period &&
                       atr_period_compare(room->period, m->period) == 0
                   ? ATR_OK
                   : ATR_ERR_AUTH;
    }
    if ((err = atr_member_forget(m)) != ATR_OK ||
        (err = atr_member_reserve(m, 1, 0)) != ATR_OK) {
        return err;
    }
    return m->descriptor.period_s == 0
               ? ATR_OK
               : atr_member_enter_period(m, room->period);
}

/* Before there is a key for this period, and it is known how many could enter,
 * the connection is of no use: the challenge is on its way already. */
static atr_err enter(atr_member *m, const room_frame *room)
{
    atr_err err;

    if (room->acked > m->sent) {
        return ATR_ERR_AUTH;
    }
    if ((err = atr_member_rebase(m, room->acked)) != ATR_OK ||
        (err = stand(m, room)) != ATR_OK) {
        return err;
    }
    if (m->wants_key || m->wants_crowd) {
        return ATR_ERR_STATE;
    }
    m->phase = ATR_MEMBER_CHALLENGED;
    return ATR_OK;
}

/* Who cannot enter goes without a word to the hall. */
atr_err atr_member_take_room(atr_member *m, atr_reader *reader)
{
    room_frame room;
    atr_err err;

    if ((err = read_room(&room, reader)) != ATR_OK ||
        (err = learn_room(m, room.descriptor)) != ATR_OK) {
        return err;
    }
    if (!is_of_our_authority(m) ||
        (!atr_policy_admits(&m->descriptor.policy, &m->secret->attrs) &&
         !m->force)) {
        atr_member_refuse(m, ATR_ERR_POLICY, 0, true);
        return ATR_OK;
    }
    return room.seat == ATR_SEAT_MEMBER ? resume(m, &room) : enter(m, &room);
}

void atr_member_crowd(atr_member *m, uint32_t people, atr_time now)
{
    m->now = now;
    if (m->is_over || !m->wants_crowd) {
        return;
    }
    if (people < m->descriptor.min_crowd) {
        atr_member_refuse(m, ATR_ERR_STATE, ATR_REFUSAL_CROWD, true);
        return;
    }
    m->wants_crowd = false;
    (void)atr_member_settle(m); /* or when it tries again */
}

/* --- CHALLENGE -> ANSWER ----------------------------------------------------
 */

/* A cheat answers with what it can compute, or with a guess. */
static atr_err cheat(atr_member *m, uint8_t key[32], atr_bytes ad,
                     atr_bytes capsule)
{
    if (atr_kem_decap_forced(key, m->kem, m->secret, m->room.policy, ad,
                             capsule) != ATR_OK) {
        atr_rng_bytes(&m->rng, key, ATR_KEM_KEY_BYTES);
    }
    return ATR_OK;
}

static atr_err answer(atr_member *m, const uint8_t key[32])
{
    uint8_t tag[ATR_JOIN_TAG_BYTES];
    atr_join join = join_of(m);
    atr_builder body =
        atr_frame_begin(&m->out, m->mem, ATR_FRAME_ANSWER, ATR_JOIN_TAG_BYTES);

    atr_join_answer(tag, &join, key);
    ATR_PUBLIC(tag, sizeof tag);
    atr_build_bytes(&body, ATR_BYTES(tag));
    return atr_frame_end(&m->out, &body);
}

/* A capsule made for any other policy than the room's opens for nobody, so
 * the hall learns nothing from silence. */
atr_err atr_member_take_challenge(atr_member *m, atr_reader *reader)
{
    atr_bytes capsule = atr_read_field(reader);
    atr_join join = join_of(m);
    uint8_t ad[ATR_JOIN_AD_BYTES];
    uint8_t key[ATR_KEM_KEY_BYTES] = {0};
    atr_err err;

    if (atr_reader_end(reader) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    atr_join_ad(ad, &join);
    err = atr_kem_decap(key, m->kem, m->secret, m->room.policy, ATR_BYTES(ad),
                        capsule);
    if (err == ATR_ERR_POLICY && m->force) {
        err = cheat(m, key, ATR_BYTES(ad), capsule);
    }
    if (err == ATR_OK) {
        err = answer(m, key);
    }
    atr_wipe(key, sizeof key);
    if (err == ATR_OK) {
        m->phase = ATR_MEMBER_ANSWERED;
    }
    return err == ATR_OK || err == ATR_ERR_LIMIT ? err : ATR_ERR_AUTH;
}

/* --- ADMITTED -> CONTRIBUTE --------------------------------------------------
 */

/* Who returns reads on where it stands. */
static atr_err go_on(atr_member *m, uint64_t epoch, uint64_t head,
                     uint32_t parts)
{
    atr_err err;

    if (epoch != m->epoch || head != m->last_seq || parts != 0) {
        return ATR_ERR_AUTH;
    }
    m->stale_epoch = 0;
    if ((err = atr_member_contribute(m)) == ATR_OK) {
        m->phase = ATR_MEMBER_JOINING;
    }
    return err;
}

/* Making a contribution is cheap and reading those of others is not, so ours
 * goes first and everybody works at the same time. */
atr_err atr_member_take_admitted(atr_member *m, atr_reader *reader)
{
    uint64_t epoch = atr_read_u64(reader);
    uint64_t head = atr_read_u64(reader);
    uint32_t parts = atr_read_u32(reader);
    atr_err err = atr_reader_end(reader);

    if (err != ATR_OK || parts > ATR_ROOM_MEMBERS_MAX || epoch > head) {
        return ATR_ERR_INPUT;
    }
    if (m->is_returning) {
        return go_on(m, epoch, head, parts);
    }
    atr_member_begin(m, epoch, true, NULL);
    m->last_seq = head;
    m->load_epoch = epoch;
    m->load_left = parts;
    m->stale_epoch = 0;
    m->has_roster = parts == 0;
    if ((err = atr_member_contribute(m)) != ATR_OK) {
        return err;
    }
    m->phase = parts == 0 ? ATR_MEMBER_JOINING : ATR_MEMBER_LOADING;
    return ATR_OK;
}
