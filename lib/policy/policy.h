/* policy.h - access policies: which sets of attributes may open a key.
 *
 * A policy is a tree of threshold gates over attributes, kept in postfix order:
 * "staff and (oslo or bergen)" is  staff oslo bergen 1-of-2 2-of-2.
 * Its leaves, left to right, are the *rows* of its matrix, numbered from 0.
 * Text is parsed and written by policy_text.h, bytes by policy_wire.h, shares
 * are made and joined by share.h.
 *
 * Policies and attribute sets are public. An atr_policy holds no pointers:
 * copy it with "=" and drop it unfreed.
 */
#ifndef ATR_POLICY_H
#define ATR_POLICY_H

#include "base/base.h"
#include "policy/attr.h"

#define ATR_POLICY_ROWS_MAX 256
#define ATR_POLICY_STEPS_MAX 511 /* the rows and the gates between them */
#define ATR_POLICY_DEPTH_MAX 32
#define ATR_POLICY_CHILDREN_MAX 64

/* A leaf has `need` and `of` zero. A gate holds when at least `need` of the
 * `of` results just before it hold: "and" is 2 of 2, "or" is 1 of 2. */
typedef struct {
    uint8_t need;
    uint8_t of;    /* 0, or 2 to ATR_POLICY_CHILDREN_MAX */
    atr_attr attr; /* all zero in a gate */
} atr_policy_step;

typedef struct {
    size_t count; /* 1 to ATR_POLICY_STEPS_MAX */
    atr_policy_step steps[ATR_POLICY_STEPS_MAX];
} atr_policy;

/* atr_policy_check returns ATR_OK when `policy` is one whole tree of valid
 * attributes within the limits, ATR_ERR_LIMIT when it is a tree but too large
 * or too deep (gates on the way from the root to a leaf), and ATR_ERR_INPUT
 * otherwise. Check a policy before giving it to any function
 * that takes one; the parsers do so already. */
ATR_MUST_USE atr_err atr_policy_check(const atr_policy *policy);

/* atr_policy_admits returns whether `attrs` satisfies `policy`. */
ATR_MUST_USE bool atr_policy_admits(const atr_policy *policy,
                                    const atr_attrs *attrs);

/* The rows of a policy: what a scheme needs to know of it.
 * `occurrence[i]` counts the earlier rows with the attribute of row i. */
typedef struct {
    size_t count;
    size_t repeats; /* tau = 1 + the largest occurrence */
    uint16_t step[ATR_POLICY_ROWS_MAX];
    uint16_t occurrence[ATR_POLICY_ROWS_MAX];
} atr_policy_rows;

void atr_policy_rows_of(atr_policy_rows *out, const atr_policy *policy);

/* atr_policy_row returns the attribute of row `row`. */
const atr_attr *atr_policy_row(const atr_policy *policy,
                               const atr_policy_rows *rows, size_t row);

/* atr_policy_lacks lists in `missing` a smallest set of attributes that,
 * added to `attrs`, would satisfy `policy`: empty when it is satisfied. Where
 * an attribute stands in several rows the set may be larger than the smallest
 * (each row counts by itself), but adding it always satisfies. For people see
 * atr_policy_explain in policy_text.h. */
void atr_policy_lacks(atr_attrs *missing, const atr_policy *policy,
                      const atr_attrs *attrs);

#endif
