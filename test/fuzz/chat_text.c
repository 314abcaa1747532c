/* Text of others: what is shown has no control, is UTF-8, and is clean. */
#include <stdlib.h>

#include "app/attrium/sanitise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t cap = 3 * len + 1;
    char *once = malloc(cap);
    char *twice = malloc(cap);
    size_t got = atr_sanitise(once, cap, (atr_bytes){data, len});

    for (size_t i = 0; i < got; i++) {
        if ((uint8_t)once[i] < 0x20 || once[i] == 0x7f) {
            abort();
        }
    }
    if (atr_sanitise(twice, cap, (atr_bytes){(uint8_t *)once, got}) != got ||
        memcmp(once, twice, got) != 0) {
        abort();
    }
    free(once);
    free(twice);
    return 0;
}
