/* Constant time of sharing: the secret, the coins and the shares decide no
 * branch and no address; policy, attributes and weights are public.
 */
#include "kit/tap.h"

#include "policy/policy_text.h"
#include "policy/share.h"

static const char text[] = "(a and b and c) or 3 of (d, e or f, g, h and a)";

static void split_and_join(void)
{
    static atr_policy policy;
    static atr_attrs attrs;
    static atr_share_plan plan;
    atr_fr shares[ATR_POLICY_ROWS_MAX];
    uint8_t seed[ATR_SEED_BYTES] = {1};
    atr_fr secret = atr_fr_of(42);
    atr_fr sum = {{0}};
    atr_mask same;
    atr_rng rng;

    tap_is(atr_policy_parse(&policy, ATR_LITERAL(text), NULL) == ATR_OK);
    tap_is(atr_attrs_parse(&attrs, ATR_LITERAL("a d f h"), NULL) == ATR_OK);
    ATR_SECRET(seed, sizeof seed);
    ATR_SECRET(&secret, sizeof secret);
    atr_rng_init(&rng, seed);
    atr_share_split(shares, &secret, &policy, &rng);
    tap_is(atr_share_plan_make(&plan, &policy, &attrs,
                               (atr_share_cost){1, 3}) == ATR_OK);
    for (size_t i = 0; i < plan.count; i++) {
        atr_fr t;

        atr_fr_mul(&t, &plan.weight[i], &shares[plan.row[i]]);
        atr_fr_add(&sum, &sum, &t);
    }
    same = atr_fr_equal(&sum, &secret);
    ATR_PUBLIC(&same, sizeof same);
    tap_is(same != 0);
}

int main(void)
{
    static const tap_test tests[] = {{"split_and_join", split_and_join}};

    return TAP_RUN(tests);
}
