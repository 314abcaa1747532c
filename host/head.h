/* head.h - the head of an HTTP/1.1 response, as client.c and https.c read it.
 *
 * Strict: every line ends with CR LF, no folding, no blanks in names, no
 * control characters in values (RFC 9112).
 */
#ifndef ATR_HEAD_H
#define ATR_HEAD_H

#include "base/base.h"

#define ATR_HEAD_BYTES_MAX 16384

typedef struct {
    int status;      /* 100 to 599 */
    atr_bytes lines; /* the header lines, borrowed */
} atr_head;

/* atr_head_parse reads a head at the start of `in` and sets `*used` to its
 * length. Returns ATR_ERR_STATE when it is not all there yet, ATR_ERR_LIMIT
 * when it is longer than ATR_HEAD_BYTES_MAX, ATR_ERR_INPUT when it is not a
 * head. */
ATR_MUST_USE atr_err atr_head_parse(atr_head *out, size_t *used, atr_bytes in);

/* atr_head_value gives the value of a header, without blanks around it, and
 * the number of headers of that name; {NULL, 0} for none. */
atr_bytes atr_head_value(unsigned *count, const atr_head *head,
                         const char *name);

/* atr_head_is compares a value with text, ignoring case. */
bool atr_head_is(atr_bytes value, const char *text);

/* atr_head_length reads Content-Length into `*len`: ATR_ERR_STATE when there
 * is none, ATR_ERR_INPUT when it is given twice or is not a number. */
ATR_MUST_USE atr_err atr_head_length(uint64_t *len, const atr_head *head);

#endif
