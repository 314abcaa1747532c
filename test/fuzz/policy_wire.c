/* Any bytes: refused, or the one form of a valid policy. What is accepted is
 * shared and joined once with all its attributes.
 */
#include <stdlib.h>

#include "policy/policy_text.h"
#include "policy/policy_wire.h"
#include "policy/share.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static atr_policy policy;
static atr_policy again;
static atr_attrs attrs;
static char text[ATR_POLICY_TEXT_BYTES_MAX + 1];
static uint8_t bytes[ATR_POLICY_BYTES_MAX];

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void share(void)
{
    static const uint8_t seed[ATR_SEED_BYTES] = {1};
    static atr_fr shares[ATR_POLICY_ROWS_MAX];
    static const atr_attrs none;
    static atr_share_plan plan;
    atr_fr secret = atr_fr_of(42);
    atr_fr sum = {{0}};
    atr_rng rng;

    atr_policy_lacks(&attrs, &policy, &none);
    must(atr_policy_admits(&policy, &attrs));
    must(atr_share_plan_make(&plan, &policy, &attrs, (atr_share_cost){1, 3}) ==
         ATR_OK);
    atr_rng_init(&rng, seed);
    atr_share_split(shares, &secret, &policy, &rng);
    for (size_t i = 0; i < plan.count; i++) {
        atr_fr t;

        atr_fr_mul(&t, &plan.weight[i], &shares[plan.row[i]]);
        atr_fr_add(&sum, &sum, &t);
    }
    must(atr_fr_equal(&sum, &secret) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    if (atr_policy_read(&policy, (atr_bytes){data, len}) != ATR_OK) {
        must(policy.count == 0);
        return 0;
    }
    must(atr_policy_check(&policy) == ATR_OK);
    atr_policy_build(&out, &policy);
    must(atr_builder_end(&out) == ATR_OK && out.len == len &&
         memcmp(bytes, data, len) == 0);
    must(atr_policy_bytes(&policy) == len);
    must(atr_policy_format(text, sizeof text, &policy) == ATR_OK);
    must(atr_policy_parse(&again, (atr_bytes){(uint8_t *)text, strlen(text)},
                          NULL) == ATR_OK);
    must(memcmp(&again, &policy, sizeof policy) == 0);
    share();
    return 0;
}
