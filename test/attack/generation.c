/* Attacks on what a hall believes of an authority's generations: nodes that
 * raise it alone, hide it, or show what is none. */
#include "kit/register.h"

#include "proto/generation.h"

typedef struct {
    register_world *w;
    atr_generation g;
} listener;

/* Of five nodes three issue; so it is with one of one. */
static listener *listen_to(uint8_t nodes, uint8_t threshold)
{
    static atr_authority public;
    static listener l;

    l.w = register_start(2, 1);
    memset(&public, 0, sizeof public);
    public.issue.nodes = nodes;
    public.issue.threshold = threshold;
    public.registrars = l.w->registrars;
    atr_generation_init(&l.g, &public, l.w->hm);
    return &l;
}

static atr_err hear(listener *l, uint8_t node, const atr_statement *s)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_statement_build(&b, s);
    return atr_generation_hear(&l->g, node, atr_builder_bytes(&b));
}

static atr_statement begins(const listener *l, uint32_t number, uint8_t signer)
{
    atr_statement s = register_unsigned(l->w, ATR_STATEMENT_GENERATION, 10);

    s.generation = number;
    register_sign(l->w, &s, signer);
    return s;
}

static atr_err says(listener *l, uint8_t node, uint32_t number)
{
    atr_statement s = begins(l, number, 1);

    return hear(l, node, &s);
}

static void one_of_one_is_believed(void **state)
{
    listener *l = listen_to(1, 1);

    (void)state;
    assert_int_equal(says(l, 1, 1), ATR_OK);
    assert_int_equal(l->g.present, 1);
    assert_int_equal(says(l, 1, 7), ATR_OK);
    assert_int_equal(l->g.present, 7);
}

/* Two operators with a registrar's key would shut every room for ever. */
static void fewer_than_issue_raise_nothing(void **state)
{
    listener *l = listen_to(5, 3);

    (void)state;
    assert_int_equal(says(l, 2, UINT32_MAX), ATR_OK);
    assert_int_equal(says(l, 5, UINT32_MAX), ATR_OK);
    assert_int_equal(l->g.present, 0);
    for (uint32_t again = 0; again < 3; again++) { /* by saying it again */
        assert_int_equal(says(l, 2, UINT32_MAX), ATR_ERR_STATE);
    }
    assert_int_equal(l->g.present, 0);
    assert_int_equal(says(l, 1, 1), ATR_OK);
    assert_int_equal(l->g.present, 1); /* what an honest one has */
    assert_int_equal(says(l, 3, 2), ATR_OK);
    assert_int_equal(l->g.present, 2);
}

static void nodes_that_hide_it_do_not_hold_it_back(void **state)
{
    listener *l = listen_to(5, 3);

    (void)state;
    assert_int_equal(says(l, 1, 1), ATR_OK);
    assert_int_equal(says(l, 3, 1), ATR_OK);
    assert_int_equal(l->g.present, 0);
    assert_int_equal(says(l, 5, 1), ATR_OK);
    assert_int_equal(l->g.present, 1); /* 2 and 4 say nothing */
}

static void it_never_falls(void **state)
{
    listener *l = listen_to(3, 2);

    (void)state;
    assert_int_equal(says(l, 1, 4), ATR_OK);
    assert_int_equal(says(l, 2, 4), ATR_OK);
    assert_int_equal(l->g.present, 4);
    for (uint8_t node = 1; node <= 2; node++) { /* replayed */
        assert_int_equal(says(l, node, 3), ATR_ERR_STATE);
    }
    assert_int_equal(l->g.present, 4);
}

static void nobody_signed_it(void **state)
{
    listener *l = listen_to(1, 1);
    atr_statement s = begins(l, 1, 1);

    (void)state;
    s.generation = 2; /* a signature for another number */
    assert_int_equal(hear(l, 1, &s), ATR_ERR_AUTH);
    s = begins(l, 1, 1);
    s.hm[5] ^= 1; /* of another authority */
    register_sign(l->w, &s, 1);
    assert_int_equal(hear(l, 1, &s), ATR_ERR_AUTH);
    s = begins(l, 1, 1);
    s.signer = 2; /* of another registrar */
    assert_int_equal(hear(l, 1, &s), ATR_ERR_AUTH);
    s.signer = 3; /* who is not listed */
    assert_int_equal(hear(l, 1, &s), ATR_ERR_AUTH);
    assert_int_equal(l->g.present, 0);
}

static void what_is_no_generation(void **state)
{
    listener *l = listen_to(1, 1);
    atr_statement s = begins(l, 1, 1);
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    atr_statement_build(&b, &s);
    assert_int_equal(b.len, ATR_GENERATION_STATEMENT_BYTES);
    for (size_t len = 0; len < b.len; len++) {
        assert_int_equal(atr_generation_hear(&l->g, 1, (atr_bytes){bytes, len}),
                         ATR_ERR_INPUT);
    }
    assert_int_equal(atr_generation_hear(&l->g, 0, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_generation_hear(&l->g, 2, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    s = register_say(l->w, ATR_STATEMENT_WITHDRAW, 1, 10);
    assert_int_equal(hear(l, 1, &s), ATR_ERR_INPUT);
    assert_int_equal(l->g.present, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_one_is_believed),
        cmocka_unit_test(fewer_than_issue_raise_nothing),
        cmocka_unit_test(nodes_that_hide_it_do_not_hold_it_back),
        cmocka_unit_test(it_never_falls),
        cmocka_unit_test(nobody_signed_it),
        cmocka_unit_test(what_is_no_generation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
