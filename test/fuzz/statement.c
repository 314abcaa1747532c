/* A statement as nodes take it from one another: refused, or exactly the bytes
 * that are written again; and none that was not signed counts. */
#include <stdlib.h>

#include "proto/register.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Whoever signs with the key of this seed is registrar 1. */
static const atr_registrars *registrars(void)
{
    static atr_registrars all = {.approvals = 1, .count = 2};
    static const uint8_t seed[32] = {0x5e};
    uint8_t secret[ATR_ED25519_SECRET_BYTES];

    atr_ed25519_keypair(all.vk[0], secret, seed);
    return &all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t again[ATR_STATEMENT_BYTES_MAX];
    const atr_bytes in = {data, len};
    atr_builder b = atr_builder_of(again, sizeof again);
    atr_standing standing;
    atr_statement s;

    if (atr_statement_read(&s, in) != ATR_OK) {
        must(s.kind == 0 && s.text.len == 0);
        return 0;
    }
    atr_statement_build(&b, &s);
    must(atr_bytes_equal(atr_builder_bytes(&b), in));
    must(s.kind == ATR_STATEMENT_REQUEST || s.signer >= 1);
    atr_standing_init(&standing, s.id);
    if (atr_statement_verify(&s, s.hm, registrars()) == ATR_OK) {
        atr_standing_add(&standing, &s);
        must(s.kind == ATR_STATEMENT_REQUEST || s.signer == 1);
    }
    must(atr_standing_approvals(&standing, 0) <= 1);
    return 0;
}
