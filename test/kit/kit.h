/* kit.h - what tests share: cmocka, hexadecimal, vectors, seeds, and memory
 * that fails when it is told to. A program that uses anything of it obeys
 * ATTRIUM_ENGINE: the engine of curve/engine.h by name.
 */
#ifndef KIT_H
#define KIT_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first, in this order. */
#include <cmocka.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/mem.h"
#include "base/rng.h"

/* kit_unhex writes the bytes of `hex` (an optional 0x first) to `out` and
 * returns how many. Fails the test when it is not hexadecimal or too long. */
size_t kit_unhex(uint8_t *out, size_t cap, const char *hex);

/* kit_hex writes `len` bytes as text; `out` holds 2 * len + 1 bytes. */
void kit_hex(char *out, const uint8_t *bytes, size_t len);

/* assert_hex compares bytes with hexadecimal text. */
#define assert_hex(bytes, len, hex)                                            \
    kit_assert_hex((bytes), (len), (hex), __FILE__, __LINE__)
void kit_assert_hex(const uint8_t *bytes, size_t len, const char *hex,
                    const char *file, int line);

/* kit_vectors_path writes the path of a file of the outside vectors, and
 * skips the running test when the whole collection is absent. */
void kit_vectors_path(char *out, size_t cap, const char *file);

/* kit_vectors reads a JSON file of the outside vectors (json_decref it), and
 * skips the running test when the whole collection is absent. */
json_t *kit_vectors(const char *file);

/* kit_read reads a whole file; free() it. A zero byte follows the content.
 * Fails the test when the file cannot be read. */
uint8_t *kit_read(const char *path, size_t *len);

/* kit_text, kit_int: a member of an object, which must be there. */
const char *kit_text(const json_t *object, const char *name);
json_int_t kit_int(const json_t *object, const char *name);

/* kit_seed returns the seed of this run: ATTRIUM_SEED, or a new one. It is
 * printed, so that a failure can be run again. */
uint64_t kit_seed(void);

/* kit_rng starts a generator from a number. */
void kit_rng(atr_rng *rng, uint64_t seed);

/* Memory from malloc that can fail: `fail_at` 1 refuses the next request, 2
 * the one after it, 0 none. Frees are not requests. */
typedef struct {
    size_t fail_at;
    size_t requests; /* made so far */
    size_t blocks;   /* living at present */
} kit_heap;

atr_mem kit_mem(kit_heap *heap, size_t limit);

#endif
