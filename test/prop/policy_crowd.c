/* The crowd of a policy: never more than there are, whatever the policy and
 * whoever the people; and not less than anybody could say in simple cases. */
#include "kit/kit.h"
#include "kit/policy.h"
#include "policy/crowd.h"

#define PEOPLE_MAX 40

static atr_rng rng;
static atr_attrs people[PEOPLE_MAX];
static size_t count;
static bool is_known[PEOPLE_MAX]; /* to the node whose counts these are */

static uint32_t below(uint32_t limit)
{
    return (uint32_t)atr_rng_below_vartime(&rng, limit);
}

static uint32_t holders(void *context, const atr_attr *attr)
{
    uint32_t sum = 0;

    (void)context;
    for (size_t i = 0; i < count; i++) {
        sum += atr_attrs_has(&people[i], attr);
    }
    return sum;
}

/* What a cautious node says. */
static uint32_t fewer(void *context, const atr_attr *attr)
{
    const uint32_t all = holders(context, attr);

    return all - below(all / 2 + 1);
}

static uint32_t truth(const atr_policy *policy)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += atr_policy_admits(policy, &people[i]);
    }
    return sum;
}

/* A crowd with letters, each as likely as `odds` of 16, and a year. */
static void gather(void)
{
    const uint32_t odds = 1 + below(16);

    count = 1 + below(PEOPLE_MAX);
    for (size_t i = 0; i < count; i++) {
        memset(&people[i], 0, sizeof people[i]);
        for (uint8_t c = 'a'; c <= 'f'; c++) {
            atr_attr attr;

            assert_int_equal(atr_attr_name(&attr, (atr_bytes){&c, 1}), ATR_OK);
            if (below(16) < odds) {
                assert_int_equal(atr_attrs_add(&people[i], &attr), ATR_OK);
            }
        }
        assert_int_equal(
            atr_attrs_add_number(&people[i], ATR_LITERAL("year"), 8, below(12)),
            ATR_OK);
    }
}

static int seed_all(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    return 0;
}

static void never_more_than_there_are(void **state)
{
    size_t useful = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        atr_policy policy;

        if (i % 20 == 0) {
            gather();
        }
        policy = kit_policy_random(&rng, 4);
        const uint32_t real = truth(&policy);
        const uint32_t bound =
            atr_policy_crowd(&policy, (uint32_t)count, holders, NULL);

        assert_true(bound <= real);
        assert_true(atr_policy_crowd(&policy, (uint32_t)count + below(9), fewer,
                                     NULL) <= real);
        useful += bound > 0;
    }
    assert_true(useful > 1000);
}

static void ranges_of_a_number_are_counted_exactly(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        const unsigned lo = below(12);
        const unsigned hi = lo + below(12);
        char text[64];
        atr_policy policy;

        gather();
        (void)snprintf(text, sizeof text, "year#8 in %u..%u", lo, hi);
        policy = kit_policy(text);
        assert_int_equal(
            atr_policy_crowd(&policy, (uint32_t)count, holders, NULL),
            truth(&policy));
    }
}

static uint32_t table(void *context, const atr_attr *attr)
{
    return ((const uint32_t *)context)[attr->bytes[0] - 'a'];
}

static void what_counts_alone_tell(void **state)
{
    static const struct {
        const char *policy;
        uint32_t counts[4]; /* of a, b, c, d, of 100 */
        uint32_t bound;
    } cases[] = {
        {"a", {7}, 7},
        {"a or b", {7, 5}, 7},
        {"a and b", {60, 50}, 10},
        {"a and b", {60, 40}, 0},
        {"a and b and c", {90, 90, 90}, 70},
        {"2 of (a, b, c)", {60, 60, 60}, 40},
        {"2 of (a, b, c)", {90, 90, 0}, 80},
        {"2 of (a, b, c, d)", {50, 50, 50, 50}, 34},
        {"3 of (a, b, c)", {100, 100, 1}, 1},
        {"(a or b) and (c or d)", {70, 1, 2, 60}, 30},
        {"a", {400}, 100},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t counts[4];
        const atr_policy policy = kit_policy(cases[i].policy);

        memcpy(counts, cases[i].counts, sizeof counts);
        assert_int_equal(atr_policy_crowd(&policy, 100, table, counts),
                         cases[i].bound);
        assert_int_equal(atr_policy_crowd(&policy, 0, table, counts), 0);
    }
}

