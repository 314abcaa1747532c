#include "policy/period.h"
#include "policy/policy_text.h"
#include "policy/tree.h"

/* Writes at most to the end of `out`; the last byte is kept for a zero. */
static atr_builder text_of(char *out, size_t out_cap)
{
    memset(out, 0, out_cap);
    return atr_builder_of((uint8_t *)out, out_cap);
}

static atr_err end_text(char *out, size_t out_cap, atr_builder *builder)
{
    atr_err err;

    atr_build_u8(builder, 0);
    if ((err = atr_builder_end(builder)) != ATR_OK) {
        memset(out, 0, out_cap);
    }
    return err;
}

static void put(atr_builder *builder, const char *text)
{
    while (*text != 0) {
        atr_build_u8(builder, (uint8_t)*text++);
    }
}

static void put_number(atr_builder *builder, uint64_t value)
{
    uint8_t digits[20];
    size_t count = 0;

    do {
        digits[count++] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        atr_build_u8(builder, digits[--count]);
    }
}

static void put_number_name(atr_builder *builder, atr_bytes name,
                            unsigned width)
{
    atr_build_bytes(builder, name);
    if (width != ATR_NUMBER_WIDTH_DEFAULT) {
        put(builder, "#");
        put_number(builder, width);
    }
}

static void put_range(atr_builder *builder, const atr_range *range)
{
    put_number_name(builder, range->name, range->width);
    if (range->lo == range->hi) {
        put(builder, " = ");
        put_number(builder, range->lo);
    } else if (range->hi == atr_number_max(range->width)) {
        put(builder, " >= ");
        put_number(builder, range->lo);
    } else if (range->lo == 0) {
        put(builder, " <= ");
        put_number(builder, range->hi);
    } else {
        put(builder, " in ");
        put_number(builder, range->lo);
        put(builder, "..");
        put_number(builder, range->hi);
    }
}

/* "<" is no part of the grammar at such a place: nobody can write this. */
static void put_period(atr_builder *builder, atr_period period)
{
    put(builder, "<period ");
    put_number(builder, period.number);
    if (period.generation != 0) {
        put(builder, ".");
        put_number(builder, period.generation);
    }
    put(builder, ">");
}

static void put_attr(atr_builder *builder, const atr_attr *attr)
{
    atr_number number;
    atr_period period;

    if (atr_number_of(&number, attr)) {
        atr_range range = atr_range_of(&number);

        put_range(builder, &range);
    } else if (atr_period_of(&period, attr)) {
        put_period(builder, period);
    } else {
        atr_build_bytes(builder, (atr_bytes){attr->bytes, attr->len});
    }
}

atr_err atr_attr_format(char *out, size_t out_cap, const atr_attr *attr)
{
    atr_builder builder = text_of(out, out_cap);

    put_attr(&builder, attr);
    return end_text(out, out_cap, &builder);
}

static bool is_list(const atr_policy_step *s)
{
    return s->need > 1 && s->need < s->of;
}

/* Whether gate `step` has parentheses of its own around it. */
static bool has_brackets(const atr_policy *policy, const atr_tree *tree,
                         size_t step)
{
    size_t parent = tree->parent[step];

    return is_list(&policy->steps[step]) ||
           (parent != step && !is_list(&policy->steps[parent]));
}

/* What stands between two children of gate `s`. */
static const char *joint(const atr_policy_step *s)
{
    return is_list(s) ? ", " : s->need == 1 ? " or " : " and ";
}

static void put_gate_begin(atr_builder *builder, const atr_policy *policy,
                           const atr_tree *tree, size_t step)
{
    if (is_list(&policy->steps[step])) {
        put_number(builder, policy->steps[step].need);
        put(builder, " of ");
    }
    if (has_brackets(policy, tree, step)) {
        put(builder, "(");
    }
}

/* The unit at `step` is written: closes all gates that end with it. */
static void put_gate_ends(atr_builder *builder, const atr_policy *policy,
                          const atr_tree *tree, size_t step)
{
    while (tree->parent[step] != step &&
           tree->place[step] == policy->steps[tree->parent[step]].of) {
        step = tree->parent[step];
        if (has_brackets(policy, tree, step)) {
            put(builder, ")");
        }
    }
}

atr_err atr_policy_format(char *out, size_t out_cap, const atr_policy *policy)
{
    atr_builder builder = text_of(out, out_cap);
    atr_tree tree;
    atr_range range;

    atr_tree_of(&tree, policy);
    for (size_t i = 0; i < tree.count; i++) {
        size_t step = tree.order[i];
        const atr_policy_step *s = &policy->steps[step];

        if (tree.place[step] > 1) {
            put(&builder, joint(&policy->steps[tree.parent[step]]));
        }
        if (atr_tree_range(&range, policy, step)) {
            put_range(&builder, &range);
            i += s->of; /* its leaves are said */
        } else if (s->of != 0) {
            put_gate_begin(&builder, policy, &tree, step);
            continue;
        } else {
            put_attr(&builder, &s->attr);
        }
        put_gate_ends(&builder, policy, &tree, step);
    }
    return end_text(out, out_cap, &builder);
}

/* Whether one of the steps before step[n] misses the same attribute. */
static bool is_said(const uint16_t *step, size_t n, const atr_policy *policy)
{
    for (size_t i = 0; i < n; i++) {
        if (atr_attr_equal(&policy->steps[step[i]].attr,
                           &policy->steps[step[n]].attr)) {
            return true;
        }
    }
    return false;
}

atr_err atr_policy_explain(char *out, size_t out_cap, const atr_policy *policy,
                           const atr_attrs *attrs)
{
    atr_builder builder = text_of(out, out_cap);
    uint16_t step[ATR_POLICY_ROWS_MAX];
    size_t count = atr_tree_lacking(step, policy, attrs);
    atr_tree tree;
    atr_range range;

    atr_tree_of(&tree, policy);
    for (size_t i = 0; i < count; i++) {
        if (is_said(step, i, policy)) {
            continue;
        }
        put(&builder, i == 0 ? "" : ", ");
        if (atr_tree_range(&range, policy, tree.parent[step[i]])) {
            put_range(&builder, &range);
        } else {
            put_attr(&builder, &policy->steps[step[i]].attr);
        }
    }
    return end_text(out, out_cap, &builder);
}

/* Whether a longer prefix of the same value stands in `attrs` behind `at`. */
static bool is_implied(const atr_attrs *attrs, size_t at,
                       const atr_number *number)
{
    atr_number next;

    return at + 1 < attrs->count &&
           atr_number_of(&next, &attrs->attr[at + 1]) &&
           atr_bytes_equal(next.name, number->name) &&
           !atr_number_clash(&next, number);
}

static void put_owned(atr_builder *builder, const atr_attr *attr)
{
    atr_number number;

    if (atr_number_of(&number, attr) && number.prefix_len == number.width) {
        put_number_name(builder, number.name, number.width);
        put(builder, "=");
        put_number(builder, number.prefix);
    } else {
        put_attr(builder, attr);
    }
}

atr_err atr_attrs_format(char *out, size_t out_cap, const atr_attrs *attrs)
{
    atr_builder builder = text_of(out, out_cap);
    atr_number number;

    for (size_t i = 0; i < attrs->count; i++) {
        if (atr_number_of(&number, &attrs->attr[i]) &&
            is_implied(attrs, i, &number)) {
            continue;
        }
        put(&builder, builder.len == 0 ? "" : ", ");
        put_owned(&builder, &attrs->attr[i]);
    }
    return end_text(out, out_cap, &builder);
}
