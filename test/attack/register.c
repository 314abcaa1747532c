/* Attacks on the register: approvals that nobody gave, or gave for something
 * else. */
#include "kit/register.h"

static void one_registrar_twice_counts_once(void **state)
{
    register_world *w = register_start(3, 2);
    atr_statement all[4];

    (void)state;
    for (uint8_t i = 0; i < 4; i++) {
        all[i] = register_unsigned(w, ATR_STATEMENT_APPROVE, 10 + i);
        all[i].until -= i;
        register_sign(w, &all[i], 1);
        assert_int_equal(register_verify(w, &all[i]), ATR_OK);
    }
    assert_int_equal(register_state(w, all, 4, 100), ATR_GRANT_WAITING);
    all[3] = register_say(w, ATR_STATEMENT_APPROVE, 2, 10);
    assert_int_equal(register_state(w, all, 4, 100), ATR_GRANT_APPROVED);
}

/* One key under two numbers would be two people. */
static void one_key_under_two_numbers(void **state)
{
    register_world *w = register_start(2, 2);
    uint8_t bytes[ATR_REGISTRARS_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_registrars got;
    atr_reader r;

    (void)state;
    memcpy(w->registrars.vk[1], w->registrars.vk[0], 32);
    atr_registrars_build(&b, &w->registrars);
    r = atr_reader_of(atr_builder_bytes(&b));
    atr_registrars_read(&got, &r);
    assert_int_equal(atr_reader_end(&r), ATR_ERR_INPUT);
}

static void approval_for_another_authority(void **state)
{
    register_world *w = register_start(1, 1);
    atr_statement s = register_unsigned(w, ATR_STATEMENT_APPROVE, 10);

    (void)state;
    s.hm[0] ^= 1; /* the same registrar serves both */
    register_sign(w, &s, 1);
    assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
    s.hm[0] ^= 1; /* and its signature does not move */
    assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
}

static void approval_of_another_request(void **state)
{
    register_world *w = register_start(1, 1);
    atr_statement s = register_say(w, ATR_STATEMENT_APPROVE, 1, 10);
    uint8_t first[32];

    (void)state;
    memcpy(first, w->id, sizeof first);
    register_request(w, "ONE, ROOT", 73);
    assert_memory_not_equal(first, w->id, 32);
    assert_int_equal(register_verify(w, &s), ATR_OK);
    assert_int_equal(register_state(w, &s, 1, 100), ATR_GRANT_WAITING);
    memcpy(s.id, w->id, sizeof s.id); /* swapped ids */
    assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
    assert_int_equal(register_state(w, &s, 1, 100), ATR_GRANT_WAITING);
}

static void approval_by_an_unknown_registrar(void **state)
{
    register_world *w = register_start(3, 1);
    atr_statement s = register_say(w, ATR_STATEMENT_APPROVE, 3, 10);

    (void)state;
    register_registrars(w, 2, 1);
    assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH); /* number 3 of 2 */
    for (uint8_t number = 0; number < 16; number++) {
        s.signer = number; /* its own signature under another number */
        assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
        atr_statement_sign(&s, number, w->secret[2]);
        assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
    }
}

static void signature_stripped(void **state)
{
    static const atr_statement_kind kinds[] = {
        ATR_STATEMENT_APPROVE, ATR_STATEMENT_DENY, ATR_STATEMENT_WITHDRAW,
        ATR_STATEMENT_GENERATION};
    register_world *w = register_start(1, 1);

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        atr_statement s = register_say(w, kinds[i], 1, 10);
        uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
        atr_builder b = atr_builder_of(bytes, sizeof bytes);
        atr_statement got;

        memset(s.sig, 0, sizeof s.sig);
        assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
        s.signer = 0; /* unsigned, as a request is */
        assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
        atr_statement_build(&b, &s);
        assert_int_equal(atr_statement_read(&got, atr_builder_bytes(&b)),
                         ATR_ERR_INPUT);
    }
}

