/* A room's descriptor: what can be read, is built to the same bytes. */
#include <stdlib.h>

#include "proto/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static atr_room_descriptor room;
    static uint8_t again[ATR_ROOM_DESCRIPTOR_BYTES_MAX];
    atr_builder b = atr_builder_of(again, sizeof again);

    if (atr_room_read(&room, (atr_bytes){data, len}) != ATR_OK) {
        return 0;
    }
    atr_room_build(&b, &room);
    if (!atr_bytes_equal(atr_builder_bytes(&b), (atr_bytes){data, len})) {
        abort();
    }
    return 0;
}
