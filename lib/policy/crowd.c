#include "policy/crowd.h"

#include "policy/number.h"

/* Largest first. */
static void sort(uint64_t *a, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && a[j - 1] < a[j]; j--) {
            const uint64_t swap = a[j];

            a[j] = a[j - 1];
            a[j - 1] = swap;
        }
    }
}

/* `a` has `of` parts, each at most `total`. */
static uint64_t at_least(uint64_t *a, size_t need, size_t of, uint64_t total)
{
    const uint64_t others = (need - 1) * total;
    uint64_t best = 0;
    uint64_t sum = 0;

    sort(a, of);
    for (size_t t = 1; t <= of; t++) {
        sum += a[t - 1];
        if (t >= need && sum > others) {
            const uint64_t over = t - need + 1;
            const uint64_t bound = (sum - others + over - 1) / over;

            best = bound > best ? bound : best;
        }
    }
    return best;
}

/* Whether the `of` leaves before step `gate` are numbers of which a person has
 * one at most. */
static bool are_apart(const atr_policy *policy, size_t gate, size_t of)
{
    const atr_policy_step *leaf = &policy->steps[gate - of];
    atr_number a;
    atr_number b;

    for (size_t i = 0; i < of; i++) {
        if (leaf[i].of != 0 || !atr_number_of(&a, &leaf[i].attr)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (!atr_number_of(&b, &leaf[j].attr) ||
                !atr_bytes_equal(a.name, b.name) || !atr_number_clash(&a, &b)) {
                return false;
            }
        }
    }
    return true;
}

static uint64_t sum_of(const uint64_t *a, size_t count, uint64_t total)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += a[i];
    }
    return sum < total ? sum : total;
}

uint32_t atr_policy_crowd(const atr_policy *policy, uint32_t total,
                          atr_crowd_fn *holders, void *context)
{
    uint64_t stack[ATR_POLICY_ROWS_MAX];
    size_t height = 0;

    for (size_t i = 0; i < policy->count; i++) {
        const atr_policy_step *s = &policy->steps[i];

        if (s->of == 0) {
            const uint32_t count = holders(context, &s->attr);

            stack[height++] = count < total ? count : total;
        } else {
            uint64_t *parts = &stack[height -= s->of];

            stack[height++] = s->need == 1 && are_apart(policy, i, s->of)
                                  ? sum_of(parts, s->of, total)
                                  : at_least(parts, s->need, s->of, total);
        }
    }
    return (uint32_t)stack[0];
}

/* ---- what nodes say of it ---- */

#define STEP_MIN 5
#define STEPS_MAX 20 /* below so many steps, the next ones are as large */

static uint64_t step_of(uint64_t people)
{
    uint64_t step = STEP_MIN;

    while (people / step >= STEPS_MAX) {
        step *= 2;
    }
    return step;
}

uint32_t atr_crowd_below(uint64_t people)
{
    const uint64_t most = people < ATR_CROWD_MAX ? people : ATR_CROWD_MAX;

    return (uint32_t)(most - most % step_of(most));
}

uint32_t atr_crowd_above(uint64_t people)
{
    const uint64_t most = people < ATR_CROWD_MAX ? people : ATR_CROWD_MAX;
    const uint64_t step = step_of(most);
    const uint64_t up = (most + step - 1) / step * step;

    return (uint32_t)(up < ATR_CROWD_MAX ? up : ATR_CROWD_MAX);
}

bool atr_crowd_agreed(uint32_t *out, const uint32_t *crowds, size_t count,
                      size_t needed)
{
    *out = 0;
    if (needed == 0 || count < needed) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t as_many = 0;

        for (size_t j = 0; j < count; j++) {
            as_many += crowds[j] >= crowds[i];
        }
        if (as_many >= needed && crowds[i] > *out) {
            *out = crowds[i];
        }
    }
    return true;
}
