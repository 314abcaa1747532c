/* number.h - numbers as attributes: prefixes, ranges and their covers.
 *
 * A key for the value x of width w holds the w + 1 prefixes of x, and a policy
 * asks for one of the blocks of aligned size that together make up a range
 * (doc/scheme/sharing.md, section 4). All of this is public.
 */
#ifndef ATR_NUMBER_H
#define ATR_NUMBER_H

#include "policy/attr.h"

/* One prefix attribute, taken apart; `name` borrows from the attribute. */
typedef struct {
    atr_bytes name;
    unsigned width;      /* 1 to ATR_NUMBER_WIDTH_MAX */
    unsigned prefix_len; /* 0 to `width` */
    uint32_t prefix;     /* the first `prefix_len` bits, as a number */
} atr_number;

/* atr_number_of takes `attr` apart, or returns false (and zeros) where it is
 * not an attribute that atr_attr_prefix makes. */
bool atr_number_of(atr_number *out, const atr_attr *attr);

/* atr_number_clash returns whether no single value can own both: the same
 * name with another width, or with prefixes that contradict each other. */
bool atr_number_clash(const atr_number *a, const atr_number *b);

/* All values from `lo` to `hi`, both included; empty where lo > hi. */
typedef struct {
    atr_bytes name;
    unsigned width;
    uint64_t lo;
    uint64_t hi;
} atr_range;

/* atr_number_max returns the largest value of `width` bits. */
uint64_t atr_number_max(unsigned width);

/* atr_range_of returns the values that begin with the prefix of `number`. */
atr_range atr_range_of(const atr_number *number);

/* atr_range_next takes from `rest` its first block, the largest aligned one
 * that begins at rest->lo and ends within it; false when `rest` is empty.
 * All blocks of a range, in this order, are its one smallest dyadic cover. */
bool atr_range_next(atr_number *out, atr_range *rest);

#endif
