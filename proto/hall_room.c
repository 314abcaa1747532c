#include "proto/hall_state.h"

atr_hall_room *atr_hall_find(const atr_hall *hall, const uint8_t id[32])
{
    uint32_t at = atr_index_find(&hall->index, id);

    return at == ATR_INDEX_NONE ? NULL : hall->rooms[at];
}

static atr_err open_policy(atr_hall *hall, const atr_hall_room *room)
{
    if (room->period_s != 0) {
        return atr_policy_with_period(&hall->policy, &hall->descriptor.policy,
                                      room->period);
    }
    hall->policy = hall->descriptor.policy;
    return ATR_OK;
}

atr_ake_room atr_hall_ake(atr_hall *hall, const atr_hall_room *room)
{
    atr_ake_room out = {.kem = room->kem, .policy = &hall->policy};

    memcpy(out.room, room->id, sizeof out.room);
    if (hall->opened != room) {
        atr_bytes bytes = {room->descriptor, room->descriptor_len};

        if (atr_room_read(&hall->descriptor, bytes) != ATR_OK ||
            open_policy(hall, room) != ATR_OK) {
            __builtin_trap(); /* it was read when the room was made */
        }
        hall->opened = room;
    }
    return out;
}

/* --- making and freeing --------------------------------------------------- */

void atr_hall_room_free(atr_hall *hall, atr_hall_room *room)
{
    atr_mem *mem = hall->mem;

    if (room == NULL) {
        return;
    }
    for (size_t i = 0; i < room->member_count; i++) {
        atr_mem_free(mem, room->members[i], sizeof *room->members[i]);
    }
    atr_mem_free(mem, room->members,
                 room->member_cap * sizeof(atr_hall_member *));
    atr_mem_free(mem, room->spare, sizeof *room->spare);
    atr_mem_free(mem, room->seen, ATR_EPOCH_WINDOW * sizeof *room->seen);
    atr_mem_free(mem, room->past, room->past_cap * sizeof *room->past);
    atr_mem_free(mem, room->descriptor, room->descriptor_len);
    atr_index_wipe(&room->index, mem);
    atr_index_wipe(&room->before, mem);
    atr_queue_wipe(&room->fresh, mem);
    atr_mem_free(mem, room, sizeof *room);
}

static atr_err grow_rooms(atr_hall *hall)
{
    size_t cap = hall->room_cap == 0 ? 8 : 2 * hall->room_cap;
    atr_hall_room **rooms;

    if (atr_index_reserve(&hall->index, hall->mem, hall->room_count + 1) !=
        ATR_OK) {
        return ATR_ERR_LIMIT;
    }
    if (hall->room_count < hall->room_cap) {
        return ATR_OK;
    }
    rooms = atr_mem_resize(hall->mem, hall->rooms,
                           hall->room_cap * sizeof(atr_hall_room *),
                           cap * sizeof(atr_hall_room *));
    if (rooms == NULL) {
        return ATR_ERR_LIMIT;
    }
    hall->rooms = rooms;
    hall->room_cap = cap;
    return ATR_OK;
}

/* The descriptor says which authority's keys open the room; that authority's
 * public key must be given with it and be the one. */
