/* Rooms with a minimum crowd: what a member waits for, and the pages of counts
 * that it is told from. */
#include "kit/kit.h"
#include "kit/policy.h"
#include "proto/frame.h"
#include "proto/holders.h"
#include "sim/puppet.h"
#include "sim/stage.h"

#define MIN 30

static stage s;

static int begin(void **state)
{
    (void)state;
    stage_init_crowd(&s, MIN);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stage_free(&s);
    return 0;
}

static bool is_keyed(size_t who)
{
    return atr_member_is_keyed(s.people[who].member);
}

/* Whether the hall has heard more from somebody than OPEN. */
static bool has_answered(size_t who)
{
    return s.people[who].told.len > 5 + 32 + 32 + 8 + 64;
}

static void crowd(size_t who, uint32_t people)
{
    atr_member_crowd(s.people[who].member, people, s.now);
    stage_take_events(&s.people[who]);
    stage_wait(&s, 5000);
}

static void nothing_is_answered_before_it_is_known(void **state)
{
    (void)state;
    s.keeps_tapes = true;
    stage_come(&s, 0, 0);
    stage_wait(&s, 1000);
    assert_int_equal(s.people[0].err, ATR_ERR_STATE); /* to come again */
    for (int i = 0; i < 2; i++) { /* it waits on the next connection too */
        stage_close(&s, 0);
        stage_open(&s, 0);
        stage_wait(&s, 30000);
        assert_false(is_keyed(0));
        assert_false(has_answered(0));
    }
    stage_close(&s, 0);
    stage_open(&s, 0);
    crowd(0, MIN);
    assert_true(is_keyed(0));
    assert_true(has_answered(0));
    stage_close(&s, 0); /* who is in comes again without being asked */
    stage_open(&s, 0);
    stage_wait(&s, 1000);
    assert_true(is_keyed(0));
}

static void fewer_keep_out(void **state)
{
    static const uint32_t few[] = {0, 1, MIN - 1};

    (void)state;
    s.keeps_tapes = true;
    for (size_t i = 0; i < sizeof few / sizeof few[0]; i++) {
        stage_come(&s, i, 0);
        stage_wait(&s, 1000);
        crowd(i, few[i]);
        assert_int_equal(s.people[i].refused.kind, ATR_EVENT_REFUSED);
        assert_int_equal(s.people[i].refused.refusal, ATR_REFUSAL_CROWD);
        assert_true(s.people[i].is_closed);
        assert_false(has_answered(i));
        crowd(i, ATR_CROWD_MAX); /* too late */
        assert_true(s.people[i].is_closed);
    }
}

static void force_asks_nobody(void **state)
{
    (void)state;
    stage_come_as(&s, 0, 0, true);
    stage_wait(&s, 1000);
    assert_true(is_keyed(0));
    crowd(0, 0); /* nothing hangs on it */
    assert_true(is_keyed(0));
}

/* What is said before the room is known says nothing about it. */
static void too_early_says_nothing(void **state)
{
    (void)state;
    stage_come(&s, 0, 0);
    atr_member_crowd(s.people[0].member, ATR_CROWD_MAX, s.now);
    stage_wait(&s, 1000);
    stage_close(&s, 0);
    stage_open(&s, 0);
    stage_wait(&s, 1000);
    assert_false(is_keyed(0));
}

/* The policy is looked at first: who cannot enter has nobody to ask. */
static void the_policy_counts_first(void **state)
{
    (void)state;
    stage_come(&s, 4, 4);
    stage_wait(&s, 1000);
    assert_int_equal(s.people[4].refused.why, ATR_ERR_POLICY);
    assert_int_equal(s.people[4].refused.refusal, 0);
}

static void rooms_without_ask_nobody(void **state)
{
    stage plain;

    (void)state;
    stage_init(&plain, false);
    stage_come(&plain, 0, 0);
    stage_wait(&plain, 1000);
    assert_true(atr_member_is_keyed(plain.people[0].member));
    stage_free(&plain);
}

/* No hall can send somebody away in the name of the authority's nodes. */
static void a_hall_has_no_such_refusal(void **state)
{
    const uint8_t why[] = {ATR_REFUSAL_CROWD};
    static puppet p;

    (void)state;
    puppet_init(&p, &s.cast, 0);
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_equal(puppet_send(&p, ATR_FRAME_REFUSED, ATR_BYTES(why)),
                     ATR_ERR_INPUT);
    puppet_free(&p);
}

/* --- pages ---------------------------------------------------------------- */

static uint8_t page[ATR_HOLDERS_BYTES_MAX + 1];

static atr_attr attr(const char *name)
{
    atr_attr out;

    assert_int_equal(
        atr_attr_name(&out, (atr_bytes){(const uint8_t *)name, strlen(name)}),
        ATR_OK);
    return out;
}

