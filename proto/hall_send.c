#include "proto/hall_state.h"

/* --- replies -------------------------------------------------------------- */

atr_builder atr_hall_begin(atr_hall *hall, atr_hall_conn *conn,
                           atr_frame_type type, size_t body_len)
{
    return atr_frame_begin(&conn->out, hall->mem, type, body_len);
}

atr_err atr_hall_reply(atr_hall *hall, atr_hall_conn *conn,
                       const atr_builder *body)
{
    size_t before = atr_queue_bytes(&conn->out).len;
    atr_err err = atr_frame_end(&conn->out, body);

    conn->held += atr_queue_bytes(&conn->out).len - before;
    atr_ring_join(&hall->dirty, &conn->dirty);
    return err;
}

/* --- the log, to one who is behind ---------------------------------------- */

typedef struct {
    atr_hall *hall;
    atr_hall_conn *conn;
    bool is_one; /* only the first */
    atr_err err;
} reading;

static atr_err send_record(void *context, const uint8_t room[32], uint64_t seq,
                           atr_bytes record)
{
    reading *r = context;
    atr_builder body;

    (void)room;
    if (seq > r->conn->room->committed || seq > r->conn->last_seq ||
        atr_queue_bytes(&r->conn->out).len >= ATR_CHUNK_BYTES) {
        return ATR_ERR_STATE;
    }
    body = atr_frame_begin(&r->conn->out, r->hall->mem, ATR_FRAME_EVENT,
                           8 + record.len);
    atr_build_u64(&body, seq);
    atr_build_bytes(&body, record);
    r->err = atr_frame_end(&r->conn->out, &body);
    if (r->err != ATR_OK) {
        return ATR_ERR_STATE;
    }
    if (!r->is_one) {
        r->conn->sent_seq = seq;
    }
    r->hall->stats.deliveries++;
    return r->is_one ? ATR_ERR_STATE : ATR_OK;
}

static atr_err read_log(atr_hall *hall, atr_hall_conn *conn, uint64_t after,
                        bool is_one)
{
    const atr_hall_store *store = hall->config.store;
    reading r = {.hall = hall, .conn = conn, .is_one = is_one, .err = ATR_OK};
    atr_err err =
        store->read(store->context, conn->room->id, after, send_record, &r);

    if (err != ATR_OK && err != ATR_ERR_STATE) {
        hall->is_broken = true;
        return ATR_ERR_IO;
    }
    return r.err;
}

static atr_err look_epoch(void *context, const uint8_t room[32], uint64_t seq,
                          atr_bytes bytes)
{
    uint64_t *epoch = context;
    atr_record record;

    (void)room;
    (void)seq;
    if (atr_record_read(&record, bytes) == ATR_OK) {
        *epoch = record.epoch;
    }
    return ATR_ERR_STATE;
}

atr_err atr_hall_epoch_at(uint64_t *epoch, atr_hall *hall,
                          const atr_hall_room *room, uint64_t seq)
{
    const atr_hall_store *store = hall->config.store;
    atr_err err;

    *epoch = 0;
    err = store->read(store->context, room->id, seq - 1, look_epoch, epoch);
    if (err != ATR_OK && err != ATR_ERR_STATE) {
        hall->is_broken = true;
        return ATR_ERR_IO;
    }
    return ATR_OK;
}

static void drop_load(atr_hall *hall, atr_hall_conn *conn)
{
    atr_mem_free(hall->mem, conn->load, conn->load_count * sizeof *conn->load);
    conn->load = NULL;
    conn->load_count = 0;
    conn->load_at = 0;
}

static atr_err pump_load(atr_hall *hall, atr_hall_conn *conn)
{
    atr_err err = ATR_OK;

    while (err == ATR_OK && conn->load_at < conn->load_count &&
           conn->load[conn->load_at] <= conn->room->committed &&
           atr_queue_bytes(&conn->out).len < ATR_CHUNK_BYTES) {
        err = read_log(hall, conn, conn->load[conn->load_at] - 1, true);
        conn->load_at++;
    }
    if (conn->load_at == conn->load_count) {
        drop_load(hall, conn);
    }
    return err;
}

static bool has_more_log(const atr_hall_conn *conn)
{
    return conn->sent_seq < conn->room->committed &&
           conn->sent_seq < conn->last_seq;
}

bool atr_hall_is_behind(const atr_hall_conn *conn)
{
    return conn->room != NULL && (conn->load != NULL || has_more_log(conn));
}

/* Held bytes come first: nothing is put behind them before the flush. */
void atr_hall_pump(atr_hall *hall, atr_hall_conn *conn)
{
    atr_err err = ATR_OK;

    if (!atr_hall_is_behind(conn) || conn->held != 0 || hall->is_broken ||
        atr_queue_bytes(&conn->out).len >= ATR_CHUNK_BYTES) {
        return;
    }
    if (conn->load != NULL) {
        err = pump_load(hall, conn);
    }
    if (err == ATR_OK && conn->load == NULL && has_more_log(conn)) {
        err = read_log(hall, conn, conn->sent_seq, false);
    }
    if (err == ATR_ERR_LIMIT) {
        atr_hall_cut(hall, conn);
    }
    atr_ring_join(&hall->ready, &conn->ready);
}

