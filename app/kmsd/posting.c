#include "app/kmsd/posting.h"

#include <jansson.h>
#include <stdio.h>

#include "app/armour.h"

static atr_err bad(atr_posting *p, const char *what)
{
    return atr_fault_set(&p->fault, ATR_ERR_INPUT, "%s", what);
}

static atr_err take_evidence(atr_posting *p, const json_t *json)
{
    json_t *source = json_object_get(json, "source");
    json_t *evidence = json_object_get(json, "evidence");

    if (!source) {
        return ATR_OK;
    }
    if (!json_is_string(source) || json_string_length(source) == 0 ||
        json_string_length(source) > ATR_SOURCE_NAME_MAX ||
        !json_is_object(evidence)) {
        return bad(p, "source and evidence: want a name and an object");
    }
    memcpy(p->source, json_string_value(source), json_string_length(source));
    p->evidence = json_incref(evidence);
    return ATR_OK;
}

void atr_posting_wipe(atr_posting *posting)
{
    json_decref(posting->evidence);
    posting->evidence = NULL;
}

static atr_err take_members(atr_posting *p, const json_t *json)
{
    const json_t *request = json_object_get(json, "request");
    const json_t *note = json_object_get(json, "note");
    const size_t known =
        1u + (note ? 1u : 0u) + (json_object_get(json, "source") ? 2u : 0u);

    if (!json_is_string(request) || (note && !json_is_string(note)) ||
        json_object_size(json) != known) {
        return bad(p, "want an object with request and, perhaps, note, or "
                      "source and evidence");
    }
    if (note && json_string_length(note) > ATR_LEDGER_NOTE_BYTES_MAX) {
        return bad(p, "note: more than 500 bytes");
    }
    if (atr_base64_read(p->bytes, &p->len, sizeof p->bytes,
                        json_string_value(request)) != ATR_OK) {
        return bad(p, "request: not base64, or too long");
    }
    if (take_evidence(p, json) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    if (note) {
        snprintf(p->note, sizeof p->note, "%s", json_string_value(note));
    }
    return ATR_OK;
}

static atr_err take_json(atr_posting *p, atr_bytes body)
{
    json_error_t error;
    json_t *json = json_loadb((const char *)body.data, body.len,
                              JSON_REJECT_DUPLICATES, &error);
    atr_err err = json ? take_members(p, json) : bad(p, "not JSON");

    json_decref(json);
    return err;
}

static atr_err take_request(atr_posting *p, const atr_offer *offer,
                            const uint8_t hm[32])
{
    if (atr_enrol_request_read(&p->request, (atr_bytes){p->bytes, p->len}) !=
        ATR_OK) {
        return bad(p, "request: malformed");
    }
    if (atr_offer_admits(p->attributes, offer, &p->request, &p->fault) !=
        ATR_OK) {
        return ATR_ERR_POLICY;
    }
    atr_enrol_request_id(p->id, hm, &p->request);
    return ATR_OK;
}

atr_err atr_posting_parse(atr_posting *out, const atr_offer *offer,
                          const uint8_t hm[32], atr_bytes body)
{
    atr_err err;

    memset(out, 0, sizeof *out);
    if ((err = take_json(out, body)) == ATR_OK) {
        err = take_request(out, offer, hm);
    }
    if (err != ATR_OK) {
        atr_posting_wipe(out);
    }
    return err;
}
