#include "proto/hall_state.h"

size_t atr_hall_size(void)
{
    return sizeof(atr_hall);
}

atr_hall_limits atr_hall_limits_default(void)
{
    return (atr_hall_limits){
        .grace_ms = 60000,
        .answer_ms = 20000,
        .rooms_max = 10000,
        .members_max = 10000,
        .conn_bytes_max = 4u << 20,
        .challenges_per_second = 100,
    };
}

atr_hall *atr_hall_init(void *memory, const atr_hall_config *config,
                        atr_mem *mem, const uint8_t seed[32], atr_time now,
                        atr_err *err)
{
    atr_hall *hall = memory;

    memset(hall, 0, sizeof *hall);
    hall->config = *config;
    hall->mem = mem;
    hall->now = now;
    hall->wall_ms = config->unix_ms - now;
    hall->turn_s = UINT64_MAX;
    hall->retry_at = ATR_NEVER;
    atr_rng_init(&hall->rng, seed);
    atr_rng_bytes(&hall->rng, hall->index.secret, sizeof hall->index.secret);
    atr_ring_init(&hall->ready);
    atr_ring_init(&hall->dirty);
    atr_ring_init(&hall->waiting);
    atr_ring_init(&hall->away);
    atr_ring_init(&hall->fresh);
    atr_hall_door_init(hall);
    *err = atr_hall_load(hall);
    if (*err != ATR_OK) {
        atr_hall_wipe(hall);
        return NULL;
    }
    return hall;
}

/* --- connections ---------------------------------------------------------- */

static atr_hall_conn *conn_of(const atr_hall *hall, uint32_t number)
{
    return number < hall->conn_cap ? hall->conns[number] : NULL;
}

/* The rooms's and the member's side of a connection. */
static void detach(atr_hall *hall, atr_hall_conn *conn)
{
    atr_hall_member *member = conn->member;

    atr_ring_leave(&conn->subscribed);
    atr_ring_leave(&conn->waiting);
    atr_ring_leave(&conn->line);
    atr_framer_wipe(&conn->framer, hall->mem);
    atr_mem_free(hall->mem, conn->load, conn->load_count * sizeof *conn->load);
    atr_wipe(conn->tag, sizeof conn->tag);
    conn->load = NULL;
    conn->load_count = 0;
    conn->room = NULL;
    conn->member = NULL;
    if (member != NULL) {
        member->conn = NULL;
        member->gone_at = hall->now + hall->config.limits.grace_ms;
        atr_ring_join(&hall->away, &member->away);
    }
    conn->phase = ATR_HALL_OVER;
}

atr_err atr_hall_refuse(atr_hall *hall, atr_hall_conn *conn, atr_refusal why)
{
    atr_builder body = atr_hall_begin(hall, conn, ATR_FRAME_REFUSED, 1);
    bool is_first = conn->held == 0;

    atr_build_u8(&body, (uint8_t)why);
    (void)atr_hall_reply(hall, conn, &body);
    if (is_first) {
        conn->held = 0; /* says nothing that might be lost */
    }
    detach(hall, conn);
    hall->stats.malformed += why == ATR_REFUSAL_MALFORMED;
    hall->stats.denials += why == ATR_REFUSAL_DENIED;
    return why == ATR_REFUSAL_MALFORMED ? ATR_ERR_INPUT
           : why == ATR_REFUSAL_FULL    ? ATR_ERR_LIMIT
           : why == ATR_REFUSAL_DENIED  ? ATR_ERR_AUTH
                                        : ATR_ERR_STATE;
}

void atr_hall_cut(atr_hall *hall, atr_hall_conn *conn)
{
    detach(hall, conn);
    atr_queue_wipe(&conn->out, hall->mem);
    conn->held = 0;
    atr_ring_join(&hall->ready, &conn->ready);
}