/* A statement of one kind read as another: a denial for an approval. */
static void kind_changed(void **state)
{
    register_world *w = register_start(1, 1);
    atr_statement s = register_say(w, ATR_STATEMENT_WITHDRAW, 1, 10);

    (void)state;
    s.kind = ATR_STATEMENT_APPROVE;
    s.until = ATR_FOR_EVER;
    assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
}

/* A longer validity than was signed. */
static void until_changed(void **state)
{
    register_world *w = register_start(1, 1);
    atr_statement s = register_unsigned(w, ATR_STATEMENT_APPROVE, 10);

    (void)state;
    s.until = 50;
    register_sign(w, &s, 1);
    assert_int_equal(register_state(w, &s, 1, 100), ATR_GRANT_EXPIRED);
    s.until = ATR_FOR_EVER;
    assert_int_equal(register_state(w, &s, 1, 100), ATR_GRANT_WAITING);
}

/* A reply key that is not the asker's: the approved request is another one. */
static void reply_key_swapped(void **state)
{
    register_world *w = register_start(1, 1);
    atr_statement asked = register_say(w, ATR_STATEMENT_REQUEST, 0, 10);
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_statement got;

    (void)state;
    w->request[5] ^= 1; /* inside the reply key */
    atr_statement_build(&b, &asked);
    assert_int_equal(atr_statement_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_memory_not_equal(got.id, asked.id, 32);
}

static void withdrawal_wins_over_later_approvals(void **state)
{
    register_world *w = register_start(3, 2);
    atr_statement all[6];

    (void)state;
    all[0] = register_say(w, ATR_STATEMENT_WITHDRAW, 3, 10);
    for (uint8_t i = 1; i < 6; i++) {
        all[i] = register_say(w, ATR_STATEMENT_APPROVE, (uint8_t)(1 + i % 3),
                              20 + i);
    }
    assert_int_equal(register_state(w, all + 1, 5, 100), ATR_GRANT_APPROVED);
    assert_int_equal(register_state(w, all, 6, 100), ATR_GRANT_WITHDRAWN);
    all[0] = register_say(w, ATR_STATEMENT_DENY, 3, 10);
    assert_int_equal(register_state(w, all, 6, 100), ATR_GRANT_DENIED);
}

/* Old statements said again change nothing, whatever came since. */
static void replays(void **state)
{
    register_world *w = register_start(1, 1);
    atr_statement all[4];

    (void)state;
    all[0] = register_say(w, ATR_STATEMENT_APPROVE, 1, 10);
    all[1] = register_say(w, ATR_STATEMENT_WITHDRAW, 1, 20);
    all[2] = all[0];
    all[3] = all[0];
    assert_int_equal(register_state(w, all, 1, 100), ATR_GRANT_APPROVED);
    for (size_t count = 2; count <= 4; count++) {
        assert_int_equal(register_state(w, all, count, 100),
                         ATR_GRANT_WITHDRAWN);
    }
}

/* Where nobody may approve, nothing is granted: not everything. */
static void no_registrars_grant_nothing(void **state)
{
    register_world *w = register_start(1, 1);
    atr_statement s = register_say(w, ATR_STATEMENT_APPROVE, 1, 10);
    atr_standing standing;

    (void)state;
    register_registrars(w, 0, 0);
    assert_int_equal(register_verify(w, &s), ATR_ERR_AUTH);
    atr_standing_init(&standing, w->id);
    assert_int_equal(atr_standing_state(&standing, &w->registrars, 0, 100),
                     ATR_GRANT_WAITING);
    atr_standing_add(&standing, &s);
    assert_int_equal(atr_standing_state(&standing, &w->registrars, 0, 100),
                     ATR_GRANT_WAITING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_registrar_twice_counts_once),
        cmocka_unit_test(one_key_under_two_numbers),
        cmocka_unit_test(approval_for_another_authority),
        cmocka_unit_test(approval_of_another_request),
        cmocka_unit_test(approval_by_an_unknown_registrar),
        cmocka_unit_test(signature_stripped),
        cmocka_unit_test(kind_changed),
        cmocka_unit_test(until_changed),
        cmocka_unit_test(reply_key_swapped),
        cmocka_unit_test(withdrawal_wins_over_later_approvals),
        cmocka_unit_test(replays),
        cmocka_unit_test(no_registrars_grant_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