static size_t build(uint32_t total, const atr_holding *each, size_t count)
{
    atr_builder b = atr_builder_of(page, sizeof page);

    atr_holders_build(&b, total, each, count);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    return b.len;
}

static void pages_round_trip(void **state)
{
    atr_holding each[] = {{attr("a"), 5}, {attr("b"), 0}, {attr("bc"), 20}};
    atr_attr other = attr("c");
    atr_holders h;
    size_t len = build(25, each, 3);
    char hex[200];

    (void)state;
    kit_hex(hex, page, len);
    assert_string_equal(hex, "01"
                             "00000019"
                             "0002"
                             "00000001"
                             "61"
                             "00000005"
                             "00000002"
                             "6263"
                             "00000014");
    assert_int_equal(atr_holders_read(&h, (atr_bytes){page, len}), ATR_OK);
    assert_int_equal(h.total, 25);
    assert_int_equal(atr_holders_of(&h, &each[0].attr), 5);
    assert_int_equal(atr_holders_of(&h, &each[1].attr), 0);
    assert_int_equal(atr_holders_of(&h, &each[2].attr), 20);
    assert_int_equal(atr_holders_of(&h, &other), 0);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(atr_holders_read(&h, (atr_bytes){page, cut}),
                         ATR_ERR_INPUT);
        assert_int_equal(h.total, 0);
    }
    page[len] = 0;
    assert_int_equal(atr_holders_read(&h, (atr_bytes){page, len + 1}),
                     ATR_ERR_INPUT);
    len = build(0, each, 0);
    assert_int_equal(atr_holders_read(&h, (atr_bytes){page, len}), ATR_OK);
    assert_int_equal(atr_holders_of(&h, &each[0].attr), 0);
}

static void pages_are_strict(void **state)
{
    static const struct {
        const char *why;
        const char *hex;
    } bad[] = {
        {"version", "02"
                    "00000005"
                    "0000"},
        {"nobody", "01"
                   "00000005"
                   "0001"
                   "00000001"
                   "61"
                   "00000000"},
        {"more than there are", "01"
                                "00000005"
                                "0001"
                                "00000001"
                                "61"
                                "00000006"},
        {"order", "01"
                  "00000005"
                  "0002"
                  "00000001"
                  "62"
                  "00000005"
                  "00000001"
                  "61"
                  "00000005"},
        {"twice", "01"
                  "00000005"
                  "0002"
                  "00000001"
                  "61"
                  "00000005"
                  "00000001"
                  "61"
                  "00000005"},
        {"no name", "01"
                    "00000005"
                    "0001"
                    "00000000"
                    "00000005"},
        {"no attribute", "01"
                         "00000005"
                         "0001"
                         "00000001"
                         "21"
                         "00000005"},
        {"a word", "01"
                   "00000005"
                   "0001"
                   "00000002"
                   "6f72"
                   "00000005"},
        {"a period", "01"
                     "00000005"
                     "0001"
                     "00000010"
                     "01706572"
                     "0000000000000001"
                     "00000000"
                     "00000005"},
        {"count", "01"
                  "00000005"
                  "2001"},
    };
    atr_holders h;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        len = kit_unhex(page, sizeof page, bad[i].hex);
        if (atr_holders_read(&h, (atr_bytes){page, len}) != ATR_ERR_INPUT) {
            fail_msg("taken: %s", bad[i].why);
        }
    }
}

/* From a page to a bound. */
static void a_policy_is_counted_by_a_page(void **state)
{
    const atr_holding each[] = {{attr("ONE"), 60}, {attr("TWO"), 50}};
    const atr_policy both = kit_policy("ONE and TWO");
    const atr_policy either = kit_policy("ONE or TWO or THREE");
    atr_holders h;

    (void)state;
    assert_int_equal(
        atr_holders_read(&h, (atr_bytes){page, build(100, each, 2)}), ATR_OK);
    assert_int_equal(atr_policy_crowd(&both, h.total, atr_holders_of, &h), 10);
    assert_int_equal(atr_policy_crowd(&either, h.total, atr_holders_of, &h),
                     60);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(nothing_is_answered_before_it_is_known),
        SCENE(fewer_keep_out),
        SCENE(force_asks_nobody),
        SCENE(too_early_says_nothing),
        SCENE(the_policy_counts_first),
        SCENE(a_hall_has_no_such_refusal),
        cmocka_unit_test(rooms_without_ask_nobody),
        cmocka_unit_test(pages_round_trip),
        cmocka_unit_test(pages_are_strict),
        cmocka_unit_test(a_policy_is_counted_by_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
