/* The start of a sealed file, and a first chunk, from bytes. */
#include "fuzz/fixed.h"
#include "scheme/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static atr_sealed_header header;
    static atr_sealed_header shorter;
    static uint8_t plain[ATR_SEALED_CHUNK_BYTES];
    const fixed_world *w = fixed(ATR_SCHEME_FABEO);
    const atr_bytes in = {data, len};
    atr_sealed sealed;
    atr_err err = atr_sealed_header_read(&header, in);

    must(err == ATR_OK || err == ATR_ERR_INPUT || err == ATR_ERR_LIMIT);
    if (err != ATR_OK) {
        must(header.header_len == 0);
        /* never asks for more than the limit it states */
        must(err != ATR_ERR_LIMIT || len < ATR_SEALED_HEADER_BYTES_MAX);
        return 0;
    }
    must(header.header_len <= len);
    must(atr_sealed_header_read(&shorter,
                                (atr_bytes){data, header.header_len - 1}) ==
         ATR_ERR_LIMIT);
    if (atr_sealed_open(&sealed, &header, &w->kem, &w->key) == ATR_OK) {
        size_t left = len - header.header_len;

        if (left > ATR_SEALED_CHUNK_SEALED_BYTES) {
            left = ATR_SEALED_CHUNK_SEALED_BYTES;
        }
        err = atr_sealed_unchunk(
            &sealed, plain, (atr_bytes){data + header.header_len, left}, true);
        must(err == ATR_OK || !sealed.ended);
    }
    return 0;
}
