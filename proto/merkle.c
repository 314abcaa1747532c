#include "proto/merkle.h"

#include "sym/hash.h"

void atr_merkle_leaf(uint8_t hash[32], atr_bytes data)
{
    atr_hash h;

    atr_hash_init(&h);
    atr_hash_update(&h, (atr_bytes){(const uint8_t[]){0}, 1});
    atr_hash_update(&h, data);
    atr_hash_final(&h, hash);
}

/* `out` may be either of the two. */
static void join(uint8_t out[32], const uint8_t left[32],
                 const uint8_t right[32])
{
    atr_hash h;

    atr_hash_init(&h);
    atr_hash_update(&h, (atr_bytes){(const uint8_t[]){1}, 1});
    atr_hash_update(&h, (atr_bytes){left, 32});
    atr_hash_update(&h, (atr_bytes){right, 32});
    atr_hash_final(&h, out);
}

/* The largest power of two below `size`, which is at least 2, as exponent. */
static unsigned split(uint64_t size)
{
    return 63 - (unsigned)__builtin_clzll(size - 1);
}

static bool is_odd(uint64_t n)
{
    return (n & 1) != 0;
}

atr_err atr_merkle_append(const atr_merkle *tree, uint64_t size,
                          const uint8_t leaf[32])
{
    uint64_t index = size;
    uint8_t hash[32];
    uint8_t left[32];
    atr_err err;

    if (size >= ATR_MERKLE_SIZE_MAX) {
        return ATR_ERR_LIMIT;
    }
    memcpy(hash, leaf, sizeof hash);
    err = tree->put(tree->context, 0, index, hash);
    for (unsigned level = 0; err == ATR_OK && is_odd(index); level++) {
        err = tree->get(tree->context, left, level, index - 1);
        if (err == ATR_OK) {
            join(hash, left, hash);
            index >>= 1;
            err = tree->put(tree->context, level + 1, index, hash);
        }
    }
    return err;
}

/* The hash over the leaves [lo, hi), which is a subtree of the tree: so it is
 * complete, or a complete left part and such a rest. */
static atr_err hash_of(uint8_t out[32], const atr_merkle *tree, uint64_t lo,
                       uint64_t hi)
{
    uint8_t part[64][32];
    unsigned count = 0;
    unsigned level;
    atr_err err = ATR_OK;

    while (err == ATR_OK && ((hi - lo) & (hi - lo - 1)) != 0) {
        level = split(hi - lo);
        err = tree->get(tree->context, part[count++], level, lo >> level);
        lo += UINT64_C(1) << level;
    }
    if (err == ATR_OK) {
        level = (unsigned)__builtin_ctzll(hi - lo);
        err = tree->get(tree->context, out, level, lo >> level);
    }
    while (err == ATR_OK && count > 0) {
        join(out, part[--count], out);
    }
    if (err != ATR_OK) {
        memset(out, 0, 32);
    }
    return err;
}

atr_err atr_merkle_root(uint8_t root[32], const atr_merkle *tree, uint64_t size)
{
    if (size > ATR_MERKLE_SIZE_MAX) {
        memset(root, 0, 32);
        return ATR_ERR_LIMIT;
    }
    if (size == 0) {
        atr_hash_of(root, (atr_bytes){NULL, 0});
        return ATR_OK;
    }
    return hash_of(root, tree, 0, size);
}

static void reverse(atr_merkle_proof *proof)
{
    for (size_t i = 0, j = proof->count; i + 1 < j; i++) {
        uint8_t swap[32];

        j--;
        memcpy(swap, proof->hash[i], 32);
        memcpy(proof->hash[i], proof->hash[j], 32);
        memcpy(proof->hash[j], swap, 32);
    }
}

/* The leaves [lo, hi). */
typedef struct {
    uint64_t lo;
    uint64_t hi;
} span;

/* One step down towards the leaf `index`; the other side goes into the proof.
 */
static atr_err descend(atr_merkle_proof *out, span *at, const atr_merkle *tree,
                       uint64_t index)
{
    uint64_t middle = at->lo + (UINT64_C(1) << split(at->hi - at->lo));
    span other = {middle, at->hi};

    if (index < middle) {
        at->hi = middle;
    } else {
        other = (span){at->lo, middle};
        at->lo = middle;
    }
    return hash_of(out->hash[out->count++], tree, other.lo, other.hi);
}

static atr_err done(atr_merkle_proof *out, atr_err err)
{
    if (err == ATR_OK) {
        reverse(out);
    } else {
        memset(out, 0, sizeof *out);
    }
    return err;
}

atr_err atr_merkle_include(atr_merkle_proof *out, const atr_merkle *tree,
                           uint64_t index, uint64_t size)
{
    span at = {0, size};
    atr_err err = ATR_OK;

    memset(out, 0, sizeof *out);
    if (index >= size || size > ATR_MERKLE_SIZE_MAX) {
        return ATR_ERR_INPUT;
    }
    while (err == ATR_OK && at.hi - at.lo > 1) {
        err = descend(out, &at, tree, index);
    }
    return done(out, err);
}

