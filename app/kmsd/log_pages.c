#include "app/kmsd/log_pages.h"

#include <stdlib.h>

#include "app/armour.h"
#include "app/kmsd/reply.h"

#define HEAD_PATH "/v1/log/head"
#define LEAVES_PATH "/v1/log/leaves"
#define DIGITS_MAX 18 /* fits in any integer here, and in JSON */

/* Reads "name=NUMBER" off the front, with the "&" behind it. */
static bool read_field(const char **query, const atr_log_field *field)
{
    const size_t name = strlen(field->name);
    size_t digits;

    if (strncmp(*query, field->name, name) != 0 || (*query)[name] != '=') {
        return true; /* it may be another */
    }
    *query += name + 1;
    digits = strspn(*query, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX) {
        return false;
    }
    *field->value = strtoull(*query, NULL, 10);
    *query += digits;
    if ((*query)[0] == '&' && (*query)[1] != 0) {
        ++*query;
        return true;
    }
    return (*query)[0] == 0;
}

bool atr_log_query(const char *query, const atr_log_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!read_field(&query, &fields[i])) {
            return false;
        }
    }
    return *query == 0;
}

static json_t *base64(atr_bytes bytes)
{
    char *text = malloc(ATR_BASE64_TEXT_MAX(bytes.len));
    json_t *json;

    if (!text) {
        return NULL;
    }
    atr_base64_write(text, bytes);
    json = json_string(text);
    free(text);
    return json;
}

static json_t *proof_json(const atr_merkle_proof *proof)
{
    uint8_t bytes[ATR_MERKLE_PROOF_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_merkle_proof_build(&b, proof);
    return base64(atr_builder_bytes(&b));
}

/* The head, and the proof that it extends an earlier size, if it does. */
static atr_err show_head(json_t *out, const atr_log_desk *desk,
                         const atr_trace_head *head, uint64_t from, uint64_t to)
{
    uint8_t bytes[ATR_TRACE_HEAD_BYTES];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_merkle_proof proof;
    char hex[65];
    atr_err err = ATR_OK;

    atr_trace_head_build(&b, head);
    atr_hex_write(hex, ATR_BYTES(desk->vk));
    json_object_set_new(out, "key", json_string(hex));
    json_object_set_new(out, "head", base64(ATR_BYTES(bytes)));
    if (from > 0 && from <= to && to <= head->tree.size &&
        (err = atr_ledger_trace_extend(&proof, desk->ledger, from, to)) ==
            ATR_OK) {
        json_object_set_new(out, "consistency", proof_json(&proof));
    }
    return err;
}

atr_err atr_log_show(json_t **out, const atr_log_desk *desk,
                     const atr_trace_leaf *leaf, uint64_t from)
{
    atr_merkle_proof proof;
    atr_trace_head head;
    uint64_t index;
    atr_err err;

    *out = json_object();
    if ((err = atr_ledger_trace_find(&index, desk->ledger, leaf)) == ATR_OK &&
        (err = atr_ledger_trace_head(&head, desk->ledger)) == ATR_OK &&
        (err = atr_ledger_trace_include(&proof, desk->ledger, index,
                                        head.tree.size)) == ATR_OK &&
        (err = show_head(*out, desk, &head, from, head.tree.size)) == ATR_OK) {
        json_object_set_new(*out, "index", json_integer((json_int_t)index));
        json_object_set_new(*out, "inclusion", proof_json(&proof));
        return ATR_OK;
    }
    json_decref(*out);
    *out = NULL;
    return err;
}

static void refuse(const atr_log_desk *desk, const atr_http_request *request,
                   atr_err err)
{
    atr_reply_error(
        desk->server, request->ticket, err == ATR_ERR_STATE ? 404 : 503,
        err == ATR_ERR_STATE ? "the log has not begun"
                             : "the authority cannot read its database");
}

static void answer_head(const atr_log_desk *desk,
                        const atr_http_request *request)
{
    uint64_t from = 0;
    uint64_t to = UINT64_MAX;
    const atr_log_field fields[] = {{"from", &from}, {"to", &to}};
    atr_trace_head head;
    json_t *json;
    atr_err err;

    if (!atr_log_query(request->query, fields, 2)) {
        atr_reply_error(desk->server, request->ticket, 400,
                        "want from=SIZE&to=SIZE");
        return;
    }
    if ((err = atr_ledger_trace_head(&head, desk->ledger)) != ATR_OK) {
        refuse(desk, request, err);
        return;
    }
    json = json_pack("{s:i, s:i}", "schema", 1, "node", (int)desk->node);
    err = show_head(json, desk, &head, from,
                    to == UINT64_MAX ? head.tree.size : to);
    if (err != ATR_OK) {
        json_decref(json);
        refuse(desk, request, err);
        return;
    }
    atr_reply_json(desk->server, request->ticket, 200, json);
}

static atr_err add_leaf(void *context, const atr_trace_leaf *leaf)
{
    atr_builder *b = context;

    atr_build_u8(b, leaf->kind);
    atr_build_bytes(b, ATR_BYTES(leaf->digest));
    return ATR_OK;
}

static void answer_leaves(const atr_log_desk *desk,
                          const atr_http_request *request)
{
    static uint8_t bytes[ATR_LOG_LEAVES_MAX * ATR_TRACE_LEAF_BYTES];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    uint64_t from = 0;
    uint64_t count = ATR_LOG_LEAVES_MAX;
    const atr_log_field fields[] = {{"from", &from}, {"count", &count}};
    json_t *json;
    atr_err err;

    if (!atr_log_query(request->query, fields, 2)) {
        atr_reply_error(desk->server, request->ticket, 400,
                        "want from=NUMBER&count=N");
        return;
    }
    count = count < ATR_LOG_LEAVES_MAX ? count : ATR_LOG_LEAVES_MAX;
    err = atr_ledger_trace_leaves(desk->ledger, from, count, add_leaf, &b);
    if (err != ATR_OK) {
        refuse(desk, request, err);
        return;
    }
    json = json_pack("{s:i, s:I}", "schema", 1, "from", (json_int_t)from);
    json_object_set_new(json, "leaves", base64(atr_builder_bytes(&b)));
    atr_reply_json(desk->server, request->ticket, 200, json);
}

bool atr_log_http(const atr_log_desk *desk, const atr_http_request *request)
{
    const bool head = strcmp(request->path, HEAD_PATH) == 0;

    if (!head && strcmp(request->path, LEAVES_PATH) != 0) {
        return false;
    }
    if (strcmp(request->method, "GET") != 0) {
        atr_reply_error(desk->server, request->ticket, 405, "GET");
    } else if (head) {
        answer_head(desk, request);
    } else {
        answer_leaves(desk, request);
    }
    return true;
}
