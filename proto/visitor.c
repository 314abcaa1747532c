#include "proto/visitor.h"

/* --- asking --------------------------------------------------------------- */

static atr_err ask_create(atr_visitor *visitor, const uint8_t *mpk)
{
    atr_bytes descriptor = atr_queue_bytes(&visitor->found);
    atr_builder body =
        atr_frame_begin(&visitor->out, visitor->mem, ATR_FRAME_CREATE,
                        4 + descriptor.len + ATR_MPK_BYTES);

    atr_build_field(&body, descriptor);
    atr_build_bytes(&body, (atr_bytes){mpk, ATR_MPK_BYTES});
    return atr_frame_end(&visitor->out, &body);
}

static atr_err ask_about(atr_visitor *visitor, atr_frame_type type,
                         const uint8_t *room)
{
    atr_builder body = atr_frame_begin(&visitor->out, visitor->mem, type, 32);

    atr_build_bytes(&body, (atr_bytes){room, 32});
    return atr_frame_end(&visitor->out, &body);
}

/* The descriptor waits in `found` until the hall has said hello. */
static atr_err keep_question(atr_visitor *visitor,
                             const atr_room_descriptor *descriptor,
                             const uint8_t *mpk, const uint8_t *room)
{
    atr_builder builder;
    uint8_t *space;
    atr_err err;

    if (room != NULL) {
        memcpy(visitor->room, room, sizeof visitor->room);
    }
    if (visitor->kind != ATR_VISIT_CREATE) {
        return ATR_OK;
    }
    if ((err = atr_room_check(descriptor)) != ATR_OK) {
        return err;
    }
    memcpy(visitor->mpk, mpk, sizeof visitor->mpk);
    space = atr_queue_space(&visitor->found, visitor->mem,
                            ATR_ROOM_DESCRIPTOR_BYTES_MAX);
    if (space == NULL) {
        return ATR_ERR_LIMIT;
    }
    builder = atr_builder_of(space, ATR_ROOM_DESCRIPTOR_BYTES_MAX);
    atr_room_build(&builder, descriptor);
    if (atr_builder_end(&builder) != ATR_OK) {
        return ATR_ERR_LIMIT;
    }
    atr_queue_added(&visitor->found, builder.len);
    atr_room_id(visitor->room, atr_builder_bytes(&builder));
    return ATR_OK;
}

atr_err atr_visitor_init(atr_visitor *visitor, atr_mem *mem,
                         atr_visit_kind kind,
                         const atr_room_descriptor *descriptor,
                         const uint8_t *mpk, const uint8_t *room)
{
    atr_err err;

    memset(visitor, 0, sizeof *visitor);
    visitor->kind = kind;
    visitor->mem = mem;
    visitor->framer.limit = ATR_FRAME_BYTES_MAX;
    err = keep_question(visitor, descriptor, mpk, room);
    if (err != ATR_OK) {
        atr_visitor_wipe(visitor);
    }
    return err;
}

/* --- what the hall says --------------------------------------------------- */

static atr_err take_hello(atr_visitor *visitor, atr_reader *reader)
{
    static const uint8_t first[32] = {0};
    unsigned version = atr_read_u16(reader);
    atr_err err;

    (void)atr_read_view(reader, 32);
    if (atr_reader_end(reader) != ATR_OK || version != ATR_PROTOCOL_VERSION) {
        return ATR_ERR_INPUT;
    }
    if (visitor->kind == ATR_VISIT_CREATE) {
        err = ask_create(visitor, visitor->mpk);
        if (err == ATR_OK) {
            atr_queue_wipe(&visitor->found, visitor->mem);
        }
        return err;
    }
    return visitor->kind == ATR_VISIT_LIST
               ? ask_about(visitor, ATR_FRAME_LIST, first)
               : ask_about(visitor, ATR_FRAME_LOOK, visitor->room);
}

