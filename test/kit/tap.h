/* tap.h - tests that need nothing but standard output, for known answers that
 * run natively and as wasm32 under node.
 *
 *     static void adds(void) { tap_is(1 + 1 == 2); }
 *     int main(void)
 *     {
 *         static const tap_test tests[] = {{"adds", adds}};
 *         return TAP_RUN(tests);
 *     }
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *name;
    void (*run)(void);
} tap_test;

static bool tap_good;

/* tap_is fails the running test when `condition` does not hold. */
#define tap_is(condition) tap_check((condition), #condition, __FILE__, __LINE__)

static inline void tap_check(bool holds, const char *what, const char *file,
                             int line)
{
    if (!holds) {
        tap_good = false;
        printf("# %s:%d: %s\n", file, line, what);
    }
}

/* tap_hex fails the running test when the bytes are not `hex`. */
static inline void tap_hex(const uint8_t *bytes, size_t len, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    bool same = strlen(hex) == 2 * len;

    for (size_t i = 0; i < len && same; i++) {
        same = hex[2 * i] == digits[bytes[i] >> 4] &&
               hex[2 * i + 1] == digits[bytes[i] & 15];
    }
    if (!same) {
        tap_good = false;
        printf("# expected %s\n# got      ", hex);
        for (size_t i = 0; i < len; i++) {
            printf("%02x", (unsigned)bytes[i]);
        }
        printf("\n");
    }
}

#define TAP_RUN(tests) tap_run((tests), sizeof(tests) / sizeof(tests)[0])

static inline int tap_run(const tap_test *tests, size_t count)
{
    int failed = 0;

    printf("1..%u\n", (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        tap_good = true;
        tests[i].run();
        failed += !tap_good;
        printf("%s %u - %s\n", tap_good ? "ok" : "not ok", (unsigned)(i + 1),
               tests[i].name);
    }
    return failed != 0;
}

#endif
