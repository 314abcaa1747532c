/* A key file, plain, armoured or locked, of attributes or of an identity:
 * refused, or exactly the bytes that are written again. */
#include <stdlib.h>

#include "app/armour.h"
#include "app/locked.h"
#include "proto/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A good header would cost Argon2id's work: only what is refused before it. */
static void locked(atr_bytes in)
{
    uint8_t out[4096];

    if (in.len < sizeof out && atr_locked_is(in) &&
        (in.len < ATR_LOCKED_EXTRA_BYTES || in.data[7] != 1)) {
        must(atr_locked_open(out, ATR_LITERAL("x"), in) == ATR_ERR_INPUT);
    }
}

static void attributes(atr_bytes in)
{
    static uint8_t bytes[ATR_KEYFILE_BYTES_MAX];
    static uint8_t again[ATR_KEYFILE_BYTES_MAX];
    static atr_keyfile got;
    atr_builder b = atr_builder_of(again, sizeof again);
    size_t bytes_len = 0;

    if (atr_armour_read(bytes, &bytes_len, sizeof bytes, ATR_ARMOUR_KEY, in) !=
        ATR_OK) {
        must(bytes_len == 0);
        return;
    }
    if (atr_keyfile_read(&got, (atr_bytes){bytes, bytes_len}) != ATR_OK) {
        must(got.key.attrs.count == 0);
        return;
    }
    atr_keyfile_build(&b, &got);
    must(atr_bytes_equal(atr_builder_bytes(&b), (atr_bytes){bytes, bytes_len}));
    atr_keyfile_wipe(&got);
}

static void identity(atr_bytes in)
{
    static uint8_t bytes[ATR_IDFILE_BYTES_MAX];
    static uint8_t again[ATR_IDFILE_BYTES_MAX];
    static atr_idfile got;
    atr_builder b = atr_builder_of(again, sizeof again);
    size_t bytes_len = 0;

    if (atr_armour_read(bytes, &bytes_len, sizeof bytes, ATR_ARMOUR_IDENTITY,
                        in) != ATR_OK) {
        must(bytes_len == 0);
        return;
    }
    if (atr_idfile_read(&got, (atr_bytes){bytes, bytes_len}) != ATR_OK) {
        must(got.key.id.len == 0);
        return;
    }
    must(got.key.id.len > 0);
    atr_idfile_build(&b, &got);
    must(atr_bytes_equal(atr_builder_bytes(&b), (atr_bytes){bytes, bytes_len}));
    atr_idfile_wipe(&got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const atr_bytes in = {data, len};

    locked(in);
    attributes(in);
    identity(in);
    return 0;
}
