/* Policies as bytes: pinned, canonical, and checked on the way in; and the
 * checks of trees that come from elsewhere.
 */
#include "kit/policy.h"

static uint8_t bytes[ATR_POLICY_BYTES_MAX + 10];

static size_t build(const atr_policy *policy)
{
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    atr_policy_build(&out, policy);
    assert_int_equal(atr_builder_end(&out), ATR_OK);
    assert_int_equal(out.len, atr_policy_bytes(policy));
    return out.len;
}

/* Pinned: this form is hashed, so it must never change. */
static void bytes_are_pinned(void **state)
{
    static const char *const cases[][2] = {
        {"a", "010161"},
        {"a and b", "020202010161010162"},
        {"(ONE or THREE) and (TWO or FOUR)", "020202"
                                             "020102"
                                             "01034f4e45"
                                             "01055448524545"
                                             "020102"
                                             "010354574f"
                                             "0104464f5552"},
        {"2 of (a, b and c, d)", "020203"
                                 "010161"
                                 "020202010162010163"
                                 "010164"},
        {"n#2 >= 1 or x", "020102"
                          "020102"
                          "010f016e756d000000016e020200000001"
                          "010f016e756d000000016e020100000001"
                          "010178"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_policy policy = kit_policy(cases[i][0]);
        atr_policy again;
        size_t len = build(&policy);

        assert_hex(bytes, len, cases[i][1]);
        assert_int_equal(atr_policy_read(&again, (atr_bytes){bytes, len}),
                         ATR_OK);
        assert_memory_equal(&again, &policy, sizeof policy);
    }
}

static void cut_and_longer_bytes_are_refused(void **state)
{
    static const atr_policy nothing;
    atr_policy policy = kit_policy("2 of (a, n#2 >= 1 and c, d or e) and f");
    size_t len = build(&policy);

    (void)state;
    for (size_t cut = 0; cut <= len + 1; cut++) {
        memset(&policy, 0xaa, sizeof policy);
        assert_int_equal(atr_policy_read(&policy, (atr_bytes){bytes, cut}),
                         cut == len ? ATR_OK : ATR_ERR_INPUT);
        if (cut != len) {
            assert_memory_equal(&policy, &nothing, sizeof policy);
        }
    }
}

static void wrong_bytes_are_refused(void **state)
{
    static const struct {
        const char *hex;
        atr_err err;
    } cases[] = {
        {"", ATR_ERR_INPUT},
        {"00", ATR_ERR_INPUT},
        {"030161", ATR_ERR_INPUT},
        {"0100", ATR_ERR_INPUT},
        {"0103616e64", ATR_ERR_INPUT},
        {"010101", ATR_ERR_INPUT},
        {"020002010161010162", ATR_ERR_INPUT}, /* 0 of 2 */
        {"020302010161010162", ATR_ERR_INPUT}, /* 3 of 2 */
        {"020101010161", ATR_ERR_INPUT},       /* 1 of 1 */
        {"020000", ATR_ERR_INPUT},             /* 0 of 0 */
        {"020141", ATR_ERR_LIMIT},             /* 1 of 65 */
        {"0101610102", ATR_ERR_INPUT},
        {"010161010162", ATR_ERR_INPUT}, /* two policies */
        /* one byte more in the name field than there is */
        {"010f016e756d000000026e020200000001", ATR_ERR_INPUT},
    };
    uint8_t in[64];
    atr_policy policy;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = kit_unhex(in, sizeof in, cases[i].hex);

        assert_int_equal(atr_policy_read(&policy, (atr_bytes){in, len}),
                         cases[i].err);
    }
}

/* `depth` gates, each the first child of the one before. */
static size_t deep_bytes(unsigned depth)
{
    size_t len = 0;

    for (unsigned i = 0; i < depth; i++) {
        memcpy(bytes + len, "\002\002\002", 3);
        len += 3;
    }
    for (unsigned i = 0; i < depth + 1; i++) {
        memcpy(bytes + len, "\001\001a", 3);
        len += 3;
    }
    return len;
}