static atr_err take_refused(atr_visitor *visitor, atr_reader *reader)
{
    uint8_t why = atr_read_u8(reader);

    if (atr_reader_end(reader) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    visitor->refusal = why;
    visitor->why = why == ATR_REFUSAL_FULL        ? ATR_ERR_LIMIT
                   : why == ATR_REFUSAL_DENIED    ? ATR_ERR_AUTH
                   : why == ATR_REFUSAL_MALFORMED ? ATR_ERR_INPUT
                                                  : ATR_ERR_STATE;
    visitor->state = ATR_VISIT_FAILED;
    return ATR_OK;
}

static atr_err take_created(atr_visitor *visitor, atr_reader *reader)
{
    atr_bytes room = atr_read_view(reader, 32);

    if (atr_reader_end(reader) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    if (!atr_bytes_equal(room, ATR_BYTES(visitor->room))) {
        return ATR_ERR_AUTH;
    }
    visitor->state = ATR_VISIT_DONE;
    return ATR_OK;
}

static atr_err take_room(atr_visitor *visitor, atr_reader *reader)
{
    atr_bytes descriptor = atr_read_field(reader);
    atr_bytes mpk = atr_read_view(reader, ATR_MPK_BYTES);
    uint64_t epoch = atr_read_u64(reader);
    uint32_t members;
    atr_period period;
    uint8_t *space;
    uint8_t id[32];

    (void)atr_read_u64(reader);
    members = atr_read_u32(reader);
    (void)atr_read_view(reader, 1 + 8);
    period.number = atr_read_u64(reader);
    period.generation = atr_read_u32(reader);
    if (atr_reader_end(reader) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    atr_room_id(id, descriptor);
    if (memcmp(id, visitor->room, sizeof id) != 0) {
        return ATR_ERR_AUTH;
    }
    space = atr_queue_space(&visitor->found, visitor->mem, 4 + descriptor.len);
    if (space == NULL) {
        return ATR_ERR_LIMIT;
    }
    memcpy(visitor->mpk, mpk.data, mpk.len);
    visitor->epoch = epoch;
    visitor->members = members;
    visitor->period = period;
    visitor->state = ATR_VISIT_DONE;
    memcpy(space, descriptor.data - 4, 4 + descriptor.len); /* the field */
    atr_queue_added(&visitor->found, 4 + descriptor.len);
    return ATR_OK;
}

static atr_err take_rooms(atr_visitor *visitor, atr_reader *reader)
{
    uint8_t more = atr_read_u8(reader);
    unsigned count = atr_read_u16(reader);
    atr_bytes fields = {reader->at, reader->left};
    atr_bytes last = {NULL, 0};
    atr_err err;

    for (unsigned i = 0; i < count; i++) {
        last = atr_read_field(reader);
        if (last.len == 0) {
            atr_reader_fail(reader);
        }
    }
    if (atr_reader_end(reader) != ATR_OK || more > 1 ||
        (more == 1 && count == 0)) {
        return ATR_ERR_INPUT;
    }
    err = atr_queue_append(&visitor->found, visitor->mem, fields);
    if (err == ATR_OK && more == 1) {
        atr_room_id(visitor->room, last);
        err = ask_about(visitor, ATR_FRAME_LIST, visitor->room);
    } else if (err == ATR_OK) {
        visitor->state = ATR_VISIT_DONE;
    }
    return err;
}

/* The hello is the first frame and comes once. */
static atr_err take(atr_visitor *visitor, uint8_t type, atr_bytes body)
{
    static const struct {
        uint8_t type;
        uint8_t kinds; /* bits of atr_visit_kind */
        bool greeted;
        atr_err (*take)(atr_visitor *visitor, atr_reader *reader);
    } table[] = {
        {ATR_FRAME_HELLO, 7, false, take_hello},
        {ATR_FRAME_REFUSED, 7, false, take_refused},
        {ATR_FRAME_REFUSED, 7, true, take_refused},
        {ATR_FRAME_CREATED, 1 << ATR_VISIT_CREATE, true, take_created},
        {ATR_FRAME_ROOMS, 1 << ATR_VISIT_LIST, true, take_rooms},
        {ATR_FRAME_ROOM, 1 << ATR_VISIT_LOOK, true, take_room},
    };
    atr_reader reader = atr_reader_of(body);

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].type == type && table[i].greeted == visitor->greeted &&
            (table[i].kinds >> visitor->kind & 1) != 0) {
            visitor->greeted = true;
            return table[i].take(visitor, &reader);
        }
    }
    return ATR_ERR_INPUT;
}

atr_err atr_visitor_recv(atr_visitor *visitor, atr_bytes in)
{
    atr_err err = visitor->state == ATR_VISIT_FAILED ? ATR_ERR_STATE : ATR_OK;
    uint8_t type;
    atr_bytes body;

    if (err == ATR_OK && visitor->state == ATR_VISIT_WAITING) {
        err = atr_framer_put(&visitor->framer, visitor->mem, in);
    }
    while (err == ATR_OK && visitor->state == ATR_VISIT_WAITING &&
           atr_framer_next(&visitor->framer, &type, &body, &err)) {
        err = take(visitor, type, body);
        atr_framer_drop(&visitor->framer, visitor->mem);
    }
    if (err != ATR_OK && visitor->state == ATR_VISIT_WAITING) {
        visitor->state = ATR_VISIT_FAILED;
        visitor->why = err;
    }
    return err;
}

atr_bytes atr_visitor_outgoing(const atr_visitor *visitor)
{
    return atr_queue_bytes(&visitor->out);
}

void atr_visitor_sent(atr_visitor *visitor, size_t len)
{
    atr_queue_take(&visitor->out, visitor->mem, len);
}

void atr_visitor_wipe(atr_visitor *visitor)
{
    if (visitor == NULL || visitor->mem == NULL) {
        return;
    }
    atr_queue_wipe(&visitor->found, visitor->mem);
    atr_queue_wipe(&visitor->out, visitor->mem);
    atr_framer_wipe(&visitor->framer, visitor->mem);
    atr_wipe(visitor, sizeof *visitor);
}