void atr_hall_subscribe(atr_hall_conn *conn, atr_hall_room *room,
                        uint64_t after)
{
    conn->room = room;
    conn->sent_seq = after;
    conn->last_seq = UINT64_MAX;
    atr_ring_join(&room->subscribers, &conn->subscribed);
}

/* --- the log, to all who are up to date ----------------------------------- */

/* A reader that has nothing unread but for whom there is too much at once
 * reads on from the store; one that has stopped reading is cut off. */
static void give_fresh(atr_hall *hall, atr_hall_conn *conn, atr_bytes fresh,
                       uint64_t count)
{
    size_t unsent = atr_queue_bytes(&conn->out).len;
    size_t most = conn->bytes_max;

    if (unsent > most / 2 && (unsent > most || fresh.len > most - unsent)) {
        hall->stats.cut_slow++;
        atr_hall_cut(hall, conn);
        return;
    }
    if (fresh.len > most || unsent > most - fresh.len) {
        atr_ring_join(&hall->dirty, &conn->dirty);
        return;
    }
    if (atr_queue_append(&conn->out, hall->mem, fresh) != ATR_OK) {
        atr_hall_cut(hall, conn);
        return;
    }
    conn->sent_seq = conn->room->head;
    hall->stats.deliveries += count;
    atr_ring_join(&hall->ready, &conn->ready);
}

static void broadcast(atr_hall *hall, atr_hall_room *room)
{
    atr_bytes fresh = atr_queue_bytes(&room->fresh);
    uint64_t before = room->committed;
    atr_ring *at = room->subscribers.next;

    room->committed = room->head;
    while (at != &room->subscribers) {
        atr_hall_conn *conn = ATR_RING_OF(at, atr_hall_conn, subscribed);

        at = at->next; /* a cut takes it out of the list */
        if (conn->load == NULL && conn->sent_seq == before) {
            give_fresh(hall, conn, fresh, room->fresh_count);
        } else {
            atr_ring_join(&hall->dirty, &conn->dirty);
        }
    }
    atr_queue_wipe(&room->fresh, hall->mem);
    room->fresh_count = 0;
    atr_ring_leave(&room->fresh_in);
}

static atr_err commit(atr_hall *hall)
{
    const atr_hall_store *store = hall->config.store;

    if (!hall->is_broken && hall->is_written &&
        store->commit(store->context) != ATR_OK) {
        hall->is_broken = true;
    }
    hall->is_written = false;
    return hall->is_broken ? ATR_ERR_IO : ATR_OK;
}

/* Replies go first, so that what answers a frame stands before what others
 * did later. */
atr_err atr_hall_flush(atr_hall *hall, atr_time now)
{
    hall->now = now;
    if (commit(hall) != ATR_OK) {
        return ATR_ERR_IO;
    }
    for (atr_ring *at = hall->dirty.next; at != &hall->dirty; at = at->next) {
        ATR_RING_OF(at, atr_hall_conn, dirty)->held = 0;
    }
    while (hall->fresh.next != &hall->fresh) {
        broadcast(hall, ATR_RING_OF(hall->fresh.next, atr_hall_room, fresh_in));
    }
    while (hall->dirty.next != &hall->dirty) {
        atr_hall_conn *conn =
            ATR_RING_OF(hall->dirty.next, atr_hall_conn, dirty);

        atr_ring_leave(&conn->dirty);
        atr_hall_pump(hall, conn);
        atr_ring_join(&hall->ready, &conn->ready);
    }
    return hall->is_broken ? ATR_ERR_IO : ATR_OK;
}

/* --- what the caller takes ------------------------------------------------ */

static atr_hall_conn *conn_of(const atr_hall *hall, uint32_t number)
{
    return number < hall->conn_cap ? hall->conns[number] : NULL;
}

bool atr_hall_next_ready(atr_hall *hall, uint32_t *number)
{
    atr_hall_conn *conn;

    if (hall->ready.next == &hall->ready) {
        return false;
    }
    conn = ATR_RING_OF(hall->ready.next, atr_hall_conn, ready);
    atr_ring_leave(&conn->ready);
    *number = conn->number;
    return true;
}

/* Once the store has failed, nothing more may be shown: what waits may
 * depend on what was lost. */
atr_bytes atr_hall_outgoing(const atr_hall *hall, uint32_t number)
{
    const atr_hall_conn *conn = conn_of(hall, number);
    atr_bytes out;

    if (conn == NULL || hall->is_broken) {
        return (atr_bytes){NULL, 0};
    }
    out = atr_queue_bytes(&conn->out);
    out.len -= conn->held;
    return out;
}

void atr_hall_sent(atr_hall *hall, uint32_t number, size_t len)
{
    atr_hall_conn *conn = conn_of(hall, number);

    if (conn == NULL) {
        return;
    }
    hall->stats.bytes_out += len;
    atr_queue_take(&conn->out, hall->mem, len);
    if (atr_queue_bytes(&conn->out).len < ATR_CHUNK_BYTES / 2) {
        atr_hall_pump(hall, conn);
    }
}

bool atr_hall_is_over(const atr_hall *hall, uint32_t number)
{
    const atr_hall_conn *conn = conn_of(hall, number);

    return conn == NULL || conn->phase == ATR_HALL_OVER;
}
