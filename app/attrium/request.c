#include "app/attrium/request.h"

#include <stdlib.h>

#define VERSION 1
static const uint8_t mark[7] = "ATRPEND";

/* A field filled by `build`, whose length is not known before. */
static uint8_t *field_begin(atr_builder *builder)
{
    return atr_build_space(builder, 4);
}

static void field_end(atr_builder *builder, uint8_t *place)
{
    size_t len;

    if (place == NULL || builder->failed) {
        return;
    }
    len = (size_t)(builder->data + builder->len - (place + 4));
    place[0] = (uint8_t)(len >> 24);
    place[1] = (uint8_t)(len >> 16);
    place[2] = (uint8_t)(len >> 8);
    place[3] = (uint8_t)len;
}

void atr_request_build(atr_builder *builder, const atr_request *request)
{
    uint8_t *place;

    atr_build_bytes(builder, ATR_BYTES(mark));
    atr_build_u8(builder, VERSION);
    atr_build_u8(builder, request->node_count);
    for (size_t i = 0; i < request->node_count; i++) {
        char text[ATR_LINK_TEXT_MAX] = "";

        (void)!atr_address_format(text, &request->nodes[i].address);
        atr_build_u8(builder, request->nodes[i].node);
        atr_build_field(builder,
                        (atr_bytes){(const uint8_t *)text, strlen(text)});
    }
    place = field_begin(builder);
    atr_authority_build(builder, &request->authority);
    field_end(builder, place);
    place = field_begin(builder);
    atr_enrol_build(builder, &request->enrol);
    field_end(builder, place);
}

static void read_node(atr_request_node *out, atr_reader *reader)
{
    char text[ATR_LINK_TEXT_MAX] = "";
    char again[ATR_LINK_TEXT_MAX];
    atr_bytes field;

    out->node = atr_read_u8(reader);
    field = atr_read_field(reader);
    if (reader->failed || field.len >= sizeof text ||
        out->node > ATR_ISSUE_NODES_MAX) {
        atr_reader_fail(reader);
        return;
    }
    memcpy(text, field.data, field.len);
    if (strlen(text) != field.len ||
        atr_address_parse(&out->address, text, NULL) != ATR_OK ||
        atr_address_format(again, &out->address) != ATR_OK ||
        strcmp(again, text) != 0) { /* the one way to write it */
        atr_reader_fail(reader);
    }
}

atr_err atr_request_read(atr_request *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_bytes head = atr_read_view(&reader, sizeof mark);
    atr_bytes field;
    atr_err err = ATR_OK;

    memset(out, 0, sizeof *out);
    if (!atr_bytes_equal(head, ATR_BYTES(mark)) ||
        atr_read_u8(&reader) != VERSION) {
        return ATR_ERR_INPUT;
    }
    out->node_count = atr_read_u8(&reader);
    if (out->node_count > ATR_ISSUE_NODES_MAX) {
        atr_reader_fail(&reader);
    }
    for (size_t i = 0; i < out->node_count && !reader.failed; i++) {
        read_node(&out->nodes[i], &reader);
    }
    field = atr_read_field(&reader);
    if (!reader.failed) {
        err = atr_authority_read(&out->authority, field);
    }
    field = atr_read_field(&reader);
    if (err == ATR_OK && !reader.failed) {
        err = atr_enrol_read(&out->enrol, field);
    }
    if (err == ATR_OK) {
        err = atr_reader_end(&reader);
    }
    if (err != ATR_OK) {
        atr_request_wipe(out);
    }
    return err;
}

void atr_request_wipe(atr_request *request)
{
    if (request != NULL) {
        atr_enrol_wipe(&request->enrol);
        atr_wipe(request, sizeof *request);
    }
}

bool atr_request_has_period(const atr_request *request)
{
    return request->authority.period_s != 0;
}

uint64_t atr_request_period(const atr_request *request, uint64_t unix_s)
{
    return request->period != 0
               ? request->period
               : atr_period_number(unix_s, request->authority.period_s);
}

/* By the clock, and by what is looked for. */
static bool may_be_of(const atr_request *request, uint64_t number,
                      uint64_t unix_s)
{
    return (request->period == 0 || request->period == number) &&
           atr_period_is_now(number, request->authority.period_s, unix_s);
}

atr_err atr_request_expects_identity(atr_identity *out,
                                     const atr_request *request,
                                     const atr_bf_key *partial, uint64_t unix_s)
{
    *out = request->enrol.request.identity;
    if (!atr_request_has_period(request)) {
        return ATR_OK;
    }
    out->period = partial->id.period;
    return may_be_of(request, out->period, unix_s) ? ATR_OK : ATR_ERR_AUTH;
}

atr_err atr_request_expects(atr_attrs *out, const atr_request *request,
                            const atr_abe_key *partial, uint64_t unix_s)
{
    atr_period period;

    *out = request->enrol.request.attrs;
    if (!atr_request_has_period(request)) {
        return ATR_OK;
    }
    return atr_attrs_period(&period, &partial->attrs) &&
                   may_be_of(request, period.number, unix_s)
               ? atr_attrs_add_period(out, period)
               : ATR_ERR_AUTH;
}

atr_err atr_request_load(atr_request *out, const char *path, atr_fault *fault)
{
    atr_file file = {0};
    atr_err err =
        atr_file_read_secret(&file, path, ATR_REQUEST_BYTES_MAX, fault);

    if (err == ATR_OK &&
        (err = atr_request_read(out, (atr_bytes){file.data, file.len})) !=
            ATR_OK) {
        atr_fault_set(fault, err, "\"%s\" is a damaged request", path);
    }
    atr_file_wipe(&file);
    return err;
}

atr_err atr_request_save(const atr_request *request, const char *path,
                         atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_REQUEST_BYTES_MAX);
    atr_builder builder = atr_builder_of(bytes, ATR_REQUEST_BYTES_MAX);
    atr_err err;

    if (bytes == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_request_build(&builder, request);
    if ((err = atr_builder_end(&builder)) != ATR_OK) {
        atr_fault_set(fault, err, "the request is too large");
    } else {
        err = atr_file_write(path, atr_builder_bytes(&builder), 0600,
                             ATR_FILE_REPLACE, fault);
    }
    atr_wipe(bytes, ATR_REQUEST_BYTES_MAX);
    free(bytes);
    return err;
}
