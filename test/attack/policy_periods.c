/* Attack: somebody whose key has ended makes the label of the present period
 * for themselves: by a name, in a list, in a policy, in a request to the
 * authority, or by a key with more labels than one.
 */
#include "kit/policy.h"

#include "policy/period.h"
#include "proto/enrol.h"

static const atr_period now = {2810, 1};

static atr_attr label_of(atr_period period)
{
    atr_attr label;

    atr_attr_period(&label, period);
    return label;
}

static void a_period_cannot_be_asked_for(void **state)
{
    const atr_attr label = label_of(now);
    const atr_bytes spelled = {label.bytes, label.len};
    atr_policy policy;
    atr_attrs attrs;
    atr_attr asked;
    char shown[64];

    (void)state;
    assert_int_equal(atr_attr_name(&asked, spelled), ATR_ERR_INPUT);
    assert_int_equal(atr_attrs_parse(&attrs, spelled, NULL), ATR_ERR_INPUT);
    assert_int_equal(atr_policy_parse(&policy, spelled, NULL), ATR_ERR_INPUT);
    assert_int_equal(atr_attr_check(&label), ATR_ERR_INPUT);
    assert_int_equal(atr_attr_format(shown, sizeof shown, &label), ATR_OK);
    assert_int_equal(atr_attrs_parse(&attrs, kit_bytes(shown), NULL),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_policy_parse(&policy, kit_bytes(shown), NULL),
                     ATR_ERR_INPUT);
}

static void lookalikes_open_nothing(void **state)
{
    static const char *const names[] = {
        "staff period",      "staff per",      "staff period:2810",
        "staff per:2810:1",  "staff per=2810", "staff period=2810",
        "staff period.2810", "staff per#32=1", "staff period-2810.1",
    };
    atr_policy plain = kit_policy("staff");
    atr_policy policy;

    (void)state;
    assert_int_equal(atr_policy_with_period(&policy, &plain, now), ATR_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        atr_attrs attrs = kit_attrs(names[i]);

        assert_true(atr_policy_admits(&plain, &attrs));
        assert_false(atr_policy_admits(&policy, &attrs));
    }
}

/* No number has the bytes of a label, and no label those of a number. */
static void damaged_labels_are_refused_or_others(void **state)
{
    const atr_attr good = label_of(now);
    atr_period period;

    (void)state;
    for (size_t at = 0; at < good.len; at++) {
        for (unsigned c = 0; c < 256; c++) {
            atr_attr other = good;

            other.bytes[at] = (uint8_t)c;
            assert_int_equal(atr_attr_check(&other), ATR_ERR_INPUT);
            if (c == good.bytes[at]) {
                continue;
            }
            if (atr_period_of(&period, &other)) {
                assert_true(at >= 4);
                assert_int_not_equal(atr_period_compare(period, now), 0);
            }
        }
    }
}

/* A request is read as an authority reads it: with a label it is none. */
static void a_request_with_a_period_is_refused(void **state)
{
    static uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    static atr_enrol_request request;
    static atr_enrol_request again;
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    request.kind = ATR_ENROL_ATTRIBUTES;
    request.reply_key[0] = 9;
    request.attrs = kit_attrs("staff");
    atr_enrol_request_build(&out, &request);
    assert_int_equal(atr_enrol_request_read(&again, atr_builder_bytes(&out)),
                     ATR_OK);
    assert_int_equal(atr_attrs_add_period(&request.attrs, now), ATR_OK);
    out = atr_builder_of(bytes, sizeof bytes);
    atr_enrol_request_build(&out, &request);
    assert_int_equal(atr_builder_end(&out), ATR_OK);
    assert_int_equal(atr_enrol_request_read(&again, atr_builder_bytes(&out)),
                     ATR_ERR_INPUT);
}

/* Nor is a policy with one: whatever it says of periods, it would be another
 * one's word than the room's. */
static void a_policy_with_a_period_is_refused(void **state)
{
    static uint8_t bytes[ATR_POLICY_BYTES_MAX];
    static atr_policy again;
    atr_policy plain = kit_policy("staff");
    atr_policy policy;
    atr_policy twice;
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    assert_int_equal(atr_policy_with_period(&policy, &plain, now), ATR_OK);
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT);
    assert_int_equal(atr_policy_with_period(&twice, &policy, now),
                     ATR_ERR_INPUT);
    atr_policy_build(&out, &policy);
    assert_int_equal(atr_policy_read(&again, atr_builder_bytes(&out)),
                     ATR_ERR_INPUT);
}

/* A key with the labels of many periods would never end. */
static void a_key_with_two_periods_is_refused(void **state)
{
    static uint8_t bytes[1024];
    atr_attrs attrs = kit_attrs("staff");
    const atr_attr next = label_of((atr_period){2811, 1});
    atr_builder out = atr_builder_of(bytes, sizeof bytes);
    atr_reader in;
    atr_attrs again;

    (void)state;
    assert_int_equal(atr_attrs_add_period(&attrs, now), ATR_OK);
    assert_int_equal(atr_attrs_add(&attrs, &next), ATR_OK);
    atr_attrs_build(&out, &attrs);
    in = atr_reader_of(atr_builder_bytes(&out));
    atr_attrs_read_held(&again, &in);
    assert_true(in.failed);
    assert_int_equal(again.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_period_cannot_be_asked_for),
        cmocka_unit_test(lookalikes_open_nothing),
        cmocka_unit_test(damaged_labels_are_refused_or_others),
        cmocka_unit_test(a_request_with_a_period_is_refused),
        cmocka_unit_test(a_policy_with_a_period_is_refused),
        cmocka_unit_test(a_key_with_two_periods_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
