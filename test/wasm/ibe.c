/* The formats of vectors/attrium_ibe.h, wherever the core runs. */
#include "kit/tap.h"
#include "vectors/attrium_ibe.h"
#include "vectors/attrium_ibe_answers.h"

static known_ibe got;

static void boneh_franklin(void)
{
    known_ibe_compute(&got);
    tap_is(got.opened);
    tap_hex(got.bf_key, sizeof got.bf_key, known_ibe_answers.bf_key);
    tap_hex(got.bf_capsule, sizeof got.bf_capsule,
            known_ibe_answers.bf_capsule);
    tap_hex(got.bf_k, sizeof got.bf_k, known_ibe_answers.bf_k);
}

static void waters_2009(void)
{
    tap_hex(got.dse_hm, sizeof got.dse_hm, known_ibe_answers.dse_hm);
    tap_hex(got.dse_capsule, sizeof got.dse_capsule,
            known_ibe_answers.dse_capsule);
    tap_hex(got.dse_k, sizeof got.dse_k, known_ibe_answers.dse_k);
}

static void ibake(void)
{
    tap_hex(got.ibake, sizeof got.ibake, known_ibe_answers.ibake);
    tap_hex(got.ibake_session, sizeof got.ibake_session,
            known_ibe_answers.ibake_session);
    tap_hex(got.pipe, sizeof got.pipe, known_ibe_answers.pipe);
}

int main(void)
{
    static const tap_test tests[] = {{"boneh_franklin", boneh_franklin},
                                     {"waters_2009", waters_2009},
                                     {"ibake", ibake}};

    return TAP_RUN(tests);
}
