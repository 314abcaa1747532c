#include "proto/enrol.h"

#define VERSION 1
#define VERSION_SECTIONS 2

static const uint8_t mark[] = {'A', 'T', 'R', 'A', 'U', 'T', 'H'};

bool atr_authority_gives_identities(const atr_authority *authority)
{
    return authority->identities.issue.nodes > 0;
}

/* One form for each authority: version 1 where there is nothing more to say. */
static bool has_sections(const atr_authority *authority)
{
    return atr_authority_gives_identities(authority) ||
           authority->period_s > 0 || authority->registrars.count > 0 ||
           authority->nodes.count > 0;
}

static void build_sections(atr_builder *builder, const atr_authority *authority)
{
    const atr_authority_identities *ids = &authority->identities;
    const bool identities = atr_authority_gives_identities(authority);

    atr_build_u8(builder, identities);
    if (identities) {
        atr_build_bytes(builder, ATR_BYTES(ids->mpk));
        atr_bf_issue_public_build(builder, &ids->issue);
    }
    atr_build_u32(builder, authority->period_s);
    atr_registrars_build(builder, &authority->registrars);
    atr_nodes_build(builder, &authority->nodes);
}

void atr_authority_build(atr_builder *builder, const atr_authority *authority)
{
    uint8_t mpk[ATR_MPK_BYTES];

    atr_mpk_write(mpk, &authority->mpk);
    atr_build_bytes(builder, ATR_BYTES(mark));
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

/* A node has its share of both master secrets, or of none. */
static atr_err read_identities(atr_authority_identities *out, atr_reader *r,
                               const atr_issue_public *issue)
{
    atr_err err;

    atr_read_copy(r, out->mpk, sizeof out->mpk);
    if ((err = atr_bf_issue_public_read(&out->issue, r)) != ATR_OK) {
        return err;
    }
    return out->issue.nodes == issue->nodes &&
                   out->issue.threshold == issue->threshold
               ? atr_bf_issue_public_check(&out->issue, out->mpk)
               : ATR_ERR_INPUT;
}

static atr_err read_sections(atr_authority *out, atr_reader *r)
{
    const uint8_t identities = atr_read_u8(r);
    atr_err err;

    if (identities > 1) {
        return ATR_ERR_INPUT;
    }
    if (identities == 1 &&
        (err = read_identities(&out->identities, r, &out->issue)) != ATR_OK) {
        return err;
    }
    out->period_s = atr_read_u32(r);
    atr_registrars_read(&out->registrars, r);
    atr_nodes_read(&out->nodes, r);
    return !r->failed && has_sections(out) &&
                   (out->nodes.count == 0 ||
                    out->nodes.count == out->issue.nodes)
               ? ATR_OK
               : ATR_ERR_INPUT;
}

atr_err atr_authority_read(atr_authority *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    atr_bytes head = atr_read_view(&r, sizeof mark);
    const uint8_t version = atr_read_u8(&r);
    uint8_t mpk[ATR_MPK_BYTES];
    atr_bytes name;
    atr_err err;

    memset(out, 0, sizeof *out);
    name = atr_read_field(&r);
    atr_read_copy(&r, mpk, sizeof mpk);
    if (r.failed || !atr_bytes_equal(head, ATR_BYTES(mark)) ||
        (version != VERSION && version != VERSION_SECTIONS) || !is_name(name)) {
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

bool atr_authority_is_same(const atr_authority *a, const atr_authority *b)
{
    uint8_t mpk[2][ATR_MPK_BYTES];
    uint8_t who[2][ATR_REGISTRARS_BYTES_MAX];
    atr_builder one = atr_builder_of(who[0], sizeof who[0]);
    atr_builder two = atr_builder_of(who[1], sizeof who[1]);

    atr_mpk_write(mpk[0], &a->mpk);
    atr_mpk_write(mpk[1], &b->mpk);
    atr_registrars_build(&one, &a->registrars);
    atr_registrars_build(&two, &b->registrars);
    return memcmp(mpk[0], mpk[1], sizeof mpk[0]) == 0 &&
           memcmp(a->identities.mpk, b->identities.mpk,
                  sizeof a->identities.mpk) == 0 &&
           a->issue.nodes == b->issue.nodes && a->period_s == b->period_s &&
           a->name_len == b->name_len &&
           memcmp(a->name, b->name, a->name_len) == 0 &&
           atr_bytes_equal(atr_builder_bytes(&one), atr_builder_bytes(&two));
}
