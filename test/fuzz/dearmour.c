/* dearmour.c - armour read character by character: what it takes, the reader
 * of whole armour takes too, and both find the same. */
#include "app/dearmour.h"

#include <stdlib.h>

#include "app/armour.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *whole = malloc(len + ATR_DEARMOUR_BYTES_MAX);
    uint8_t *again = malloc(len + 1);
    atr_dearmour d;
    size_t at = 0;
    size_t got = 0;
    atr_err err = ATR_OK;

    if (!whole || !again) {
        abort();
    }
    atr_dearmour_init(&d, ATR_ARMOUR_SEALED);
    for (size_t i = 0; i < len && err == ATR_OK; i++) {
        err = atr_dearmour_take(&d, whole + at, &got, data[i]);
        at += got;
    }
    if (err == ATR_OK) {
        err = atr_dearmour_end(&d, whole + at, &got);
        at += got;
    }
    if (at > len) {
        __builtin_trap();
    }
    if (err == ATR_OK &&
        (atr_armour_read(again, &got, len, ATR_ARMOUR_SEALED,
                         (atr_bytes){data, len}) != ATR_OK ||
         got != at || memcmp(whole, again, at) != 0)) {
        __builtin_trap();
    }
    free(whole);
    free(again);
    return 0;
}
