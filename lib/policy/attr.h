/* attr.h - attributes, and the set of them that a key holds.
 *
 * An attribute is a byte string, compared byte by byte. What users write is
 * [A-Za-z][A-Za-z0-9_.:@/-]{0,63} and not a word of the policy grammar; what
 * the library derives (a numeric prefix) begins with byte 1, which no user can
 * write, and carries name and width (doc/conventions.md):
 *
 *     01 "num" name-field width prefix-length prefix(4 bytes)
 *
 * The label of a period, another one, is in a key and in no request (period.h).
 */
#ifndef ATR_ATTR_H
#define ATR_ATTR_H

#include "base/base.h"
#include "base/bytes.h"

#define ATR_ATTR_NAME_BYTES_MAX 64
#define ATR_ATTR_BYTES_MAX 80
#define ATR_ATTRS_MAX 256
#define ATR_NUMBER_WIDTH_MAX 32
#define ATR_NUMBER_WIDTH_DEFAULT 32 /* "age"; "age#8" says another */

typedef struct {
    uint8_t len; /* 0 where there is none */
    uint8_t bytes[ATR_ATTR_BYTES_MAX];
} atr_attr;

/* Sorted by bytes, no two equal; keep it so with atr_attrs_add. */
typedef struct {
    size_t count;
    atr_attr attr[ATR_ATTRS_MAX];
} atr_attrs;

/* Where a text went wrong and how, for a person. */
typedef struct {
    size_t line;      /* from 1 */
    size_t column;    /* from 1, in bytes */
    const char *what; /* a constant sentence; never part of the input */
    const char *hint; /* what to write instead, or NULL */
} atr_text_error;

bool atr_attr_equal(const atr_attr *a, const atr_attr *b);

/* Less than, equal to or greater than 0, by bytes; a prefix comes first. */
int atr_attr_compare(const atr_attr *a, const atr_attr *b);

/* The words of the grammar. atr_attr_word tells which one `name` is, whatever
 * its case; atr_attr_is_name_byte whether `c` may stand in a name. */
typedef enum {
    ATR_WORD_NONE,
    ATR_WORD_AND,
    ATR_WORD_OR,
    ATR_WORD_OF,
    ATR_WORD_IN,
    ATR_WORD_NOT
} atr_word;

atr_word atr_attr_word(atr_bytes name);
bool atr_attr_is_name_byte(uint8_t c);

/* atr_attr_name makes the attribute `name`, or returns ATR_ERR_INPUT when a
 * user may not write it. */
ATR_MUST_USE atr_err atr_attr_name(atr_attr *out, atr_bytes name);

/* atr_attr_prefix makes the derived attribute "the first `prefix_len` bits of
 * number `name`, which has `width` bits, are `prefix`". */
ATR_MUST_USE atr_err atr_attr_prefix(atr_attr *out, atr_bytes name,
                                     unsigned width, unsigned prefix_len,
                                     uint32_t prefix);

/* atr_attr_check returns ATR_OK for what the two above can make, and
 * ATR_ERR_INPUT otherwise: for attributes that come from bytes. So a period
 * is none. */
ATR_MUST_USE atr_err atr_attr_check(const atr_attr *attr);

/* atr_attrs_add keeps the order; adding what is there changes nothing.
 * Returns ATR_ERR_LIMIT when full. */
ATR_MUST_USE atr_err atr_attrs_add(atr_attrs *attrs, const atr_attr *attr);

/* atr_attrs_add_number adds the width+1 prefixes (lengths 0 to width) of
 * `value`. Returns ATR_ERR_INPUT when another value of the same name is there
 * already, whatever its width, or `value` does not fit, and ATR_ERR_LIMIT when
 * the set is full; the set is then as it was. */
ATR_MUST_USE atr_err atr_attrs_add_number(atr_attrs *attrs, atr_bytes name,
                                          unsigned width, uint32_t value);

/* atr_attrs_find returns the index of `attr`, or ATR_ATTRS_MAX. */
size_t atr_attrs_find(const atr_attrs *attrs, const atr_attr *attr);
bool atr_attrs_has(const atr_attrs *attrs, const atr_attr *attr);

#define ATR_ATTRS_TEXT_BYTES_MAX 65536

/* atr_attrs_parse reads a list such as "ONE, TWO, year=5, age#8=42": names and
 * numbers (a date such as 2026-12-01 is a number too), separated by commas or
 * blanks, at least one. A name may be said twice, a number only with the same
 * value. Returns ATR_OK, ATR_ERR_INPUT or ATR_ERR_LIMIT, with an empty set and
 * the place in `error`, which may be NULL. */
ATR_MUST_USE atr_err atr_attrs_parse(atr_attrs *out, atr_bytes text,
                                     atr_text_error *error);

/* atr_attrs_format writes the list again in one canonical form (numbers as
 * name=value), ended by a zero; ATR_ERR_LIMIT when it does not fit. A prefix
 * without its whole value, which no text can make, shows as the range it
 * means ("year >= 8"). */
ATR_MUST_USE atr_err atr_attrs_format(char *out, size_t out_cap,
                                      const atr_attrs *attrs);

#define ATR_ATTRS_BYTES_MAX (2 + ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX))

/* Bytes: count (2), then each as length (1) and bytes, in order. Reading
 * checks each attribute, the order, that there is no double, and that no
 * number has two values. */
void atr_attrs_build(atr_builder *builder, const atr_attrs *attrs);
void atr_attrs_read(atr_attrs *out, atr_reader *reader); /* fails `reader` */

/* atr_attrs_read_held is the same for what a key holds: there may be the label
 * of one period with the others (period.h). */
void atr_attrs_read_held(atr_attrs *out, atr_reader *reader);

#endif