void atr_hall_end(atr_hall *hall, atr_hall_conn *conn)
{
    detach(hall, conn);
    atr_ring_join(&hall->dirty, &conn->dirty);
}

/* All wait equally long, so the list stays in order. */
void atr_hall_wait(atr_hall *hall, atr_hall_conn *conn)
{
    atr_ring_leave(&conn->waiting);
    conn->due = hall->now + hall->config.limits.answer_ms;
    atr_ring_join(&hall->waiting, &conn->waiting);
}

static atr_err grow_conns(atr_hall *hall, uint32_t number)
{
    size_t cap = hall->conn_cap == 0 ? 16 : hall->conn_cap;
    atr_hall_conn **conns;

    while (cap <= number) {
        cap *= 2;
    }
    if (cap == hall->conn_cap) {
        return ATR_OK;
    }
    conns = atr_mem_resize(hall->mem, hall->conns,
                           hall->conn_cap * sizeof(atr_hall_conn *),
                           cap * sizeof(atr_hall_conn *));
    if (conns == NULL) {
        return ATR_ERR_LIMIT;
    }
    hall->conns = conns;
    hall->conn_cap = cap;
    return ATR_OK;
}

static atr_err say_hello(atr_hall *hall, atr_hall_conn *conn)
{
    atr_builder body =
        atr_hall_begin(hall, conn, ATR_FRAME_HELLO, 2 + ATR_JOIN_NONCE_BYTES);
    atr_err err;

    atr_rng_bytes(&hall->rng, conn->nonce, sizeof conn->nonce);
    atr_build_u16(&body, ATR_PROTOCOL_VERSION);
    atr_build_bytes(&body, ATR_BYTES(conn->nonce));
    err = atr_hall_reply(hall, conn, &body);
    conn->held = 0;
    return err;
}

/* What a client may send first is at most a room to create. */
#define FIRST_BYTES_MAX (1 + 4 + ATR_ROOM_DESCRIPTOR_BYTES_MAX + ATR_MPK_BYTES)

atr_err atr_hall_opened(atr_hall *hall, uint32_t number, atr_time now)
{
    atr_hall_conn *conn;

    hall->now = now;
    atr_hall_turn_tick(hall); /* who comes now comes to the present period */
    if (conn_of(hall, number) != NULL) {
        return ATR_ERR_STATE;
    }
    if (grow_conns(hall, number) != ATR_OK) {
        return ATR_ERR_LIMIT;
    }
    conn = atr_mem_alloc(hall->mem, sizeof *conn);
    if (conn == NULL) {
        return ATR_ERR_LIMIT;
    }
    conn->number = number;
    conn->framer.limit = FIRST_BYTES_MAX;
    conn->bytes_max = hall->config.limits.conn_bytes_max;
    hall->conns[number] = conn;
    hall->stats.connections++;
    if (hall->is_draining) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_CLOSING);
    }
    if (say_hello(hall, conn) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    atr_hall_wait(hall, conn);
    return ATR_OK;
}

void atr_hall_closed(atr_hall *hall, uint32_t number, atr_time now)
{
    atr_hall_conn *conn = conn_of(hall, number);

    hall->now = now;
    if (conn == NULL) {
        return;
    }
    detach(hall, conn);
    atr_ring_leave(&conn->ready);
    atr_ring_leave(&conn->dirty);
    atr_queue_wipe(&conn->out, hall->mem);
    hall->conns[number] = NULL;
    hall->stats.connections--;
    atr_mem_free(hall->mem, conn, sizeof *conn);
}

/* --- frames --------------------------------------------------------------- */

#define TO(phase) (1u << ATR_HALL_##phase)

/* What each phase of a connection takes, and where it may lead; to OVER
 * everything may. tool/protocol_graph.py draws it in doc/protocol.md. */
