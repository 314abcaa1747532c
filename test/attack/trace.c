/* A node that lies in its log, against heads and proofs (proto/trace.h). */
#include "kit/kit.h"
#include "proto/trace.h"
#include "sym/ed25519.h"

#define SIZE 24
#define LEVELS 6

/* Two logs of one node: they part after the leaf SPLIT. */
#define SPLIT 13

typedef struct {
    uint8_t hash[LEVELS][SIZE][32];
} store;

static store logs[2];
static uint8_t vk[32];
static uint8_t sk[64];

static atr_err get(void *context, uint8_t hash[32], unsigned level,
                   uint64_t index)
{
    memcpy(hash, ((store *)context)->hash[level][index], 32);
    return ATR_OK;
}

static atr_err put(void *context, unsigned level, uint64_t index,
                   const uint8_t hash[32])
{
    memcpy(((store *)context)->hash[level][index], hash, 32);
    return ATR_OK;
}

static atr_merkle tree_of(int which)
{
    return (atr_merkle){&logs[which], get, put};
}

static atr_trace_leaf leaf_at(int which, uint64_t index)
{
    const uint8_t id[32] = {(uint8_t)index, index < SPLIT ? 0 : (uint8_t)which};

    return atr_trace_issued(id, 3, ATR_BYTES(id));
}

static atr_trace_head head_of(int which, uint64_t size)
{
    const atr_merkle tree = tree_of(which);
    atr_trace_head head = {
        .hm = {1}, .node = 2, .at = 1000 + size, .tree = {.size = size}};

    assert_int_equal(atr_merkle_root(head.tree.root, &tree, size), ATR_OK);
    atr_trace_sign(&head, sk);
    return head;
}

static int prepare(void **state)
{
    static const uint8_t seed[32] = {5};

    (void)state;
    atr_ed25519_keypair(vk, sk, seed);
    for (int which = 0; which < 2; which++) {
        const atr_merkle tree = tree_of(which);

        for (uint64_t i = 0; i < SIZE; i++) {
            const atr_trace_leaf leaf = leaf_at(which, i);
            uint8_t hash[32];

            atr_trace_leaf_hash(hash, &leaf);
            assert_int_equal(atr_merkle_append(&tree, i, hash), ATR_OK);
        }
    }
    return 0;
}

static atr_trace_verdict compare(const atr_trace_head *a,
                                 const atr_trace_head *b, int which)
{
    const atr_merkle tree = tree_of(which);
    const uint64_t low =
        a->tree.size < b->tree.size ? a->tree.size : b->tree.size;
    const uint64_t high =
        a->tree.size < b->tree.size ? b->tree.size : a->tree.size;
    atr_merkle_proof proof;

    assert_int_equal(atr_merkle_extend(&proof, &tree, low, high), ATR_OK);
    return atr_trace_compare(a, b, &proof);
}

/* Two people, who were shown two logs, compare heads: at one size that is a
 * proof; at two sizes the node finds no proof in either log. */
static void forked_log_is_found_by_two_who_compare(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= SIZE; i++) {
        for (uint64_t j = 1; j <= SIZE; j++) {
            const atr_trace_head a = head_of(0, i);
            const atr_trace_head b = head_of(1, j);
            const bool differ = i > SPLIT && j > SPLIT;
            const bool near = i <= SPLIT || j <= SPLIT;

            assert_int_equal(atr_trace_verify(&a, vk), ATR_OK);
            assert_int_equal(atr_trace_verify(&b, vk), ATR_OK);
            if (i == j) {
                assert_int_equal(atr_trace_compare(&a, &b, NULL),
                                 differ ? ATR_TRACE_FORK : ATR_TRACE_SAME);
            } else if (near) {
                assert_int_equal(compare(&a, &b, i > j ? 0 : 1),
                                 ATR_TRACE_LONGER);
                assert_int_equal(atr_trace_compare(&a, &b, NULL),
                                 ATR_TRACE_UNPROVEN);
            } else {
                assert_int_equal(compare(&a, &b, 0), ATR_TRACE_UNPROVEN);
                assert_int_equal(compare(&a, &b, 1), ATR_TRACE_UNPROVEN);
            }
        }
    }
}

