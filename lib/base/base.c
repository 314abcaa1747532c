#include "base/base.h"

#include <sodium.h>

const char *atr_err_text(atr_err err)
{
    static const char *const texts[] = {
        [ATR_OK] = "no error",
        [ATR_ERR_INPUT] = "malformed input",
        [ATR_ERR_LIMIT] = "larger than a limit",
        [ATR_ERR_POLICY] = "the attributes do not satisfy the policy",
        [ATR_ERR_AUTH] = "forged or damaged",
        [ATR_ERR_STATE] = "not possible now",
        [ATR_ERR_IO] = "refused by the operating system",
    };

    if ((size_t)err >= sizeof texts / sizeof texts[0]) {
        return "unknown error";
    }
    return texts[err];
}

void atr_wipe(void *memory, size_t len)
{
    if (memory != NULL && len != 0) {
        sodium_memzero(memory, len);
    }
}

#define STACK_BYTES 65536

__attribute__((noinline)) void atr_wipe_stack(void)
{
    uint8_t dead[STACK_BYTES];

    atr_wipe(dead, sizeof dead);
}

bool atr_bytes_equal(atr_bytes a, atr_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool atr_secret_equal(const void *a, const void *b, size_t len)
{
    return len == 0 || sodium_memcmp(a, b, len) == 0;
}
