#include "proto/trace.h"

#include "sym/ed25519.h"
#include "sym/hash.h"

#define MAGIC "ATRHEAD\1"
#define SIGNED_BYTES (4 + 13 + 4 + ATR_TRACE_HEAD_BYTES - 64)

atr_trace_leaf atr_trace_of(atr_trace_kind kind, atr_bytes content)
{
    atr_trace_leaf leaf = {.kind = (uint8_t)kind};

    atr_hash_of(leaf.digest, content);
    return leaf;
}

atr_trace_leaf atr_trace_issued(const uint8_t id[32], uint64_t period,
                                atr_bytes sealed)
{
    atr_trace_leaf leaf = {.kind = ATR_TRACE_ISSUED};
    uint8_t number[8];
    atr_builder b = atr_builder_of(number, sizeof number);
    atr_hash h;

    atr_build_u64(&b, period);
    atr_hash_init(&h);
    atr_hash_field(&h, ATR_LITERAL("ATR1/KMS/issued"));
    atr_hash_field(&h, (atr_bytes){id, 32});
    atr_hash_field(&h, ATR_BYTES(number));
    atr_hash_field(&h, sealed);
    atr_hash_final(&h, leaf.digest);
    return leaf;
}

void atr_trace_leaf_hash(uint8_t hash[32], const atr_trace_leaf *leaf)
{
    uint8_t bytes[ATR_TRACE_LEAF_BYTES];

    bytes[0] = leaf->kind;
    memcpy(bytes + 1, leaf->digest, sizeof leaf->digest);
    atr_merkle_leaf(hash, ATR_BYTES(bytes));
}

void atr_trace_head_build(atr_builder *builder, const atr_trace_head *head)
{
    atr_build_bytes(builder, ATR_LITERAL(MAGIC));
    atr_build_bytes(builder, ATR_BYTES(head->hm));
    atr_build_u8(builder, head->node);
    atr_build_u64(builder, head->at);
    atr_build_u64(builder, head->tree.size);
    atr_build_bytes(builder, ATR_BYTES(head->tree.root));
    atr_build_bytes(builder, ATR_BYTES(head->sig));
}

atr_err atr_trace_head_read(atr_trace_head *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    uint8_t magic[8];

    memset(out, 0, sizeof *out);
    atr_read_copy(&r, magic, sizeof magic);
    atr_read_copy(&r, out->hm, sizeof out->hm);
    out->node = atr_read_u8(&r);
    out->at = atr_read_u64(&r);
    out->tree.size = atr_read_u64(&r);
    atr_read_copy(&r, out->tree.root, sizeof out->tree.root);
    atr_read_copy(&r, out->sig, sizeof out->sig);
    if (memcmp(magic, MAGIC, sizeof magic) != 0 || out->node == 0 ||
        out->tree.size > ATR_MERKLE_SIZE_MAX) {
        atr_reader_fail(&r);
    }
    if (atr_reader_end(&r) != ATR_OK) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

/* What is signed: the purpose, and the head without its end. */
static void build_signed(uint8_t out[SIGNED_BYTES], const atr_trace_head *head)
{
    uint8_t bytes[ATR_TRACE_HEAD_BYTES];
    atr_builder inner = atr_builder_of(bytes, sizeof bytes);
    atr_builder b = atr_builder_of(out, SIGNED_BYTES);

    atr_trace_head_build(&inner, head);
    atr_build_field(&b, ATR_LITERAL("ATR1/KMS/head"));
    atr_build_field(&b, (atr_bytes){bytes, ATR_TRACE_HEAD_BYTES - 64});
}

void atr_trace_sign(atr_trace_head *head, const uint8_t sk[64])
{
    uint8_t message[SIGNED_BYTES];

    build_signed(message, head);
    atr_ed25519_sign(head->sig, sk, ATR_BYTES(message));
}

atr_err atr_trace_verify(const atr_trace_head *head, const uint8_t vk[32])
{
    uint8_t message[SIGNED_BYTES];

    build_signed(message, head);
    return atr_ed25519_verify(head->sig, vk, ATR_BYTES(message));
}

atr_trace_verdict atr_trace_compare(const atr_trace_head *a,
                                    const atr_trace_head *b,
                                    const atr_merkle_proof *proof)
{
    const bool swap = a->tree.size > b->tree.size;
    const atr_trace_head *from = swap ? b : a;
    const atr_trace_head *to = swap ? a : b;

    if (from->tree.size == to->tree.size) {
        return memcmp(from->tree.root, to->tree.root, sizeof from->tree.root) ==
                       0
                   ? ATR_TRACE_SAME
                   : ATR_TRACE_FORK;
    }
    if (from->at > to->at) {
        return ATR_TRACE_BACK;
    }
    return proof && atr_merkle_extend_check(&from->tree, &to->tree, proof) ==
                        ATR_OK
               ? ATR_TRACE_LONGER
               : ATR_TRACE_UNPROVEN;
}
