/* Known answers of lib/policy, the same natively and as wasm32: the bytes of
 * a policy, its canonical text, what is missing, and shares that join.
 */
#include "kit/tap.h"

#include "policy/policy_text.h"
#include "policy/policy_wire.h"
#include "policy/share.h"

static atr_policy policy;
static atr_attrs attrs;

static bool parse(const char *text, const char *owned)
{
    atr_bytes p = {(const uint8_t *)text, strlen(text)};
    atr_bytes a = {(const uint8_t *)owned, strlen(owned)};

    return atr_policy_parse(&policy, p, NULL) == ATR_OK &&
           atr_attrs_parse(&attrs, a, NULL) == ATR_OK;
}

static void bytes(void)
{
    static uint8_t out[ATR_POLICY_BYTES_MAX];
    static atr_policy again;
    atr_builder builder = atr_builder_of(out, sizeof out);

    tap_is(parse("n#2 >= 1 or 2 of (x, y, z)", "x"));
    atr_policy_build(&builder, &policy);
    tap_hex(out, builder.len,
            "020102"
            "020102"
            "010f016e756d000000016e020200000001"
            "010f016e756d000000016e020100000001"
            "020203010178010179"
            "01017a");
    tap_is(atr_policy_read(&again, atr_builder_bytes(&builder)) == ATR_OK);
    tap_is(memcmp(&again, &policy, sizeof policy) == 0);
}

static void words(void)
{
    char text[100];

    tap_is(parse("(a AND year>4) or b and c", "a, year=3"));
    tap_is(atr_policy_format(text, sizeof text, &policy) == ATR_OK);
    tap_is(strcmp(text, "(a and year >= 5) or (b and c)") == 0);
    tap_is(atr_policy_explain(text, sizeof text, &policy, &attrs) == ATR_OK);
    tap_is(strcmp(text, "year >= 5") == 0);
    tap_is(!atr_policy_admits(&policy, &attrs));
}

static void shares(void)
{
    static const uint8_t seed[ATR_SEED_BYTES] = {1};
    static atr_fr share[ATR_POLICY_ROWS_MAX];
    static atr_share_plan plan;
    atr_fr secret = atr_fr_of(42);
    atr_fr sum = {{0}};
    atr_rng rng;

    tap_is(parse("3 of (a, b and c, d or e, f) and year in 5..9",
                 "b, c, e, f, year=7"));
    tap_is(atr_policy_admits(&policy, &attrs));
    atr_rng_init(&rng, seed);
    atr_share_split(share, &secret, &policy, &rng);
    tap_is(atr_share_plan_make(&plan, &policy, &attrs,
                               (atr_share_cost){1, 3}) == ATR_OK);
    tap_is(plan.count == 5);
    for (size_t i = 0; i < plan.count; i++) {
        atr_fr t;

        atr_fr_mul(&t, &plan.weight[i], &share[plan.row[i]]);
        atr_fr_add(&sum, &sum, &t);
    }
    tap_is(atr_fr_equal(&sum, &secret) != 0);
}

int main(void)
{
    static const tap_test tests[] = {
        {"bytes", bytes}, {"words", words}, {"shares", shares}};

    return TAP_RUN(tests);
}
