/* Keys as they lie in files, each with the authority that issued it. */
#include "proto/enrol.h"

#define VERSION 1

static const uint8_t keyfile_mark[] = {'A', 'T', 'R', 'K', 'E', 'Y'};
static const uint8_t idfile_mark[] = {'A', 'T', 'R', 'I', 'D', 'K', 'E', 'Y'};

static void read_mark(atr_reader *r, atr_bytes mark)
{
    if (!atr_bytes_equal(atr_read_view(r, mark.len), mark) ||
        atr_read_u8(r) != VERSION) {
        atr_reader_fail(r);
    }
}

/* A field whose length is known only once its content is built: the length is
 * left blank and filled in behind. */
static uint8_t *begin_field(atr_builder *builder, size_t *start)
{
    uint8_t *length = atr_build_space(builder, 4);

    *start = builder->len;
    return length;
}

static void end_field(const atr_builder *builder, uint8_t *length, size_t start)
{
    size_t len = builder->len - start;
    atr_builder b = atr_builder_of(length, length ? 4 : 0);

    atr_build_u32(&b, (uint32_t)len);
}

void atr_keyfile_build(atr_builder *builder, const atr_keyfile *file)
{
    uint8_t *length;
    size_t start;

    atr_build_bytes(builder, ATR_BYTES(keyfile_mark));
    atr_build_u8(builder, VERSION);
    length = begin_field(builder, &start);
    atr_authority_build(builder, &file->authority);
    end_field(builder, length, start);
    length = begin_field(builder, &start);
    atr_abe_key_build(builder, &file->key);
    end_field(builder, length, start);
}

atr_err atr_keyfile_read(atr_keyfile *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    atr_bytes authority;
    atr_bytes key;
    atr_err err;

    memset(out, 0, sizeof *out);
    read_mark(&r, ATR_BYTES(keyfile_mark));
    authority = atr_read_field(&r);
    key = atr_read_field(&r);
    if ((err = atr_reader_end(&r)) != ATR_OK ||
        (err = atr_authority_read(&out->authority, authority)) != ATR_OK ||
        (err = atr_abe_key_read(&out->key, key)) != ATR_OK) {
        atr_keyfile_wipe(out);
    }
    return err;
}

void atr_keyfile_wipe(atr_keyfile *file)
{
    if (file) {
        atr_wipe(file, sizeof *file);
    }
}

void atr_idfile_build(atr_builder *builder, const atr_idfile *file)
{
    uint8_t key[ATR_BF_KEY_BYTES];
    uint8_t *length;
    size_t start;

    atr_bf_key_write(key, &file->key);
    atr_build_bytes(builder, ATR_BYTES(idfile_mark));
    atr_build_u8(builder, VERSION);
    length = begin_field(builder, &start);
    atr_authority_build(builder, &file->authority);
    end_field(builder, length, start);
    atr_build_bytes(builder, ATR_BYTES(key));
    atr_wipe(key, sizeof key);
}

atr_err atr_idfile_read(atr_idfile *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    uint8_t key[ATR_BF_KEY_BYTES];
    atr_bytes authority;
    atr_err err;

    memset(out, 0, sizeof *out);
    read_mark(&r, ATR_BYTES(idfile_mark));
    authority = atr_read_field(&r);
    atr_read_copy(&r, key, sizeof key);
    if ((err = atr_reader_end(&r)) == ATR_OK &&
        (err = atr_authority_read(&out->authority, authority)) == ATR_OK &&
        (err = atr_bf_key_read(&out->key, key)) == ATR_OK &&
        !atr_authority_gives_identities(&out->authority)) {
        err = ATR_ERR_INPUT;
    }
    if (err != ATR_OK) {
        atr_idfile_wipe(out);
    }
    atr_wipe(key, sizeof key);
    return err;
}

void atr_idfile_wipe(atr_idfile *file)
{
    if (file) {
        atr_wipe(file, sizeof *file);
    }
}
