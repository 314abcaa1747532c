/* What a client takes from a node's log: a head and a proof. Refused, or
 * exactly the bytes that are written again; and nothing that was made up
 * proves anything about a head that was not. */
#include "fuzz/fixed.h"

#include "proto/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void head(atr_bytes in)
{
    uint8_t again[ATR_TRACE_HEAD_BYTES];
    atr_builder b = atr_builder_of(again, sizeof again);
    atr_trace_head got;

    if (atr_trace_head_read(&got, in) != ATR_OK) {
        must(got.node == 0);
        return;
    }
    atr_trace_head_build(&b, &got);
    must(atr_bytes_equal(atr_builder_bytes(&b), in));
}

static void proof(atr_bytes in)
{
    static const uint8_t leaf[32] = {1};
    const atr_merkle_head from = {.size = 1000003, .root = {2}};
    const atr_merkle_head to = {.size = 5000011, .root = {3}};
    uint8_t again[ATR_MERKLE_PROOF_BYTES_MAX];
    atr_builder b = atr_builder_of(again, sizeof again);
    atr_merkle_proof got;

    if (atr_merkle_proof_read(&got, in) != ATR_OK) {
        must(got.count == 0);
        return;
    }
    atr_merkle_proof_build(&b, &got);
    must(atr_bytes_equal(atr_builder_bytes(&b), in));
    must(atr_merkle_extend_check(&from, &to, &got) == ATR_ERR_AUTH);
    must(atr_merkle_include_check(&to, 777, leaf, &got) == ATR_ERR_AUTH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    head((atr_bytes){data, len});
    proof((atr_bytes){data, len});
    return 0;
}
