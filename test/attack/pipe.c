/* Attacks on the pipe: what stands between the two changes, drops, repeats,
 * returns and cuts off. */
#include "kit/pipe.h"

static town here;
static person alice;
static person bob;
static pipes opened; /* copied for each attempt */
static pipes p;
static atr_rng rng;

static int setup(void **state)
{
    (void)state;
    town_init(&here, 5001);
    person_init(&alice, &here, "alice@example.org", 7);
    person_init(&bob, &here, "bob@example.org", 7);
    kit_rng(&rng, kit_seed());
    pipes_begin(&opened, &alice, &bob, &rng);
    pipes_open(&opened, 100000);
    return 0;
}

/* The pipe must fail on `in` at the latest with its end, and keep nothing. */
static void refuses(atr_pipe *pipe, atr_bytes in)
{
    static const atr_pipe zero;
    atr_pipe left;
    size_t taken;

    assert_int_equal(atr_pipe_recv(pipe, &taken, in), ATR_ERR_AUTH);
    left = *pipe;
    assert_int_equal(left.state, ATR_PIPE_FAILED);
    left.state = ATR_PIPE_MEETING; /* which is 0 */
    assert_memory_equal(&left, &zero, sizeof left);
    assert_int_equal(atr_pipe_recv(pipe, &taken, in), ATR_ERR_AUTH);
    assert_int_equal(taken, 0);
    assert_int_equal(atr_pipe_text(pipe).len, 0);
    assert_int_equal(atr_pipe_outgoing(pipe).len, 0);
    assert_int_equal(atr_pipe_say(pipe, ATR_LITERAL("x")), 0);
    assert_int_equal(atr_pipe_lost(pipe), ATR_ERR_AUTH);
    assert_false(atr_pipe_has_ended(pipe) || atr_pipe_is_open(pipe));
}

static void every_bit_of_a_record_flipped(void **state)
{
    uint8_t record[64];
    size_t len;

    (void)state;
    p = opened;
    len = record_of(record, &p.a, ATR_LITERAL("hello"));
    assert_int_equal(len, 2 + 5 + 16);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        uint8_t more[ATR_PIPE_RECORD_BYTES_MAX] = {0};
        atr_pipe b = opened.b;

        memcpy(more, record, len); /* a longer length gets its bytes */
        more[bit / 8] ^= (uint8_t)(1 << bit % 8);
        refuses(&b, ATR_BYTES(more));
    }
}

static void a_length_that_no_record_has(void **state)
{
    static const uint8_t heads[][2] = {
        {0, 0}, {0x40, 1}, {0x7f, 0xff}, {0x80, 1}, {0xff, 0xff}};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        p = opened;
        refuses(&p.b, ATR_BYTES(heads[i])); /* at once */
    }
}

static void records_dropped_repeated_and_moved(void **state)
{
    uint8_t record[3][64];
    size_t len[3];
    size_t taken;

    (void)state;
    p = opened;
    for (size_t i = 0; i < 3; i++) {
        len[i] = record_of(record[i], &p.a, ATR_LITERAL("again"));
    }
    assert_int_not_equal(memcmp(record[0], record[1], len[0]), 0);
    p.b = opened.b;
    refuses(&p.b, (atr_bytes){record[1], len[1]}); /* the first dropped */
    p.b = opened.b;
    assert_int_equal(
        atr_pipe_recv(&p.b, &taken, (atr_bytes){record[0], len[0]}), ATR_OK);
    assert_text(&p.b, ATR_LITERAL("again"));
    refuses(&p.b, (atr_bytes){record[0], len[0]}); /* repeated */
    p.b = opened.b;
    assert_int_equal(
        atr_pipe_recv(&p.b, &taken, (atr_bytes){record[0], len[0]}), ATR_OK);
    assert_text(&p.b, ATR_LITERAL("again"));
    refuses(&p.b, (atr_bytes){record[2], len[2]}); /* moved up */
}

static void a_record_returned_to_its_sender(void **state)
{
    uint8_t record[64];
    size_t len;

    (void)state;
    p = opened;
    len = record_of(record, &p.a, ATR_LITERAL("mirror"));
    p.a = opened.a;
    refuses(&p.a, (atr_bytes){record, len});
}