static const struct {
    atr_hall_phase phase;
    atr_frame_type type;
    atr_err (*take)(atr_hall *hall, atr_hall_conn *conn, atr_reader *reader);
    unsigned next;
} table[] = {
    {ATR_HALL_FRESH, ATR_FRAME_CREATE, atr_hall_take_create, TO(FRESH)},
    {ATR_HALL_FRESH, ATR_FRAME_LIST, atr_hall_take_list, TO(FRESH)},
    {ATR_HALL_FRESH, ATR_FRAME_LOOK, atr_hall_take_look, TO(FRESH)},
    {ATR_HALL_FRESH, ATR_FRAME_OPEN, atr_hall_take_open,
     TO(QUEUED) | TO(CHALLENGED) | TO(MEMBER) | TO(TURNED)},
    {ATR_HALL_CHALLENGED, ATR_FRAME_ANSWER, atr_hall_take_answer, TO(ADMITTED)},
    {ATR_HALL_ADMITTED, ATR_FRAME_CONTRIBUTE, atr_hall_take_contribute,
     TO(ADMITTED) | TO(MEMBER)},
    {ATR_HALL_MEMBER, ATR_FRAME_CONTRIBUTE, atr_hall_take_contribute,
     TO(MEMBER)},
    {ATR_HALL_MEMBER, ATR_FRAME_CONFIRM, atr_hall_take_confirm, TO(MEMBER)},
    {ATR_HALL_MEMBER, ATR_FRAME_TEXT, atr_hall_take_text, TO(MEMBER)},
    {ATR_HALL_MEMBER, ATR_FRAME_LEAVE, atr_hall_take_leave, 0},
    {ATR_HALL_TURNED, ATR_FRAME_OPEN, atr_hall_take_open,
     TO(QUEUED) | TO(CHALLENGED) | TO(MEMBER) | TO(TURNED)},
    {ATR_HALL_TURNED, ATR_FRAME_CONTRIBUTE, atr_hall_take_late, TO(TURNED)},
    {ATR_HALL_TURNED, ATR_FRAME_CONFIRM, atr_hall_take_late, TO(TURNED)},
    {ATR_HALL_TURNED, ATR_FRAME_TEXT, atr_hall_take_late, TO(TURNED)},
    {ATR_HALL_TURNED, ATR_FRAME_LEAVE, atr_hall_take_late_leave, 0},
};

static atr_err take(atr_hall *hall, atr_hall_conn *conn, uint8_t type,
                    atr_bytes body)
{
    atr_reader reader = atr_reader_of(body);
    bool is_known = false;
    atr_err err;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        is_known |= table[i].type == type;
        if (table[i].phase != conn->phase || table[i].type != type) {
            continue;
        }
        err = table[i].take(hall, conn, &reader);
        if (err == ATR_OK && conn->phase != ATR_HALL_OVER &&
            (table[i].next >> conn->phase & 1) == 0) {
            __builtin_trap(); /* the table is the truth */
        }
        return err;
    }
    return atr_hall_refuse(
        hall, conn, is_known ? ATR_REFUSAL_ORDER : ATR_REFUSAL_MALFORMED);
}

/* Who does not read the answers may not ask more. */
static bool has_too_much_unread(const atr_hall_conn *conn)
{
    return atr_queue_bytes(&conn->out).len > conn->bytes_max;
}

