#include "proto/nodes.h"

#define SCHEME "attrium://"
#define SCHEME_BYTES (sizeof SCHEME - 1)

/* An address is a link without its beginning, the "/" and all after it. */
static atr_bytes address_of(char text[ATR_LINK_TEXT_MAX], const atr_link *at)
{
    atr_link bare = *at;
    size_t len = 0;

    bare.has_room = bare.has_pin = false;
    if (atr_link_format(text, ATR_LINK_TEXT_MAX, &bare) != ATR_OK) {
        return (atr_bytes){NULL, 0};
    }
    while (text[SCHEME_BYTES + len] != '/') {
        len++;
    }
    return (atr_bytes){(const uint8_t *)text + SCHEME_BYTES, len};
}

void atr_nodes_build(atr_builder *builder, const atr_nodes *nodes)
{
    char text[ATR_LINK_TEXT_MAX];

    atr_build_u8(builder, nodes->count);
    for (size_t i = 0; i < nodes->count; i++) {
        const atr_node_entry *n = &nodes->entries[i];

        atr_build_bytes(builder, ATR_BYTES(n->vk));
        atr_build_bytes(builder, ATR_BYTES(n->at.pin));
        atr_build_field(builder, address_of(text, &n->at));
    }
    atr_build_u32(builder, nodes->generation);
}

static bool read_address(atr_link *out, atr_bytes address)
{
    char text[ATR_LINK_TEXT_MAX] = SCHEME;

    if (address.len == 0 || address.len > ATR_LINK_HOST_MAX + 6) {
        return false;
    }
    memcpy(text + SCHEME_BYTES, address.data, address.len);
    if (atr_link_parse(out, (atr_bytes){(const uint8_t *)text,
                                        SCHEME_BYTES + address.len}) !=
        ATR_OK) {
        return false;
    }
    return atr_bytes_equal(address_of(text, out), address);
}

static bool is_same(const atr_node_entry *a, const atr_node_entry *b)
{
    return memcmp(a->vk, b->vk, sizeof a->vk) == 0 ||
           memcmp(a->at.pin, b->at.pin, sizeof a->at.pin) == 0 ||
           (a->at.port == b->at.port &&
            memcmp(a->at.host, b->at.host, sizeof a->at.host) == 0);
}

static void read_entry(atr_nodes *nodes, size_t i, atr_reader *r)
{
    atr_node_entry *n = &nodes->entries[i];
    uint8_t pin[32];
    atr_bytes address;

    atr_read_copy(r, n->vk, sizeof n->vk);
    atr_read_copy(r, pin, sizeof pin);
    address = atr_read_field(r);
    if (r->failed || !read_address(&n->at, address)) {
        atr_reader_fail(r);
        return;
    }
    n->at.has_pin = true;
    memcpy(n->at.pin, pin, sizeof pin);
    for (size_t k = 0; k < i; k++) {
        if (is_same(n, &nodes->entries[k])) {
            atr_reader_fail(r);
        }
    }
}

void atr_nodes_read(atr_nodes *out, atr_reader *reader)
{
    memset(out, 0, sizeof *out);
    out->count = atr_read_u8(reader);
    if (out->count > ATR_ISSUE_NODES_MAX) {
        atr_reader_fail(reader);
    }
    for (size_t i = 0; i < out->count && !reader->failed; i++) {
        read_entry(out, i, reader);
    }
    out->generation = atr_read_u32(reader);
    if (reader->failed) {
        memset(out, 0, sizeof *out);
    }
}
