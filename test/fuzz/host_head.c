/* host_head.c - heads of HTTP answers from a hostile server. */
#include "host/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_head head;
    size_t used;
    uint64_t length;
    unsigned count;
    atr_bytes value;

    if (atr_head_parse(&head, &used, (atr_bytes){data, len}) != ATR_OK) {
        if (used != 0 || head.lines.data != NULL) {
            __builtin_trap();
        }
        return 0;
    }
    value = atr_head_value(&count, &head, "Upgrade");
    (void)atr_head_is(value, "websocket");
    if (used > len || head.status < 100 ||
        (value.len > 0 && (value.data < data ||
                           value.data + value.len > data + used))) {
        __builtin_trap();
    }
    if (atr_head_length(&length, &head) == ATR_OK && length > 1ull << 50) {
        __builtin_trap();
    }
    return 0;
}
