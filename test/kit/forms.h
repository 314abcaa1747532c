/* forms.h - the functions of lib/curve on bytes, to compare the two forms of
 * its numbers: a program has one form alone, so that the other is in a shared
 * object which shows nothing but its list. forms.c is compiled for each.
 */
#ifndef FORMS_H
#define FORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMS_NUMBERS 24 /* below p, 48 bytes each: what every function takes */
#define FORMS_IN (48 * FORMS_NUMBERS)
#define FORMS_OUT (48 * 64)

typedef struct {
    const char *name;
    size_t (*run)(uint8_t *out, const uint8_t *in); /* returns the length */
    bool slow;
} forms_function;

#define FORMS_SHOWN __attribute__((visibility("default")))

FORMS_SHOWN const forms_function *forms_portable(size_t *count);
FORMS_SHOWN const forms_function *forms_wasm30(size_t *count);

#endif
