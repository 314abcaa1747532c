/* sealed.h - files sealed under a policy: header, then chunks.
 *
 *     "ATRSEAL" version(1) scheme(1) hm(32) policy-field capsule-field
 *     chunk*   each XChaCha20-Poly1305 of 65,536 bytes, the last of 0..65,536
 *
 * Chunk i has the nonce i || last-flag (STREAM: Hoang, Reyhanitabar, Rogaway,
 * Vizar 2015), so chunks cannot be dropped, moved or cut off. Nothing of a
 * chunk is released before its tag is checked, and a file is whole only when
 * its last chunk has been seen. Memory is constant.
 *
 * Every byte of the header is authenticated: what stands before the capsule is
 * its context, enc("ATR1/SEALED/header", H(prefix)), and the chunks' key is
 * KDF("ATR1/SEALED/chunks"; K, H(header)).
 */
#ifndef ATR_SEALED_H
#define ATR_SEALED_H

#include "scheme/kem.h"

#define ATR_SEALED_CHUNK_BYTES 65536
#define ATR_SEALED_CHUNK_SEALED_BYTES (ATR_SEALED_CHUNK_BYTES + 16)
/* Enough of the file's start to read any header from. */
#define ATR_SEALED_HEADER_BYTES_MAX 160000

/* What a header says, to be shown without any key. */
typedef struct {
    uint8_t version;
    uint8_t scheme;
    uint8_t hm[ATR_MPK_HASH_BYTES];
    atr_policy policy;
    atr_bytes capsule; /* borrowed from the input */
    size_t header_len; /* where the first chunk begins */
} atr_sealed_header;

typedef struct {
    uint8_t key[32];
    uint64_t next; /* number of the next chunk */
    bool ended;
} atr_sealed;

/* atr_sealed_header_read parses the start of a file. ATR_ERR_LIMIT means that
 * `in` is too short to tell, give more (up to the limit above); ATR_ERR_INPUT
 * that it is no sealed file, or of a version unknown here. */
ATR_MUST_USE atr_err atr_sealed_header_read(atr_sealed_header *out,
                                            atr_bytes in);

/* atr_sealed_begin writes a header for `policy` and makes `sealed` ready. */
ATR_MUST_USE atr_err atr_sealed_begin(atr_sealed *sealed, atr_builder *header,
                                      const atr_kem *kem,
                                      const atr_policy *policy, atr_rng *rng);

/* atr_sealed_open makes `sealed` ready to read what a header begins. The
 * header's bytes are authenticated. ATR_ERR_POLICY, ATR_ERR_AUTH, or
 * ATR_ERR_STATE when the file was sealed under another authority. */
ATR_MUST_USE atr_err atr_sealed_open(atr_sealed *sealed,
                                     const atr_sealed_header *header,
                                     const atr_kem *kem,
                                     const atr_abe_key *key);

/* atr_sealed_chunk seals `plain` (exactly ATR_SEALED_CHUNK_BYTES unless `last`)
 * to `out` of plain.len + 16 bytes. */
ATR_MUST_USE atr_err atr_sealed_chunk(atr_sealed *sealed, uint8_t *out,
                                      atr_bytes plain, bool last);

/* atr_sealed_unchunk opens one chunk to `out` of chunk.len - 16 bytes. The
 * caller knows from the end of input which chunk is last. */
ATR_MUST_USE atr_err atr_sealed_unchunk(atr_sealed *sealed, uint8_t *out,
                                        atr_bytes chunk, bool last);

void atr_sealed_wipe(atr_sealed *sealed);

#endif
