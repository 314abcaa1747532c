/* Contributions to a room from bytes. */
#include "fuzz/fixed.h"
#include "kex/ake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t zero[sizeof(atr_ake_part)];
    const fixed_world *w = fixed(ATR_SCHEME_FABEO);
    const atr_ake_room room = {
        .kem = &w->kem, .policy = &w->policy, .room = {1}};
    const atr_bytes in = {data, len};
    atr_ake_part seen;
    atr_ake_part part;
    atr_ake_keys keys;
    atr_err err;

    err = atr_ake_verify(&seen, &room, in);
    must(err == ATR_OK || err == ATR_ERR_INPUT || err == ATR_ERR_AUTH);
    must(err == ATR_OK || memcmp(&seen, zero, sizeof seen) == 0);
    if (err != ATR_OK) {
        must(atr_ake_accept(&part, &room, &w->key, in) == err);
        return 0;
    }
    if (atr_ake_accept(&part, &room, &w->key, in) == ATR_OK) {
        must(memcmp(part.digest, seen.digest, sizeof seen.digest) == 0);
        must(atr_ake_agree(&keys, &room, 1, &part, 1) == ATR_OK);
    }
    return 0;
}
