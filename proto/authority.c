#include "proto/enrol.h"

#define VERSION 1
#define VERSION_SECTIONS 2

static const uint8_t authority_mark[] = {'A', 'T', 'R', 'A', 'U', 'T', 'H'};
static const uint8_t keyfile_mark[] = {'A', 'T', 'R', 'K', 'E', 'Y'};

/* Returns the version after it. */
static uint8_t read_mark(atr_reader *r, atr_bytes mark)
{
    if (!atr_bytes_equal(atr_read_view(r, mark.len), mark)) {
        atr_reader_fail(r);
    }
    return atr_read_u8(r);
}

/* One form for each authority: version 1 where there is nothing more to say. */
static bool has_sections(const atr_authority *authority)
{
    return authority->nodes.count > 0;
}

static void build_sections(atr_builder *builder, const atr_authority *authority)
{
    atr_nodes_build(builder, &authority->nodes);
}

static atr_err read_sections(atr_authority *out, atr_reader *r)
{
    atr_nodes_read(&out->nodes, r);
    return !r->failed && has_sections(out) &&
                   (out->nodes.count == 0 ||
                    out->nodes.count == out->issue.nodes)
               ? ATR_OK
               : ATR_ERR_INPUT;
}

void atr_authority_build(atr_builder *builder, const atr_authority *authority)
{
    uint8_t mpk[ATR_MPK_BYTES];

    atr_mpk_write(mpk, &authority->mpk);
    atr_build_bytes(builder, ATR_BYTES(authority_mark));
    atr_build_u8(builder, has_sections(authority) ? VERSION_SECTIONS : VERSION);
    atr_build_field(builder, (atr_bytes){authority->name, authority->name_len});
    atr_build_bytes(builder, ATR_BYTES(mpk));
    atr_issue_public_build(builder, &authority->issue);
    if (has_sections(authority)) {
        build_sections(builder, authority);
    }
}

/* A name is shown to people: no control characters. */
static bool is_name(atr_bytes name)
{
    if (name.len > ATR_AUTHORITY_NAME_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < 0x20 || name.data[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

atr_err atr_authority_read(atr_authority *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    uint8_t mpk[ATR_MPK_BYTES];
    uint8_t version;
    atr_bytes name;
    atr_err err;

    memset(out, 0, sizeof *out);
    version = read_mark(&r, ATR_BYTES(authority_mark));
    name = atr_read_field(&r);
    atr_read_copy(&r, mpk, sizeof mpk);
    if (r.failed || !is_name(name) ||
        (version != VERSION && version != VERSION_SECTIONS)) {
        return ATR_ERR_INPUT;
    }
    out->name_len = (uint8_t)name.len;
    if (name.len > 0) {
        memcpy(out->name, name.data, name.len);
    }
    if ((err = atr_mpk_read(&out->mpk, mpk)) != ATR_OK ||
        (err = atr_issue_public_read(&out->issue, &r)) != ATR_OK ||
        (version == VERSION_SECTIONS &&
         (err = read_sections(out, &r)) != ATR_OK) ||
        (err = atr_reader_end(&r)) != ATR_OK ||
        (err = atr_issue_public_check(&out->issue, &out->mpk)) != ATR_OK) {
        memset(out, 0, sizeof *out);
    }
    return err;
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
    if (read_mark(&r, ATR_BYTES(keyfile_mark)) != VERSION) {
        atr_reader_fail(&r);
    }
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
