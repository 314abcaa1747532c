#include "sim/memstore.h"

#include <stdlib.h>

static memstore_blob copy_of(atr_bytes bytes)
{
    memstore_blob blob = {malloc(bytes.len + 1), bytes.len};

    if (blob.data == NULL) {
        abort();
    }
    if (bytes.len != 0) {
        memcpy(blob.data, bytes.data, bytes.len);
    }
    return blob;
}

static void *grown(void *block, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return block;
    }
    *cap = *cap == 0 ? 8 : 2 * *cap;
    block = realloc(block, *cap * size);
    if (block == NULL) {
        abort();
    }
    return block;
}

static bool fails(memstore *store)
{
    return store->fail_in != 0 && --store->fail_in == 0;
}

static memstore_room *room_of(memstore *store, const uint8_t id[32])
{
    for (size_t i = 0; i < store->count; i++) {
        if (memcmp(store->rooms[i].id, id, 32) == 0) {
            return &store->rooms[i];
        }
    }
    return NULL;
}

static atr_err put_room(void *context, const uint8_t id[32], bool listed,
                        atr_bytes head)
{
    memstore *store = context;

    if (fails(store)) {
        return ATR_ERR_IO;
    }
    store->rooms =
        grown(store->rooms, store->count, &store->cap, sizeof *store->rooms);
    store->rooms[store->count] = (memstore_room){.listed = listed};
    memcpy(store->rooms[store->count].id, id, 32);
    store->rooms[store->count++].head = copy_of(head);
    return ATR_OK;
}

static atr_err each_room(void *context, atr_hall_visit visit, void *visitor)
{
    memstore *store = context;
    atr_err err = ATR_OK;

    for (size_t i = 0; err == ATR_OK && i < store->count; i++) {
        const memstore_room *room = &store->rooms[i];

        err = visit(visitor, room->id, 0,
                    (atr_bytes){room->head.data, room->head.len});
    }
    return err;
}

static atr_err append(void *context, const uint8_t id[32], uint64_t seq,
                      atr_bytes record)
{
    memstore *store = context;
    memstore_room *room = room_of(store, id);

    if (fails(store) || room == NULL || seq != room->count + 1) {
        return ATR_ERR_IO;
    }
    room->records =
        grown(room->records, room->count, &room->cap, sizeof *room->records);
    room->records[room->count++] = copy_of(record);
    return ATR_OK;
}

static atr_err read_log(void *context, const uint8_t id[32], uint64_t after,
                        atr_hall_visit visit, void *visitor)
{
    memstore *store = context;
    memstore_room *room = room_of(store, id);
    atr_err err = ATR_OK;

    if (room == NULL) {
        return ATR_ERR_IO;
    }
    for (size_t i = (size_t)after; err == ATR_OK && i < room->count; i++) {
        err = visit(visitor, id, i + 1,
                    (atr_bytes){room->records[i].data, room->records[i].len});
    }
    return err;
}

static atr_err commit(void *context)
{
    memstore *store = context;

    if (fails(store)) {
        return ATR_ERR_IO;
    }
    for (size_t i = 0; i < store->count; i++) {
        store->rooms[i].committed = store->rooms[i].count;
    }
    store->committed = store->count;
    store->commits++;
    return ATR_OK;
}

atr_hall_store memstore_face(memstore *store)
{
    return (atr_hall_store){store,  put_room, each_room,
                            append, read_log, commit};
}

static void cut(memstore_room *room, size_t count)
{
    while (room->count > count) {
        free(room->records[--room->count].data);
    }
}

static void cut_rooms(memstore *store, size_t count)
{
    while (store->count > count) {
        memstore_room *room = &store->rooms[--store->count];

        cut(room, 0);
        free(room->records);
        free(room->head.data);
    }
}

void memstore_crash(memstore *store)
{
    cut_rooms(store, store->committed);
    for (size_t i = 0; i < store->count; i++) {
        cut(&store->rooms[i], store->rooms[i].committed);
    }
    store->fail_in = 0;
}

void memstore_free(memstore *store)
{
    cut_rooms(store, 0);
    free(store->rooms);
    *store = (memstore){0};
}
