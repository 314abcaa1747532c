#include "proto/registrars.h"

void atr_registrars_build(atr_builder *builder,
                          const atr_registrars *registrars)
{
    atr_build_u8(builder, registrars->approvals);
    atr_build_u8(builder, registrars->count);
    for (size_t i = 0; i < registrars->count; i++) {
        atr_build_bytes(builder, ATR_BYTES(registrars->vk[i]));
    }
}

void atr_registrars_read(atr_registrars *out, atr_reader *reader)
{
    uint8_t count;

    memset(out, 0, sizeof *out);
    out->approvals = atr_read_u8(reader);
    count = atr_read_u8(reader);
    if (count > ATR_REGISTRARS_MAX || out->approvals > count ||
        (out->approvals == 0) != (count == 0)) {
        atr_reader_fail(reader);
    }
    for (size_t i = 0; i < count && !reader->failed; i++) {
        uint8_t vk[ATR_ED25519_PUBLIC_BYTES];

        atr_read_copy(reader, vk, sizeof vk);
        if (atr_registrars_find(out, vk) != 0) {
            atr_reader_fail(reader);
        }
        memcpy(out->vk[out->count++], vk, sizeof vk);
    }
    if (reader->failed) {
        memset(out, 0, sizeof *out);
    }
}

uint8_t atr_registrars_find(const atr_registrars *registrars,
                            const uint8_t vk[ATR_ED25519_PUBLIC_BYTES])
{
    for (uint8_t i = 0; i < registrars->count; i++) {
        if (memcmp(registrars->vk[i], vk, ATR_ED25519_PUBLIC_BYTES) == 0) {
            return (uint8_t)(i + 1);
        }
    }
    return 0;
}