static void key_that_was_not_logged_has_no_proof(void **state)
{
    const atr_trace_head head = head_of(0, SIZE);
    const atr_trace_leaf other = leaf_at(1, SIZE - 1);
    uint8_t hash[32];

    (void)state;
    atr_trace_leaf_hash(hash, &other);
    for (uint64_t i = 0; i < SIZE; i++) {
        const atr_merkle tree = tree_of(0);
        atr_merkle_proof proof;

        assert_int_equal(atr_merkle_include(&proof, &tree, i, SIZE), ATR_OK);
        assert_int_equal(atr_merkle_include_check(&head.tree, i, hash, &proof),
                         ATR_ERR_AUTH);
    }
}

/* The commitment covers id, period and bytes, each by itself. */
static void commitment_fits_one_issuance_alone(void **state)
{
    const uint8_t id[32] = {1};
    const uint8_t other[32] = {2};
    const uint8_t sealed[2] = {3, 4};
    const atr_trace_leaf leaf = atr_trace_issued(id, 5, ATR_BYTES(sealed));
    const atr_trace_leaf wrong[] = {
        atr_trace_issued(other, 5, ATR_BYTES(sealed)),
        atr_trace_issued(id, 6, ATR_BYTES(sealed)),
        atr_trace_issued(id, 5, (atr_bytes){sealed, 1}),
        atr_trace_of(ATR_TRACE_PARAMETERS, ATR_BYTES(sealed)),
        atr_trace_of(ATR_TRACE_UNIVERSE, ATR_BYTES(sealed)),
    };
    uint8_t hash[32];
    uint8_t got[32];

    (void)state;
    atr_trace_leaf_hash(hash, &leaf);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        atr_trace_leaf_hash(got, &wrong[i]);
        assert_memory_not_equal(got, hash, 32);
    }
    atr_trace_leaf_hash(hash, &wrong[3]);
    atr_trace_leaf_hash(got, &wrong[4]);
    assert_memory_not_equal(got, hash, 32);
}

static void head_that_was_changed_is_refused(void **state)
{
    const atr_trace_head head = head_of(0, 9);
    uint8_t bytes[ATR_TRACE_HEAD_BYTES + 1] = {0};
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_trace_head got;

    (void)state;
    atr_trace_head_build(&b, &head);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    assert_int_equal(b.len, ATR_TRACE_HEAD_BYTES);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        assert_int_equal(atr_trace_head_read(&got, (atr_bytes){bytes, len}),
                         len == ATR_TRACE_HEAD_BYTES ? ATR_OK : ATR_ERR_INPUT);
    }
    for (size_t bit = 0; bit < (size_t)ATR_TRACE_HEAD_BYTES * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(atr_trace_head_read(
                        &got, (atr_bytes){bytes, ATR_TRACE_HEAD_BYTES}) !=
                        ATR_OK ||
                    atr_trace_verify(&got, vk) == ATR_ERR_AUTH);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(
        atr_trace_head_read(&got, (atr_bytes){bytes, ATR_TRACE_HEAD_BYTES}),
        ATR_OK);
    assert_int_equal(atr_trace_verify(&got, vk), ATR_OK);
}

/* A log that has lost leaves and goes on: the larger head is the older one, so
 * two signatures prove it, whatever the proof. */
static void log_that_goes_back(void **state)
{
    const atr_trace_head large = head_of(0, SIZE);
    const atr_trace_head small = head_of(0, SPLIT);
    atr_trace_head late = small;

    (void)state;
    late.at = large.at;
    atr_trace_sign(&late, sk);
    assert_int_equal(compare(&late, &large, 0), ATR_TRACE_LONGER);
    late.at = large.at + 1;
    atr_trace_sign(&late, sk);
    assert_int_equal(atr_trace_verify(&late, vk), ATR_OK);
    assert_int_equal(compare(&late, &large, 0), ATR_TRACE_BACK);
    assert_int_equal(compare(&large, &late, 0), ATR_TRACE_BACK);
    assert_int_equal(atr_trace_compare(&large, &late, NULL), ATR_TRACE_BACK);
    assert_int_equal(compare(&small, &large, 0), ATR_TRACE_LONGER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forked_log_is_found_by_two_who_compare),
        cmocka_unit_test(log_that_goes_back),
        cmocka_unit_test(key_that_was_not_logged_has_no_proof),
        cmocka_unit_test(commitment_fits_one_issuance_alone),
        cmocka_unit_test(head_that_was_changed_is_refused),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
