/* base.h - what every file of the library shares: errors, borrowed bytes,
 * time, and the marks and the wipe of secrets.
 */
#ifndef ATR_BASE_H
#define ATR_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What the caller can do about it, not what went wrong inside. On any error
 * every output is untouched or all zero. */
typedef enum {
    ATR_OK = 0,
    ATR_ERR_INPUT,  /* malformed bytes or text */
    ATR_ERR_LIMIT,  /* well-formed, but larger than a documented limit */
    ATR_ERR_POLICY, /* these attributes cannot open it */
    ATR_ERR_AUTH,   /* forged or damaged: one code for every such failure */
    ATR_ERR_STATE,  /* not now */
    ATR_ERR_IO      /* the operating system refused (host only) */
} atr_err;

/* atr_err_text returns a short English phrase for `err`, for programs. */
const char *atr_err_text(atr_err err);

#define ATR_MUST_USE __attribute__((warn_unused_result))

/* Borrowed bytes: valid as long as what they point into. */
typedef struct {
    const uint8_t *data;
    size_t len;
} atr_bytes;

/* ATR_BYTES makes an atr_bytes of an array; ATR_LITERAL of a string literal,
 * without its final zero. */
#define ATR_BYTES(array) ((atr_bytes){(array), sizeof(array)})
#define ATR_LITERAL(text)                                                      \
    ((atr_bytes){(const uint8_t *)(text), sizeof(text) - 1})

typedef uint64_t atr_time; /* milliseconds of a clock that never goes back */

#define ATR_NEVER UINT64_MAX

/* atr_wipe sets `len` bytes to zero in a way the compiler keeps. */
void atr_wipe(void *memory, size_t len);

/* atr_wipe_stack wipes the stack below the caller, as deep as the curve
 * reaches. Field arithmetic keeps its last result in a temporary, and to wipe
 * every one would cost too much; so it is done once, after a secret operation
 * (test/attack/memory.c looks for what is left). */
void atr_wipe_stack(void);

/* atr_bytes_equal compares two public byte strings; lengths may differ. */
bool atr_bytes_equal(atr_bytes a, atr_bytes b);

/* atr_secret_equal compares `len` bytes in constant time. The result is
 * public. */
bool atr_secret_equal(const void *a, const void *b, size_t len);

/* ATR_SECRET marks memory where key material is born, ATR_PUBLIC where it may
 * be seen. Under test/ct they tell valgrind; elsewhere they do nothing. */
#ifdef ATR_CT_CHECK
#include <valgrind/memcheck.h>
#define ATR_SECRET(p, n) VALGRIND_MAKE_MEM_UNDEFINED((p), (n))
#define ATR_PUBLIC(p, n) VALGRIND_MAKE_MEM_DEFINED((p), (n))
#else
#define ATR_SECRET(p, n) ((void)(p), (void)(n))
#define ATR_PUBLIC(p, n) ((void)(p), (void)(n))
#endif

#endif
