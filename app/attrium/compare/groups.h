/* groups.h - the groups that a comparison runs, several at a time: each on a
 * stage of its own, in a thread of its own, whose processor time is counted
 * for it alone.
 */
#ifndef ATR_GROUPS_H
#define ATR_GROUPS_H

#include "app/attrium/compare/stage.h"

#define ATR_GROUPS_STEPS 4
#define ATR_GROUPS_THREADS_MAX 64

/* A method with n members: set up, then a join, a leave from the middle, a
 * refresh. Too large a group is not set up, and has a row less. */
typedef struct {
    const atr_method *method;
    uint32_t n;
    size_t count; /* rows */
    atr_compare_row row[ATR_GROUPS_STEPS];
} atr_groups_one;

typedef struct {
    atr_groups_one *one; /* taken up in this order: the longest first */
    size_t count;
    double latency_ms;
    double mbit_per_s;
    uint32_t threads; /* 1 to ATR_GROUPS_THREADS_MAX */
    /* `group` is taken up, after `before` others; one call at a time. */
    void (*progress)(void *context, const atr_groups_one *group, size_t before);
    void *context;
    const atr_groups_one *failed; /* out: the first that failed, and why */
    char fault[128];
} atr_groups;

/* atr_groups_run fills the rows of all. The first error ends it. */
ATR_MUST_USE atr_err atr_groups_run(atr_groups *groups);

#endif
