/* The bundle of an authority: refused, or exactly the bytes that are written
 * again, under a name that is harmless. */
#include <stdlib.h>

#include "proto/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const atr_bytes in = {data, len};
    static atr_authority got;
    static uint8_t again[ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(again, sizeof again);

    if (atr_authority_read(&got, in) != ATR_OK) {
        must(got.name_len == 0 && got.issue.nodes == 0);
        must(!atr_authority_gives_identities(&got));
        return 0;
    }
    must(got.issue.threshold >= 1 && got.issue.threshold <= got.issue.nodes);
    for (size_t i = 0; i < got.name_len; i++) {
        must(got.name[i] >= 0x20);
    }
    atr_authority_build(&b, &got);
    must(atr_bytes_equal(atr_builder_bytes(&b), in));
    return 0;
}