atr_err atr_hall_recv(atr_hall *hall, uint32_t number, atr_bytes in,
                      atr_time now)
{
    atr_hall_conn *conn = conn_of(hall, number);
    atr_err err = ATR_OK;
    uint8_t type;
    atr_bytes body;

    hall->now = now;
    if (hall->is_broken) {
        return ATR_ERR_IO;
    }
    if (conn == NULL || conn->phase == ATR_HALL_OVER) {
        return ATR_ERR_STATE;
    }
    hall->stats.bytes_in += in.len;
    if (atr_framer_put(&conn->framer, hall->mem, in) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    while (err == ATR_OK && conn->phase != ATR_HALL_OVER &&
           atr_framer_next(&conn->framer, &type, &body, &err)) {
        if (has_too_much_unread(conn)) {
            hall->stats.cut_slow++;
            atr_hall_cut(hall, conn);
            return ATR_ERR_LIMIT;
        }
        err = take(hall, conn, type, body);
        if (conn->phase != ATR_HALL_OVER) {
            atr_framer_drop(&conn->framer, hall->mem);
        }
    }
    if (err != ATR_OK && conn->phase != ATR_HALL_OVER) {
        /* A frame too long, or no memory: everything else has refused. */
        (void)atr_hall_refuse(hall, conn,
                              err == ATR_ERR_LIMIT && type == 0
                                  ? ATR_REFUSAL_MALFORMED
                                  : ATR_REFUSAL_FULL);
    }
    return err;
}

/* --- time ----------------------------------------------------------------- */

atr_time atr_hall_deadline(const atr_hall *hall)
{
    atr_time door = atr_hall_door_deadline(hall);
    atr_time turn = atr_hall_turn_deadline(hall);
    atr_time due = door < turn ? door : turn;

    if (hall->waiting.next != &hall->waiting) {
        atr_time slow =
            ATR_RING_OF(hall->waiting.next, atr_hall_conn, waiting)->due;

        due = slow < due ? slow : due;
    }
    if (hall->away.next != &hall->away && !hall->is_draining) {
        atr_time gone =
            ATR_RING_OF(hall->away.next, atr_hall_member, away)->gone_at;

        due = gone < due ? gone : due;
    }
    return due;
}

void atr_hall_tick(atr_hall *hall, atr_time now)
{
    hall->now = now;
    atr_hall_turn_tick(hall);
    atr_hall_door_tick(hall);
    while (hall->waiting.next != &hall->waiting) {
        atr_hall_conn *conn =
            ATR_RING_OF(hall->waiting.next, atr_hall_conn, waiting);

        if (conn->due > now) {
            break;
        }
        (void)atr_hall_refuse(hall, conn, ATR_REFUSAL_SLOW);
    }
    while (hall->away.next != &hall->away && !hall->is_draining) {
        atr_hall_member *member =
            ATR_RING_OF(hall->away.next, atr_hall_member, away);

        if (member->gone_at > now) {
            break;
        }
        if (atr_hall_end_member(hall, member, true) != ATR_OK) {
            /* No memory now: later. */
            atr_ring_leave(&member->away);
            member->gone_at = now + hall->config.limits.grace_ms;
            atr_ring_join(&hall->away, &member->away);
            break;
        }
    }
}

void atr_hall_drain(atr_hall *hall)
{
    hall->is_draining = true;
    for (size_t i = 0; i < hall->conn_cap; i++) {
        if (hall->conns[i] != NULL && hall->conns[i]->phase != ATR_HALL_OVER) {
            (void)atr_hall_refuse(hall, hall->conns[i], ATR_REFUSAL_CLOSING);
        }
    }
}

/* --- the rest ------------------------------------------------------------- */

void atr_hall_stats_of(const atr_hall *hall, atr_hall_stats *out)
{
    *out = hall->stats;
    out->rooms = hall->room_count;
}

void atr_hall_wipe(atr_hall *hall)
{
    if (hall == NULL || hall->mem == NULL) {
        return;
    }
    for (size_t i = 0; i < hall->conn_cap; i++) {
        atr_hall_closed(hall, (uint32_t)i, hall->now);
    }
    for (size_t i = 0; i < hall->room_count; i++) {
        atr_hall_room_free(hall, hall->rooms[i]);
    }
    atr_mem_free(hall->mem, hall->conns,
                 hall->conn_cap * sizeof(atr_hall_conn *));
    atr_mem_free(hall->mem, hall->rooms,
                 hall->room_cap * sizeof(atr_hall_room *));
    atr_index_wipe(&hall->index, hall->mem);
    atr_wipe(hall, sizeof *hall);
}
