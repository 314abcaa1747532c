/* Our own formats for identities, pinned. */
#include "kit/kit.h"
#include "vectors/attrium_ibe.h"
#include "vectors/attrium_ibe_answers.h"

static known_ibe got;

static int compute(void **state)
{
    (void)state;
    known_ibe_compute(&got);
    return 0;
}

static void boneh_franklin(void **state)
{
    (void)state;
    assert_true(got.opened);
    assert_hex(got.identity, sizeof got.identity, known_ibe_answers.identity);
    assert_hex(got.bf_mpk, sizeof got.bf_mpk, known_ibe_answers.bf_mpk);
    assert_hex(got.bf_hm, sizeof got.bf_hm, known_ibe_answers.bf_hm);
    assert_hex(got.bf_key, sizeof got.bf_key, known_ibe_answers.bf_key);
    assert_hex(got.bf_capsule, sizeof got.bf_capsule,
               known_ibe_answers.bf_capsule);
    assert_hex(got.bf_k, sizeof got.bf_k, known_ibe_answers.bf_k);
}

static void waters_2009(void **state)
{
    (void)state;
    assert_hex(got.dse_hm, sizeof got.dse_hm, known_ibe_answers.dse_hm);
    assert_hex(got.dse_key_digest, sizeof got.dse_key_digest,
               known_ibe_answers.dse_key_digest);
    assert_hex(got.dse_capsule, sizeof got.dse_capsule,
               known_ibe_answers.dse_capsule);
    assert_hex(got.dse_k, sizeof got.dse_k, known_ibe_answers.dse_k);
}

static void ibake(void **state)
{
    (void)state;
    assert_hex(got.ibake, sizeof got.ibake, known_ibe_answers.ibake);
    assert_hex(got.ibake_sid, sizeof got.ibake_sid,
               known_ibe_answers.ibake_sid);
    assert_hex(got.ibake_session, sizeof got.ibake_session,
               known_ibe_answers.ibake_session);
}

static void pipe_records(void **state)
{
    (void)state;
    assert_hex(got.pipe, sizeof got.pipe, known_ibe_answers.pipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boneh_franklin),
        cmocka_unit_test(waters_2009),
        cmocka_unit_test(ibake),
        cmocka_unit_test(pipe_records),
    };

    return cmocka_run_group_tests(tests, compute, NULL);
}
