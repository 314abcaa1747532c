/* The Merkle log: the roots that others compute, proofs of every leaf and of
 * every earlier size, and that a proof is good for nothing else. */
#include "kit/kit.h"
#include "proto/merkle.h"
#include "sym/hash.h"

#define SIZE_MAX_TESTED 70
#define LEVELS 8

/* The hashes, in memory; `failing` makes every get fail. */
static uint8_t kept[LEVELS][SIZE_MAX_TESTED + 1][32];
static bool is_kept[LEVELS][SIZE_MAX_TESTED + 1];
static bool failing;

static atr_err get(void *context, uint8_t hash[32], unsigned level,
                   uint64_t index)
{
    (void)context;
    if (failing) {
        return ATR_ERR_IO;
    }
    assert_true(level < LEVELS && index <= SIZE_MAX_TESTED);
    assert_true(is_kept[level][index]);
    memcpy(hash, kept[level][index], 32);
    return ATR_OK;
}

static atr_err put(void *context, unsigned level, uint64_t index,
                   const uint8_t hash[32])
{
    (void)context;
    assert_true(level < LEVELS && index <= SIZE_MAX_TESTED);
    assert_false(is_kept[level][index]);
    memcpy(kept[level][index], hash, 32);
    is_kept[level][index] = true;
    return ATR_OK;
}

static const atr_merkle tree = {NULL, get, put};

static void grow_to(uint64_t size)
{
    memset(is_kept, 0, sizeof is_kept);
    for (uint64_t i = 0; i < size; i++) {
        uint8_t leaf[32];
        const uint8_t data[2] = {(uint8_t)i, 7};

        atr_merkle_leaf(leaf, ATR_BYTES(data));
        assert_int_equal(atr_merkle_append(&tree, i, leaf), ATR_OK);
    }
}

static atr_merkle_head head_of(uint64_t size)
{
    atr_merkle_head head = {.size = size};

    assert_int_equal(atr_merkle_root(head.root, &tree, size), ATR_OK);
    return head;
}

/* The eight leaves and nine roots that the implementations of Certificate
 * Transparency share as test data (google/certificate-transparency,
 * merkletree tests). */
static void roots_of_certificate_transparency(void **state)
{
    static const char *const leaves[8] = {
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    };
    static const char *const roots[9] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    uint8_t data[16];
    uint8_t root[32];
    uint8_t leaf[32];

    (void)state;
    memset(is_kept, 0, sizeof is_kept);
    for (size_t i = 0; i <= 8; i++) {
        assert_int_equal(atr_merkle_root(root, &tree, i), ATR_OK);
        assert_hex(root, 32, roots[i]);
        if (i < 8) {
            const size_t len = kit_unhex(data, sizeof data, leaves[i]);

            atr_merkle_leaf(leaf, (atr_bytes){data, len});
            assert_int_equal(atr_merkle_append(&tree, i, leaf), ATR_OK);
        }
    }
}

static void every_leaf_is_proven_in_every_size(void **state)
{
    (void)state;
    grow_to(SIZE_MAX_TESTED);
    for (uint64_t size = 1; size <= SIZE_MAX_TESTED; size++) {
        const atr_merkle_head head = head_of(size);

        for (uint64_t i = 0; i < size; i++) {
            atr_merkle_proof proof;

            assert_int_equal(atr_merkle_include(&proof, &tree, i, size),
                             ATR_OK);
            assert_int_equal(
                atr_merkle_include_check(&head, i, kept[0][i], &proof), ATR_OK);
            for (uint64_t j = 0; j <= SIZE_MAX_TESTED; j++) {
                if (j != i) {
                    assert_int_equal(
                        atr_merkle_include_check(&head, j, kept[0][i], &proof),
                        ATR_ERR_AUTH);
                }
            }
        }
    }
}

static void every_size_is_proven_to_extend_every_earlier_one(void **state)
{
    (void)state;
    grow_to(SIZE_MAX_TESTED);
    for (uint64_t size = 0; size <= SIZE_MAX_TESTED; size++) {
        const atr_merkle_head to = head_of(size);

        for (uint64_t from = 0; from <= size; from++) {
            atr_merkle_head old = head_of(from);
            atr_merkle_proof proof;

            assert_int_equal(atr_merkle_extend(&proof, &tree, from, size),
                             ATR_OK);
            assert_int_equal(atr_merkle_extend_check(&old, &to, &proof),
                             ATR_OK);
            old.root[31] ^= 1;
            assert_int_equal(atr_merkle_extend_check(&old, &to, &proof),
                             ATR_ERR_AUTH);
        }
    }
}

