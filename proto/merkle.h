/* merkle.h - an append-only log as a Merkle tree (RFC 9162, section 2.1).
 *
 *     leaf hash = H(00 data)    node hash = H(01 left right)
 *
 * A tree of `size` leaves splits at the largest power of two below its size.
 * The log keeps the hash of every complete subtree, named by (level, index):
 * it covers the leaves from index * 2^level on, 2^level of them. So appending
 * and proving read and write no more than 64 hashes each. Everything here is
 * public.
 */
#ifndef ATR_MERKLE_H
#define ATR_MERKLE_H

#include "base/bytes.h"

#define ATR_MERKLE_HASH_BYTES 32
#define ATR_MERKLE_PROOF_MAX 64 /* hashes */
#define ATR_MERKLE_SIZE_MAX (UINT64_C(1) << 62)
#define ATR_MERKLE_PROOF_BYTES_MAX                                             \
    (1 + ATR_MERKLE_PROOF_MAX * ATR_MERKLE_HASH_BYTES)

/* Where the hashes lie. Errors of the callbacks are passed on. */
typedef struct {
    void *context;
    atr_err (*get)(void *context, uint8_t hash[32], unsigned level,
                   uint64_t index);
    /* Used by atr_merkle_append alone. */
    atr_err (*put)(void *context, unsigned level, uint64_t index,
                   const uint8_t hash[32]);
} atr_merkle;

/* Bytes: count(1), then each hash. */
typedef struct {
    uint8_t count;
    uint8_t hash[ATR_MERKLE_PROOF_MAX][ATR_MERKLE_HASH_BYTES];
} atr_merkle_proof;

void atr_merkle_leaf(uint8_t hash[32], atr_bytes data);

/* atr_merkle_append adds a leaf to a tree of `size` leaves. ATR_ERR_LIMIT when
 * it is full. */
ATR_MUST_USE atr_err atr_merkle_append(const atr_merkle *tree, uint64_t size,
                                       const uint8_t leaf[32]);

/* atr_merkle_root is the hash of the first `size` leaves. */
ATR_MUST_USE atr_err atr_merkle_root(uint8_t root[32], const atr_merkle *tree,
                                     uint64_t size);

/* atr_merkle_include proves that leaf `index` stands among the first `size`
 * (2.1.3.1). ATR_ERR_INPUT when `index` is not below `size`. */
ATR_MUST_USE atr_err atr_merkle_include(atr_merkle_proof *out,
                                        const atr_merkle *tree, uint64_t index,
                                        uint64_t size);

/* atr_merkle_extend proves that the first `size` leaves begin with the first
 * `from` of them (2.1.4.1). ATR_ERR_INPUT when `from` is above `size`. */
ATR_MUST_USE atr_err atr_merkle_extend(atr_merkle_proof *out,
                                       const atr_merkle *tree, uint64_t from,
                                       uint64_t size);

/* What a tree was, or is. */
typedef struct {
    uint64_t size;
    uint8_t root[32];
} atr_merkle_head;

/* Both return ATR_OK or ATR_ERR_AUTH (2.1.3.2, 2.1.4.2). */
ATR_MUST_USE atr_err atr_merkle_include_check(const atr_merkle_head *head,
                                              uint64_t index,
                                              const uint8_t leaf[32],
                                              const atr_merkle_proof *proof);
ATR_MUST_USE atr_err atr_merkle_extend_check(const atr_merkle_head *from,
                                             const atr_merkle_head *to,
                                             const atr_merkle_proof *proof);

void atr_merkle_proof_build(atr_builder *builder,
                            const atr_merkle_proof *proof);
/* Reading refuses more than ATR_MERKLE_PROOF_MAX hashes. */
ATR_MUST_USE atr_err atr_merkle_proof_read(atr_merkle_proof *out, atr_bytes in);

#endif
