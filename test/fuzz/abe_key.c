/* Attribute keys, public keys and the commitments of the nodes from bytes:
 * what is accepted is written again as the same bytes. */
#include <stdlib.h>

#include "scheme/issue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void key(atr_bytes in)
{
    static atr_abe_key got;
    static uint8_t again[ATR_ABE_KEY_BYTES_MAX];
    atr_builder builder = atr_builder_of(again, sizeof again);

    if (atr_abe_key_read(&got, in) != ATR_OK) {
        must(got.attrs.count == 0);
        return;
    }
    atr_abe_key_build(&builder, &got);
    must(atr_bytes_equal(atr_builder_bytes(&builder), in));
}

static void mpk(atr_bytes in)
{
    uint8_t again[ATR_MPK_BYTES];
    atr_mpk got;

    if (in.len == sizeof again && atr_mpk_read(&got, in.data) == ATR_OK) {
        atr_mpk_write(again, &got);
        must(memcmp(again, in.data, sizeof again) == 0);
    }
}

static void commitments(atr_bytes in)
{
    static uint8_t again[2 + ATR_ISSUE_NODES_MAX * ATR_GT_BYTES];
    static atr_issue_public got;
    atr_builder builder = atr_builder_of(again, sizeof again);
    atr_reader reader = atr_reader_of(in);

    if (atr_issue_public_read(&got, &reader) == ATR_OK) {
        atr_issue_public_build(&builder, &got);
        must(builder.len == in.len - reader.left);
        must(memcmp(again, in.data, builder.len) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const atr_bytes in = {data, len};

    key(in);
    mpk(in);
    commitments(in);
    return 0;
}
