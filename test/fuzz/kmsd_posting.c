/* The body of POST /v1/requests, and a list of attributes to be given: what is
 * accepted is a request that reads again, with attributes a person can write.
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
    const atr_bytes in = {data, len};
    atr_fault fault;
    atr_err err;

    (void)!atr_universe_check(in, &fault);
    err = atr_posting_parse(&p, ATR_LITERAL("ONE TWO year="), hm, in);
    if (err != ATR_OK) {
        must(p.fault.text[0] != 0 && memchr(p.fault.text, 0, 512) != NULL);
        return 0;
    }
    must(p.request.attrs.count > 0 && strlen(p.note) <= 500);
    must(atr_attrs_parse(&again, (atr_bytes){(uint8_t *)p.attributes,
                                             strlen(p.attributes)}, NULL) ==
         ATR_OK);
    must(again.count == p.request.attrs.count);
    return 0;
}
