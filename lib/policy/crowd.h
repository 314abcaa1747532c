/* crowd.h - how many people at least satisfy a policy, from how many hold each
 * attribute.
 *
 * Whoever enters a room is one of those who could have. Their number is not
 * known from counts of single attributes, but a lower bound is: of N people of
 * whom a_1 >= a_2 >= .. hold the parts of a gate "k of m", at least
 *
 *     max over t = k..m of (a_1 + .. + a_t - (k-1) N) / (t-k+1)
 *
 * hold k of them, since who holds fewer is counted at most k-1 times and
 * who holds more at most t times. Parts that exclude each other, as the blocks
 * of a range of numbers do, add up. Lower bounds in, a lower bound out;
 * `total` must not be below the number of people.
 */
#ifndef ATR_CROWD_H
#define ATR_CROWD_H

#include "policy/policy.h"

#define ATR_CROWD_MAX UINT32_MAX /* people */

/* Gives how many people hold `attr`, at least. */
typedef uint32_t atr_crowd_fn(void *context, const atr_attr *attr);

uint32_t atr_policy_crowd(const atr_policy *policy, uint32_t total,
                          atr_crowd_fn *holders, void *context);

/* Counts that are shown are coarse, so that one arrival is not seen: multiples
 * of 5 up to 100, then of 10 up to 200, of 20 up to 400, and so on. Below, for
 * holders: fewer than 5 are 0. Above, for the total. */
uint32_t atr_crowd_below(uint64_t people);
uint32_t atr_crowd_above(uint64_t people);

/* atr_crowd_agreed is what nodes of an authority say together of which fewer
 * than `needed` lie: the needed-th largest of their `count` bounds, each from
 * one node's own counts. Among so many there is an honest one, whose people
 * are at least as many as it says; and counts of unlike nodes are not mixed,
 * whose total may be of fewer people than the holders they are compared with.
 * False, and 0, when fewer have answered. */
bool atr_crowd_agreed(uint32_t *out, const uint32_t *crowds, size_t count,
                      size_t needed);

#endif
