#include "app/halld/generations.h"

#include <string.h>

#include "app/armour.h"

typedef struct {
    uint8_t hm[32];
    uint32_t number;
} entry;

/* Takes what is left of `*list` to the next gap: 1 for an entry, 0 at the end,
 * -1 for anything else. */
static int next(entry *out, const char **list)
{
    static const char gaps[] = " ,\t";
    const char *at = *list + strspn(*list, gaps);
    char digits[2 * sizeof out->hm + 1] = {0};
    uint64_t number = 0;

    if (*at == 0) {
        return 0;
    }
    if (strcspn(at, "=") != sizeof digits - 1 || at[sizeof digits - 1] == 0) {
        return -1;
    }
    memcpy(digits, at, sizeof digits - 1);
    at += sizeof digits;
    if (atr_hex_read(out->hm, sizeof out->hm, digits) != ATR_OK || *at == 0 ||
        strspn(at, "0123456789") != strcspn(at, gaps)) {
        return -1;
    }
    for (; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++) {
        number = 10 * number + (uint64_t)(*at - '0');
    }
    out->number = (uint32_t)number;
    *list = at;
    return number <= UINT32_MAX ? 1 : -1;
}

atr_err atr_generations_check(const char *list)
{
    entry one;
    int got;

    do {
        got = next(&one, &list);
    } while (got == 1);
    return got == 0 ? ATR_OK : ATR_ERR_INPUT;
}

uint32_t atr_generations_of(const char *list, const uint8_t hm[32])
{
    entry one;

    while (next(&one, &list) == 1) {
        if (memcmp(one.hm, hm, sizeof one.hm) == 0) {
            return one.number;
        }
    }
    return 0;
}
