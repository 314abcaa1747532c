/* Group key exchange: a method, a place, and messages from anybody. Byte 0 is
 * the method, byte 1 the place among four; then messages, each from(1)
 * length(1) bytes, where 4 more bits of `from` make it 16 times as long. */
#include "base/bytes.h"
#include "fuzz/fixed.h"
#include "kex/group.h"

#define PARTIES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void *from_heap(void *context, void *block, size_t old_len,
                       size_t new_len)
{
    (void)context;
    (void)old_len;
    if (new_len == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_len);
}

static void feed(atr_group *group, atr_reader *in)
{
    static const uint8_t zero[ATR_GROUP_KEY_BYTES];

    while (in->left != 0 && !in->failed) {
        uint8_t from = atr_read_u8(in);
        size_t part = (size_t)atr_read_u8(in) << (from & 0xf0 ? 4 : 0);
        atr_bytes message =
            atr_read_view(in, part < in->left ? part : in->left);
        atr_err err = atr_group_recv(group, from & 7, message);

        must((err == ATR_OK) == (group->state != ATR_GROUP_FAILED));
        must(group->state == ATR_GROUP_KEYED ||
             memcmp(group->key, zero, sizeof zero) == 0);
        if (err != ATR_OK) {
            break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_reader in = atr_reader_of((atr_bytes){data, len});
    uint8_t method = atr_read_u8(&in);
    uint8_t self = atr_read_u8(&in);
    atr_mem mem = {.resize = from_heap, .limit = 1 << 20};
    uint8_t seed[ATR_SEED_BYTES] = {7};
    atr_group_identity identity[PARTIES];
    atr_group_public roster[PARTIES];
    atr_group_setup setup = {.roster = roster, .count = PARTIES};
    atr_group group;
    atr_rng rng;

    if (in.failed || method >= ATR_GROUP_METHODS || self >= PARTIES) {
        return 0;
    }
    atr_rng_init(&rng, seed);
    for (size_t i = 0; i < PARTIES; i++) {
        atr_group_identity_init(&identity[i], &rng);
        roster[i] = identity[i].known;
    }
    setup.method = (atr_group_method_id)method;
    setup.self = self;
    setup.identity = &identity[self];
    must(atr_group_init(&group, &setup, &mem, &rng) == ATR_OK);
    must(atr_group_begin(&group, ATR_GROUP_SETUP, NULL, 0) == ATR_OK);
    feed(&group, &in);
    atr_group_wipe(&group);
    must(mem.used == 0);
    return 0;
}