static atr_err check_room(const atr_kem **kem, atr_hall *hall,
                          atr_bytes descriptor, const uint8_t *mpk)
{
    const atr_hall_config *config = &hall->config;
    atr_err err;

    hall->opened = NULL;
    if ((err = atr_room_read(&hall->descriptor, descriptor)) != ATR_OK) {
        return err;
    }
    *kem = config->kem_for(config->kem_context, mpk);
    if (*kem == NULL || (*kem)->scheme != hall->descriptor.scheme ||
        memcmp((*kem)->hm, hall->descriptor.hm, 32) != 0) {
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

/* A room outside the hall's lists, which have a place for it. */
static atr_err make_room(atr_hall_room **out, atr_hall *hall,
                         atr_bytes descriptor, const uint8_t *mpk)
{
    const atr_kem *kem = NULL;
    atr_hall_room *room;
    atr_err err;

    *out = NULL;
    if ((err = check_room(&kem, hall, descriptor, mpk)) != ATR_OK ||
        (err = grow_rooms(hall)) != ATR_OK) {
        return err;
    }
    room = atr_mem_alloc(hall->mem, sizeof *room);
    if (room == NULL) {
        return ATR_ERR_LIMIT;
    }
    room->descriptor = atr_mem_alloc(hall->mem, descriptor.len);
    if (room->descriptor == NULL) {
        atr_hall_room_free(hall, room);
        return ATR_ERR_LIMIT;
    }
    memcpy(room->descriptor, descriptor.data, descriptor.len);
    room->descriptor_len = descriptor.len;
    memcpy(room->mpk, mpk, sizeof room->mpk);
    atr_room_id(room->id, descriptor);
    room->kem = kem;
    room->is_listed = hall->descriptor.listed == 1;
    room->period_s = hall->descriptor.period_s;
    memcpy(room->index.secret, hall->index.secret, sizeof room->index.secret);
    atr_ring_init(&room->subscribers);
    *out = room;
    return ATR_OK;
}

static void add_room(atr_hall *hall, atr_hall_room *room)
{
    atr_index_put(&hall->index, room->id, (uint32_t)hall->room_count);
    hall->rooms[hall->room_count++] = room;
}

/* --- from the store ------------------------------------------------------- */

static atr_err load_room(void *context, const uint8_t id[32], uint64_t seq,
                         atr_bytes head)
{
    atr_hall *hall = context;
    atr_reader reader = atr_reader_of(head);
    atr_bytes mpk = atr_read_view(&reader, ATR_MPK_BYTES);
    atr_bytes descriptor = atr_read_rest(&reader);
    atr_hall_room *room;
    atr_err err;

    (void)seq;
    if (atr_reader_end(&reader) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    if ((err = make_room(&room, hall, descriptor, mpk.data)) != ATR_OK) {
        return err;
    }
    if (memcmp(room->id, id, 32) != 0 || atr_hall_find(hall, id) != NULL) {
        atr_hall_room_free(hall, room);
        return ATR_ERR_INPUT;
    }
    add_room(hall, room);
    if (room->period_s != 0) {
        hall->turn_s = 0; /* it may have turned meanwhile */
    }
    return ATR_OK;
}

typedef struct {
    atr_hall *hall;
    atr_hall_room *room;
} loading;

static bool is_next(const atr_hall_room *room, uint64_t seq,
                    const atr_record *record)
{
    bool turns = record->kind == ATR_RECORD_TURN;
    bool begins = record->kind == ATR_RECORD_CONTRIBUTION ||
                  record->kind == ATR_RECORD_LEAVE || turns;

    return seq == room->head + 1 && record->epoch == room->epoch + begins &&
           (!turns || (room->period_s != 0 &&
                       atr_period_compare(record->period, room->period) > 0));
}

static atr_err load_record(void *context, const uint8_t id[32], uint64_t seq,
                           atr_bytes bytes)
{
    loading *l = context;
    atr_record record;
    atr_err err;

    (void)id;
    if (atr_record_read(&record, bytes) != ATR_OK ||
        !is_next(l->room, seq, &record)) {
        return ATR_ERR_INPUT;
    }
    if ((err = atr_hall_make_way(l->hall, l->room, &record)) != ATR_OK) {
        return err;
    }
    atr_hall_apply(l->hall, l->room, seq, &record);
    l->room->head = seq;
    l->room->committed = seq;
    return ATR_OK;
}

atr_err atr_hall_load(atr_hall *hall)
{
    const atr_hall_store *store = hall->config.store;
    atr_err err = store->rooms(store->context, load_room, hall);

    for (size_t i = 0; err == ATR_OK && i < hall->room_count; i++) {
        loading l = {hall, hall->rooms[i]};

        err = store->read(store->context, l.room->id, 0, load_record, &l);
    }
    return err;
}

/* --- questions ------------------------------------------------------------ */

atr_err atr_hall_say_room(atr_hall *hall, atr_hall_conn *conn,
                          const atr_hall_room *room, atr_seat seat,
                          uint64_t acked)
{
    atr_bytes descriptor = {room->descriptor, room->descriptor_len};
    atr_builder body = atr_hall_begin(hall, conn, ATR_FRAME_ROOM,
                                      4 + descriptor.len + ATR_MPK_BYTES + 8 +
                                          8 + 4 + 1 + 8 + 8 + 4);

    atr_build_field(&body, descriptor);
    atr_build_bytes(&body, ATR_BYTES(room->mpk));
    atr_build_u64(&body, room->epoch);
    atr_build_u64(&body, room->head);
    atr_build_u32(&body, (uint32_t)room->member_count);
    atr_build_u8(&body, (uint8_t)seat);
    atr_build_u64(&body, acked);
    atr_build_u64(&body, room->period.number);
    atr_build_u32(&body, room->period.generation);
    return atr_hall_reply(hall, conn, &body);
}

/* mpk and descriptor, as load_room wants them. */
static atr_err store_room(atr_hall *hall, const atr_hall_room *room)
{
    const atr_hall_store *store = hall->config.store;
    size_t len = ATR_MPK_BYTES + room->descriptor_len;
    uint8_t *head = atr_mem_alloc(hall->mem, len);
    atr_err err;

    if (head == NULL) {
        return ATR_ERR_LIMIT;
    }
    memcpy(head, room->mpk, ATR_MPK_BYTES);
    memcpy(head + ATR_MPK_BYTES, room->descriptor, room->descriptor_len);
    err = store->put_room(store->context, room->id, room->is_listed,
                          (atr_bytes){head, len});
    atr_mem_free(hall->mem, head, len);
    hall->is_written = true;
    if (err != ATR_OK) {
        hall->is_broken = true;
        return ATR_ERR_IO;
    }
    return ATR_OK;
}

static atr_err create(atr_hall *hall, atr_bytes descriptor, const uint8_t *mpk)
{
    atr_hall_room *room;
    atr_err err;

    if (hall->room_count >= hall->config.limits.rooms_max) {
        return ATR_ERR_LIMIT;
    }
    if ((err = make_room(&room, hall, descriptor, mpk)) != ATR_OK) {
        return err;
    }
    if ((err = store_room(hall, room)) != ATR_OK) {
        atr_hall_room_free(hall, room);
        return err;
    }
    add_room(hall, room);
    err = atr_hall_turn(hall, room); /* into its first period */
    return err == ATR_ERR_LIMIT ? ATR_OK : err;
}

/* Making the same room twice is making it once. */
atr_err atr_hall_take_create(atr_hall *hall, atr_hall_conn *conn,
                             atr_reader *reader)
{
    atr_bytes descriptor = atr_read_field(reader);
    atr_bytes mpk = atr_read_view(reader, ATR_MPK_BYTES);
    atr_builder body;
    uint8_t id[32];
    atr_err err;

    if (atr_reader_end(reader) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_MALFORMED);
    }
    atr_room_id(id, descriptor);
    if (atr_hall_find(hall, id) == NULL) {
        err = create(hall, descriptor, mpk.data);
        if (err == ATR_ERR_IO) {
            return err;
        }
        if (err != ATR_OK) {
            return atr_hall_refuse(hall, conn,
                                   err == ATR_ERR_LIMIT
                                       ? ATR_REFUSAL_FULL
                                       : ATR_REFUSAL_MALFORMED);
        }
    }
    body = atr_hall_begin(hall, conn, ATR_FRAME_CREATED, sizeof id);
    atr_build_bytes(&body, ATR_BYTES(id));
    if (atr_hall_reply(hall, conn, &body) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    return ATR_OK;
}

/* A page: from which room to before which, and how many bytes of body. */
typedef struct {
    size_t from;
    size_t to;
    size_t count;
    size_t len;
} page;

#define PAGE_BYTES_MAX 65536

static void measure(page *p, const atr_hall *hall)
{
    p->to = p->from;
    p->len = 1 + 2;
    while (p->to < hall->room_count && p->count < ATR_PAGE_ROOMS) {
        const atr_hall_room *room = hall->rooms[p->to];

        if (room->is_listed) {
            if (p->count != 0 &&
                p->len + 4 + room->descriptor_len > PAGE_BYTES_MAX) {
                return;
            }
            p->len += 4 + room->descriptor_len;
            p->count++;
        }
        p->to++;
    }
}

static bool has_more(const atr_hall *hall, size_t from)
{
    while (from < hall->room_count && !hall->rooms[from]->is_listed) {
        from++;
    }
    return from < hall->room_count;
}

static atr_err say_page(atr_hall *hall, atr_hall_conn *conn, size_t from)
{
    page p = {.from = from};
    atr_builder body;

    measure(&p, hall);
    body = atr_hall_begin(hall, conn, ATR_FRAME_ROOMS, p.len);
    atr_build_u8(&body, has_more(hall, p.to));
    atr_build_u16(&body, (uint16_t)p.count);
    for (size_t i = p.from; i < p.to; i++) {
        const atr_hall_room *room = hall->rooms[i];

        if (room->is_listed) {
            atr_build_field(
                &body, (atr_bytes){room->descriptor, room->descriptor_len});
        }
    }
    return atr_hall_reply(hall, conn, &body);
}

atr_err atr_hall_take_list(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader)
{
    static const uint8_t first[32] = {0};
    atr_bytes after = atr_read_view(reader, 32);
    uint32_t at;

    if (atr_reader_end(reader) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_MALFORMED);
    }
    at = atr_index_find(&hall->index, after.data);
    if (at == ATR_INDEX_NONE && memcmp(after.data, first, 32) != 0) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_NO_ROOM);
    }
    if (say_page(hall, conn, at == ATR_INDEX_NONE ? 0 : at + 1) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    return ATR_OK;
}

atr_err atr_hall_take_look(atr_hall *hall, atr_hall_conn *conn,
                           atr_reader *reader)
{
    atr_bytes id = atr_read_view(reader, 32);
    const atr_hall_room *room;

    if (atr_reader_end(reader) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_MALFORMED);
    }
    room = atr_hall_find(hall, id.data);
    if (room == NULL) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_NO_ROOM);
    }
    if (atr_hall_say_room(hall, conn, room, ATR_SEAT_NONE, 0) != ATR_OK) {
        return atr_hall_refuse(hall, conn, ATR_REFUSAL_FULL);
    }
    return ATR_OK;
}
