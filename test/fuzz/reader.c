/* reader.c - bytes read by a program that the bytes themselves choose: no
 * order of reads goes past the end, and a failed reader gives zeros.
 */
#include <stdlib.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Touches every byte of a view, for the sanitizers to see. */
static uint8_t touch(atr_bytes view)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < view.len; i++) {
        sum = (uint8_t)(sum + view.data[i]);
    }
    return sum;
}

static void step(atr_reader *reader, uint8_t what)
{
    size_t before = reader->left;
    bool had_failed = reader->failed;
    uint64_t got = 0;
    uint8_t copy[16];

    switch (what % 8) {
    case 0:
        got = atr_read_u8(reader);
        break;
    case 1:
        got = atr_read_u16(reader);
        break;
    case 2:
        got = atr_read_u32(reader);
        break;
    case 3:
        got = atr_read_u64(reader);
        break;
    case 4:
        got = touch(atr_read_view(reader, what));
        break;
    case 5:
        got = touch(atr_read_field(reader));
        break;
    case 6:
        atr_read_copy(reader, copy, what % sizeof copy);
        got = touch((atr_bytes){copy, what % sizeof copy});
        break;
    default:
        got = touch(atr_read_rest(reader));
        break;
    }
    must(reader->left <= before);
    must(!had_failed || reader->failed);
    must(!reader->failed || (got == 0 && reader->left == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t steps = len < 32 ? len / 2 : 16;
    atr_reader reader = atr_reader_of((atr_bytes){data + steps, len - steps});

    for (size_t i = 0; i < steps; i++) {
        step(&reader, data[i]);
    }
    must((atr_reader_end(&reader) == ATR_OK) ==
         (!reader.failed && reader.left == 0));
    return 0;
}
