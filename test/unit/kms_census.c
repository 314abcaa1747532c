/* Holders counted from a register: who counts, how coarsely it is told, and
 * that a register of any length is counted in slices. */
#include "kit/register.h"

#include <unistd.h>

#include "app/kmsd/census.h"
#include "host/clock.h"

static char folder[] = "/tmp/attrium-census-XXXXXX";
static register_world *w;
static atr_ledger *ledger;
static atr_loop *loop;
static atr_census *census;
static uint64_t now;
static uint64_t drawn;

static int begin(void **state)
{
    char path[128];
    atr_fault fault;

    (void)state;
    w = register_start(1, 1);
    now = atr_clock_wall_ms();
    snprintf(path, sizeof path, "%s/db%llu", folder,
             (unsigned long long)drawn++);
    assert_int_equal(atr_ledger_open(&ledger, path, &fault), ATR_OK);
    atr_ledger_set_rules(ledger,
                         &(atr_ledger_rules){.hm = w->hm,
                                             .registrars = &w->registrars,
                                             .offer = {{NULL, 0}, true},
                                             .waiting_max = 1000,
                                             .wait_ms = 1000000});
    assert_int_equal(atr_loop_open(&loop), ATR_OK);
    assert_int_equal(atr_census_open(&census, loop, ledger), ATR_OK);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    atr_census_close(census);
    atr_loop_close(loop);
    atr_ledger_close(ledger);
    return 0;
}

static atr_err put(const atr_statement *s)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_statement_build(&b, s);
    return atr_ledger_put(ledger, atr_builder_bytes(&b), now);
}

static void say(atr_statement_kind kind, uint64_t until)
{
    atr_statement s = register_unsigned(w, kind, now);

    s.until = kind == ATR_STATEMENT_APPROVE ? until : 0;
    register_sign(w, &s, kind == ATR_STATEMENT_REQUEST ? 0 : 1);
    assert_int_equal(put(&s), ATR_OK);
}

static void ask(const char *attrs)
{
    register_request(w, attrs, ++drawn);
    say(ATR_STATEMENT_REQUEST, 0);
}

static void grant(size_t count, const char *attrs)
{
    for (size_t i = 0; i < count; i++) {
        ask(attrs);
        say(ATR_STATEMENT_APPROVE, ATR_FOR_EVER);
    }
}

/* Waits until `attribute` is told to be held by so many. */
typedef struct {
    const char *attribute;
    uint32_t people;
    atr_timer *timer;
    atr_time until;
    bool holds;
} waiting;

static void on_timer(void *context)
{
    waiting *wait = context;

    wait->holds = atr_census_page(census).len > 0 &&
                  atr_census_shown(census, wait->attribute) == wait->people;
    if (wait->holds || atr_loop_now(loop) >= wait->until) {
        atr_loop_stop(loop);
    } else {
        atr_timer_set(wait->timer, atr_loop_now(loop) + 20);
    }
}

static bool comes_to(const char *attribute, uint32_t people)
{
    waiting wait = {.attribute = attribute, .people = people};

    wait.until = atr_loop_now(loop) + 60000;
    assert_int_equal(atr_timer_open(&wait.timer, loop, on_timer, &wait),
                     ATR_OK);
    atr_timer_set(wait.timer, 0);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    atr_timer_close(wait.timer);
    return wait.holds;
}

static uint32_t total(void)
{
    atr_holders h;

    assert_int_equal(atr_holders_read(&h, atr_census_page(census)), ATR_OK);
    return h.total;
}

static void nothing_is_said_before_it_is_counted(void **state)
{
    (void)state;
    assert_int_equal(atr_census_page(census).len, 0);
    assert_int_equal(atr_census_shown(census, "ONE"), 0);
    assert_true(comes_to("ONE", 0));
    assert_int_equal(total(), 0);
}

static void whose_grant_stands_counts(void **state)
{
    (void)state;
    grant(5, "ONE, year#8=5");
    ask("ONE"); /* waits */
    ask("ONE");
    say(ATR_STATEMENT_DENY, 0);
    ask("ONE");
    say(ATR_STATEMENT_APPROVE, ATR_FOR_EVER);
    say(ATR_STATEMENT_WITHDRAW, 0);
    ask("ONE"); /* over, though nobody has looked since */
    say(ATR_STATEMENT_APPROVE, now + 1);
    usleep(20000);
    grant(4, "TWO");
    grant(1, "TWO, ONE");
    assert_true(comes_to("ONE", 5)); /* 6, told coarsely */
    assert_int_equal(atr_census_shown(census, "TWO"), 5);
    assert_int_equal(atr_census_shown(census, "year#8=5"), 5);
    assert_int_equal(atr_census_shown(census, "year#8=4"), 0);
    assert_int_equal(atr_census_shown(census, "THREE"), 0);
    assert_int_equal(atr_census_shown(census, "no, list, of ("), 0);
    assert_int_equal(total(), 10);
}

static void identities_are_no_holders(void **state)
{
    atr_identity alice;
    atr_builder b = atr_builder_of(w->request, sizeof w->request);
    atr_enrol enrol;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 9);
    assert_int_equal(
        atr_identity_of(&alice, ATR_LITERAL("alice@example.org"), 0), ATR_OK);
    atr_enrol_init_identity(&enrol, &alice, &rng);
    atr_enrol_request_build(&b, &enrol.request);
    w->request_len = b.len;
    atr_enrol_request_id(w->id, w->hm, &enrol.request);
    say(ATR_STATEMENT_REQUEST, 0);
    say(ATR_STATEMENT_APPROVE, ATR_FOR_EVER);
    assert_true(comes_to("ONE", 0));
    assert_int_equal(total(), 0);
}

/* Fewer than five are not told of at all, not even the name. */
static void few_are_nobody(void **state)
{
    (void)state;
    grant(4, "RARE");
    grant(5, "OFTEN");
    assert_true(comes_to("OFTEN", 5));
    assert_int_equal(atr_census_shown(census, "RARE"), 0);
    assert_null(memmem(atr_census_page(census).data,
                       atr_census_page(census).len, "RARE", 4));
}

static void a_long_register_is_counted_in_slices(void **state)
{
    (void)state;
    for (size_t i = 0; i < ATR_CENSUS_SLICE; i++) {
        ask("ONE");
    }
    grant(12, "ONE");
    assert_true(comes_to("ONE", 10));
    grant(3, "ONE"); /* and again, once it has changed */
    assert_true(comes_to("ONE", 15));
    say(ATR_STATEMENT_WITHDRAW, 0);
    assert_true(comes_to("ONE", 10));
    assert_int_equal(total(), 15);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(nothing_is_said_before_it_is_counted),
        SCENE(whose_grant_stands_counts),
        SCENE(identities_are_no_holders),
        SCENE(few_are_nobody),
        SCENE(a_long_register_is_counted_in_slices),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
