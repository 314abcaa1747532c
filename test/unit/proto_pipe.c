/* The pipe between two honest people, in pieces of any size. */
#include "kit/pipe.h"

static town here;
static person alice;
static person bob;
static pipes p;
static atr_rng rng;

static int setup(void **state)
{
    (void)state;
    town_init(&here, 5000);
    person_init(&alice, &here, "alice@example.org", 7);
    person_init(&bob, &here, "bob@example.org", 7);
    kit_rng(&rng, kit_seed());
    return 0;
}

static void it_opens_in_pieces_of_any_size(void **state)
{
    static const size_t pieces[] = {1, 2, 31, 432, 433, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        pipes_begin(&p, &alice, &bob, &rng);
        assert_false(atr_pipe_is_open(&p.a) || atr_pipe_is_open(&p.b));
        pipes_open(&p, pieces[i]);
        assert_memory_equal(p.a.sid, p.b.sid, 32);
        assert_memory_equal(p.a.sending.key, p.b.taking.key, 32);
        assert_memory_equal(p.b.sending.key, p.a.taking.key, 32);
        assert_memory_not_equal(p.a.sending.key, p.a.taking.key, 32);
    }
}

static void nothing_is_said_before_it_is_open(void **state)
{
    (void)state;
    pipes_begin(&p, &alice, &bob, &rng);
    for (size_t round = 0; !atr_pipe_is_open(&p.a); round++) {
        assert_int_equal(atr_pipe_say(&p.a, ATR_LITERAL("early")), 0);
        assert_int_equal(atr_pipe_end(&p.a), ATR_ERR_STATE);
        assert_int_equal(atr_pipe_text(&p.b).len, 0);
        assert_false(atr_pipe_has_ended(&p.b));
        (void)carry(&p.b, &p.a, 9);
        (void)carry(&p.a, &p.b, 9);
        assert_true(round < 1000);
    }
}

/* One direction of a long conversation. */
static void transfer(atr_pipe *from, atr_pipe *to, size_t total, size_t piece)
{
    uint8_t *sent = malloc(total);
    size_t said = 0;
    size_t heard = 0;

    assert_non_null(sent);
    for (size_t i = 0; i < total; i++) {
        sent[i] = (uint8_t)(i * 7 + i / 256);
    }
    while (heard < total) {
        atr_bytes text;
        size_t part;

        said += atr_pipe_say(from, (atr_bytes){sent + said, total - said});
        (void)carry(to, from, piece);
        text = atr_pipe_text(to);
        part = text.len < 5000 ? text.len : 5000; /* fetched bit by bit */
        assert_memory_equal(text.data, sent + heard, part);
        atr_pipe_fetched(to, part);
        heard += part;
    }
    assert_int_equal(said, total);
    free(sent);
}

static void texts_arrive_whole_and_in_order(void **state)
{
    (void)state;
    pipes_begin(&p, &alice, &bob, &rng);
    pipes_open(&p, 100000);
    transfer(&p.a, &p.b, 100000, 100000);
    transfer(&p.b, &p.a, 100000, 777);
    transfer(&p.a, &p.b, 1, 1);
    transfer(&p.a, &p.b, ATR_PIPE_TEXT_BYTES_MAX, 4096);
    transfer(&p.b, &p.a, ATR_PIPE_TEXT_BYTES_MAX + 1, 4096);
}

static void who_does_not_read_makes_the_other_wait(void **state)
{
    (void)state;
    pipes_begin(&p, &alice, &bob, &rng);
    pipes_open(&p, 100000);
    assert_int_equal(atr_pipe_say(&p.a, ATR_LITERAL("one")), 3);
    assert_int_equal(atr_pipe_say(&p.a, ATR_LITERAL("two")), 0);
    (void)carry(&p.b, &p.a, 100000);
    assert_int_equal(atr_pipe_say(&p.a, ATR_LITERAL("two")), 3);
    assert_int_equal(carry(&p.b, &p.a, 100000), 0); /* "one" is not read */
    assert_text(&p.b, ATR_LITERAL("one"));
    assert_int_equal(carry(&p.b, &p.a, 100000), 2 + 3 + 16);
    assert_text(&p.b, ATR_LITERAL("two"));
    assert_int_equal(atr_pipe_say(&p.a, (atr_bytes){NULL, 0}), 0);
}

static void each_direction_ends_on_its_own(void **state)
{
    (void)state;
    pipes_begin(&p, &alice, &bob, &rng);
    pipes_open(&p, 100000);
    assert_int_equal(atr_pipe_say(&p.a, ATR_LITERAL("last words")), 10);
    (void)carry(&p.b, &p.a, 100000);
    assert_int_equal(atr_pipe_end(&p.a), ATR_OK);
    assert_false(atr_pipe_has_ended(&p.b));
    assert_text(&p.b, ATR_LITERAL("last words"));
    (void)carry(&p.b, &p.a, 100000);
    assert_true(atr_pipe_has_ended(&p.b));
    assert_int_equal(atr_pipe_say(&p.a, ATR_LITERAL("more")), 0);
    assert_int_equal(atr_pipe_end(&p.a), ATR_ERR_STATE);
    transfer(&p.b, &p.a, 40000, 1000); /* the other way goes on */
    assert_int_equal(atr_pipe_end(&p.b), ATR_OK);
    (void)carry(&p.a, &p.b, 1);
    (void)carry(&p.a, &p.b, 100000);
    assert_true(atr_pipe_has_ended(&p.a));
    assert_int_equal(atr_pipe_lost(&p.a), ATR_OK);
    assert_int_equal(atr_pipe_lost(&p.b), ATR_OK);
}

static void nobody_opens_a_pipe_to_itself(void **state)
{
    static const uint8_t seed[ATR_SEED_BYTES] = {1};
    size_t taken;

    (void)state;
    assert_int_equal(
        atr_pipe_init(&p.a, ATR_IBAKE_RESPONDER, &bob.key, &bob.at, seed),
        ATR_ERR_INPUT);
    assert_int_equal(atr_pipe_recv(&p.a, &taken, ATR_LITERAL("x")),
                     ATR_ERR_AUTH);
    atr_pipe_wipe(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_in_pieces_of_any_size),
        cmocka_unit_test(nothing_is_said_before_it_is_open),
        cmocka_unit_test(texts_arrive_whole_and_in_order),
        cmocka_unit_test(who_does_not_read_makes_the_other_wait),
        cmocka_unit_test(each_direction_ends_on_its_own),
        cmocka_unit_test(nobody_opens_a_pipe_to_itself),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