static void a_record_of_another_pipe(void **state)
{
    uint8_t record[64];
    size_t len;

    (void)state;
    pipes_begin(&p, &alice, &bob, &rng);
    pipes_open(&p, 100000);
    len = record_of(record, &p.a, ATR_LITERAL("other"));
    p = opened;
    refuses(&p.b, (atr_bytes){record, len});
}

/* Whatever is cut off, it is not taken for the end. */
static void cut_off_at_every_byte(void **state)
{
    uint8_t stream[256];
    size_t len;
    size_t taken;

    (void)state;
    p = opened;
    len = record_of(stream, &p.a, ATR_LITERAL("pay 100"));
    assert_int_equal(atr_pipe_end(&p.a), ATR_OK);
    memcpy(stream + len, atr_pipe_outgoing(&p.a).data, 18);
    for (size_t cut = 0; cut <= len + 18; cut++) {
        p.b = opened.b;
        taken = 0;
        for (size_t at = 0; at < cut; at += taken) {
            assert_int_equal(
                atr_pipe_recv(&p.b, &taken, (atr_bytes){stream + at, cut - at}),
                ATR_OK);
            atr_pipe_fetched(&p.b, atr_pipe_text(&p.b).len);
        }
        assert_int_equal(atr_pipe_has_ended(&p.b), cut == len + 18);
        assert_int_equal(atr_pipe_lost(&p.b),
                         cut == len + 18 ? ATR_OK : ATR_ERR_AUTH);
    }
}

/* The end of one direction in a place where text was, and the reverse. */
static void an_end_that_nobody_meant(void **state)
{
    uint8_t record[64];
    size_t len;

    (void)state;
    p = opened;
    len = record_of(record, &p.a, ATR_LITERAL("x"));
    assert_int_equal(len, 19);
    record[0] = 0x80;
    record[1] = 0;
    refuses(&p.b, (atr_bytes){record, 18});
    p = opened;
    assert_int_equal(atr_pipe_end(&p.a), ATR_OK);
    memcpy(record, atr_pipe_outgoing(&p.a).data, 18);
    record[0] = 0;
    record[1] = 2; /* text of two bytes, with what follows */
    refuses(&p.b, (atr_bytes){record, 20});
}

static void bytes_after_the_end(void **state)
{
    size_t taken;

    (void)state;
    p = opened;
    assert_int_equal(atr_pipe_end(&p.a), ATR_OK);
    assert_int_equal(atr_pipe_recv(&p.b, &taken, atr_pipe_outgoing(&p.a)),
                     ATR_OK);
    assert_true(atr_pipe_has_ended(&p.b));
    refuses(&p.b, ATR_LITERAL("\0"));
}

/* Text before the exchange is over, and every byte of the exchange changed. */
static void the_exchange_disturbed(void **state)
{
    pipes fresh;
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX];
    atr_bytes out;

    (void)state;
    pipes_begin(&fresh, &alice, &bob, &rng);
    out = atr_pipe_outgoing(&fresh.a);
    memcpy(bytes, out.data, out.len);
    for (size_t at = 0; at < out.len; at += 11) {
        bytes[at] ^= 1;
        p = fresh;
        refuses(&p.b, (atr_bytes){bytes, out.len});
        bytes[at] ^= 1;
    }
    p = fresh;
    assert_int_equal(atr_pipe_lost(&p.b), ATR_ERR_AUTH);
    assert_int_equal(p.b.state, ATR_PIPE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_of_a_record_flipped),
        cmocka_unit_test(a_length_that_no_record_has),
        cmocka_unit_test(records_dropped_repeated_and_moved),
        cmocka_unit_test(a_record_returned_to_its_sender),
        cmocka_unit_test(a_record_of_another_pipe),
        cmocka_unit_test(cut_off_at_every_byte),
        cmocka_unit_test(an_end_that_nobody_meant),
        cmocka_unit_test(bytes_after_the_end),
        cmocka_unit_test(the_exchange_disturbed),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
