/* Our own formats, pinned: keys, capsules, contributions, sealed files. */
#include "kit/kit.h"
#include "vectors/attrium_kem.h"
#include "vectors/attrium_kem_answers.h"

static void compare(uint8_t scheme, const known_answers *answers)
{
    static known_run got;

    known_compute(&got, scheme);
    assert_true(got.opened);
    assert_hex(got.mpk, sizeof got.mpk, answers->mpk);
    assert_hex(got.hm, sizeof got.hm, answers->hm);
    assert_hex(got.key, got.key_len, answers->key);
    assert_hex(got.capsule, got.capsule_len, answers->capsule);
    assert_hex(got.k, sizeof got.k, answers->k);
    assert_hex(got.message, got.message_len, answers->message);
    assert_hex(got.sid, sizeof got.sid, answers->sid);
    assert_hex(got.session, sizeof got.session, answers->session);
    assert_hex(got.confirm, sizeof got.confirm, answers->confirm);
    assert_hex(got.sender, sizeof got.sender, answers->sender);
    assert_hex(got.sealed, got.sealed_len, answers->sealed);
}

static void fabeo(void **state)
{
    (void)state;
    compare(ATR_SCHEME_FABEO, &known_fabeo);
}

static void w11(void **state)
{
    (void)state;
    compare(ATR_SCHEME_W11, &known_w11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fabeo),
        cmocka_unit_test(w11),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