static void limits_hold_exactly(void **state)
{
    atr_policy policy;
    size_t len = deep_bytes(32);

    (void)state;
    assert_int_equal(atr_policy_read(&policy, (atr_bytes){bytes, len}), ATR_OK);
    assert_int_equal(atr_policy_check(&policy), ATR_OK);
    len = deep_bytes(33);
    assert_int_equal(atr_policy_read(&policy, (atr_bytes){bytes, len}),
                     ATR_ERR_LIMIT);

    for (unsigned groups = 4; groups <= 5; groups++) {
        len = 0;
        bytes[len++] = 2;
        bytes[len++] = 1;
        bytes[len++] = (uint8_t)groups;
        for (unsigned i = 0; i < groups; i++) {
            memcpy(bytes + len, "\002\001\100", 3);
            len += 3;
            for (unsigned j = 0; j < 64; j++) {
                memcpy(bytes + len, "\001\001a", 3);
                len += 3;
            }
        }
        assert_int_equal(atr_policy_read(&policy, (atr_bytes){bytes, len}),
                         groups == 4 ? ATR_OK : ATR_ERR_LIMIT);
    }
}

static void leaf(atr_policy *policy, const char *text)
{
    assert_int_equal(
        atr_attr_name(&policy->steps[policy->count++].attr, kit_bytes(text)),
        ATR_OK);
}

static void gate(atr_policy *policy, uint8_t need, uint8_t of)
{
    policy->steps[policy->count].need = need;
    policy->steps[policy->count++].of = of;
}

static void trees_are_checked(void **state)
{
    atr_policy policy;

    (void)state;
    memset(&policy, 0, sizeof policy);
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT); /* nothing */
    leaf(&policy, "a");
    assert_int_equal(atr_policy_check(&policy), ATR_OK);
    leaf(&policy, "b");
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT); /* two */
    gate(&policy, 2, 3);
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT); /* too few */
    policy.steps[2].of = 2;
    assert_int_equal(atr_policy_check(&policy), ATR_OK);
    policy.steps[2].need = 3;
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT);
    policy.steps[2].need = 0;
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT);
    policy.steps[2].need = 1;
    assert_int_equal(atr_policy_check(&policy), ATR_OK);
    policy.steps[2].attr.bytes[5] = 1; /* a gate has no attribute */
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT);
    policy.steps[2].attr.bytes[5] = 0;
    policy.steps[0].need = 1; /* a leaf needs nothing */
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT);
    policy.steps[0].need = 0;
    policy.steps[0].attr.bytes[0] = ' ';
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_INPUT);
    policy.count = ATR_POLICY_STEPS_MAX + 1;
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_LIMIT);
}

static void large_trees_are_refused(void **state)
{
    atr_policy policy;

    (void)state;
    memset(&policy, 0, sizeof policy);
    for (unsigned i = 0; i < 65; i++) {
        leaf(&policy, "a");
    }
    gate(&policy, 1, 65);
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_LIMIT);

    memset(&policy, 0, sizeof policy);
    leaf(&policy, "a");
    for (unsigned depth = 1; depth <= 33; depth++) {
        leaf(&policy, "b");
        gate(&policy, 2, 2);
        assert_int_equal(atr_policy_check(&policy),
                         depth <= 32 ? ATR_OK : ATR_ERR_LIMIT);
    }

    memset(&policy, 0, sizeof policy);
    for (unsigned i = 0; i < 257; i++) {
        leaf(&policy, "a");
    }
    assert_int_equal(atr_policy_check(&policy), ATR_ERR_LIMIT);
}

static void rows_count_repeats(void **state)
{
    atr_policy policy = kit_policy("a and (b or a) and 2 of (a, c, b)");
    static const uint16_t occurrence[] = {0, 0, 1, 2, 0, 1};
    static const char *const names[] = {"a", "b", "a", "a", "c", "b"};
    atr_policy_rows rows;

    (void)state;
    atr_policy_rows_of(&rows, &policy);
    assert_int_equal(rows.count, 6);
    assert_int_equal(rows.repeats, 3);
    for (size_t i = 0; i < 6; i++) {
        const atr_attr *attr = atr_policy_row(&policy, &rows, i);

        assert_int_equal(rows.occurrence[i], occurrence[i]);
        assert_memory_equal(attr->bytes, names[i], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_pinned),
        cmocka_unit_test(cut_and_longer_bytes_are_refused),
        cmocka_unit_test(wrong_bytes_are_refused),
        cmocka_unit_test(limits_hold_exactly),
        cmocka_unit_test(trees_are_checked),
        cmocka_unit_test(large_trees_are_refused),
        cmocka_unit_test(rows_count_repeats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
