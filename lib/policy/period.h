/* period.h - periods: keys and policies that serve for a time.
 *
 * Time is cut into periods of equal length, counted from 1970, and within one
 * an authority may begin a new *generation*: whoever holds a key of the one
 * before drops out at once. A key of period N has among its attributes the
 * label of (N, generation); what it is to open is encapsulated under "P and
 * that label". The label is one that the library makes for itself: no name, no
 * text, no request and no policy that is read can have it.
 *
 *     01 "per" number(8) generation(4)
 *
 * Source: crypto notes, 10.1 and 10.2. All of it is public.
 */
#ifndef ATR_PERIOD_H
#define ATR_PERIOD_H

#include "policy/policy.h"

#define ATR_PERIOD_GRACE_S 3600 /* how far apart clocks may be; see below */

typedef struct {
    uint64_t number;     /* since 1970 */
    uint32_t generation; /* 0 unless the authority has raised it */
} atr_period;

/* atr_period_compare returns less than, equal to or greater than 0, as `a` is
 * before `b`, the same, or after it. */
int atr_period_compare(atr_period a, atr_period b);

/* --- the clock; `seconds` is the length of a period, at least 1 ----------- */

uint64_t atr_period_number(uint64_t unix_s, uint32_t seconds);

/* The first second of period `number`, and the first after it; UINT64_MAX when
 * that cannot be told. */
uint64_t atr_period_start(uint64_t number, uint32_t seconds);
uint64_t atr_period_end(uint64_t number, uint32_t seconds);

/* atr_period_grace is how much two clocks may differ: an hour, and never more
 * than one period. */
uint32_t atr_period_grace(uint32_t seconds);

/* atr_period_is_now returns whether `number` is the period of `unix_s`, or by
 * a clock that differs by no more than the grace could be. */
bool atr_period_is_now(uint64_t number, uint32_t seconds, uint64_t unix_s);

/* --- the label ------------------------------------------------------------ */

void atr_attr_period(atr_attr *out, atr_period period);

/* atr_period_of takes the label `attr` apart, or returns false (and zeros)
 * where it is not one. */
bool atr_period_of(atr_period *out, const atr_attr *attr);

/* atr_attrs_period tells the period of a key that holds `attrs`, or returns
 * false (and zeros) when it has none and so never ends. */
bool atr_attrs_period(atr_period *out, const atr_attrs *attrs);

/* atr_attrs_add_period makes what is asked for into what a key of `period`
 * holds. ATR_ERR_INPUT when there is a period already, ATR_ERR_LIMIT when the
 * set is full. */
ATR_MUST_USE atr_err atr_attrs_add_period(atr_attrs *attrs, atr_period period);

/* atr_policy_with_period makes the policy "`policy` and the label of
 * `period`": one row and one gate more. Returns ATR_ERR_LIMIT when they do not
 * fit, ATR_ERR_INPUT when `policy` is none (or has a period); `out` is zero
 * then. Whether they fit does not depend on `period`. */
ATR_MUST_USE atr_err atr_policy_with_period(atr_policy *out,
                                            const atr_policy *policy,
                                            atr_period period);

#endif
