/* bytes.h - the one reader and the one builder of byte strings.
 *
 * Both remember failure, so a message is read or built field by field and
 * asked once at its end:
 *
 *     atr_reader r = atr_reader_of(in);
 *     uint8_t kind = atr_read_u8(&r);
 *     atr_bytes body = atr_read_field(&r);
 *     if (atr_reader_end(&r) != ATR_OK) { return ATR_ERR_INPUT; }
 *
 * A failed reader gives zeros and empty views. Integers are big-endian. A
 * *field* is a 4-byte length and that many bytes: the `enc` of
 * doc/conventions.md, which is injective.
 */
#ifndef ATR_BYTES_H
#define ATR_BYTES_H

#include "base/base.h"

typedef struct {
    const uint8_t *at;
    size_t left;
    bool failed;
} atr_reader;

atr_reader atr_reader_of(atr_bytes in);
uint8_t atr_read_u8(atr_reader *reader);
uint16_t atr_read_u16(atr_reader *reader);
uint32_t atr_read_u32(atr_reader *reader);
uint64_t atr_read_u64(atr_reader *reader);

/* atr_read_view borrows the next `len` bytes. */
atr_bytes atr_read_view(atr_reader *reader, size_t len);

/* atr_read_copy copies the next `len` bytes to `out`, or sets it to zero. */
void atr_read_copy(atr_reader *reader, void *out, size_t len);

/* atr_read_field borrows the next field (4-byte length, bytes). */
atr_bytes atr_read_field(atr_reader *reader);

/* atr_read_rest borrows all that is left. */
atr_bytes atr_read_rest(atr_reader *reader);

/* atr_reader_fail marks the reader as failed, for checks of the caller. */
void atr_reader_fail(atr_reader *reader);

/* atr_reader_end returns ATR_OK when nothing failed and nothing is left, and
 * ATR_ERR_INPUT otherwise: trailing bytes are an error. */
ATR_MUST_USE atr_err atr_reader_end(const atr_reader *reader);

typedef struct {
    uint8_t *data;
    size_t len; /* bytes written so far */
    size_t cap;
    bool failed; /* something did not fit; `len` no longer moves */
} atr_builder;

atr_builder atr_builder_of(uint8_t *memory, size_t cap);
void atr_build_u8(atr_builder *builder, uint8_t value);
void atr_build_u16(atr_builder *builder, uint16_t value);
void atr_build_u32(atr_builder *builder, uint32_t value);
void atr_build_u64(atr_builder *builder, uint64_t value);
void atr_build_bytes(atr_builder *builder, atr_bytes bytes);
void atr_build_field(atr_builder *builder, atr_bytes bytes);

/* atr_build_space returns `len` bytes to be filled by the caller, or NULL. */
uint8_t *atr_build_space(atr_builder *builder, size_t len);

/* atr_builder_end returns ATR_OK, or ATR_ERR_LIMIT when something did not
 * fit. */
ATR_MUST_USE atr_err atr_builder_end(const atr_builder *builder);

/* atr_builder_bytes borrows what has been built. */
atr_bytes atr_builder_bytes(const atr_builder *builder);

#endif
