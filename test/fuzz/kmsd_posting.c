/* The body of POST /v1/requests, and a list of attributes to be given: what is
 * accepted is a request for an identity, or one with attributes a person can
 * write.
 */
#include <stdlib.h>

#include "app/kmsd/posting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t hm[32] = {1};
    static atr_posting p;
    static atr_attrs again;
    const atr_offer offer = {ATR_LITERAL("ONE TWO year="), true};
    const atr_bytes in = {data, len};
    atr_fault fault;
    atr_err err;

    (void)!atr_universe_check(in, &fault);
    err = atr_posting_parse(&p, &offer, hm, in);
    if (err != ATR_OK) {
        must(p.fault.text[0] != 0 && memchr(p.fault.text, 0, 512) != NULL);
        return 0;
    }
    must(strlen(p.note) <= 500);
    if (p.request.kind == ATR_ENROL_IDENTITY) {
        must(strlen(p.attributes) ==
             strlen("identity ") + p.request.identity.len);
        return 0;
    }
    must(p.request.attrs.count > 0);
    must(atr_attrs_parse(
             &again, (atr_bytes){(uint8_t *)p.attributes, strlen(p.attributes)},
             NULL) == ATR_OK);
    must(again.count == p.request.attrs.count);
    return 0;
}