/* The way down to the last leaf of the old tree ends at the subtree that is
 * whole in both; it stands in the proof unless it is the old tree itself. */
atr_err atr_merkle_extend(atr_merkle_proof *out, const atr_merkle *tree,
                          uint64_t from, uint64_t size)
{
    span at = {0, size};
    atr_err err = ATR_OK;

    memset(out, 0, sizeof *out);
    if (from > size || size > ATR_MERKLE_SIZE_MAX) {
        return ATR_ERR_INPUT;
    }
    if (from == 0) {
        return ATR_OK;
    }
    while (err == ATR_OK && at.hi != from) {
        err = descend(out, &at, tree, from - 1);
    }
    if (err == ATR_OK && at.lo > 0) {
        err = hash_of(out->hash[out->count++], tree, at.lo, at.hi);
    }
    return done(out, err);
}

/* Where a check stands on its way up: the numbers, on this level, of the node
 * it comes from and of the last node there is. */
typedef struct {
    uint64_t node;
    uint64_t last;
} climb;

static void up(climb *at)
{
    at->node >>= 1;
    at->last >>= 1;
}

/* Whether the next hash of a proof is a left neighbour; passes the levels on
 * which the node, being the last, has none. */
static bool is_left(climb *at)
{
    if (!is_odd(at->node) && at->node != at->last) {
        return false;
    }
    while (!is_odd(at->node) && at->node != 0) {
        up(at);
    }
    return true;
}

static atr_err equal(const uint8_t a[32], const uint8_t b[32])
{
    return memcmp(a, b, 32) == 0 ? ATR_OK : ATR_ERR_AUTH;
}

atr_err atr_merkle_include_check(const atr_merkle_head *head, uint64_t index,
                                 const uint8_t leaf[32],
                                 const atr_merkle_proof *proof)
{
    climb at = {index, head->size - 1};
    uint8_t hash[32];

    if (index >= head->size || proof->count > ATR_MERKLE_PROOF_MAX) {
        return ATR_ERR_AUTH;
    }
    memcpy(hash, leaf, sizeof hash);
    for (size_t i = 0; i < proof->count; i++) {
        if (at.last == 0) {
            return ATR_ERR_AUTH;
        }
        if (is_left(&at)) {
            join(hash, proof->hash[i], hash);
        } else {
            join(hash, hash, proof->hash[i]);
        }
        up(&at);
    }
    return at.last == 0 ? equal(hash, head->root) : ATR_ERR_AUTH;
}

/* Both roots are put together from the same hashes: the old one from those
 * that lie to the left, the new one from all. */
static atr_err extend_check(const atr_merkle_head *from,
                            const atr_merkle_head *to,
                            const atr_merkle_proof *proof)
{
    climb at = {from->size - 1, to->size - 1};
    const bool is_whole = (from->size & (from->size - 1)) == 0;
    uint8_t older[32];
    uint8_t newer[32];

    while (is_odd(at.node)) {
        up(&at);
    }
    if (proof->count == 0 && !is_whole) {
        return ATR_ERR_AUTH;
    }
    memcpy(older, is_whole ? from->root : proof->hash[0], 32);
    memcpy(newer, older, 32);
    for (size_t i = is_whole ? 0 : 1; i < proof->count; i++) {
        if (at.last == 0) {
            return ATR_ERR_AUTH;
        }
        if (is_left(&at)) {
            join(older, proof->hash[i], older);
            join(newer, proof->hash[i], newer);
        } else {
            join(newer, newer, proof->hash[i]);
        }
        up(&at);
    }
    return at.last == 0 && equal(older, from->root) == ATR_OK
               ? equal(newer, to->root)
               : ATR_ERR_AUTH;
}

atr_err atr_merkle_extend_check(const atr_merkle_head *from,
                                const atr_merkle_head *to,
                                const atr_merkle_proof *proof)
{
    uint8_t empty[32];

    if (from->size > to->size || proof->count > ATR_MERKLE_PROOF_MAX) {
        return ATR_ERR_AUTH;
    }
    if (from->size == 0) {
        atr_hash_of(empty, (atr_bytes){NULL, 0});
        return proof->count == 0 &&
                       (to->size > 0 || equal(empty, to->root) == ATR_OK)
                   ? equal(empty, from->root)
                   : ATR_ERR_AUTH;
    }
    if (from->size == to->size) {
        return proof->count == 0 ? equal(from->root, to->root) : ATR_ERR_AUTH;
    }
    return extend_check(from, to, proof);
}

void atr_merkle_proof_build(atr_builder *builder, const atr_merkle_proof *proof)
{
    atr_build_u8(builder, proof->count);
    atr_build_bytes(builder,
                    (atr_bytes){proof->hash[0], (size_t)proof->count * 32});
}

atr_err atr_merkle_proof_read(atr_merkle_proof *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);

    memset(out, 0, sizeof *out);
    out->count = atr_read_u8(&r);
    if (out->count > ATR_MERKLE_PROOF_MAX) {
        atr_reader_fail(&r);
    } else {
        atr_read_copy(&r, out->hash, (size_t)out->count * 32);
    }
    if (atr_reader_end(&r) != ATR_OK) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}
