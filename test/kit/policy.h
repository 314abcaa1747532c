/* policy.h - what tests of policies share: policies from text or at random,
 * and linear algebra over Fr, which the library itself never needs.
 */
#ifndef KIT_POLICY_H
#define KIT_POLICY_H

#include "kit/kit.h"

#include "policy/policy.h"
#include "policy/policy_text.h"
#include "policy/policy_wire.h"
#include "policy/share.h"

static inline atr_bytes kit_bytes(const char *text)
{
    return (atr_bytes){(const uint8_t *)text, strlen(text)};
}

/* kit_policy parses what has to parse. */
static inline atr_policy kit_policy(const char *text)
{
    atr_policy policy;
    atr_text_error error;

    if (atr_policy_parse(&policy, kit_bytes(text), &error) != ATR_OK) {
        fail_msg("%s: column %zu: %s", text, error.column, error.what);
    }
    assert_int_equal(atr_policy_check(&policy), ATR_OK);
    return policy;
}

/* kit_attrs parses what has to parse; "" is the empty set. */
static inline atr_attrs kit_attrs(const char *text)
{
    atr_attrs attrs;
    atr_text_error error;

    memset(&attrs, 0, sizeof attrs);
    if (text[0] != 0 &&
        atr_attrs_parse(&attrs, kit_bytes(text), &error) != ATR_OK) {
        fail_msg("%s: column %zu: %s", text, error.column, error.what);
    }
    return attrs;
}

/* The attributes of random policies: a to f, so that there are 64 subsets. */
#define KIT_LETTERS 6
#define KIT_SUBSETS (1u << KIT_LETTERS)

static inline atr_attrs kit_subset(unsigned subset)
{
    atr_attrs attrs;

    memset(&attrs, 0, sizeof attrs);
    for (unsigned i = 0; i < KIT_LETTERS; i++) {
        uint8_t name = (uint8_t)('a' + i);
        atr_attr attr;

        assert_int_equal(atr_attr_name(&attr, (atr_bytes){&name, 1}), ATR_OK);
        if (subset >> i & 1) {
            assert_int_equal(atr_attrs_add(&attrs, &attr), ATR_OK);
        }
    }
    return attrs;
}

/* kit_policy_grow appends a random tree of at most `depth` gates a branch. */
static inline void kit_policy_grow(atr_policy *out, atr_rng *rng,
                                   unsigned depth)
{
    atr_policy_step *step;
    unsigned of = 2 + (unsigned)atr_rng_below_vartime(rng, 3);
    unsigned need = 1 + (unsigned)atr_rng_below_vartime(rng, of);

    if (depth == 0 || atr_rng_below_vartime(rng, 4) == 0) {
        uint8_t name = (uint8_t)('a' + atr_rng_below_vartime(rng, KIT_LETTERS));

        assert_int_equal(atr_attr_name(&out->steps[out->count++].attr,
                                       (atr_bytes){&name, 1}),
                         ATR_OK);
        return;
    }
    for (unsigned i = 0; i < of; i++) {
        kit_policy_grow(out, rng, depth - 1);
    }
    step = &out->steps[out->count++];
    step->need = (uint8_t)need;
    step->of = (uint8_t)of;
}

static inline atr_policy kit_policy_random(atr_rng *rng, unsigned depth)
{
    atr_policy policy;

    memset(&policy, 0, sizeof policy);
    kit_policy_grow(&policy, rng, depth);
    assert_int_equal(atr_policy_check(&policy), ATR_OK);
    return policy;
}

#define KIT_SPAN_MAX 80

/* Vectors in echelon form: `pivot[i]` is the first column of basis[i] that is
 * not zero, and zero in all later ones. */
typedef struct {
    size_t columns;
    size_t count;
    size_t pivot[KIT_SPAN_MAX];
    atr_fr basis[KIT_SPAN_MAX][KIT_SPAN_MAX];
} kit_span;

/* kit_span_reduce takes from `v` what the basis can express, up to a factor
 * that is not zero (no inversions), and returns the first column that is left,
 * or span->columns. */
static inline size_t kit_span_reduce(const kit_span *span, atr_fr *v)
{
    size_t first = 0;

    for (size_t i = 0; i < span->count; i++) {
        const atr_fr *b = span->basis[i];
        atr_fr lead = b[span->pivot[i]];
        atr_fr take = v[span->pivot[i]];

        for (size_t c = 0; c < span->columns && !atr_fr_is_zero(&take); c++) {
            atr_fr t;

            atr_fr_mul(&t, &take, &b[c]);
            atr_fr_mul(&v[c], &v[c], &lead);
            atr_fr_sub(&v[c], &v[c], &t);
        }
    }
    while (first < span->columns && atr_fr_is_zero(&v[first])) {
        first++;
    }
    return first;
}

static inline void kit_span_add(kit_span *span, const atr_fr *row)
{
    atr_fr *v = span->basis[span->count];

    assert_true(span->count < KIT_SPAN_MAX && span->columns <= KIT_SPAN_MAX);
    memcpy(v, row, span->columns * sizeof *v);
    span->pivot[span->count] = kit_span_reduce(span, v);
    span->count += span->pivot[span->count] < span->columns;
}

/* kit_span_opens returns whether (1, 0, .., 0) is in the span. */
static inline bool kit_span_opens(const kit_span *span)
{
    atr_fr target[KIT_SPAN_MAX];

    memset(target, 0, sizeof target);
    target[0] = atr_fr_of(1);
    return kit_span_reduce(span, target) == span->columns;
}

/* kit_span_of adds the rows of `policy` whose attribute is in `attrs`. */
static inline void kit_span_of(kit_span *span, const atr_policy *policy,
                               const atr_attrs *attrs)
{
    atr_policy_rows rows;
    atr_fr row[KIT_SPAN_MAX];

    span->count = 0;
    span->columns = atr_share_columns(policy);
    assert_true(span->columns <= KIT_SPAN_MAX);
    atr_policy_rows_of(&rows, policy);
    for (size_t i = 0; i < rows.count; i++) {
        if (atr_attrs_has(attrs, atr_policy_row(policy, &rows, i))) {
            atr_share_matrix_row(row, policy, i);
            kit_span_add(span, row);
        }
    }
}

/* kit_join computes what a plan makes of shares. */
static inline atr_fr kit_join(const atr_share_plan *plan, const atr_fr *shares)
{
    atr_fr sum = {{0}};

    for (size_t i = 0; i < plan->count; i++) {
        atr_fr t;

        atr_fr_mul(&t, &plan->weight[i], &shares[plan->row[i]]);
        atr_fr_add(&sum, &sum, &t);
    }
    return sum;
}

#endif
