/* The page of a ceremony as a peer shows it: refused, or exactly the bytes that
 * are written again; and what it brings is a message or refused. */
#include "fuzz/fixed.h"

#include "app/kmsd/ceremony_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void message(atr_bytes in)
{
    atr_dkg_round round;
    uint8_t node;

    if (atr_dkg_peek(&round, &node, in) == ATR_OK) {
        must(round >= ATR_DKG_HELLO && round <= ATR_DKG_DONE);
        must(node >= 1 && node <= ATR_DKG_NODES_MAX);
        must(in.len <= ATR_DKG_MESSAGE_BYTES_MAX);
    } else {
        must(node == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t again[1 << 20];
    atr_builder b = atr_builder_of(again, sizeof again);
    atr_ceremony_who who;
    atr_reader rest;
    size_t count;

    if (len > sizeof again ||
        atr_ceremony_page_read(&who, &rest, &count, (atr_bytes){data, len}) !=
            ATR_OK) {
        return 0;
    }
    atr_build_bytes(&b, ATR_LITERAL("ATRCERE\1"));
    atr_build_bytes(&b, ATR_BYTES(who.plan));
    atr_build_bytes(&b, ATR_BYTES(who.vk));
    atr_build_bytes(&b, ATR_BYTES(who.start));
    atr_build_u16(&b, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        const atr_bytes field = atr_read_field(&rest);

        message(field);
        atr_build_field(&b, field);
    }
    must(atr_bytes_equal(atr_builder_bytes(&b), (atr_bytes){data, len}));
    return 0;
}