static atr_err check(const atr_merkle_head *from, const atr_merkle_head *to,
                     const atr_merkle_proof *proof)
{
    return from ? atr_merkle_extend_check(from, to, proof)
                : atr_merkle_include_check(to, 9, kept[0][9], proof);
}

/* Every bit of every hash, and the number of hashes. */
static void changed_proof_is_refused(void **state)
{
    (void)state;
    grow_to(37);
    for (int kind = 0; kind < 2; kind++) {
        const atr_merkle_head from = head_of(21);
        const atr_merkle_head to = head_of(37);
        const atr_merkle_head *old = kind == 0 ? &from : NULL;
        atr_merkle_proof proof;

        assert_int_equal(kind == 0 ? atr_merkle_extend(&proof, &tree, 21, 37)
                                   : atr_merkle_include(&proof, &tree, 9, 37),
                         ATR_OK);
        assert_int_equal(check(old, &to, &proof), ATR_OK);
        for (size_t bit = 0; bit < (size_t)proof.count * 256; bit++) {
            uint8_t *byte = &proof.hash[bit / 256][bit % 256 / 8];

            *byte ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(check(old, &to, &proof), ATR_ERR_AUTH);
            *byte ^= (uint8_t)(1 << bit % 8);
        }
        for (unsigned count = 0; count <= 255; count++) {
            atr_merkle_proof other = proof;

            other.count = (uint8_t)count;
            assert_int_equal(check(old, &to, &other),
                             count == proof.count ? ATR_OK : ATR_ERR_AUTH);
        }
    }
}

static void what_cannot_be_is_refused(void **state)
{
    atr_merkle_proof proof;
    uint8_t root[32];

    (void)state;
    grow_to(5);
    assert_int_equal(atr_merkle_include(&proof, &tree, 5, 5), ATR_ERR_INPUT);
    assert_int_equal(atr_merkle_extend(&proof, &tree, 6, 5), ATR_ERR_INPUT);
    assert_int_equal(atr_merkle_append(&tree, ATR_MERKLE_SIZE_MAX, kept[0][0]),
                     ATR_ERR_LIMIT);
    failing = true;
    assert_int_equal(atr_merkle_root(root, &tree, 5), ATR_ERR_IO);
    assert_int_equal(atr_merkle_include(&proof, &tree, 1, 5), ATR_ERR_IO);
    assert_int_equal(proof.count, 0);
    assert_int_equal(atr_merkle_extend(&proof, &tree, 2, 5), ATR_ERR_IO);
    assert_int_equal(atr_merkle_append(&tree, 5, kept[0][0]), ATR_ERR_IO);
    failing = false;
}

static void bytes_of_a_proof(void **state)
{
    uint8_t bytes[ATR_MERKLE_PROOF_BYTES_MAX + 1];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_merkle_proof proof;
    atr_merkle_proof again;

    (void)state;
    grow_to(37);
    assert_int_equal(atr_merkle_include(&proof, &tree, 9, 37), ATR_OK);
    atr_merkle_proof_build(&b, &proof);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    assert_int_equal(b.len, 1 + 32 * (size_t)proof.count);
    assert_int_equal(atr_merkle_proof_read(&again, atr_builder_bytes(&b)),
                     ATR_OK);
    assert_memory_equal(&again, &proof, sizeof proof);
    for (size_t len = 0; len <= b.len + 1; len++) {
        assert_int_equal(atr_merkle_proof_read(&again, (atr_bytes){bytes, len}),
                         len == b.len ? ATR_OK : ATR_ERR_INPUT);
    }
    memset(bytes, 65, sizeof bytes);
    assert_int_equal(atr_merkle_proof_read(&again, ATR_BYTES(bytes)),
                     ATR_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_of_certificate_transparency),
        cmocka_unit_test(every_leaf_is_proven_in_every_size),
        cmocka_unit_test(every_size_is_proven_to_extend_every_earlier_one),
        cmocka_unit_test(changed_proof_is_refused),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(bytes_of_a_proof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
