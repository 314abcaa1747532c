/* The formats of vectors/attrium_kem.h, wherever the core runs. */
#include "kit/tap.h"
#include "vectors/attrium_kem.h"
#include "vectors/attrium_kem_answers.h"

static void compare(uint8_t scheme, const known_answers *answers)
{
    static known_run got;

    known_compute(&got, scheme);
    tap_is(got.opened);
    tap_hex(got.mpk, sizeof got.mpk, answers->mpk);
    tap_hex(got.hm, sizeof got.hm, answers->hm);
    tap_hex(got.key, got.key_len, answers->key);
    tap_hex(got.capsule, got.capsule_len, answers->capsule);
    tap_hex(got.k, sizeof got.k, answers->k);
    tap_hex(got.message, got.message_len, answers->message);
    tap_hex(got.session, sizeof got.session, answers->session);
    tap_hex(got.confirm, sizeof got.confirm, answers->confirm);
    tap_hex(got.sender, sizeof got.sender, answers->sender);
    tap_hex(got.sealed, got.sealed_len, answers->sealed);
}

static void fabeo(void)
{
    compare(ATR_SCHEME_FABEO, &known_fabeo);
}

static void w11(void)
{
    compare(ATR_SCHEME_W11, &known_w11);
}

int main(void)
{
    static const tap_test tests[] = {{"fabeo", fabeo}, {"w11", w11}};

    return TAP_RUN(tests);
}
