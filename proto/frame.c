#include "proto/frame.h"

#define HEAD_BYTES 5 /* length and type */

/* --- records -------------------------------------------------------------- */

static void read_contribution(atr_record *out, atr_reader *reader)
{
    out->message = atr_read_rest(reader);
    if (out->message.len < ATR_MESSAGE_BYTES_MIN) {
        atr_reader_fail(reader);
    }
}

static void build_contribution(atr_builder *builder, const atr_record *record)
{
    atr_build_bytes(builder, record->message);
}

static void read_leave(atr_record *out, atr_reader *reader)
{
    uint8_t lost;

    atr_read_copy(reader, out->vk, sizeof out->vk);
    lost = atr_read_u8(reader);
    if (lost > 1) {
        atr_reader_fail(reader);
    }
    out->lost = lost == 1;
}

static void build_leave(atr_builder *builder, const atr_record *record)
{
    atr_build_bytes(builder, ATR_BYTES(record->vk));
    atr_build_u8(builder, record->lost);
}

static void read_confirm(atr_record *out, atr_reader *reader)
{
    atr_read_copy(reader, out->vk, sizeof out->vk);
    atr_read_copy(reader, out->tag, sizeof out->tag);
}

static void build_confirm(atr_builder *builder, const atr_record *record)
{
    atr_build_bytes(builder, ATR_BYTES(record->vk));
    atr_build_bytes(builder, ATR_BYTES(record->tag));
}

static void read_text(atr_record *out, atr_reader *reader)
{
    atr_read_copy(reader, out->vk, sizeof out->vk);
    out->number = atr_read_u64(reader);
    atr_read_copy(reader, out->sig, sizeof out->sig);
    out->sealed = atr_read_field(reader);
    if (out->number == 0) {
        atr_reader_fail(reader);
    }
}

static void build_text(atr_builder *builder, const atr_record *record)
{
    atr_build_bytes(builder, ATR_BYTES(record->vk));
    atr_build_u64(builder, record->number);
    atr_build_bytes(builder, ATR_BYTES(record->sig));
    atr_build_field(builder, record->sealed);
}

static void read_turn(atr_record *out, atr_reader *reader)
{
    out->period.number = atr_read_u64(reader);
    out->period.generation = atr_read_u32(reader);
}

static void build_turn(atr_builder *builder, const atr_record *record)
{
    atr_build_u64(builder, record->period.number);
    atr_build_u32(builder, record->period.generation);
}

static const struct {
    uint8_t kind;
    void (*read)(atr_record *out, atr_reader *reader);
    void (*build)(atr_builder *builder, const atr_record *record);
} kinds[] = {
    {ATR_RECORD_CONTRIBUTION, read_contribution, build_contribution},
    {ATR_RECORD_LEAVE, read_leave, build_leave},
    {ATR_RECORD_CONFIRM, read_confirm, build_confirm},
    {ATR_RECORD_TEXT, read_text, build_text},
    {ATR_RECORD_TURN, read_turn, build_turn},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

atr_err atr_record_read(atr_record *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_record got = {0};
    size_t at = 0;

    got.kind = atr_read_u8(&reader);
    got.epoch = atr_read_u64(&reader);
    while (at < KINDS && kinds[at].kind != got.kind) {
        at++;
    }
    if (at < KINDS && got.epoch != 0) {
        kinds[at].read(&got, &reader);
    } else {
        atr_reader_fail(&reader);
    }
    if (atr_reader_end(&reader) != ATR_OK) {
        *out = (atr_record){0};
        return ATR_ERR_INPUT;
    }
    *out = got;
    return ATR_OK;
}

void atr_record_build(atr_builder *builder, const atr_record *record)
{
    atr_build_u8(builder, record->kind);
    atr_build_u64(builder, record->epoch);
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].kind == record->kind) {
            kinds[i].build(builder, record);
        }
    }
}

size_t atr_record_len(const atr_record *record)
{
    switch ((atr_record_kind)record->kind) {
    case ATR_RECORD_CONTRIBUTION:
        return 1 + 8 + record->message.len;
    case ATR_RECORD_LEAVE:
        return 1 + 8 + 32 + 1;
    case ATR_RECORD_CONFIRM:
        return 1 + 8 + 32 + 32;
    case ATR_RECORD_TEXT:
        return 1 + 8 + 32 + 8 + 64 + 4 + record->sealed.len;
    case ATR_RECORD_TURN:
        return 1 + 8 + 8 + 4;
    }
    return 0;
}

/* --- the sending side ----------------------------------------------------- */

atr_builder atr_frame_begin(atr_queue *out, atr_mem *mem, atr_frame_type type,
                            size_t body_len)
{
    uint8_t *space = atr_queue_space(out, mem, HEAD_BYTES + body_len);
    atr_builder head = atr_builder_of(space, space != NULL ? HEAD_BYTES : 0);

    atr_build_u32(&head, (uint32_t)(1 + body_len));
    atr_build_u8(&head, (uint8_t)type);
    if (atr_builder_end(&head) != ATR_OK) {
        return (atr_builder){.data = NULL, .failed = true};
    }
    return atr_builder_of(space + HEAD_BYTES, body_len);
}

atr_err atr_frame_end(atr_queue *out, const atr_builder *body)
{
    if (atr_builder_end(body) != ATR_OK || body->len != body->cap) {
        return ATR_ERR_LIMIT;
    }
    atr_queue_added(out, HEAD_BYTES + body->len);
    return ATR_OK;
}

/* --- the receiving side --------------------------------------------------- */

atr_err atr_framer_put(atr_framer *framer, atr_mem *mem, atr_bytes piece)
{
    return atr_queue_append(&framer->in, mem, piece);
}

bool atr_framer_next(const atr_framer *framer, uint8_t *type, atr_bytes *body,
                     atr_err *err)
{
    atr_bytes waiting = atr_queue_bytes(&framer->in);
    atr_reader reader = atr_reader_of(waiting);
    size_t len = atr_read_u32(&reader);

    *err = ATR_OK;
    *type = 0;
    *body = (atr_bytes){NULL, 0};
    if (waiting.len < 4) {
        return false;
    }
    if (len == 0 || len > framer->limit) {
        *err = ATR_ERR_LIMIT;
        return false;
    }
    if (reader.left < len) {
        return false;
    }
    *type = atr_read_u8(&reader);
    *body = atr_read_view(&reader, len - 1);
    return true;
}

void atr_framer_drop(atr_framer *framer, atr_mem *mem)
{
    atr_bytes waiting = atr_queue_bytes(&framer->in);
    atr_reader reader = atr_reader_of(waiting);
    size_t len = 4 + (size_t)atr_read_u32(&reader);

    atr_queue_take(&framer->in, mem, len < waiting.len ? len : waiting.len);
}

void atr_framer_wipe(atr_framer *framer, atr_mem *mem)
{
    if (framer != NULL) {
        atr_queue_wipe(&framer->in, mem);
    }
}
