#include "proto/room.h"

#include "policy/policy_wire.h"
#include "proto/utf8.h"
#include "sym/hash.h"

static bool is_sound(const atr_room_descriptor *room)
{
    return (room->version == 1 || room->version == 2) &&
           (room->version == 2 ||
            (room->period_s == 0 && room->min_crowd == 0)) &&
           room->kex == ATR_ROOM_KEX_AKE1 &&
           room->history == ATR_ROOM_HISTORY_NONE && room->listed <= 1 &&
           room->scheme != 0 && room->name_len <= ATR_ROOM_NAME_BYTES_MAX &&
           atr_utf8_is_label((atr_bytes){room->name, room->name_len});
}

atr_err atr_room_check(const atr_room_descriptor *room)
{
    atr_policy policy;
    atr_err err =
        is_sound(room) ? atr_policy_check(&room->policy) : ATR_ERR_INPUT;

    return err == ATR_OK && room->period_s != 0
               ? atr_policy_with_period(&policy, &room->policy, (atr_period){0})
               : err;
}

static void read_name(atr_room_descriptor *out, atr_reader *reader)
{
    atr_bytes name = atr_read_field(reader);

    if (name.len > sizeof out->name) {
        atr_reader_fail(reader);
        return;
    }
    out->name_len = (uint8_t)name.len;
    if (name.len != 0) {
        memcpy(out->name, name.data, name.len);
    }
}

atr_err atr_room_read(atr_room_descriptor *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_bytes policy;
    atr_err err = ATR_ERR_INPUT;

    memset(out, 0, sizeof *out);
    if (in.len > ATR_ROOM_DESCRIPTOR_BYTES_MAX) {
        return ATR_ERR_LIMIT;
    }
    out->version = atr_read_u8(&reader);
    out->kex = atr_read_u8(&reader);
    out->history = atr_read_u8(&reader);
    out->listed = atr_read_u8(&reader);
    out->scheme = atr_read_u8(&reader);
    atr_read_copy(&reader, out->hm, sizeof out->hm);
    atr_read_copy(&reader, out->admin, sizeof out->admin);
    atr_read_copy(&reader, out->nonce, sizeof out->nonce);
    if (out->version == 2) {
        out->period_s = atr_read_u32(&reader);
        out->min_crowd = atr_read_u32(&reader);
    }
    read_name(out, &reader);
    policy = atr_read_field(&reader);
    if (atr_reader_end(&reader) == ATR_OK && is_sound(out) &&
        (err = atr_policy_read(&out->policy, policy)) == ATR_OK) {
        err = atr_room_check(out);
    }
    if (err != ATR_OK) {
        memset(out, 0, sizeof *out);
    }
    return err;
}

void atr_room_build(atr_builder *builder, const atr_room_descriptor *room)
{
    atr_builder len;
    uint8_t *len_at;
    size_t from;

    atr_build_u8(builder, room->version);
    atr_build_u8(builder, room->kex);
    atr_build_u8(builder, room->history);
    atr_build_u8(builder, room->listed);
    atr_build_u8(builder, room->scheme);
    atr_build_bytes(builder, ATR_BYTES(room->hm));
    atr_build_bytes(builder, ATR_BYTES(room->admin));
    atr_build_bytes(builder, ATR_BYTES(room->nonce));
    if (room->version == 2) {
        atr_build_u32(builder, room->period_s);
        atr_build_u32(builder, room->min_crowd);
    }
    atr_build_field(builder, (atr_bytes){room->name, room->name_len});
    len_at = atr_build_space(builder, 4);
    from = builder->len;
    atr_policy_build(builder, &room->policy);
    if (len_at != NULL) { /* known only now */
        len = atr_builder_of(len_at, 4);
        atr_build_u32(&len, (uint32_t)(builder->len - from));
    }
}

void atr_room_id(uint8_t id[32], atr_bytes descriptor)
{
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/ROOM/id"));
    atr_hash_field(&hash, descriptor);
    atr_hash_final(&hash, id);
}