/* --- what nodes say ------------------------------------------------------- */

static uint32_t published(void *context, const atr_attr *attr)
{
    uint32_t sum = 0;

    (void)context;
    for (size_t i = 0; i < count; i++) {
        sum += is_known[i] && atr_attrs_has(&people[i], attr);
    }
    return atr_crowd_below(sum);
}

/* One that has not heard of everybody yet. */
static uint32_t honest(const atr_policy *policy)
{
    uint32_t total = 0;

    for (size_t i = 0; i < count; i++) {
        is_known[i] = below(8) != 0;
        total += is_known[i];
    }
    return atr_policy_crowd(policy, atr_crowd_above(total), published, NULL);
}

static void fewer_liars_than_needed_raise_nothing(void **state)
{
    enum { NODES_MAX = 15 };
    size_t useful = 0;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        const size_t nodes = 1 + below(NODES_MAX);
        const size_t needed = 1 + below((uint32_t)nodes);
        const size_t liars = below((uint32_t)needed);
        uint32_t crowds[NODES_MAX];
        uint32_t agreed;
        uint32_t least = ATR_CROWD_MAX;
        const atr_policy policy = kit_policy_random(&rng, 3);

        gather();
        for (size_t j = 0; j < nodes; j++) {
            crowds[j] =
                j < liars ? below(2) * below(ATR_CROWD_MAX) : honest(&policy);
            least = j >= liars && crowds[j] < least ? crowds[j] : least;
        }
        assert_true(atr_crowd_agreed(&agreed, crowds, nodes, needed));
        assert_true(agreed <= truth(&policy));
        if (nodes - liars >= needed) { /* nor can they lower it */
            assert_true(agreed >= least);
        }
        useful += agreed > 0;
    }
    assert_true(useful > 100);
}

static void too_few_nodes_say_nothing(void **state)
{
    const uint32_t crowds[] = {9, 9, 5};
    uint32_t agreed = 7;

    (void)state;
    assert_false(atr_crowd_agreed(&agreed, crowds, 3, 4));
    assert_int_equal(agreed, 0);
    assert_false(atr_crowd_agreed(&agreed, crowds, 0, 0));
    assert_true(atr_crowd_agreed(&agreed, crowds, 3, 1));
    assert_int_equal(agreed, 9);
    assert_true(atr_crowd_agreed(&agreed, crowds, 3, 2));
    assert_int_equal(agreed, 9);
    assert_true(atr_crowd_agreed(&agreed, crowds, 3, 3));
    assert_int_equal(agreed, 5);
}

static void counts_are_coarse(void **state)
{
    static const struct {
        uint64_t people;
        uint32_t below;
        uint32_t above;
    } cases[] = {
        {0, 0, 0},       {1, 0, 5},       {4, 0, 5},       {5, 5, 5},
        {9, 5, 10},      {99, 95, 100},   {100, 100, 100}, {101, 100, 110},
        {199, 190, 200}, {219, 200, 220}, {399, 380, 400}, {1000, 960, 1040},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(atr_crowd_below(cases[i].people), cases[i].below);
        assert_int_equal(atr_crowd_above(cases[i].people), cases[i].above);
    }
    for (uint64_t n = 1; n < 100000; n++) { /* the more, the more; a tenth */
        assert_true(atr_crowd_below(n) <= n && n <= atr_crowd_above(n));
        assert_true(atr_crowd_below(n - 1) <= atr_crowd_below(n));
        assert_true(atr_crowd_above(n - 1) <= atr_crowd_above(n));
        if (n >= 50) {
            assert_true(10 * (n - atr_crowd_below(n)) < n);
        }
    }
    for (uint64_t n = ATR_CROWD_MAX - 9; n < ATR_CROWD_MAX + 9ull; n++) {
        assert_true(atr_crowd_below(n) <= n);
        assert_int_equal(atr_crowd_above(n), ATR_CROWD_MAX);
    }
    assert_true(atr_crowd_below(UINT64_MAX) > ATR_CROWD_MAX / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_more_than_there_are),
        cmocka_unit_test(ranges_of_a_number_are_counted_exactly),
        cmocka_unit_test(what_counts_alone_tell),
        cmocka_unit_test(fewer_liars_than_needed_raise_nothing),
        cmocka_unit_test(too_few_nodes_say_nothing),
        cmocka_unit_test(counts_are_coarse),
    };

    return cmocka_run_group_tests(tests, seed_all, NULL);
}
