/* A room link: what can be parsed, is formatted and parsed to the same. */
#include <stdlib.h>

#include "proto/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_link link;
    atr_link again;
    char text[ATR_LINK_TEXT_MAX + 1];

    if (atr_link_parse(&link, (atr_bytes){data, len}) != ATR_OK) {
        return 0;
    }
    if (atr_link_format(text, sizeof text, &link) != ATR_OK ||
        atr_link_parse(&again, (atr_bytes){(const uint8_t *)text,
                                           strlen(text)}) != ATR_OK ||
        memcmp(&link, &again, sizeof link) != 0) {
        abort();
    }
    return 0;
}
