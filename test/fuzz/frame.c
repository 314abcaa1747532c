/* A stream of frames, and each of them as a record. */
#include "proto/frame.h"

#include <stdlib.h>

static void *resize(void *context, void *block, size_t old_len, size_t new_len)
{
    (void)context;
    (void)old_len;
    if (new_len == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_len);
}

/* What can be read is written again to the same bytes. */
static void check_record(atr_bytes body)
{
    static uint8_t again[ATR_FRAME_BYTES_MAX];
    atr_builder b = atr_builder_of(again, sizeof again);
    atr_record record;

    if (atr_record_read(&record, body) != ATR_OK) {
        return;
    }
    atr_record_build(&b, &record);
    if (atr_record_len(&record) != body.len ||
        !atr_bytes_equal(atr_builder_bytes(&b), body)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_mem mem = {.resize = resize, .limit = SIZE_MAX};
    atr_framer framer = {.limit = ATR_FRAME_BYTES_MAX};
    uint8_t type;
    atr_bytes body;
    atr_err err;

    check_record((atr_bytes){data, len});
    if (atr_framer_put(&framer, &mem, (atr_bytes){data, len}) == ATR_OK) {
        while (atr_framer_next(&framer, &type, &body, &err)) {
            check_record(body);
            atr_framer_drop(&framer, &mem);
        }
    }
    atr_framer_wipe(&framer, &mem);
    if (mem.used != 0) {
        abort();
    }
    return 0;
}
