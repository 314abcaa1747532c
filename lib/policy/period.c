#include "policy/period.h"

int atr_period_compare(atr_period a, atr_period b)
{
    if (a.number != b.number) {
        return a.number < b.number ? -1 : 1;
    }
    return (a.generation > b.generation) - (a.generation < b.generation);
}

/* --- the clock ------------------------------------------------------------ */

uint64_t atr_period_number(uint64_t unix_s, uint32_t seconds)
{
    return unix_s / seconds;
}

uint64_t atr_period_start(uint64_t number, uint32_t seconds)
{
    return number > UINT64_MAX / seconds ? UINT64_MAX : number * seconds;
}

uint64_t atr_period_end(uint64_t number, uint32_t seconds)
{
    return number == UINT64_MAX ? UINT64_MAX
                                : atr_period_start(number + 1, seconds);
}

uint32_t atr_period_grace(uint32_t seconds)
{
    return seconds < ATR_PERIOD_GRACE_S ? seconds : ATR_PERIOD_GRACE_S;
}

bool atr_period_is_now(uint64_t number, uint32_t seconds, uint64_t unix_s)
{
    uint64_t start = atr_period_start(number, seconds);
    uint64_t end = atr_period_end(number, seconds);
    uint64_t grace = atr_period_grace(seconds);

    return unix_s < start ? start - unix_s <= grace
                          : unix_s < end || unix_s - end < grace;
}

/* --- the label ------------------------------------------------------------ */

static const uint8_t tag[] = {1, 'p', 'e', 'r'};

void atr_attr_period(atr_attr *out, atr_period period)
{
    atr_builder builder = atr_builder_of(out->bytes, sizeof out->bytes);

    memset(out, 0, sizeof *out);
    atr_build_bytes(&builder, ATR_BYTES(tag));
    atr_build_u64(&builder, period.number);
    atr_build_u32(&builder, period.generation);
    out->len = (uint8_t)builder.len;
}

bool atr_period_of(atr_period *out, const atr_attr *attr)
{
    atr_reader in = atr_reader_of((atr_bytes){attr->bytes, attr->len});
    atr_bytes head = atr_read_view(&in, sizeof tag);
    atr_period got;

    *out = (atr_period){0};
    got.number = atr_read_u64(&in);
    got.generation = atr_read_u32(&in);
    if (atr_reader_end(&in) != ATR_OK ||
        !atr_bytes_equal(head, ATR_BYTES(tag))) {
        return false;
    }
    *out = got;
    return true;
}

bool atr_attrs_period(atr_period *out, const atr_attrs *attrs)
{
    *out = (atr_period){0};
    for (size_t i = 0; i < attrs->count; i++) {
        if (atr_period_of(out, &attrs->attr[i])) {
            return true;
        }
    }
    return false;
}

atr_err atr_attrs_add_period(atr_attrs *attrs, atr_period period)
{
    atr_period held;
    atr_attr label;

    if (atr_attrs_period(&held, attrs)) {
        return ATR_ERR_INPUT;
    }
    atr_attr_period(&label, period);
    return atr_attrs_add(attrs, &label);
}

/* Whether it fits is what atr_policy_check says with an attribute in the place
 * of the label that may stand there: the first of `policy`. */
atr_err atr_policy_with_period(atr_policy *out, const atr_policy *policy,
                               atr_period period)
{
    size_t at = policy->count;
    atr_err err;

    if (at > ATR_POLICY_STEPS_MAX - 2) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_LIMIT;
    }
    *out = *policy;
    out->steps[at] = (atr_policy_step){.attr = policy->steps[0].attr};
    out->steps[at + 1] = (atr_policy_step){.need = 2, .of = 2};
    out->count = at + 2;
    err = atr_policy_check(out);
    if (err == ATR_OK) {
        atr_attr_period(&out->steps[at].attr, period);
    } else {
        memset(out, 0, sizeof *out);
    }
    return err;
}
