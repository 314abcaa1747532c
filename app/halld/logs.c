#include "app/halld/logs.h"

static atr_err put_room(void *context, const uint8_t room[32], bool listed,
                        atr_bytes head)
{
    atr_store_room r = {.is_public = listed, .head = head};

    memcpy(r.id, room, sizeof r.id);
    return atr_store_put_room(context, &r);
}

/* One visitor's shape to the other's. */
typedef struct {
    atr_hall_visit visit;
    void *context;
    const uint8_t *room;
} adapter;

static atr_err give_room(void *context, const atr_store_room *room)
{
    const adapter *a = context;

    return a->visit(a->context, room->id, 0, room->head);
}

static atr_err rooms(void *context, atr_hall_visit visit, void *visit_context)
{
    adapter a = {visit, visit_context, NULL};

    return atr_store_each_room(context, give_room, &a);
}

static atr_err append(void *context, const uint8_t room[32], uint64_t seq,
                      atr_bytes record)
{
    return atr_store_append(context, room, seq, record);
}

static atr_err give_record(void *context, uint64_t seq, atr_bytes record)
{
    const adapter *a = context;

    return a->visit(a->context, a->room, seq, record);
}

static atr_err read_log(void *context, const uint8_t room[32], uint64_t after,
                        atr_hall_visit visit, void *visit_context)
{
    adapter a = {visit, visit_context, room};
    atr_store_range all = {
        .after = after, .count_max = UINT32_MAX, .bytes_max = SIZE_MAX};

    return atr_store_read(context, room, &all, give_record, &a);
}

static atr_err commit(void *context)
{
    return atr_store_commit(context);
}

atr_hall_store atr_logs_of(atr_store *store)
{
    return (atr_hall_store){.context = store,
                            .put_room = put_room,
                            .rooms = rooms,
                            .append = append,
                            .read = read_log,
                            .commit = commit};
}
